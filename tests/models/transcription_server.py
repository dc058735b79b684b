"""A small server with OpenAI's transcription interface, which can be told to misbehave."""

from __future__ import annotations

import io
import json
import re
import threading
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np


@dataclass
class Asked:
    """A request as it arrived: fields of the form (names may come again), and the sound."""

    path: str
    key: str | None
    fields: list[tuple[str, str]]
    samples: np.ndarray

    def get(self, name: str) -> str | None:
        return next((value for known, value in self.fields if known == name), None)


def verbose(asked: Asked) -> Any:
    """A word a second, in segments of two."""
    seconds = len(asked.samples) / 16_000
    words = [{"word": f"w{at}", "start": float(at), "end": at + 0.8} for at in range(int(seconds))]
    pairs = [words[at : at + 2] for at in range(0, len(words), 2)]
    segments = [
        {
            "start": pair[0]["start"],
            "end": pair[-1]["end"],
            "text": " " + " ".join(word["word"] for word in pair),
            "avg_logprob": -0.25,
            "no_speech_prob": 0.01,
            "compression_ratio": 1.1,
            "temperature": 0.0,
        }
        for pair in pairs
    ]
    text = " ".join(word["word"] for word in words)
    return {"text": text, "language": "english", "duration": seconds, "words": words, "segments": segments}


@dataclass
class Conduct:
    """What the server does."""

    answer: Callable[[Asked], Any] = verbose
    models: Any = field(default_factory=lambda: {"data": [{"id": "other"}, {"id": "openai/whisper-small"}]})
    models_status: int = 200
    key: str = ""
    status: int = 200
    said: str = "so it is"
    knows_times: bool = True
    raw: bytes | None = None
    cut: bool = False
    endless: bool = False
    location: str = ""
    hold: threading.Event | None = None
    arrived: threading.Event = field(default_factory=threading.Event)
    asked: list[Asked] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    server: TranscriptionServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        conduct = self.server.conduct
        if self._may() and self.path == "/base/v1/models":
            self._send(conduct.models_status, json.dumps(conduct.models).encode())
        else:
            self._send(404, b"{}")

    def do_POST(self) -> None:
        conduct = self.server.conduct
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = _parsed(self.path, self.headers["Authorization"], self.headers["Content-Type"], body)
        conduct.asked.append(asked)
        conduct.arrived.set()
        if conduct.hold is not None:
            assert conduct.hold.wait(20)
        if not self._may():
            return
        if conduct.status != 200:
            self._send(conduct.status, json.dumps({"error": {"message": conduct.said}}).encode())
        elif not conduct.knows_times and asked.get("response_format") != "json":
            self._send(400, b'{"error": {"message": "unknown response_format"}}')
        else:
            self._send(200, json.dumps(conduct.answer(asked)).encode() if conduct.raw is None else conduct.raw)

    def _may(self) -> bool:
        wanted = self.server.conduct.key
        if wanted and self.headers["Authorization"] != f"Bearer {wanted}":
            self._send(401, json.dumps({"error": f"wrong: {self.headers['Authorization']}"}).encode())
            return False
        return True

    def _send(self, status: int, body: bytes) -> None:
        conduct = self.server.conduct
        self.send_response(status)
        if conduct.location:
            self.send_header("Location", conduct.location)
        if not conduct.endless:
            self.send_header("Content-Length", str(len(body)))
        try:
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if conduct.cut else body)
            while conduct.endless:
                self.wfile.write(b" " * 65_536)
        except ConnectionError:
            pass  # whoever asked has gone


class TranscriptionServer(ThreadingHTTPServer):
    """Under `/base`, so that an address with a path is tried too."""

    daemon_threads = False
    conduct = Conduct()

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/base"


def _parsed(path: str, key: str | None, kind: str, body: bytes) -> Asked:
    boundary = kind.partition("boundary=")[2].encode()
    fields, samples = [], np.zeros(0, np.int16)
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)
        assert name is not None
        if b"filename=" in head:
            with wave.open(io.BytesIO(content[:-2])) as reader:
                assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (16_000, 1, 2)
                samples = np.frombuffer(reader.readframes(reader.getnframes()), "<i2")
        else:
            fields.append((name[1].decode(), content[:-2].decode()))
    return Asked(path, key, fields, samples)
