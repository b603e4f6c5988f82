"""The transform {{name}}: takes spaces away around texts. Put your own rule into `apply`."""

from collections.abc import Sequence

from limosa import Batch, Column, Output, Settings, Table, Transform


class Plugin(Transform):
    """The only class here that is derived from Transform, so this is the plugin."""

    def open(self, table: Table, settings: Settings) -> Sequence[Column]:
        # Once. Answers with the columns that come out; here the one that came in, under its name.
        self.line_breaks = settings.boolean("line-breaks")
        value = table["value"]
        return [Column(value.role, value.type_name, value.nullable, value.attributes)]

    def apply(self, batch: Batch, output: Output) -> None:
        # For each batch. Every row comes out or is refused; what a row becomes depends on that row alone.
        values = batch.texts("value")
        unreadable = set(values.exceptions())
        spaces = None if self.line_breaks else " \t"
        output.texts(
            0,
            [
                None if value is None else value.strip(spaces)
                for row, value in zip(values.rows, values)
                if row not in unreadable
            ],
        )
        # A value that does not fit its column cannot be changed, and must not become a null.
        output.refuse("unreadable", values.exceptions())
