"""Measure what the project promises about speed: medians of several runs, side by side, beside their targets.

Run it on a quiet machine: `make bench`. Figures move from machine to machine; the ratios hold.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import proxy
from lumakit.client import Client
from lumakit.clock import VirtualClock
from lumakit.contract import document, folder
from lumakit.contract.compile import Contract, compile_contract
from lumakit.contract.document import Document
from lumakit.contract.folder import Sources
from lumakit.contract.second_opinion import SecondOpinion
from lumakit.errors import DocumentError
from lumakit.model import Edition, Request, Response
from mockserver import MockProvider

ROUNDS = 9
LOOKS = 500


def main() -> None:
    """Measure everything and print one table."""
    print(f"{'what':<58} {'median':>12}  {'target':>10}")
    commands = {"lumakit --help": (["--help"], 150), "lumakit lint chainhub": (["lint", "chainhub"], 500)}
    for what, (arguments, target_ms) in commands.items():
        show(what, median_ms(partial(command, arguments)), target_ms)
    show("a bare interpreter, for comparison", median_ms(lambda: run([sys.executable, "-c", ""])))
    show("read and compile the vendored providers, corrected", median_ms(compile_vendored), 100)
    generated = Sources("generated", big_document(1000))
    show("compile a generated document of 1,000 operations", median_ms(lambda: compiled(generated), rounds=5), 2000)
    half = Sources("generated", big_document(500))
    show("compile a generated document of 500 operations", median_ms(lambda: compiled(half), rounds=5))
    show(
        "judge one answer of each of 1,000, schemas in a ring", median_ms(partial(judge_all, generated), rounds=5), 2000
    )
    show("refuse a bomb of aliases that stands for 10^9 values", median_ms(refuse_bomb), 250)
    opinions()
    calling()
    passing()


def show(what: str, median: float, target_ms: float | None = None) -> None:
    """One row of the table."""
    target = f"{target_ms:>8.0f} ms" if target_ms is not None else ""
    mark = "" if target_ms is None or median <= target_ms else "  <-- missed"
    print(f"{what:<58} {median:>9.3f} ms  {target:>10}{mark}")


def median_ms(act: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """The median of several runs, after one that warms up."""
    act()
    gc.collect()
    spans = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        spans.append(time.perf_counter() - start)
    return statistics.median(spans) * 1000


def command(arguments: list[str]) -> None:
    """Run our command as a person would."""
    run([sys.executable, "-m", "lumakit", *arguments])


def run(arguments: list[str]) -> None:
    """Run a command without its output."""
    subprocess.run(arguments, stdout=subprocess.DEVNULL, check=True)


def compile_vendored() -> None:
    """From files to contracts."""
    for name in folder.providers():
        compile_contract(folder.find(name), Edition.CORRECTED)


def compiled(sources: Sources) -> Contract:
    """One contract."""
    return compile_contract(sources, Edition.PUBLISHED)


def refuse_bomb() -> None:
    """A few hundred bytes that would fill the memory."""
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    try:
        document.parse("\n".join(["a0: &a0 x", *levels]).encode(), "bomb.yaml")
    except DocumentError:
        return
    raise SystemExit("the bomb was read")


def judge_all(sources: Sources) -> None:
    """Compile a document and judge an answer of each operation: every validator is built."""
    answer = Response(200, (("content-type", "application/json"),), b'{"id": "a", "next": {"id": "b"}}')
    for operation in compiled(sources).operations.values():
        operation.check_response(answer)


def big_document(count: int) -> Document:
    """A document with many operations, and as many schemas that refer to each other in one ring."""
    schemas: dict[str, Any] = {
        f"Thing{n}": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string"},
                "next": {"$ref": f"#/components/schemas/Thing{(n + 1) % count}"},
                "tags": {"type": "array", "items": {"type": "string", "maxLength": 40}},
            },
        }
        for n in range(count)
    }
    paths = {f"/group{n % 40}/things{n}/{{id}}": {"post": big_operation(n)} for n in range(count)}
    data = {
        "openapi": "3.0.3",
        "info": {"title": "generated", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    return document.parse(json.dumps(data).encode(), "generated.json")


def big_operation(n: int) -> dict[str, Any]:
    """One operation of the generated document."""
    body = {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/Thing{n}"}}}}
    return {
        "operationId": f"operation{n}",
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "requestBody": {"required": True, **body},
        "responses": {"200": {"description": "done", **body}, "default": {"description": "an error", **body}},
    }


def opinions() -> None:
    """One request, judged by the fast path and by openapi-core."""
    contract = compile_contract(folder.find("chainhub"), Edition.CORRECTED)
    body = json.dumps({"user_prompt": "a gust of wind", "model_name": "ray-v2", "duration": "5s"}).encode()
    headers = (("content-type", "application/json"), ("authorization", "Bearer key"))
    request = Request("POST", "/luma/generations", headers=headers, body=body)
    operation = contract.operation("POST /luma/generations")
    second = SecondOpinion(contract)
    loops = 200

    def ours() -> None:
        for _ in range(loops):
            operation.check_request(request)

    def theirs() -> None:
        for _ in range(loops // 20):
            second.request(request)

    fast, slow = median_ms(ours) / loops, median_ms(theirs) / (loops // 20)
    show("check one request", fast)
    show("the same by openapi-core", slow)
    print(f"{'ratio':<58} {slow / fast:>9.0f} x")


def calling() -> None:
    """One look at a task, by the client and by httpx alone, on the same transport."""
    mock = MockProvider("chainhub", clock=VirtualClock())
    url, headers = "https://api.chainhub.tech/luma/generations", {"Authorization": "Bearer key-of-the-bench"}
    with httpx.Client(transport=mock.transport()) as http:
        made = http.post(url, headers=headers, json={"user_prompt": "a gust of wind"}).json()["id"]
        address, answer = f"{url}/{made}", http.get(f"{url}/{made}", headers=headers)
        transports = {"the mock": mock.transport(), "an answer ready made": ready_made(answer)}
    for what, transport in transports.items():
        with (
            httpx.Client(transport=transport) as bare,
            Client("chainhub", api_key="key-of-the-bench", transport=transport, clock=VirtualClock()) as client,
        ):
            alone = median_ms(partial(often, partial(looked, bare, address, headers))) / LOOKS
            whole = median_ms(partial(often, partial(client.fetch, made))) / LOOKS
        show(f"look at a task on {what}: httpx alone", alone)
        show("the same by the client, asked and answered by the contract", whole)
        print(f"{'ratio':<58} {whole / alone:>9.2f} x  {'1.3 x':>10}")
    each_another(mock, url, headers)


def each_another(mock: MockProvider, url: str, headers: dict[str, str]) -> None:
    """The same where no task is looked at twice in a row: nothing that is remembered of one helps with the next."""
    with (
        httpx.Client(transport=mock.transport()) as bare,
        Client("chainhub", api_key="key-of-the-bench", transport=mock.transport(), clock=VirtualClock()) as client,
    ):
        made = [client.submit(prompt="a gust of wind").id for _ in range(LOOKS)]
        alone = median_ms(lambda: [looked(bare, f"{url}/{key}", headers) for key in made]) / LOOKS
        whole = median_ms(lambda: [client.fetch(key) for key in made]) / LOOKS
    show("look at another task each time on the mock: httpx alone", alone)
    show("the same by the client", whole)
    print(f"{'ratio':<58} {whole / alone:>9.2f} x")


def passing() -> None:
    """One look at a task over a socket: directly, and through `lumakit proxy`."""
    figures = proxy.measured()
    show("look at a task over a socket", figures.direct_ms)
    show("the same through lumakit proxy, judged and recorded", figures.through_ms)
    print(f"{'ratio':<58} {figures.through_ms / figures.direct_ms:>9.2f} x")


def ready_made(answer: httpx.Response) -> httpx.MockTransport:
    """A transport that costs next to nothing."""
    return httpx.MockTransport(lambda _: httpx.Response(200, headers=answer.headers, content=answer.content))


def looked(http: httpx.Client, address: str, headers: dict[str, str]) -> object:
    """Look at a task as one does without a client."""
    return http.get(address, headers=headers).json()


def often(act: Callable[[], Any]) -> None:
    """The same again and again."""
    for _ in range(LOOKS):
        act()


if __name__ == "__main__":
    main()
