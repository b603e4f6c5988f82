"""Finds amounts below a minimum, compared exactly."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from limosa import Batch, Check, Column, Findings, Kind, Settings, Table, View, decimals

AMOUNT = "amount"

NEGATIVE = "negative"
NOT_A_NUMBER = "not-a-number"
UNREADABLE = "unreadable"

Finder = Callable[[Batch, Findings], View[Any]]
"""Reports the amounts of a batch, and answers with their column."""


class NegativeAmounts(Check):
    """Compares in the form that the column's values have: one comparison a row, no rounding."""

    def open(self, table: Table, settings: Settings) -> None:
        self.find = finder(table[AMOUNT], settings.number("minimum"))

    def inspect(self, batch: Batch, findings: Findings) -> None:
        amounts = self.find(batch, findings)
        findings.report(UNREADABLE, amounts.exceptions())


def finder(column: Column, minimum: Decimal) -> Finder:
    """What finds amounts below the minimum in such a column."""
    if column.kind is Kind.INTEGER:
        return whole_numbers(Batch.integers, decimals.ceiling(minimum, 0))
    if column.kind is Kind.FLOAT:
        # The float nearest to it: a stored 0.3 is not below 0.3, though both stand for a little less.
        return floats(float(minimum))
    if column.is_fixed_point:
        return whole_numbers(Batch.decimals, decimals.ceiling(minimum, column.scale or 0))
    return texts(minimum)


def whole_numbers(read: Callable[[Batch, str], View[int]], least: int) -> Finder:
    """`least` is the smallest whole number, of the column's scale, that is not below the minimum."""

    def find(batch: Batch, findings: Findings) -> View[Any]:
        amounts = read(batch, AMOUNT)
        findings.report(NEGATIVE, amounts.below(least))
        return amounts

    return find


def floats(least: float) -> Finder:
    def find(batch: Batch, findings: Findings) -> View[Any]:
        amounts = batch.floats(AMOUNT)
        findings.report(NEGATIVE, amounts.below(least))
        findings.report(NOT_A_NUMBER, amounts.not_numbers())
        return amounts

    return find


def texts(minimum: Decimal) -> Finder:
    """For decimals too wide for 16 bytes: those come as text."""

    def judge(amount: str) -> str | None:
        number = decimals.parse(amount)
        if number is not None:
            return NEGATIVE if number < minimum else None
        return NOT_A_NUMBER if amount.lower() == "nan" else UNREADABLE

    def find(batch: Batch, findings: Findings) -> View[Any]:
        amounts = batch.texts(AMOUNT)
        findings.judge(amounts, UNREADABLE, judge)
        return amounts

    return find
