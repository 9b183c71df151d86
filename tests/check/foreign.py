"""Somebody else's server: a small Flask application that keeps a contract by hand, and breaks it where it is told to.

Shares no line with the mock. Its tasks move with each look, and every word is told by a webhook.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import make_server

KEY = "canary-of-a-foreign-server"
DEFECTS = {
    "the account tells its credits in words": "X214",
    "the account is shown to any key": "X223",
    "progress falls": "L305",
    "the film is not there": "L319",
    "an unknown id is a task that waits": "L323",
    "webhooks come with another secret": "W405",
    "the last webhook comes twice": "W407",
}
LIFE = (("pending", 0), ("starting", 0), ("processing", 40), ("processing", 80), ("finished", 100))
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(64)
TEXT, URI, BOOL, MOTION, INDEX, LIST = "text", "uri", "bool", "motion", "index", "list"
HOOK = {"webhook_url": URI, "webhook_secret": TEXT}
PICTURES = {"image_url": URI, "end_image_url": URI, "enhance_prompt": BOOL, "aspect_ratio": TEXT}
# What each path takes: the fields that must be there, and those that may.
TAKES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "/luma-imagine": ({"prompt": TEXT}, {**PICTURES, "loop": BOOL, **HOOK}),
    "/luma-extend": ({"parent_task_id": TEXT, "prompt": TEXT}, {**PICTURES, **HOOK}),
    "/imagine-video": ({"prompt": TEXT, "image_url": URI}, {"motion": MOTION, **HOOK}),
    "/imagine-video-extend": (
        {"parent_task_id": TEXT, "prompt": TEXT, "image_url": URI},
        {"index": INDEX, "motion": MOTION, **HOOK},
    ),
    "/fetch": ({"task_id": TEXT}, {}),
    "/fetch-many": ({"task_ids": LIST}, {}),
}
KINDS = {path: path.removeprefix("/").replace("luma-imagine", "luma").replace("extend", "ext") for path in TAKES}
KINDS |= {"/imagine-video-extend": "imagine-video-extend"}


@dataclass
class Task:
    """A task, which moves with each look."""

    id: str
    kind: str
    url: str
    secret: str
    looks: int = 0
    told: set[int] = field(default_factory=set)

    @property
    def at(self) -> int:
        return min(max(self.looks - 1, 0), len(LIFE) - 1)


class Foreign:
    """The server: what it keeps, and which defects it has."""

    def __init__(self, *defects: str) -> None:
        assert set(defects) <= set(DEFECTS)
        self.defects = frozenset(defects)
        self.tasks: dict[str, Task] = {}
        self.made = 0
        self.app = Flask("foreign")
        self.app.add_url_rule("/account", view_func=self.account)
        self.app.add_url_rule("/film/<key>.mp4", view_func=self.film, methods=["GET"])
        for path in TAKES:
            view = {"/fetch": self.fetch, "/fetch-many": self.fetch_many}.get(path, self.make)
            self.app.add_url_rule(path, path, view, methods=["POST"])

    def has(self, defect: str) -> bool:
        return defect in self.defects

    # who may, and what

    def refusal(self) -> Response | None:
        """Why a request is not served, if it is not."""
        if request.headers.get("Authorization", "").removeprefix("Bearer ") != KEY:
            return answer(401, {})
        if request.method == "POST" and not request.is_json:
            return problem(415, "The request must be JSON")
        if request.method == "POST" and not takes(request.path, request.get_json(silent=True)):
            return problem(400, "Invalid request")
        return None

    # what there is

    def account(self) -> Response:
        shown = bool(request.headers.get("Authorization")) and self.has("the account is shown to any key")
        refused = None if shown else self.refusal()
        left = "plenty" if self.has("the account tells its credits in words") else 7
        return refused or answer(200, {"email": "a@b.example", "credits": left, "total_images": 0, "plan": "free"})

    def make(self) -> Response:
        refused = self.refusal()
        if refused:
            return refused
        body: Any = request.get_json()
        parent = self.tasks.get(body.get("parent_task_id"))
        if "parent_task_id" in body and (parent is None or LIFE[parent.at][0] != "finished"):
            return problem(404 if parent is None else 409, "There is no such video")
        self.made += 1
        task = Task(str(uuid.uuid4()), KINDS[request.path], body.get("webhook_url", ""), body.get("webhook_secret", ""))
        self.tasks[task.id] = task
        return answer(200, {"task_id": task.id})

    def fetch(self) -> Response:
        refused = self.refusal()
        if refused:
            return refused
        key = request.get_json()["task_id"]
        if key not in self.tasks:
            if self.has("an unknown id is a task that waits"):
                return answer(200, {"task_id": key, "task_type": "luma", "status": "pending", "percentage": "0"})
            return problem(404, "Task not found")
        task = self.tasks[key]
        task.looks += 1
        self.tell(task)
        return answer(200, self.view(task))

    def fetch_many(self) -> Response:
        refused = self.refusal()
        known = [self.tasks[key] for key in request.get_json()["task_ids"] if key in self.tasks] if not refused else []
        return refused or answer(200, {"tasks": [self.view(task) for task in known]})

    def view(self, task: Task) -> dict[str, Any]:
        word, progress = LIFE[task.at]
        if progress == 80 and not task.url and self.has("progress falls"):
            progress = 20
        shown = {"task_id": task.id, "task_type": task.kind, "status": word, "percentage": str(progress)}
        film = f"{request.host_url}film/{task.id}.mp4"
        results = {"video_url": film} if task.kind.startswith("luma") else {"video_urls": [film]}
        return shown | (results if word == "finished" else {})

    def film(self, key: str) -> Response:
        if self.has("the film is not there") or key not in self.tasks:
            return Response("gone", 404, content_type="text/plain")
        return Response(FILM, 200, content_type="video/mp4")

    # webhooks

    def tell(self, task: Task) -> None:
        """Tell of a word once; of the last one twice, where that is wrong with us."""
        if not task.url or task.at in task.told:
            return
        task.told.add(task.at)
        twice = LIFE[task.at][0] == "finished" and self.has("the last webhook comes twice")
        secret = "another" if self.has("webhooks come with another secret") else task.secret
        for _ in range(2 if twice else 1):
            post(task.url, self.view(task), secret)


def takes(path: str, body: Any) -> bool:
    """True where a body is what a path takes."""
    needed, more = TAKES[path]
    if not isinstance(body, dict) or not needed.keys() <= body.keys():
        return False
    return all(fits({**needed, **more}[name], value) for name, value in body.items() if name in needed or name in more)


def fits(kind: str, value: Any) -> bool:
    if kind == BOOL:
        return isinstance(value, bool)
    if kind == LIST:
        return isinstance(value, list) and 2 <= len(value) <= 20 and all(isinstance(each, str) for each in value)
    listed = {MOTION: ("low", "high"), INDEX: ("1", "2", "3", "4")}.get(kind)
    return isinstance(value, str) and (value in listed if listed else kind != URI or "://" in value)


def answer(status: int, body: Any) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


def problem(status: int, text: str) -> Response:
    return answer(status, {"errors": [{"msg": text}]})


def post(url: str, body: Any, secret: str) -> None:
    headers = {"Content-Type": "application/json", **({"x-webhook-secret": secret} if secret else {})}
    asked = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")  # noqa: S310  # loopback
    with contextlib.suppress(urllib.error.URLError):  # nobody listens: that is theirs to notice
        urllib.request.urlopen(asked, timeout=5).close()  # noqa: S310


@contextlib.contextmanager
def served(foreign: Foreign) -> Iterator[str]:
    """The server on a port of this machine; where it is."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, foreign.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
