"""Runs the cases of a plugin by Python alone, without building it: `python3 -m limosa.cases FOLDER`.

A case is a file `cases/NAME/case.toml` with columns, rows and what is expected of them. Probes ask an SQLite
database in memory here, and are held to their verdict and counts.
"""

from __future__ import annotations

import math
import re
import sqlite3
import sys
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from limosa import _host, decimals, moments, registration, testing
from limosa.batch import Batch
from limosa.column import Column, Kind, Table
from limosa.plugin import Check, Probe, Transform
from limosa.query import Queries
from limosa.settings import Settings

KINDS = {"check": Check, "probe": Probe, "transform": Transform}
DECIMAL = re.compile(r"decimal\((\d+), *(-?\d+)\)")
PLACE = re.compile(r"\{([a-z-]+)(:present)?\}")
FAMILIES = {int: "integer", float: "float", str: "text", bytes: "bytes"}


class Failed(Exception):
    """A case that did not come out as expected."""


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python3 -m limosa.cases FOLDER", file=sys.stderr)
        return 64
    folder = Path(arguments[0])
    manifest = tomllib.loads((folder / "plugin.toml").read_text())
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True  # nothing but sources stays in a plugin's folder
    plugin = registration.plugin(KINDS[manifest["kind"]])
    failures = 0
    paths = sorted(folder.glob("cases/*/case.toml"))
    for path in paths:
        try:
            run(plugin, manifest, tomllib.loads(path.read_text()))
            print(f"ok      {path.parent.name}")
        except Exception as problem:
            failures += 1
            print(f"FAILED  {path.parent.name}: {type(problem).__name__}: {problem}")
    print(f"{len(paths) - failures} of {len(paths)} cases as expected")
    return 1 if failures or not paths else 0


def run(plugin: Any, manifest: Any, case: Any) -> None:
    declared = manifest.get("settings", {}).items()
    given = {name: setting["default"] for name, setting in declared if "default" in setting} | case.get("settings", {})
    settings = Settings.of({name: text(value) for name, value in given.items()})
    columns = [column(each) for each in case["columns"]]
    rows = [[value(cell, column) for cell, column in zip(row, columns)] for row in case["rows"]]
    runners: dict[str, Any] = {"check": check, "probe": probe, "transform": transform}
    runners[manifest["kind"]](plugin(), manifest, settings, columns, rows, case)


