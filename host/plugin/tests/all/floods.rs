//! Guests that want too much of the host: handles, log lines, lookups, and time between them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use limosa_model::{Batch, Lookup, LookupError};
use limosa_plugin::{Grants, Options};
use tracing::span;

use crate::guests::{MANIFEST, append_section, batch, by_id, check, component, encode, fields};
use crate::house::{DEADLINE, House, hurried, inconclusive, roomy};

/// A check that also offers a resource of its own, of which it can make handles.
pub(crate) fn maker(inspect: &str) -> Vec<u8> {
    let own = "package limosa:bomb; interface things { resource thing; } world bomb { include limosa:plugin/check@0.1.0; export things; }";
    let import = r#"(module (import "[export]limosa:bomb/things" "[resource-new]thing" (func $new (param i32) (result i32)))"#;
    let module = check("", inspect, "").replacen("(module", import, 1);
    let mut bytes = encode(&module, |resolve| {
        resolve.push_str(Path::new("bomb.wit"), own).unwrap();
        "limosa:bomb/bomb"
    });
    append_section(&mut bytes, "limosa:manifest", MANIFEST.as_bytes());
    bytes
}

#[tokio::test]
async fn a_handle_bomb() {
    let bomb = maker("(loop $more (drop (call $new (i32.const 1))) (br $more))");
    let reason = "batch 1: it held more than 64 handles at once";
    House::new().ends_by_a_limit(&bomb, reason).await;
}

/// The stack of its thread holds what the host's functions take on top of all that the guest may have.
#[tokio::test]
async fn a_recursion_that_calls_the_host_at_every_depth() {
    let deeper = "(func $deeper
        (call $report (i32.const 1024) (i32.const 3) (i32.const 32) (i32.const 0))
        (call $log (i32.const 0) (i32.const 1024) (i32.const 3))
        (call $deeper)) (memory";
    let module = check("", "(call $deeper)", "").replacen("(memory", deeper, 1);
    let bytes = component("check", &module, MANIFEST);
    let reason = "batch 1: it called itself too deeply: its stack of 512 KiB is full";
    House::new().ends_by_a_limit(&bytes, reason).await;
}

#[tokio::test]
async fn more_than_a_call_may_hand_over_is_a_limit_too() {
    let letters = "(drop (memory.grow (i32.const 300)))";
    let log = "(call $log (i32.const 0) (i32.const 196608) (i32.const 17000000))";
    let bytes = roomy(&check("", &format!("{letters} {log}"), ""));
    let reason = "batch 1: it handed over more than 16 MiB at once";
    House::new().ends_by_a_limit(&bytes, reason).await;
}

/// Counts what is shown of plugins.
struct Lines(Arc<AtomicU32>);

impl tracing::Subscriber for Lines {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "limosa::plugin"
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Where the log is switched on, a session shows so many lines and one that says so; the verdict is as ever.
#[tokio::test]
async fn a_flood_of_log_lines() {
    let shown = Arc::new(AtomicU32::new(0));
    // Of the whole process, since guests run on threads of their own; this test alone switches a log on.
    tracing::subscriber::set_global_default(Lines(shown.clone())).unwrap();
    let house = House::with(Options {
        log: true,
        ..Options::default()
    });
    let flood = "(loop $more (call $log (i32.const 2) (i32.const 1024) (i32.const 3))
        (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000))))";
    let plugin = component("check", &check("", flood, ""), MANIFEST);
    let plugin = house.runtime.load(&plugin, "guest").unwrap();
    let outcome = house.run(crate::guests::start(&plugin), 2).await;
    assert_eq!((outcome.inconclusive, outcome.rows), (None, 20));
    assert_eq!(shown.load(Ordering::Relaxed), 1_001);
}

/// A check that asks whether its rows are there, and more around it.
fn looking(inspect: &str, manifest: &str) -> Vec<u8> {
    let exists = "(i32.store16 (i32.const 48) (i32.const 0))
        (call $exists (local.get $batch) (i32.const 48) (i32.const 1) (i32.const 1056) (i32.const 6) (i32.const 16))";
    let module = check("", &inspect.replace("LOOK", exists), "");
    let import = r#"(module (import "limosa:plugin/lookup@0.1.0" "exists" (func $exists (param i32 i32 i32 i32 i32 i32)))"#;
    component(
        "check-with-lookup",
        &module.replacen("(module", import, 1),
        &format!("{manifest}\n[lookups.parent]\ndescription = 'Where they should be.'"),
    )
}

struct Asked(AtomicU32);

