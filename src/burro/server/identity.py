"""What the server shows at its port: a certificate of its own; and the secret that others have to know there."""

from __future__ import annotations

import datetime
import hashlib
import os
import secrets
import ssl
import stat
from dataclasses import dataclass

from ..base.errors import Unreachable
from ..link.way import SECRET

_SECRET_BYTES = 32
_BEGIN = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True)
class Identity:
    """`papers`: the file with certificate and key; `fingerprint`: SHA-256 of the certificate in hex."""

    papers: str
    fingerprint: str
    secret: str

    def context(self) -> ssl.SSLContext:
        """TLS as the server speaks it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.num_tickets = 0  # nobody comes back within a session
        context.load_cert_chain(self.papers)
        return context


def identity_of(queue: str) -> Identity:
    """That of a queue: made once, kept in its directory, so that who knows it may come again. Raises Unreachable."""
    papers, secret = os.path.join(queue, "tls", "server.pem"), os.path.join(queue, SECRET)
    try:
        os.makedirs(os.path.dirname(papers), mode=0o700, exist_ok=True)
        text = _read(papers)
        fingerprint = _fingerprint(papers, text)
        if fingerprint is None:
            _write(papers, _make_papers())
            fingerprint = _fingerprint(papers, _read(papers))
        known = _read(secret).strip()
        if len(known) != 2 * _SECRET_BYTES:
            known = secrets.token_hex(_SECRET_BYTES)
            _write(secret, known + "\n")
        _refuse_open(papers)
        _refuse_open(secret)
    except OSError as error:
        raise Unreachable(f"{error.filename or papers}: {error.strerror}") from None
    if fingerprint is None:
        raise Unreachable(f"the certificate in {papers} is of no use; remove that file")
    return Identity(papers, fingerprint, known)


def _read(path: str) -> str:
    """A file's text; empty where there is none."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _write(path: str, text: str) -> None:
    """The whole of it or nothing, for nobody else to read."""
    fresh = path + ".new"
    with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.rename(fresh, path)


def _refuse_open(path: str) -> None:
    found = os.stat(path)
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise Unreachable(f"others can read {path}, and with it they could come in; close it with: chmod 600 {path}")


def _fingerprint(path: str, text: str) -> str | None:
    """None where the file is missing or spoilt."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)
        shown = ssl.PEM_cert_to_DER_cert(text[text.index(_BEGIN) :].strip())
    except (OSError, ValueError):
        return None
    return hashlib.sha256(shown).hexdigest()


def _make_papers() -> str:
    """A key, and a certificate that it signs itself; without an end, since clocks of nodes may be wrong."""
    from cryptography import x509  # late: only a server with a port needs it
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "burro")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC))
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    private = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return (private + certificate.public_bytes(form)).decode("ascii")
