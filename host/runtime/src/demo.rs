//! The demonstration: a small clinic with a ledger, and the defects that such databases grow.

use std::fmt::Write as _;
use std::path::Path;

use limosa_database::{Role, open};

use crate::{Error, Result, Settings};

/// Patients of the clinic; medications and transactions follow from them.
const PATIENTS: u32 = 2_000;

/// Makes the database in a folder, and the settings that migrate it to a second file with all checks on.
///
/// # Errors
/// If the folder cannot be written to.
pub async fn prepare_demo(folder: &Path) -> Result<Settings> {
    let file = |operation: String| move |error| Error::file(operation, error);
    std::fs::create_dir_all(folder)
        .map_err(file(format!("make the folder {}", folder.display())))?;
    let (source, target) = (
        folder.join("clinic.sqlite"),
        folder.join("clinic-new.sqlite"),
    );
    for path in [&source, &target] {
        if path.exists() {
            std::fs::remove_file(path)
                .map_err(file(format!("remove the old {}", path.display())))?;
        }
    }
    let url = format!("sqlite:{}", source.display());
    let failed = |error| Error::Run {
        doing: "making the clinic".into(),
        source: limosa_scheduler::Error::Database {
            doing: "writing its tables".into(),
            source: Box::new(error),
        },
    };
    let clinic = open(&url, Role::Target).await.map_err(failed)?;
    for statement in SCHEMA
        .iter()
        .map(|&statement| statement.to_owned())
        .chain(rows())
    {
        clinic.define(&statement).await.map_err(failed)?;
    }
    let mut settings = Settings::between(url, format!("sqlite:{}", target.display()));
    settings.state_folder = folder.join(".limosa");
    settings.report_folder = folder.join("reports");
    settings.options.on_finding = limosa_scheduler::OnFinding::Report;
    settings.checks = CHECKS
        .iter()
        .map(|check| {
            check
                .parse()
                .map_err(|message: String| Error::Internal { message })
        })
        .collect::<Result<_>>()?;
    settings.transforms = vec![];
    Ok(settings)
}

const SCHEMA: [&str; 5] = [
    "CREATE TABLE patients (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born DATE NOT NULL, email TEXT)",
    "CREATE TABLE medications (id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patients(id), drug TEXT NOT NULL, dose TEXT)",
    "CREATE TABLE transactions (id INTEGER PRIMARY KEY, patient_id INTEGER NOT NULL REFERENCES patients(id), amount REAL NOT NULL, booked DATETIME NOT NULL)",
    "CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL)",
    "CREATE INDEX medications_patient ON medications (patient_id)",
];

const CHECKS: [&str; 5] = [
    "orphaned-records:medications.patient_id->patients.id",
    "negative-amounts:transactions.amount",
    "money-precision:transactions.amount",
    "duplicate-records:patients.name,born",
    "value-format:users.password_hash?format=password-hash",
];

/// The rows, a few hundred to a statement. Every value follows from its number: each demonstration is the same.
fn rows() -> Vec<String> {
    const FIRST: [&str; 8] = ["Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gita", "Hugo"];
    const LAST: [&str; 7] = [
        "Moreau", "Okafor", "Lindt", "Sato", "Novak", "Brandt", "Silva",
    ];
    const DRUGS: [&str; 4] = ["amoxicillin", "ibuprofen", "metformin", "ramipril"];
    let mut patients = Vec::new();
    let mut medications = Vec::new();
    let mut transactions = Vec::new();
    for id in 1..=PATIENTS {
        // Every 400th is entered twice.
        let person = if id % 400 == 0 { id - 1 } else { id };
        let (first, last) = (FIRST[person as usize % 8], LAST[person as usize % 7]);
        let born = format!(
            "{}-{:02}-{:02}",
            1940 + person / 24 % 70,
            1 + person % 12,
            1 + person % 28
        );
        patients.push(format!(
            "({id}, '{first} {last} {}', '{born}', '{}{id}@example.org')",
            person / 56,
            first.to_lowercase()
        ));
        for dose in 1..=2 {
            // Every 500th belongs to a patient who is not there.
            let owner = if (id * 2 + dose) % 500 == 0 {
                PATIENTS + id
            } else {
                id
            };
            medications.push(format!(
                "({owner}, '{}', '{} mg')",
                DRUGS[(id + dose) as usize % 4],
                50 * dose
            ));
            let cents = (id * 37 + dose * 911) % 40_000;
            let mut amount = format!("{}.{:02}", cents / 100, cents % 100);
            match id % 700 {
                0 => amount.insert(0, '-'),
                // What adding floats makes of money.
                350 => amount.push_str("0000000004"),
                _ => {}
            }
            transactions.push(format!(
                "({id}, {amount}, '2024-{:02}-{:02} 09:{:02}:00')",
                1 + id % 12,
                1 + id % 28,
                id % 60
            ));
        }
    }
    let users = (1..=40).map(|id: u32| {
        let hash = if id == 17 {
            "plaintext-password".to_owned()
        } else {
            format!(
                "$2b$12${}",
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ."
            )
        };
        format!("('00000000-0000-4000-8000-{id:012}', 'user{id}@example.org', '{hash}')")
    });
    let mut statements = inserts("patients (id, name, born, email)", &patients);
    statements.extend(inserts(
        "medications (patient_id, drug, dose)",
        &medications,
    ));
    statements.extend(inserts(
        "transactions (patient_id, amount, booked)",
        &transactions,
    ));
    statements.extend(inserts(
        "users (id, email, password_hash)",
        &users.collect::<Vec<_>>(),
    ));
    statements
}

fn inserts(table: &str, rows: &[String]) -> Vec<String> {
    rows.chunks(500)
        .map(|rows| {
            let mut statement = format!("INSERT INTO {table} VALUES ");
            for (position, row) in rows.iter().enumerate() {
                let _ = write!(statement, "{}{row}", if position == 0 { "" } else { ", " });
            }
            statement
        })
        .collect()
}
