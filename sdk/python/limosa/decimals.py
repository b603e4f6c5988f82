"""Decimals out of text and floats, exactly or not at all.

Python's `Decimal` holds any number that is written, but its arithmetic rounds to 28 digits unless told otherwise.
What is here never rounds. Comparing two `Decimal`s is exact too.
"""

import re
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_CEILING, ROUND_DOWN, Context, Decimal, InvalidOperation
from enum import StrEnum

MOST_DIGITS = 38
"""Digits that 16 bytes surely hold."""
BEYOND: int = 10 ** (MOST_DIGITS + 1)
"""More than 16 bytes hold."""

NUMBER = re.compile(r"[+-]?([0-9]+(?:\.[0-9]+)?)(?:[eE][+-]?[0-9]+)?")
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


class Misfit(StrEnum):
    """Why a number is no decimal of the wanted precision and scale."""

    NOT_A_NUMBER = "not-a-number"
    """Not `[+-]digits[.digits][e[+-]digits]`, or NaN or infinite."""
    INEXACT = "inexact"
    """It has more digits after the point."""
    OUT_OF_RANGE = "out-of-range"
    """It has more digits before the point."""


def parse(text: str) -> Decimal | None:
    """Reads `[+-]digits[.digits][e[+-]digits]` and nothing else: no space, no `.5`, no `inf`.

    An exponent that Python cannot hold (beyond ±425,000,000 inside a component) is no number either.
    """
    match = NUMBER.fullmatch(text)
    if match is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal() if not match[1].strip("0.") else None


def number(unscaled: int, scale: int) -> Decimal:
    """The number that a decimal column's whole number stands for: unscaled × 10^-scale."""
    return Decimal(unscaled).scaleb(-scale, EXACT)


def unscaled(value: Decimal, precision: int, scale: int) -> int | Misfit:
    """The number × 10^scale, if it is a whole number of at most `precision` (38) digits."""
    if not value.is_finite():
        return Misfit.NOT_A_NUMBER
    if not value:
        return 0
    if value.adjusted() + scale >= min(precision, MOST_DIGITS):
        return Misfit.OUT_OF_RANGE
    shifted = value.scaleb(scale, EXACT)
    whole = shifted.to_integral_value(ROUND_DOWN)
    return int(whole) if whole == shifted else Misfit.INEXACT


def ceiling(value: Decimal, scale: int) -> int:
    """The smallest whole number that is not below the number × 10^scale; ±10^39 where that is further out.

    So `amount < ceiling(limit, scale)` says exactly whether a decimal of that scale is below the limit.
    """
    if value and value.adjusted() + scale > MOST_DIGITS:
        return BEYOND if value > 0 else -BEYOND
    return int(value.scaleb(scale, EXACT).to_integral_value(ROUND_CEILING))


def from_text(text: str, precision: int, scale: int) -> int | Misfit:
    """The decimal that a text writes, × 10^scale, if it has at most `precision` digits, `scale` after the point."""
    value = parse(text)
    return Misfit.NOT_A_NUMBER if value is None else unscaled(value, precision, scale)


def from_float(value: float, precision: int, scale: int) -> int | Misfit:
    """The shortest decimal that names a float (what prints as `0.1` is 0.1), × 10^scale, if it fits."""
    return unscaled(Decimal(repr(value)), precision, scale)


def rescale(value: int, scale: int, precision: int, to_scale: int) -> int | Misfit:
    """A decimal of one scale in another precision and scale, if it fits; integers have scale 0."""
    return unscaled(number(value, scale), precision, to_scale)
