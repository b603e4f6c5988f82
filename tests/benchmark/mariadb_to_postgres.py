"""MariaDB to PostgreSQL: Limosa and pgloader."""

from collections.abc import Iterator
from contextlib import contextmanager

import limosa
import pgloader
from mariadb import MariaDb
from place import Place
from postgres import Postgres
from race import Field
from server import SOURCE

NAMES = (*limosa.NAMES, "pgloader")
# By default it makes times with a zone of times without one, and puts the tables into a schema named as the source.
PGLOADER = f"""
LOAD DATABASE FROM {{source}} INTO {{target}}
WITH include drop, create tables, create indexes, reset sequences
CAST type datetime to timestamp drop typemod using zero-dates-to-null
ALTER SCHEMA '{SOURCE}' RENAME TO 'public';
"""


@contextmanager
def ready(place: Place, names: list[str]) -> Iterator[Field]:
    with MariaDb(place.folder) as source, Postgres(place.folder) as server:
        source.become_source(place.data, place.folder)
        found = limosa.entrants(source.url(SOURCE), server.url(), place)
        for entrant in found.values():
            # It warns that the unique key over a text compares without case in the source.
            entrant.succeeds_with = (0, 2)
        found["pgloader"] = pgloader.entrant(PGLOADER, source.url(SOURCE), server.url(), place)
        yield Field(server, [found[name].named(name) for name in names], [source.version(), server.version()])
