//! The books of a migration inside its target: who holds it (lease), what is copied (ledger), what was created.
//!
//! Progress of data lives with the data: a chunk's ledger row commits with its rows. The lease carries an epoch
//! that only grows; whoever loads under an older one is refused.

use std::time::Duration;

use limosa_model::{Engine, KeyRange, MigrationId, TableName, Value};

use crate::session::{Session, count, number, text};
use crate::{Claim, Database, Dialect, Error, Kind, Result};

/// The names of the books; the catalogue leaves them out.
pub const BOOKS: [&str; 3] = ["limosa_lease", "limosa_ledger", "limosa_object"];

/// In the column `released`: 0 is held, 1 given back, and this done.
const FINISHED: i64 = 2;

/// The process that holds a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The host's name.
    pub host: String,
    /// Changes with every start of the host, so that a process number is not mistaken after one.
    pub boot: String,
    /// The process number.
    pub process: u32,
}

/// A lease that this process holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The migration; where the books know it under an older name, that one.
    pub migration: MigrationId,
    /// The epoch.
    pub epoch: i64,
}

/// What came of asking for the lease.
#[derive(Clone, Debug)]
pub enum Acquired {
    /// It is ours.
    Ours(Lease),
    /// Somebody renewed it a short while ago.
    Held {
        /// Who.
        holder: Holder,
        /// For which migration.
        migration: MigrationId,
        /// How long ago it was renewed.
        age: Duration,
    },
}

/// A chunk that is in the target.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The table in the source.
    pub table: TableName,
    /// Its rows.
    pub range: KeyRange,
    /// How many they are.
    pub rows: u64,
}

/// The books of one target.
#[derive(Debug)]
pub struct Book<'a> {
    database: &'a dyn Database,
}

impl<'a> Book<'a> {
    /// The books of this database; nothing is created yet.
    pub fn of(database: &'a dyn Database) -> Self {
        Self { database }
    }

