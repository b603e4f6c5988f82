//! Probes: the statements that the manifest names, filled, and findings on their rows.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use limosa_model::{Batch, CheckOutcome, Engine, LookupError, Query};
use limosa_plugin::Bound;

use crate::guests::{MANIFEST, batch, component, fields, probe};
use crate::house::{DEADLINE, House, inconclusive};

struct Answers {
    asked: Mutex<Vec<String>>,
    answer: Result<i32, &'static str>,
}

#[async_trait]
impl Query for Answers {
    async fn run(&self, sql: &str, row_limit: usize) -> Result<Batch, LookupError> {
        assert_eq!(row_limit, 100_000);
        self.asked.lock().unwrap().push(sql.to_owned());
        match self.answer {
            Ok(rows) => Ok(batch(0..rows)),
            Err(message) => Err(LookupError {
                target: "query".into(),
                message: message.into(),
            }),
        }
    }
}

fn bound(house: &House, run: &str, milliseconds: u32) -> Bound {
    let statement = "[statements.rows]\nany = 'select {amount} from {table} where {amount:present}'\npostgres = 'postgres {{}}'";
    let manifest = format!(
        "{}{statement}",
        MANIFEST
            .replace(
                "batch_milliseconds = 30000",
                &format!("batch_milliseconds = {milliseconds}")
            )
            .replace("kind = 'check'", "kind = 'probe'")
            .replace(
                "description = 'The amount.'",
                "description = 'The amount.'\nrepeated = true"
            )
    );
    let plugin = house
        .runtime
        .load(&component("probe", &probe(run), &manifest), "guest")
        .unwrap();
    plugin
        .bind(&"guest:t.amount,secret".parse().unwrap(), &fields())
        .unwrap()
}

/// With 300 ms for what never ends.
async fn run(body: &str, answer: Result<i32, &'static str>) -> (CheckOutcome, Vec<String>) {
    let house = House::new();
    let milliseconds = if body.contains("$forever") {
        300
    } else {
        30_000
    };
    let query = Arc::new(Answers {
        asked: Mutex::default(),
        answer,
    });
    let quote = |name: &str| format!("\"{name}\"");
    let bound = bound(&house, body, milliseconds);
    let probe = bound.probe(query.clone(), Engine::Sqlite, &quote, "\"t\"");
    let outcome = house.beside(probe).await;
    let asked = query.asked.lock().unwrap().clone();
    (outcome, asked)
}

const RUN: &str = "(local.set $batch (call $run (i32.const 1104) (i32.const 4)))";
const RELEASE: &str = "(call $release (local.get $batch))";
const REPORT: &str =
    "(i64.store (i32.const 32) (i64.add (call $first_row (local.get $batch)) (i64.const 1)))
    (call $report (i32.const 1024) (i32.const 3) (i32.const 32) (i32.const 1))";

#[tokio::test]
async fn findings_name_the_row_of_the_statement() {
    let (outcome, asked) = run(
        &format!("{RUN} {REPORT} {RELEASE} {RUN} {REPORT} {RELEASE}"),
        Ok(2),
    )
    .await;
    let sql =
        r#"select "amount", "secret" from "t" where "amount" IS NOT NULL AND "secret" IS NOT NULL"#;
    assert_eq!(asked, [sql, sql]);
    assert_eq!(
        (
            outcome.inconclusive,
            outcome.rows,
            outcome.findings[0].count
        ),
        (None, 4, 2)
    );
    let usage = &outcome.usage;
    assert_eq!((usage.questions, usage.statements, usage.rows), (2, 2, 4));
    assert_eq!((usage.peak_batches, usage.most_named), (1, 2));
    assert_eq!(
        outcome.findings[0].rows[1].describe(),
        "id = 1, amount = 1, secret = 's3cret'"
    );
}

#[tokio::test]
async fn what_ends_a_probe() {
    let other = RUN.replace(
        "(i32.const 1104) (i32.const 4)",
        "(i32.const 1024) (i32.const 3)",
    );
    let report = format!("{RUN} {REPORT}");
    let hoard = format!("(loop $more {RUN} (br $more))");
    let between = format!("{RUN} {RELEASE} (loop $forever (br $forever)) {RUN}");
    for (body, answer, reason) in [
        (
            RUN,
            Err("too many rows"),
            "the statement `rows` failed: too many rows",
        ),
        (
            &other,
            Ok(1),
            "it asked for the statement `bad`, which its manifest does not name",
        ),
        (
            &report,
            Ok(1),
            "it reported row 1, and was handed 1 rows (counted from 0)",
        ),
        (&hoard, Ok(1), "it held more than 16 batches at once"),
        ("(loop $forever (br $forever))", Ok(1), DEADLINE),
        (&between, Ok(1), DEADLINE),
    ] {
        let (outcome, _) = run(body, answer).await;
        inconclusive(&outcome, &format!("in `run`: {reason}"));
    }
}

/// The host's time is not the guest's: the guest that asks without end is stopped by the number of its questions.
#[tokio::test]
async fn a_flood_of_statements() {
    let flood = format!("(loop $more {RUN} {RELEASE} (br $more))");
    let (outcome, asked) = run(&flood, Ok(1)).await;
    let reason = "in `run`: it looked keys up or ran statements more than 1000 times in one call";
    inconclusive(&outcome, reason);
    assert_eq!(asked.len(), 1_000);
}

#[test]
fn each_engine_has_its_statement() {
    let quote = |name: &str| format!("`{name}`");
    let house = House::new();
    let bound = bound(&house, "", 30_000);
    let statements = bound.statements(Engine::Postgres, &quote, "t").unwrap();
    assert_eq!(statements["rows"], "postgres {}");
}
