"""What is said of the figures: the same sections on the terminal and in the documentation."""

from dataclasses import dataclass

from machine import described

# A table's first row is its head.
Table = list[tuple[str, ...]]


@dataclass
class Section:
    """A title with what stands below it: paragraphs and tables."""

    title: str
    parts: list[str | Table]


def of_races(found: dict) -> list[Section]:
    rows, entrants = found["rows"], found["entrants"]
    about = (
        f"{rows['transactions']:,} transactions and {rows['users']:,} users. Each entrant ran {found['runs']} times, in turn with the others of its race, "
        "each time into an empty database; after each run the target's rows, sums and unique indexes were verified. Shown are medians."
    )
    sections = [
        Section("Races", [about, circumstances(found), figures(entrants), *remarks(entrants)]),
        Section("Entrants", [[("entrant", "what ran"), *((name, entry["what"]) for name, entry in entrants.items())]]),
    ]
    staged = {name: entry["stages"] for name, entry in entrants.items() if entry["stages"]}
    if staged:
        stages = list(next(iter(staged.values())))
        table = [("entrant", *stages), *((name, *(f"{times[stage]:.2f}" for stage in stages)) for name, times in staged.items())]
        sections.append(Section("Seconds of each stage", [table]))
    if found["comparisons"]:
        sections.append(Section("Copy and comparison", [
            "The copy includes keys, indexes and statistics; the comparison reads every value of both sides. Both of the same run, with two checks.",
            comparisons(found["comparisons"]),
        ]))
    if found["checks"]:
        sections.append(Section("What two checks cost", [costs(found["checks"])]))
    return [*sections, *aims(found)]


def of_growth(found: dict) -> list[Section]:
    table = [("migration", "transactions", "median s", "copy s", "comparison s", "µs/row", "peak MB")]
    for race, points in found["points"].items():
        for point in points:
            seconds = (f"{point[name]:.2f}" for name in ("median_seconds", "copy_seconds", "comparison_seconds"))
            table.append((race, f"{point['transactions']:,}", *seconds, f"{point['microseconds_per_row']:.2f}", f"{point['peak_mb']:.0f}"))
    about = f"{found['what']}; a twentieth as many users beside the transactions. Medians of {found['runs']} runs, the highest peak of them."
    return [Section("Growth", [about, circumstances(found), table]), *aims(found, " of growth")]


def of_languages(found: dict) -> list[Section]:
    table = [("language", "million rows/s", "× native loop", "fuel/row", "peak MiB", "component KB", "cold start ms", "warm start ms", "session ms")]
    for language, one in found["languages"].items():
        starts = (f"{one[f'{start}_milliseconds']:.2f}" for start in ("cold_start", "warm_start", "session_start"))
        table.append((
            language, f"{one['millions_per_second']:,.1f}", f"{one['times_native']:.1f}", f"{one['fuel_per_row']:.1f}", f"{one['peak_memory_mib']:.1f}",
            f"{one['bytes'] / 1000:,.0f}", *starts,
        ))
    about = (
        f"`negative-amounts` over one column of floats, by `limosa plugin bench`, medians of {found['runs']} runs; all four found the same {found['findings']:,} rows "
        f"of {found['rows']:,} in a SQLite table. The native loop collects the values below zero of the same batches; a plugin is handed 64 of them a turn, a migration's check one to three. {found['instances']['count']} checks of the Rust plugin at once, "
        f"each with an instance of its own, took {found['instances']['peak_mb']:.0f} MB in all."
    )
    return [Section("One check in four languages", [about, circumstances(found), table]), *aims(found, " of the languages")]


def circumstances(found: dict) -> str:
    day, versions = found["when"][:10], " · ".join(found["versions"])
    return f"{day}, on {described(found['machine'])}. {versions}."


def figures(entrants: dict[str, dict]) -> Table:
    table = [("entrant", "median s", "min", "max", "rows/s", "cpu s", "peak MB", "× limosa")]
    for name, entry in entrants.items():
        if entry["median_seconds"] is None:
            table.append((name, "failed", "", "", "", "", "", ""))
            continue
        mark = "" if entry["scaled_by"] == 1 else " *"
        seconds = (f"{entry[f'{which}_seconds']:.2f}" for which in ("median", "min", "max"))
        times = "" if entry["times_limosa"] is None else f"{entry['times_limosa']:.2f}"
        table.append((name + mark, *seconds, f"{entry['rows_per_second']:,}", f"{entry['cpu_seconds']:.2f}", f"{entry['peak_mb']:.0f}", times))
    return table


def remarks(entrants: dict[str, dict]) -> list[str]:
    found = [f"* {name} is {entry['what']}." for name, entry in entrants.items() if entry["scaled_by"] != 1]
    for name, entry in entrants.items():
        if entry["failures"]:
            found.append(f"! {name} failed in {entry['failures']} of its runs, which are not in the figures.")
        found += [f"! {name}: {remark}" for remark in entry["remarks"]]
    return found


def comparisons(found: list[dict]) -> Table:
    return [("race", "copy s", "comparison s", "copy / comparison"), *(
        (one["race"], f"{one['copy_seconds']:.2f}", f"{one['comparison_seconds']:.2f}", f"{one['copy_over_comparison']:.2f}") for one in found
    )]


def costs(found: list[dict]) -> Table:
    return [("race", "whole run", "copy", "quickest runs", "processor s"), *(
        (one["race"], *(f"{one[name]:+} %" for name in ("whole_percent", "copy_percent", "quickest_percent")), f"{one['cpu_seconds']:+.2f}") for one in found
    )]


def aims(found: dict, of_what: str = "") -> list[Section]:
    verdicts = {True: "met", False: "MISSED", None: "UNKNOWN"}
    rows = [(one["aim"], one["value"], verdicts[one["met"]]) for one in found["aims"]]
    return [Section(f"Aims{of_what}", [[("aim", "value", "verdict"), *rows]])] if rows else []
