"""What became of a case in the hands of a tool: every value and every promise, and whether a word was said of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from case import Case, Insert, Key, Names
from meaning import Match
from tool import Run, Tool


class Fate(StrEnum):
    """Of a promise of the schema."""

    KEPT = "kept"
    LOST = "lost"


@dataclass(frozen=True)
class Value:
    """One cell, before and after."""

    row: str
    column: str
    source: str
    # None: the row or the column is missing.
    target: str | None
    target_type: str
    match: Match
    # Whether the tool's output names it.
    said: bool


@dataclass(frozen=True)
class Kept:
    """A promise, and what the target did when it was put to it."""

    promise: Key | Names | Insert
    fate: Fate
    found: str
    said: bool


@dataclass
class Outcome:
    """Of one case, one tool, one direction."""

    case: Case
    tool: Tool
    target: str
    run: Run
    rows: int
    # Rows that lie in the target, also after a failure.
    rows_left: int
    values: list[Value] = field(default_factory=list)
    missing_rows: list[str] = field(default_factory=list)
    missing_said: bool = False
    promises: list[Kept] = field(default_factory=list)
    # How many promises of the case the tool sets out to carry.
    asked: int = 0
    # A line that says why the tool stopped, if it did.
    reason: str = ""

    def silent_values(self) -> list[Value]:
        return [value for value in self.values if value.match in (Match.ALTERED, Match.LOST) and not value.said]

    def said_values(self) -> list[Value]:
        return [value for value in self.values if value.match in (Match.ALTERED, Match.LOST) and value.said]

    def silent_promises(self) -> list[Kept]:
        return [kept for kept in self.promises if kept.fate == Fate.LOST and not kept.said]

    def said_promises(self) -> list[Kept]:
        return [kept for kept in self.promises if kept.fate == Fate.LOST and kept.said]

    def is_silent(self) -> bool:
        """Whether something is not as it was although the tool said that all is done."""
        missing = bool(self.missing_rows) and not self.missing_said
        return self.run.done and (missing or bool(self.silent_values()) or bool(self.silent_promises()))
