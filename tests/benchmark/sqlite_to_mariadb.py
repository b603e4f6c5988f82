"""SQLite to MariaDB: Limosa, sqlite3-to-mysql, and LOAD DATA LOCAL INFILE as a yardstick."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import limosa
from data import Data
from mariadb import KEYS, SCHEMA, MariaDb, load
from place import Place
from race import Entrant, Field
from server import DATABASE, USER

NAMES = (*limosa.NAMES, "sqlite3-to-mysql", "load-data")
SQLITE3_TO_MYSQL = "2.6.1"
# More would take minutes; its time grows with the rows and is scaled up. Fewer, and the second that it takes to start would count too much.
FEW_ROWS = 200_000


@contextmanager
def ready(place: Place, names: list[str]) -> Iterator[Field]:
    with MariaDb(place.folder) as server:
        found = limosa.entrants(f"sqlite:{place.data.path}", server.url(), place)
        if "sqlite3-to-mysql" in names:
            found["sqlite3-to-mysql"] = sqlite3_to_mysql(server, place)
        if "load-data" in names:
            found["load-data"] = load_data(server, place)
        yield Field(server, [found[name].named(name) for name in names], [server.version()])


def load_data(server: MariaDb, place: Place) -> Entrant:
    """The yardstick: nothing but the rows, ready to be sent, and the same keys."""
    loads = "".join(load(table, file) for table, file in place.data.export(place.folder).items())
    script = place.folder / "load-data.sql"
    script.write_text(f"{SCHEMA}{loads}{KEYS}")
    command, environment = server.client()
    what = "mariadb: LOAD DATA LOCAL INFILE of files that are there, then the index"
    return Entrant(what, place.data, [*command, f"--execute=source {script}"], environment)


def sqlite3_to_mysql(server: MariaDb, place: Place) -> Entrant:
    """The usual tool, of fewer rows."""
    few = place.data if place.data.transactions <= FEW_ROWS else Data(place.folder, FEW_ROWS)
    what = f"sqlite3-to-mysql {SQLITE3_TO_MYSQL}"
    if few is not place.data:
        what += f", of {few.rows:,} rows, its time scaled to {place.data.rows:,}"
    environment = place.target / "benchmark-venv"
    command = [
        str(environment / "bin" / "sqlite3mysql"), "--sqlite-file", str(few.path), "--mysql-database", DATABASE, "--mysql-user", USER,
        "--mysql-password", server.password, "--mysql-host", "127.0.0.1", "--mysql-port", str(server.port), "--quiet",
    ]
    return Entrant(what, few, command, trusted=False, missing=install(environment))


def install(environment: Path) -> str:
    """Puts the tool below the target folder, where it is in nobody's way; says what went wrong, if anything."""
    wanted = f"sqlite3-to-mysql=={SQLITE3_TO_MYSQL}"
    is_there = environment / f"installed-{SQLITE3_TO_MYSQL}"
    if is_there.exists():
        return ""
    for command in ([sys.executable, "-m", "venv", "--clear", environment], [environment / "bin" / "pip", "install", "--quiet", wanted]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"installing {wanted} failed: {(done.stdout + done.stderr).strip()[-500:]}"
    is_there.touch()
    return ""
