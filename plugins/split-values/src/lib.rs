//! Makes a row of each part of a text that lists several, with its place in the list.

use limosa_sdk::{Batch, Column, Integers, Output, Result, Row, Settings, Table, Texts, Transform};

const VALUE: u16 = 0;
/// As many as the host takes of one row.
const MOST_PARTS: usize = 16;

/// The transform.
#[derive(Debug)]
pub struct SplitValues {
    separator: String,
}

impl Transform for SplitValues {
    fn open(table: &Table, settings: &Settings) -> Result<(Self, Vec<Column>)> {
        let separator = settings.text("separator")?;
        if separator.is_empty() {
            return Err("the separator is empty".into());
        }
        let value = table.columns()[usize::from(VALUE)].clone();
        let position = Column {
            role: settings.text("position")?,
            type_name: "integer".to_owned(),
            nullable: false,
            attributes: Vec::new(),
        };
        Ok((Self { separator }, vec![value, position]))
    }

    fn apply(&self, batch: &Batch<'_>, output: &mut Output<'_>) -> Result<()> {
        let column = batch.texts(VALUE)?;
        let split = self.split(&column);
        output.origins(split.rows.iter().map(|(row, ..)| *row));
        output.texts(
            0,
            &split
                .rows
                .iter()
                .map(|(_, part, _)| *part)
                .collect::<Texts>(),
        );
        let positions = split.rows.iter().map(|(.., position)| Some(*position));
        output.integers(1, &positions.collect::<Integers>());
        for (code, row) in split.refused {
            output.refuse(code, row);
        }
        Ok(())
    }
}

limosa_sdk::transform!(SplitValues);

/// What became of a column.
#[derive(Debug)]
struct Split<'a> {
    /// Which row each part comes from, the part without the blanks around it, and its place.
    rows: Vec<(Row, Option<&'a str>, i64)>,
    refused: Vec<(&'static str, Row)>,
}

impl SplitValues {
    /// A null stays one row with a null, and a text without a separator one with the text.
    fn split<'a>(&self, column: &'a Texts) -> Split<'a> {
        let mut split = Split {
            rows: Vec::with_capacity(column.len()),
            refused: Vec::new(),
        };
        for (row, value) in column.iter() {
            match value {
                None if column.is_exception(row.index()) => split.refused.push(("unreadable", row)),
                None => split.rows.push((row, None, 1)),
                Some(text) if text.split(&self.separator).nth(MOST_PARTS).is_some() => {
                    split.refused.push(("too-many", row));
                }
                Some(text) => {
                    let parts = text.split(&self.separator).map(str::trim);
                    let numbered = parts
                        .zip(1..)
                        .map(|(part, position)| (row, Some(part), position));
                    split.rows.extend(numbered);
                }
            }
        }
        split
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_in_each_row() {
        let many = ["x"; 17].join(",");
        let texts = [Some("a, b,"), None, Some(""), Some(many.as_str()), None];
        let column = Texts::from_iter(texts).with_exception(4);
        let split = SplitValues {
            separator: ",".into(),
        };
        let split = split.split(&column);
        let rows: Vec<_> = split
            .rows
            .iter()
            .map(|(row, part, place)| (row.index(), *part, *place))
            .collect();
        let expected = [
            (0, Some("a"), 1),
            (0, Some("b"), 2),
            (0, Some(""), 3),
            (1, None, 1),
            (2, Some(""), 1),
        ];
        assert_eq!(rows, expected);
        let refused: Vec<_> = split
            .refused
            .iter()
            .map(|(code, row)| (*code, row.index()))
            .collect();
        assert_eq!(refused, [("too-many", 3), ("unreadable", 4)]);
    }
}
