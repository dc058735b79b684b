"""One HTTPS request, with the system's certificates, and its failures as sentences."""

from __future__ import annotations

import http.client
import ipaddress
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from typing import IO
from urllib.parse import urlsplit

import truststore

from labbench.core.errors import LabBenchError

Opener = Callable[[urllib.request.Request, float], http.client.HTTPResponse]
"""Sends a request; the second argument is the timeout in seconds. Raises as `urllib.request.urlopen` does."""

INSTEAD = "Check the network and try again, or use a file from a USB stick or a folder."


def check_url(url: str) -> None:
    """Raise LabBenchError for anything but https, or http on this very computer."""
    try:
        parts = urlsplit(url)
        allowed = bool(parts.hostname) and (parts.scheme == "https" or _is_loopback(url))
    except ValueError:
        allowed = False
    if not allowed or parts.scheme not in ("http", "https"):
        raise LabBenchError(f"{url} is not an https address, so nothing is fetched from it.", INSTEAD)


def open_url(request: urllib.request.Request, timeout: float) -> http.client.HTTPResponse:
    """An `Opener` that goes through the system's proxy and trusts what the system trusts."""
    # Schools and firms add certificates of their own to the system; a list shipped with Python misses them.
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    handlers: list[urllib.request.BaseHandler] = [_CheckedRedirects(), urllib.request.HTTPSHandler(context=context)]
    if _is_loopback(request.full_url):
        handlers.append(urllib.request.ProxyHandler({}))
    response = urllib.request.build_opener(*handlers).open(request, timeout=timeout)
    assert isinstance(response, http.client.HTTPResponse)
    return response


def content_range(response: http.client.HTTPResponse) -> tuple[int | None, int | None]:
    """Of a partial answer: its first byte's position, and the length of the whole; None where not said."""
    span = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip())
    if span is None:
        return None, None
    return int(span[1]), None if span[2] == "*" else int(span[2])


def status_error(status: int, url: str) -> LabBenchError:
    """What an answer other than the file means."""
    host = urlsplit(url).hostname
    if status in (404, 410):
        return LabBenchError(f"{host} has no such file (HTTP {status}).", INSTEAD)
    if status == 407:
        return LabBenchError("This network's proxy wants a password (HTTP 407).", INSTEAD)
    if status == 429 or status >= 500:
        return LabBenchError(f"{host} is too busy or out of order (HTTP {status}).", INSTEAD)
    return LabBenchError(f"{host} does not hand out this file (HTTP {status}).", INSTEAD)


def connect_error(error: Exception, url: str) -> LabBenchError:
    """Why there is no answer at all."""
    host = urlsplit(url).hostname
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return LabBenchError(
            f"{host} could not prove who it is (certificate), so nothing was fetched.",
            f"See that this computer's clock is right. {INSTEAD}",
        )
    if isinstance(reason, TimeoutError):
        return LabBenchError(f"{host} does not answer.", INSTEAD)
    return LabBenchError(f"There is no connection to {host}.", INSTEAD)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _CheckedRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        try:
            check_url(newurl)
        except LabBenchError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]
