"""What all three engines are asked for: an empty database, a script run in it, and everything that lies in it afterwards, byte for byte."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Cell:
    """A value as the engine stores it: its type, and its text or bytes. No bytes at all: NULL."""

    type: str
    raw: bytes | None


@dataclass
class Table:
    """A table as found, its rows in no order."""

    name: str
    columns: list[str]
    rows: list[list[Cell]]
    # Columns of the primary key in its order; none if there is no such key.
    key: tuple[str, ...]
    # What the engine needs before the name, if anything.
    schema: str = ""


class Database(Protocol):
    """One engine, with one database that can be made anew."""

    name: str
    title: str

    def fresh(self) -> None:
        """Leaves nothing of what was there."""

    def url(self) -> str:
        """As Limosa and most others write it."""

    def run(self, script: str) -> None:
        """Runs statements; `Failed` if one of them is refused."""

    def answer(self, statement: str) -> str | None:
        """The first value that the statement answers, as text; None if there is no row, or NULL."""

    def tables(self) -> list[Table]:
        """Everything, without what tools keep for themselves."""

    def quoted(self, table: Table, column: str | None = None) -> str:
        """A name as statements need it."""


# Tables that a tool makes for its own bookkeeping.
FOREIGN = ("limosa", "sqlite_", "_sling", "pgloader")
NULL = "N"


def decoded(field: str) -> bytes | None:
    """A value that a server's client wrote: `N` for NULL, `x` and digits in base 16 for all else, so that nothing is lost on the way."""
    return None if field == NULL else bytes.fromhex(field[1:])


def is_foreign(name: str) -> bool:
    return name.lower().startswith(FOREIGN)
