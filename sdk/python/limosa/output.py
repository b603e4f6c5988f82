"""The rows that a transform hands back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from limosa import bits, layout
from limosa.error import Error
from limosa.view import View

V = TypeVar("V")


class Output:
    """Collects the rows that replace one batch.

    Without `origins`, a column has one row for each row of the batch that was not refused. Values are given row by
    row, None for a null; a View is such a row of values.
    """

    def __init__(self, builder: Any, rows: range) -> None:
        self._builder = builder
        self._rows = rows
        self._refused: dict[str, list[int]] = {}

    def origins(self, rows: Iterable[int]) -> None:
        """Which row each row of the output comes from, by number; ascending."""
        self._builder.origins([self._place(row) for row in rows])

    def keep(self, output: int, input: int) -> None:
        """The column `output` is the column `input` of the batch, untouched; its values never cross."""
        self._builder.keep(output, input)

    def integers(self, column: int, values: Iterable[int | None]) -> None:
        """Booleans, integers, dates (days), times and timestamps (microseconds)."""
        plain, validity = split(values, 0)
        self._builder.integers(column, plain, validity)

    def floats(self, column: int, values: Iterable[float | None]) -> None:
        """Floats."""
        plain, validity = split(values, 0.0)
        self._builder.floats(column, plain, validity)

    def decimals(self, column: int, values: Iterable[int | None]) -> None:
        """Decimals of at most 38 digits as whole numbers: × 10^scale of the output column."""
        plain, validity = split(values, 0)
        self._builder.decimals(column, layout.from_fixed_point(plain), validity)

    def texts(self, column: int, values: Iterable[str | None]) -> None:
        """Text, UUIDs, JSON, decimals over 38 digits."""
        plain, validity = split(values, "")
        self._builder.bytes(column, *layout.from_blobs(list(map(str.encode, plain))), validity)

    def bytes(self, column: int, values: Iterable[bytes_ | None]) -> None:
        """Bytes."""
        plain, validity = split(values, b"")
        self._builder.bytes(column, *layout.from_blobs(plain), validity)

    def refuse(self, code: str, rows: int | Iterable[int]) -> None:
        """This row, or these rows, cannot be carried, for the reason that the manifest declares under `code`."""
        numbers = (rows,) if isinstance(rows, int) else rows
        self._refused.setdefault(str(code), []).extend(map(self._place, numbers))

    def flush(self) -> None:
        """Hands over what was refused. The SDK does so by itself."""
        for code, places in self._refused.items():
            if places:
                self._builder.refuse(places, code)
        self._refused.clear()

    def _place(self, row: int) -> int:
        try:
            return self._rows.index(row)
        except ValueError:
            raise Error("a row is named by its number, as the batch gives it") from None


# Inside the class, `bytes` is the setter.
bytes_ = bytes


def split(values: Iterable[V | None], instead: V) -> tuple[list[V], bytes | None]:
    """The values with something in place of nulls, and the bitmap of those that are none, if there are nulls."""
    if isinstance(values, View) and values.exceptions():
        raise Error("a value that does not fit its column cannot be handed back: refuse its row")
    plain = list(values)
    valid = bytes([value is not None for value in plain])
    if all(valid):
        return plain, None  # type: ignore[return-value]
    return [instead if value is None else value for value in plain], bits.bitmap(valid)
