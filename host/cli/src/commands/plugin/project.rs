//! `limosa plugin new` and `build`: a project to start from, and the component made of it.

use std::path::Path;

use limosa::plugins::Facts;
use limosa::workshop::{build as build_project, component_of, create};

use crate::arguments::{BuildArguments, Common, Format, NewArguments};
use crate::output::{BOLD, styled};

pub(crate) fn new(arguments: &NewArguments, common: &Common) -> anyhow::Result<u8> {
    let language = arguments.language.into();
    let folder = create(
        Path::new("."),
        &arguments.name,
        language,
        arguments.kind.into(),
    )
    .map_err(at_work)?;
    if common.format == Format::Json {
        let made = serde_json::json!({ "folder": folder, "language": language.name() });
        anstream::println!("{}", serde_json::to_string_pretty(&made)?);
        return Ok(0);
    }
    let name = &arguments.name;
    anstream::println!(
        "{} is a plugin that works; its README.md says how to make it yours",
        styled(BOLD, name)
    );
    anstream::println!("\n  cd {name}\n  limosa plugin build\n  limosa plugin test");
    Ok(0)
}

pub(crate) fn build(arguments: &BuildArguments, common: &Common) -> anyhow::Result<u8> {
    let facts = built(&arguments.folder)?;
    let component = component_of(&arguments.folder).map_err(at_work)?;
    if common.format == Format::Json {
        let mut built = serde_json::to_value(&facts)?;
        built["component"] = serde_json::to_value(&component)?;
        anstream::println!("{}", serde_json::to_string_pretty(&built)?);
        return Ok(0);
    }
    let shown = component.display();
    anstream::println!(
        "{} {}: {shown}, {} bytes, sha256 {}",
        styled(BOLD, &facts.manifest.name),
        facts.manifest.version,
        facts.bytes,
        facts.digest
    );
    Ok(0)
}

/// Builds the project, with the SDKs kept where compiled plugins are.
pub(super) fn built(folder: &Path) -> anyhow::Result<Facts> {
    Ok(build_project(folder, &limosa::cache_folder()?).map_err(at_work)?)
}

/// A failure at the workbench, under its code.
pub(super) fn at_work(source: limosa::workshop::Error) -> limosa::Error {
    limosa::Error::Workshop { source }
}
