//! The plugins that the settings name, loaded, with what of their findings is accepted.

use std::path::Path;
use std::sync::Arc;

use limosa_model::{CheckBinding, CheckKind};
use limosa_plugin::Runtime;
use limosa_scheduler::checks::{Baseline, Check, Checks};

use crate::plugins::Admission;
use crate::{Error, Result, Settings};

/// The transforms and the checks, with their plugins loaded.
pub(super) fn load_all(settings: &Settings, runtime: &Runtime) -> Result<(Vec<Check>, Checks)> {
    let admission = Admission::new(&settings.lock, runtime)?;
    let load = |binding: &CheckBinding| {
        Ok(Check {
            binding: binding.clone(),
            plugin: admission.admit(binding)?,
        })
    };
    let transforms = settings
        .transforms
        .iter()
        .map(load)
        .collect::<Result<_>>()?;
    // One that stands in the configuration and on the command line is one.
    let mut wanted: Vec<&CheckBinding> = Vec::new();
    for binding in &settings.checks {
        if !wanted.contains(&binding) {
            wanted.push(binding);
        }
    }
    let all: Vec<Check> = wanted.into_iter().map(load).collect::<Result<_>>()?;
    for check in &all {
        if check.binding.into.is_some() {
            return Err(Error::configuration(format!(
                "{} is a check, which makes no table: leave out what stands behind =>",
                check.binding
            )));
        }
        if check.plugin.manifest().kind == CheckKind::Transform {
            return Err(Error::configuration(format!(
                "{} is a transform; name it under transforms",
                check.binding
            )));
        }
    }
    let baseline = match &settings.baseline {
        None => Baseline::default(),
        Some(path) => read_baseline(path)?,
    };
    let baseline = Arc::new(baseline);
    Ok((transforms, Checks { all, baseline }))
}

fn read_baseline(path: &Path) -> Result<Baseline> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::file(format!("read the baseline {}", path.display()), error))?;
    Baseline::parse(&text).map_err(|source| Error::Run {
        doing: format!("reading the baseline {}", path.display()),
        source,
    })
}
