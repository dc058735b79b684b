"""Requests to a server with the OpenAI transcription interface, and their failures as sentences.

A request runs in a thread of its own, because a server may be silent for minutes: whoever waits can cancel at once, and
an upload that is under way breaks off.
"""

from __future__ import annotations

import io
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests
import truststore
import urllib3
from requests.adapters import HTTPAdapter

from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken
from labbench.models.remote_address import host_of, is_loopback

CONNECT_SECONDS = 10.0
LIST_SECONDS = 15.0
"""So long the list of models may take."""
MOST_ANSWER_BYTES = 32 << 20
_TICK_SECONDS = 0.05
_BLOCK = 1 << 16
AGAIN = "Try again, or choose another engine."

Fields = Sequence[tuple[str, str]]


class RefusedError(LabBenchError):
    """The server says that the request itself is wrong (HTTP 400 or 422): perhaps it knows less of the interface."""


@dataclass(frozen=True)
class Client:
    """One server. `key` is sent as bearer token, and appears in no text; "" for none."""

    address: str
    key: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        return host_of(self.address)

    def models(self, cancel: CancelToken) -> list[str] | None:
        """The names of what it serves; None where it has no such list. Raises Cancelled, LabBenchError."""
        try:
            found = self._ask("GET", "/v1/models", None, LIST_SECONDS, cancel)
        except _NotThereError:
            return None
        rows = found.get("data") if isinstance(found, dict) else None
        names = [row.get("id") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return [name for name in names if isinstance(name, str) and 0 < len(name) <= 200 and name.isprintable()]

    def transcribe(self, wav: bytes, fields: Fields, task: str, seconds: float, cancel: CancelToken) -> Any:
        """The server's answer to a sound, as JSON; `seconds` may pass until then. Raises Cancelled, LabBenchError.

        `task` is "transcriptions" or "translations".
        """
        parts: list[tuple[str, Any]] = [("file", ("sound.wav", wav, "audio/wav")), *fields]
        body, kind = urllib3.encode_multipart_formdata(parts)
        return self._ask("POST", f"/v1/audio/{task}", (body, kind), seconds, cancel)

    def _ask(self, method: str, path: str, content: tuple[bytes, str] | None, seconds: float, stop: CancelToken) -> Any:
        stop.check()
        left = CancelToken()  # whoever waited has gone
        request = _Request(self, method, path, content, seconds, left)
        thread = threading.Thread(target=request.run, name="remote", daemon=True)
        thread.start()
        deadline = time.monotonic() + seconds + CONNECT_SECONDS
        try:
            while not request.done.wait(_TICK_SECONDS):
                stop.check()
                if time.monotonic() > deadline:
                    raise self._too_slow(seconds)
        finally:
            left.cancel()
        if request.error is not None:
            raise self._sentence(request.error, seconds) from None  # the cause may quote what was sent
        return self._json(request.status, request.answer)

    def _json(self, status: int, answer: bytes) -> Any:
        if status != 200:
            raise self._status_error(status, answer)
        try:
            return json.loads(answer)
        except (ValueError, RecursionError):
            raise LabBenchError(
                f"{self.host} answered with something else than a transcript.",
                "Check the address: it must be a server with OpenAI's transcription interface.",
            ) from None

    def _too_slow(self, seconds: float) -> LabBenchError:
        return LabBenchError(f"{self.host} has not answered in {seconds:.0f} s.", f"It may be busy. {AGAIN}")

    def _sentence(self, error: Exception, seconds: float) -> Exception:
        if isinstance(error, LabBenchError | Cancelled):
            return error
        if isinstance(error, requests.exceptions.SSLError):
            return LabBenchError(
                f"{self.host} could not prove who it is (certificate), so nothing was sent.",
                "See that this computer's clock is right, and ask whoever runs the server.",
            )
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return LabBenchError(f"{self.host} can't be reached.", f"Check the address and the network. {AGAIN}")
        if isinstance(error, requests.exceptions.Timeout):
            return self._too_slow(seconds)
        if isinstance(error, requests.exceptions.ProxyError):
            return LabBenchError(f"This network's proxy does not lead to {self.host}.", f"Ask who runs it. {AGAIN}")
        reason = getattr(error.args[0], "reason", None) if error.args else None
        if isinstance(reason, urllib3.exceptions.NewConnectionError):
            return LabBenchError(
                f"There is no connection to {self.host}.", f"Check the address and the network. {AGAIN}"
            )
        if isinstance(error, requests.exceptions.RequestException | urllib3.exceptions.HTTPError | OSError):
            return LabBenchError(f"The connection to {self.host} broke off.", AGAIN)
        return error

    def _status_error(self, status: int, answer: bytes) -> LabBenchError:
        host = self.host
        if status in (401, 403):
            known = "does not accept the key" if self.key else "wants a key"
            return LabBenchError(f"{host} {known} (HTTP {status}).", "Enter the key that whoever runs it gave you.")
        if status in (404, 405, 410):
            said = self._said(answer)
            return _NotThereError(
                f"{host} does not know this address or model (HTTP {status}{said}).",
                "Check the address, and choose a model that it lists.",
            )
        if status == 413:
            return LabBenchError(f"{host} takes no sound of this length (HTTP 413).", "Choose a shorter part of it.")
        if status in (400, 415, 422):
            return RefusedError(
                f"{host} refused the request (HTTP {status}{self._said(answer)}).", "Check the model's name."
            )
        if 300 <= status < 400:
            return LabBenchError(
                f"{host} points to another address, where nothing is sent (HTTP {status}).",
                "Ask whoever runs it for the right one.",
            )
        if status == 407:
            return LabBenchError("This network's proxy wants a password (HTTP 407).", AGAIN)
        if status == 429:
            return LabBenchError(f"{host} has too much to do (HTTP 429).", f"Wait a little. {AGAIN}")
        if status >= 500:
            return LabBenchError(f"{host} is out of order (HTTP {status}).", AGAIN)
        return LabBenchError(f"{host} gave an answer of an unknown kind (HTTP {status}).", AGAIN)

    def _said(self, answer: bytes) -> str:
        """What the server says of a failure, shortened; never the key, which some servers quote."""
        try:
            found = json.loads(answer)
        except (ValueError, RecursionError):
            return ""
        for name in ("error", "message", "detail"):
            if isinstance(found, dict) and name in found:
                found = found[name]
        if not isinstance(found, str) or (self.key and self.key in found):
            return ""
        text = "".join(letter if letter.isprintable() else " " for letter in found).strip()
        return f": {text[:150]}" if text else ""


class _NotThereError(LabBenchError):
    """HTTP 404 and its like."""


class _Body(io.RawIOBase):
    """What is sent, in blocks, until whoever waits has gone."""

    def __init__(self, content: bytes, left: CancelToken) -> None:
        super().__init__()
        self._content = content
        self._at = 0
        self._left = left

    def __len__(self) -> int:
        return len(self._content)

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        self._left.check()
        stop = len(self._content) if size < 0 else self._at + min(size, _BLOCK)
        block = self._content[self._at : stop]
        self._at += len(block)
        return block


class _Request:
    """One exchange, for a thread: afterwards `error`, or `status` and `answer` are set, and `done`."""

    def __init__(
        self,
        client: Client,
        method: str,
        path: str,
        content: tuple[bytes, str] | None,
        seconds: float,
        left: CancelToken,
    ) -> None:
        self._client, self._method, self._path = client, method, path
        self._content, self._seconds, self._left = content, seconds, left
        self.done = threading.Event()
        self.error: Exception | None = None
        self.status = 0
        self.answer = b""

    def run(self) -> None:
        try:
            with _session(self._client.host) as session:
                self._exchange(session)
        except Exception as error:  # noqa: BLE001 - told by whoever waits, in its own thread
            self.error = error
        finally:
            self.done.set()

    def _exchange(self, session: requests.Session) -> None:
        headers = {"User-Agent": "labbench", "Accept": "application/json", "Accept-Encoding": "identity"}
        body = None
        if self._content is not None:
            headers["Content-Type"] = self._content[1]
            body = _Body(self._content[0], self._left)
        with session.request(
            self._method,
            self._client.address + self._path,
            data=body,
            headers=headers,
            auth=_auth(self._client.key),
            timeout=(CONNECT_SECONDS, self._seconds),
            allow_redirects=False,  # neither the sound nor the key goes where nobody chose to send it
            stream=True,
        ) as response:
            blocks, size = [], 0
            for block in response.iter_content(_BLOCK):
                self._left.check()
                size += len(block)
                if size > MOST_ANSWER_BYTES:
                    raise LabBenchError(f"{self._client.host} answers without end.", AGAIN)
                blocks.append(block)
            self.status, self.answer = response.status_code, b"".join(blocks)


def _auth(key: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """Also without a key, or `requests` would send what it finds in `.netrc`."""

    def add(request: requests.PreparedRequest) -> requests.PreparedRequest:
        if key:
            request.headers["Authorization"] = f"Bearer {key}"
        return request

    return add


class _SystemTrust(HTTPAdapter):
    """Trusts what the system trusts: schools and firms add certificates of their own there."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=_context())

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, **kwargs, ssl_context=_context())


def _context() -> truststore.SSLContext:
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _session(host: str) -> requests.Session:
    session = requests.Session()
    session.mount("https://", _SystemTrust(max_retries=0))
    if is_loopback(host):
        session.trust_env = False  # this computer is never asked for through a proxy
    return session


def as_fields(values: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Form fields, without those that are empty."""
    return [(name, value) for name, value in values.items() if value]
