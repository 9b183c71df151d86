"""The flags of what a task is asked for: the names that all providers share, and any other one.

Knows how the user says it. What fits, and where it stands in a request, the client knows.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Set
from typing import Any, NamedTuple

from lumakit import strictjson
from lumakit.cli import deliveries
from lumakit.errors import UsageError

# Arguments of the client's own; a parameter of such a name is given with an underscore behind it.
_TAKEN = frozenset(("extra", "kind", "self"))
_TEXTS = ("prompt", "image", "end_image", "aspect_ratio", "webhook")
_VALUES = ("duration", "resolution")
Named = tuple[str, Any]


def kind_argument(parser: argparse.ArgumentParser) -> None:
    """KIND"""
    words = "a kind of task, or the operation that makes it; may be left out where only one will do"
    parser.add_argument("named_kind", metavar="KIND", nargs="?", default="", help=words)


def flags(parser: argparse.ArgumentParser) -> None:
    """--prompt, --image, --end-image, --loop, --duration, --resolution, --aspect-ratio, --webhook, -p, --extra"""
    add = parser.add_argument_group("what is asked for").add_argument
    add("--prompt", metavar="TEXT")
    add("--image", metavar="URL", help="the first picture")
    add("--end-image", metavar="URL", help="the last picture")
    add("--loop", action="store_true", help="the end leads to the beginning")
    add("--duration", type=_value, metavar="VALUE")
    add("--resolution", type=_value, metavar="VALUE")
    add("--aspect-ratio", metavar="TEXT")
    add("--webhook", metavar="URL", help="where the provider is to tell of the task")
    words = "a file with the secret that the provider is to send along, where it takes one: the first line"
    add("--webhook-secret-file", metavar="FILE", help=words)
    deliveries.secret_flag(parser)
    words = "any documented parameter: JSON, or else a text; may be given again"
    add("-p", "--param", type=_named, action="append", default=[], metavar="NAME=VALUE", help=words)
    words = "into the body as it is, though it is not documented; may be given again"
    add("--extra", type=_named, action="append", default=[], metavar="NAME=VALUE", help=words)


class Hook(NamedTuple):
    """What the parameters of a webhook are called: its address, and its secret where the provider takes one."""

    url: str
    secret: str = ""


def asked(options: argparse.Namespace, hooks: Iterable[Hook] = ()) -> dict[str, Any]:
    """What is asked for, as the client takes it."""
    urls, secrets = {"webhook"}, set[str]()
    for hook in hooks:
        urls.add(hook.url)
        secrets |= {hook.secret} - {""}
    said: dict[str, Any] = {}
    for name, value in _given(options):
        _refuse_secret(name, secrets)
        if name in said:
            raise UsageError(f"{name} is given twice", code="usage", hint="say it once")
        said[name] = value
    if secrets and urls & said.keys() and (found := deliveries.secrets(options)):
        said["webhook_secret"] = found[0]
    extra = dict(options.extra)
    for name in extra:
        _refuse_secret(name, secrets)
    taken = {f"{name}_" if name in _TAKEN else name: value for name, value in said.items()}
    return {**taken, "extra": extra} if extra else taken


def _given(options: argparse.Namespace) -> list[Named]:
    given: list[Named] = [(name, getattr(options, name)) for name in (*_TEXTS, *_VALUES)]
    given.append(("loop", options.loop or None))
    return [*(each for each in given if each[1] is not None), *options.param]


def _refuse_secret(name: str, names: Set[str]) -> None:
    if name == "webhook_secret" or name in names:
        what = f"{name}: a secret is not typed, for everybody on this machine can read a command line"
        raise UsageError(what, code="secret_typed", hint="--webhook-secret-file FILE, or LUMAKIT_WEBHOOK_SECRET")


def _named(text: str) -> Named:
    """NAME=VALUE"""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError("write NAME=VALUE")
    return name.strip(), _value(value)


def _value(text: str) -> Any:
    """JSON, or else a text."""
    try:
        return strictjson.loads(text.encode("utf-8", "surrogatepass"))
    except strictjson.JsonProblem:
        return text
