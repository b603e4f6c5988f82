//! The values of a case, as they are written in TOML, JSON or CSV, and the batch made of them.

use limosa_model::{
    Batch, BatchBuilder, ColumnType, Field, Shape, Value, canonical_number, date_from_text,
    decimal_from_text, time_from_text, timestamp_from_text, wide_from_text,
};
use serde::Deserialize;

/// What stands for a null in a CSV file, as in PostgreSQL's COPY: an empty cell is an empty text.
const NULL: &str = "\\N";

/// A column of a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Column {
    /// The role that it fills.
    pub(crate) name: String,
    /// As a plan shows types: `integer`, `decimal(12,2)`, `text` …
    #[serde(rename = "type")]
    kind: String,
}

/// A value as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    /// A stored value that does not fit the column's type.
    Exception(String),
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
}

/// What an exception holds where the case does not say.
const DOES_NOT_FIT: &str = "does not fit";

pub(crate) fn fields(columns: &[Column]) -> Result<Vec<Field>, String> {
    let field = |column: &Column| {
        Ok(Field {
            name: column.name.clone(),
            column_type: column.kind.parse()?,
            nullable: true,
        })
    };
    columns.iter().map(field).collect()
}

pub(crate) fn cells_of_toml(rows: Vec<Vec<toml::Value>>) -> Result<Vec<Vec<Cell>>, String> {
    use toml::Value as Toml;
    let cell = |value| {
        Ok(match value {
            Toml::Boolean(truth) => Cell::Boolean(truth),
            Toml::Integer(number) => Cell::Integer(number),
            Toml::Float(number) => Cell::Float(number),
            Toml::String(text) => Cell::Text(text),
            Toml::Table(mark) => {
                let mark: Vec<(&str, &Toml)> = mark
                    .iter()
                    .map(|(name, value)| (name.as_str(), value))
                    .collect();
                match mark.as_slice() {
                    [("null", Toml::Boolean(true))] => Cell::Null,
                    [("exception", Toml::Boolean(true))] => Cell::Exception(DOES_NOT_FIT.into()),
                    [("exception", Toml::String(text))] => Cell::Exception(text.clone()),
                    _ => return Err(
                        "a value in braces is {null = true} or {exception = \"what is stored\"}"
                            .to_owned(),
                    ),
                }
            }
            other => {
                return Err(format!(
                    "{other} is no value of a case; dates and times are written as texts"
                ));
            }
        })
    };
    let row = |row: Vec<Toml>| row.into_iter().map(cell).collect();
    rows.into_iter().map(row).collect()
}

pub(crate) fn cells_of_json(text: &str) -> Result<Vec<Vec<Cell>>, String> {
    use serde_json::Value as Json;
    let rows: Vec<Vec<Json>> = serde_json::from_str(text)
        .map_err(|error| format!("a list of lists is wanted: {error}"))?;
    let cell = |value| {
        Ok(match value {
            Json::Null => Cell::Null,
            Json::Bool(truth) => Cell::Boolean(truth),
            Json::String(text) => Cell::Text(text),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => Cell::Integer(number),
                (None, Some(number)) if !number_is_whole(&number.to_string()) => {
                    Cell::Float(number)
                }
                _ => return Err(format!("{number} does not fit 64 bits: write it as a text")),
            },
            Json::Object(mark) => match mark.get("exception") {
                Some(Json::String(text)) if mark.len() == 1 => Cell::Exception(text.clone()),
                _ => return Err("an object is {\"exception\": \"what is stored\"}".to_owned()),
            },
            Json::Array(_) => return Err("a list is no value of a case".to_owned()),
        })
    };
    let row = |row: Vec<Json>| row.into_iter().map(cell).collect();
    rows.into_iter().map(row).collect()
}

