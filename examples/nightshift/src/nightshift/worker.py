"""The worker: a few prompts at a time, each to its end, whatever becomes of the others."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import aiohttp

from nightshift.maker import Maker, NotKnown, NotMade

AT_ONCE = 4


def done(results: Path) -> set[str]:
    """The prompts that have an end already; what is not known is not ordered again either."""
    if not results.exists():
        return set()
    return {json.loads(line)["prompt"] for line in results.read_text(encoding="utf-8").splitlines()}


async def work(maker: Maker, prompts: Iterable[str], results: Path, at_once: int = AT_ONCE) -> None:
    """Work through a list."""
    places = asyncio.Semaphore(at_once)

    async def one(prompt: str) -> None:
        async with places:
            told = await _end(maker, prompt)
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")

    known = done(results)
    async with asyncio.TaskGroup() as group:
        for prompt in dict.fromkeys(prompts):
            if prompt not in known:
                group.create_task(one(prompt))


async def _end(maker: Maker, prompt: str) -> dict[str, str]:
    try:
        return {"prompt": prompt, "end": "made", "address": await maker.make(prompt)}
    except NotKnown as error:
        return {"prompt": prompt, "end": "not known", "reason": str(error)}
    except NotMade as error:
        return {"prompt": prompt, "end": "not made", "reason": str(error)}


async def night(prompts: Iterable[str], results: Path) -> None:
    """One night, with what the environment says."""
    base = os.environ.get("KKIAI_BASE_URL", "https://www.kkiai.com")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=600)) as http:
        await work(Maker(http, base, os.environ["KKIAI_API_KEY"]), prompts, results)


def main() -> None:
    """The command `nightshift PROMPTS RESULTS`."""
    prompts, results = map(Path, sys.argv[1:3])
    wanted = [line.strip() for line in prompts.read_text(encoding="utf-8").splitlines() if line.strip()]
    asyncio.run(night(wanted, results))
