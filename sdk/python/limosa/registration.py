"""Finds the class of a plugin: the only one of its kind in `plugin.py`."""

from importlib import import_module
from typing import TypeVar

from limosa.error import Error

MODULE = "plugin"

P = TypeVar("P")


def plugin(kind: type[P]) -> type[P]:
    """The one class derived from `kind` that the module defines."""
    found = [
        value
        for value in vars(import_module(MODULE)).values()
        if isinstance(value, type) and issubclass(value, kind) and value.__module__ == MODULE
    ]
    if len(found) != 1:
        names = ", ".join(each.__name__ for each in found) or "none"
        raise Error(f"plugin.py must have one class derived from limosa.{kind.__name__}, and has: {names}")
    return found[0]
