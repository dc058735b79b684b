"""Live transcription: the 16 kHz ring, in pieces, through an engine's stream.

A job: it blocks its thread and reports by callback. The next piece is sent when the engine has answered the last, so
an engine that is slower than speech gets longer pieces, never a growing queue, and how far it is behind is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from labbench.audio.ring import SharedRing
from labbench.core.progress import CancelToken
from labbench.core.timebase import MODEL_RATE
from labbench.models.hosting import EngineHost
from labbench.transcript.engine import Options
from labbench.transcript.types import LiveText

PIECE = MODEL_RATE // 2
_TICK_SECONDS = 0.05


@dataclass(frozen=True)
class LiveUpdate:
    """Text so far and how many seconds of sound had not been heard when it came."""

    text: LiveText
    lag: float


def transcribe_live(
    host: EngineHost,
    ring_name: str,
    options: Options,
    on_update: Callable[[LiveUpdate], None],
    stop: CancelToken,
    cancel: CancelToken,
) -> LiveText:
    """Transcribe what runs through the ring until `stop`; then the rest of it, and return the settled text.

    `cancel` ends it at once (Cancelled). Raises LabBenchError where the host dies or the ring is gone.
    """
    ring = SharedRing.attach(ring_name)
    try:
        with host.stream(options, cancel) as stream:
            at = 0
            while not stop.wait(_TICK_SECONDS):
                cancel.check()
                written = ring.written
                if written - at >= PIECE:
                    if at < ring.oldest:  # lost: an engine slower than the ring is long; a second to spare
                        at = min(written, ring.oldest + MODEL_RATE)
                    text = stream.push(ring.read(at, written))
                    at = written
                    on_update(LiveUpdate(text, (ring.written - at) / MODEL_RATE))
            written = ring.written
            if written > at:
                stream.push(ring.read(max(at, ring.oldest), written))
            return stream.finish()
    finally:
        ring.close()
