//! PostgreSQL: the newest server on the machine, UTF-8, passwords by SCRAM.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use anyhow::{Context as _, Result};
use sqlx::{Connection as _, PgConnection};

use super::process::Account;
use super::server::{Engine, Options, Server};
use super::template::run;

/// The programs of PostgreSQL.
#[derive(Debug)]
pub struct Postgres {
    initdb: PathBuf,
    postgres: PathBuf,
}

impl Engine for Postgres {
    const NAME: &'static str = "postgres";
    const ACCOUNT: &'static str = "postgres";
    /// Immediate shutdown: no checkpoint, but the shared memory is given back.
    const STOP_SIGNAL: &'static str = "QUIT";
    const FIRST_DATABASE: &'static str = "postgres";
    const QUOTE: char = '"';

    fn find() -> Result<Self> {
        let folder = folders()
            .into_iter()
            .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
            .context(
                "PostgreSQL's server is not installed: no `initdb` and `postgres` in /usr/lib/postgresql/*/bin or PATH. \
                 Run `tests/prepare`, or `apt-get install postgresql`.",
            )?;
        Ok(Self {
            initdb: folder.join("initdb"),
            postgres: folder.join("postgres"),
        })
    }

    fn server(&self) -> &Path {
        &self.postgres
    }

    fn initialise(&self, folder: &Path, account: &Account, password: &str) -> Result<()> {
        let data = account.subfolder(folder, "data")?;
        let secret = folder.join("secret");
        account.secret_file(&secret, password)?;
        let mut command = Command::new(&self.initdb);
        command
            .args([
                "--username",
                Server::<Self>::USER,
                "--auth",
                "scram-sha-256",
                "--no-sync",
            ])
            .args(["--encoding", "UTF8", "--locale", "C.UTF-8"])
            .arg("--pwfile")
            .arg(secret)
            .arg("--pgdata")
            .arg(data)
            .current_dir(folder);
        account.apply(&mut command);
        run(&mut command)
    }

    fn serve(&self, home: &Path, port: u16, options: &Options) -> Command {
        let mut command = Command::new(&self.postgres);
        command.arg("-D").arg(home.join("data"));
        let mut set = |name: &str, value: &str| {
            command.arg("-c").arg(format!("{name}={value}"));
        };
        set("listen_addresses", "127.0.0.1");
        set("port", &port.to_string());
        set(
            "unix_socket_directories",
            &home.join("socket").to_string_lossy(),
        );
        // The machine does not crash, only servers do, and what they wrote stays in the kernel's memory.
        set("fsync", "off");
        if !options.durable {
            set("full_page_writes", "off");
        }
        for (name, value) in &options.settings {
            set(name, value);
        }
        command
    }

    fn url(user: &str, password: &str, port: u16, database: &str) -> String {
        format!("postgres://{user}:{password}@127.0.0.1:{port}/{database}")
    }

    async fn data_folder(url: &str) -> Result<PathBuf> {
        let mut connection = PgConnection::connect(url).await?;
        let folder: String = sqlx::query_scalar("SHOW data_directory")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(PathBuf::from(folder))
    }

    fn shared() -> &'static OnceLock<Result<Server<Self>, String>> {
        static SHARED: OnceLock<Result<Server<Postgres>, String>> = OnceLock::new();
        &SHARED
    }

    async fn execute(url: &str, statements: &str) -> Result<()> {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(())
    }
}

/// Debian keeps the server's programs out of PATH, in a folder per version: the newest first, then PATH.
fn folders() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    let path = env::var_os("PATH").unwrap_or_default();
    versions
        .into_iter()
        .map(|(_, folder)| folder)
        .chain(env::split_paths(&path))
        .collect()
}
