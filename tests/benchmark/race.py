"""The race: every entrant in turn, round after round, each on a fresh database."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from data import SUMS, Data, sums
from failed import Failed
from server import Server


@dataclass
class Entrant:
    """A command that moves the rows of `data` into an empty database."""

    what: str
    data: Data
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    # Of Limosa and the yardsticks wrong rows are a failure; of others they are a remark.
    trusted: bool = True
    # What an earlier run left, if anything.
    remove: Path | None = None
    # Takes the seconds of each stage from what the command prints.
    read: Callable[[str], dict[str, float]] | None = None
    name: str = ""

    def named(self, name: str) -> "Entrant":
        return replace(self, name=name)


@dataclass
class Result:
    """What the runs of an entrant came to."""

    entrant: Entrant
    seconds: list[float] = field(default_factory=list)
    # Of processor time, without the server's: steadier than the clock where others compute at the same time.
    cpu_seconds: list[float] = field(default_factory=list)
    peak_bytes: list[int] = field(default_factory=list)
    stages: list[dict[str, float]] = field(default_factory=list)
    remarks: set[str] = field(default_factory=set)


def run(server: Server, entrants: list[Entrant], runs: int, say: Callable[[str], None]) -> list[Result]:
    """All rounds of all entrants. The servers and the page cache are warm for nobody in particular: who begins, changes."""
    results = [Result(entrant) for entrant in entrants]
    for number in range(runs):
        first = number % len(results)
        for result in results[first:] + results[:first]:
            run_once(server, result)
            load = os.getloadavg()[0]
            say(f"  {number + 1}/{runs}  {result.entrant.name:<26} {result.seconds[-1]:7.2f} s   load {load:.1f}")
    return results


def run_once(server: Server, result: Result) -> None:
    entrant = result.entrant
    if entrant.remove is not None:
        shutil.rmtree(entrant.remove, ignore_errors=True)
    server.fresh_database()
    output = server.folder.parent / "output"
    with output.open("wb+") as file, output.with_suffix(".errors").open("wb+") as errors:
        start = time.monotonic()
        process = subprocess.Popen(
            entrant.command, env={**os.environ, **entrant.environment}, cwd=server.folder.parent,
            stdin=subprocess.DEVNULL, stdout=file, stderr=errors,
        )
        # The peak of the command and of what it started and waited for. Never below that of this script, from which it was forked.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    printed = output.read_text(errors="replace")
    complaint = output.with_suffix(".errors").read_text(errors="replace") or printed
    problem = None if process.returncode == 0 else f"exit status {process.returncode}: {complaint[-2000:]}"
    problem = problem or difference(server, entrant.data)
    if problem is not None:
        if entrant.trusted:
            raise Failed(f"{entrant.name}: {problem}")
        result.remarks.add(problem)
    if entrant.read is not None:
        result.stages.append(entrant.read(printed))
    result.seconds.append(seconds)
    result.cpu_seconds.append(usage.ru_utime + usage.ru_stime)
    result.peak_bytes.append(usage.ru_maxrss * 1024)


def difference(server: Server, data: Data) -> str | None:
    """What the target does not hold as the source does."""
    for table in SUMS:
        try:
            answer = server.query(sums(table, server.WORDS))
        except Failed as failure:
            return f"table {table} cannot be summed up: {failure}"
        found = ["NULL" if number in ("", "NULL") else round(float(number)) for number in answer.split("\t")]
        for (word, column), expected, number in zip(SUMS[table], data.sums[table], found, strict=True):
            if number != expected:
                return f"table {table}: {word} of {column} is {number}, not {expected}"
    if server.unique_indexes() != 3:
        return f"{server.unique_indexes()} unique indexes instead of 3"
    return None
