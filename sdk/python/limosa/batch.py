"""A run of rows, read column by column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from limosa import _host, layout
from limosa.column import Column, Kind, Table
from limosa.error import Error
from limosa.lookup import Lookup
from limosa.view import Bytes, Decimals, Floats, Integers, Texts, View

INTEGRAL = {Kind.BOOLEAN, Kind.INTEGER, Kind.DATE, Kind.TIME, Kind.TIMESTAMP}
TEXTUAL = {Kind.TEXT, Kind.UUID, Kind.JSON, Kind.OTHER}

V = TypeVar("V")


class Batch:
    """Rows that the host holds. Nothing crosses until a column is asked for.

    A column is named by its index or by its role; a role of several columns means the first.
    """

    table: Table
    """The columns, and what table they are of."""
    rows: range
    """The numbers of the rows, as the host knows them. A check of scope `table` may keep numbers until `close`."""

    def __init__(self, handle: Any, table: Table) -> None:
        self._handle = handle
        self.table = table
        first = handle.first_row()
        self.rows = range(first, first + handle.length())

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def first_row(self) -> int:
        """The number of the first row."""
        return self.rows.start

    def integers(self, column: int | str) -> Integers:
        """Booleans (0, 1), integers, dates (days), times and timestamps (microseconds)."""
        index = self._index(column, "integers", lambda column: column.kind in INTEGRAL)
        return self._view(index, self._handle.integers(index))

    def floats(self, column: int | str) -> Floats:
        """Floats."""
        index = self._index(column, "floats", lambda column: column.kind is Kind.FLOAT)
        return self._view(index, self._handle.floats(index))

    def decimals(self, column: int | str) -> Decimals:
        """Decimals of at most 38 digits as whole numbers: × 10^scale of the column."""
        index = self._index(column, "decimals of at most 38 digits", lambda column: column.is_fixed_point)
        return self._view(index, layout.fixed_point(self._handle.decimals(index)))

    def texts(self, column: int | str) -> Texts:
        """Text, UUIDs, JSON; wider or unbounded decimals; types that this SDK does not know."""
        index = self._index(column, "text", is_textual)
        return self._pieces(index, layout.texts)

    def bytes(self, column: int | str) -> Bytes:
        """Bytes, or the bytes of a text."""
        index = self._index(column, "bytes", lambda column: column.kind in {Kind.BYTES} | TEXTUAL)
        return self._pieces(index, layout.blobs)

    def presence(self, column: int | str) -> View[None]:
        """Which rows are null or exceptions, without a value: for columns of any type."""
        index = self.table.index(column)
        return self._view(index, [None] * len(self))

    def lookup(self, columns: Sequence[int | str], target: str) -> Lookup:
        """Which rows' values of `columns` exist in the target that the configuration binds to `target`."""
        indices = [self.table.index(column) for column in columns]
        return Lookup(_host.lookup.exists(self._handle, indices, target), self.rows)

    def _index(self, column: int | str, wanted: str, fits: Callable[[Column], bool]) -> int:
        index = self.table.index(column)
        found = self.table.columns[index]
        if not fits(found):
            raise Error(f"column {index} is {found.type_name} (role `{found.role}`), not {wanted}")
        return index

    def _pieces(self, index: int, read: Callable[[list[int], Any], list[V]]) -> View[V]:
        offsets, data = self._handle.bytes(index)
        try:
            return self._view(index, read(offsets, data))
        except UnicodeDecodeError:
            raise Error(f"column {index} is damaged: its text is not UTF-8") from None
        except ValueError as problem:
            raise Error(f"column {index} is damaged: {problem}") from None

    def _view(self, index: int, values: list[V]) -> View[V]:
        if len(values) != len(self):
            raise Error(f"column {index} is damaged: it has not as many rows as its batch")
        validity, exceptions = self._handle.validity(index), self._handle.exceptions(index)
        return View(values, validity, exceptions, self.first_row)


def is_textual(column: Column) -> bool:
    """Whether a column is read by `texts`."""
    wide = column.kind is Kind.DECIMAL and not column.is_fixed_point
    return wide or column.kind in TEXTUAL
