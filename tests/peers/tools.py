"""The tools that are compared, each run as its documentation shows first, and Limosa run as anybody would."""

import shlex
import subprocess
from pathlib import Path

from case import Case, Key, Names
from database import Database
from environment import installed
from failed import Failed
from mysql_database import MysqlDatabase
from postgres_database import PostgresDatabase
from server import DATABASE, USER
from sqlite_database import SqliteDatabase
from tool import OURS, Tool

SQLITE3_TO_MYSQL = "2.6.1"
MYSQL_TO_SQLITE3 = "2.6.1"
DB_TO_SQLITE = "1.5"
# The last one whose program is in the registry itself; later ones fetch it from elsewhere when first run.
SLING = "1.4.11"
ALL = frozenset((one, other) for one in ("sqlite", "postgres", "mysql") for other in ("sqlite", "postgres", "mysql") if one != other)


def tools(limosa: Path, target: Path) -> list[Tool]:
    """Limosa first; the others in the order of the directions that they serve."""
    return [ours(limosa), pgloader(), dump_into_psql(), sqlite3_to_mysql(target), mysql_to_sqlite3(target), db_to_sqlite(target), *slings(target)]


def ours(limosa: Path) -> Tool:
    def command(source: Database, target: Database, _: Case, folder: Path) -> list[str]:
        return [str(limosa), "migrate", source.url(), target.url(), "--yes", f"--state-folder={folder / 'state'}"]

    # 2: done, with warnings.
    return Tool(OURS, first_line(str(limosa), "--version").removeprefix("limosa "), ALL, command, done=(0, 2))


def pgloader() -> Tool:
    def command(source: Database, target: Database, _: Case, folder: Path) -> list[str]:
        url = source.path if isinstance(source, SqliteDatabase) else source.url()
        return ["pgloader", "--root-dir", str(folder), str(url), target.url().replace("postgres:", "postgresql:")]

    version = first_line("dpkg-query", "--show", "--showformat=${Version}\n", "pgloader")
    return Tool("pgloader", f"{version} of Debian", frozenset({("sqlite", "postgres"), ("mysql", "postgres")}), command)


def dump_into_psql() -> Tool:
    def command(source: SqliteDatabase, target: PostgresDatabase, _: Case, folder: Path) -> list[str]:
        # What is found on every other page about the matter.
        return ["bash", "-c", f"sqlite3 {shlex.quote(str(source.path))} .dump | psql --no-psqlrc {shlex.quote(target.url())}"]

    return Tool("`.dump` into `psql`", first_line("sqlite3", "--version").split()[0], frozenset({("sqlite", "postgres")}), command)


def sqlite3_to_mysql(folder: Path) -> Tool:
    program = installed(folder, "sqlite3mysql", f"sqlite3-to-mysql=={SQLITE3_TO_MYSQL}")

    def command(source: SqliteDatabase, target: MysqlDatabase, _: Case, folder: Path) -> list[str]:
        return [
            str(program), "--sqlite-file", str(source.path), "--mysql-database", DATABASE, "--mysql-user", USER,
            "--mysql-password", target.server.password, "--mysql-host", "127.0.0.1", "--mysql-port", str(target.server.port),
        ]

    return Tool("sqlite3-to-mysql", SQLITE3_TO_MYSQL, frozenset({("sqlite", "mysql")}), command)


def mysql_to_sqlite3(folder: Path) -> Tool:
    program = installed(folder, "mysql2sqlite", f"mysql-to-sqlite3=={MYSQL_TO_SQLITE3}")

    def command(source: MysqlDatabase, target: SqliteDatabase, _: Case, folder: Path) -> list[str]:
        return [
            str(program), "--sqlite-file", str(target.path), "--mysql-database", DATABASE, "--mysql-user", USER,
            "--mysql-password", source.server.password, "--mysql-host", "127.0.0.1", "--mysql-port", str(source.server.port),
        ]

    return Tool("mysql-to-sqlite3", MYSQL_TO_SQLITE3, frozenset({("mysql", "sqlite")}), command)


def db_to_sqlite(folder: Path) -> Tool:
    program = installed(folder, "db-to-sqlite", f"db-to-sqlite=={DB_TO_SQLITE}", "psycopg2-binary", "pymysql")
    # Drivers that need no compiler.
    drivers = {"postgres": "postgresql+psycopg2:", "mysql": "mysql+pymysql:"}

    def command(source: Database, target: SqliteDatabase, _: Case, folder: Path) -> list[str]:
        url = source.url().replace(f"{source.name}:", drivers[source.name], 1)
        return [str(program), url, str(target.path), "--all"]

    return Tool("db-to-sqlite", DB_TO_SQLITE, frozenset({("mysql", "sqlite"), ("postgres", "sqlite")}), command, carries=(Key, Names))


def slings(folder: Path) -> list[Tool]:
    """Sling fills SQLite through a client that it fetches, or by inserts of its own where it gets none: both ways are shown, neither fetches."""
    environment = installed(folder, "", f"sling-linux-amd64=={SLING}")
    found = list(environment.parent.glob("lib/*/site-packages/sling_linux_amd64/bin/sling-linux-amd64"))
    if len(found) != 1:
        raise Failed(f"sling-linux-amd64 {SLING} brings no program")
    found[0].chmod(0o755)

    def url(database: Database) -> str:
        if isinstance(database, SqliteDatabase):
            return f"sqlite://{database.path}"
        return database.url() + ("?sslmode=disable" if database.name == "postgres" else "")

    def stream(database: Database, case: Case) -> str:
        quote = "`" if database.name == "mysql" else '"'
        schema = {"sqlite": "main", "postgres": "public", "mysql": DATABASE}[database.name]
        plain = case.table.isidentifier()
        return f"{schema}.{case.table if plain else quote + case.table.replace(quote, quote * 2) + quote}"

    def command(source: Database, target: Database, case: Case, folder: Path) -> list[str]:
        return [
            str(found[0]), "run", "--src-conn", url(source), "--src-stream", stream(source, case),
            "--tgt-conn", url(target), "--tgt-object", stream(target, case), "--mode", "full-refresh",
        ]

    def tool(name: str, version: str, directions: frozenset[tuple[str, str]], client: str) -> Tool:
        return Tool(name, version, directions, command, {"SLING_DISABLE_TELEMETRY": "TRUE", "SQLITE_PATH": client}, carries=(Names,))

    into_sqlite = frozenset((source, target) for source, target in ALL if target == "sqlite")
    return [tool("Sling", SLING, ALL, "/nonexistent"), tool("Sling with `sqlite3`", "", into_sqlite, "/usr/bin/sqlite3")]


def first_line(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError) as error:
        raise Failed(f"{command[0]} does not say its version: {error}. Run `tests/prepare peers`.") from error
