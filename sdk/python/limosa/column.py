"""What a plugin knows of the columns that it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from limosa.error import Error

MOST_FIXED_DIGITS = 38
"""Digits of a decimal that 16 bytes hold; those of wider columns come as text."""


class Kind(StrEnum):
    """What a column holds, and so the getter that reads it."""

    BOOLEAN = "boolean"
    """0 or 1; read as integers."""
    INTEGER = "integer"
    """Whole numbers of 64 bits; read as integers."""
    FLOAT = "float"
    """Binary floats; read as floats."""
    DECIMAL = "decimal"
    """Decimals; of at most 38 digits read as decimals, wider and unbounded ones as text."""
    TEXT = "text"
    BYTES = "bytes"
    DATE = "date"
    """Days since 1970-01-01; read as integers."""
    TIME = "time"
    """Microseconds since midnight; read as integers."""
    TIMESTAMP = "timestamp"
    """Microseconds since 1970-01-01; read as integers."""
    UUID = "uuid"
    """UUIDs in canonical text."""
    JSON = "json"
    """JSON text."""
    OTHER = "other"
    """A type that this SDK does not know; read as text."""


@dataclass(frozen=True)
class Column:
    """One column of a batch."""

    role: str
    """The role of the manifest that it was bound to; for the output of a transform the column's name."""
    type_name: str
    """The name of its type: `integer`, `decimal`, `text` …"""
    nullable: bool = True
    """Whether nulls are expected."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What the type needs beyond its name: `precision` and `scale` of a decimal, `zone` of a timestamp."""

    @classmethod
    def decimal(cls, role: str, precision: int, scale: int, nullable: bool = True) -> Column:
        """A decimal column of so many digits in all, and so many after the point."""
        return cls(role, Kind.DECIMAL, nullable, {"precision": str(precision), "scale": str(scale)})

    @property
    def kind(self) -> Kind:
        """What it holds."""
        try:
            return Kind(self.type_name)
        except ValueError:
            return Kind.OTHER

    @property
    def precision(self) -> int | None:
        """The most digits of a decimal; None where the type has no bound."""
        return self._number("precision")

    @property
    def scale(self) -> int | None:
        """The digits after the point of a decimal; below zero where it counts tens, hundreds …"""
        return self._number("scale")

    @property
    def is_fixed_point(self) -> bool:
        """Whether its values are read by `decimals`."""
        if self.kind is not Kind.DECIMAL or self.precision is None or self.scale is None:
            return False
        return self.precision <= MOST_FIXED_DIGITS

    def _number(self, attribute: str) -> int | None:
        try:
            return int(self.attributes[attribute])
        except (KeyError, ValueError):
            return None


@dataclass(frozen=True)
class Table:
    """The table that a plugin was bound to, as far as it may see it."""

    name: str
    """Its name, for the plugin's own use."""
    columns: Sequence[Column]
    """Its columns, in the order of the manifest's roles."""

    def column(self, role: str) -> int:
        """The index of the first column of a role."""
        for index in self.role(role):
            return index
        raise Error(f"no column is bound to the role `{role}`")

    def role(self, role: str) -> list[int]:
        """The indices of all columns of a role."""
        return [index for index, column in enumerate(self.columns) if column.role == role]

    def __getitem__(self, column: int | str) -> Column:
        """The column of that index, or the first of that role."""
        return self.columns[self.index(column)]

    def index(self, column: int | str) -> int:
        """The index that an index or a role stands for."""
        if isinstance(column, str):
            return self.column(column)
        if not 0 <= column < len(self.columns):
            raise Error(f"column {column} is not there: there are {len(self.columns)}, counted from 0")
        return column