/// Beyond 2^53 the decimal point says whether digits were meant.
fn number_is_whole(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// The first line names the columns, in any order.
pub(crate) fn cells_of_csv(text: &str, columns: &[Column]) -> Result<Vec<Vec<Cell>>, String> {
    let mut is_quoted = false;
    for (number, line) in text.lines().enumerate() {
        if line.is_empty() && !is_quoted {
            return Err(format!(
                "line {} is empty: an empty text is written \"\"",
                number + 1
            ));
        }
        is_quoted ^= line.matches('"').count() % 2 == 1;
    }
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let names: Vec<&str> = header.iter().collect();
    let mut places = Vec::new();
    for column in columns {
        let mut found = names
            .iter()
            .enumerate()
            .filter(|(place, name)| **name == column.name && !places.contains(place));
        let place = found.next().map(|(place, _)| place);
        places.push(place.ok_or_else(|| {
            format!(
                "the first line names {}, and not the column {}",
                names.join(", "),
                column.name
            )
        })?);
    }
    if names.len() > columns.len() {
        let more = names.len() - columns.len();
        return Err(format!(
            "the first line names {more} more columns than the case"
        ));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let cell = |place: &usize| match record.get(*place) {
            None | Some(NULL) => Cell::Null,
            Some(text) => Cell::Text(text.to_owned()),
        };
        rows.push(places.iter().map(cell).collect());
    }
    Ok(rows)
}

/// The rows as a plugin gets them.
pub(crate) fn batch(fields: &[Field], rows: &[Vec<Cell>]) -> Result<Batch, String> {
    let mut builder = BatchBuilder::new(Shape::new(fields.to_vec()));
    for (number, row) in rows.iter().enumerate() {
        if row.len() != fields.len() {
            return Err(format!(
                "row {number} has {} values, and there are {} columns",
                row.len(),
                fields.len()
            ));
        }
        for (column, (cell, field)) in row.iter().zip(fields).enumerate() {
            put(&mut builder, column, &field.column_type, cell).ok_or_else(|| {
                format!(
                    "row {number}: {} is no {} (column {}); a value that does not fit is written {{exception = \"…\"}}",
                    shown(cell),
                    field.column_type,
                    field.name
                )
            })?;
        }
        builder.end_row();
    }
    builder.finish().map_err(|error| error.to_string())
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Null => "a null".into(),
        Cell::Exception(text) => format!("the exception `{text}`"),
        Cell::Boolean(truth) => truth.to_string(),
        Cell::Integer(number) => number.to_string(),
        Cell::Float(number) => format!("{number:?}"),
        Cell::Text(text) => format!("`{text}`"),
    }
}

/// Puts a value in, in the form of its column; `None`: it has none there.
fn put(builder: &mut BatchBuilder, column: usize, kind: &ColumnType, cell: &Cell) -> Option<()> {
    match (kind, cell) {
        (_, Cell::Null) => builder.null(column),
        (_, Cell::Exception(text)) => builder.misfit(column, Value::Text(text.clone())),
        (ColumnType::Boolean, cell) => builder.integer(column, i64::from(boolean(cell)?)),
        (ColumnType::Integer { .. }, cell) => builder.integer(column, integer(cell)?),
        (ColumnType::Float { .. }, cell) => builder.float(column, float(cell)?),
        (ColumnType::Unsigned, cell) => {
            builder.decimal(column, decimal_from_text(&digits(cell)?, 20, 0)?);
        }
        (ColumnType::Decimal { precision, scale }, cell) if *precision <= 38 => {
            builder.decimal(
                column,
                decimal_from_text(&digits(cell)?, *precision, *scale)?,
            );
        }
        (ColumnType::Decimal { precision, scale }, cell) => {
            builder.wide_decimal(column, wide_from_text(&digits(cell)?, *precision, *scale)?);
        }
        (ColumnType::Number, cell) => builder.text(column, &canonical_number(&digits(cell)?)?),
        (ColumnType::Date, Cell::Text(text)) => {
            builder.integer(column, i64::from(date_from_text(text)?));
        }
        (ColumnType::Time, Cell::Text(text)) => builder.integer(column, time_from_text(text)?),
        (ColumnType::Timestamp { .. }, Cell::Text(text)) => {
            builder.integer(column, timestamp_from_text(text)?);
        }
        (ColumnType::Bytes { .. }, Cell::Text(text)) => {
            builder.bytes(column, &bytes_of_digits(text)?);
        }
        (
            ColumnType::Text { .. }
            | ColumnType::Uuid
            | ColumnType::Json { .. }
            | ColumnType::Native { .. },
            Cell::Text(text),
        ) => builder.text(column, text),
        _ => return None,
    }
    Some(())
}

