"""What is documented of messages: bodies, answers, and the links from one to the next request.

Values only: what a message must keep to is for the operation to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lumakit.contract import media
from lumakit.contract.forms import Coding
from lumakit.contract.parameters import Parameter
from lumakit.contract.shape import Shape


@dataclass(frozen=True, slots=True)
class Body:
    """A documented body: its media type, the pointer of its schema, and its examples by name ('' for the only one)."""

    media_type: str
    schema: str | None
    examples: Mapping[str, Any]
    shape: Shape
    pointer: str
    codings: Mapping[str, Coding] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """A documented link: which operation to go on with, and what to give it."""

    operation: str
    parameters: Mapping[str, Any]
    request_body: Any
    pointer: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A documented answer: its status ('200', '2XX', 'default'), headers, bodies and links."""

    status: str
    description: str
    headers: tuple[Parameter, ...]
    content: Mapping[str, Body]
    links: Mapping[str, Link]
    pointer: str

    def body(self) -> Body | None:
        """The first documented body."""
        return next(iter(self.content.values()), None)


def not_offered(content_type: str, content: Mapping[str, Body]) -> str:
    """Why a content type is none of those that are documented."""
    known = ", ".join(content)
    if not content_type:
        return f"no content type is given, but {known} is documented"
    return f"the content type {media.essence(content_type)!r} is not documented, only {known}"
