"""Taking a port: a listening socket, or a sentence that says why there is none and what to try.

The only room that makes a socket. Looks up no names, so it asks nobody and never waits. Does not know HTTP.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct

from lumakit.errors import SurroundingsError, UsageError

BACKLOG = 16_384  # of connections that nobody has looked at yet; the system has its own bound (Linux: somaxconn)
# How often a socket is listened at: uvloop accepts one connection for each in a turn of its loop, and where thousands
# poll a turn is long. Each costs a connection that comes alone some microseconds.
DOORS = 8
_SPARE_FILES = 32 + DOORS  # for everything that is not a connection


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is any free one."""
    if not 0 <= port <= 65535:
        raise UsageError(f"{port} is no port", code="bad_port", hint="a number from 1 to 65535, or 0 for any free one")
    address = _address(host)
    try:
        return _bound(address, port)
    except OSError as error:
        raise bind_failed(error, host, port, system=os.name) from error


def url_of(listening: socket.socket) -> str:
    """The address a client on this machine uses."""
    host, port = listening.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        address = ipaddress.ip_address("::1" if address.version == 6 else "127.0.0.1")
    return f"http://[{address}]:{port}" if address.version == 6 else f"http://{address}:{port}"


def reset_when_closed(connection: socket.socket) -> None:
    """Let a connection end with a reset instead of a farewell."""
    layout = "ii" if os.name == "posix" else "hh"
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(layout, 1, 0))


def room_for(connections: int) -> int:
    """How many connections this process may have open, after asking the system for as many as wanted."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = files_for(connections, soft, hard)
    if files != soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return connections if files < 0 else max(1, min(connections, files - _SPARE_FILES))


def files_for(connections: int, soft: int, hard: int) -> int:
    """The limit of open files that so many connections need, as far as it may be raised; -1 is none."""
    wanted = connections + _SPARE_FILES
    if soft < 0 or soft >= wanted:
        return soft
    return wanted if hard < 0 else min(wanted, hard)


def bind_failed(error: OSError, host: str, port: int, *, system: str) -> SurroundingsError:
    """What the system said, as a sentence; `system` is Python's name for its kind."""
    if error.errno == errno.EADDRINUSE:
        looking = f"lsof -nP -iTCP:{port} -sTCP:LISTEN" if system == "posix" else f"netstat -ano | findstr :{port}"
        what, hint = "the port is in use", f"`{looking}` tells by whom; --port 0 takes any free one"
    elif error.errno in (errno.EACCES, errno.EPERM):
        what, hint = "this port needs privileges", "a port above 1023, or --port 0 for any free one"
    elif error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        what, hint = "this machine does not have this address", "--host 127.0.0.1 or --host ::1"
    else:
        what, hint = f"cannot listen: {error.strerror}", "another --host or --port"
    return SurroundingsError(what, code="bind_failed", where=f"{host} port {port}", hint=hint)


def _bound(address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Where it is not POSIX, it would let two servers share one port.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(os.name == "posix"))
        listening.bind((str(address), port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if host == "localhost":
        return ipaddress.IPv4Address("127.0.0.1")
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        hint = "an address of this machine: 127.0.0.1, ::1, or 0.0.0.0 for all of them"
        raise SurroundingsError(f"{host!r} is no address to listen on", code="bind_failed", hint=hint) from None
