"""Stands in for the host, so that a plugin can be tried by Python alone: batches of plain values, and what came out.

    batch = testing.batch([Column("amount", "float")], [[1.5], [None], [testing.EXCEPTION]])
    findings = testing.Findings()
    check.inspect(batch, findings)
    assert findings.reported("unreadable") == [2]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from limosa import bits, layout
from limosa.batch import Batch
from limosa.column import Column, Table
from limosa.findings import Findings as _Findings
from limosa.output import Output

EXCEPTION = object()
"""Stands for a stored value that does not fit its column."""

Row = Sequence[Any]
"""Integers, floats, texts or bytes as the getters give them, None for a null, EXCEPTION."""


class Handle:
    """A batch as the host hands it in."""

    def __init__(self, columns: Sequence[Column], rows: Sequence[Row], first_row: int = 0) -> None:
        self._columns = columns
        self.data = rows
        self._first_row = first_row

    def length(self) -> int:
        return len(self.data)

    def first_row(self) -> int:
        return self._first_row

    def validity(self, column: int) -> bytes | None:
        return self._bits(row[column] is not None for row in self.data)

    def exceptions(self, column: int) -> bytes | None:
        return self._bits(row[column] is EXCEPTION for row in self.data)

    def integers(self, column: int) -> list[int]:
        return self.values(column, 0)

    def floats(self, column: int) -> list[float]:
        return self.values(column, 0.0)

    def decimals(self, column: int) -> bytes:
        return layout.from_fixed_point(self.values(column, 0))

    def bytes(self, column: int) -> tuple[list[int], bytes_]:
        texts = self.values(column, b"")
        return layout.from_blobs([text.encode() if isinstance(text, str) else text for text in texts])

    def values(self, column: int, instead: Any) -> list[Any]:
        """The values of a column, with something in place of nulls and exceptions."""
        values = [row[column] for row in self.data]
        return [instead if value is None or value is EXCEPTION else value for value in values]

    def _bits(self, marks: Any) -> bytes_ | None:
        return bits.bitmap(bytes(marks))


# Inside the classes, `bytes` is a getter or a setter.
bytes_ = bytes


def batch(columns: Sequence[Column], rows: Sequence[Row], first_row: int = 0) -> Batch:
    """A batch of plain values, row by row."""
    return Batch(Handle(columns, rows, first_row), Table("testing", columns))


class Findings(_Findings):
    """Findings that stay here instead of going to a host."""

    def __init__(self) -> None:
        super().__init__(self)
        self.rows: dict[str, list[int]] = {}
        self.counts: dict[str, int] = {}

    def report(self, code: str, rows: Any) -> None:
        """As a plugin calls it."""
        self.rows.setdefault(code, []).extend([rows] if isinstance(rows, int) else rows)

    def count(self, code: str, more: int) -> None:
        """As a plugin calls it."""
        self.counts[code] = self.counts.get(code, 0) + more

    def reported(self, code: str) -> list[int]:
        """The rows reported under a code."""
        return sorted(set(self.rows.get(code, ())))


class Builder:
    """What a transform hands back: a column each, None for a null."""

    def __init__(self, input: Handle) -> None:
        self._input = input
        self._origins: list[int] | None = None
        self._kept: dict[int, int] = {}
        self._columns: dict[int, list[Any]] = {}
        self.refused: dict[str, list[int]] = {}

    def origins(self, rows: list[int]) -> None:
        self._origins = rows

    def keep(self, output: int, input: int) -> None:
        self._kept[output] = input

    def integers(self, output: int, values: list[Any], validity: bytes_ | None) -> None:
        valid = b"\1" * len(values) if validity is None else bits.marks(validity, len(values))
        self._columns[output] = [value if present else None for value, present in zip(values, valid)]

    floats = integers

    def decimals(self, output: int, values: bytes_, validity: bytes_ | None) -> None:
        self.integers(output, layout.fixed_point(values), validity)

    def bytes(self, output: int, offsets: list[int], values: bytes_, validity: bytes_ | None) -> None:
        self.integers(output, layout.blobs(offsets, values), validity)

    def refuse(self, rows: list[int], code: str) -> None:
        self.refused.setdefault(code, []).extend(rows)

    def rows(self) -> list[list[Any]]:
        """The rows of the output."""
        gone = {row for rows in self.refused.values() for row in rows}
        origins = self._origins
        if origins is None:
            origins = [row for row in range(self._input.length()) if row not in gone]
        columns = dict(self._columns)
        for output, input in self._kept.items():
            columns[output] = [self._input.data[row][input] for row in origins]
        ordered = [columns[index] for index in sorted(columns)]
        if any(len(column) != len(origins) for column in ordered):
            raise AssertionError(f"an output column has not {len(origins)} rows, one for each that was not refused")
        return [list(row) for row in zip(*ordered)]


def output(batch: Batch) -> tuple[Output, Builder]:
    """An output for a batch of `batch`, and where it ends up once `output.flush()` was called."""
    builder = Builder(batch._handle)
    return Output(builder, batch.rows), builder


class Targets:
    """Lookups that are answered from plain rows of texts."""

    def __init__(self, targets: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._targets = {name: {tuple(row) for row in rows} for name, rows in targets.items()}

    def exists(self, rows: Handle, columns: list[int], target: str) -> bytes_:
        known = self._targets[target]
        keys = [tuple(row[column] for column in columns) for row in rows.data]
        return bits.bitmap(bytes(None in key or tuple(map(str, key)) in known for key in keys))
