"""Credentials, and which of them are enough."""

from __future__ import annotations

import pytest

from lumakit.contract.operation import Operation
from lumakit.contract.security import Scheme, Security
from lumakit.model import Request
from tests.contract.builders import SECRET, operation, post

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "Basic"},
    "oauth": {"type": "oauth2", "flows": {}},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://a.example"},
    "tls": {"type": "mutualTLS"},
    "head": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "raw": {"type": "apiKey", "in": "header", "name": "Authorization"},
}


def secured(*alternatives: list[str]) -> Operation:
    asked: list[dict[str, list[str]]] = [{name: [] for name in names} for names in alternatives]
    return operation({"security": asked}, components={"securitySchemes": SCHEMES})


def showing(where: str) -> Request:
    name, _, value = where.partition("=")
    if name == "?":
        return post(query=value)
    return post(headers=((name, value),))


@pytest.mark.parametrize(
    ("scheme", "shown"),
    [
        ("bearer", "Authorization=Bearer abc"),
        ("bearer", "AUTHORIZATION=bearer abc"),
        ("oauth", "Authorization=Bearer abc"),
        ("oidc", "Authorization=Bearer abc"),
        ("tls", "X-Other=abc"),
        ("basic", "Authorization=Basic YTpi"),
        ("head", "x-key=abc"),
        ("query", "?=a=1&key=abc"),
        ("cookie", "Cookie=a=1; sid=abc"),
        ("raw", "Authorization=abc"),
    ],
)
def test_a_credential_in_its_place_is_enough(scheme: str, shown: str) -> None:
    assert secured([scheme]).check_request(showing(shown)) == ()


@pytest.mark.parametrize(
    ("scheme", "shown"),
    [
        ("bearer", "Authorization=abc"),
        ("bearer", "Authorization=Bearer "),
        ("bearer", "Authorization=Basic YTpi"),
        ("basic", "Authorization=Bearer abc"),
        ("head", "X-Other=abc"),
        ("head", "X-Key="),
        ("query", "?=key="),
        ("query", "key=abc"),
        ("cookie", "Cookie=sid2=abc"),
    ],
)
def test_anything_else_is_no_credential(scheme: str, shown: str) -> None:
    findings = secured([scheme]).check_request(showing(shown))
    assert [(finding.code, finding.subject) for finding in findings] == [("X207", "security")]


@pytest.mark.parametrize("shown", ["Authorization=Bearer abc", "Authorization=abc", "?=key=abc"])
def test_one_of_several_alternatives_is_enough(shown: str) -> None:
    assert secured(["bearer"], ["raw"], ["query"]).check_request(showing(shown)) == ()


def test_all_schemes_of_an_alternative_are_needed() -> None:
    both = secured(["head", "query"])
    assert both.check_request(post(headers=(("X-Key", "a"),), query="key=b")) == ()
    assert [finding.code for finding in both.check_request(post(query="key=b"))] == ["X207"]


@pytest.mark.parametrize("alternatives", [(), ([],), (["bearer"], [])])
def test_an_empty_requirement_asks_nothing(alternatives: tuple[list[str], ...]) -> None:
    assert secured(*alternatives).check_request(post(headers=())) == ()


def test_the_document_speaks_for_operations_that_do_not() -> None:
    components = {"securitySchemes": SCHEMES}
    asked = operation({}, components=components, security=[{"bearer": []}])
    waived = operation({"security": []}, components=components, security=[{"bearer": []}])
    assert [finding.code for finding in asked.check_request(post())] == ["X207"]
    assert waived.check_request(post()) == ()


def test_the_message_says_what_would_do_and_nothing_of_what_came() -> None:
    (finding,) = secured(["bearer"], ["head", "query"], ["cookie"]).check_request(
        post(headers=(("Authorization", f"Basic {SECRET}"),), query=f"kei={SECRET}")
    )
    assert finding.message == (
        "no credentials: the header Authorization with `Bearer <token>`, or the header X-Key and "
        "the query parameter key, or the cookie sid is needed"
    )


def test_a_certificate_is_taken_as_given() -> None:
    assert secured(["tls"]).check_request(post()) == ()
    assert secured(["tls"]).security.credential(post()) == ""
    (finding,) = secured(["tls", "head"]).check_request(post())
    assert finding.message == "no credentials: the header X-Key is needed"


def test_what_stands_for_several_schemes_is_said_once() -> None:
    (finding,) = secured(["bearer"], ["oauth", "oidc"], ["oidc"]).check_request(post())
    assert finding.message == "no credentials: the header Authorization with `Bearer <token>` is needed"


def test_the_first_credential_shown_is_the_key_of_the_caller() -> None:
    security = Security(((Scheme("a", "header", "Authorization", "bearer"),), (Scheme("b", "query", "key"),)))
    assert security.credential(post(headers=(("Authorization", "Bearer abc"),), query="key=d")) == "abc"
    assert security.credential(post(query="key=d")) == "d"
    assert security.credential(post()) is None
