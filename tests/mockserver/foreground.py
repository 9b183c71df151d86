"""A server in the foreground, for the tests that send signals to it; its arguments are a limit of files, or nothing."""

from __future__ import annotations

import resource
import sys

from mockserver.door.asgi import Door
from mockserver.live import serve
from tests.mockserver.wires import echo


def main() -> None:
    """Serve, print the address, and in the end the signal."""
    if len(sys.argv) > 1:
        files = int(sys.argv[1])
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    say(serve(Door(echo), on_ready=say).name)


def say(line: str) -> None:
    """To whoever started us."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
