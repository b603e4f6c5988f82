//! Guests that lie at the boundary: lengths of 4 GiB, texts that are none, pointers to nowhere, in both directions.

use limosa_plugin::{Grants, RowKey};

use crate::guests::{MANIFEST, batch, check, component, fields};
use crate::house::{House, hurried, inconclusive, roomy};

const RULES: &str = "what it handed over breaks the rules of the interface";

/// A check with the interface `settings`, too.
fn asking(inspect: &str) -> String {
    let import =
        r#"(module (import "limosa:plugin/settings@0.1.0" "get" (func $get (param i32 i32 i32)))"#;
    check("", inspect, "").replacen("(module", import, 1)
}

/// A memory full of the letter a, from 192 KiB on, of so many pages.
fn letters(pages: u32) -> String {
    let bytes = pages << 16;
    format!(
        "(drop (memory.grow (i32.const {pages}))) (memory.fill (i32.const 196608) (i32.const 97) (i32.const {bytes}))"
    )
}

#[tokio::test]
async fn lengths_of_four_gibibytes() {
    let house = House::new();
    let text = format!("batch 1: {RULES}: string pointer/length out of bounds of memory");
    let list = format!("batch 1: {RULES}: list pointer/length out of bounds of memory");
    for (inspect, reason) in [
        (
            "(call $report (i32.const 1024) (i32.const -1) (i32.const 32) (i32.const 1))",
            &text,
        ),
        (
            "(call $report (i32.const 1024) (i32.const 3) (i32.const 32) (i32.const -1))",
            &list,
        ),
        (
            "(call $report (i32.const 1024) (i32.const 3) (i32.const -8) (i32.const 1))",
            &list,
        ),
        (
            "(call $count (i32.const -1) (i32.const -1) (i64.const 1))",
            &text,
        ),
        (
            "(call $log (i32.const 0) (i32.const 1024) (i32.const -1))",
            &text,
        ),
        (
            "(call $get (i32.const 1024) (i32.const -1) (i32.const 16))",
            &text,
        ),
    ] {
        house.stopped(&asking(inspect), reason).await;
    }
}

#[tokio::test]
async fn more_than_a_call_may_hand_over() {
    let house = House::new();
    for call in [
        "(call $report (i32.const 1024) (i32.const 3) (i32.const 0) (i32.const 2200000))",
        "(call $report (i32.const 196608) (i32.const 17000000) (i32.const 0) (i32.const 0))",
        "(call $log (i32.const 0) (i32.const 196608) (i32.const 17000000))",
        "(call $get (i32.const 196608) (i32.const 17000000) (i32.const 16))",
    ] {
        let module = asking(&format!("{} {call}", letters(300)));
        let reason = "batch 1: it handed over more than 16 MiB at once";
        house.ends(&roomy(&module), reason).await;
    }
}

/// What comes over is long and allowed, and is shown in short.
#[tokio::test]
async fn long_names_are_cut() {
    let house = House::new();
    let shown = format!("{}…", "a".repeat(500));
    let ask = |call: &str| asking(&format!("{} {call}", letters(16)));
    let setting = ask("(call $get (i32.const 196608) (i32.const 1048576) (i32.const 16))");
    let reason =
        format!("batch 1: it asked for the setting `{shown}`, which its manifest does not declare");
    house.stopped(&setting, &reason).await;
    let code = ask("(call $count (i32.const 196608) (i32.const 1048576) (i64.const 1))");
    let reason =
        format!("batch 1: it used the code `{shown}`, which its manifest does not declare");
    house.stopped(&code, &reason).await;
}

#[tokio::test]
async fn texts_that_are_none() {
    let house = House::new();
    let broken = "(i32.store (i32.const 32) (i32.const 0x00fffe61))";
    let reason = format!("batch 1: {RULES}: invalid utf-8 sequence of 1 bytes from index 1");
    for call in [
        "(call $count (i32.const 32) (i32.const 3) (i64.const 1))",
        "(call $log (i32.const 0) (i32.const 32) (i32.const 3))",
        "(call $get (i32.const 32) (i32.const 3) (i32.const 16))",
    ] {
        house
            .stopped(&asking(&format!("{broken} {call}")), &reason)
            .await;
    }
}

#[tokio::test]
async fn lists_that_are_not_aligned() {
    let call = "(call $report (i32.const 1024) (i32.const 3) (i32.const 33) (i32.const 1))";
    let reason = format!("batch 1: {RULES}: list pointer is not aligned");
    House::new().stopped(&check("", call, ""), &reason).await;
}