fn boolean(cell: &Cell) -> Option<bool> {
    match cell {
        Cell::Boolean(truth) => Some(*truth),
        Cell::Integer(0) => Some(false),
        Cell::Integer(1) => Some(true),
        Cell::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn integer(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Integer(number) => Some(*number),
        Cell::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn float(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Float(number) => Some(*number),
        // As every reader of TOML and JSON takes 7 for 7.0, as long as no digit is lost.
        #[expect(clippy::cast_precision_loss, reason = "at most 2^53")]
        Cell::Integer(number) if number.unsigned_abs() <= 1 << 53 => Some(*number as f64),
        Cell::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// The digits of a decimal: written as a text, so that no float stands between, or as a whole number.
fn digits(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Integer(number) => Some(number.to_string()),
        Cell::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// Bytes are written as hexadecimal digits.
fn bytes_of_digits(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    let byte = |place| u8::from_str_radix(&text[place..place + 2], 16).ok();
    (0..text.len()).step_by(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(kinds: &[&str]) -> Vec<Column> {
        let column = |(place, kind): (usize, &&str)| Column {
            name: format!("c{place}"),
            kind: (*kind).to_owned(),
        };
        kinds.iter().enumerate().map(column).collect()
    }

    #[test]
    fn three_ways_to_write_the_same_rows() {
        let columns = columns(&[
            "integer",
            "decimal(12,2)",
            "text",
            "float",
            "boolean",
            "date",
            "bytes",
        ]);
        let fields = fields(&columns).unwrap();
        let toml: toml::Table =
            "rows = [[1, '1.10', 'é', 0.5, true, '2026-02-03', '00ff'], [{null = true}, '-2', '', 7, false, '1969-12-31', '']]"
                .parse()
                .unwrap();
        let toml = toml["rows"].clone().try_into().unwrap();
        let here = batch(&fields, &cells_of_toml(toml).unwrap()).unwrap();
        let json = r#"[[1, "1.10", "é", 0.5, true, "2026-02-03", "00ff"], [null, "-2", "", 7, false, "1969-12-31", ""]]"#;
        let json = batch(&fields, &cells_of_json(json).unwrap()).unwrap();
        let csv = "c1,c0,c2,c3,c4,c5,c6\n1.10,1,é,0.5,true,2026-02-03,00ff\n-2,\\N,,7,false,1969-12-31,\n";
        let csv = batch(&fields, &cells_of_csv(csv, &columns).unwrap()).unwrap();
        let all = [0, 1, 2, 3, 4, 5, 6];
        for row in 0..2 {
            assert_eq!(here.values(row, &all), json.values(row, &all));
            assert_eq!(here.values(row, &all), csv.values(row, &all));
        }
        assert_eq!(here.value(1, 0), Value::Null);
    }

    #[test]
    fn what_is_no_value_of_its_column_is_told() {
        let check = |kind: &str, json: &str, expected: &str| {
            let fields = fields(&columns(&[kind])).unwrap();
            let cells = cells_of_json(json);
            let said = cells.and_then(|cells| batch(&fields, &cells)).unwrap_err();
            assert!(said.contains(expected), "{said}");
        };
        check("integer", r#"[["x"]]"#, "row 0: `x` is no integer");
        check("integer", "[[1, 2]]", "has 2 values, and there are 1");
        check("integer", "[[0.5]]", "0.5 is no integer");
        check("decimal(3,1)", "[[0.5]]", "0.5 is no decimal(3,1)");
        check("decimal(3,1)", r#"[["0.55"]]"#, "`0.55` is no decimal(3,1)");
        check("float", "[[18446744073709551616]]", "does not fit 64 bits");
        check("bytes", r#"[["0é"]]"#, "is no bytes");
        check("date", "[[1]]", "1 is no date");
        check("text", "{}", "a list of lists");
        check("text", r#"[[{"null": true}]]"#, "an object is");
        let csv = cells_of_csv("other\n1\n", &columns(&["text"])).unwrap_err();
        assert!(csv.contains("names other, and not the column c0"), "{csv}");
    }
}
