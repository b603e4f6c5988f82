//! The journal: what was asked, begun and ended, appended event by event and chained by hashes.
//!
//! It records intent and audit; what is copied stands in the target's own books. A lost journal loses no row.
//!
//! ```
//! # tokio_test(async {
//! use limosa_journal::Journal;
//! use limosa_model::{EventKind, MigrationId};
//! let folder = tempfile::tempdir().unwrap();
//! let journal = Journal::open(folder.path()).await.unwrap();
//! let id = MigrationId::new("m-1");
//! let kind = EventKind::Started { source: "sqlite:a".into(), target: "sqlite:b".into() };
//! journal.append(&id, "ann@host", kind).await.unwrap();
//! assert_eq!(journal.migrations().await.unwrap().len(), 1);
//! # });
//! # fn tokio_test(future: impl Future<Output = ()>) {
//! #     tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
//! # }
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use limosa_model::{Event, EventKind, Hash, IllegalTransition, MigrationId, MigrationState};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Row, Sqlite, Transaction};

/// The result of anything here.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file or its folder cannot be used.
    #[error("the journal {path} cannot be {operation}")]
    File {
        /// The file.
        path: String,
        /// What was attempted: `opened`, `read`, `written`.
        operation: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An event does not follow the one before: the journal was changed, cut or mixed up.
    #[error("the journal of {migration} is broken at event {sequence}")]
    Broken {
        /// Whose.
        migration: MigrationId,
        /// Where.
        sequence: u64,
    },
    /// An event cannot follow the state.
    #[error("the journal of {migration} cannot go on")]
    Illegal {
        /// Whose.
        migration: MigrationId,
        /// What was met.
        source: IllegalTransition,
    },
}

/// The journal of all migrations that a state folder knows.
#[derive(Clone, Debug)]
pub struct Journal {
    pool: SqlitePool,
    path: PathBuf,
}

/// One migration with its events and what they come to.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its name.
    pub migration: MigrationId,
    /// All events in order, their chain verified.
    pub events: Vec<Event>,
    /// The fold over them.
    pub state: MigrationState,
    /// The hash of the last event, which the next one names.
    pub head: Hash,
}

