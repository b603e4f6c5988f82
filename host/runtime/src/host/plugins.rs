//! The plugins that the settings name, loaded, with what of their findings is accepted.

use std::path::Path;
use std::sync::Arc;

use limosa_model::{CheckBinding, CheckKind};
use limosa_plugin::{Plugin, Runtime};
use limosa_scheduler::checks::{Baseline, Check, Checks};

use crate::built_in::built_in;
use crate::configuration::is_path;
use crate::{Error, Result, Settings, built_in_names};

/// A component file larger than this is no plugin.
const LARGEST_PLUGIN: u64 = 64 << 20;

/// The transforms and the checks, with their plugins loaded.
pub(super) fn load_all(settings: &Settings, runtime: &Runtime) -> Result<(Vec<Check>, Checks)> {
    let load = |binding: &CheckBinding| {
        Ok(Check {
            binding: binding.clone(),
            plugin: load(&binding.plugin, runtime)?,
        })
    };
    let transforms = settings
        .transforms
        .iter()
        .map(load)
        .collect::<Result<_>>()?;
    let all: Vec<Check> = settings.checks.iter().map(load).collect::<Result<_>>()?;
    for check in &all {
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

/// A plugin by the name of one inside the program, or by the path of its file.
fn load(name: &str, runtime: &Runtime) -> Result<Arc<Plugin>> {
    let plugin = |source| Error::Plugin { source };
    if !is_path(name) {
        let bytes = built_in(name).ok_or_else(|| {
            let known: Vec<&str> = built_in_names().collect();
            Error::configuration(format!("there is no plugin `{name}` inside the program; it has {}, and a file is named by its path (./{name}.wasm)", known.join(", ")))
        })?;
        return runtime.load(bytes, name).map_err(plugin);
    }
    let read = |error| Error::file(format!("read the plugin {name}"), error);
    let size = std::fs::metadata(name).map_err(read)?.len();
    if size > LARGEST_PLUGIN {
        return Err(Error::configuration(format!(
            "{name} has {size} bytes, and a plugin has at most {LARGEST_PLUGIN}"
        )));
    }
    runtime
        .load(&std::fs::read(name).map_err(read)?, name)
        .map_err(plugin)
}

fn read_baseline(path: &Path) -> Result<Baseline> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::file(format!("read the baseline {}", path.display()), error))?;
    Baseline::parse(&text).map_err(|source| Error::Run {
        doing: format!("reading the baseline {}", path.display()),
        source,
    })
}
