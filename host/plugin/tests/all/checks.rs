//! Checks that behave.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use limosa_model::{Batch, Lookup, LookupError, Value, Verdict};
use limosa_plugin::{Grants, RowKey};

use crate::guests::{
    self, MANIFEST, NEGATIVE, batch, by_id, check, component, fields, load, runtime,
};

#[tokio::test]
async fn finds_rows_by_key() {
    guests::others_still_work().await;
}

#[tokio::test]
async fn an_outcome_names_check_code_and_columns() {
    let outcome = guests::run(&load(&check("", NEGATIVE, "")), 1).await;
    assert_eq!(outcome.check, "guest:t.amount");
    assert_eq!(outcome.findings[0].code, "bad");
    assert_eq!(outcome.findings[0].message, "amount of t is bad.");
    assert_eq!(outcome.findings[0].rows[0].describe(), "id = 0");
    assert_eq!(outcome.verdict(), Verdict::Fail);
}

#[tokio::test]
async fn without_batches_it_is_opened_and_closed() {
    let outcome = guests::run(
        &load(&check(
            "",
            NEGATIVE,
            "(call $count (i32.const 1024) (i32.const 3) (i64.const 7))",
        )),
        0,
    )
    .await;
    assert_eq!(
        (
            outcome.rows,
            outcome.findings[0].count,
            outcome.inconclusive
        ),
        (0, 7, None)
    );
}

#[tokio::test]
async fn a_row_of_an_earlier_batch_may_be_reported_later() {
    let report_first = "(i64.store (i32.const 32) (i64.const 3)) (call $report (i32.const 1024) (i32.const 3) (i32.const 32) (i32.const 1))";
    let outcome = guests::run(&load(&check("", "", report_first)), 2).await;
    assert_eq!(outcome.findings[0].rows[0].describe(), "id = 3");
}

#[tokio::test]
async fn without_a_key_rows_are_counted_from_one() {
    let plugin = load(&check("", NEGATIVE, ""));
    let mut session = guests::bind(&plugin)
        .start(&Grants::default(), RowKey::default())
        .unwrap();
    session.inspect(&batch(5..15)).await.unwrap();
    assert_eq!(
        session.close().await.findings[0].rows[0].describe(),
        "row 6"
    );
}

#[tokio::test]
async fn many_sessions_share_few_threads() {
    let plugin = load(&check("", NEGATIVE, ""));
    let mut sessions: Vec<_> = (0..100).map(|_| guests::start(&plugin)).collect();
    for number in 0..3 {
        for session in &mut sessions {
            session
                .inspect(&batch(number * 10..number * 10 + 10))
                .await
                .unwrap();
        }
    }
    for session in sessions {
        assert_eq!(session.close().await.findings[0].count, 3);
    }
}

/// A check that looks its column up and reports what is not there.
fn orphans() -> Vec<u8> {
    let module = check("", "
        (i32.store16 (i32.const 48) (i32.const 0))
        (call $exists (local.get $batch) (i32.const 48) (i32.const 1) (i32.const 1056) (i32.const 6) (i32.const 16))
        (local.set $data (i32.load (i32.const 16)))
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $i) (call $length (local.get $batch))))
            (i64.store (i32.const 32) (i64.add (call $first_row (local.get $batch)) (i64.extend_i32_u (local.get $i))))
            (if (i32.eqz (i32.and
                    (i32.shr_u (i32.load8_u (i32.add (local.get $data) (i32.shr_u (local.get $i) (i32.const 3)))) (i32.and (local.get $i) (i32.const 7)))
                    (i32.const 1)))
                (then (call $report (i32.const 1024) (i32.const 3) (i32.const 32) (i32.const 1))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $next)))", "");
    let import = r#"(module (import "limosa:plugin/lookup@0.1.0" "exists" (func $exists (param i32 i32 i32 i32 i32 i32)))"#;
    let manifest = MANIFEST.replace("batch_milliseconds = 30000", "batch_milliseconds = 300");
    let manifest = format!("{manifest}\n[lookups.parent]\ndescription = 'Where they should be.'");
    component(
        "check-with-lookup",
        &module.replacen("(module", import, 1),
        &manifest,
    )
}

struct Even;

#[async_trait]
impl Lookup for Even {
    async fn exists(&self, keys: &Batch) -> Result<Vec<bool>, LookupError> {
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        Ok((0..keys.len())
            .map(|row| matches!(keys.value(row, 0), Value::Integer(id) if id % 2 == 0))
            .collect())
    }
}

struct Broken;

#[async_trait]
impl Lookup for Broken {
    async fn exists(&self, _keys: &Batch) -> Result<Vec<bool>, LookupError> {
        Err(LookupError {
            target: "p".into(),
            message: "the server is gone".into(),
        })
    }
}

fn granted(lookup: Arc<dyn Lookup>) -> Grants {
    Grants {
        lookups: BTreeMap::from([("parent".into(), lookup)]),
    }
}

/// The lookup waits longer than the guest may run: waiting does not count.
#[tokio::test]
async fn keys_are_looked_up_where_the_binding_says() {
    let plugin = runtime().load(&orphans(), "orphans").unwrap();
    let bound = plugin
        .bind(&"guest:t.id->p.id".parse().unwrap(), &fields())
        .unwrap();
    assert_eq!(bound.lookup_targets()["parent"].table.name(), "p");
    let mut session = bound.start(&granted(Arc::new(Even)), by_id()).unwrap();
    session.inspect(&batch(0..10)).await.unwrap();
    let outcome = session.close().await;
    assert_eq!((outcome.inconclusive, outcome.findings[0].count), (None, 5));
    assert_eq!(outcome.findings[0].rows[4].describe(), "id = 9");
}

#[tokio::test]
async fn a_lookup_that_fails_ends_the_check() {
    let plugin = runtime().load(&orphans(), "orphans").unwrap();
    let bound = plugin
        .bind(&"guest:t.id->p.id".parse().unwrap(), &fields())
        .unwrap();
    let mut session = bound.start(&granted(Arc::new(Broken)), by_id()).unwrap();
    assert!(session.inspect(&batch(0..10)).await.is_err());
    assert_eq!(
        session.close().await.inconclusive.unwrap(),
        "the plugin `guest` stopped on table t, batch 1: the lookup in `p` failed: the server is gone"
    );
    assert!(bound.start(&Grants::default(), by_id()).is_err());
}

#[tokio::test]
async fn without_a_target_there_is_no_lookup() {
    let plugin = runtime().load(&orphans(), "orphans").unwrap();
    let error = plugin
        .bind(&"guest:t.id".parse().unwrap(), &fields())
        .unwrap_err()
        .to_string();
    assert!(error.contains("write `->TABLE.COLUMN`"), "{error}");
}

/// What the scheduler does: sessions move between its tasks, and so do their calls.
#[tokio::test]
async fn sessions_move_between_tasks() {
    let plugin = load(&check("", NEGATIVE, ""));
    let work = tokio::spawn(async move {
        let mut session = guests::start(&plugin);
        session.inspect(&batch(0..10)).await.unwrap();
        session.close().await
    });
    assert_eq!(work.await.unwrap().findings[0].count, 1);
}
