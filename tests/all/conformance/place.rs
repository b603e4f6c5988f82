//! An empty database of one engine, for one test.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use limosa_database::{Acquired, Book, Database, Holder, Lease, Role, open};
use limosa_model::{Engine, MigrationId};
use limosa_tests::{Mariadb, Options, Postgres, Server};
use tempfile::TempDir;

/// A database with nothing in it; gone when this is dropped.
pub(super) struct Place {
    pub(super) engine: Engine,
    pub(super) url: String,
    _home: Home,
}

/// What is kept for its end, which removes the database.
#[expect(dead_code, reason = "dropped, never read")]
enum Home {
    Folder(TempDir),
    Postgres(Box<Server<Postgres>>),
    Mariadb(Box<Server<Mariadb>>),
}

impl Place {
    /// A file in a folder of its own, or a server of its own.
    pub(super) fn empty(engine: Engine) -> Result<Self> {
        Self::with(engine, Options::default())
    }

    /// The same with settings of the server.
    pub(super) fn with(engine: Engine, options: Options) -> Result<Self> {
        let (url, home) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir()?;
                let url = format!("sqlite:{}", folder.path().join("place.sqlite").display());
                (url, Home::Folder(folder))
            }
            Engine::Postgres => {
                let server = Server::start_with(options)?;
                (
                    server.create_database("place")?,
                    Home::Postgres(Box::new(server)),
                )
            }
            Engine::Mysql => {
                // Each of many small tables would wait for the disk twice.
                let server = Server::start_with(options.setting("innodb-flush-method", "nosync"))?;
                (
                    server.create_database("place")?,
                    Home::Mariadb(Box::new(server)),
                )
            }
        };
        Ok(Self {
            engine,
            url,
            _home: home,
        })
    }

    /// Opens it as another host would: with connections of its own.
    pub(super) async fn target(&self) -> Result<Arc<dyn Database>> {
        Ok(open(&self.url, Role::Target).await?)
    }

    /// Opens it for reading; it must be there.
    pub(super) async fn source(&self) -> Result<Arc<dyn Database>> {
        Ok(open(&self.url, Role::Source).await?)
    }
}

/// Runs statements one by one.
pub(super) async fn define(database: &dyn Database, statements: &[&str]) -> Result<()> {
    for statement in statements {
        database
            .define(statement)
            .await
            .with_context(|| (*statement).to_owned())?;
    }
    Ok(())
}

/// The migration of the tests.
pub(super) fn migration() -> MigrationId {
    MigrationId::new("m-1")
}

/// Host and process that ask for a lease.
pub(super) fn holder(process: u32) -> Holder {
    Holder {
        host: "host".into(),
        boot: "boot".into(),
        process,
    }
}

/// Long enough never to lapse in a test.
pub(super) const LONG: Duration = Duration::from_secs(600);

/// Makes the books and takes the lease.
pub(super) async fn take_lease(database: &dyn Database) -> Result<Lease> {
    match Book::of(database)
        .acquire(&migration(), &holder(1), LONG, &|_| false)
        .await?
    {
        Acquired::Ours(lease) => Ok(lease),
        Acquired::Held { holder, .. } => bail!("{holder:?} holds the lease"),
    }
}
