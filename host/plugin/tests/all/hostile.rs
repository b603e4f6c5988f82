//! Guests that mean harm: each is stopped within its limits, says why, and touches no other.

use std::time::{Duration, Instant};

use limosa_model::Verdict;

use crate::guests::{
    self, MANIFEST, batch, check, component, load, others_still_work, run, runtime,
};
use crate::house::{DEADLINE, House, hurried};

const LOOP: &str = "(loop $forever (br $forever))";

/// Runs a guest over two batches: it must end inconclusive, for this reason, and leave others alone.
async fn stopped(module: &str, reason: &str) {
    House::new().stopped(module, reason).await;
}

/// The same for what never ends: its deadline must be kept.
async fn overdue(module: &str, step: &str) {
    let began = Instant::now();
    House::new()
        .ends(&hurried(module), &format!("{step}: {DEADLINE}"))
        .await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{step}: {:?}",
        began.elapsed()
    );
}

const MEMORY: &str =
    "it asked for more than 8 MiB of memory (limit `memory_mib` of its manifest, at most 128)";

#[tokio::test]
async fn an_endless_loop_in_open() {
    overdue(&check(LOOP, "", ""), "in `open`").await;
}

#[tokio::test]
async fn an_endless_loop_in_inspect() {
    overdue(&check("", LOOP, ""), "batch 1").await;
}

#[tokio::test]
async fn an_endless_loop_in_close() {
    overdue(&check("", "", LOOP), "in `close`").await;
}

#[tokio::test]
async fn an_endless_loop_of_host_calls() {
    let log =
        "(loop $forever (call $log (i32.const 0) (i32.const 1024) (i32.const 3)) (br $forever))";
    overdue(&check("", log, ""), "batch 1").await;
}

#[tokio::test]
async fn an_endless_loop_at_the_start_is_refused_at_load() {
    let module = check("", "", "").replacen(
        "(memory",
        "(start $s) (func $s (loop $forever (br $forever))) (memory",
        1,
    );
    let words = "the plugin `guest` does not start: it ran for more than 2s to start, the most that there is for that";
    House::new()
        .refused_in_the_end(component("check", &module, MANIFEST), words)
        .await;
}

#[tokio::test]
async fn a_memory_bomb() {
    let bomb = "(loop $more (drop (memory.grow (i32.const 16))) (br $more))";
    stopped(&check("", bomb, ""), &format!("batch 1: {MEMORY}")).await;
}

#[tokio::test]
async fn a_memory_that_is_too_large_from_the_start() {
    let module = check("", "", "").replace(
        "(memory (export \"memory\") 3)",
        "(memory (export \"memory\") 1000)",
    );
    let words = format!("the plugin `guest` does not start: {MEMORY}");
    House::new()
        .refused_in_the_end(component("check", &module, MANIFEST), &words)
        .await;
}

#[tokio::test]
async fn a_table_bomb() {
    let module = check(
        "",
        "(drop (table.grow $t (ref.null func) (i32.const 30000)))",
        "",
    )
    .replacen("(memory", "(table $t 1 funcref) (memory", 1);
    stopped(
        &module,
        "batch 1: it asked for tables of more than 20000 elements",
    )
    .await;
}

#[tokio::test]
async fn endless_recursion() {
    let module = check("", "(call $deeper)", "").replacen(
        "(memory",
        "(func $deeper (call $deeper)) (memory",
        1,
    );
    stopped(
        &module,
        "batch 1: it called itself too deeply: its stack of 512 KiB is full",
    )
    .await;
}

#[tokio::test]
async fn a_panic() {
    stopped(
        &check("", "unreachable", ""),
        "batch 1: it panicked, or reached a point that its author took for unreachable",
    )
    .await;
}

#[tokio::test]
async fn a_flood_of_reports() {
    let flood = "(loop $more (call $report (i32.const 1024) (i32.const 3) (i32.const 32) (i32.const 1)) (br $more))";
    stopped(
        &check("", flood, ""),
        "batch 1: it reported more than 65536 times in one call; name the rows together",
    )
    .await;
}

#[tokio::test]
async fn a_flood_of_rows() {
    let flood = "(drop (memory.grow (i32.const 100)))
        (loop $more (call $report (i32.const 1024) (i32.const 3) (i32.const 131072) (i32.const 800000)) (br $more))";
    stopped(
        &check("", flood, ""),
        "batch 1: it named more than 16777216 rows in one call",
    )
    .await;
}

#[tokio::test]
async fn a_list_that_reaches_outside_its_memory() {
    let flood = "(call $report (i32.const 1024) (i32.const 3) (i32.const 0) (i32.const 16000000))";
    stopped(
        &check("", flood, ""),
        "batch 1: what it handed over breaks the rules of the interface: list pointer/length out of bounds of memory",
    )
    .await;
}

