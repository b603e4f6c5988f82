//! Rules over manifests: who may depend on whom, and who may name which foreign crate.

use std::collections::BTreeSet;

/// A member of the workspace.
#[derive(Clone, Debug)]
pub struct Crate {
    /// Its folder from the root: `host/model`.
    pub folder: String,
    /// Its `Cargo.toml`.
    pub manifest: toml::Table,
}

/// DESIGN §2, "Allowed edges, and no others". What is not listed may depend on nothing of ours.
const EDGES: &[(&str, &[&str])] = &[
    ("limosa-database", &["limosa-model"]),
    ("limosa-journal", &["limosa-model"]),
    ("limosa-plugin", &["limosa-model"]),
    ("limosa-backup", &["limosa-model", "limosa-database"]),
    (
        "limosa-scheduler",
        &[
            "limosa-model",
            "limosa-database",
            "limosa-journal",
            "limosa-plugin",
            "limosa-backup",
        ],
    ),
    // What authors work with makes components, and runs them on rows of its own.
    (
        "limosa-workshop",
        &[
            "limosa-model",
            "limosa-database",
            "limosa-plugin",
            "limosa-package",
        ],
    ),
    (
        "limosa",
        &[
            "limosa-model",
            "limosa-database",
            "limosa-journal",
            "limosa-plugin",
            "limosa-backup",
            "limosa-scheduler",
            "limosa-workshop",
        ],
    ),
    ("limosa-server", &["limosa", "limosa-model"]),
    ("limosa-cli", &["limosa", "limosa-model"]),
];

/// Crates of others that isolate something: who may name them besides the tests.
const FOREIGN: &[(&[&str], &[&str])] = &[
    (&["wasmtime", "wasmtime-*"], &["limosa-plugin"]),
    (
        &["sqlx", "sqlx-*", "rusqlite", "libsqlite3-sys"],
        &["limosa-database", "limosa-journal"],
    ),
    (&["clap", "clap_*", "anyhow"], &["limosa-cli"]),
    (
        &["axum", "axum-*", "actix-web", "warp", "tiny_http"],
        &["limosa-server"],
    ),
    (&["reqwest", "ureq"], &["limosa", "limosa-backup"]),
    (&["object_store"], &["limosa-backup"]),
];

/// Edges between our crates that DESIGN does not allow; also those of build scripts and unit tests.
pub fn edges(crates: &[Crate]) -> Vec<String> {
    let ours: BTreeSet<&str> = crates.iter().map(Crate::name).collect();
    let mut problems = Vec::new();
    // The end-to-end tests stand above everything.
    for one in crates.iter().filter(|one| one.folder != "tests") {
        let allowed = EDGES
            .iter()
            .find(|(name, _)| *name == one.name())
            .map_or(&[][..], |(_, to)| to);
        for name in one.dependencies() {
            let within_sdk = one.folder.starts_with("sdk/")
                && crates
                    .iter()
                    .any(|other| other.name() == name && other.folder.starts_with("sdk/"));
            let plugin_on_sdk = one.folder.starts_with("plugins/") && name == "limosa-sdk";
            let is_ours =
                ours.contains(name.as_str()) || name == "limosa" || name.starts_with("limosa-");
            if is_ours && !allowed.contains(&name.as_str()) && !within_sdk && !plugin_on_sdk {
                problems.push(format!(
                    "{}/Cargo.toml: {} must not depend on {name}. Move what it needs down to a crate that both may use, \
                     or, if the design changed, change DESIGN §2 and EDGES in tests/src/tidy/manifests.rs.",
                    one.folder,
                    one.name()
                ));
            }
        }
    }
    problems
}

/// Foreign crates named where they must not be.
pub fn foreign_names(crates: &[Crate]) -> Vec<String> {
    let mut problems = Vec::new();
    for one in crates.iter().filter(|one| one.folder != "tests") {
        for name in one.dependencies() {
            for (foreign, homes) in FOREIGN {
                let is_meant = foreign
                    .iter()
                    .any(|pattern| match pattern.strip_suffix('*') {
                        Some(prefix) => name.starts_with(prefix),
                        None => name == *pattern,
                    });
                if is_meant && !homes.contains(&one.name()) {
                    problems.push(format!(
                        "{}/Cargo.toml: {} must not name {name}; only {} may. Ask that crate for what you need.",
                        one.folder,
                        one.name(),
                        homes.join(" and ")
                    ));
                }
            }
        }
    }
    problems
}

/// Crates that do not take the workspace's lints.
pub fn lints(crates: &[Crate]) -> Vec<String> {
    crates
        .iter()
        .filter(|one| {
            let lints = one
                .manifest
                .get("lints")
                .and_then(|lints| lints.get("workspace"));
            lints.and_then(toml::Value::as_bool) != Some(true)
        })
        .map(|one| {
            format!(
                "{}/Cargo.toml: add `[lints]` with `workspace = true`.",
                one.folder
            )
        })
        .collect()
}

/// Crates that lie in the checkout and are never built, because they are no members.
pub fn membership(folders: &[String], crates: &[Crate]) -> Vec<String> {
    folders
        .iter()
        .filter(|folder| !crates.iter().any(|one| one.folder == **folder))
        .map(|folder| {
            format!("{folder}: add it to `members` in the root Cargo.toml, or no test sees it.")
        })
        .collect()
}

