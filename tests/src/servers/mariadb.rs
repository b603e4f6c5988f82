//! MariaDB: the server on the machine with Debian's character set, passwords over TCP.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, bail};
use sqlx::{Connection as _, MySqlConnection};

use super::process::Account;
use super::server::{Engine, Options, Server};
use super::template::run;

/// The programs of MariaDB.
#[derive(Debug)]
pub struct Mariadb {
    install: PathBuf,
    mariadbd: PathBuf,
}

impl Engine for Mariadb {
    const NAME: &'static str = "mariadb";
    const ACCOUNT: &'static str = "mysql";
    /// An orderly shutdown takes a second, for a folder that is about to be removed.
    const STOP_SIGNAL: &'static str = "KILL";
    const FIRST_DATABASE: &'static str = "mysql";
    const QUOTE: char = '`';

    fn find() -> Result<Self> {
        let find = |name: &str| {
            let path = env::var_os("PATH").unwrap_or_default();
            // A plain user's PATH on Debian lacks /usr/sbin, where the server is.
            env::split_paths(&path)
                .chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from))
                .map(|folder| folder.join(name))
                .find(|program| program.is_file())
                .with_context(|| {
                    format!(
                        "MariaDB's server is not installed: no `{name}` in PATH or /usr/sbin. \
                         Run `tests/prepare`, or `apt-get install mariadb-server`."
                    )
                })
        };
        Ok(Self {
            install: find("mariadb-install-db")?,
            mariadbd: find("mariadbd")?,
        })
    }

    fn server(&self) -> &Path {
        &self.mariadbd
    }

    fn initialise(&self, folder: &Path, account: &Account, password: &str) -> Result<()> {
        let data = account.subfolder(folder, "data")?;
        // Of its own: two installers at once share nothing.
        let temporary = account.subfolder(folder, "temporary")?;
        let user = Server::<Self>::USER;
        let statements = folder.join("users.sql");
        // The nameless user would answer for ours on localhost, and root has no password.
        account.secret_file(
            &statements,
            &format!(
                "DELETE FROM mysql.global_priv WHERE User IN ('', 'root');\n\
                 FLUSH PRIVILEGES;\n\
                 CREATE USER '{user}'@'%' IDENTIFIED BY '{password}';\n\
                 GRANT ALL PRIVILEGES ON *.* TO '{user}'@'%' WITH GRANT OPTION;\n"
            ),
        )?;
        let mut command = Command::new(&self.install);
        command
            .args([
                "--no-defaults",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ])
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--tmpdir={}", temporary.display()))
            .arg(format!("--extra-file={}", statements.display()))
            .current_dir(folder);
        account.apply(&mut command);
        run(&mut command)
    }

    fn serve(&self, home: &Path, port: u16, options: &Options) -> Command {
        let mut command = Command::new(&self.mariadbd);
        command.arg("--no-defaults");
        let mut set = |name: &str, value: &str| {
            command.arg(format!("--{name}={value}"));
        };
        set("datadir", &home.join("data").to_string_lossy());
        set(
            "socket",
            &home.join("socket/mariadb.sock").to_string_lossy(),
        );
        set("pid-file", &home.join("data/mariadb.pid").to_string_lossy());
        set("tmpdir", &home.join("socket").to_string_lossy());
        set("bind-address", "127.0.0.1");
        set("port", &port.to_string());
        set("skip-name-resolve", "ON");
        set("character-set-server", "utf8mb4");
        set("collation-server", "utf8mb4_general_ci");
        // Handed to the kernel at each commit: enough against a killed server.
        set("innodb-flush-log-at-trx-commit", "2");
        if !options.durable {
            set("innodb-doublewrite", "OFF");
        }
        for (name, value) in &options.settings {
            set(name, value);
        }
        command
    }

    fn url(user: &str, password: &str, port: u16, database: &str) -> String {
        format!("mysql://{user}:{password}@127.0.0.1:{port}/{database}")
    }

    async fn data_folder(url: &str) -> Result<PathBuf> {
        let mut connection = MySqlConnection::connect(url).await?;
        let folder: String = sqlx::query_scalar("SELECT @@datadir")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(PathBuf::from(folder.trim_end_matches('/')))
    }

    fn shared() -> &'static OnceLock<Result<Server<Self>, String>> {
        static SHARED: OnceLock<Result<Server<Mariadb>, String>> = OnceLock::new();
        &SHARED
    }

    async fn execute(url: &str, statements: &str) -> Result<()> {
        let mut connection = MySqlConnection::connect(url).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(())
    }
}

impl Server<Mariadb> {
    /// Runs a script by the command-line client, which knows DELIMITER and conditional comments as dumps have them.
    pub fn load(&self, database: &str, script: &[u8]) -> Result<()> {
        let mut client = Command::new("mariadb")
            .args([
                "--no-defaults",
                "--protocol=TCP",
                "--host=127.0.0.1",
                "--default-character-set=utf8mb4",
            ])
            .args([
                "--user",
                Self::USER,
                "--port",
                &self.port().to_string(),
                database,
            ])
            // Not an argument: the list of processes is for everybody to read.
            .env("MYSQL_PWD", self.password())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context(
                "starting MariaDB's client `mariadb`; `tests/prepare` installs it with the server",
            )?;
        // A client that stops at an error closes the pipe, and says why on standard error.
        let sent = client.stdin.take().context("a pipe")?.write_all(script);
        let output = client.wait_with_output()?;
        if !output.status.success() {
            bail!(
                "the script failed: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        sent.context("sending the script")
    }
}
