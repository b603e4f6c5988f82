//! Files that claim to be what they are not: manifests that lie, imports of what nobody gets, endless lists of both.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::guests::{MANIFEST, append_section, bare_component, check, component, transform};
use crate::house::House;

/// A component in text, with a manifest.
fn in_text(text: &str, manifest: &str) -> Vec<u8> {
    let mut bytes = wat::parse_str(text).unwrap();
    append_section(&mut bytes, "limosa:manifest", manifest.as_bytes());
    bytes
}

fn plain() -> String {
    check("", "", "")
}

#[tokio::test]
async fn what_nobody_gets() {
    let house = House::new();
    for import in [
        "wasi:sockets/tcp@0.2.0",
        "wasi:sockets/ip-name-lookup@0.2.0",
        "wasi:filesystem/types@0.2.0",
        "wasi:filesystem/preopens@0.2.0",
        "wasi:cli/environment@0.2.0",
        "wasi:cli/stdout@0.2.0",
        "wasi:clocks/wall-clock@0.2.0",
        "wasi:clocks/monotonic-clock@0.2.0",
        "wasi:random/random@0.2.0",
        "wasi:random/insecure-seed@0.2.0",
        "wasi:http/outgoing-handler@0.2.0",
        "limosa:host/database@0.1.0",
        "limosa:plugin-two/rows@0.1.0",
        "limosa:plugin/rows",
    ] {
        let bytes = in_text(
            &format!(r#"(component (import "{import}" (instance)))"#),
            MANIFEST,
        );
        let words = format!(
            "the plugin `guest` imports `{import}`: plugins get nothing but interfaces of limosa:plugin, no files, network, clock or environment; build it without WASI (this kind may import rows, settings, log, findings, lookup)"
        );
        house.refused(&bytes, &words).await;
        // Who looks at it reads the same, and nothing has run.
        let facts = limosa_plugin::inspect(&bytes, "guest.wasm").unwrap();
        assert_eq!(facts.problems[0], words);
        assert_eq!(facts.imports[0].meaning, "nothing that a plugin gets");
    }
    // Not only interfaces: functions, and components fetched from elsewhere.
    for (name, import) in [
        ("exit", r#"(import "exit" (func))"#),
        (
            "url=<https://example.com/a.wasm>",
            r#"(import "url=<https://example.com/a.wasm>" (component))"#,
        ),
    ] {
        let words = format!(
            "the plugin `guest` imports `{name}`: plugins get nothing but interfaces of limosa:plugin, no files, network, clock or environment; build it without WASI (this kind may import rows, settings, log, findings, lookup)"
        );
        let bytes = in_text(&format!("(component {import})"), MANIFEST);
        house.refused(&bytes, &words).await;
    }
}

/// An interface that it gets, and in it a function that nobody has.
#[tokio::test]
async fn more_of_an_interface_than_there_is() {
    let house = House::new();
    let text = r#"(component (import "limosa:plugin/findings@0.1.0" (instance (export "connection" (func (result string)))))
        (component $inner) (instance $i (instantiate $inner)) (export "limosa:plugin/checking@0.1.0" (instance $i)))"#;
    let words = "the plugin `guest` does not start: component imports instance `limosa:plugin/findings@0.1.0`, but a matching implementation was not found in the linker: instance export `connection` has the wrong type: function implementation is missing";
    house.refused(&in_text(text, MANIFEST), words).await;
}

#[tokio::test]
async fn a_kind_that_it_is_not() {
    let house = House::new();
    let transforms = MANIFEST.replace("kind = 'check'", "kind = 'transform'");
    let probes = MANIFEST.replace("kind = 'check'", "kind = 'probe'")
        + "[statements.rows]\nany = 'SELECT 1'\n";
    let lacks = |export: &str| {
        format!(
            "the manifest of guest cannot be used: it does not export `limosa:plugin/{export}@0.1.0`, as its kind requires"
        )
    };
    // A check that says it is a transform asks for what a transform does not get.
    let words = "the plugin `guest` imports `limosa:plugin/findings@0.1.0`: a plugin that exports `transforming` gets only rows, settings, log, output";
    house
        .refused(&component("check", &plain(), &transforms), words)
        .await;
    house
        .refused(&component("check", &plain(), &probes), &lacks("probing"))
        .await;
    let words = "the plugin `guest` imports `limosa:plugin/output@0.1.0`: a plugin that exports `checking` gets only rows, settings, log, findings, lookup";
    house
        .refused(&component("transform", &transform("", ""), MANIFEST), words)
        .await;
    house
        .refused(&in_text("(component)", MANIFEST), &lacks("checking"))
        .await;
    // The name alone is no export of the kind.
    let hollow = r#"(component (component $inner) (instance $i (instantiate $inner)) (export "limosa:plugin/checking@0.1.0" (instance $i)))"#;
    let words = house
        .refusal(&in_text(hollow, MANIFEST))
        .unwrap()
        .to_string();
    assert_eq!(
        words,
        "the plugin `guest` does not start: instance export `limosa:plugin/checking@0.1.0` does not have export `open`"
    );
}

#[tokio::test]
async fn a_manifest_that_lies() {
    let house = House::new();
    let said = |from: &str, to: &str, reason: &str| {
        let manifest = MANIFEST.replacen(from, to, 1);
        assert_ne!(manifest, MANIFEST, "{from}");
        let bytes = component("check", &plain(), &manifest);
        let error = house.refusal(&bytes).unwrap().to_string();
        assert!(error.ends_with(reason), "{error}\nfor {to}");
    };
    said(
        "'^0.1.0'",
        "'>=0.1.5'",
        "the plugin `guest` needs limosa:plugin >=0.1.5, and this program has 0.1.0; update the older of the two",
    );
    said(
        "kind = 'check'",
        "kind = 'probe'",
        "a probe has statements, and nothing else has",
    );
    said(
        "[limits]",
        "[statements.rows]\nany = 'DELETE FROM t'\n[limits]",
        "a probe has statements, and nothing else has",
    );
    said(
        "name = 'guest'",
        "name = '../../etc/passwd'",
        "`../../etc/passwd` is no name for a plugin: a lower case letter, then letters, digits, hyphens and underscores, 64 in all",
    );
    said(
        "name = 'guest'",
        "name = 'guest\\u{202e}'",
        "`guest\\u{202e}` is no name for a plugin: a lower case letter, then letters, digits, hyphens and underscores, 64 in all",
    );
    said(
        "name = 'guest'",
        "name = 'guest\u{202e}'",
        "`guest\u{fffd}` is no name for a plugin: a lower case letter, then letters, digits, hyphens and underscores, 64 in all",
    );
    // What it asks for beyond what there is, it does not get.
    let greedy = MANIFEST
        .replace("memory_mib = 8", "memory_mib = 9223372036854775807")
        .replace(
            "batch_milliseconds = 30000",
            "batch_milliseconds = 9223372036854775807",
        );
    let plugin = component("check", &plain(), &greedy);
    let limits = house.runtime.load(&plugin, "guest").unwrap().limits();
    assert_eq!((limits.memory >> 20, limits.call.as_secs()), (128, 60));
    let lookup = r#"(module (import "limosa:plugin/lookup@0.1.0" "exists" (func (param i32 i32 i32 i32 i32 i32)))"#;
    let lookup = plain().replacen("(module", lookup, 1);
    let words = "the plugin `guest` imports `limosa:plugin/lookup@0.1.0`: its manifest names no lookup; add `[lookups.NAME]` with a description";
    house
        .refused(&component("check-with-lookup", &lookup, MANIFEST), words)
        .await;
    house.unharmed().await;
}

/// A manifest is the outermost component's own: one that lies deeper is somebody else's.
#[tokio::test]
async fn manifests_inside_manifests() {
    let house = House::new();
    let none = "the manifest of guest.wasm cannot be used: there is none (custom section `limosa:manifest`); `limosa plugin build` puts it in, and so does `limosa-package MODULE plugin.toml OUT` (sdk/package)";
    let spoof = format!(
        "(@custom \"limosa:manifest\" \"{}\")",
        MANIFEST.replace('\n', "\\n")
    );
    for text in [
        format!("(component (component {spoof}))"),
        format!("(component (component (component {spoof})))"),
        format!("(component (core module {spoof}))"),
    ] {
        house.refused(&wat::parse_str(text).unwrap(), none).await;
    }
    let mut twice = component("check", &plain(), MANIFEST);
    append_section(&mut twice, "limosa:manifest", b"");
    let words =
        "the manifest of guest.wasm cannot be used: there are 2, and exactly one is allowed";
    house.refused(&twice, words).await;
    let mut large = bare_component("check", &plain());
    append_section(&mut large, "limosa:manifest", &vec![b'#'; 65_537]);
    let words =
        "the manifest of guest.wasm cannot be used: it has 65537 bytes, and 65536 are the most";
    house.refused(&large, words).await;
    // The spoof beside a true one changes nothing.
    let nested = plain().replacen("(memory", &format!("{spoof} (memory"), 1);
    let honest = MANIFEST.replace("'guest'", "'honest'");
    let plugin = component("check", &nested, &honest);
    let plugin = house.runtime.load(&plugin, "guest").unwrap();
    assert_eq!(plugin.manifest().name, "honest");
}

/// Each is a few mebibytes that would become gibibytes in whoever lists them.
#[tokio::test]
async fn lists_without_end() {
    let house = House::new();
    // An import section of a million functions called ``, of a type that nobody declared: six bytes each.
    let imports: Vec<u8> = [0, 0, 1, 0].repeat(1_000_000);
    let mut bytes = wat::parse_str("(component)").unwrap();
    append(&mut bytes, 10, &[&leb(1_000_000)[..], &imports].concat());
    let words = "guest.wasm is not a plugin: it imports more than 1000 things, and a plugin imports fewer than ten";
    house.refused(&bytes, words).await;
    let exports: Vec<u8> = [0, 0, 1, 0, 0].repeat(1_000_000);
    let mut bytes = wat::parse_str("(component)").unwrap();
    append(&mut bytes, 11, &[&leb(1_000_000)[..], &exports].concat());
    let words = "guest.wasm is not a plugin: it exports more than 1000 things, and a plugin exports fewer than ten";
    house.refused(&bytes, words).await;
    // One within the other, as long as the size of the innermost can be told.
    let mut nested = wat::parse_str("(component)").unwrap();
    for _ in 0..200 {
        let mut outer = wat::parse_str("(component)").unwrap();
        append(&mut outer, 4, &nested);
        nested = outer;
    }
    append_section(&mut nested, "limosa:manifest", MANIFEST.as_bytes());
    let words = "guest.wasm is not a plugin: it has more than 100 components within each other";
    house.refused(&nested, words).await;
    // Tools without end: what made it is shown, a hundred lines of it.
    let tools: Vec<u8> = (0..100_000_u32)
        .flat_map(|number| [&[5][..], format!("{number:05}").as_bytes(), &[0]].concat())
        .collect();
    let producers = [&[1, 3][..], b"sdk", &leb(100_000), &tools].concat();
    let mut bytes = component("check", &plain(), MANIFEST);
    append_section(&mut bytes, "producers", &producers);
    let facts = limosa_plugin::inspect(&bytes, "guest.wasm").unwrap();
    assert_eq!(facts.origins.producers.len(), 100);
}

/// As `cargo auditable` leaves it.
fn packed(json: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    packer.write_all(json).unwrap();
    packer.finish().unwrap()
}

#[test]
fn what_it_is_made_of_is_told_as_far_as_it_can_be_read() {
    let told = |sections: &[(&str, &[u8])]| {
        let mut bytes = component("check", &plain(), MANIFEST);
        for (name, content) in sections {
            append_section(&mut bytes, name, content);
        }
        limosa_plugin::inspect(&bytes, "guest.wasm")
            .unwrap()
            .origins
    };
    let crates = packed(
        br#"{"packages": [
            {"name": "guest", "version": "1.0.0", "source": "local", "root": true, "dependencies": [1]},
            {"name": "memchr", "version": "2.7.4", "source": "crates.io"},
            {"name": "cc", "version": "1.2.0", "source": "crates.io", "kind": "build"},
            {"name": "odd\u0007one", "version": "0.1.0", "source": "git", "kind": "runtime"},
            {"name": "zeta", "version": "1.0.0", "source": "local", "kind": "development"}
        ]}"#,
    );
    let origins = told(&[
        (".dep-v0", &crates),
        ("authors", b"Somebody <somebody@example.org>"),
        ("authors", b"Somebody else"),
        ("revision", b"c0ffee\x1b[31m"),
        ("unknown", b"text"),
    ]);
    let dependencies: Vec<String> = origins
        .dependencies
        .iter()
        .map(|found| format!("{} {} {}", found.name, found.version, found.source))
        .collect();
    assert_eq!(
        dependencies,
        [
            "memchr 2.7.4 crates.io",
            "odd one 0.1.0 git",
            "zeta 1.0.0 local"
        ]
    );
    let texts: Vec<(&str, &str)> = origins
        .texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let expected = [
        ("authors", "Somebody <somebody@example.org>"),
        ("revision", "c0ffee [31m"),
    ];
    assert_eq!(texts, expected);
    // Damaged, endless, or without end: it is not told, and costs little.
    for damaged in [&b"no zlib"[..], &packed(b"[]"), &crates[..crates.len() / 2]] {
        let told = told(&[(".dep-v0", damaged)]);
        assert!(told.dependencies.is_empty() && told.is_cut);
    }
    let bomb = packed(&vec![b' '; 64 << 20]);
    let began = std::time::Instant::now();
    let bombs: Vec<(&str, &[u8])> = vec![(".dep-v0", bomb.as_slice()); 400];
    assert!(told(&bombs).dependencies.is_empty());
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
    let many: Vec<String> = (0..5_000)
        .map(|number| format!(r#"{{"name": "a{number}", "version": "1.0.0", "source": "local"}}"#))
        .collect();
    let many = packed(format!(r#"{{"packages": [{}]}}"#, many.join(",")).as_bytes());
    let told = told(&[(".dep-v0", &many)]);
    assert!(told.dependencies.len() == 1_000 && told.is_cut);
}

/// A section of that number.
fn append(bytes: &mut Vec<u8>, number: u8, content: &[u8]) {
    bytes.push(number);
    bytes.extend(leb(content.len()));
    bytes.extend(content);
}

fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        bytes.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            return bytes;
        }
    }
}
