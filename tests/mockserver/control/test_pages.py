"""The files of the dashboard: shown to everybody on this machine, under a policy that lets nothing else load."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from mockserver.control import pages
from tests.mockserver.control.desk import NAME, TOKEN, Desk

FILES = sorted(each.name for each in (files("mockserver") / "dashboard").iterdir() if each.is_file())


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_served_as_what_it_is(name: str) -> None:
    answer = Desk(token=TOKEN).ask("GET", f"/{name}").response
    assert answer.status == 200
    assert (answer.header("content-type") or "").partition(";")[0] in {
        "text/html",
        "text/css",
        "text/javascript",
        "image/svg+xml",
    }
    assert answer.body == (files("mockserver") / "dashboard" / name).read_bytes()
    assert answer.header("x-content-type-options") == "nosniff"


def test_the_dashboard_stands_at_the_root_of_the_plane() -> None:
    desk = Desk()
    assert desk.ask("GET", "/").response.body == desk.ask("GET", "/index.html").response.body
    moved = desk.ask("GET", "").response
    assert (moved.status, moved.header("location")) == (308, "/__admin/")


def test_a_page_may_load_nothing_of_elsewhere() -> None:
    policy = Desk().ask("GET", "/").response.header("content-security-policy") or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert {each.split()[0] for each in policy.split("; ")} >= {"script-src", "base-uri", "form-action"}


def test_the_files_of_tasks_may_be_on_another_port() -> None:
    desk = Desk()
    desk.server.listen("http://127.0.0.1:4999")
    policy = desk.ask("GET", "/").response.header("content-security-policy") or ""
    assert "media-src 'self' http://127.0.0.1:4999;" in policy
    desk.mock.address = "https://x;script-src *"
    assert "*" not in (desk.ask("GET", "/").response.header("content-security-policy") or "")


def test_a_page_that_did_not_change_is_not_sent_again() -> None:
    desk = Desk()
    tag = desk.ask("GET", "/").response.header("etag") or ""
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    again = desk.ask("GET", "/", None, ("If-None-Match", tag)).response
    assert (again.status, again.body, again.header("etag")) == (304, b"", tag)
    assert desk.ask("GET", "/", None, ("If-None-Match", '"other"')).status == 200


STRANGE = ["/missing.js", "/Index.html", "/../app.py", "/%2e%2e/app.py", "/.css", "/x.py", "/a/b.js"]


@pytest.mark.parametrize("name", STRANGE)
def test_nothing_else_is_a_page(name: str) -> None:
    assert Desk().ask("GET", name).status == 404


def test_a_page_is_only_fetched() -> None:
    told = Desk().ask("POST", "/", {})
    assert (told.status, told.response.header("allow")) == (405, "GET, HEAD")
    head = Desk().ask("HEAD", "/").response
    assert head.status == 200


def test_what_is_a_page_is_known_by_its_name() -> None:
    assert [pages.is_page(path) for path in ("", "/", "/x.js", "/tasks", "/openapi.json")] == [True] * 3 + [False] * 2
    assert NAME
