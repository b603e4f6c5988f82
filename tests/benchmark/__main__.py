"""Races Limosa against other ways to move the same rows: SQLite to PostgreSQL, and SQLite to MariaDB.

A benchmark, not a test: its figures depend on the machine and on who else uses it. What is a test all the same: a
migration by Limosa that fails, or a target that does not hold what the source holds, stops the benchmark.
"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

import mariadb
import postgres
import report
from data import Data
from failed import Failed
from race import run

TARGET = Path(__file__).resolve().parents[2] / "target"


def main() -> None:
    arguments = parse()
    # Whoever ends the benchmark ends its servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A socket's path has 107 bytes at most, which not every TMPDIR leaves room for.
    with tempfile.TemporaryDirectory(prefix="limosa-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        say(f"Making {arguments.rows:,} transactions …")
        data = Data(folder, arguments.rows)
        results, versions = [], []
        for race, start in ((postgres, postgres.Postgres), (mariadb, mariadb.MariaDb)):
            names = [name for name in race.NAMES if any(only in name for only in arguments.only or [""])]
            if not names:
                continue
            with start(folder) as server:
                say(server.version())
                results += run(server, race.entrants(server, data, folder, TARGET, names), arguments.runs, say)
                versions.append(server.version())
        if not results:
            known = ", ".join(postgres.NAMES + mariadb.NAMES)
            sys.exit(f"No race has a name that contains {' or '.join(arguments.only)}. There are: {known}.")
        document = report.document(results, data, versions, TARGET)
        report.write(document, TARGET / "benchmark.json")
        print(report.text(document))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=positive, default=3, metavar="N", help="runs of each entrant; medians are shown [default: 3]")
    parser.add_argument("--rows", type=positive, default=1_000_000, metavar="N", help="transactions; a twentieth as many users [default: 1000000]")
    parser.add_argument("--only", action="append", metavar="NAME", help="only entrants whose name contains this: postgres, mysql/load-data; may be repeated")
    return parser.parse_args()


def positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is no positive number")
    return int(text)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"\nThe benchmark failed: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
