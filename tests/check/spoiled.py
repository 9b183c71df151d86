"""For every code of the checker a mock that was spoiled on purpose, so that exactly this rule speaks.

Each is made anew for each play, for some remember what they have spoiled.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lumakit.check.traffic import Arrival
from lumakit.model import Headers, Request, Response
from tests.check.play import KEY, NOBODYS, ORIGIN, SECOND, Astray, Play, Spoil, clips

JSON: Headers = (("Content-Type", "application/json"),)
AUTH: Headers = (("Authorization", f"Bearer {KEY}"),)
HOUR = "T09:00:00Z"
Change = Callable[[Any], Any]  # of a body that tells a task


@dataclass(frozen=True)
class Spoiled:
    """How a play is made, and whether the requests of it are judged too."""

    play: Callable[[], Play]
    probing: bool = True

    def codes(self) -> set[str]:
        """What the judge says."""
        return {found.code for found in self.play().verdict(probing=self.probing).findings}


# --- what can be spoiled ----------------------------------------------------------------------------------------------


def plain(**choices: Any) -> Callable[[], Play]:
    """A play on the clips."""
    return lambda: Play(clips(), **choices)


def bodies(change: Change, *operations: str) -> Spoil:
    """Another body where a task is told, alone or in a list."""

    def spoil(request: Request, response: Response) -> Response:
        operation = clips().route(request).operation
        if operation is None or operation.id not in (operations or ("getClip", "listClips")) or response.status != 200:
            return response
        body = json.loads(response.body)
        if operation.id == "listClips":
            body["clips"] = [change(each) for each in body["clips"]]
        else:
            body = change(body)
        return replace(response, body=json.dumps(body).encode())

    return spoil


def at(word: str, change: Change, *turns: int) -> Change:
    """Only in these looks at a word, counted from one; in all, where none is given."""
    count = 0

    def changed(body: Any) -> Any:
        nonlocal count
        count += body.get("status") == word
        return change(body) if body.get("status") == word and (not turns or count in turns) else body

    return changed


def having(**fields: Any) -> Change:
    """Some fields with other values; None takes one away."""

    def change(body: Any) -> Any:
        return {name: value for name, value in {**body, **fields}.items() if value is not None}

    return change


def fetched(word: str, change: Change, *turns: int) -> Callable[[], Play]:
    """A play in which a single look tells something else."""
    return lambda: Play(clips(), bodies(at(word, change, *turns), "getClip"))


def answered(status: int, body: bytes = b"", headers: Headers = JSON, *, to: str = "/quota", was: int = 0) -> Spoil:
    """Another answer for a path, or for what else begins like it."""

    def spoil(request: Request, response: Response) -> Response:
        meant = request.path.startswith(to) and was in (0, response.status)
        return Response(status, headers, body) if meant else response

    return spoil


def asking(method: str, target: str, body: bytes = b"", headers: Headers = (*AUTH, *JSON)) -> tuple[Request, ...]:
    """One more request."""
    path, _, query = target.partition("?")
    return (Request(method, path, query, headers, body, ORIGIN),)


QUOTA = asking("GET", "/quota?day=1")
GOOD = b'{"left": 3}'
LEFT: Headers = (*JSON, ("X-Left", "3"))


def quota(status: int = 200, body: bytes = GOOD, headers: Headers = LEFT) -> Spoiled:
    """Another answer to what is left."""
    return Spoiled(plain(spoil=answered(status, body, headers), also=QUOTA))


def taken(*also: Request, to: str, body: bytes, headers: Headers = LEFT) -> Spoiled:
    """Somebody's request is taken, whatever it is."""
    return Spoiled(plain(spoil=answered(200, body, headers, to=to, was=400), also=also), probing=False)


def calls(astray: Callable[[], Astray], **choices: Any) -> Callable[[], Play]:
    """A play in which webhooks go astray."""
    return lambda: Play(clips(), astray=astray(), **choices)


def told(word: str, change: Change, *turns: int) -> Callable[[], Astray]:
    """Webhooks for a word with another body."""

    def made() -> Astray:
        changed = at(word, change, *turns)

        def astray(arrival: Arrival) -> Iterable[Arrival]:
            body = json.dumps(changed(json.loads(arrival.request.body))).encode()
            return (replace(arrival, request=replace(arrival.request, body=body)),)

        return astray

    return made


def unless(is_lost: Callable[[Any], bool]) -> Callable[[], Astray]:
    """Some webhooks get lost."""
    return lambda: lambda arrival: () if is_lost(json.loads(arrival.request.body)) else (arrival,)


