"""Whether keys exist elsewhere."""

from itertools import compress

from limosa import bits


class Lookup:
    """The answer to a lookup, row by row. A null key counts as existing."""

    def __init__(self, found: bytes, rows: range) -> None:
        self._rows = rows
        self._found = bits.marks(found, len(rows))

    def exists(self, place: int) -> bool:
        """Whether the key at a place of the batch, counted from 0, exists."""
        return bool(self._found[place])

    def missing(self) -> list[int]:
        """The rows whose key does not exist."""
        return list(compress(self._rows, bits.opposite(self._found)))
