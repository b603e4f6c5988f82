"""The three kinds of plugins: derive one class from one of these, in `plugin.py`."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from limosa.batch import Batch
from limosa.column import Column, Table
from limosa.findings import Findings
from limosa.output import Output
from limosa.query import Queries
from limosa.settings import Settings


class Check(ABC):
    """Inspects rows on their way and reports some."""

    def open(self, table: Table, settings: Settings) -> None:
        """Once, before the first batch: read settings, look at the columns, refuse what makes no sense."""

    @abstractmethod
    def inspect(self, batch: Batch, findings: Findings) -> None:
        """For each batch; in key order where the manifest's scope is `table`, in any order where it is `row`."""

    def close(self, findings: Findings) -> None:
        """Once, after the last batch: report what only the whole table shows."""


class Transform(ABC):
    """Rewrites rows on their way, each by itself alone."""

    @abstractmethod
    def open(self, table: Table, settings: Settings) -> Sequence[Column]:
        """Once: read settings, and say what columns will come out."""

    @abstractmethod
    def apply(self, batch: Batch, output: Output) -> None:
        """For each batch, in any order; a changed row may come again alone at any time.

        Every column of the output is set once; every row comes out or is refused.
        """


class Probe(ABC):
    """Asks the database itself, by the statements of its manifest."""

    @abstractmethod
    def run(self, settings: Settings, queries: Queries, findings: Findings) -> None:
        """Once. Rows of an answer are reported like rows of a batch."""
