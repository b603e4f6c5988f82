"""What the races came to: a table to read, and the same as JSON."""

import json
import os
import platform
import subprocess
from datetime import datetime, timezone
from pathlib import Path
from statistics import median

from data import Data
from race import Result

MEBIBYTE = 1024 * 1024
HEAD = ("entrant", "median s", "min", "max", "rows/s", "cpu s", "peak MB", "× limosa")
# What Limosa aims at, on 1,050,000 rows.
FASTER_THAN = {"postgres/pgloader": 3.0, "mysql/sqlite3-to-mysql": 20.0}
CHECKS_PERCENT = 10.0
PEAK_MB = 200.0


def document(results: list[Result], data: Data, versions: list[str], target: Path) -> dict:
    """Everything, as it goes into the file."""
    measured = {result.entrant.name: measurement(result, data) for result in results}
    for name, entry in measured.items():
        ours = measured.get(f"{name.split('/')[0]}/limosa")
        entry["times_limosa"] = round(entry["median_seconds"] / ours["median_seconds"], 3) if ours else None
    return {
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": versions + tools(results, target),
        "rows": {"users": data.users, "transactions": data.transactions},
        "entrants": measured,
        "checks": [cost for race in ("postgres", "mysql") if (cost := cost_of_checks(race, measured))],
        "aims": aims(measured),
    }


def measurement(result: Result, data: Data) -> dict:
    # Fewer rows for whoever is slow: as if for all of them.
    scale = data.rows / result.entrant.data.rows
    seconds = [one * scale for one in result.seconds]
    names = result.stages[0] if result.stages else {}
    return {
        "what": result.entrant.what,
        "median_seconds": round(median(seconds), 3),
        "min_seconds": round(min(seconds), 3),
        "max_seconds": round(max(seconds), 3),
        "seconds": [round(one, 3) for one in result.seconds],
        "scaled_by": round(scale, 3),
        "rows_per_second": round(data.rows / median(seconds)),
        "cpu_seconds": round(median(result.cpu_seconds) * scale, 3),
        "peak_mb": round(max(result.peak_bytes) / MEBIBYTE, 1),
        "stages": {name: round(median(stages[name] for stages in result.stages), 3) for name in names},
        "remarks": sorted(result.remarks),
    }


def cost_of_checks(race: str, measured: dict) -> dict | None:
    """What two checks add to the whole run, and to the copy alone."""
    checked, unchecked = measured.get(f"{race}/limosa"), measured.get(f"{race}/limosa-unchecked")
    if checked is None or unchecked is None:
        return None

    def percent(of: float, over: float) -> float:
        return round(100 * (of / over - 1), 1)

    return {
        "race": race,
        "whole_percent": percent(checked["median_seconds"], unchecked["median_seconds"]),
        "copy_percent": percent(checked["stages"]["initial-sync"], unchecked["stages"]["initial-sync"]),
        # What else runs at the same time only adds; the quickest run of each is the least disturbed.
        "quickest_percent": percent(checked["min_seconds"], unchecked["min_seconds"]),
        "cpu_seconds": round(checked["cpu_seconds"] - unchecked["cpu_seconds"], 3),
    }


def aims(measured: dict) -> list[dict]:
    found = []
    for name, times in FASTER_THAN.items():
        if name in measured and measured[name]["times_limosa"] is not None:
            ratio = measured[name]["times_limosa"]
            found.append({"aim": f"at least {times:g} times as fast as {name}", "value": f"{ratio:.1f} times", "met": ratio >= times})
    for race in ("postgres", "mysql"):
        cost = cost_of_checks(race, measured)
        if cost is not None:
            percent = cost["copy_percent"]
            found.append({"aim": f"{race}: checks under {CHECKS_PERCENT:g} % of the copy", "value": f"{percent} %", "met": percent < CHECKS_PERCENT})
        peaks = [entry["peak_mb"] for name, entry in measured.items() if name.startswith(f"{race}/limosa")]
        if peaks:
            found.append({"aim": f"{race}: under {PEAK_MB:g} MB", "value": f"{max(peaks)} MB", "met": max(peaks) < PEAK_MB})
    return found


def machine() -> dict:
    information = Path("/proc/cpuinfo").read_text()
    models = [line.split(":", 1)[1].strip() for line in information.splitlines() if line.startswith("model name")]
    return {
        "system": f"{platform.freedesktop_os_release().get('PRETTY_NAME', 'Linux')}, Linux {platform.release()}",
        "processor": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3, 1),
        "load_at_the_end": round(os.getloadavg()[0], 1),
    }


def tools(results: list[Result], target: Path) -> list[str]:
    versions = [[str(target / "release" / "limosa"), "--version"]]
    if any(result.entrant.name.endswith("pgloader") for result in results):
        versions.append(["pgloader", "--version"])
    return [subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0] for command in versions]


def write(found: dict, path: Path) -> None:
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


def text(found: dict) -> str:
    machine, rows = found["machine"], found["rows"]
    lines = [
        "",
        f"{rows['transactions']:,} transactions and {rows['users']:,} users, on {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB, {machine['system']}",
        " · ".join(found["versions"]),
        "",
    ]
    table = [HEAD]
    for name, entry in found["entrants"].items():
        times = "" if entry["times_limosa"] is None else f"{entry['times_limosa']:.2f}"
        mark = "" if entry["scaled_by"] == 1 else " *"
        seconds = (f"{entry[f'{which}_seconds']:.2f}" for which in ("median", "min", "max"))
        table.append((name + mark, *seconds, f"{entry['rows_per_second']:,}", f"{entry['cpu_seconds']:.2f}", f"{entry['peak_mb']:.0f}", times))
    lines += columns(table)
    for name, entry in found["entrants"].items():
        if entry["scaled_by"] != 1:
            lines.append(f"* {name}: {entry['what']}")
        lines += [f"! {name}: {remark}" for remark in entry["remarks"]]
    staged = {name: entry["stages"] for name, entry in found["entrants"].items() if entry["stages"]}
    if staged:
        stages = list(next(iter(staged.values())))
        lines += ["", *columns([("seconds of each stage", *stages), *((name, *(f"{times[stage]:.2f}" for stage in stages)) for name, times in staged.items())])]
    lines.append("")
    for cost in found["checks"]:
        lines.append(
            f"Checks, {cost['race']}: {cost['whole_percent']:+} % of the whole run, {cost['copy_percent']:+} % of the copy, "
            f"{cost['quickest_percent']:+} % by the quickest runs, {cost['cpu_seconds']:+} s of processor time"
        )
    lines += [f"{'met   ' if aim['met'] else 'MISSED'}  {aim['aim']}: {aim['value']}" for aim in found["aims"]]
    return "\n".join(lines)


def columns(table: list[tuple]) -> list[str]:
    """The first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return ["  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]).rstrip() for row in table]
