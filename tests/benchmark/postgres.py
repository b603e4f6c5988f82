"""SQLite to PostgreSQL: Limosa, pgloader, and the raw COPY as a yardstick."""

import os
import signal
from pathlib import Path

import limosa
from data import WORDS, Data
from race import Entrant
from server import DATABASE, USER, Server

NAMES = ["postgres/limosa", "postgres/limosa-unchecked", "postgres/limosa-compared", "postgres/pgloader", "postgres/copy"]
SCHEMA = """
CREATE TABLE users (id bigint NOT NULL, name text, email text, created timestamp);
CREATE TABLE transactions (id bigint NOT NULL, user_id bigint, amount numeric(12,2), kind text, booked timestamp, note text);
"""
KEYS = """
ALTER TABLE users ADD PRIMARY KEY (id);
CREATE UNIQUE INDEX users_email ON users (email);
ALTER TABLE transactions ADD PRIMARY KEY (id);
"""
# By default it makes `numeric` of NUMERIC(12,2) and fails at doubles, which it writes as `1.5d0`; and it makes times with a zone of times without one.
PGLOADER = """
LOAD DATABASE FROM sqlite://{source} INTO {target}
WITH include drop, create tables, create indexes, reset sequences
CAST type numeric to "numeric(12,2)" drop typemod using float-to-string, type datetime to timestamp;
"""


class Postgres(Server):
    """The newest PostgreSQL on the machine."""

    ACCOUNT = "postgres"
    # Fast shutdown: does not wait for clients.
    STOP_SIGNAL = signal.SIGINT
    FIRST_DATABASE = "postgres"
    WHERE = "SHOW data_directory"
    SETTINGS = {"fsync": "on", "synchronous_commit": "on", "shared_buffers": "512MB", "max_wal_size": "4GB", "timezone": "UTC"}
    WORDS = {**WORDS, "cents": "sum(({} * 100)::bigint)", "seconds": "sum(extract(epoch FROM {})::bigint)"}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[4]))
        self.programs = (found[-1] if found else Path(self.program("postgres"))).parent

    def initialise(self) -> None:
        secret = self.secret_file("secret", self.password)
        self.initialise_with([
            self.programs / "initdb", "--pgdata", self.data, "--username", USER, "--pwfile", secret,
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8",
        ])

    def command(self) -> list:
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder, **self.SETTINGS}
        return [self.programs / "postgres", "-D", self.data, *(f"--{name}={value}" for name, value in settings.items())]

    def client(self, database: str = DATABASE) -> tuple[list[str], dict[str, str]]:
        command = ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, database]
        # Not an argument: the list of processes is for everybody to read.
        return command, {"PGPASSWORD": self.password}

    def url(self) -> str:
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def fresh_database(self) -> None:
        self.query(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", "postgres")
        # What an earlier entrant left to write must not slow this one.
        self.query(f"CREATE DATABASE {DATABASE}; CHECKPOINT", "postgres")
        os.sync()

    def unique_indexes(self) -> int:
        return int(self.query(
            "SELECT count(*) FROM pg_index JOIN pg_class ON oid = indrelid WHERE indisunique AND relname IN ('users', 'transactions')"
        ))

    def version(self) -> str:
        return "PostgreSQL " + self.query("SHOW server_version", "postgres")


def entrants(server: Postgres, data: Data, folder: Path, target: Path, names: list[str]) -> list[Entrant]:
    """Those of `names`, ready to run."""
    found = limosa.entrants("postgres", server.url(), data, folder, target)
    commands = folder / "pgloader.load"
    commands.touch(mode=0o600)
    commands.write_text(PGLOADER.format(source=data.path, target=server.url().replace("postgres://", "postgresql://")))
    found["postgres/pgloader"] = Entrant(
        "pgloader, with a load command that names the types", data, ["pgloader", "--quiet", str(commands)], trusted=False
    )
    if "postgres/copy" in names:
        found["postgres/copy"] = copy(server, data, folder)
    return [found[name].named(name) for name in names]


def copy(server: Postgres, data: Data, folder: Path) -> Entrant:
    """The yardstick: nothing but the rows, ready to be sent, and the same keys."""
    server.fresh_database()
    server.query(SCHEMA)
    files = {table: folder / f"{table}.copy" for table in ("users", "transactions")}
    for table, text in data.export(folder).items():
        server.query(f"\\copy {table} FROM {text}")
        server.query(f"\\copy {table} TO {files[table]} (FORMAT binary)")
        text.unlink()
    script = folder / "copy.sql"
    loads = "\n".join(f"\\copy {table} FROM {file} (FORMAT binary)" for table, file in files.items())
    script.write_text(f"{SCHEMA}{loads}\n{KEYS}")
    command, environment = server.client()
    return Entrant("psql: \\copy … (FORMAT binary) of files that are there, then the keys", data, [*command, "-f", str(script)], environment)
