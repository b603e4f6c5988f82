"""Limosa as an entrant: with two checks, without, and with the comparison of every value."""

import json
from pathlib import Path

from data import Data
from failed import Failed
from race import Entrant

CHECKS = ["--check", "negative-amounts:transactions.amount", "--check", "orphaned-records:transactions.user_id->users.id"]
UNCOMPARED = ["--skip-post-validation"]


def entrants(race: str, url: str, data: Data, folder: Path, target: Path) -> dict[str, Entrant]:
    """Three ways to run the release build, each with a state folder that is new each time."""
    state = folder / f"{race}-state"

    def entrant(what: str, options: list[str]) -> Entrant:
        command = [
            str(target / "release" / "limosa"), "migrate", f"sqlite:{data.path}", url, "--yes", "--format=json", f"--state-folder={state}",
        ]
        return Entrant(what, data, command + options, remove=state, read=stages)

    return {
        f"{race}/limosa": entrant("Limosa with two checks", UNCOMPARED + CHECKS),
        f"{race}/limosa-unchecked": entrant("Limosa without checks", UNCOMPARED),
        f"{race}/limosa-compared": entrant("Limosa with two checks, and the comparison of every value", CHECKS),
    }


def stages(output: str) -> dict[str, float]:
    """The seconds of each stage, and a failure if a check did not see every row."""
    document = json.loads(output)
    if document["outcome"] != "completed":
        raise Failed(f"the migration ended {document['outcome']}: {document['errors']}")
    for check in document["checks"]:
        if check["verdict"] != "pass":
            raise Failed(f"the check {check['plugin']} says {check['verdict']}")
    return {stage["stage"]: stage["seconds"] for stage in document["stages"]}
