"""The check {{name}}: finds values above a maximum. Put your own rule into `inspect`."""

from limosa import Batch, Check, Findings, Settings, Table


class Plugin(Check):
    """The only class here that is derived from Check, so this is the plugin."""

    def open(self, table: Table, settings: Settings) -> None:
        # Once, before the first batch. Raise limosa.Error("a sentence") for what makes no sense.
        self.maximum = float(settings.number("maximum"))

    def inspect(self, batch: Batch, findings: Findings) -> None:
        # For each batch, some thousand rows at a time. Other types are read by batch.integers, decimals, texts, bytes.
        values = batch.floats("value")
        # `above` skips nulls, and values that do not fit their column.
        findings.report("too-much", values.above(self.maximum))
        # Nobody knows whether a value that does not fit its column is above anything: say so.
        findings.report("unreadable", values.exceptions())
        # A rule of your own, row by row:
        #
        #     for row, value in values.items():
        #         if value % 5 != 0:
        #             findings.report("odd-price", row)
