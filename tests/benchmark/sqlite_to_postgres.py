"""SQLite to PostgreSQL: Limosa, pgloader, and the raw COPY as a yardstick."""

from collections.abc import Iterator
from contextlib import contextmanager

import limosa
import pgloader
from place import Place
from postgres import KEYS, SCHEMA, Postgres
from race import Entrant, Field

NAMES = (*limosa.NAMES, "pgloader", "copy")
# By default it makes `numeric` of NUMERIC(12,2) and fails at doubles, which it writes as `1.5d0`; and it makes times with a zone of times without one.
PGLOADER = """
LOAD DATABASE FROM sqlite://{source} INTO {target}
WITH include drop, create tables, create indexes, reset sequences
CAST type numeric to "numeric(12,2)" drop typemod using float-to-string, type datetime to timestamp;
"""


@contextmanager
def ready(place: Place, names: list[str]) -> Iterator[Field]:
    with Postgres(place.folder) as server:
        found = limosa.entrants(f"sqlite:{place.data.path}", server.url(), place)
        found["pgloader"] = pgloader.entrant(PGLOADER, str(place.data.path), server.url(), place)
        if "copy" in names:
            found["copy"] = copy(server, place)
        yield Field(server, [found[name].named(name) for name in names], [server.version()])


def copy(server: Postgres, place: Place) -> Entrant:
    """The yardstick: nothing but the rows, ready to be sent in the server's own format, and the same keys."""
    server.fresh_database()
    server.query(SCHEMA)
    files = {table: place.folder / f"{table}.copy" for table in ("users", "transactions")}
    for table, text in place.data.export(place.folder).items():
        server.query(f"\\copy {table} FROM {text}")
        server.query(f"\\copy {table} TO {files[table]} (FORMAT binary)")
        text.unlink()
    script = place.folder / "copy.sql"
    loads = "\n".join(f"\\copy {table} FROM {file} (FORMAT binary)" for table, file in files.items())
    script.write_text(f"{SCHEMA}{loads}\n{KEYS}")
    command, environment = server.client()
    return Entrant("psql: \\copy … (FORMAT binary) of files that are there, then the keys", place.data, [*command, "-f", str(script)], environment)