impl Crate {
    /// The package's name.
    pub fn name(&self) -> &str {
        let name = self
            .manifest
            .get("package")
            .and_then(|package| package.get("name"));
        name.and_then(toml::Value::as_str).unwrap_or_default()
    }

    /// What it depends on under the real names, whichever kind and platform.
    fn dependencies(&self) -> Vec<String> {
        let platforms = self.manifest.get("target").and_then(toml::Value::as_table);
        let tables = std::iter::once(&self.manifest).chain(
            platforms
                .into_iter()
                .flat_map(|targets| targets.values())
                .filter_map(toml::Value::as_table),
        );
        let mut found = Vec::new();
        for table in tables {
            for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
                for (name, detail) in table
                    .get(kind)
                    .and_then(toml::Value::as_table)
                    .into_iter()
                    .flatten()
                {
                    let real = detail.get("package").and_then(toml::Value::as_str);
                    found.push(real.unwrap_or(name).to_owned());
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(folder: &str, name: &str, rest: &str) -> Crate {
        let text = format!("[package]\nname = {name:?}\n{rest}");
        Crate {
            folder: folder.into(),
            manifest: text.parse().expect("a manifest"),
        }
    }

    #[test]
    fn edges_run_downwards_only() {
        let model = member("host/model", "limosa-model", "");
        for (bad, folder, name, rest) in [
            (
                0,
                "host/journal",
                "limosa-journal",
                "[dependencies]\nlimosa-model.workspace = true\nserde = '1'",
            ),
            (
                1,
                "host/model",
                "limosa-model",
                "[dependencies]\nlimosa-journal = { path = '' }",
            ),
            (
                1,
                "host/model",
                "limosa-model",
                "[dev-dependencies]\nlimosa-database.workspace = true",
            ),
            (
                1,
                "host/cli",
                "limosa-cli",
                "[build-dependencies]\nlimosa-plugin.workspace = true",
            ),
            (
                1,
                "host/journal",
                "limosa-journal",
                "[dependencies]\nother = { package = 'limosa-database', path = '' }",
            ),
            (
                1,
                "host/plugin",
                "limosa-plugin",
                "[target.'cfg(unix)'.dependencies]\nlimosa.workspace = true",
            ),
            (
                0,
                "plugins/negative-amounts",
                "negative-amounts",
                "[dependencies]\nlimosa-sdk.workspace = true",
            ),
            (
                1,
                "plugins/negative-amounts",
                "negative-amounts",
                "[dependencies]\nlimosa-model.workspace = true",
            ),
            (
                1,
                "sdk/rust",
                "limosa-sdk",
                "[dependencies]\nlimosa-model.workspace = true",
            ),
            (
                0,
                "tests",
                "limosa-tests",
                "[dependencies]\nlimosa.workspace = true",
            ),
        ] {
            let problems = edges(&[model.clone(), member(folder, name, rest)]);
            assert_eq!(problems.len(), bad, "{name} {rest}: {problems:?}");
        }
    }

    #[test]
    fn foreign_crates_stay_at_home() {
        for (bad, folder, name, rest) in [
            (
                0,
                "host/plugin",
                "limosa-plugin",
                "[dependencies]\nwasmtime.workspace = true",
            ),
            (
                1,
                "host/scheduler",
                "limosa-scheduler",
                "[dependencies]\nwasmtime.workspace = true",
            ),
            (
                1,
                "host/scheduler",
                "limosa-scheduler",
                "[dependencies]\nengine = { package = 'wasmtime-environ', version = '1' }",
            ),
            (
                0,
                "host/database",
                "limosa-database",
                "[dependencies]\nsqlx = '1'\nrusqlite = '1'",
            ),
            (
                2,
                "host/runtime",
                "limosa",
                "[dependencies]\nsqlx = '1'\nrusqlite = '1'",
            ),
            (
                1,
                "host/runtime",
                "limosa",
                "[dev-dependencies]\nanyhow = '1'",
            ),
            (
                1,
                "host/server",
                "limosa-server",
                "[dependencies]\nclap = '4'\naxum = '1'",
            ),
            (
                1,
                "host/cli",
                "limosa-cli",
                "[dependencies]\nreqwest = '1'\nclap = '4'",
            ),
            (
                0,
                "tests",
                "limosa-tests",
                "[dependencies]\nsqlx = '1'\nanyhow = '1'",
            ),
        ] {
            let problems = foreign_names(&[member(folder, name, rest)]);
            assert_eq!(problems.len(), bad, "{name} {rest}: {problems:?}");
        }
    }

    #[test]
    fn lints_and_membership_are_missed() {
        let with = member("host/model", "limosa-model", "[lints]\nworkspace = true");
        let without = member(
            "host/journal",
            "limosa-journal",
            "[lints.rust]\nunsafe_code = 'allow'",
        );
        assert_eq!(lints(&[with.clone(), without]).len(), 1);
        let folders = ["host/model".to_owned(), "host/forgotten".to_owned()];
        assert_eq!(membership(&folders, &[with]).len(), 1);
    }
}
