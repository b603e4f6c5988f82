"""The world `probe`."""

from limosa import Findings, Probe, Queries, Settings
from limosa.registration import plugin
from limosa.worlds import answering

Plugin = plugin(Probe)


class Probing:
    """The export."""

    @answering
    def run() -> None:
        findings = Findings()
        Plugin().run(Settings(), Queries(), findings)
        findings.flush()
