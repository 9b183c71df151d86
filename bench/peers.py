"""Who is measured: one frozen value for each server and its settings.

Knows how each is found, started and asked for its version, and what it says it can do. Starts and measures nothing.
Words in braces are filled in at the start: {port}, {admin_port}, and {home}, the peer's own folder among the peers.
"""

from __future__ import annotations

from dataclasses import replace

from bench import tweaks
from bench.peer import Does, Kind, Peer, npm, npm_version, pip, pip_version
from bench.work import ATHENA, LUMA

EVERYTHING = frozenset(Does)
CHECKS = frozenset({Does.TOKEN, Does.BODY})
LONG = 8
NODE_24 = npm("node", "node@24")

OURS = Peer(
    name="lumakit mock",
    settings="default",
    start=("lumakit", "mock", "chainhub", "-p", "{port}"),
    version=("lumakit", "--version"),
    does=EVERYTHING,
    work=LUMA,
    kind=Kind.OURS,
)
BARE_ASGI = Peer(
    name="bare ASGI on uvicorn",
    settings="static JSON",
    start=tuple(
        "uvicorn bare_asgi:app --port {port} --loop uvloop --http httptools --no-access-log --log-level warning".split()
    ),
    version=pip_version("uvicorn"),
    does=frozenset(),
    work=LUMA,
    kind=Kind.FLOOR,
    tweaks="answers the same bytes to everybody",
)
PRISM = Peer(
    name="Prism",
    settings="default",
    start=("prism", "mock", "openapi.json", "-p", "{port}"),
    version=("prism", "--version"),
    does=CHECKS,
    work=LUMA,
    home="prism",
    install=npm("prism", "@stoplight/prism-cli@5"),
)
PRISM_TUNED = replace(PRISM, settings="tuned", start=(*PRISM.start, "-m", "false", "-v", "silent"))
WIREMOCK = Peer(
    name="WireMock",
    settings="default",
    start=("java", "-jar", "{home}/node_modules/wiremock/build/wiremock-standalone-*.jar", "--port", "{port}"),
    version=("java", "-jar", "{home}/node_modules/wiremock/build/wiremock-standalone-*.jar", "--version"),
    does=CHECKS,
    work=LUMA,
    home="wiremock",
    install=npm("wiremock", "wiremock@3"),
    prepare=tweaks.wiremock,
    tweaks="three stubs written by hand; the body is matched against the document's schema",
)
WIREMOCK_TUNED = replace(
    WIREMOCK,
    settings="tuned",
    start=(*WIREMOCK.start, "--no-request-journal", "--disable-request-logging", "--disable-banner"),
)
# A JVM compiles what it runs while it runs, here on the core it also serves from: a test suite meets the cold one.
WIREMOCK_WARM = replace(
    WIREMOCK_TUNED,
    settings="tuned, warmed long",
    warm_ups=LONG,
    tweaks=f"{WIREMOCK.tweaks}; {LONG} times the warming up of the others",
)
MOCKOON = Peer(
    name="Mockoon",
    settings="OpenAPI import",
    start=("mockoon-cli", "start", "-d", "openapi.json", "-p", "{port}"),
    version=("mockoon-cli", "--version"),
    does=frozenset(),
    work=LUMA,
    home="mockoon",
    install=npm("mockoon", "@mockoon/cli@9"),
)
MOCKOON_BUCKET = replace(
    MOCKOON,
    settings="data bucket",
    start=("mockoon-cli", "start", "-d", "mockoon.json", "-p", "{port}"),
    does=EVERYTHING,
    prepare=tweaks.mockoon_bucket,
    tweaks="a CRUD route over a data bucket, written by hand, with rules for token and body schema",
)
MOUNTEBANK = Peer(
    name="mountebank",
    settings="injection",
    start=("mb", "--configfile", "imposters.json", "--allowInjection", "--port", "{admin_port}"),
    version=("mb", "--version"),
    does=EVERYTHING,
    work=LUMA,
    home="mountebank",
    install=npm("mountebank", "mountebank@2"),
    prepare=tweaks.mountebank,
    tweaks="checks and state are JavaScript written by hand (load/mountebank.js)",
    environment={"PORT": "{port}"},
)
SPECMATIC = Peer(
    name="Specmatic",
    settings="default",
    start=("java", "-jar", "{home}/node_modules/specmatic/specmatic.jar", "mock", "openapi.json", "--port={port}"),
    version=("java", "-jar", "{home}/node_modules/specmatic/specmatic.jar", "--version"),
    does=CHECKS,
    work=LUMA,
    home="specmatic",
    install=npm("specmatic", "specmatic@2"),
    warm_ups=LONG,
    tweaks=f"none; {LONG} times the warming up of the others",
)
OPENAPI_BACKEND = Peer(
    name="openapi-backend",
    settings="express, a Map",
    start=("node", "openapi_backend.mjs", "openapi.json", "{port}"),
    version=npm_version("openapi-backend"),
    does=EVERYTHING,
    work=LUMA,
    home="openapi-backend",
    install=npm("openapi-backend", "openapi-backend@5", "express@5"),
    needs=("node_modules/openapi-backend", "node_modules/express"),
    tweaks="a library: server and state are written by hand (load/openapi_backend.mjs)",
)
SCALAR = Peer(
    name="scalar mock-server",
    settings="default",
    start=("node", "scalar.mjs", "openapi.json", "{port}"),
    version=npm_version("@scalar/mock-server"),
    does=CHECKS,
    work=LUMA,
    home="scalar",
    install=npm("scalar", "@scalar/mock-server@0.14", "hono@4", "@hono/node-server@2"),
    needs=("node_modules/@scalar/mock-server", "node_modules/@hono/node-server"),
    tweaks="a library: started as its README says (load/scalar.mjs)",
)
SCALAR_STATE = replace(
    SCALAR,
    settings="x-handler",
    does=EVERYTHING,
    prepare=tweaks.scalar_state,
    tweaks="two `x-handler` lines in the document keep and find tasks",
)
OPEN_API_MOCKER = Peer(
    name="open-api-mocker",
    settings="default",
    start=("open-api-mocker", "-s", "openapi.json", "-p", "{port}"),
    version=("open-api-mocker", "--version"),
    does=frozenset({Does.BODY}),
    work=LUMA,
    home="open-api-mocker",
    install=npm("open-api-mocker", "open-api-mocker@2"),
)
CONNEXION = Peer(
    name="connexion",
    settings="--mock all",
    start=("connexion", "run", "openapi.json", ".", "--mock", "all", "-p", "{port}"),
    version=pip_version("connexion"),
    does=CHECKS,
    work=LUMA,
    home="connexion",
    install=pip("connexion", "connexion[flask,uvicorn]"),
    prepare=tweaks.connexion,
    tweaks="the document names a function that reads the token (load/connexion_bearer.py)",
)
JSON_SERVER = Peer(
    name="json-server",
    settings="default",
    start=("json-server", "db.json", "--port", "{port}", "--routes", "routes.json"),
    version=("json-server", "--version"),
    does=frozenset({Does.STATE}),
    work=LUMA,
    home="json-server",
    install=npm("json-server", "json-server@0.17"),
    prepare=tweaks.json_server,
    tweaks="no document; an empty collection and a rule for the path, written by hand; answers 201",
)
MOTO = Peer(
    name="moto server",
    settings="Athena",
    start=("moto_server", "-p", "{port}"),
    version=pip_version("moto"),
    does=frozenset({Does.STATE}),
    work=ATHENA,
    home="moto",
    install=pip("moto", "moto[server]"),
    tweaks="no document; the work is Athena's: start a query execution, ask for it",
)

EVERYBODY = (
    OURS,
    BARE_ASGI,
    PRISM,
    PRISM_TUNED,
    WIREMOCK,
    WIREMOCK_TUNED,
    WIREMOCK_WARM,
    MOCKOON,
    MOCKOON_BUCKET,
    MOUNTEBANK,
    SPECMATIC,
    OPENAPI_BACKEND,
    SCALAR,
    SCALAR_STATE,
    OPEN_API_MOCKER,
    CONNEXION,
    JSON_SERVER,
    MOTO,
)
