"""PostgreSQL to PostgreSQL: Limosa, and pg_dump with pg_restore in three ways."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import limosa
from place import Place
from postgres import Postgres
from race import Entrant, Field
from server import DATABASE, SOURCE

NAMES = (*limosa.NAMES, "pg-dump", "pg-dump-j2", "pg-dump-pipe")


@contextmanager
def ready(place: Place, names: list[str]) -> Iterator[Field]:
    with Postgres(place.folder) as server:
        server.become_source(place.data, place.folder)
        found = limosa.entrants(server.url(SOURCE), server.url(), place)
        found["pg-dump"] = through_file(server, place, "")
        found["pg-dump-j2"] = through_file(server, place, "-j2")
        found["pg-dump-pipe"] = through_pipe(server, place)
        yield Field(server, [found[name].named(name) for name in names], [server.version()])


def through_file(server: Postgres, place: Place, jobs: str) -> Entrant:
    """As the manual does it: a compressed archive, since several jobs can only restore what is a file."""
    archive = shlex.quote(str(place.folder / "archive"))
    dump, restore = programs(server)
    what = f"pg_dump -Fc to a file, then pg_restore {jobs}".strip()
    return entrant(server, place, what, f"{dump} -f {archive} && {restore} {jobs} {archive} && rm {archive}")


def through_pipe(server: Postgres, place: Place) -> Entrant:
    """The quickest that the two can do: no compression, and both at work at once."""
    dump, restore = programs(server)
    # Without pipefail, which not every sh has, a failed dump would pass; the rows are verified afterwards.
    return entrant(server, place, "pg_dump -Fc -Z0 piped into pg_restore", f"{dump} -Z0 | {restore}")


def programs(server: Postgres) -> tuple[str, str]:
    """Those of the server's own version."""
    dump = shlex.join([str(server.programs / "pg_dump"), *server.address(), "-Fc", SOURCE])
    restore = shlex.join([str(server.programs / "pg_restore"), *server.address(), "--exit-on-error", "-d", DATABASE])
    return dump, restore


def entrant(server: Postgres, place: Place, what: str, script: str) -> Entrant:
    return Entrant(what, place.data, ["/bin/sh", "-c", script], server.environment(), trusted=False)
