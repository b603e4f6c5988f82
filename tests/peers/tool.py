"""How a migration tool is run: its command, its version, and what it printed."""

import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from case import Case, Insert, Key, Names
from database import Database

# Every input has a handful of rows: whoever needs longer hangs.
SECONDS = 60
# What the tool is called that all this is about.
OURS = "Limosa"


@dataclass(frozen=True)
class Tool:
    """`command` makes the arguments for a source, a target, a case, and a folder that is new each time."""

    name: str
    # Empty: that of the tool before it, run in another way.
    version: str
    # Of engines: (source, target).
    directions: frozenset[tuple[str, str]]
    command: Callable[[Database, Database, Case, Path], list[str]]
    environment: dict[str, str] = field(default_factory=dict)
    # What it sets out to carry besides rows; nobody is blamed for the rest.
    carries: tuple[type, ...] = (Key, Names, Insert)
    # Exit statuses that say that all is done.
    done: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Run:
    """What a tool left behind besides the target."""

    # None: it did not end in time.
    status: int | None
    done: bool
    output: str


def run(tool: Tool, source: Database, target: Database, case: Case, folder: Path) -> Run:
    """Runs the tool in an empty folder, which is its home too, so that nothing of one run reaches the next."""
    folder.mkdir()
    environment = {**os.environ, "HOME": str(folder), "TZ": "UTC", "NO_COLOR": "1", **tool.environment}
    process = subprocess.Popen(
        tool.command(source, target, case, folder), cwd=folder, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        # With whatever it started itself: the group has the number of its first process.
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return Run(None, False, output.decode(errors="replace"))
    return Run(process.returncode, process.returncode in tool.done, output.decode(errors="replace"))
