"""A Redis that cannot be used: what is said of it, what to try, and nothing of the password."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from lumakit.errors import LumakitError
from mockserver.stores.redis_refusal import refusal
from mockserver.stores.redis_server import RedisServer
from tests.mockserver.stores import real_redis
from tests.mockserver.stores.real_redis import PrivateRedis

PASSWORD = "canary/of:the@password"


@pytest.fixture(scope="module")
def locked() -> Iterator[PrivateRedis]:
    with real_redis.private("--requirepass", PASSWORD) as redis:
        owner = RedisServer(f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:{redis.port}/0")
        owner._client.execute_command("ACL", "SETUSER", "reader", "on", ">canary", "~*", "+get")
        owner._client.execute_command("ACL", "SETUSER", "team", "on", ">canary", "~lumakit:*", "&lumakit:*", "+@all")
        owner.close()
        yield redis


def refused(url: str) -> str:
    with pytest.raises(LumakitError) as caught:
        RedisServer(url, patience_s=1.0)
    assert "canary" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("login", "database", "said"),
    [
        ("", "0", "it asks for a password [store_failed]"),
        (":wrong@", "0", "it does not take this user or password [store_failed]"),
        ("nobody:wrong@", "0", "it does not take this user or password [store_failed]"),
        ("reader:canary@", "0", "ACL SETUSER NAME"),
        (f":{quote(PASSWORD, safe='')}@", "99", "it has no database of this number [store_failed]"),
    ],
)
def test_what_redis_does_not_allow_is_told(locked: PrivateRedis, login: str, database: str, said: str) -> None:
    assert said in refused(f"redis://{login}127.0.0.1:{locked.port}/{database}")


def test_an_account_as_the_message_says_is_enough(locked: PrivateRedis) -> None:
    team = RedisServer(f"redis://team:canary@127.0.0.1:{locked.port}/0")
    team.remember("scenario", b"{}")
    assert team.recall("scenario") == b"{}"
    team.close()


def test_what_speaks_tls_and_what_does_not_is_told(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: nothing makes a certificate")
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=x")
    subprocess.run([openssl, *made], cwd=tmp_path, check=True, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    own = (
        "--tls-cert-file",
        f"{tmp_path}/cert.pem",
        "--tls-key-file",
        f"{tmp_path}/key.pem",
        "--tls-auth-clients",
        "no",
    )
    try:
        with real_redis.private("--tls-port", str(port), *own) as redis:
            assert "its certificate is not trusted: self" in refused(f"rediss://127.0.0.1:{port}/0")
            assert "it has hung up" in refused(f"redis://127.0.0.1:{port}/0")
            assert "nothing there speaks TLS" in refused(f"rediss://127.0.0.1:{redis.port}/0")
    except AssertionError as error:
        if "did not start" in str(error):
            pytest.skip("this redis-server was built without TLS")
        raise


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (socket.gaierror(-2, "Name or service not known"), "there is no machine of this name"),
        (ConnectionRefusedError(111, "refused"), "nothing listens there"),
        (TimeoutError("timed out"), "it does not answer in time"),
        (ConnectionResetError(104, "reset"), "it has hung up [store_failed]\n  try: with TLS it is `rediss://`"),
        (ssl.SSLError(1, "wrong version number"), "Error 1"),
        (None, "Error 1"),
    ],
)
def test_what_goes_wrong_on_the_way_is_told(cause: Exception | None, said: str) -> None:
    error = ConnectionError("Error 1")
    error.__cause__ = cause
    assert said in str(refusal("redis://there", "redis://there", error))


@pytest.mark.parametrize("url", ["redis://", "redis:///0", "redis://there/abc", "redis://:canary/x#y@there/0"])
def test_what_names_no_redis_is_refused_before_anybody_is_asked(url: str) -> None:
    assert "this names no Redis [store_invalid]" in refused(url)
