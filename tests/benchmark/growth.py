"""Growth: the same migration with more and more rows, to see what the time and the memory do."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import limosa
import room
from aims import of_growth
from data import Data
from machine import circumstances
from mariadb import MariaDb
from measure import MEBIBYTE
from place import Place
from postgres import Postgres
from race import Result, run

SERVERS = {"sqlite-to-postgres": Postgres, "sqlite-to-mariadb": MariaDb}
# More rows take MariaDB minutes a run, and would tell nothing else.
MOST = {"sqlite-to-mariadb": 4_000_000}
# As everybody runs it: with checks, and with the comparison at the end.
ENTRANT = "limosa-compared"


def measure(folder: Path, sizes: list[int], runs: int, target: Path, say: Callable[[str], None]) -> dict:
    """The whole document of all sizes, which begin with the smallest."""
    room.demand(folder, max(sizes))
    points: dict[str, list[dict]] = {}
    with ExitStack() as stack:
        # The same servers for all sizes: none has to make its log anew, which would slow the first.
        servers = {race: stack.enter_context(start(folder)) for race, start in SERVERS.items() if min(sizes) <= MOST.get(race, max(sizes))}
        for size in sorted(sizes):
            say(f"Making {size:,} transactions …")
            data = Data(folder, size)
            place = Place.new(folder / f"growth-{size}", data, target)
            for race, server in servers.items():
                if size > MOST.get(race, size):
                    continue
                entrant = limosa.entrants(f"sqlite:{data.path}", server.url(), place)[ENTRANT].named(f"{race}/{ENTRANT}")
                points.setdefault(race, []).append(point(data, *run(server, [entrant], runs, say)))
                # Its room is the next one's.
                server.fresh_database()
            data.path.unlink()
        versions = [server.version() for server in servers.values()]
    return {**circumstances(versions, [limosa.program(target)]), "runs": runs, "what": entrant.what, "points": points, "aims": of_growth(points)}


def point(data: Data, result: Result) -> dict:
    def stage(name: str) -> float:
        return round(median(stages[name] for stages in result.stages), 3)

    seconds = median(result.seconds)
    return {
        "transactions": data.transactions,
        "rows": data.rows,
        "median_seconds": round(seconds, 3),
        "seconds": [round(one, 3) for one in result.seconds],
        "copy_seconds": stage(limosa.COPY),
        "comparison_seconds": stage(limosa.COMPARISON),
        "microseconds_per_row": round(1e6 * seconds / data.rows, 3),
        "peak_mb": round(max(result.peak_bytes) / MEBIBYTE, 1),
    }
