"""The statements of a probe's manifest."""

from limosa import _host
from limosa.batch import Batch
from limosa.column import Table


class Queries:
    """Asks the database by the statements that the manifest names, and by no others."""

    def run(self, statement: str) -> Batch:
        """Runs a statement. One that fails, or gives more rows than the host allows, stops the probe."""
        handle = _host.query.run(statement)
        return Batch(handle, Table(statement, _host.columns(handle.columns())))
