"""The interfaces of the host, as componentize-py generates them: the only place that names them.

Outside a component, and where the manifest does not ask for an interface, something stands there that says so
when it is used. So a plugin's logic can be tested without a host.
"""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from limosa.column import Column
from limosa.error import Error


class Absent:
    """An interface that is not there."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, function: str) -> Any:
        raise Error(f"`{self._name}` is not there: it needs a component, and a manifest that asks for it")


def interface(name: str) -> Any:
    """The generated module of an interface."""
    try:
        return import_module(f"wit_world.imports.{name}")
    except ImportError:
        return Absent(name)


findings = interface("findings")
log = interface("log")
lookup = interface("lookup")
query = interface("query")
rows = interface("rows")
settings = interface("settings")


def columns(described: Iterable[Any]) -> list[Column]:
    """The host's columns as those of the SDK."""
    return [Column(each.name, each.type, each.nullable, dict(each.attributes)) for each in described]


def described(columns: Iterable[Column]) -> list[Any]:
    """The SDK's columns as those of the host."""
    return [
        rows.Column(each.role, str(each.type_name), each.nullable, list(each.attributes.items())) for each in columns
    ]
