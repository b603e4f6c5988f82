"""Limosa as an entrant: with two checks, without, and with the comparison of every value."""

import json
from pathlib import Path

from failed import Failed
from place import Place
from race import Entrant

NAMES = ("limosa", "limosa-unchecked", "limosa-compared")
CHECKS = ["--check", "negative-amounts:transactions.amount", "--check", "orphaned-records:transactions.user_id->users.id"]
UNCOMPARED = ["--skip-post-validation"]
# The stage that copies the rows, builds the keys and refreshes the statistics.
COPY = "initial-sync"
# The stage that compares both sides; it also counts, and runs those checks that need a whole table.
COMPARISON = "validation"


def entrants(source: str, target: str, place: Place) -> dict[str, Entrant]:
    """Three ways to run the release build, each with a state folder that is new each time."""
    state = place.folder / "limosa-state"

    def entrant(what: str, options: list[str]) -> Entrant:
        command = [program(place.target), "migrate", source, target, "--yes", "--format=json", f"--state-folder={state}"]
        return Entrant(what, place.data, command + options, remove=state, read=stages)

    return {
        "limosa": entrant("Limosa with two checks", UNCOMPARED + CHECKS),
        "limosa-unchecked": entrant("Limosa without checks", UNCOMPARED),
        "limosa-compared": entrant("Limosa with two checks, and the comparison of every value", CHECKS),
    }


def program(target: Path) -> str:
    """The release build: another's figures would mean nothing."""
    return str(target / "release" / "limosa")


def stages(output: str) -> dict[str, float]:
    """The seconds of each stage, and a failure if a check did not see every row."""
    document = json.loads(output)
    if document["outcome"] != "completed":
        raise Failed(f"the migration ended {document['outcome']}: {document['errors']}")
    for check in document["checks"]:
        if check["verdict"] != "pass":
            raise Failed(f"the check {check['plugin']} says {check['verdict']}")
    return {stage["stage"]: stage["seconds"] for stage in document["stages"]}
