//! Reports that tests begin with.

use limosa_model::{
    CheckReport, ErrorReport, Outcome, Report, Stage, StageOutcome, StageReport, Value as Key,
    Verdict,
};
use serde_json::json;

pub(super) fn table(name: &str, rows: u64) -> serde_json::Value {
    json!({
        "table": name, "source_rows": rows, "target_rows": rows, "verified": true,
        "differing_rows": 0, "differences": [], "seconds": 0.4,
    })
}

pub(super) fn report(command: &str, outcome: Outcome) -> Report {
    let report = json!({
        "command": command, "migration": "0a1b2c3d4e-1", "outcome": outcome,
        "source": "sqlite:clinic.sqlite", "target": "postgres://limosa@db/clinic",
        "started": "2026-02-03T04:05:06Z", "seconds": 16.0, "stages": [],
        "tables": [table("patient", 3_607), table("invoice", 12_000)],
        "checks": [], "not_carried": [], "warnings": [], "errors": [],
    });
    serde_json::from_value(report).unwrap()
}

pub(super) fn stages(last: StageOutcome, entered: usize) -> Vec<StageReport> {
    let all = Stage::ALL[..entered].iter().map(|stage| StageReport {
        stage: *stage,
        outcome: StageOutcome::Completed,
        seconds: 2.0,
    });
    let mut stages: Vec<StageReport> = all.collect();
    stages[entered - 1].outcome = last;
    stages
}

pub(super) fn check(verdict: Verdict, samples: usize) -> CheckReport {
    let sample = json!({
        "code": "negative", "columns": ["id", "<b>name"],
        "key": [Key::Integer(5), Key::Text("<script>alert(1)</script>".into())],
    });
    let check = json!({
        "check": "negative-amounts:invoice.amount", "plugin": "negative-amounts", "version": "1.2.0",
        "digest": "0123456789abcdef0123456789abcdef", "table": "invoice", "at": "in-flight",
        "verdict": verdict, "rows": 12_000, "findings": {"negative": samples}, "accepted": {"negative": 1},
        "messages": {"negative": "amount is < 0"}, "samples": vec![sample; samples], "reason": null,
    });
    serde_json::from_value(check).unwrap()
}

pub(super) fn failed(code: &str, message: &str) -> Vec<ErrorReport> {
    vec![ErrorReport {
        code: code.into(),
        message: message.into(),
        remedy: "Mend it.".into(),
    }]
}
