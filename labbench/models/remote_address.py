"""Addresses of servers that transcribe: which are taken, and in which form."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from labbench.core.errors import LabBenchError

LONGEST = 500
_LOCAL_NAMES = (".localhost", ".local", ".home.arpa")
"""Names that never leave the local network (RFC 6761, 6762 and 8375)."""
_ENDINGS = re.compile(r"(/v1)?(/audio(/transcriptions|/translations)?|/models)?/*$")
EXAMPLE = "Write it like https://lab.example.org or http://192.168.0.10:8000."


def checked_address(text: str, *, plain_http: bool = False) -> str:
    """The server's address without the interface's own path, such as `https://lab.example.org`.

    Without http or https in front it is https, and http on this computer or in the local network. Elsewhere http would
    send sound and key for all to read: it is taken only with `plain_http`. Raises LabBenchError; a password in an
    address is refused, and is not in the message.
    """
    text = text.strip()
    if not text or len(text) > LONGEST or not text.isprintable() or re.search(r"[\s\\]", text):
        raise LabBenchError("This is not the address of a server.", EXAMPLE)
    parts = _split(text if "://" in text else f"https://{text}")
    host, port = parts
    scheme = text.partition("://")[0].lower() if "://" in text else "http" if is_private(host) else "https"
    if scheme not in ("http", "https"):
        raise LabBenchError(f"A server's address begins with https, not with {scheme}.", EXAMPLE)
    if scheme == "http" and not plain_http and not is_private(host):
        raise LabBenchError(
            f"With http, others could listen on the way to {host}.",
            "Use https. http is for this computer and the local network (LABBENCH_REMOTE_HTTP=1 allows it elsewhere).",
        )
    path = _ENDINGS.sub("", urlsplit(f"x://{text.rpartition('://')[2]}").path)
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}{f':{port}' if port is not None else ''}{path}"


def _split(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise LabBenchError("This is not the address of a server.", EXAMPLE) from None
    if "@" in parts.netloc:
        raise LabBenchError(
            "An address must not hold a name or a password.", "Leave it out; a key has a place of its own."
        )
    if parts.query or parts.fragment:
        raise LabBenchError("An address ends before “?” or “#”.", EXAMPLE)
    if not host:
        raise LabBenchError("This is not the address of a server.", EXAMPLE)
    return host, port


def host_of(address: str) -> str:
    """The name of the computer at an address."""
    return urlsplit(address).hostname or address


def is_loopback(host: str) -> bool:
    """Whether a name or number means this very computer."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_private(host: str) -> bool:
    """Whether a name or number means this computer or its local network."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return is_loopback(host) or host.endswith(_LOCAL_NAMES)
    return number.is_private and not number.is_unspecified
