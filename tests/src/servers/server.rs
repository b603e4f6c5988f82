//! The life of a server: start, kill, restart, and an end that nothing escapes.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::process::{Account, Watchdog, free_port, kill_family};
use super::template::Template;
use crate::block_on;

/// A cold start on a loaded machine takes a few seconds; one that takes this long hangs.
const START_LIMIT: Duration = Duration::from_secs(60);
/// Another process may take the port between our look and the server's bind.
const PORT_ATTEMPTS: u32 = 5;

/// What differs between one server program and another.
pub trait Engine: Sized + Send + Sync + 'static {
    /// For messages and folder names.
    const NAME: &'static str;
    /// The user that the server runs as when the tests run as root, whom the server refuses.
    const ACCOUNT: &'static str;
    /// The signal that ends the server fast and leaves nothing behind.
    const STOP_SIGNAL: &'static str;
    /// A database that is always there.
    const FIRST_DATABASE: &'static str;
    /// What stands around a name in SQL.
    const QUOTE: char;

    /// The server's programs; the error says what to install.
    fn find() -> Result<Self>;
    /// The server program.
    fn server(&self) -> &Path;
    /// Fills `folder/data` with a new data folder whose only user is [`Server::USER`] with this password.
    fn initialise(&self, folder: &Path, account: &Account, password: &str) -> Result<()>;
    /// The command that serves `home/data` in the foreground.
    fn serve(&self, home: &Path, port: u16, options: &Options) -> Command;
    /// The address that an application would use.
    fn url(user: &str, password: &str, port: u16, database: &str) -> String;
    /// The data folder of whoever answers at this address.
    fn data_folder(url: &str) -> impl Future<Output = Result<PathBuf>> + Send;
    /// Where this process keeps its shared server.
    fn shared() -> &'static OnceLock<Result<Server<Self>, String>>;
    /// Runs statements that return nothing of interest.
    fn execute(url: &str, statements: &str) -> impl Future<Output = Result<()>> + Send;
}

/// How a server differs from the usual one.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(super) settings: Vec<(String, String)>,
    pub(super) durable: bool,
}

impl Options {
    /// Adds a server setting, `("sql_mode", "")` say; it stands after the harness's own and wins.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Keeps the guards against torn pages, for tests that kill the server.
    ///
    /// Without them a commit still survives a killed server, but a page that it was just writing may not.
    #[must_use]
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }
}

/// A running server. Dropping it, or the death of this process, stops it and removes its folder.
#[derive(Debug)]
pub struct Server<E: Engine> {
    engine: E,
    account: Account,
    home: PathBuf,
    port: u16,
    password: String,
    options: Options,
    process: Option<Child>,
    watchdog: Watchdog,
}

impl<E: Engine> Server<E> {
    /// The user that may do everything.
    pub const USER: &'static str = "limosa";

    /// Starts a server with the usual settings.
    pub fn start() -> Result<Self> {
        Self::start_with(Options::default())
    }

    /// Starts a server.
    pub fn start_with(options: Options) -> Result<Self> {
        let engine = E::find()?;
        let account = Account::for_server(E::ACCOUNT)?;
        let template = Template::find_or_make(&engine, &account)?;
        let home = account.folder(&format!("limosa-{}-", E::NAME))?;
        // From here on nothing stays behind, whatever fails.
        let watchdog = Watchdog::start(&home, E::STOP_SIGNAL)?;
        template.copy_to(&home)?;
        account.subfolder(&home, "socket")?;
        let password = template.password()?;
        let mut server = Self {
            engine,
            account,
            home,
            port: 0,
            password,
            options,
            process: None,
            watchdog,
        };
        for attempt in 1.. {
            server.port = free_port()?;
            match server.serve() {
                Err(_)
                    if attempt < PORT_ATTEMPTS
                        && server.log().contains("Address already in use") => {}
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        Ok(server)
    }

    /// The server that all tests of this process share: give each test a database of its own.
    ///
    /// Nothing drops it; the watchdog removes it when the process ends.
    pub fn shared() -> Result<&'static Self> {
        E::shared()
            .get_or_init(|| Self::start().map_err(|error| format!("{error:#}")))
            .as_ref()
            .map_err(|message| anyhow::anyhow!("{message}"))
    }

    /// The address of a database as [`Server::USER`].
    pub fn url(&self, database: &str) -> String {
        E::url(Self::USER, &self.password, self.port, database)
    }

    /// The address of a database with other credentials.
    pub fn url_as(&self, user: &str, password: &str, database: &str) -> String {
        E::url(user, password, self.port, database)
    }

    /// Creates an empty database and returns its address.
    pub fn create_database(&self, name: &str) -> Result<String> {
        let quote = E::QUOTE;
        self.execute(
            E::FIRST_DATABASE,
            &format!("CREATE DATABASE {quote}{name}{quote}"),
        )?;
        Ok(self.url(name))
    }

    /// Runs statements, separated by semicolons, in a database.
    pub fn execute(&self, database: &str, statements: &str) -> Result<()> {
        block_on(E::execute(&self.url(database), statements))
    }

    /// The port on 127.0.0.1; a restart keeps it.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The password of [`Server::USER`], for tests that no output holds it.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The folder that holds everything of this server.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// What the server has written so far.
    pub fn log(&self) -> String {
        fs::read(self.home.join("log")).map_or_else(
            |error| format!("(no log: {error})"),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
    }

    /// The number of the server's process while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// SIGKILL to the server and all its children at once, as a crash would. Nothing answers afterwards.
    pub fn kill(&mut self) -> Result<()> {
        let mut child = self.process.take().context("the server is dead already")?;
        kill_family(&mut child)
    }

    /// Starts again on the same data and port, after a kill or at once.
    pub fn restart(&mut self) -> Result<()> {
        if self.process.is_some() {
            self.kill()?;
        }
        self.serve()
    }

    fn serve(&mut self) -> Result<()> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.home.join("log"))?;
        let mut command = self.engine.serve(&self.home, self.port, &self.options);
        self.account.apply(&mut command);
        command
            .current_dir(&self.home)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut child = command
            .spawn()
            .with_context(|| format!("starting {}", self.engine.server().display()))?;
        fs::write(self.home.join("pid"), child.id().to_string())?;
        let ready = self.await_ready(&mut child);
        self.process = Some(child);
        ready
    }

    fn await_ready(&self, child: &mut Child) -> Result<()> {
        let begin = Instant::now();
        let url = self.url(E::FIRST_DATABASE);
        let mut last = anyhow::anyhow!("nothing listens on port {}", self.port);
        while begin.elapsed() < START_LIMIT {
            if let Some(status) = child.try_wait()? {
                bail!(
                    "{} ended at its start ({status}). Its log:\n{}",
                    E::NAME,
                    self.log()
                );
            }
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                match block_on(E::data_folder(&url)) {
                    // Somebody else's server may have taken the port; ours is about to end.
                    Ok(folder) if folder == self.home.join("data") => return Ok(()),
                    Ok(folder) => {
                        last = anyhow::anyhow!("the server of {} answers", folder.display())
                    }
                    Err(error) => last = error,
                }
            }
            thread::sleep(Duration::from_millis(5));
        }
        bail!(
            "{} does not answer: {last:#}. Its log:\n{}",
            E::NAME,
            self.log()
        )
    }
}

impl<E: Engine> Drop for Server<E> {
    fn drop(&mut self) {
        self.watchdog.end();
        if let Some(mut child) = self.process.take() {
            // The watchdog has ended it; this only collects the number.
            let _ = child.wait();
        }
    }
}
