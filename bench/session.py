"""A server's processes: all that belong to the session it was started in, weighed, timed and ended.

Knows /proc. Does not know which server it is.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PAGE, TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Member:
    """One living process: its resident memory and the processor time it has used."""

    pid: int
    memory_mb: float
    cpu_s: float


def members(session: int) -> Iterator[Member]:
    """The living processes of a session."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            cpu_s = (int(fields[11]) + int(fields[12])) / TICKS
            yield Member(int(entry.name), int(fields[21]) * PAGE / 1e6, cpu_s)


def end(process: subprocess.Popen[bytes]) -> bool:
    """Ask every process of a session to end, and insist after five seconds; whether they did."""
    for sign, patience_s in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        for member in members(process.pid):
            with suppress(ProcessLookupError):
                os.kill(member.pid, sign)
        deadline_s = time.perf_counter() + patience_s
        while time.perf_counter() < deadline_s:
            if process.poll() is not None and not list(members(process.pid)):
                return True
            time.sleep(0.01)
    return False
