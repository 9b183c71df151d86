"""Why a call is not sent, in words that name the parameter and what is allowed. Repeats no value."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lumakit import strictjson
from lumakit.call_errors import InvalidRequest
from lumakit.contract import pointer as pointers
from lumakit.contract.frozen import thaw
from lumakit.contract.operation import Operation
from lumakit.model import Finding

_REQUIRED = re.compile(r'"([^"]+)" is a required property')
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "format")


def strange(operation: Operation, name: str, known: Iterable[str]) -> InvalidRequest:
    """A name that the operation has no place for."""
    takes = list(dict.fromkeys(known))
    near = difflib.get_close_matches(name, takes, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    hint += f"it takes {', '.join(takes) or 'nothing'}; extra={{...}} sends what is not documented"
    what = f"{name} is not documented"
    return InvalidRequest(what, code="undocumented", operation=operation.key, parameter=name, hint=hint)


def twice(operation: Operation, one: str, other: str) -> InvalidRequest:
    """Two names for one place."""
    what, hint = f"{one} and {other} are the same parameter", "give one of them"
    return InvalidRequest(what, code="given_twice", operation=operation.key, parameter=other, hint=hint)


def refused(
    operation: Operation, findings: Sequence[Finding], used: Mapping[str, str], members: Mapping[str, Mapping[str, Any]]
) -> InvalidRequest:
    """What the contract has against a request; `used` names the parameters as the caller did."""
    lines = [_told(finding, used) for finding in findings]
    member = _member(findings[0])
    allowed = described(members[member]) if member in members else ""
    parameter = used.get(member, member)
    hint = f"{parameter} is {allowed}" if allowed else ""
    what = "; ".join(dict.fromkeys(lines))
    error = InvalidRequest(what, code=findings[0].code, operation=operation.key, parameter=parameter, hint=hint)
    error.findings = tuple(findings)
    return error


def described(schema: Mapping[str, Any]) -> str:
    """What a schema allows, in a few words."""
    kinds = schema.get("type")
    words = [str(kind) for kind in (kinds if isinstance(kinds, (list, tuple)) else [kinds]) if kind]
    parts = [" or ".join(words)] if words else []
    if isinstance(schema.get("enum"), (list, tuple)):
        parts.append("one of " + ", ".join(strictjson.dumps(thaw(value)).decode() for value in schema["enum"]))
    parts += [f"{bound} {schema[bound]}" for bound in _BOUNDS if isinstance(schema.get(bound), (str, int, float))]
    return ", ".join(parts)


def _told(finding: Finding, used: Mapping[str, str]) -> str:
    member = _member(finding)
    name = used.get(member, member)
    return finding.message if name == member else f"{name}: {finding.message}"


def _member(finding: Finding) -> str:
    """The name of the member or parameter that a finding is about."""
    if finding.pointer:
        return pointers.split(finding.pointer)[0]
    missing = _REQUIRED.search(finding.message)
    if missing:
        return missing[1]
    return finding.subject.partition(" ")[2] or finding.subject
