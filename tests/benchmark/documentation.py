"""The page about the benchmark, made anew from what the latest races and the latest growth came to."""

import json
from pathlib import Path

import render
import sections

HEAD = """# Benchmark

Limosa beside other ways to move the same rows, and beside itself with more of them. `make bench` takes these figures again; they depend on the
machine and on who else uses it. `tests/bench --write-docs`, `tests/bench --growth --write-docs` and `tests/bench --languages --write-docs` write this page.
"""


def write(target: Path, folder: Path) -> Path:
    """Each part comes from a file in the target folder, so that it can be run again without the others."""
    races, growth, languages = (read(target / f"{name}.json") for name in ("benchmark", "growth", "languages"))
    parts = [HEAD]
    if races is not None:
        parts.append(render.markdown(sections.of_races(races)))
    if growth is not None:
        parts.append(render.markdown(sections.of_growth(growth)))
    if (folder / "growth.svg").exists():
        parts.append("![Seconds and peak memory of migrations with more and more rows](growth.svg)\n")
    if languages is not None:
        parts.append(render.markdown(sections.of_languages(languages)))
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "benchmark.md"
    page.write_text("\n".join(parts))
    return page


def read(path: Path) -> dict | None:
    return json.loads(path.read_text()) if path.exists() else None
