"""Runs migration tools and Limosa on the same small inputs that are hard to move, and says what each did with every value.

The results are measurements, like those of the benchmark, and no test: other tools change. One thing is a test all the same: Limosa must
not alter a value and say nothing.
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

# The throwaway servers are the benchmark's.
sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmark"))

import document
import mysql_cases
import postgres_cases
import sqlite_cases
from compare import compare
from failed import Failed
from mariadb import MariaDb
from mysql_database import MysqlDatabase
from postgres import Postgres
from postgres_database import PostgresDatabase
from sqlite_database import SqliteDatabase
from tool import OURS
from tools import tools

CHECKOUT = Path(__file__).resolve().parents[2]
TARGET = CHECKOUT / "target"
DOCUMENT = CHECKOUT / "host" / "cli" / "docs" / "side-by-side.md"


def main() -> None:
    arguments = parse()
    # Whoever ends the script ends its servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    TARGET.mkdir(exist_ok=True)
    cases = [*sqlite_cases.cases(money()), *postgres_cases.cases(), *mysql_cases.cases()]
    cases = [case for case in cases if any(text in f"{case.source}: {case.name}" for text in arguments.case or [""])]
    chosen = [tool for tool in tools(limosa(arguments.limosa), TARGET) if any(name in tool.name for name in arguments.tool or [""])]
    # A socket's path has 107 bytes at most, which not every TMPDIR leaves room for.
    with tempfile.TemporaryDirectory(prefix="limosa-peers-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with Postgres(folder) as postgres, MariaDb(folder) as mariadb:
            files = folder / "files"
            files.mkdir()
            databases = {"sqlite": SqliteDatabase(files), "postgres": PostgresDatabase(postgres), "mysql": MysqlDatabase(mariadb)}
            outcomes = compare(cases, chosen, databases, folder, say)
            versions = [database.title for database in databases.values()]
    (TARGET / "peers.json").write_text(document.record(outcomes))
    text = document.markdown(outcomes, chosen, versions)
    if arguments.write:
        DOCUMENT.write_text(text)
        say(f"{DOCUMENT.relative_to(CHECKOUT)} is written; target/peers.json has every value and all that was printed.")
    else:
        print(text)
    silent = [outcome for outcome in outcomes if outcome.tool.name == OURS and outcome.is_silent()]
    if silent:
        sys.exit("\n".join(f"Limosa is silent: {outcome.case.source} to {outcome.target}, {outcome.case.name}" for outcome in silent))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/peers", description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write host/cli/docs/side-by-side.md instead of printing it")
    parser.add_argument("--limosa", type=Path, metavar="PATH", help="the program [default: target/debug/limosa, or target/release/limosa]")
    parser.add_argument("--case", action="append", metavar="TEXT", help="only cases that contain this, as in 'sqlite: money'; may be repeated")
    parser.add_argument("--tool", action="append", metavar="NAME", help="only tools whose name contains this; may be repeated")
    arguments = parser.parse_args()
    if arguments.write and (arguments.case or arguments.tool):
        parser.error("the document has all cases and all tools: --write goes without --case and --tool")
    return arguments


def limosa(given: Path | None) -> Path:
    places = [given] if given else [TARGET / profile / "limosa" for profile in ("debug", "release")]
    for place in places:
        if place.is_file():
            return place.resolve()
    raise Failed(f"there is no {' nor '.join(map(str, places))}: build it with `cargo build --package limosa-cli`, or give --limosa PATH")


def money() -> str:
    """The money table of the shared data, where that lies beside the checkout."""
    path = Path(os.environ.get("LIMOSA_SHARED_DATA", CHECKOUT.parent / "shared" / "data")) / "money.sql"
    if path.is_file():
        return path.read_text()
    say(f"{path} is missing: equivalent statements take its place.")
    return sqlite_cases.MONEY


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"\nThe comparison failed: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
