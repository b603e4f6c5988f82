//! The interface `query`: the statements that the manifest names, and no others.

use wasmtime::component::Resource;

use crate::bindings::query::Host;
use crate::failure::{Refusal, bounded};
use crate::limits::{LIVE_BATCHES, STATEMENT_ROWS, WAIT};
use crate::rows::View;
use crate::state::State;

impl Host for State {
    fn run(&mut self, statement: String) -> wasmtime::Result<Resource<View>> {
        let Some(sql) = self.capabilities.statements.get(&statement).cloned() else {
            let reason = format!(
                "it asked for the statement `{}`, which its manifest does not name",
                bounded(&statement)
            );
            return Err(Refusal::Misuse(reason).into());
        };
        if self.resources.iter_mut().count() >= LIVE_BATCHES {
            return Err(Refusal::Misuse(format!(
                "it held more than {LIVE_BATCHES} batches at once"
            ))
            .into());
        }
        let Some(query) = self.capabilities.query.clone() else {
            return Err(Refusal::Host("no database was granted".into()).into());
        };
        if let Some(plugin) = &self.capabilities.asks {
            // A review may be taken back between two statements.
            let permitted = plugin.permitted();
            permitted.map_err(|error| Refusal::Host(error.to_string()))?;
        }
        self.usage.statements += 1;
        let answer = self.wait(
            WAIT,
            &format!("the statement `{statement}`"),
            query.run(&sql, STATEMENT_ROWS),
        )?;
        let batch = answer.map_err(|error| {
            Refusal::Host(format!(
                "the statement `{statement}` failed: {}",
                error.message
            ))
        })?;
        self.usage.statement_rows += batch.len() as u64;
        self.usage.rows += batch.len() as u64;
        if batch.len() > STATEMENT_ROWS {
            let reason = format!(
                "the statement `{statement}` answered with more than {STATEMENT_ROWS} rows"
            );
            return Err(Refusal::Host(reason).into());
        }
        let every: Vec<usize> = (0..batch.shape().fields().len()).collect();
        let first_row = self.findings.issue(&batch, &every)?;
        let batch = self.resources.push(View { batch, first_row })?;
        let held = self.resources.iter_mut().count() as u64;
        self.usage.peak_batches = self.usage.peak_batches.max(held);
        Ok(batch)
    }
}
