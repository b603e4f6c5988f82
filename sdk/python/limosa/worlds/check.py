"""The world `check`."""

from dataclasses import dataclass
from typing import Any

from limosa import Batch, Check, Error, Findings, Settings, Table, _host
from limosa.registration import plugin
from limosa.worlds import answering

Plugin = plugin(Check)


@dataclass
class Opened:
    """A plugin between `open` and `close`."""

    plugin: Check
    table: Table


# componentize-py makes an instance of `Checking` for each of its functions, so it is no place for this.
opened: Opened | None = None


def current() -> Opened:
    if opened is None:
        raise Error("the check was not opened")
    return opened


class Checking:
    """The export."""

    @answering
    def open(name: str, columns: list[Any]) -> None:
        global opened
        table = Table(name, _host.columns(columns))
        check = Plugin()
        check.open(table, Settings())
        opened = Opened(check, table)

    @answering
    def inspect(rows: Any) -> None:
        state, findings = current(), Findings()
        state.plugin.inspect(Batch(rows, state.table), findings)
        findings.flush()

    @answering
    def close() -> None:
        global opened
        state, findings = current(), Findings()
        opened = None
        state.plugin.close(findings)
        findings.flush()
