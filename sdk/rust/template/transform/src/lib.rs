//! {{name}}: takes the blanks off both ends of a text, and refuses one of nothing but blanks.

use limosa_sdk::{Batch, Column, Output, Result, Settings, Table, Texts, Transform};

/// The columns come in the order of the manifest's roles: this is the place of `value`.
const VALUE: u16 = 0;

struct Plugin;

impl Transform for Plugin {
    /// Once. One column comes out, of the same name and type as the one that goes in.
    fn open(table: &Table, _: &Settings) -> Result<(Self, Vec<Column>)> {
        let value = &table.columns()[usize::from(table.column("value")?)];
        Ok((Self, vec![value.clone()]))
    }

    /// For each batch. A row becomes what it becomes by its own values alone: it may come again by itself.
    fn apply(&self, batch: &Batch<'_>, output: &mut Output<'_>) -> Result<()> {
        let values = batch.texts(VALUE)?;
        let mut trimmed = Vec::with_capacity(values.len());
        for (row, value) in values.iter() {
            // Every row comes out or is refused: what cannot be read is never made a null.
            match value.map(|text| text.trim_matches(' ')) {
                None if values.is_exception(row.index()) => output.refuse("unreadable", row),
                Some("") => output.refuse("blank", row),
                value => trimmed.push(value),
            }
        }
        output.texts(0, &Texts::from_iter(trimmed));
        Ok(())
    }
}

limosa_sdk::transform!(Plugin);
