"""What the benchmark is asked on the command line."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace


def parse(description: str) -> Namespace:
    parser = ArgumentParser(prog="tests/bench", description=description)
    parser.add_argument("--runs", type=positive, default=5, metavar="N", help="runs of each entrant; medians are shown [default: 5]")
    parser.add_argument("--rows", type=positive, default=1_000_000, metavar="N", help="transactions; a twentieth as many users [default: 1000000]")
    parser.add_argument(
        "--only", action="append", metavar="NAME",
        help="only entrants whose name contains this: sqlite-to-postgres, pgloader, mariadb/load-data; may be repeated",
    )
    parser.add_argument("--growth", action="store_true", help="instead of races: Limosa alone, from SQLite, with more and more rows")
    parser.add_argument(
        "--growth-rows", type=sizes, default=[1_000_000, 4_000_000, 16_000_000], metavar="N,N…",
        help="transactions of each [default: 1000000,4000000,16000000]",
    )
    parser.add_argument("--languages", action="store_true", help="instead of races: one check in four languages, in the sandbox")
    parser.add_argument("--write-docs", action="store_true", help="write host/cli/docs/benchmark.md, and growth.svg with --growth")
    given = parser.parse_args()
    if given.write_docs and given.only:
        parser.error("--write-docs shows all races: leave --only out")
    if given.growth and given.only:
        parser.error("--growth runs one entrant only: leave --only out")
    if given.languages and (given.only or given.growth):
        parser.error("--languages runs the four languages only: leave --only and --growth out")
    return given


def sizes(text: str) -> list[int]:
    """The smallest first, each once."""
    return sorted({positive(part) for part in text.split(",")})


def positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ArgumentTypeError(f"{text} is no positive number")
    return int(text)
