"""Sound slower or faster with its pitch kept (FFmpeg's `atempo`: waveform-similarity overlap-add)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SLOWEST, FASTEST = 0.5, 2.0


class TempoStretcher:
    """Stretches a mono stream block by block. At speed 1 blocks go through untouched."""

    def __init__(self, rate: int, speed: float) -> None:
        self._rate = rate
        self._graph = None if speed == 1.0 else _graph(rate, min(FASTEST, max(SLOWEST, speed)))
        self._pushed = 0

    def push(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Output that became available with `block` (shape [n])."""
        if self._graph is None or not len(block):
            return block
        import av

        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block)[None, :], format="flt", layout="mono")
        frame.sample_rate, frame.pts = self._rate, self._pushed
        self._pushed += len(block)
        self._graph.push(frame)
        return self._pull()

    def flush(self) -> NDArray[np.float32]:
        """The rest, once the stream has ended."""
        if self._graph is None or not self._pushed:
            return np.zeros(0, np.float32)
        self._graph.push(None)
        return self._pull()

    def _pull(self) -> NDArray[np.float32]:
        import av

        assert self._graph is not None
        blocks: list[NDArray[np.float32]] = []
        while True:
            try:
                blocks.append(np.asarray(self._graph.pull().to_ndarray()[0], np.float32))
            except (BlockingIOError, av.EOFError):
                return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _graph(rate: int, speed: float) -> Any:
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(format="flt", sample_rate=rate, layout="mono")
    tempo, sink = graph.add("atempo", f"{speed:.4f}"), graph.add("abuffersink")
    source.link_to(tempo)
    tempo.link_to(sink)
    graph.configure()
    return graph
