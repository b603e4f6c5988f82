"""The race: every entrant in turn, round after round, each on a fresh database."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import shorten

from data import Data
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
    # Exit statuses that mean that the rows arrived.
    succeeds_with: tuple[int, ...] = (0,)
    # Why it cannot be run at all, if so.
    missing: str = ""
    name: str = ""

    def named(self, name: str) -> "Entrant":
        return replace(self, name=name)


@dataclass
class Field:
    """Those that are ready to run, and where to."""

    server: Server
    entrants: list[Entrant]
    versions: list[str]


@dataclass
class Result:
    """What the runs of an entrant came to; those that ended in a failure are not among the figures."""

    entrant: Entrant
    seconds: list[float] = field(default_factory=list)
    # Of processor time, without the server's: steadier than the clock where others compute at the same time.
    cpu_seconds: list[float] = field(default_factory=list)
    peak_bytes: list[int] = field(default_factory=list)
    stages: list[dict[str, float]] = field(default_factory=list)
    failures: int = 0
    # Of runs that ended well, the rows were not the source's.
    is_wrong: bool = False
    remarks: set[str] = field(default_factory=set)


def run(server: Server, entrants: list[Entrant], runs: int, say: Callable[[str], None]) -> list[Result]:
    """All rounds of all entrants. The servers and the page cache are warm for nobody in particular: who begins, changes."""
    results = [Result(entrant) for entrant in entrants]
    for number in range(runs):
        first = number % len(results)
        for result in results[first:] + results[:first]:
            before = len(result.seconds)
            run_once(server, result)
            time_taken = f"{result.seconds[-1]:7.2f} s" if len(result.seconds) > before else "   failed"
            say(f"  {number + 1}/{runs}  {result.entrant.name:<36} {time_taken}   load {os.getloadavg()[0]:.1f}")
    return results


def run_once(server: Server, result: Result) -> None:
    entrant = result.entrant
    if entrant.remove is not None:
        shutil.rmtree(entrant.remove, ignore_errors=True)
    server.fresh_database()
    try:
        finished = execute(entrant, server.folder.parent)
    except Failed as failure:
        result.failures += 1
        object_to(result, str(failure))
        return
    problem = server.difference(entrant.data)
    if problem is not None:
        result.is_wrong = True
        object_to(result, problem)
    if entrant.read is not None:
        result.stages.append(entrant.read(finished.printed))
    result.seconds.append(finished.seconds)
    result.cpu_seconds.append(finished.cpu_seconds)
    result.peak_bytes.append(finished.peak_bytes)


@dataclass
class Finished:
    """A command that ended well."""

    printed: str
    seconds: float
    cpu_seconds: float
    # Of the largest of its processes. Never below that of this script, from which it was forked.
    peak_bytes: int


def execute(entrant: Entrant, folder: Path) -> Finished:
    if entrant.missing:
        raise Failed(entrant.missing)
    output, errors = folder / "output", folder / "errors"
    with output.open("wb") as to_output, errors.open("wb") as to_errors:
        start = time.monotonic()
        try:
            process = subprocess.Popen(
                entrant.command, env={**os.environ, **entrant.environment}, cwd=folder,
                stdin=subprocess.DEVNULL, stdout=to_output, stderr=to_errors,
            )
        except OSError as error:
            raise Failed(f"{Path(entrant.command[0]).name} cannot be run: {error.strerror}") from None
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    printed = output.read_text(errors="replace")
    if process.returncode not in entrant.succeeds_with:
        complaint = errors.read_text(errors="replace") or printed
        raise Failed(f"exit status {process.returncode}: {complaint.strip()[:2000]}")
    return Finished(printed, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def object_to(result: Result, problem: str) -> None:
    """Stops the benchmark if the entrant has to be right; remembers the problem otherwise."""
    if result.entrant.trusted:
        raise Failed(f"{result.entrant.name}: {problem}")
    # Some tools print pages; what went wrong stands first.
    result.remarks.add(shorten(problem, 400, placeholder=" …"))
