"""A throwaway PostgreSQL."""

import os
import signal
from pathlib import Path

from data import WORDS, Data
from server import DATABASE, SOURCE, USER, Server

SCHEMA = """
CREATE TABLE users (id bigint NOT NULL, name text, email text, created timestamp);
CREATE TABLE transactions (id bigint NOT NULL, user_id bigint, amount numeric(12,2), kind text, booked timestamp, note text);
"""
KEYS = """
ALTER TABLE users ADD PRIMARY KEY (id);
CREATE UNIQUE INDEX users_email ON users (email);
ALTER TABLE transactions ADD PRIMARY KEY (id);
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
        command = ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", *self.address(), database]
        return command, self.environment()

    def address(self) -> list[str]:
        """What each of PostgreSQL's programs takes."""
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER]

    def environment(self) -> dict[str, str]:
        # Not an argument: the list of processes is for everybody to read.
        return {"PGPASSWORD": self.password}

    def url(self, database: str = DATABASE) -> str:
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def fresh_database(self, database: str = DATABASE) -> None:
        self.query(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)", "postgres")
        # What an earlier entrant left to write must not slow this one.
        self.query(f"CREATE DATABASE {database}; CHECKPOINT", "postgres")
        os.sync()

    def fill(self, data: Data, folder: Path) -> None:
        self.query(SCHEMA, SOURCE)
        for table, file in data.export(folder).items():
            self.query(f"\\copy {table} FROM {file}", SOURCE)
            file.unlink()
        self.query(KEYS, SOURCE)
        # Else whoever reads the rows first also writes that they are visible.
        self.query("VACUUM ANALYZE", SOURCE)

    def unique_indexes(self, database: str = DATABASE) -> int:
        return int(self.query(
            "SELECT count(*) FROM pg_index JOIN pg_class ON oid = indrelid WHERE indisunique AND relname IN ('users', 'transactions')",
            database,
        ))

    def version(self) -> str:
        return "PostgreSQL " + self.query("SHOW server_version", "postgres")
