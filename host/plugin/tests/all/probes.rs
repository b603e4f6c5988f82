//! Probes: the statements that the manifest names, filled, and findings on their rows.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use limosa_model::{Batch, CheckOutcome, Engine, LookupError, Query};
use limosa_plugin::Bound;

use crate::guests::{MANIFEST, batch, component, fields, others_still_work, probe, runtime};

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

fn bound(run: &str) -> Bound {
    let statement = "[statements.rows]\nany = 'select {amount} from {table} where {amount:present}'\npostgres = 'postgres {{}}'";
    let manifest = format!(
        "{}{statement}",
        MANIFEST
            .replace("kind = 'check'", "kind = 'probe'")
            .replace(
                "description = 'The amount.'",
                "description = 'The amount.'\nrepeated = true"
            )
    );
    let plugin = runtime()
        .load(&component("probe", &probe(run), &manifest), "guest")
        .unwrap();
    plugin
        .bind(&"guest:t.amount,secret".parse().unwrap(), &fields())
        .unwrap()
}

async fn run(body: &str, answer: Result<i32, &'static str>) -> (CheckOutcome, Vec<String>) {
    let query = Arc::new(Answers {
        asked: Mutex::default(),
        answer,
    });
    let quote = |name: &str| format!("\"{name}\"");
    let probe = bound(body).probe(query.clone(), Engine::Sqlite, &quote, "\"t\"");
    let outcome = tokio::spawn(probe).await.unwrap();
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
    assert_eq!(
        outcome.findings[0].rows[1].describe(),
        "id = 1, amount = 1, secret = 's3cret'"
    );
}

#[tokio::test]
async fn what_ends_a_probe() {
    let inconclusive = async |body: &str, answer, expected: &str| {
        let (outcome, _) = run(body, answer).await;
        let reason = outcome.inconclusive.unwrap();
        assert!(reason.ends_with(expected), "{reason}");
        others_still_work().await;
    };
    inconclusive(
        RUN,
        Err("too many rows"),
        "in `run`: the statement `rows` failed: too many rows",
    )
    .await;
    let other = RUN.replace(
        "(i32.const 1104) (i32.const 4)",
        "(i32.const 1024) (i32.const 3)",
    );
    inconclusive(
        &other,
        Ok(1),
        "it asked for the statement `bad`, which its manifest does not name",
    )
    .await;
    inconclusive(
        &format!("{RUN} {REPORT}"),
        Ok(1),
        "it reported row 1, and was handed 1 rows (counted from 0)",
    )
    .await;
    let hoard = format!("(loop $more {RUN} (br $more))");
    inconclusive(&hoard, Ok(1), "it held more than 16 batches at once").await;
}

#[test]
fn each_engine_has_its_statement() {
    let quote = |name: &str| format!("`{name}`");
    let statements = bound("").statements(Engine::Postgres, &quote, "t").unwrap();
    assert_eq!(statements["rows"], "postgres {}");
}
