//! The interface `lookup`: whether keys exist in the tables that the configuration binds.

use limosa_model::Shape;
use wasmtime::component::Resource;

use crate::bindings::lookup::Host;
use crate::failure::{Refusal, bounded};
use crate::limits::WAIT;
use crate::rows::View;
use crate::state::State;

impl Host for State {
    fn exists(
        &mut self,
        rows: Resource<View>,
        columns: Vec<u16>,
        target: String,
    ) -> wasmtime::Result<Vec<u8>> {
        let Some((key_columns, lookup)) = self.capabilities.lookups.get(&target).cloned() else {
            let reason = format!(
                "it looked into `{}`, which its binding does not grant",
                bounded(&target)
            );
            return Err(Refusal::Misuse(reason).into());
        };
        let batch = &self.resources.get(&rows)?.batch;
        let columns: Vec<usize> = columns.into_iter().map(usize::from).collect();
        let fields = batch.shape().fields();
        if let Some(column) = columns.iter().find(|&&column| column >= fields.len()) {
            return Err(Refusal::Misuse(format!(
                "it looked column {column} up in `{target}`, and was granted {} (counted from 0)",
                fields.len()
            ))
            .into());
        }
        if columns.len() != key_columns {
            return Err(Refusal::Misuse(format!(
                "it looked {} columns up in `{target}`, whose key has {key_columns}",
                columns.len()
            ))
            .into());
        }
        let shape = Shape::new(
            columns
                .iter()
                .map(|&column| fields[column].clone())
                .collect(),
        );
        let keys = batch.project(&shape, &columns)?;
        let answer = self.wait(
            WAIT,
            &format!("the lookup in `{target}`"),
            lookup.exists(&keys),
        )?;
        let answer = answer.map_err(|error| Refusal::Host(error.to_string()))?;
        self.usage.looked_up += keys.len() as u64;
        if answer.len() != keys.len() {
            let reason = format!(
                "the lookup in `{target}` answered {} of {} rows",
                answer.len(),
                keys.len()
            );
            return Err(Refusal::Host(reason).into());
        }
        Ok(bits(&answer))
    }
}

/// One bit a row, least significant first.
fn bits(rows: &[bool]) -> Vec<u8> {
    let byte = |rows: &[bool]| {
        rows.iter()
            .rev()
            .fold(0, |byte, &set| byte << 1 | u8::from(set))
    };
    rows.chunks(8).map(byte).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn least_significant_first() {
        let mut rows = [false; 10];
        rows[0] = true;
        rows[9] = true;
        assert_eq!(super::bits(&rows), [1, 2]);
    }
}
