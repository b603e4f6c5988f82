"""Dates, times and timestamps: from the whole numbers of a column to Python's and back.

Python's dates go from the year 1 to 9999, and its times end before 24:00. Databases hold more. What is outside
raises OverflowError or ValueError, which ends the run; compare the numbers themselves where that may happen.
"""

from datetime import date, datetime, time, timedelta

EPOCH_DAY = date(1970, 1, 1).toordinal()
EPOCH = datetime(1970, 1, 1)
MICROSECOND = timedelta(microseconds=1)
MIDNIGHT = datetime.min


def to_date(days: int) -> date:
    """The date that is so many days after 1970-01-01."""
    return date.fromordinal(EPOCH_DAY + days)


def from_date(value: date) -> int:
    """Days since 1970-01-01."""
    return value.toordinal() - EPOCH_DAY


def to_time(microseconds: int) -> time:
    """The time that is so many microseconds after midnight."""
    moment = MIDNIGHT + microseconds * MICROSECOND
    if moment.date() != MIDNIGHT.date():
        raise OverflowError(f"{microseconds} microseconds are more than a day")
    return moment.time()


def from_time(value: time) -> int:
    """Microseconds since midnight."""
    return (datetime.combine(MIDNIGHT, value.replace(tzinfo=None)) - MIDNIGHT) // MICROSECOND


def to_timestamp(microseconds: int) -> datetime:
    """The moment that is so many microseconds after 1970-01-01; without a zone, in the column's own."""
    return EPOCH + microseconds * MICROSECOND


def from_timestamp(value: datetime) -> int:
    """Microseconds since 1970-01-01; a zone is not looked at."""
    return (value.replace(tzinfo=None) - EPOCH) // MICROSECOND
