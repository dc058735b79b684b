"""Commands that hear sound: progress on a terminal, Ctrl-C, and devices that are missing or go."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
import soundfile

from labbench import cli
from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.live import ear_process, messages
from labbench.live.ear_process import EarInProcess
from labbench.models.moonshine_files import moonshine_assets
from labbench.testing.silence import silent_equipment
from labbench.wakeword import spotter

CLIPS = assets() / "clips"


class NoDevices(EarInProcess):
    def __init__(self) -> None:
        super().__init__(silent_equipment())


class Gone(EarInProcess):
    """The device goes before two seconds are over."""

    def poll(self) -> list[messages.Event]:
        return [messages.Closed(None, 16_000, 0, 0, "Headset has disappeared.", "Plug it in again.")]


class Interrupted(EarInProcess):
    """Ctrl-C, once, when sound has come."""

    pressed = False

    def poll(self) -> list[messages.Event]:
        if not self.pressed and self._ear._ring is not None and self._ear._ring.written > 4_000:
            self.pressed = True
            signal.raise_signal(signal.SIGINT)
        return super().poll()


@pytest.fixture
def words(tmp_path: Path) -> Path:
    try:
        moonshine_assets()
    except LabBenchError:
        pytest.skip("Moonshine has no wheel for this computer")
    takes = [str(CLIPS / "takes" / f"computer_{number}.flac") for number in (1, 2, 3)]
    assert cli.main(["enroll", "computer", *takes, "--out", str(tmp_path / "words.json")]) == 0
    return tmp_path / "words.json"


def test_a_missing_device_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(ear_process, "EarProcess", NoDevices)
    assert cli.main(["check"]) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert "No microphone was found" in line


def test_a_device_that_goes_is_no_silence(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(ear_process, "EarProcess", Gone)
    assert cli.main(["check"]) == 2
    told = capfd.readouterr()
    assert told.out == "" and "has disappeared" in told.err


def test_a_check_that_is_interrupted(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(ear_process, "EarProcess", Interrupted)
    assert cli.main(["check", "--source", str(CLIPS / "demo.flac")]) == 130
    assert capfd.readouterr().out == ""


def test_ctrl_c_ends_a_recording_and_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is how a recording without an end is ended."""
    monkeypatch.setattr(ear_process, "EarProcess", Interrupted)
    assert cli.main(["record", "--source", str(CLIPS / "demo.flac"), "--session", str(tmp_path / "one")]) == 0
    (path,) = (tmp_path / "one" / "recordings").glob("*.wav")
    assert soundfile.info(path).frames > 4_000


def test_progress_is_shown_on_a_terminal_alone(
    words: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["detect", str(CLIPS / "sentences_with.flac"), "--words", str(words)]
    capsys.readouterr()
    assert cli.main(command) == 0
    plain = capsys.readouterr()
    assert plain.err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert cli.main(command) == 0
    shown = capsys.readouterr()
    assert shown.out == plain.out and "computer" in plain.out
    assert " of 0:" in shown.err and "Ctrl-C gives up" in shown.err
    assert shown.err.endswith("\r"), "the line is gone when the result is there"


def test_ctrl_c_gives_up_and_a_part_is_no_result(
    words: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hops, done = spotter.spot_hops, []

    def interrupted(*args: object):
        for hop in hops(*args):  # type: ignore[arg-type]
            done.append(hop)
            if len(done) == 30:
                signal.raise_signal(signal.SIGINT)
            yield hop

    monkeypatch.setattr(spotter, "spot_hops", interrupted)
    capsys.readouterr()
    command = ["detect", str(CLIPS / "sentences_with.flac"), "--words", str(words)]
    assert cli.main([*command, "--json"]) == 130
    told = capsys.readouterr()
    assert told.out == "" and len(told.err.splitlines()) == 1 and len(done) == 30
