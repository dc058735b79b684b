"""Where a model runs, with graphics cards that work, fail, lie and are too small; and memory that is not enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from small_whisper import SPOKEN, small_whisper

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, ignore_progress
from labbench.models.devices import Placed, is_full, memory_error, place, wanted_device
from labbench.models.engines import EngineSpec, load
from labbench.models.host import Host
from labbench.models.host_messages import Failed, Transcribe
from labbench.transcript.engine import EngineInfo, Options
from labbench.transcript.types import Transcript


class Machine:
    """A computer with graphics of some behaviour: "works", "raises", "lies", "full", "driver"."""

    def __init__(self, **graphics: str) -> None:
        self.graphics = graphics
        self.at = "cpu"
        self.moves: list[str] = []

    def is_there(self, device: str) -> bool:
        if self.graphics.get(device) == "driver":
            raise OSError("no driver")
        return device in self.graphics

    def move(self, device: str) -> None:
        self.moves.append(device)
        self.at = device

    def trial(self) -> Sequence[bool]:
        how = self.graphics[self.at]
        if how == "raises":
            raise RuntimeError("no kernel image is available.\nfor this device")
        if how == "full":
            raise RuntimeError("CUDA out of memory. Tried to allocate 20 MiB")
        return [True, how != "lies"]

    def place(self, wanted: str = "auto") -> Placed:
        placed = place(wanted, self.is_there, self.move, self.trial)
        assert self.moves[-1] == placed.device == self.at
        return placed


@pytest.mark.parametrize(
    ("graphics", "wanted", "device", "notice"),
    [
        ({}, "auto", "cpu", ""),
        ({}, "cpu", "cpu", ""),
        ({"cuda": "works"}, "auto", "cuda", ""),
        ({"mps": "works"}, "auto", "mps", ""),
        ({"cuda": "works", "mps": "works"}, "auto", "cuda", ""),
        ({"cuda": "works", "mps": "works"}, "mps", "mps", ""),
        ({"cuda": "works"}, "cpu", "cpu", ""),
        ({"cuda": "driver"}, "auto", "cpu", ""),
        ({}, "cuda", "cpu", "No graphics card that can be used (cuda) is here: the processor does the work."),
        ({"cuda": "driver"}, "cuda", "cpu", "No graphics card that can be used (cuda) is here"),
        ({"cuda": "raises"}, "auto", "cpu", "can't run this model (no kernel image is available): the processor"),
        ({"cuda": "lies"}, "auto", "cpu", "(its results are no numbers)"),
        ({"mps": "lies"}, "auto", "cpu", "The Apple graphics can't run"),
        ({"cuda": "full"}, "cuda", "cpu", "(its memory is too small)"),
        ({"cuda": "raises", "mps": "works"}, "auto", "mps", "The graphics card can't run"),
    ],
)
def test_the_first_device_that_works(graphics: dict[str, str], wanted: str, device: str, notice: str) -> None:
    placed = Machine(**graphics).place(wanted)
    assert placed.device == device
    assert notice in placed.notice and bool(notice) == bool(placed.notice)


def test_a_trial_without_numbers_is_none() -> None:
    assert place("cuda", lambda device: True, lambda device: None, lambda: []).device == "cpu"


def test_the_processor_is_never_tried() -> None:
    machine = Machine(cuda="works")
    machine.place("cpu")
    assert machine.moves == ["cpu"]


def test_what_is_wanted() -> None:
    assert wanted_device({}) == wanted_device({"LABBENCH_DEVICE": " "}) == "auto"
    assert wanted_device({"LABBENCH_DEVICE": " CUDA"}) == "cuda"
    with pytest.raises(LabBenchError, match="gpu") as caught:
        wanted_device({"LABBENCH_DEVICE": "gpu"})
    assert "auto, cpu, cuda, mps" in caught.value.hint


class OutOfMemoryError(RuntimeError):
    """Named as torch's own."""


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (MemoryError(), True),
        (OutOfMemoryError("x"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate"), True),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"), True),
        (RuntimeError("MPS backend out of memory"), True),
        (RuntimeError("shapes do not fit"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_means_that_memory_is_not_enough(error: Exception, full: bool) -> None:
    assert is_full(error) is full


class Hungry:
    """An engine for which memory is not enough the first time."""

    info = EngineInfo("Hungry", "nothing", "none")

    def __init__(self) -> None:
        self.times = 0

    def transcribe(self, *_: Any) -> Transcript:
        self.times += 1
        if self.times == 1:
            raise MemoryError
        return Transcript("Hungry", "en", (), 0.0, 0.0)

    def open_stream(self, *_: Any) -> Any:
        raise MemoryError


def test_too_little_memory_is_a_sentence_and_the_host_goes_on() -> None:
    host, replies = Host(Hungry()), []
    request = Transcribe(np.zeros(10, np.float32), Options())
    for _ in range(2):
        host.answer(request, replies.append, CancelToken())  # type: ignore[arg-type]
    told = memory_error("Hungry")
    assert replies[0] == Failed(told.message, told.hint)
    assert "smaller model" in told.hint and "LABBENCH_DEVICE=cpu" in told.hint
    assert isinstance(replies[1], Transcript)


def whisper_on(spec: EngineSpec, device: str) -> Any:
    return load(spec, {"LABBENCH_DEVICE": device})


# openai-whisper leaves its vocabulary's file for the garbage collector to close.
@pytest.mark.filterwarnings("ignore:unclosed file .*tiktoken:ResourceWarning")
def test_whisper_says_where_it_runs() -> None:
    pytest.importorskip("torch", reason="torch has no wheel here")
    engine = whisper_on(small_whisper(), "cpu")
    assert (engine.info.device, engine.info.notice) == ("cpu", "")
    with pytest.raises(LabBenchError, match="LABBENCH_DEVICE"):
        whisper_on(small_whisper(), "abacus")


@pytest.mark.filterwarnings("ignore:unclosed file .*tiktoken:ResourceWarning")
def test_whisper_works_where_it_was_put(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real trial and the real move, with the processor in the role of a graphics card."""
    torch = pytest.importorskip("torch", reason="torch has no wheel here")
    from labbench.audio.files import read_clip
    from labbench.models import whisper_checkpoint, whisper_engine

    tried: list[str] = []
    build = whisper_engine.build_network
    monkeypatch.setattr(whisper_checkpoint, "_is_there", lambda device: device == "mps")

    def stand_in(checkpoint: Any, device: str, precision: Any) -> Any:
        tried.append(device)
        return build(checkpoint, "cpu", precision)

    monkeypatch.setattr(whisper_engine, "build_network", stand_in)
    spec = small_whisper()
    engine = whisper_on(spec, "auto")
    assert (engine.info.device, tried) == ("mps", ["mps"])
    samples = read_clip(SPOKEN / "digits.flac").for_models()[:32_000]
    found = engine.transcribe(samples, Options(), ignore_progress, CancelToken())
    assert found.text == "one two three" and [word.text for word in found.words] == ["one", "two", "three"]
    # Results that are no numbers send it back.
    monkeypatch.setattr(torch, "isfinite", lambda values: torch.zeros(1, dtype=torch.bool))
    assert whisper_on(spec, "auto").info.device == "cpu"
    assert tried[-2:] == ["mps", "cpu"]


def graphics_card() -> bool:
    torch = pytest.importorskip("torch", reason="torch has no wheel here")
    return bool(torch.cuda.is_available())


@pytest.mark.filterwarnings("ignore:unclosed file .*tiktoken:ResourceWarning")
def test_a_real_graphics_card_says_the_same() -> None:
    if not graphics_card():
        pytest.skip("there is no CUDA here")
    from labbench.audio.files import read_clip

    samples = read_clip(SPOKEN / "digits.flac").for_models()
    engine = whisper_on(small_whisper(), "cuda")
    assert (engine.info.device, engine.info.notice) == ("cuda", "")
    text = engine.transcribe(samples, Options(), ignore_progress, CancelToken()).text
    assert (
        text == whisper_on(small_whisper(), "cpu").transcribe(samples, Options(), ignore_progress, CancelToken()).text
    )