impl Journal {
    /// Opens the journal of a state folder, and creates both where they are missing.
    ///
    /// # Errors
    /// If the folder cannot be written or the file is no journal.
    pub async fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("journal.sqlite");
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::File {
            path: path.display().to_string(),
            operation: "opened",
            source,
        };
        std::fs::create_dir_all(folder).map_err(|error| failed(error.into()))?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .max_connections(2)
            .connect_with(options)
            .await
            .map_err(|error| failed(error.into()))?;
        sqlx::raw_sql(
            "CREATE TABLE IF NOT EXISTS event (migration TEXT NOT NULL, sequence INTEGER NOT NULL, hash TEXT NOT NULL, body TEXT NOT NULL, \
             PRIMARY KEY (migration, sequence)) STRICT",
        )
        .execute(&pool)
        .await
        .map_err(|error| failed(error.into()))?;
        Ok(Self { pool, path })
    }

    /// Appends an event, if it can follow the state.
    ///
    /// # Errors
    /// If it cannot follow, or cannot be written durably.
    pub async fn append(
        &self,
        migration: &MigrationId,
        by: &str,
        kind: EventKind,
    ) -> Result<MigrationState> {
        let written = |error: sqlx::Error| self.failed("written", error);
        // IMMEDIATE: between reading the head and writing the next event nobody else may write.
        let mut transaction = self
            .pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(written)?;
        let record = self.read(&mut transaction, migration).await?;
        let event = Event {
            sequence: record.events.len() as u64 + 1,
            migration: migration.clone(),
            at: jiff::Timestamp::now()
                .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
                .to_string(),
            by: by.to_owned(),
            kind,
            previous: record.head,
        };
        let state = record
            .state
            .apply(&event)
            .map_err(|source| Error::Illegal {
                migration: migration.clone(),
                source,
            })?;
        sqlx::query("INSERT INTO event (migration, sequence, hash, body) VALUES (?, ?, ?, ?)")
            .bind(migration.as_str())
            .bind(i64::try_from(event.sequence).unwrap_or(i64::MAX))
            .bind(event.hash())
            .bind(serde_json::json!(event).to_string())
            .execute(&mut *transaction)
            .await
            .map_err(written)?;
        transaction.commit().await.map_err(written)?;
        Ok(state)
    }

    /// One migration; without events if it is not known.
    ///
    /// # Errors
    /// If the chain is broken.
    pub async fn record(&self, migration: &MigrationId) -> Result<Record> {
        let mut transaction = self
            .pool
            .begin()
            .await
            .map_err(|error| self.failed("read", error))?;
        self.read(&mut transaction, migration).await
    }

    /// All migrations, the latest first.
    ///
    /// # Errors
    /// If a chain is broken.
    pub async fn migrations(&self) -> Result<Vec<Record>> {
        let read = |error: sqlx::Error| self.failed("read", error);
        let mut transaction = self.pool.begin().await.map_err(read)?;
        let rows =
            sqlx::query("SELECT migration FROM event GROUP BY migration ORDER BY max(rowid) DESC")
                .fetch_all(&mut *transaction)
                .await
                .map_err(read)?;
        let mut records = Vec::new();
        for row in rows {
            let migration = MigrationId::new(row.try_get::<String, _>(0).map_err(read)?);
            records.push(self.read(&mut transaction, &migration).await?);
        }
        Ok(records)
    }

    async fn read(
        &self,
        transaction: &mut Transaction<'static, Sqlite>,
        migration: &MigrationId,
    ) -> Result<Record> {
        let read = |error: sqlx::Error| self.failed("read", error);
        let rows =
            sqlx::query("SELECT hash, body FROM event WHERE migration = ? ORDER BY sequence")
                .bind(migration.as_str())
                .fetch_all(&mut **transaction)
                .await
                .map_err(read)?;
        let mut record = Record {
            migration: migration.clone(),
            events: Vec::with_capacity(rows.len()),
            state: MigrationState::default(),
            head: Hash::new(),
        };
        for row in rows {
            let broken = || Error::Broken {
                migration: migration.clone(),
                sequence: record.events.len() as u64 + 1,
            };
            let (hash, body): (String, String) =
                (row.try_get(0).map_err(read)?, row.try_get(1).map_err(read)?);
            let event: Event = serde_json::from_str(&body).map_err(|_| broken())?;
            if event.hash() != hash
                || event.previous != record.head
                || event.sequence != record.events.len() as u64 + 1
            {
                return Err(broken());
            }
            record.state = record
                .state
                .apply(&event)
                .map_err(|source| Error::Illegal {
                    migration: migration.clone(),
                    source,
                })?;
            record.head = hash;
            record.events.push(event);
        }
        Ok(record)
    }

    fn failed(&self, operation: &'static str, source: sqlx::Error) -> Error {
        Error::File {
            path: self.path.display().to_string(),
            operation,
            source: source.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use limosa_model::{Phase, Stage};

    fn started() -> EventKind {
        EventKind::Started {
            source: "a".into(),
            target: "b".into(),
        }
    }

    #[tokio::test]
    async fn events_follow_each_other_and_survive() {
        let folder = tempfile::tempdir().unwrap();
        let id = MigrationId::new("m");
        let journal = Journal::open(folder.path()).await.unwrap();
        journal.append(&id, "me", started()).await.unwrap();
        journal
            .append(
                &id,
                "me",
                EventKind::StageStarted {
                    stage: Stage::Preparation,
                },
            )
            .await
            .unwrap();
        drop(journal);
        let journal = Journal::open(folder.path()).await.unwrap();
        let record = journal.record(&id).await.unwrap();
        assert_eq!(record.state.phase, Phase::Running(Stage::Preparation));
        let wrong = journal.append(&id, "me", EventKind::Completed).await;
        assert!(matches!(wrong, Err(Error::Illegal { .. })), "{wrong:?}");
        assert_eq!(journal.record(&id).await.unwrap().events.len(), 2);
    }

    #[tokio::test]
    async fn a_changed_event_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let id = MigrationId::new("m");
        let journal = Journal::open(folder.path()).await.unwrap();
        journal.append(&id, "me", started()).await.unwrap();
        journal
            .append(
                &id,
                "me",
                EventKind::StageStarted {
                    stage: Stage::Preparation,
                },
            )
            .await
            .unwrap();
        sqlx::query("UPDATE event SET body = replace(body, 'me', 'you') WHERE sequence = 1")
            .execute(&journal.pool)
            .await
            .unwrap();
        assert!(matches!(
            journal.record(&id).await,
            Err(Error::Broken { sequence: 1, .. })
        ));
    }
}
