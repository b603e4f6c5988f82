"""What an input is: a few rows that are hard to move, and what the schema around them promises."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """The primary key, in its declared order."""

    columns: tuple[str, ...]

    def text(self) -> str:
        return f"primary key ({', '.join(self.columns)})"


@dataclass(frozen=True)
class Names:
    """The columns' names, letter by letter."""

    columns: tuple[str, ...]

    def text(self) -> str:
        return f"names {', '.join(self.columns)}"


@dataclass(frozen=True)
class Insert:
    """What an insert of these literals comes to: refused, accepted, or a value that the engine fills in.

    Literals are such that every engine reads them alike.
    """

    what: str
    literals: dict[str, str]
    refused: bool = False
    # (column, what it must hold then), in the row that has the literal of the column `by`.
    fills: tuple[str, str] | None = None
    by: str = ""
    # How a complaint would spell what it says.
    spelled: str = ""

    def text(self) -> str:
        return self.what


# What is left of a key (b, a) over such rows if it is no primary key any more.
UNIQUE_PAIR = Insert("unique (b, a)", {"a": "1", "b": "'x'", "c": "9"}, refused=True)


@dataclass(frozen=True)
class Case:
    """A table in one engine's own words. Rows are told apart by `key`, whose values every tool is expected to keep."""

    name: str
    source: str
    script: str
    table: str = "sample"
    key: tuple[str, ...] = ("id",)
    promises: tuple[Key | Names | Insert, ...] = ()