#[tokio::test]
async fn the_same_row_over_and_over_counts_once() {
    let twice = "(call $report (i32.const 1024) (i32.const 3) (i32.const 32) (i32.const 2))";
    let outcome = run(&load(&check("", twice, "")), 2).await;
    assert_eq!((outcome.inconclusive, outcome.findings[0].count), (None, 1));
}

#[tokio::test]
async fn an_undeclared_code() {
    let report = "(call $report (i32.const 1040) (i32.const 10) (i32.const 32) (i32.const 1))";
    stopped(
        &check("", report, ""),
        "batch 1: it used the code `undeclared`, which its manifest does not declare",
    )
    .await;
}

#[tokio::test]
async fn a_row_that_was_not_handed_in() {
    let report = "(i64.store (i32.const 32) (i64.const 10)) (call $report (i32.const 1024) (i32.const 3) (i32.const 32) (i32.const 1))";
    stopped(
        &check("", report, ""),
        "batch 1: it reported row 10, and was handed 10 rows (counted from 0)",
    )
    .await;
}

#[tokio::test]
async fn a_count_that_overflows() {
    let count = "(call $count (i32.const 1024) (i32.const 3) (i64.const -1))";
    stopped(&check("", count, ""), "batch 2: it counted past 2^64").await;
}

#[tokio::test]
async fn a_column_outside_the_grant() {
    let read = "(call $floats (local.get $batch) (i32.const 1) (i32.const 16))";
    stopped(
        &check("", read, ""),
        "batch 1: it asked for column 1, and it was granted 1 (counted from 0)",
    )
    .await;
}

#[tokio::test]
async fn a_wrong_layout() {
    let read = "(call $integers (local.get $batch) (i32.const 0) (i32.const 16))";
    stopped(
        &check("", read, ""),
        "batch 1: it read column 0 by `integers`, and that column comes by `floats`",
    )
    .await;
}

#[tokio::test]
async fn a_batch_that_is_kept() {
    let module = check("", "", "").replace("(call $release (local.get $batch))", "");
    stopped(
        &module,
        "batch 1: what it handed over breaks the rules of the interface: borrow handles still remain at the end of the call",
    )
    .await;
}

/// Before the first row its words are shown; later they may hold values.
#[tokio::test]
async fn its_own_words_are_shown_only_while_it_knows_nothing() {
    let give_up = "(i32.store (i32.const 0) (i32.const 1)) (i32.store (i32.const 4) (i32.const 1072)) (i32.store (i32.const 8) (i32.const 15))";
    stopped(
        &check(give_up, "", ""),
        "in `open`: it gave up: the value is 42",
    )
    .await;
    let withheld = "batch 1: it gave up; its own words may hold values and are shown only where the log of plugins is switched on";
    stopped(&check("", give_up, ""), withheld).await;
}

#[tokio::test]
async fn what_was_found_before_a_trap_is_kept() {
    let module = check(
        "",
        &format!(
            "{} (if (i64.gt_u (call $first_row (local.get $batch)) (i64.const 0)) (then unreachable))",
            guests::NEGATIVE
        ),
        "",
    );
    let outcome = run(&load(&module), 3).await;
    assert_eq!(
        (outcome.findings[0].count, outcome.verdict()),
        (2, Verdict::Inconclusive)
    );
}

#[tokio::test]
async fn a_session_that_is_dropped_ends_its_guest() {
    let manifest = MANIFEST.replace("batch_milliseconds = 30000", "batch_milliseconds = 60000");
    let plugin = runtime()
        .load(
            &component("check", &check("", LOOP, ""), &manifest),
            "guest",
        )
        .unwrap();
    // As many as there are threads, and more: were they not ended, nobody else would get a turn for a minute.
    for _ in 0..20 {
        let mut session = guests::start(&plugin);
        let call = tokio::time::timeout(Duration::from_millis(20), async {
            session.inspect(&batch(0..10)).await
        });
        assert!(call.await.is_err());
        let reason = session.close().await.inconclusive.unwrap();
        assert!(reason.contains("abandoned"), "{reason}");
    }
    let began = Instant::now();
    others_still_work().await;
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn more_instances_than_there_are() {
    // A runtime of its own: here the pool is to run dry.
    let runtime = limosa_plugin::Runtime::new(limosa_plugin::Options::default()).unwrap();
    let plugin = runtime
        .load(&component("check", &check("", "", ""), MANIFEST), "guest")
        .unwrap();
    let mut sessions: Vec<_> = (0..257).map(|_| guests::start(&plugin)).collect();
    let mut failed = Vec::new();
    for session in &mut sessions {
        failed.extend(
            session
                .inspect(&batch(0..10))
                .await
                .err()
                .map(|error| error.to_string()),
        );
    }
    let reason = "the plugin `guest` stopped on table t, on starting: there was no room for one more plugin instance (maximum concurrent limit of 256 for component instances reached); run fewer checks or loaders";
    assert_eq!(failed, [reason]);
}
