"""What Limosa aims at, and whether it got there."""

# How many times Limosa's seconds each of them takes, at least.
FASTER_THAN = {
    "sqlite-to-postgres/pgloader": 4.0,
    "sqlite-to-mariadb/sqlite3-to-mysql": 50.0,
    "postgres-to-postgres/pg-dump": 1.0,
    "mariadb-to-postgres/pgloader": 5.0,
}
# How many times the seconds of the yardstick Limosa takes, at most.
WITHIN = {"sqlite-to-postgres/copy": 1.4, "sqlite-to-mariadb/load-data": 1.3}
CHECKS_PERCENT = 10.0
PEAK_MB = 150.0
COPY_OVER_COMPARISON = 1.0
# Of the largest migration, compared to the smallest.
GROWTH_OF_SECONDS_PER_ROW = 1.15
GROWTH_OF_PEAK = 1.1
# A peak varies a little from run to run, whatever the rows.
PEAK_SLACK_MB = 5.0


def aim(what: str, value: str, met: bool | None) -> dict:
    """`met` is None where nothing was measured: that is no success."""
    return {"aim": what, "value": value, "met": met}


def of_races(entrants: dict[str, dict], costs: list[dict], comparisons: list[dict]) -> list[dict]:
    """Of those that ran; which is all of them, unless the benchmark was told otherwise."""
    found = []
    for name, times in FASTER_THAN.items():
        if is_raced(name, entrants):
            found.append(against(f"at least {times:g} × as fast as {name}", entrants[name], "least", times))
    for name, times in WITHIN.items():
        if is_raced(name, entrants):
            found.append(against(f"at most {times:g} × the seconds of {name}", entrants[name], "most", times))
    for cost in costs:
        percent = cost["copy_percent"]
        found.append(aim(f"{cost['race']}: checks under {CHECKS_PERCENT:g} % of the copy", f"{percent:+} %", percent < CHECKS_PERCENT))
    for comparison in comparisons:
        ratio = comparison["copy_over_comparison"]
        found.append(aim(f"{comparison['race']}: comparison at least as fast as the copy", f"{ratio:.2f} ×", ratio >= COPY_OVER_COMPARISON))
    for name, entry in entrants.items():
        if "/limosa" in name:
            found.append(aim(f"{name}: under {PEAK_MB:g} MB", f"{entry['peak_mb']} MB", entry["peak_mb"] < PEAK_MB))
    return found


def is_raced(name: str, entrants: dict[str, dict]) -> bool:
    """With whom it is compared, too."""
    return name in entrants and f"{name.split('/')[0]}/limosa" in entrants


def against(what: str, entry: dict, which: str, times: float) -> dict:
    """`which`: whether the other is to be slower by that much at least, or Limosa by that much at most."""
    theirs_over_ours = entry["times_limosa"]
    if theirs_over_ours is None:
        return aim(what, "not measured: it failed", None)
    value, met = (theirs_over_ours, theirs_over_ours >= times) if which == "least" else (1 / theirs_over_ours, 1 / theirs_over_ours <= times)
    return aim(what, f"{value:.2f} ×" + (" (of wrong rows)" if entry["is_wrong"] else ""), met)


def of_growth(points: dict[str, list[dict]]) -> list[dict]:
    """Of each race that ran with more than one number of rows."""
    found = []
    for race, measured in points.items():
        smallest, largest = measured[0], measured[-1]
        for point in measured:
            found.append(aim(f"{race}, {point['transactions']:,}: under {PEAK_MB:g} MB", f"{point['peak_mb']} MB", point["peak_mb"] < PEAK_MB))
        if smallest is largest:
            continue
        sizes = f"{largest['transactions']:,} after {smallest['transactions']:,}"
        ratio = largest["microseconds_per_row"] / smallest["microseconds_per_row"]
        per_row = f"{race}, {sizes}: at most {GROWTH_OF_SECONDS_PER_ROW:g} × the seconds per row"
        found.append(aim(per_row, f"{ratio:.2f} ×", ratio <= GROWTH_OF_SECONDS_PER_ROW))
        most = smallest["peak_mb"] * GROWTH_OF_PEAK + PEAK_SLACK_MB
        least = smallest["peak_mb"] / GROWTH_OF_PEAK - PEAK_SLACK_MB
        found.append(aim(
            f"{race}, {sizes}: peak within {100 * (GROWTH_OF_PEAK - 1):.0f} % and {PEAK_SLACK_MB:g} MB",
            f"{largest['peak_mb']} MB after {smallest['peak_mb']} MB", least <= largest["peak_mb"] <= most,
        ))
    return found
