//! `limosa-package MODULE MANIFEST OUT`: makes one plugin.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, iter, process};

/// Wrong usage, as in sysexits.h: 1 is a failure, and 2 is Limosa's success with warnings.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [module, manifest, out] = arguments.as_slice() else {
        report("usage: limosa-package MODULE MANIFEST OUT");
        return ExitCode::from(USAGE);
    };
    match run(Path::new(module), Path::new(manifest), Path::new(out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            report(&message);
            ExitCode::FAILURE
        }
    }
}

fn run(module: &Path, manifest: &Path, out: &Path) -> Result<(), String> {
    let code = fs::read(module).map_err(|error| cannot("read", module, &error))?;
    let text = fs::read_to_string(manifest).map_err(|error| cannot("read", manifest, &error))?;
    let plugin =
        limosa_package::package(&code, &text).map_err(|error| cannot("package", module, &error))?;
    // Another process may be reading the old one, or writing the same.
    let unfinished = out.with_added_extension(format!("{}.part", process::id()));
    fs::write(&unfinished, plugin).map_err(|error| cannot("write", &unfinished, &error))?;
    fs::rename(&unfinished, out).map_err(|error| cannot("write", out, &error))
}

/// The error and what caused it, in one line.
fn cannot(operation: &str, path: &Path, error: &(dyn Error + 'static)) -> String {
    let causes: Vec<String> = iter::successors(Some(error), |error| (**error).source())
        .map(ToString::to_string)
        .collect();
    format!(
        "cannot {operation} {}: {}",
        path.display(),
        causes.join(" ")
    )
}

#[expect(
    clippy::print_stderr,
    reason = "this is the program's one place to speak"
)]
fn report(message: &str) {
    eprintln!("limosa-package: {message}");
}
