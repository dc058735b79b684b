"""What a hop of wake words costs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.live.equipment import load_word_kit
from labbench.live.listener import WordKit
from labbench.measure.figures import median, percentile
from labbench.wakeword.spotter import HOP, Spotter, window_before
from labbench.wakeword.words import TaughtWord, WordModel, model_of, with_take

HOPS = 400
WARM_UP_HOPS = 25
CLIPS = ("demo.flac", "sentences_with.flac")
TAKES = 5


def bundled_words() -> dict[str, list[Path]]:
    """Three words with five takes each. Takes of two are bundled: the third is the first again, with its last takes."""
    takes = paths.assets() / "clips" / "takes"
    computer, jarvis = (sorted(takes.glob(f"{name}_*.flac")) for name in ("computer", "jarvis"))
    return {"computer": computer[:TAKES], "jarvis": jarvis[:TAKES], "computer again": computer[-TAKES:]}


def teach(kit: WordKit, words: Mapping[str, Sequence[Path]]) -> list[WordModel]:
    """Words made of their takes, as the window makes them."""
    taught: list[TaughtWord] = []
    for name, files in words.items():
        word = TaughtWord(name)
        for path in files:
            word = with_take(word, kit.take(path.stem, read_clip(path).for_models()), taught)
        taught.append(word)
    return [model_of(word) for word in taught]


def measure(
    hops: int = HOPS, warm_up: int = WARM_UP_HOPS, words: Mapping[str, Sequence[Path]] | None = None
) -> dict[str, Any]:
    """Milliseconds per hop over `hops` hops, after `warm_up` ones that are not counted. Raises LabBenchError.

    `words` are names with files of takes, the bundled three where none are given.
    """
    kit = load_word_kit()
    spotter = Spotter(kit.embedder, teach(kit, words or bundled_words()))
    sound = np.concatenate([read_clip(paths.assets() / "clips" / name).for_models() for name in CLIPS])
    windows = [window_before(sound, index) for index in range(HOP, len(sound) + 1, HOP)]
    costs: list[float] = []
    embeddings: list[float] = []
    for number in range(warm_up + hops):
        window = windows[number % len(windows)]
        began = time.perf_counter()
        frame, _ = spotter.feed(window, (number + 1) * HOP)
        cost = (time.perf_counter() - began) * 1e3
        if number >= warm_up:
            costs.append(cost)
            embeddings.append(frame.embed_ms)
    return {
        "ms_per_hop_p50": median(costs),
        "ms_per_hop_p95": percentile(costs, 0.95),
        "embedding_ms_p50": median(embeddings),
        "ratio_p50": median([cost / part for cost, part in zip(costs, embeddings, strict=True)]),
        "hops": hops,
    }
