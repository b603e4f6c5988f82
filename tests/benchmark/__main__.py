"""Races Limosa against other ways to move the same rows, between SQLite, PostgreSQL and MariaDB; or against itself with more rows.

A benchmark, not a test: its figures depend on the machine and on who else uses it. What is a test all the same: a
migration by Limosa that fails, or a target that does not hold what the source holds, stops the benchmark.
"""

import json
import shutil
import signal
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

import aims
import arguments
import chart
import documentation
import growth
import languages
import limosa
import mariadb_to_postgres
import measure
import postgres_to_postgres
import render
import sections
import sqlite_to_mariadb
import sqlite_to_postgres
from data import Data
from failed import Failed
from machine import circumstances
from place import Place
from race import run

CHECKOUT = Path(__file__).resolve().parents[2]
TARGET = CHECKOUT / "target"
DOCUMENTATION = CHECKOUT / "host" / "cli" / "docs"
RACES = {
    "sqlite-to-postgres": sqlite_to_postgres,
    "sqlite-to-mariadb": sqlite_to_mariadb,
    "postgres-to-postgres": postgres_to_postgres,
    "mariadb-to-postgres": mariadb_to_postgres,
}


def main() -> None:
    given = arguments.parse(__doc__.splitlines()[0])
    # Whoever ends the benchmark ends its servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A socket's path has 107 bytes at most, which not every TMPDIR leaves room for.
    with tempfile.TemporaryDirectory(prefix="limosa-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        if given.growth:
            grow(folder, given)
        elif given.languages:
            compare_languages(folder, given)
        else:
            race_all(folder, given)
    if given.write_docs:
        say(f"Wrote {documentation.write(TARGET, DOCUMENTATION)}")


def race_all(folder: Path, given: Namespace) -> None:
    chosen = {race: names for race, module in RACES.items() if (names := [name for name in module.NAMES if wanted(f"{race}/{name}", given.only)])}
    if not chosen:
        known = ", ".join(f"{race}/{name}" for race, module in RACES.items() for name in module.NAMES)
        sys.exit(f"No entrant has a name that contains {' or '.join(given.only)}. There are: {known}.")
    say(f"Making {given.rows:,} transactions …")
    data = Data(folder, given.rows)
    results, versions = [], []
    for race, names in chosen.items():
        place = Place.new(folder / race, data, TARGET)
        with RACES[race].ready(place, names) as field:
            say(f"{race}: {', '.join(field.versions)}")
            results += run(field.server, [entrant.named(f"{race}/{entrant.name}") for entrant in field.entrants], given.runs, say)
            versions += field.versions
        shutil.rmtree(place.folder)
    entrants = measure.measured(results, data)
    checks, comparisons = measure.costs_of_checks(entrants), measure.comparisons(entrants)
    document = {
        **circumstances(versions, [limosa.program(TARGET), "pgloader"]),
        "runs": given.runs,
        "rows": {"users": data.users, "transactions": data.transactions},
        "entrants": entrants,
        "checks": checks,
        "comparisons": comparisons,
        "aims": aims.of_races(entrants, checks, comparisons),
    }
    write(document, TARGET / "benchmark.json")
    print(render.text(sections.of_races(document)))


def grow(folder: Path, given: Namespace) -> None:
    document = growth.measure(folder, given.growth_rows, given.runs, TARGET, say)
    write(document, TARGET / "growth.json")
    print(render.text(sections.of_growth(document)))
    figure = (DOCUMENTATION if given.write_docs else TARGET) / "growth.svg"
    figure.write_text(chart.growth(document))
    say(f"Wrote {figure}")


def compare_languages(folder: Path, given: Namespace) -> None:
    document = languages.measure(folder, given.rows, given.runs, TARGET, say)
    write(document, TARGET / "languages.json")
    print(render.text(sections.of_languages(document)))


def wanted(name: str, only: list[str] | None) -> bool:
    return only is None or any(part in name for part in only)


def write(document: dict, path: Path) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"\nThe benchmark failed: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