def first_of_each() -> Astray:
    """Of each webhook only the first attempt."""
    known: set[bytes] = set()

    def astray(arrival: Arrival) -> Iterator[Arrival]:
        if arrival.request.body not in known:
            known.add(arrival.request.body)
            yield arrival

    return astray


def swapped() -> Play:
    """The first webhook of a task comes after its last."""
    play, held = Play(clips()), dict[str, Arrival]()

    def astray(arrival: Arrival) -> Iterator[Arrival]:
        late = held.setdefault(arrival.task, arrival)
        if late is not arrival:
            yield arrival
        if json.loads(arrival.request.body)["status"] == "done":
            yield replace(late, number=play.record.number(), at_ms=play.clock.now())

    play.astray = astray
    return play


def strayed() -> Play:
    """One webhook tells of a task that nobody made, and comes to nobody's address."""
    change = at("working", having(id="c-nobody"), 1)

    def astray(arrival: Arrival) -> Iterator[Arrival]:
        body = change(json.loads(arrival.request.body))
        request = replace(arrival.request, body=json.dumps(body).encode())
        yield replace(arrival, request=request, task="" if body["id"] == "c-nobody" else arrival.task)

    return Play(clips(), astray=astray)


def unasked(request: Request) -> Request:
    """A request that asks for no webhook, as it is written down."""
    if b"webhook_url" not in request.body:
        return request
    body = {name: value for name, value in json.loads(request.body).items() if not name.startswith("webhook")}
    return replace(request, body=json.dumps(body).encode())


# --- short plays ------------------------------------------------------------------------------------------------------


def submit(play: Play) -> None:
    """A task is made."""
    play.made(play.kinds[0])


def submit_twice(play: Play) -> None:
    """Two tasks are made."""
    submit(play)
    submit(play)


def submit_and_look(play: Play) -> None:
    """A task is made, and looked at once."""
    play.look(play.kinds[0], play.made(play.kinds[0]))


def live_and_extend(play: Play) -> None:
    """A task is lived with, and extended."""
    play.live(play.kinds[0])
    play.made(play.kinds[1])


def same_id() -> Play:
    """Every task has the id of the first."""
    ids: list[str] = []

    def first(body: Any) -> Any:
        ids.append(body["id"])
        return {"id": ids[0]}

    return Play(clips(), bodies(first, "makeClip", "extendClip"), act=submit_twice)


def own_parent() -> Play:
    """A task that is extended is told to be the extension."""

    def spoil(request: Request, response: Response) -> Response:
        parent = request.path.removeprefix("/clips/").removesuffix("/extend")
        return replace(response, body=json.dumps({"id": parent}).encode()) if "/extend" in request.path else response

    return Play(clips(), spoil, act=live_and_extend)


def let_in(key: str) -> Callable[[], Play]:
    """Somebody is told of a task who must not be; the empty text is who shows no key."""

    def spoil(request: Request, response: Response) -> Response:
        shown = (request.header("authorization") or "").removeprefix("Bearer ")
        meant = request.method == "GET" and request.path.startswith("/clips/") and shown == key
        body = json.dumps({"id": request.path.removeprefix("/clips/")}).encode()
        return Response(200, JSON, body) if meant else response

    return lambda: Play(clips(), spoil)


def stranger(request: Request, response: Response) -> Response:
    """An id that nobody was given is known."""
    key = request.path.removeprefix("/clips/")
    body = json.dumps({"id": key, "status": "waiting"}).encode()
    return Response(200, JSON, body) if key.startswith("00000000") else response


def nothing_left(request: Request, response: Response) -> Response:
    """Whoever shows no key is answered as if the server were down."""
    return response if request.header("authorization") else Response(500)


EMPTY = json.dumps({"clips": []}).encode()
KEYLESS = asking("GET", "/clips/c-1", headers=())

