"""The same check in four languages: the same findings on as many rows, how fast each is, how it starts; and a hundred instances at once."""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import median

import limosa
from aims import aim
from failed import Failed
from machine import circumstances
from measure import MEBIBYTE

CHECKOUT = Path(__file__).resolve().parents[2]
NAME = "negative-amounts"
# Rows a second of one numeric column, at least; in millions.
LEAST_MILLIONS = {"rust": 150.0, "c": 150.0, "javascript": 5.0, "python": 5.0}
MOST_TIMES_NATIVE = {"rust": 3.0, "c": 3.0}
INSTANCES = 100
INSTANCES_MB = 1024.0
# An interpreter is slower: as many rows as take a second or so.
BENCH_ROWS = {"rust": 200_000_000, "c": 200_000_000, "javascript": 10_000_000, "python": 10_000_000}


def measure(folder: Path, rows: int, runs: int, target: Path, say: Callable[[str], None]) -> dict:
    """The whole document."""
    program = limosa.program(target)
    # As tests/prepare leaves them.
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    environment = {"LIMOSA_TOOLS": str(cache / "limosa" / "tools")} | os.environ
    database = folder / "amounts.sqlite"
    make(database, rows)
    languages, findings = {}, {}
    for language in LEAST_MILLIONS:
        component = built(program, language, folder, target, environment)
        say(f"{language}: {component.stat().st_size:,} bytes")
        findings[language] = found(program, component, database, folder / language)
        command = [program, "plugin", "bench", str(component), "--type=amount=float", "--rows", str(BENCH_ROWS[language]), "--format=json"]
        measured = [json.loads(run(command, environment)) for _ in range(runs)]
        languages[language] = {
            "bytes": component.stat().st_size,
            "millions_per_second": round(median(one["rows_per_second"] for one in measured) / 1e6, 2),
            "times_native": round(median(one["times_native"] for one in measured), 2),
            "fuel_per_row": round(measured[0]["fuel_per_row"], 1),
            "peak_memory_mib": round(max(one["usage"]["peak_memory_bytes"] for one in measured) / MEBIBYTE, 2),
            **{f"{start}_milliseconds": round(1e3 * median(one[f"{start}_seconds"] for one in measured), 3) for start in ("cold_start", "warm_start", "session_start")},
        }
        say(f"  {languages[language]}")
    for language, of_language in findings.items():
        if of_language != findings["rust"]:
            raise Failed(f"{language} does not find what Rust finds")
    peak = crowd(program, database, folder)
    say(f"{INSTANCES} instances at once: {peak:.0f} MB")
    return {
        **circumstances([], [program]),
        "runs": runs,
        "rows": rows,
        "findings": len(findings["rust"]),
        "languages": languages,
        "instances": {"count": INSTANCES, "peak_mb": round(peak, 1)},
        "aims": aims_of(languages, peak),
    }


def make(path: Path, rows: int) -> None:
    """Amounts of which one in 97 is below zero, one in 1,009 is null, and one in 10,007 a text."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE amounts (id INTEGER PRIMARY KEY, amount REAL)")

        def amount(row: int) -> float | str | None:
            if row % 1_009 == 0:
                return None
            if row % 10_007 == 0:
                return "much"
            return (row * 37 % 100_000 + 1) / (-100 if row % 97 == 0 else 100)

        connection.executemany("INSERT INTO amounts VALUES (?, ?)", ((row, amount(row)) for row in range(1, rows + 1)))
    connection.close()


def built(program: str, language: str, folder: Path, target: Path, environment: dict[str, str]) -> Path:
    """The component of the first-party plugin, or of the example of its language."""
    if language == "rust":
        return target / "plugins" / f"{NAME}.wasm"
    project = folder / language / NAME
    shutil.copytree(CHECKOUT / "sdk" / language / "example" / NAME, project)
    run([program, "plugin", "build", str(project)], environment)
    return project / f"{NAME}.wasm"


def found(program: str, component: Path, database: Path, folder: Path) -> list:
    """Every row that the check names, by code."""
    folder.mkdir(exist_ok=True)
    log = folder / "found.jsonl"
    digest = json.loads(run([program, "plugin", "inspect", str(component), "--format=json"]))["digest"]
    # The one of this name inside the program makes room.
    run([program, "plugin", "remove", NAME], folder=folder)
    run([program, "plugin", "install", str(component), "--bind", "amounts.amount", "--sha256", digest, "--reason", "a race"], folder=folder)
    run([program, "check", f"sqlite:{database}", "--check", f"{NAME}:amounts.amount", "--findings", str(log)], folder=folder, codes=(0, 1, 2))
    rows = log.read_text().splitlines()
    if len(rows) < 2:
        raise Failed(f"{component} found nothing")
    return sorted(rows)


def crowd(program: str, database: Path, folder: Path) -> float:
    """The peak of a process with so many instances of the Rust plugin at once, each with a setting of its own; in MB."""
    checks = [part for number in range(INSTANCES) for part in ("--check", f"{NAME}:amounts.amount?minimum=-{number}")]
    command = ["/usr/bin/env", "python3", "-c", CHILD, program, "check", f"sqlite:{database}", *checks, "--format=json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    peak, _, output = done.stdout.partition("\n")
    verdicts = [check["verdict"] for check in json.loads(output)["checks"]]
    if len(verdicts) != INSTANCES or "inconclusive" in verdicts:
        raise Failed(f"not all of {INSTANCES} checks came to an end: {verdicts}")
    return int(peak) / 1024


# The peak of a child is only told to its parent.
CHILD = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
print(done.stdout)
sys.stderr.write(done.stderr)
"""


def run(command: list[str], environment: dict[str, str] | None = None, folder: Path | None = None, codes: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        raise Failed(f"{' '.join(command[:4])} … ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def aims_of(languages: dict[str, dict], peak: float) -> list[dict]:
    found = []
    for language, least in LEAST_MILLIONS.items():
        value = languages[language]["millions_per_second"]
        found.append(aim(f"{language}: at least {least:g} million rows a second", f"{value} million", value >= least))
    for language, most in MOST_TIMES_NATIVE.items():
        value = languages[language]["times_native"]
        found.append(aim(f"{language}: at most {most:g} × the native loop", f"{value} ×", value <= most))
    found.append(aim(f"{INSTANCES} instances at once within {INSTANCES_MB:.0f} MB", f"{peak:.0f} MB", peak <= INSTANCES_MB))
    return found