    /// Whether the books exist.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn exist(&self) -> Result<bool> {
        self.has(BOOKS[0]).await
    }

    async fn has(&self, name: &str) -> Result<bool> {
        self.database.has_table(name).await
    }

    /// Which migration the books are of, if they exist.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn migration(&self) -> Result<Option<MigrationId>> {
        if !self.exist().await? {
            return Ok(None);
        }
        let mut session = self.database.session().await?;
        let rows = session
            .rows("SELECT migration FROM limosa_lease WHERE id = 1", &[])
            .await?;
        Ok(rows.first().map(|row| MigrationId::new(text(&row[0]))))
    }

    /// Creates the books where they are missing, and asks for the lease.
    ///
    /// It is given if nobody holds it, if its holder let it lapse for `time_to_live`, or if `is_dead` knows
    /// the holder to be gone. A holder that was only asleep finds its sessions ended and its epoch passed.
    ///
    /// # Errors
    /// If the books belong to another migration, or the database refuses.
    pub async fn acquire(
        &self,
        migration: &MigrationId,
        holder: &Holder,
        time_to_live: Duration,
        is_dead: &(dyn Fn(&Holder) -> bool + Send + Sync),
    ) -> Result<Acquired> {
        let dialect = self.database.dialect();
        let finished = self.is_finished().await?;
        for (name, statement) in dialect.create_books() {
            // Of a migration that is done the books are on their way out.
            if finished || self.has(name).await? {
                continue;
            }
            // Two hosts may create the books at once; the one that comes second sees them there.
            if let Err(error) = self.database.define(&statement).await
                && !self.has(name).await?
            {
                return Err(error);
            }
        }
        let taken = self
            .take_over(migration, holder, time_to_live, is_dead)
            .await?;
        taken.ok_or_else(|| {
            let message = "another process finished the target's migration just now";
            Error::impossible(Kind::Locked, message)
        })
    }

    /// Asks for the lease of books that were there before, and never makes them anew: a holder that finished, or undid
    /// the migration, took them away, and new ones would know nothing of the rows that are in the target. `None`: they are gone.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    pub async fn take_over(
        &self,
        migration: &MigrationId,
        holder: &Holder,
        time_to_live: Duration,
        is_dead: &(dyn Fn(&Holder) -> bool + Send + Sync),
    ) -> Result<Option<Acquired>> {
        let dialect = self.database.dialect();
        let mut session = self.database.session().await?;
        let now = dialect.now_in_milliseconds();
        let select = format!(
            "SELECT migration, epoch, host, boot, process, {now} - renewed, released FROM limosa_lease WHERE id = 1"
        );
        let rows = match session.rows(&select, &[]).await {
            Ok(rows) => rows,
            Err(_) if !self.exist().await? => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(row) = rows.first() else {
            let sql = dialect.bind(&format!(
                "INSERT INTO limosa_lease (id, migration, epoch, host, boot, process, renewed, released) VALUES (1, ?, 1, ?, ?, ?, {now}, 0)"
            ));
            let Err(error) = session.execute(&sql, &values(migration, holder)).await else {
                return Ok(Some(Acquired::Ours(Lease {
                    migration: migration.clone(),
                    epoch: 1,
                })));
            };
            // Two hosts may ask at once; the one that comes second sees who has it.
            let rows = session.rows(&select, &[]).await?;
            let (holder, migration, age) = held_by(rows.first().ok_or(error)?);
            return Ok(Some(Acquired::Held {
                holder,
                migration,
                age,
            }));
        };
        let epoch = number(&row[1]);
        let (current, found, age) = held_by(row);
        // A migration that is done is nobody's any more: its books are only waited for until they are gone.
        let free = match number(&row[6]) {
            FINISHED => false,
            0 => age >= time_to_live || is_dead(&current),
            _ => true,
        };
        if !free {
            return Ok(Some(Acquired::Held {
                holder: current,
                migration: found,
                age,
            }));
        }
        if &found != migration {
            let message = format!(
                "the target holds the unfinished migration {found}: finish it with the command that began it, or remove it with `limosa rollback`"
            );
            return Err(Error::impossible(Kind::Locked, message));
        }
        self.database.evict(&found, epoch).await?;
        let sql = dialect.bind(&format!(
            "UPDATE limosa_lease SET migration = ?, host = ?, boot = ?, process = ?, renewed = {now}, released = 0, epoch = epoch + 1 WHERE id = 1 AND epoch = ?"
        ));
        let mut bound = values(migration, holder);
        bound.push(Value::Integer(epoch));
        if session.execute(&sql, &bound).await? == 0 {
            return Ok(Some(Acquired::Held {
                holder: current,
                migration: found,
                age: Duration::ZERO,
            }));
        }
        Ok(Some(Acquired::Ours(Lease {
            migration: migration.clone(),
            epoch: epoch + 1,
        })))
    }

    /// Renews the lease; `false`: it was lost.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn renew(&self, lease: &Lease) -> Result<bool> {
        let now = self.database.dialect().now_in_milliseconds();
        self.update_lease(lease, &format!("renewed = {now}")).await
    }

    /// Gives the lease back, so that the next run need not wait.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn release(&self, lease: &Lease) -> Result<bool> {
        self.update_lease(
            lease,
            &format!("released = CASE WHEN released = {FINISHED} THEN {FINISHED} ELSE 1 END"),
        )
        .await
    }

    /// Notes that the migration is done, before its books are removed; `false`: the lease was lost.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn finish(&self, lease: &Lease) -> Result<bool> {
        self.update_lease(lease, &format!("released = {FINISHED}"))
            .await
    }

    /// Whether the migration is done, and only its books are left.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn is_finished(&self) -> Result<bool> {
        if !self.exist().await? {
            return Ok(false);
        }
        let mut session = self.database.session().await?;
        let rows = session
            .rows("SELECT released FROM limosa_lease WHERE id = 1", &[])
            .await?;
        Ok(rows.first().is_some_and(|row| number(&row[0]) == FINISHED))
    }

    async fn update_lease(&self, lease: &Lease, assignment: &str) -> Result<bool> {
        let mut session = self.database.session().await?;
        let dialect = self.database.dialect();
        let sql = dialect.bind(&format!(
            "UPDATE limosa_lease SET {assignment} WHERE id = 1 AND migration = ? AND epoch = ?"
        ));
        let bound = [
            Value::Text(lease.migration.to_string()),
            Value::Integer(lease.epoch),
        ];
        if session.execute(&sql, &bound).await? > 0 {
            return Ok(true);
        }
        // MySQL counts rows that changed, not rows that matched.
        let sql =
            dialect.bind("SELECT 1 FROM limosa_lease WHERE id = 1 AND migration = ? AND epoch = ?");
        Ok(!session.rows(&sql, &bound).await?.is_empty())
    }

    /// Whether the lease is still ours; asked before every definition.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn holds(&self, lease: &Lease) -> Result<bool> {
        let mut session = self.database.session().await?;
        Ok(read_epoch(session.as_mut(), "").await? == Some(lease.epoch))
    }

    /// The chunks that are in the target, without their findings.
    ///
    /// # Errors
    /// If the database does not answer or a row is not ours to read.
    pub async fn entries(&self) -> Result<Vec<Entry>> {
        let mut session = self.database.session().await?;
        let sql = "SELECT source_table, key_range, row_count FROM limosa_ledger ORDER BY source_table, key_range";
        let rows = session.rows(sql, &[]).await?;
        rows.iter()
            .map(|row| {
                let table = text(&row[0])
                    .parse()
                    .map_err(|error| Error::malformed("read the ledger", error))?;
                let range = serde_json::from_str(&text(&row[1]))
                    .map_err(|error| Error::malformed("read the ledger", error))?;
                Ok(Entry {
                    table,
                    range,
                    rows: count(&row[2]),
                })
            })
            .collect()
    }

    /// The findings of a table's chunks, as the loads wrote them.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn findings(&self, table: &TableName) -> Result<Vec<String>> {
        let mut session = self.database.session().await?;
        let sql = self.database.dialect().bind("SELECT findings FROM limosa_ledger WHERE source_table = ? AND findings <> '[]' ORDER BY key_range");
        let rows = session
            .rows(&sql, &[Value::Text(table.to_string())])
            .await?;
        Ok(rows.iter().map(|row| text(&row[0])).collect())
    }

    /// Records that a table is about to be created by this migration, so that an undo drops it.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn will_create(&self, table: &TableName) -> Result<()> {
        if self.created().await?.contains(table) {
            return Ok(());
        }
        let sql = self
            .database
            .dialect()
            .bind("INSERT INTO limosa_object (name) VALUES (?)");
        let mut session = self.database.session().await?;
        session
            .execute(&sql, &[Value::Text(table.to_string())])
            .await
            .map(|_| ())
    }

    /// The tables that this migration created, or was about to.
    ///
    /// # Errors
    /// If the database does not answer or a name cannot be read.
    pub async fn created(&self) -> Result<Vec<TableName>> {
        // Gone before the lease, if a removal was cut off.
        if !self.has(BOOKS[2]).await? {
            return Ok(Vec::new());
        }
        let mut session = self.database.session().await?;
        let rows = session
            .rows("SELECT name FROM limosa_object ORDER BY name", &[])
            .await?;
        rows.iter()
            .map(|row| {
                text(&row[0])
                    .parse()
                    .map_err(|error| Error::malformed("read the books", error))
            })
            .collect()
    }

    /// Removes the books; the lease goes last, so that a crash in between leaves them findable.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn remove(&self) -> Result<()> {
        let dialect = self.database.dialect();
        for name in BOOKS.iter().rev() {
            let statement = format!("DROP TABLE IF EXISTS {}", dialect.quote(name));
            self.database.define(&statement).await?;
        }
        Ok(())
    }
}

