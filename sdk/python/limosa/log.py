"""Lines for the author while developing: they go nowhere unless the host was told to show them.

`print` writes such lines too.
"""

import io
from enum import IntEnum

from limosa import _host


class Level(IntEnum):
    """How much a line matters."""

    ERROR = 0
    """Something failed."""
    WARNING = 1
    """Something is odd."""
    INFORMATION = 2
    """Something happened."""
    DEBUG = 3
    """What the plugin does."""
    TRACE = 4
    """How it does it."""


def write(level: Level, message: str) -> None:
    """Writes a line."""
    _host.log.write(int(level), message)


def error(message: str) -> None:
    """Something failed."""
    write(Level.ERROR, message)


def warning(message: str) -> None:
    """Something is odd."""
    write(Level.WARNING, message)


def information(message: str) -> None:
    """Something happened."""
    write(Level.INFORMATION, message)


def debug(message: str) -> None:
    """What the plugin does."""
    write(Level.DEBUG, message)


def trace(message: str) -> None:
    """How it does it."""
    write(Level.TRACE, message)


class Lines(io.TextIOBase):
    """A stream whose lines go to the log: there is no other stream inside a component."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self._begun = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            write(self._level, line)
        return len(text)
