//! Finds values that are missing: null, or text without anything to read.

use limosa_sdk::{Batch, Check, Findings, Kind, Result, Row, Settings, Table, Texts};

/// The check.
#[derive(Debug)]
pub struct RequiredValues {
    columns: Vec<(u16, Kind)>,
    refuses_blank: bool,
}

impl Check for RequiredValues {
    fn open(table: &Table, settings: &Settings) -> Result<Self> {
        let kind = |index| (index, table.columns()[usize::from(index)].kind());
        Ok(Self {
            columns: table.role("value").map(kind).collect(),
            refuses_blank: settings.parsed("blank", "`refuse` or `allow`", refuses_blank)?,
        })
    }

    fn inspect(&mut self, batch: &Batch<'_>, findings: &mut Findings) -> Result<()> {
        for (column, kind) in &self.columns {
            if *kind == Kind::Text && self.refuses_blank {
                let texts = batch.texts(*column)?;
                findings.report_all("missing", texts.nulls());
                findings.report_all("blank", blanks(&texts));
                findings.report_all("unreadable", texts.exceptions());
            } else {
                // Nulls alone: the values themselves never cross.
                findings.report_all("missing", batch.presence(*column)?.nulls());
            }
        }
        Ok(())
    }
}

limosa_sdk::check!(RequiredValues);

fn refuses_blank(setting: &str) -> Option<bool> {
    match setting {
        "refuse" => Some(true),
        "allow" => Some(false),
        _ => None,
    }
}

/// The rows whose text is empty or all white space.
fn blanks(texts: &Texts) -> impl Iterator<Item = Row> {
    texts
        .iter()
        .filter(|(_, text)| text.is_some_and(|text| text.trim().is_empty()))
        .map(|(row, _)| row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_texts() {
        let check = |text: Option<&str>, expected: bool| {
            let texts = Texts::from_iter([text]);
            assert_eq!(blanks(&texts).count() == 1, expected, "{text:?}");
        };
        check(Some(""), true);
        check(Some(" \t\r\n"), true);
        check(Some("\u{a0}\u{3000}"), true);
        check(Some("\0"), false);
        check(Some(" a "), false);
        check(None, false);
    }

    #[test]
    fn settings() {
        assert_eq!(refuses_blank("refuse"), Some(true));
        assert_eq!(refuses_blank("allow"), Some(false));
        assert_eq!(refuses_blank("Refuse"), None);
    }
}
