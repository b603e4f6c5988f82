"""What the figures were taken on, and with which programs."""

import os
import platform
import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path


def circumstances(versions: list[str], programs: list[str]) -> dict:
    """When, where and with what; `versions` are those of the servers, `programs` are asked for theirs."""
    return {
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": [*dict.fromkeys(versions), *told(programs)],
    }


def machine() -> dict:
    information = Path("/proc/cpuinfo").read_text()
    models = [line.split(":", 1)[1].strip() for line in information.splitlines() if line.startswith("model name")]
    return {
        "system": f"{platform.freedesktop_os_release().get('PRETTY_NAME', 'Linux')}, Linux {platform.release().split('-')[0]}",
        "processor": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3, 1),
        "load_at_the_end": round(os.getloadavg()[0], 1),
    }


def told(programs: list[str]) -> list[str]:
    """A program that is not there has failed in its race, too."""
    found = []
    for program in programs:
        if shutil.which(program):
            done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
            found += done.stdout.splitlines()[:1]
    return found


def described(machine: dict) -> str:
    return f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}"
