"""Where a race is run: a folder of its own, the rows, and the folder of the build."""

from dataclasses import dataclass
from pathlib import Path

from data import Data


@dataclass
class Place:
    """What every race is given."""

    folder: Path
    data: Data
    target: Path

    @staticmethod
    def new(folder: Path, data: Data, target: Path) -> "Place":
        """Open to the accounts of the servers, which have folders of their own inside."""
        folder.mkdir()
        folder.chmod(0o711)
        return Place(folder, data, target)
