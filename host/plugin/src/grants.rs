//! Which interface a plugin may import: by its kind, and never more.

use limosa_model::CheckKind;

/// The version of `limosa:plugin` that this host implements.
pub(crate) const INTERFACE: &str = "0.1.0";
const PACKAGE: &str = "limosa:plugin/";

/// The interface that carries the exports of a kind.
pub(crate) fn export(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::Check => "checking",
        CheckKind::Probe => "probing",
        CheckKind::Transform => "transforming",
    }
}

/// The interfaces that a plugin of this kind may import; `lookup` is linked only where a target is bound.
pub(crate) fn imports(kind: CheckKind) -> &'static [&'static str] {
    match kind {
        CheckKind::Check => &["rows", "settings", "log", "findings", "lookup"],
        CheckKind::Probe => &["rows", "settings", "log", "findings", "query"],
        CheckKind::Transform => &["rows", "settings", "log", "output"],
    }
}

/// What an interface lets a plugin do, for whoever reviews it; `None`: nothing that this program gives.
pub(crate) fn meaning(import: &str) -> Option<&'static str> {
    let (interface, _) = split(import)?;
    Some(match interface {
        "rows" => "reads the columns that it is bound to, batch by batch, and no others",
        "settings" => "reads the settings that its manifest declares",
        "log" => {
            "writes lines for its author, which go nowhere unless the host is told to show them"
        }
        "findings" => "names rows of its batches under the codes of its manifest",
        "lookup" => "asks whether keys of its rows are in the tables that its binding names",
        "query" => "runs the statements of its manifest, as they stand there, and reads their rows",
        "output" => "gives other values for the columns that it is bound to, and refuses rows",
        _ => return None,
    })
}

/// What the host does with an interface that a plugin offers; `None`: it calls no such thing.
pub(crate) fn use_of(export: &str) -> Option<&'static str> {
    let (interface, _) = split(export)?;
    Some(match interface {
        "checking" => "is called for each batch of rows, and says which of them are wrong",
        "probing" => {
            "is called once, runs its statements, and says which rows of their answers are wrong"
        }
        "transforming" => "is called for each batch of rows, and says what becomes of each",
        _ => return None,
    })
}

/// Splits `limosa:plugin/rows@0.1.0` into interface and version.
pub(crate) fn split(name: &str) -> Option<(&str, semver::Version)> {
    let (interface, version) = name.strip_prefix(PACKAGE)?.split_once('@')?;
    Some((interface, version.parse().ok()?))
}

/// Whether an interface of that version can be served: the same minor version before 1.0, and none that is newer.
pub(crate) fn serves(version: &semver::Version) -> bool {
    let Ok(host) = semver::Version::parse(INTERFACE) else {
        return false;
    };
    (host.major, host.minor) == (version.major, version.minor) && *version <= host
}

/// Why an import is refused, if it is.
pub(crate) fn refusal(kind: CheckKind, import: &str) -> Option<String> {
    let Some((interface, version)) = split(import) else {
        return Some(format!(
            "plugins get nothing but interfaces of limosa:plugin, no files, network, clock or environment; build it without WASI (this kind may import {})",
            imports(kind).join(", ")
        ));
    };
    let name = export(kind);
    if !imports(kind).contains(&interface) {
        return Some(format!(
            "a plugin that exports `{name}` gets only {}",
            imports(kind).join(", ")
        ));
    }
    (!serves(&version))
        .then(|| format!("this program has version {INTERFACE}; update the older of the two"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_gets_its_own() {
        let check = |kind, import: &str, granted: bool| {
            assert_eq!(
                refusal(kind, import).is_none(),
                granted,
                "{kind:?} {import}"
            );
        };
        check(CheckKind::Check, "limosa:plugin/rows@0.1.0", true);
        check(CheckKind::Check, "limosa:plugin/lookup@0.1.0", true);
        check(CheckKind::Check, "limosa:plugin/query@0.1.0", false);
        check(CheckKind::Check, "limosa:plugin/output@0.1.0", false);
        check(CheckKind::Check, "limosa:plugin/rows@0.1.1", false);
        check(CheckKind::Check, "limosa:plugin/rows@0.2.0", false);
        check(CheckKind::Check, "limosa:plugin/rows", false);
        check(CheckKind::Check, "wasi:io/streams@0.2.0", false);
        check(CheckKind::Check, "limosa:plugin-evil/rows@0.1.0", false);
        check(CheckKind::Probe, "limosa:plugin/query@0.1.0", true);
        check(CheckKind::Probe, "limosa:plugin/lookup@0.1.0", false);
        check(CheckKind::Transform, "limosa:plugin/output@0.1.0", true);
        check(CheckKind::Transform, "limosa:plugin/findings@0.1.0", false);
    }
}
