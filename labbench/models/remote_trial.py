"""Trying a server: a bundled clip is sent, and what came of it is told in a sentence."""

from __future__ import annotations

import time
from collections.abc import Callable

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.models.engines import EngineSpec
from labbench.models.hosting import EngineHost
from labbench.models.remote_address import host_of
from labbench.transcript.engine import Options

CLIP = "speech_short.flac"
_MOST_LETTERS = 80


def try_server(
    spec: EngineSpec,
    make_host: Callable[[EngineSpec], EngineHost],
    options: Options,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> str:
    """Send the bundled clip (a short sentence) to a server, in a host of its own, and say how that went.

    Blocks: for a job's thread. Raises Cancelled; LabBenchError where the server does not answer, or not with a text.
    """
    name = host_of(spec.address)
    on_progress(Progress(0.0, None, "", f"Asking {name}"))
    host = make_host(spec)
    try:
        info = host.load(cancel)
        samples = read_clip(paths.assets() / "clips" / CLIP, cancel=cancel).for_models()
        began = time.perf_counter()
        transcript = host.transcribe(samples, Options(blocked=options.blocked), on_progress, cancel)
        seconds = time.perf_counter() - began
    finally:
        host.close()
    model = info.device.partition(": ")[2] or spec.model or "its model"
    text = transcript.text.strip()
    if not text:
        return f"{name} answered in {seconds:.1f} s, but {model} heard no words in the test clip. {info.notice}".strip()
    shown = text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…"
    return f"{name} works: {model} read the test clip in {seconds:.1f} s as “{shown}”. {info.notice}".strip()