/// Who holds the lease, for which migration, and how long ago it was renewed.
fn held_by(row: &[Value]) -> (Holder, MigrationId, Duration) {
    let holder = Holder {
        host: text(&row[2]),
        boot: text(&row[3]),
        process: u32::try_from(number(&row[4])).unwrap_or(0),
    };
    let age = Duration::from_millis(count(&row[5]));
    (holder, MigrationId::new(text(&row[0])), age)
}

fn values(migration: &MigrationId, holder: &Holder) -> Vec<Value> {
    vec![
        Value::Text(migration.to_string()),
        Value::Text(holder.host.clone()),
        Value::Text(holder.boot.clone()),
        Value::Integer(holder.process.into()),
    ]
}

/// How opening a chunk went; the session is in a transaction only if it is open.
pub(crate) enum Opening {
    Open,
    AlreadyDone,
    LeaseLost,
}

/// Within a transaction that the adapter began: checks the epoch, inserts the ledger row.
pub(crate) async fn open_chunk(
    session: &mut dyn Session,
    dialect: &dyn Dialect,
    claim: &Claim,
) -> Result<Opening> {
    if read_epoch(session, "").await? != Some(claim.epoch) {
        return Ok(Opening::LeaseLost);
    }
    if is_loaded(session, dialect, claim).await? {
        return Ok(Opening::AlreadyDone);
    }
    let range = serde_json::json!(claim.range).to_string();
    // The unique key holds off a second loader of the same chunk: it waits here, and then finds the row. PostgreSQL
    // answers nothing more in a transaction with an error, so there must be none; MySQL has no such clause, and goes on.
    let without_error = match dialect.engine() {
        Engine::Sqlite | Engine::Postgres => " ON CONFLICT DO NOTHING",
        Engine::Mysql => "",
    };
    let sql = dialect.bind(&format!(
        "INSERT INTO limosa_ledger (source_table, range_digest, key_range, epoch, row_count, findings) VALUES (?, ?, ?, ?, 0, '[]'){without_error}"
    ));
    let bound = [
        Value::Text(claim.table.to_string()),
        Value::Text(range_digest(&range)),
        Value::Text(range),
        Value::Integer(claim.epoch),
    ];
    match session.execute(&sql, &bound).await {
        Ok(0) => Ok(Opening::AlreadyDone),
        Ok(_) => Ok(Opening::Open),
        Err(error) => match is_loaded(session, dialect, claim).await {
            Ok(true) => Ok(Opening::AlreadyDone),
            Ok(false) | Err(_) => Err(error),
        },
    }
}

