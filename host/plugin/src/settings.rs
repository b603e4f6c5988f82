//! The interface `settings`: the values of the configuration, or the manifest's defaults.

use crate::bindings::settings::Host;
use crate::failure::{Refusal, bounded};
use crate::state::State;

impl Host for State {
    fn get(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        let Some(value) = self.settings.get(&name) else {
            let reason = format!(
                "it asked for the setting `{}`, which its manifest does not declare",
                bounded(&name)
            );
            return Err(Refusal::Misuse(reason).into());
        };
        Ok(value.clone())
    }
}
