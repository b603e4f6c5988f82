//! The lease while it is held: renewed, looked at before what is done under it, and given back.

use limosa_model::{MigrationId, Value};

use super::books::Book;
use crate::Result;
use crate::session::{Session, number};

/// In the column `released`: 0 is held, 1 given back, and this done.
pub(super) const FINISHED: i64 = 2;

/// A lease that this process holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The migration; where the books know it under an older name, that one.
    pub migration: MigrationId,
    /// The epoch.
    pub epoch: i64,
}

impl Book<'_> {
    /// Renews the lease; `false`: it was lost.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn renew(&self, lease: &Lease) -> Result<bool> {
        let now = self.database.dialect().now_in_milliseconds();
        self.update_lease(lease, &format!("renewed = {now}")).await
    }

    /// Whether the copy in the target was begun under these terms, a digest of what decides over its rows; the first
    /// who asks notes them. `false` too if the lease was lost.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn agree(&self, lease: &Lease, terms: &str) -> Result<bool> {
        let mut session = self.database.session().await?;
        let dialect = self.database.dialect();
        let epoch = Value::Integer(lease.epoch);
        let terms = Value::Text(terms.to_owned());
        let sql = dialect
            .bind("UPDATE limosa_lease SET terms = ? WHERE id = 1 AND epoch = ? AND terms = ''");
        session
            .execute(&sql, &[terms.clone(), epoch.clone()])
            .await?;
        let sql =
            dialect.bind("SELECT 1 FROM limosa_lease WHERE id = 1 AND epoch = ? AND terms = ?");
        Ok(!session.rows(&sql, &[epoch, terms]).await?.is_empty())
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

    /// Whether the lease is still ours; asked before every definition.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn holds(&self, lease: &Lease) -> Result<bool> {
        let mut session = self.database.session().await?;
        Ok(read_epoch(session.as_mut(), "").await? == Some(lease.epoch))
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
}

/// The epoch of the lease, if the books have one; `lock` keeps it from changing before the transaction ends.
pub(super) async fn read_epoch(session: &mut dyn Session, lock: &str) -> Result<Option<i64>> {
    let sql = format!("SELECT epoch FROM limosa_lease WHERE id = 1{lock}");
    let rows = session.rows(&sql, &[]).await?;
    Ok(rows.first().map(|row| number(&row[0])))
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
