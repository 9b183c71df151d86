"""The command `filmroll`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import requests

from filmroll.films import Films, NotKnown, NotMade


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a film, or go on waiting for one."""
    parser = argparse.ArgumentParser(prog="filmroll", description=__doc__)
    parser.add_argument("prompt", nargs="?", help="what is to be seen")
    parser.add_argument("--task", help="a film that was ordered before")
    parser.add_argument("-o", "--output", default="film.mp4", help="where it is saved")
    given = parser.parse_args(arguments)
    if bool(given.prompt) == bool(given.task):
        parser.error("give a prompt, or the task of a film that was ordered before")
    base = os.environ.get("CHAINHUB_BASE_URL", "https://api.chainhub.tech")
    with requests.Session() as session:
        return _run(Films(base, os.environ.get("CHAINHUB_API_KEY", ""), session), given)


def _run(films: Films, given: argparse.Namespace) -> int:
    try:
        task = given.task or films.order(given.prompt)
        print(f"task {task}")
        size = films.save(films.wait(task), given.output)
    except NotMade as error:
        print(f"filmroll: no film: {error}", file=sys.stderr)
        return 1
    except (NotKnown, requests.RequestException) as error:
        print(f"filmroll: it is not known whether there is a film: {error}", file=sys.stderr)
        return 2
    print(f"saved {given.output}, {size} bytes")
    return 0
