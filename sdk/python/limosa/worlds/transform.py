"""The world `transform`."""

from dataclasses import dataclass
from typing import Any

from limosa import Batch, Error, Output, Settings, Table, Transform, _host
from limosa.registration import plugin
from limosa.worlds import answering

Plugin = plugin(Transform)


@dataclass
class Opened:
    """A plugin after `open`."""

    plugin: Transform
    table: Table


# componentize-py makes an instance of `Transforming` for each of its functions, so it is no place for this.
opened: Opened | None = None


class Transforming:
    """The export."""

    @answering
    def open(name: str, columns: list[Any]) -> list[Any]:
        global opened
        table = Table(name, _host.columns(columns))
        transform = Plugin()
        outputs = transform.open(table, Settings())
        opened = Opened(transform, table)
        return _host.described(outputs)

    @answering
    def apply(rows: Any, builder: Any) -> None:
        if opened is None:
            raise Error("the transform was not opened")
        batch = Batch(rows, opened.table)
        output = Output(builder, batch.rows)
        opened.plugin.apply(batch, output)
        output.flush()
