"""A night: the prompts that are worked through, and what was written down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from lumakit.pytest import Server, Waiting
from nightshift.maker import Maker
from nightshift.worker import work

Results = dict[str, dict[str, str]]
Night = Callable[..., Results]


@pytest.fixture
def night(lumakit_server: Server, lumakit_no_waiting: Waiting, tmp_path: Path) -> Night:
    """Work through prompts; what became of each."""
    results = tmp_path / "results.jsonl"

    def worked(*prompts: str, kind: type[Maker] = Maker) -> Results:
        async def story() -> None:
            async with aiohttp.ClientSession() as http:
                await work(kind(http, lumakit_server.url, lumakit_server.key), prompts, results)

        asyncio.run(story())
        lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
        return {line["prompt"]: line for line in lines}

    return worked
