"""What the races came to, as figures."""

from statistics import median

import limosa
from data import Data
from race import Result

MEBIBYTE = 1024 * 1024


def measured(results: list[Result], data: Data) -> dict[str, dict]:
    """The figures of each entrant, and how many times Limosa's seconds it took."""
    found = {result.entrant.name: measurement(result, data) for result in results}
    for name, entry in found.items():
        ours = found.get(f"{race_of(name)}/limosa", {}).get("median_seconds")
        theirs = entry["median_seconds"]
        entry["times_limosa"] = round(theirs / ours, 3) if ours and theirs else None
    return found


def measurement(result: Result, data: Data) -> dict:
    """Of an entrant that never ended well, there are remarks and no figures."""
    # Fewer rows for whoever is slow: as if for all of them.
    scale = data.rows / result.entrant.data.rows
    seconds = [one * scale for one in result.seconds]
    names = result.stages[0] if result.stages else {}
    return {
        "what": result.entrant.what,
        "median_seconds": round(median(seconds), 3) if seconds else None,
        "min_seconds": round(min(seconds), 3) if seconds else None,
        "max_seconds": round(max(seconds), 3) if seconds else None,
        "seconds": [round(one, 3) for one in result.seconds],
        "scaled_by": round(scale, 3),
        "rows_per_second": round(data.rows / median(seconds)) if seconds else None,
        "cpu_seconds": round(median(result.cpu_seconds) * scale, 3) if seconds else None,
        "peak_mb": round(max(result.peak_bytes) / MEBIBYTE, 1) if seconds else None,
        "stages": {name: round(median(stages[name] for stages in result.stages), 3) for name in names},
        "failures": result.failures,
        "is_wrong": result.is_wrong,
        "remarks": sorted(result.remarks),
    }


def costs_of_checks(entrants: dict[str, dict]) -> list[dict]:
    """What two checks add to the whole run, and to the copy alone."""
    found = []
    for race in races(entrants):
        checked, unchecked = entrants.get(f"{race}/limosa"), entrants.get(f"{race}/limosa-unchecked")
        if checked is None or unchecked is None:
            continue
        found.append({
            "race": race,
            "whole_percent": percent(checked["median_seconds"], unchecked["median_seconds"]),
            "copy_percent": percent(checked["stages"][limosa.COPY], unchecked["stages"][limosa.COPY]),
            # What else runs at the same time only adds; the quickest run of each is the least disturbed.
            "quickest_percent": percent(checked["min_seconds"], unchecked["min_seconds"]),
            "cpu_seconds": round(checked["cpu_seconds"] - unchecked["cpu_seconds"], 3),
        })
    return found


def comparisons(entrants: dict[str, dict]) -> list[dict]:
    """The comparison of every value on both sides beside the copy of the same run."""
    found = []
    for race in races(entrants):
        stages = entrants.get(f"{race}/limosa-compared", {}).get("stages")
        if stages:
            copy, comparison = stages[limosa.COPY], stages[limosa.COMPARISON]
            found.append({
                "race": race, "copy_seconds": copy, "comparison_seconds": comparison, "copy_over_comparison": round(copy / max(comparison, 0.001), 2),
            })
    return found


def races(entrants: dict[str, dict]) -> list[str]:
    return list(dict.fromkeys(race_of(name) for name in entrants))


def race_of(name: str) -> str:
    return name.split("/")[0]


def percent(of: float, over: float) -> float:
    return round(100 * (of / over - 1), 1)
