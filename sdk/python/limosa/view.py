"""One column with its nulls and its exceptions."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator
from itertools import compress, repeat
from typing import Any, Generic, TypeVar

from limosa import bits

V = TypeVar("V")
T = TypeVar("T")


class View(Generic[V]):
    """A column of a batch. Make one from plain values to test: `View.of([1, None, 3])`.

    A row holds a value, or a null, or an *exception*: a stored value that does not fit the column's type
    (text in a number column of SQLite, MySQL's day zero). An exception is no null, and not readable.

    `below`, `above`, `not_numbers` and `where` run compiled: use them where a rule is a comparison, and a loop where it is more.
    """

    __slots__ = ("values", "rows", "_valid", "_exceptional", "_readable")

    values: list[V]
    """All values as they lie, whatever nulls and exceptions say: those read as something of no meaning."""
    rows: range
    """The numbers of its rows, as the host knows them."""

    def __init__(
        self,
        values: list[V],
        validity: bytes | None = None,
        exceptions: bytes | None = None,
        first_row: int = 0,
    ) -> None:
        """Puts a column together from values and bitmaps; a bitmap that is too short raises ValueError."""
        length = len(values)
        self.values = values
        self.rows = range(first_row, first_row + length)
        self._valid = None if validity is None else bits.marks(validity, length)
        self._exceptional = None if exceptions is None else bits.marks(exceptions, length)
        self._readable = self._valid
        if self._exceptional is not None:
            fitting = bits.opposite(self._exceptional)
            self._readable = fitting if self._valid is None else bits.both(self._valid, fitting)

    @classmethod
    def of(cls, values: Iterable[V | None], exceptions: Iterable[int] = (), first_row: int = 0) -> View[V]:
        """A column of plain values, None for a null; `exceptions` are places, counted from 0. For tests."""
        plain: list[Any] = list(values)
        valid = bytes(value is not None for value in plain)
        exceptional = bytearray(len(plain))
        for place in exceptions:
            exceptional[place] = 1
        # The host has something of the column's type there as well.
        filler = next((value for value in plain if value is not None), None)
        plain = [filler if value is None else value for value in plain]
        return cls(plain, bits.bitmap(valid), bits.bitmap(bytes(exceptional)), first_row)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, place: int) -> V | None:
        """The value at a place, counted from 0: None for a null or an exception."""
        value = self.values[place]
        return value if self._readable is None or self._readable[place] else None

    def __iter__(self) -> Iterator[V | None]:
        """Row by row: the value, None for a null or an exception."""
        if self._readable is None:
            return iter(self.values)
        return (value if readable else None for value, readable in zip(self.values, self._readable))

    def items(self) -> Iterator[tuple[int, V]]:
        """The number and the value of each row that holds a value."""
        return zip(self._chosen(self.rows), self._chosen(self.values))

    def present(self) -> list[V]:
        """The values alone, without nulls and exceptions."""
        return list(self._chosen(self.values))

    def nulls(self) -> list[int]:
        """The rows that hold a null."""
        if self._valid is None:
            return []
        null = bits.opposite(self._valid)
        if self._exceptional is not None:
            null = bits.both(null, bits.opposite(self._exceptional))
        return list(compress(self.rows, null))

    def exceptions(self) -> list[int]:
        """The rows that hold a value which does not fit the column's type."""
        return [] if self._exceptional is None else list(compress(self.rows, self._exceptional))

    def where(self, marks: Iterable[object]) -> list[int]:
        """The rows that hold a value and whose mark is true; one mark a row, made of `values`.

        `amounts.where(map(math.isnan, amounts.values))`
        """
        return list(compress(self._chosen(self.rows), self._chosen(marks)))

    def below(self, limit: V) -> list[int]:
        """The rows whose value is less than the limit."""
        values: list[Any] = self.values
        # Seldom is one: the least of all says so at a fraction of the cost. It is NaN, and says nothing, if the first one is.
        if self._is_empty() or min(values) >= limit:
            return []
        return self._compared(operator.lt, limit)

    def above(self, limit: V) -> list[int]:
        """The rows whose value is greater than the limit."""
        values: list[Any] = self.values
        if self._is_empty() or max(values) <= limit:
            return []
        return self._compared(operator.gt, limit)

    def not_numbers(self: View[float]) -> list[int]:
        """The rows whose value is NaN, which is neither less nor greater than anything."""
        # A sum with one is one. A sum without may be one too, of infinities: then each value is asked.
        if self._is_empty() or not math.isnan(sum(self.values)):
            return []
        return self.where(map(math.isnan, self.values))

    def _is_empty(self) -> bool:
        """Whether no row holds a value."""
        return not self.values if self._readable is None else 1 not in self._readable

    def _compared(self, operation: Callable[[Any, Any], object], limit: V) -> list[int]:
        return self.where(map(operation, self.values, repeat(limit)))

    def _chosen(self, items: Iterable[T]) -> Iterator[T]:
        return iter(items) if self._readable is None else compress(items, self._readable)


Integers = View[int]
"""Booleans (0, 1), integers, dates (days), times and timestamps (microseconds)."""
Floats = View[float]
Decimals = View[int]
"""Decimals, × 10^scale of the column."""
Texts = View[str]
"""Text, UUIDs, JSON, and decimals that are wider than 38 digits."""
Bytes = View[bytes]
