"""Whether the disk has room: known before an hour is spent."""

import shutil
from pathlib import Path

from failed import Failed

GIBIBYTE = 1024**3
# Of the source file, and of the tables with keys and a half-built index in a target.
SOURCE_BYTES_PER_ROW = 60
TARGET_BYTES_PER_ROW = 200
# What the servers keep whatever the rows: their logs, which grow to their settings' limit, and their first databases.
SERVERS_BYTES = 6 * GIBIBYTE


def demand(folder: Path, transactions: int) -> None:
    """Fails if the largest migration would not fit."""
    rows = transactions + transactions // 20
    needed = rows * (SOURCE_BYTES_PER_ROW + TARGET_BYTES_PER_ROW) + SERVERS_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Failed(
            f"{transactions:,} transactions need about {needed / GIBIBYTE:.1f} GiB in {folder.parent}, which has {free / GIBIBYTE:.1f} GiB free; "
            "fewer are set by --growth-rows"
        )