SPOILED: dict[str, Spoiled] = {
    "X201": taken(*asking("GET", "/quota"), to="/quota", body=GOOD),
    "X202": taken(*asking("GET", "/quota?day=x"), to="/quota", body=GOOD),
    "X203": taken(*asking("POST", "/lists"), to="/lists", body=EMPTY),
    "X204": Spoiled(
        plain(
            spoil=answered(200, EMPTY, to="/lists", was=415),
            also=asking("POST", "/lists", b"c-1", (*AUTH, ("Content-Type", "text/plain"))),
        ),
        probing=False,
    ),
    "X205": taken(*asking("POST", "/lists", b'{"ids": ['), to="/lists", body=EMPTY),
    "X206": taken(*asking("POST", "/lists", b'{"ids": 7}'), to="/lists", body=EMPTY),
    "X207": Spoiled(plain(spoil=nothing_left, also=KEYLESS, act=submit), probing=False),
    "X211": quota(418),
    "X212": quota(headers=(("Content-Type", "text/html"), ("X-Left", "3"))),
    "X213": quota(body=b'{"left": '),
    "X214": quota(body=b'{"left": "three"}'),
    "X215": quota(headers=JSON),
    "X216": quota(headers=(*JSON, ("X-Left", "three"))),
    "X220": quota(body=b'{"left": 3, "label": "%s!"}' % (b"a" * 60)),
    "X221": Spoiled(plain(spoil=answered(200, b"{}", to="/no/such"))),
    "X222": Spoiled(let_in("")),
    "X223": Spoiled(let_in(NOBODYS)),
    "X224": Spoiled(plain(spoil=answered(200, b'{"id": "c-new"}', to="/clips", was=400))),
    "X225": Spoiled(plain(spoil=answered(204, headers=(), to="/clips", was=405))),
    "X226": quota(body=b'{"left": 3, "right": 4}'),
    "X227": quota(body=b'{"left": 3, "tier": "royal"}'),
    "X228": quota(500, b"<html>", JSON),
    "X229": Spoiled(plain(spoil=answered(500, headers=(), to="/clips", was=400))),
    "L301": Spoiled(fetched("working", having(status="busy"), 2)),
    "L302": Spoiled(fetched("working", having(status="waiting"), 2)),
    "L303": Spoiled(fetched("done", having(status="working", urls=None), 2)),
    "L304": Spoiled(lambda: Play(clips(), bodies(at("done", having(urls=["https://else.example/1.mp4"]), 3, 4)))),
    "L305": Spoiled(fetched("working", having(progress=0.5), 3)),
    "L306": Spoiled(fetched("working", having(progress=-5))),
    "L307": Spoiled(fetched("working", having(created_at="yesterday"), 2)),
    "L308": Spoiled(fetched("working", having(id="c-other"), 2)),
    "L309": Spoiled(plain(spoil=bodies(lambda _: {}, "makeClip"), act=submit)),
    "L310": Spoiled(same_id),
    "L311": Spoiled(own_parent),
    "L312": Spoiled(fetched("working", having(kind="loop"), 2)),
    "L313": Spoiled(fetched("working", having(created_at="2025-12-31T00:00:00Z"), 2)),
    "L314": Spoiled(fetched("working", having(updated_at="2026-01-01T00:00:00Z"), 3)),
    "L315": Spoiled(
        plain(spoil=bodies(having(updated_at=f"2026-01-01{HOUR}"), "getClip"), act=submit_and_look, hooked=False)
    ),
    "L316": Spoiled(plain(spoil=bodies(at("done", having(urls=None))), hooked=False)),
    "L317": Spoiled(plain(spoil=bodies(at("broken", having(reason=None))), hooked=False, scenario="fail")),
    "L318": Spoiled(plain(spoil=bodies(at("done", having(urls=["/films/1.mp4"]))), hooked=False)),
    "L319": Spoiled(plain(spoil=answered(404, headers=(), to="/__media"))),
    "L320": Spoiled(plain(spoil=answered(200, b"<html>", (("Content-Type", "text/html"),), to="/__media"))),
    "L321": Spoiled(plain(spoil=bodies(having(status="waiting", urls=None, progress=0), "listClips"))),
    "L322": Spoiled(calls(told("done", having(status="broken", urls=None, reason="no")))),
    "L323": Spoiled(plain(spoil=stranger)),
    "L324": Spoiled(let_in(SECOND)),
    "W401": Spoiled(calls(unless(lambda body: body["status"] == "done"))),
    "W402": Spoiled(swapped),
    "W403": Spoiled(calls(told("done", having(quality="high")))),
    "W404": Spoiled(calls(told("working", having(quality=7)))),
    "W405": Spoiled(plain(secret="another-secret")),
    "W406": Spoiled(calls(first_of_each, status=503)),
    "W407": Spoiled(plain(scenario="twice")),
    "W408": Spoiled(strayed),
    "W409": Spoiled(calls(told("working", having(id="c-other"), 1))),
    "W410": Spoiled(plain(scenario="early")),
    "W411": Spoiled(plain(noted=unasked)),
    "W412": Spoiled(calls(told("working", having(status="waiting"), 1))),
}
NOT_SPOILED = {
    "X230": "the two judges agree on everything but what they are known to differ on; that the rule speaks where one "
    "of them is deaf is shown by its example in the catalogue",
}
