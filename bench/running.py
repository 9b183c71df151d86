"""Servers that run: found, started on a core of their own, asked.

Knows processes and PATH. Does not know what is measured.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import tweaks
from bench.peer import FOLDER, Peer
from bench.session import end, members
from bench.work import LOAD, Call, Work

SERVER_CORE, LOAD_CORE = 0, 1
PATIENCE_S = 60


class Unfit(Exception):
    """A server that cannot be measured: it is missing, does not start, or does not do what is said of it."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int
    began_s: float

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, call: Call, task: str = "") -> tuple[int, bytes]:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        body = call.body.replace(b"{id}", task.encode())
        try:
            connection.request(call.method, call.path.replace("{id}", task), body or None, dict(call.headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def submit(self, work: Work) -> str | None:
        """Make a task; its id, or None where the answer is not the right one."""
        status, body = self.ask(work.submit)
        if status not in (200, 201):
            return None
        with suppress(ValueError):
            answer = json.loads(body)
            return str(answer[work.id_field]) if work.id_field in answer else None
        return None

    def first_answer_s(self, work: Work) -> float:
        """Wait for the first right answer to a submit; the time since the start of the process."""
        while time.perf_counter() < self.began_s + PATIENCE_S:
            if self.process.poll() is not None:
                raise Unfit(f"ended with code {self.process.returncode}: {self.last_words()}")
            try:
                if self.submit(work) is not None:
                    return time.perf_counter() - self.began_s
            except (OSError, http.client.HTTPException):
                time.sleep(0.002)
        raise Unfit(f"no right answer within {PATIENCE_S} s: {self.last_words()}")

    def last_words(self) -> str:
        """The end of what it printed."""
        return " ".join((self.folder / "log").read_text(errors="replace").split())[-300:]

    def memory_mb(self) -> float:
        """Resident memory of every process of its session."""
        return sum(member.memory_mb for member in members(self.process.pid))

    def cpu_s(self) -> float:
        """Processor time that every process of its session has used."""
        return sum(member.cpu_s for member in members(self.process.pid))


@contextmanager
def running(peer: Peer, document: dict[str, Any]) -> Iterator[Server]:
    """Start a server in a folder of its own; ended with all its children."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = furnish(peer, document, Path(name))
        port, admin_port = free_port(), free_port()
        words = {"port": port, "admin_port": admin_port, "home": home(peer)}
        command = ["taskset", "-c", str(SERVER_CORE), *expand(peer, peer.start, port=port, admin_port=admin_port)]
        with (folder / "log").open("wb") as log:
            began_s = time.perf_counter()
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment(peer, **words),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield Server(process, folder, port, began_s)
        finally:
            if not end(process):
                raise Unfit(f"process {process.pid} does not end")


def environment(peer: Peer, **words: object) -> dict[str, str]:
    """What a server sees around it: the folder of peers is none of its settings."""
    around = {key: value for key, value in os.environ.items() if key != FOLDER}
    own = {key: value.format(**words) for key, value in peer.environment.items()}
    return {**around, **own, "PATH": search_path(peer)}


def furnish(peer: Peer, document: dict[str, Any], folder: Path) -> Path:
    """Put the document, our small scripts and the peer's own files into its folder."""
    shutil.copytree(LOAD, folder, dirs_exist_ok=True)
    tweaks.write(folder / "openapi.json", document)
    peer.prepare(document, folder)
    modules = home(peer) / "node_modules"
    if modules.is_dir():
        (folder / "node_modules").symlink_to(modules)
    return folder


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def home(peer: Peer) -> Path:
    """The peer's own folder; nothing is found in it where no folder of peers is named."""
    return Path(os.environ.get(FOLDER, "/nonexistent")) / (peer.home or "none")


def search_path(peer: Peer) -> str:
    """Where programs are looked for: the peer's own folder, a Node beside the peers, our environment, PATH."""
    own = home(peer)
    node = own.parent / "node" / "node_modules" / ".bin"
    folders = [own / "node_modules" / ".bin", own / "bin", node, Path(sys.executable).parent]
    return os.pathsep.join([*map(str, folders), os.environ["PATH"]])


def expand(peer: Peer, words: tuple[str, ...], **values: object) -> list[str]:
    """A command with its program, its words in braces and its one file with a star found."""
    program = shutil.which(words[0], path=search_path(peer))
    if program is None:
        raise Unfit(f"there is no `{words[0]}` in PATH or in {FOLDER}")
    for need in peer.needs:
        if not (home(peer) / need).exists():
            raise Unfit(f"there is no {peer.home}/{need} in {FOLDER}")
    return [program, *(found(word.replace("{home}", str(home(peer))).format(**values)) for word in words[1:])]


def found(word: str) -> str:
    """The newest file of a name with a star; any other word as it is."""
    if not word.endswith(".jar"):
        return word
    files = sorted(Path(word).parent.glob(Path(word).name))
    if not files:
        raise Unfit(f"there is no {Path(word).name} in {FOLDER}")
    return str(files[-1])


def version(peer: Peer) -> str:
    """What the server says its version is."""
    words = [word.replace("{home}", str(home(peer))) for word in peer.version[1:]]
    program = shutil.which(peer.version[0], path=search_path(peer)) or peer.version[0]
    answer = subprocess.run(
        [program, *map(found, words)],
        env=environment(replace(peer, environment={})),
        capture_output=True,
        text=True,
        check=False,
    )
    numbers = re.search(r"\d+\.\d+(\.\d+)?", answer.stdout)
    return numbers.group() if numbers else "unknown"
