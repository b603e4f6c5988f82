//! The page as a whole: what it says of each way that a run can end, and that nothing in a report can break it.

use std::collections::BTreeMap;

use limosa_model::{NotCarried, Outcome, StageOutcome, TableName, Verdict};

use super::examples::{check, failed, report, stages, table};
use super::render;

#[track_caller]
fn shows(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "`{text}` is not in\n{page}");
    }
}

#[test]
fn a_completed_migration_says_what_was_compared() {
    let mut report = report("migrate", Outcome::Completed);
    report.stages = stages(StageOutcome::Completed, 8);
    let page = render(&report).unwrap();
    shows(
        &page,
        &[
            "All 15\u{202f}607 rows of 2 tables were copied, and every value was compared and found equal.",
            "7\u{202f}803",
            "post cutover validation",
        ],
    );
    for absent in [
        "id=\"checks\"",
        "id=\"errors\"",
        "id=\"warnings\"",
        "id=\"not-carried\"",
    ] {
        assert!(
            !page.contains(absent),
            "an empty section is there: {absent}"
        );
    }
    report.tables[1].verified = false;
    shows(
        &render(&report).unwrap(),
        &[
            "found equal in 1 table of them",
            "counts only; values were not compared",
        ],
    );
    report.tables[0].verified = false;
    shows(
        &render(&report).unwrap(),
        &["Completed, values not compared"],
    );
}

#[test]
fn hostile_names_and_values_stay_text() {
    let evil = "<script>alert('x')</script>\u{202e}\0\"><img src=x>";
    let mut report = report("migrate", Outcome::RolledBack);
    report.stages = stages(StageOutcome::Failed, 3);
    report.tables[0].table = TableName::new(evil);
    report.tables[0].differing_rows = 900;
    report.tables[0].differences = vec![evil.into(); 300];
    report.checks = vec![check(Verdict::Fail, 300)];
    report.checks[0].messages = BTreeMap::from([("negative".into(), evil.into())]);
    report.not_carried = vec![NotCarried {
        kind: evil.into(),
        name: evil.into(),
        reason: evil.into(),
    }];
    report.warnings = vec![evil.into()];
    report.errors = failed("CHECK_001", &evil.repeat(500));
    for text in [
        &mut report.command,
        &mut report.migration,
        &mut report.source,
        &mut report.started,
    ] {
        text.push_str(evil);
    }
    let page = render(&report).unwrap();
    for absent in ["<script", "<img", "<b>name", "\u{202e}", "\0"] {
        assert!(!page.contains(absent), "{absent:?} got through");
    }
    shows(&page, &["&lt;script&gt;", "u{202e}", "100 more"]);
    assert!(page.len() < 600_000, "{} bytes", page.len());
}

#[test]
fn a_failure_says_where_and_what_is_left() {
    let mut report = report("migrate", Outcome::RolledBack);
    report.stages = stages(StageOutcome::Failed, 3);
    report.errors = failed("CHECK_001", "a check found 3 rows");
    let removed = "failed in the stage “initial sync”, and what it had created in the target was removed again";
    shows(
        &render(&report).unwrap(),
        &[removed, "Written, since removed", "not reached", "Mend it."],
    );
    report.outcome = Outcome::Failed;
    shows(
        &render(&report).unwrap(),
        &["must not be used yet", "The source was only read."],
    );
    report.errors = failed("STOP_001", "stopped");
    shows(
        &render(&report).unwrap(),
        &["Stopped on request", "was stopped in the stage"],
    );
    report.stages.clear();
    shows(
        &render(&report).unwrap(),
        &["This run copied nothing to the target."],
    );
}

#[test]
fn a_dry_run_claims_nothing() {
    let mut report = report("migrate", Outcome::DryRun);
    for table in &mut report.tables {
        (table.target_rows, table.verified) = (0, false);
    }
    report.checks = vec![check(Verdict::Pass, 0)];
    let page = render(&report).unwrap();
    shows(
        &page,
        &[
            "Nothing was written.",
            "would copy about 15\u{202f}607 rows",
            "estimate",
            "The one check passed.",
        ],
    );
    assert!(!page.contains("not equal") && !page.contains("Rows in target"));
}

#[test]
fn looking_commands_speak_of_what_they_looked_at() {
    let mut report = report("diff", Outcome::Completed);
    shows(
        &render(&report).unwrap(),
        &["were compared, value by value, and found equal."],
    );
    report.outcome = Outcome::Failed;
    report.tables[0].verified = false;
    report.tables[0].differing_rows = 3;
    report.errors = failed("DATA_002", "table patient differs in 3 rows");
    shows(
        &render(&report).unwrap(),
        &[
            "Not equal",
            "1 of 2 tables with differences, at least 3 differing rows in all",
        ],
    );
    report.command = "check".into();
    report.tables.clear();
    report.checks = vec![
        check(Verdict::Fail, 2),
        check(Verdict::Inconclusive, 0),
        check(Verdict::Pass, 0),
    ];
    shows(
        &render(&report).unwrap(),
        &["Of 3 checks, 1 passed; 1 failed, 1 inconclusive."],
    );
}

#[test]
fn many_tables_are_counted_and_the_worst_shown() {
    let mut report = report("diff", Outcome::Failed);
    let tables = (0..700).map(|number| table(&format!("t{number}"), 10));
    report.tables = tables
        .map(|table| serde_json::from_value(table).unwrap())
        .collect();
    report.tables[699].differing_rows = 1;
    shows(
        &render(&report).unwrap(),
        &["t699", "200 more tables", "2\u{202f}000"],
    );
}

#[test]
fn every_case_has_a_page() {
    use Outcome::{Completed, DryRun, Failed, RolledBack};
    use StageOutcome::{Interrupted, Resumed, Skipped};
    for command in ["migrate", "validate", "check", "diff", "rollback", "what"] {
        for outcome in [Completed, Failed, RolledBack, DryRun] {
            let mut report = report(command, outcome);
            render(&report).unwrap();
            report.checks = vec![check(Verdict::Pass, 0), check(Verdict::Warning, 1)];
            report.checks[1].messages.clear();
            report.checks[1].accepted.clear();
            report.checks.push(check(Verdict::Inconclusive, 0));
            report.checks[2].reason = Some("it ran out of memory".into());
            report.tables[0].verified = false;
            for last in [Resumed, Skipped, Interrupted] {
                report.stages = stages(last, 4);
                shows(
                    &render(&report).unwrap(),
                    &["it ran out of memory", "</html>"],
                );
            }
            (report.tables, report.seconds) = (Vec::new(), -1.0);
            render(&report).unwrap();
        }
    }
}