def check(plugin: Check, manifest: Any, settings: Settings, columns: list[Column], rows: Any, case: Any) -> None:
    _host.lookup = testing.Targets(case.get("targets", {}))
    table, findings = Table("case", columns), testing.Findings()
    plugin.open(table, settings)
    # In two batches, so that rows are numbered across them.
    half = max(1, (len(rows) + 1) // 2)
    for first in range(0, len(rows), half):
        plugin.inspect(Batch(testing.Handle(columns, rows[first : first + half], first), table), findings)
    plugin.close(findings)
    found = {code: findings.reported(code) for code in findings.rows if findings.rows[code]}
    expect("findings", found, {code: sorted(rows) for code, rows in case["expect"].get("findings", {}).items()})
    judged(manifest, findings, case)


def transform(
    plugin: Transform, manifest: Any, settings: Settings, columns: list[Column], rows: Any, case: Any
) -> None:
    table, handle = Table("case", columns), testing.Handle(columns, rows)
    outputs = list(plugin.open(table, settings))
    wanted = [column(each) for each in case["expect"]["columns"]]
    expect("columns", [describe(each) for each in outputs], [describe(each) for each in wanted])
    output, builder = testing.output(Batch(handle, table))
    plugin.apply(Batch(handle, table), output)
    output.flush()
    expected = [[value(cell, column) for cell, column in zip(row, wanted)] for row in case["expect"].get("rows", [])]
    found = [[decoded(cell, column) for cell, column in zip(row, outputs)] for row in builder.rows()]
    expect("rows", found, expected)
    refused = {code: sorted(rows) for code, rows in builder.refused.items()}
    expect("refused", refused, {code: sorted(rows) for code, rows in case["expect"].get("refused", {}).items()})


def probe(plugin: Probe, manifest: Any, settings: Settings, columns: list[Column], rows: Any, case: Any) -> None:
    findings = testing.Findings()
    plugin.run(settings, Statements(manifest, columns, rows), findings)
    judged(manifest, findings, case)


class Statements(Queries):
    """Answers the statements of a manifest from an SQLite database in memory with one table of the case's rows."""

    def __init__(self, manifest: Any, columns: list[Column], rows: Any) -> None:
        self._statements = manifest["statements"]
        self._database = sqlite3.connect(":memory:")
        names = [f"column_{place}" for place in range(len(columns))]
        self._database.execute(f"CREATE TABLE records ({', '.join(names)})")
        self._database.executemany(f"INSERT INTO records VALUES ({', '.join('?' * len(names))})", rows)
        self._roles: dict[str, list[str]] = {}
        for name, column in zip(names, columns):
            self._roles.setdefault(column.role, []).append(name)
        self._first_row = 0

    def run(self, statement: str) -> Batch:
        """Runs a statement."""
        texts = self._statements[statement]
        cursor = self._database.execute(PLACE.sub(self._filled, texts.get("sqlite", texts.get("any"))))
        rows = cursor.fetchall()
        names = [description[0] for description in cursor.description]
        columns = [Column(name, family([row[place] for row in rows])) for place, name in enumerate(names)]
        handle = testing.Handle(columns, rows, self._first_row)
        self._first_row += len(rows)
        return Batch(handle, Table(statement, columns))

    def _filled(self, place: re.Match[str]) -> str:
        role, present = place.groups()
        if role == "table":
            return "records"
        if present:
            return " AND ".join(f"{name} IS NOT NULL" for name in self._roles[role])
        return ", ".join(self._roles[role])


def family(values: Sequence[Any]) -> str:
    return next((FAMILIES[type(value)] for value in values if value is not None), "integer")


def judged(manifest: Any, findings: testing.Findings, case: Any) -> None:
    """Holds the verdict and the counts, which include the rows, to what is expected."""
    codes = findings.rows.keys() | findings.counts.keys()
    counts = {code: len(findings.reported(code)) + findings.counts.get(code, 0) for code in codes}
    counts = {code: count for code, count in counts.items() if count}
    if "counts" in case["expect"]:
        expect("counts", counts, case["expect"]["counts"])
    failing = any(manifest["codes"][code]["severity"] == "error" for code in counts)
    if case["expect"]["verdict"] != "inconclusive":
        expect("verdict", "fail" if failing else "warning" if counts else "pass", case["expect"]["verdict"])


def expect(what: str, found: Any, expected: Any) -> None:
    if repr(found) != repr(expected) and found != expected:
        raise Failed(f"{what} are {found!r}, expected {expected!r}")


def text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def column(described: Any) -> Column:
    name, type_name = described["name"], described["type"]
    match = DECIMAL.fullmatch(type_name)
    return Column.decimal(name, int(match[1]), int(match[2])) if match else Column(name, type_name)


def describe(column: Column) -> tuple[str, str, int | None, int | None]:
    return column.role, str(column.type_name), column.precision, column.scale


def value(cell: Any, column: Column) -> Any:
    """A value of a case as a getter gives it."""
    if isinstance(cell, dict):
        return None if "null" in cell else testing.EXCEPTION
    if column.is_fixed_point:
        return decimals.from_text(cell, column.precision or 0, column.scale or 0)
    if column.kind is Kind.DATE:
        return moments.from_date(date.fromisoformat(cell))
    if column.kind is Kind.BYTES:
        return bytes.fromhex(cell)
    if column.kind is Kind.FLOAT:
        return math.nan if cell != cell else float(cell)
    return int(cell) if isinstance(cell, bool) else cell


def decoded(cell: Any, column: Column) -> Any:
    textual = column.kind is not Kind.BYTES and isinstance(cell, bytes)
    return cell.decode() if textual else cell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
