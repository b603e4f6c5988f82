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
    let load_each = |bindings: &[CheckBinding]| -> Result<Vec<Check>> {
        each_once(bindings).into_iter().map(load).collect()
    };
    let transforms = load_each(&settings.transforms)?;
    let all = load_each(&settings.checks)?;
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

/// One that stands in the configuration and on the command line is one.
fn each_once(bindings: &[CheckBinding]) -> Vec<&CheckBinding> {
    let mut once = Vec::new();
    for binding in bindings {
        if !once.contains(&binding) {
            once.push(binding);
        }
    }
    once
}

fn read_baseline(path: &Path) -> Result<Baseline> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::file(format!("read the baseline {}", path.display()), error))?;
    Baseline::parse(&text).map_err(|source| Error::Run {
        doing: format!("reading the baseline {}", path.display()),
        source,
    })
}
