"""The way to a server at another machine: TLS to its port, its certificate known by its fingerprint; the secret."""

from __future__ import annotations

import hashlib
import os
import socket
from dataclasses import dataclass
from typing import Optional

from ..base.errors import Unreachable
from .lines import LineReader, Message

SECRET = os.path.join("tls", "secret")  # a file of the queue's directory
OPEN = {"op": "open"}  # what the server answers to the right secret
ATTEMPT = 4.0  # seconds for one address


@dataclass(frozen=True)
class Way:
    """What has to be known. `fingerprint`: SHA-256 of the certificate, in hex; `secret`: as it stands in its file."""

    addresses: tuple[str, ...]
    port: int
    fingerprint: str
    secret: str


def way_of(queue: str, record: Message) -> Optional[Way]:
    """The way that a server record names; None where the server has no port open. Raises Unreachable."""
    if not record.get("port"):
        return None
    try:
        with open(os.path.join(queue, SECRET), encoding="ascii") as file:
            secret = file.read().strip()
    except (OSError, ValueError) as error:
        raise Unreachable(f"the secret of the queue {queue} cannot be read ({error})") from None
    addresses = tuple(str(address) for address in record.get("addresses") or ())
    return Way(addresses, int(record["port"]), str(record.get("fingerprint")), secret)


def proof(secret: str) -> bytes:
    """What is said first, before anything else is listened to; as long for every secret."""
    return b"burro 1 " + secret.encode("ascii", "replace") + b"\n"


def dial(way: Way, *, within: float = ATTEMPT) -> socket.socket:
    """A connection to the server, which has proved who it is, as we have. `within`: seconds for each address.

    Raises Unreachable with what each address said.
    """
    troubles = []
    for address in way.addresses:
        try:
            return _dial(way, address, within)
        except OSError as error:
            troubles.append(f"{address} port {way.port}: {_in_words(error, within)}")
    raise Unreachable("; ".join(troubles) or "its record names no address")


def _dial(way: Way, address: str, within: float) -> socket.socket:
    end = socket.create_connection((address, way.port), timeout=within)
    try:
        keep_alive(end)
        end = _wrap(end, way.fingerprint)
        end.sendall(proof(way.secret))
        _hear_open(end)
        end.settimeout(None)
    except BaseException:
        end.close()
        raise
    return end


def _wrap(end: socket.socket, fingerprint: str) -> socket.socket:
    """Speak TLS. Names and authorities say nothing about a server of one user: its own certificate is what counts."""
    import ssl  # late: it costs 15 ms, and most commands stay on their machine

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the handshake proves that it has the key; whose key, the fingerprint says
    wrapped = context.wrap_socket(end)
    shown = wrapped.getpeercert(binary_form=True) or b""
    if hashlib.sha256(shown).hexdigest() != fingerprint:
        wrapped.close()
        raise ConnectionError("somebody else answers there, with another certificate")
    return wrapped


def _hear_open(end: socket.socket) -> None:
    reader = LineReader()
    while True:
        chunk = end.recv(4096)  # the server says one line and waits for us
        if not chunk:
            raise ConnectionError("it closed the connection")
        for message in reader.feed(chunk):
            if message != OPEN:
                raise ConnectionError(str(message.get("error") or "what answers is no burro server"))
            return


def keep_alive(end: socket.socket) -> None:
    """Short lines go out at once, and a far end that is gone is noticed within two minutes."""
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4), ("TCP_USER_TIMEOUT", 120000)):
        if hasattr(socket, name):  # macOS has not all of them
            end.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _in_words(error: OSError, within: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {within:g} s"
    return str(error.strerror or error).lower() if error.errno else str(error)
