//! Asking for the lease: of new books, of one that its holder let lapse, or of one whose holder is gone.

use std::time::Duration;

use limosa_model::{MigrationId, Value};

use super::books::Book;
use super::lease::{FINISHED, Lease};
use crate::session::{count, number, text};
use crate::{Error, Kind, Result};

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

impl Book<'_> {
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
        // Of a migration that is done the books are on their way out.
        if !self.is_finished().await? {
            self.make().await?;
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