async fn is_loaded(
    session: &mut dyn Session,
    dialect: &dyn Dialect,
    claim: &Claim,
) -> Result<bool> {
    let range = serde_json::json!(claim.range).to_string();
    let sql =
        dialect.bind("SELECT 1 FROM limosa_ledger WHERE source_table = ? AND range_digest = ?");
    let bound = [
        Value::Text(claim.table.to_string()),
        Value::Text(range_digest(&range)),
    ];
    Ok(!session.rows(&sql, &bound).await?.is_empty())
}

/// By which name a host that takes over finds the sessions to end: at most 60 bytes, since servers cut or refuse
/// names of 64 and more.
pub(crate) fn session_name(migration: &MigrationId, epoch: i64) -> String {
    const LONGEST: usize = 32;
    let id = migration.as_str();
    if id.len() <= LONGEST {
        return format!("limosa:{id}:{epoch}");
    }
    let digest = limosa_model::digest(id.as_bytes());
    format!("limosa:{}:{epoch}", &digest[..LONGEST])
}

/// Before the commit: completes the ledger row, and sees under a lock that the lease is still held.
pub(crate) async fn close_chunk(
    session: &mut dyn Session,
    dialect: &dyn Dialect,
    claim: &Claim,
    rows: u64,
    findings: &str,
) -> Result<bool> {
    let range = serde_json::json!(claim.range).to_string();
    let sql = dialect.bind("UPDATE limosa_ledger SET row_count = ?, findings = ? WHERE source_table = ? AND range_digest = ?");
    let bound = [
        Value::Integer(i64::try_from(rows).unwrap_or(i64::MAX)),
        Value::Text(findings.to_owned()),
        Value::Text(claim.table.to_string()),
        Value::Text(range_digest(&range)),
    ];
    session.execute(&sql, &bound).await?;
    Ok(read_epoch(session, dialect.share_lock()).await? == Some(claim.epoch))
}

async fn read_epoch(session: &mut dyn Session, lock: &str) -> Result<Option<i64>> {
    let sql = format!("SELECT epoch FROM limosa_lease WHERE id = 1{lock}");
    let rows = session.rows(&sql, &[]).await?;
    Ok(rows.first().map(|row| number(&row[0])))
}

/// A key range is of any length and an index is not: the ledger's key holds its digest.
fn range_digest(range: &str) -> String {
    limosa_model::digest(range.as_bytes())
}
