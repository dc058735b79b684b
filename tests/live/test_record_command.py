"""What `record` says about sound that was lost, and what it keeps of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_whisper import SPOKEN

from labbench import cli
from labbench.audio.interruption import Interruption
from labbench.audio.ring import SharedRing
from labbench.commands.recording import losses_text
from labbench.core.errors import LabBenchError
from labbench.live import ear_process, messages
from labbench.live.ear_process import EarInProcess

CLIP = SPOKEN / "digits_short.flac"
RATE = 16_000


def closed(*interruptions: Interruption, overruns: int) -> messages.Closed:
    return messages.Closed(Path("a.wav"), RATE, 100 * RATE, overruns, interruptions=interruptions)


def test_losses_are_told_with_their_places() -> None:
    one = losses_text(closed(Interruption(61 * RATE, 0, "overrun"), overruns=1))
    assert one.startswith("Sound was lost once") and "1:01" in one and "silence" not in one
    pause, gap = Interruption(RATE, 0, "pause"), Interruption(2 * RATE, 3 * RATE, "gap")
    two = losses_text(closed(pause, gap, Interruption(9 * RATE, 0, "overrun"), overruns=2))
    assert "2 times" in two and "3.0 s of it are silence" in two and "later" not in two
    many = losses_text(closed(*[Interruption(n * RATE, 0, "overrun") for n in range(40)], overruns=2000))
    assert "2000 times" in many and "and later" in many and len(many) < 160


class LossyEar(EarInProcess):
    """A device that loses sound twice, and nobody comes to hear of the session meanwhile."""

    def __init__(self) -> None:
        super().__init__(real_time=True)

    def poll(self) -> list[messages.Event]:
        ring = self._ear._ring
        if ring is not None and ring.overruns < 2 and ring.written:
            ring.count_overrun()
        return super().poll()


def test_losses_are_kept_as_marks_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ear_process, "EarProcess", LossyEar)
    words = ["record", "--source", str(CLIP), "--session", str(tmp_path / "one"), "--seconds", "0.5"]
    assert cli.main(words) == 0
    told = capsys.readouterr()
    assert "Sound was lost 2 times" in told.err
    note = json.loads(Path(told.out.strip()).with_suffix(".json").read_text())
    assert note["overruns"] == 2 and [mark["kind"] for mark in note["marks"]] == ["overrun"] * 2
    assert note["source"] == CLIP.name
    assert not list((tmp_path / "one").glob("*lock*"))


def test_without_memory_the_command_fails_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(rate: int, seconds: float) -> SharedRing:
        raise LabBenchError("There is not enough memory for the sound.", "Close other programs.")

    monkeypatch.setattr(ear_process, "EarProcess", EarInProcess)
    monkeypatch.setattr(SharedRing, "create", refuse)
    assert cli.main(["record", "--source", str(CLIP), "--session", str(tmp_path / "one")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "not enough memory" in line
    assert not (tmp_path / "one").exists()
