"""The files of the dashboard, as they lie in the package; a page of ours may load nothing but what is here.

They hold no secret, so they are shown without a token. Knows files and headers; not what is in the files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from datetime import UTC, datetime
from importlib.resources import files

from lumakit.model import Request, Response
from mockserver.conditions import asked_for
from mockserver.control.declined import Declined

_NAME = re.compile(r"(?P<name>[a-z0-9][a-z0-9_-]*)\.(?P<kind>html|css|js|svg)")
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_PLACE = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+")
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)  # the entity tag is what tells two versions apart


def is_page(path: str) -> bool:
    """True for the dashboard and its files, `path` being what stands behind `/__admin`."""
    return path in ("", "/") or _NAME.fullmatch(path[1:]) is not None


def page(path: str, request: Request, media: Collection[str] = ()) -> Response:
    """A file of the dashboard; `media` are the origins, beside our own, at which the files of tasks are."""
    if request.method not in ("GET", "HEAD"):
        raise Declined(405, "wrong_method", "a page can only be fetched", (("Allow", "GET, HEAD"),))
    if path == "":
        return Response(308, (("Location", "/__admin/"),))
    name = path[1:] or "index.html"
    found = files("mockserver") / "dashboard" / name
    if not found.is_file():
        raise Declined(404, "unknown_path", f"the dashboard has no file {name}")
    content = found.read_bytes()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    status, _ = asked_for(request, etag, _UNDATED, len(content))
    headers = (
        ("Content-Type", _TYPES[name.rpartition(".")[2]]),
        ("Content-Security-Policy", _policy(media)),
        ("Cache-Control", "no-cache"),
        ("ETag", etag),
    )
    return Response(304, headers[1:]) if status == 304 else Response(200, headers, content)


def _policy(media: Collection[str]) -> str:
    sources = " ".join(("'self'", *sorted(each for each in media if _PLACE.fullmatch(each))))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src {sources}; media-src {sources}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
