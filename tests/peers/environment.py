"""Tools from PyPI, each in an environment of its own below the target folder."""

import subprocess
import sys
from pathlib import Path

from failed import Failed


def installed(target: Path, program: str, *wanted: str) -> Path:
    """The program that the wanted releases bring, installed unless exactly these are there. The first one names the environment."""
    environment = target / "environments" / wanted[0].partition("==")[0]
    is_there = environment / "installed"
    if not is_there.exists() or is_there.read_text().split() != list(wanted):
        for command in ([sys.executable, "-m", "venv", "--clear", environment], [environment / "bin" / "pip", "install", "--quiet", *wanted]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Failed(f"installing {' '.join(wanted)}: {done.stdout}{done.stderr}")
        is_there.write_text(" ".join(wanted))
    return environment / "bin" / program
