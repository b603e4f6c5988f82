"""The settings that the manifest declares, read as what they should be."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from limosa import _host, decimals
from limosa.error import Error

WHOLE = re.compile(r"[+-]?[0-9]+")

V = TypeVar("V")


class Settings:
    """The values of the configuration, or the defaults of the manifest.

    Ask only for declared names: the host stops a plugin that asks for another.
    """

    def __init__(self, host: Any = _host.settings) -> None:
        self._host = host

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Settings":
        """Settings of plain values, for tests."""
        return cls(values)

    def get(self, name: str) -> str | None:
        """The value as it was given; None where it is optional and was not."""
        value: str | None = self._host.get(name)
        return value

    def text(self, name: str) -> str:
        """The value as it was given."""
        value = self.get(name)
        if value is None:
            raise Error(f"the setting `{name}` is not given")
        return value

    def number(self, name: str) -> Decimal:
        """A number, exactly as it was written."""
        return self.parsed(name, "a number", decimals.parse)

    def integer(self, name: str) -> int:
        """A whole number."""
        return self.parsed(name, "a whole number", lambda text: int(text) if WHOLE.fullmatch(text) else None)

    def boolean(self, name: str) -> bool:
        """`true` or `false`."""
        return self.parsed(name, "true or false", {"true": True, "false": False}.get)

    def parsed(self, name: str, wanted: str, parse: Callable[[str], V | None]) -> V:
        """The value as `parse` reads it, None where it cannot; `wanted` says in an error what would do."""
        text = self.text(name)
        value = parse(text)
        if value is None:
            raise Error(f"the setting `{name}` is `{text}`, which is not {wanted}")
        return value
