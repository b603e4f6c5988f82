"""Write plugins for Limosa in Python: derive one class from Check, Probe or Transform in `plugin.py`.

A check in full; with a `plugin.toml` beside it, `sdk/python/build` makes it a component:

    from limosa import Batch, Check, Findings

    class Discounts(Check):
        def inspect(self, batch: Batch, findings: Findings) -> None:
            for row, discount in batch.floats("discount").items():
                if discount > 100.0:
                    findings.report("too-much", row)

What a plugin sees is what its manifest's roles were bound to. A getter copies one column out of the host in one
piece, so ask for the columns that you use and no others. A row is named by the number that the host gave it.

Everything is imported while the component is built; what runs later has no files, no clock, no network.
"""

from limosa.batch import Batch
from limosa.column import Column, Kind, Table
from limosa.error import Error
from limosa.findings import Findings
from limosa.lookup import Lookup
from limosa.output import Output
from limosa.plugin import Check, Probe, Transform
from limosa.query import Queries
from limosa.settings import Settings
from limosa.view import View

__all__ = [
    "Batch",
    "Check",
    "Column",
    "Error",
    "Findings",
    "Kind",
    "Lookup",
    "Output",
    "Probe",
    "Queries",
    "Settings",
    "Table",
    "Transform",
    "View",
]
