"""What a check or a probe has found, handed to the host in few calls."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeVar

from limosa import _host
from limosa.error import Error
from limosa.view import View

BUFFERED_ROWS = 65_536
"""Rows kept before they are handed over, so that no plugin runs out of memory by reporting."""

V = TypeVar("V")


class Findings:
    """Collects findings; the SDK hands them over after each call of the plugin."""

    def __init__(self, host: Any = _host.findings) -> None:
        self._host = host
        self._rows: dict[str, array[int]] = {}
        self._buffered = 0

    def report(self, code: str, rows: int | Iterable[int]) -> None:
        """This row, or these rows, show what the manifest declares under `code`.

        Rows are named by their numbers: `batch.rows`, the first of `column.items()`, what `column.where` answers.
        """
        numbers = iter((rows,) if isinstance(rows, int) else rows)
        try:
            while piece := array("Q", islice(numbers, BUFFERED_ROWS - self._buffered)):
                self._rows.setdefault(code, array("Q")).extend(piece)
                self._buffered += len(piece)
                if self._buffered == BUFFERED_ROWS:
                    self.flush()
        except (OverflowError, TypeError):
            raise Error("a row is named by its number, as the batch gives it") from None

    def judge(self, column: View[V], unreadable: str, judge: Callable[[V], str | None]) -> None:
        """Judges every value of a column: `judge` answers with the code that a value shows, if it shows any.

        Values that do not fit the column's type, which nobody can judge, are reported under `unreadable`.
        """
        for row, value in column.items():
            code = judge(value)
            if code is not None:
                self.report(code, row)
        self.report(unreadable, column.exceptions())

    def count(self, code: str, more: int) -> None:
        """`more` further occurrences that no row stands for."""
        if more < 0:
            raise Error(f"`{code}` cannot be counted {more} times")
        if more:
            self._host.count(code, more)

    def reported(self, code: str) -> list[int]:
        """The rows reported under a code, for tests; empty again once they were handed over."""
        return list(self._rows.get(code, ()))

    def flush(self) -> None:
        """Hands over what was reported. The SDK does so by itself."""
        for code, rows in self._rows.items():
            if rows:
                self._host.report(code, rows.tolist())
        self._rows.clear()
        self._buffered = 0