#[async_trait]
impl Lookup for Asked {
    async fn exists(&self, keys: &Batch) -> Result<Vec<bool>, LookupError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(vec![true; keys.len()])
    }
}

/// What it says in the end, and how often the host was asked.
async fn looked(house: &House, bytes: &[u8], reason: &str) -> u32 {
    let plugin = house.runtime.load(bytes, "guest").unwrap();
    let bound = plugin
        .bind(&"guest:t.id->p.id".parse().unwrap(), &fields())
        .unwrap();
    let asked = Arc::new(Asked(AtomicU32::new(0)));
    let lookup: Arc<dyn Lookup> = asked.clone();
    let grants = Grants {
        lookups: BTreeMap::from([("parent".into(), lookup)]),
    };
    let session = bound.start(&grants, by_id()).unwrap();
    inconclusive(&house.run(session, 1).await, reason);
    asked.0.load(Ordering::Relaxed)
}

/// The host's time is not the guest's: what takes it is counted.
#[tokio::test]
async fn a_flood_of_lookups() {
    let house = House::new();
    let flood = looking(
        "(loop $more LOOK (global.set $heap (i32.const 65536)) (br $more))",
        MANIFEST,
    );
    let reason = "batch 1: it looked keys up or ran statements more than 1000 times in one call";
    assert_eq!(looked(&house, &flood, reason).await, 1_000);
}

#[tokio::test]
async fn an_endless_loop_between_lookups() {
    let house = House::new();
    let manifest = MANIFEST.replace("batch_milliseconds = 30000", "batch_milliseconds = 300");
    let between = looking("LOOK (loop $forever (br $forever)) LOOK", &manifest);
    let began = Instant::now();
    let reason = format!("batch 1: {DEADLINE}");
    assert_eq!(looked(&house, &between, &reason).await, 1);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn lookups_that_were_not_granted() {
    let house = House::new();
    let look = |store: &str, columns: u32, target: &str| {
        let exists = format!(
            "{store} (call $exists (local.get $batch) (i32.const 48) (i32.const {columns}) {target} (i32.const 16))"
        );
        looking(&exists, MANIFEST)
    };
    let parent = "(i32.const 1056) (i32.const 6)";
    for (bytes, reason) in [
        (
            look("(i32.store16 (i32.const 48) (i32.const 1))", 1, parent),
            "it looked column 1 up in `parent`, and was granted 1 (counted from 0)",
        ),
        (
            look("(i32.store16 (i32.const 48) (i32.const -1))", 1, parent),
            "it looked column 65535 up in `parent`, and was granted 1 (counted from 0)",
        ),
        (
            look("", 2, parent),
            "it looked 2 columns up in `parent`, whose key has 1",
        ),
        (
            look("", 0, parent),
            "it looked 0 columns up in `parent`, whose key has 1",
        ),
        (
            look("", 1, "(i32.const 1024) (i32.const 3)"),
            "it looked into `bad`, which its binding does not grant",
        ),
    ] {
        let asked = looked(&house, &bytes, &format!("batch 1: {reason}")).await;
        assert_eq!(asked, 0, "{reason}");
    }
}

/// It has done nothing wrong on ten rows, and on a thousand others; then it meets the value that it waits for.
#[tokio::test]
async fn one_that_changes_with_the_data() {
    let house = House::new();
    let wait = "(call $floats (local.get $batch) (i32.const 0) (i32.const 16))
        (local.set $data (i32.load (i32.const 16)))
        (loop $next
            (if (f64.eq (f64.load (i32.add (local.get $data) (i32.shl (local.get $i) (i32.const 3)))) (f64.const 4711))
                (then (loop $forever (br $forever))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $i) (call $length (local.get $batch)))))";
    let plugin = house
        .runtime
        .load(&hurried(&check("", wait, "")), "guest")
        .unwrap();
    let outcome = house.run(crate::guests::start(&plugin), 100).await;
    assert_eq!((outcome.inconclusive, outcome.rows), (None, 1_000));
    let mut session = crate::guests::start(&plugin);
    session.inspect(&batch(0..10)).await.unwrap();
    let mut builder = limosa_model::BatchBuilder::new(limosa_model::Shape::new(fields()));
    builder.integer(0, 10);
    builder.float(1, 4711.0);
    builder.text(2, "");
    builder.end_row();
    let waited_for = builder.finish().unwrap();
    assert!(session.inspect(&waited_for).await.is_err());
    inconclusive(&session.close().await, &format!("batch 2: {DEADLINE}"));
    house.unharmed().await;
}