/// `result<_, string>` lies where the guest says: the mark at its place, the text's place and length 4 and 8 bytes on.
#[tokio::test]
async fn results_that_are_none() {
    let house = House::new();
    let give_up = |place: &str, length: &str| {
        format!(
            "(i32.store (i32.const 0) (i32.const 1)) (i32.store (i32.const 4) {place}) (i32.store (i32.const 8) {length})"
        )
    };
    let answer =
        |place: i32| format!("(call $release (local.get $batch)) (return (i32.const {place}))");
    for (inspect, reason) in [
        (
            "(i32.store8 (i32.const 0) (i32.const 7))".to_owned(),
            "invalid expected discriminant",
        ),
        (answer(3), "return pointer not aligned"),
        (answer(-4), "pointer out of bounds of memory"),
        (
            give_up("(i32.const 1024)", "(i32.const -1)"),
            "string pointer/length out of bounds of memory",
        ),
        (
            format!(
                "(i32.store (i32.const 32) (i32.const 0x00fffe61)) {}",
                give_up("(i32.const 32)", "(i32.const 3)")
            ),
            "invalid utf-8 sequence of 1 bytes from index 1",
        ),
    ] {
        house
            .stopped(
                &check("", &inspect, ""),
                &format!("batch 1: {RULES}: {reason}"),
            )
            .await;
    }
    let long = give_up("(i32.const 196608)", "(i32.const 17000000)");
    let long = check("", &format!("{} {long}", letters(300)), "");
    house
        .ends(
            &roomy(&long),
            "batch 1: it handed over more than 16 MiB at once",
        )
        .await;
    let long = give_up("(i32.const 196608)", "(i32.const 1048576)");
    let long = check(&format!("{} {long}", letters(16)), "", "");
    let reason = format!("in `open`: it gave up: {}…", "a".repeat(500));
    house.stopped(&long, &reason).await;
}

/// A check whose allocator does this; it is asked by every getter.
fn allocating(realloc: &str) -> String {
    let read = "(call $floats (local.get $batch) (i32.const 0) (i32.const 16))";
    check("", read, "")
        .replacen(
            "(local $at i32)",
            &format!("(local $at i32) (if (global.get $open) (then {realloc}))"),
            1,
        )
        .replacen(
            "(memory",
            "(global $open (mut i32) (i32.const 0)) (memory",
            1,
        )
        .replacen(
            "(global.set $heap (i32.const 65536))",
            "(global.set $heap (i32.const 65536)) (global.set $open (i32.const 1))",
            1,
        )
}

#[tokio::test]
async fn allocators_that_lie() {
    let house = House::new();
    for (realloc, reason) in [
        (
            "(return (i32.const -16))",
            format!("{RULES}: realloc return: beyond end of memory"),
        ),
        (
            "(return (i32.const 65537))",
            format!("{RULES}: realloc return: result not aligned"),
        ),
        (
            "(call $log (i32.const 0) (i32.const 1024) (i32.const 3))",
            "it called the host while it was only to make room for a value, or to clean up"
                .to_owned(),
        ),
        (
            "unreachable",
            "it panicked, or reached a point that its author took for unreachable".to_owned(),
        ),
        (
            "(drop (i32.load (i32.const -8)))",
            "it reached outside its own memory".to_owned(),
        ),
    ] {
        house
            .stopped(&allocating(realloc), &format!("batch 1: {reason}"))
            .await;
    }
    let reason = format!("batch 1: {}", crate::house::DEADLINE);
    house
        .ends(
            &hurried(&allocating("(loop $forever (br $forever))")),
            &reason,
        )
        .await;
}

/// Where a value is handed back by the guest for good: after each call.
#[tokio::test]
async fn an_endless_loop_after_a_call() {
    let cleanup = r#"(func (export "cabi_post_limosa:plugin/checking@0.1.0#inspect") (param i32) (loop $forever (br $forever))) (memory"#;
    let module = check("", "", "").replacen("(memory", cleanup, 1);
    let reason = format!("batch 1: {}", crate::house::DEADLINE);
    House::new().ends(&hurried(&module), &reason).await;
}

/// The other direction: text of 16 MiB for a guest that may have 8.
#[tokio::test]
async fn a_batch_that_is_too_large_for_its_memory() {
    let house = House::new();
    let read = r#"(call $bytes (local.get $batch) (i32.const 0) (i32.const 16))"#;
    let import = r#"(module (import "limosa:plugin/rows@0.1.0" "[method]batch.bytes" (func $bytes (param i32 i32 i32)))"#;
    let module = check("", read, "")
        .replacen("(module", import, 1)
        // An allocator that takes what it is asked for.
        .replace(
            "(then (drop (memory.grow (i32.const 16)))))",
            "(then (drop (memory.grow (i32.shr_u (local.get 3) (i32.const 16)))) (drop (memory.grow (i32.const 16)))))",
        );
    let plugin = house
        .runtime
        .load(&component("check", &module, MANIFEST), "guest")
        .unwrap();
    let bound = plugin
        .bind(&"guest:t.secret".parse().unwrap(), &fields())
        .unwrap();
    let mut session = bound.start(&Grants::default(), RowKey::default()).unwrap();
    session.inspect(&batch(0..10)).await.unwrap();
    let mut builder = limosa_model::BatchBuilder::new(limosa_model::Shape::new(fields()));
    builder.integer(0, 1);
    builder.float(1, 1.0);
    builder.text(2, &"s".repeat(16 << 20));
    builder.end_row();
    let large = builder.finish().unwrap();
    assert!(session.inspect(&large).await.is_err());
    let outcome = session.close().await;
    inconclusive(
        &outcome,
        "batch 2: it asked for more than 8 MiB of memory (limit `memory_mib` of its manifest, at most 128)",
    );
    house.unharmed().await;
}
