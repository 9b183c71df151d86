"""The machine and the tools a run was made with, in words. Measures nothing."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

from bench.peers import PRISM
from bench.running import search_path


def describe() -> dict[str, str]:
    """One line for each thing that moves the figures."""
    return {
        "processor": f"{processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "node": said("node", "--version"),
        "java": said("java", "-version"),
        "wrk": said("wrk", "-v"),
        "load average": f"{os.getloadavg()[0]:.2f} when the run began",
    }


def processor() -> str:
    """The name the processor gives itself."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def said(program: str, question: str) -> str:
    """The first line a program says about its version."""
    path = search_path(PRISM)
    found = shutil.which(program, path=path)
    if found is None:
        return "missing"
    environment = {**os.environ, "PATH": path}
    answer = subprocess.run([found, question], env=environment, capture_output=True, text=True, check=False)
    return (answer.stdout or answer.stderr).splitlines()[0].partition(" [")[0]
