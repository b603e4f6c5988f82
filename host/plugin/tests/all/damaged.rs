//! Files that were cut or changed: refused, or they run as a guest does, and never bring the host down.

use std::time::Duration;

use limosa_plugin::{Error, Options, Runtime, inspect};

use crate::guests::{MANIFEST, NEGATIVE, batch, check, component, start};
use crate::house::House;

/// A check that finds something, in as few bytes as there are.
fn small() -> Vec<u8> {
    let manifest = MANIFEST.replace("batch_milliseconds = 30000", "batch_milliseconds = 200");
    component("check", &check("", NEGATIVE, ""), &manifest)
}

/// Only those four ways to say no to a file.
fn is_told(error: &Error) -> bool {
    matches!(
        error,
        Error::NotAPlugin { .. }
            | Error::Manifest { .. }
            | Error::Import { .. }
            | Error::Interface { .. }
            | Error::Compile { .. }
            | Error::Instantiate { .. }
    )
}

#[tokio::test]
async fn every_length() {
    let house = House::new();
    let whole = small();
    let mut damaged = 0;
    for length in 0..whole.len() {
        let error = inspect(&whole[..length], "cut.wasm")
            .unwrap_err()
            .to_string();
        let expected = if length < 8 {
            "cut.wasm is not a plugin: it is no WebAssembly file; name the .wasm file of the plugin"
        } else if error.starts_with("cut.wasm is not a plugin: it is damaged (") {
            damaged += 1;
            continue;
        } else {
            // Between two sections, where nothing says that there were more.
            "the manifest of cut.wasm cannot be used: there is none (custom section `limosa:manifest`)"
        };
        assert!(error.starts_with(expected), "{length}: {error}");
    }
    assert!(
        damaged > whole.len() * 9 / 10,
        "{damaged} of {}",
        whole.len()
    );
    for length in (0..whole.len()).step_by(97) {
        let error = house.refusal(&whole[..length]).unwrap();
        assert!(is_told(&error), "{length}: {error}");
    }
    house.unharmed().await;
}

/// Every bit of the file, one at a time, is changed and read; of every third byte one is also compiled, started and handed rows,
/// if it is still a plugin.
#[tokio::test]
async fn every_place() {
    let house = House::new();
    let whole = small();
    let mut ran = 0;
    for place in 0..whole.len() {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[place] ^= 1 << bit;
            if let Err(error) = inspect(&changed, "changed.wasm") {
                assert!(is_told(&error), "{place}/{bit}: {error}");
            }
        }
        if place % 3 != 0 {
            continue;
        }
        let mut changed = whole.clone();
        changed[place] ^= 1 << (place % 8);
        let plugin = match house.runtime.load(&changed, "guest") {
            Ok(plugin) => plugin,
            Err(error) => {
                assert!(is_told(&error), "{place}: {error}");
                continue;
            }
        };
        // Names of roles and the like may have changed: then it goes with no binding, and says so.
        let binding = "guest:t.amount".parse().unwrap();
        let Ok(bound) = plugin.bind(&binding, &crate::guests::fields()) else {
            continue;
        };
        ran += 1;
        let Ok(mut session) =
            bound.start(&limosa_plugin::Grants::default(), crate::guests::by_id())
        else {
            continue;
        };
        let run = async {
            let inspected = session.inspect(&batch(0..10)).await;
            let outcome = session.close().await;
            // What stopped it is never a verdict; it may also stop in `close` only.
            assert!(
                inspected.is_ok() || outcome.inconclusive.is_some(),
                "{place}"
            );
        };
        // Nothing hangs: its own limit is a fifth of a second.
        tokio::time::timeout(Duration::from_secs(10), run)
            .await
            .unwrap_or_else(|_| panic!("{place}: it did not end"));
    }
    assert!(ran > 30, "only {ran} of them ran");
    house.unharmed().await;
}

/// 200 MB of zeros, of a good beginning, of one endless section.
#[tokio::test]
async fn a_file_of_two_hundred_megabytes() {
    let house = House::new();
    let mut bytes = small();
    bytes.resize(200_000_000, 0);
    house
        .refused(
            &bytes,
            "guest.wasm is not a plugin: it has more than 64 MiB",
        )
        .await;
    let mut bytes = wat::parse_str("(component)").unwrap();
    crate::guests::append_section(&mut bytes, "x", &vec![0; 63 << 20]);
    let begun = std::time::Instant::now();
    house
        .refused(&bytes, "the manifest of guest.wasm cannot be used: there is none (custom section `limosa:manifest`); `limosa plugin build` puts it in, and so does `limosa-package MODULE plugin.toml OUT` (sdk/package)")
        .await;
    assert!(begun.elapsed() < Duration::from_secs(5));
}

/// Code and types within each other as deep as a reader, a compiler or a linker might follow them down.
#[tokio::test]
async fn as_deep_as_it_can_be() {
    let house = House::new();
    let depth = 5_000;
    let code = |body: String| {
        let function = format!("(func (param i32) (result i32) {body} local.get 0) (memory");
        component(
            "check",
            &check("", "", "").replacen("(memory", &function, 1),
            MANIFEST,
        )
    };
    for bytes in [
        code("block ".repeat(depth) + &"end ".repeat(depth)),
        code("loop ".repeat(depth) + &"end ".repeat(depth)),
        code("local.get 0 if ".repeat(depth) + &"end ".repeat(depth)),
        code("local.get 0 ".repeat(depth) + &"i32.add ".repeat(depth - 1) + "drop "),
    ] {
        let plugin = house.runtime.load(&bytes, "guest").unwrap();
        let outcome = house.run(start(&plugin), 1).await;
        assert_eq!((outcome.inconclusive, outcome.rows), (None, 10));
    }
    for kind in ["list", "option", "tuple"] {
        let types: String = (1..depth)
            .map(|number| format!("(type $t{number} ({kind} $t{}))", number - 1))
            .collect();
        let text = format!(
            r#"(component (import "limosa:plugin/log@0.1.0" (instance (type $t0 (list u8)) {types} (export "write" (func (param "level" $t{})))))
            (component $inner) (instance $i (instantiate $inner)) (export "limosa:plugin/checking@0.1.0" (instance $i)))"#,
            depth - 1
        );
        let mut bytes = wat::parse_str(text).unwrap();
        crate::guests::append_section(&mut bytes, "limosa:manifest", MANIFEST.as_bytes());
        let error = house.refusal(&bytes).unwrap();
        assert!(is_told(&error), "{kind}: {error}");
    }
    house.unharmed().await;
}

/// What takes all of a runtime's memory is stopped there, and told apart from what takes too much itself.
#[tokio::test]
async fn more_than_all_may_have_together() {
    let runtime = Runtime::new(Options {
        memory: 20 << 20,
        ..Options::default()
    })
    .unwrap();
    let fill = "(drop (memory.grow (i32.const 100)))";
    let plugin = component("check", &check("", fill, ""), MANIFEST);
    let plugin = runtime.load(&plugin, "guest").unwrap();
    let mut sessions: Vec<_> = (0..4).map(|_| start(&plugin)).collect();
    let mut reasons = Vec::new();
    for session in &mut sessions {
        if let Err(error) = session.inspect(&batch(0..10)).await {
            reasons.push(error.to_string());
        }
    }
    let reason = "the plugin `guest` stopped on table t, batch 1: all plugins together asked for more than 20 MiB of memory; run fewer checks at once";
    assert_eq!(reasons, [reason]);
    drop(sessions);
    // The threads drop them.
    for _ in 0..100 {
        if runtime.memory_held() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} bytes are still held", runtime.memory_held());
}
