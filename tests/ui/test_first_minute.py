"""The line through every part, with the real window, real processes, real models and sound in real time."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtWidgets import QComboBox
from small_whisper import SPOKEN

from labbench.audio.source import FileSpec
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until

CLIPS = assets() / "clips"
SECONDS = 8.0
COMPUTER_ENDS = (3.62, 7.01)


@pytest.fixture(scope="module")
def short_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Jarvis, digits, and the demo word twice: all of it words that the small Whisper knows."""
    samples, rate = soundfile.read(SPOKEN / "words_and_digits.flac", dtype="float32")
    path = tmp_path_factory.mktemp("clip") / "short.wav"
    soundfile.write(path, samples[: round(SECONDS * rate)], rate)
    return path


def test_speak_see_read_teach_detect(open_bench, short_demo):
    page = open_bench()
    assert page.window.welcome.isVisible()
    page.click("teachDemo")
    assert wait_until(lambda: bool(page.bench.teaching.live_words) and not page.bench.teaching.waiting, 60)
    page.bench.engines.warm_up()
    assert wait_until(lambda: not page.bench.jobs.running, 120)

    page.bench.start(FileSpec(short_demo, "Short demo"))
    assert wait_until(lambda: page.bench.sound.running is not None, 20)
    assert wait_until(lambda: bool(page.engine_text("A") and page.engine_text("B")), 20)
    assert wait_until(lambda: len(page.detections()) >= 1, 20)
    before_stop = page.window.strip.held("computer")
    assert page.bench.sound.running is not None, "all of this came while sound ran"
    assert page.text("openState") == "Clip plays as microphone"
    assert len(before_stop[0]) > 10 and np.ptp(before_stop[1]) > 0.1, "distances move"
    assert np.ptp(page.window.signal.wave.high) > 0.1, "the waveform moves"

    assert wait_until(lambda: page.bench.sound.seconds > SECONDS - 0.6, 20)
    page.click("stop")
    slots = page.bench.engines.slots
    assert wait_until(lambda: all(slot.transcript is not None for slot in slots), 60)
    whisper, moonshine = (slot.transcript.text for slot in slots)
    assert whisper.startswith("jarvis two eight computer six three one")
    assert page.engine_text("A") == whisper
    assert "computer" in moonshine.casefold() and page.engine_text("B") == moonshine

    spoken = COMPUTER_ENDS
    found = [detection.end for detection in page.bench.scores.detections]
    assert len(found) == len(spoken) and np.allclose(found, spoken, atol=0.5)
    assert page.detections() == ["computer"] * len(spoken)

    times, distances = page.window.strip.held("computer")
    assert np.all(np.diff(times) > 0)
    threshold = dict(page.bench.teaching.live_words)["computer"]
    for detection in page.bench.scores.detections:
        assert distances[np.argmin(np.abs(times - detection.at))] < threshold + 0.05
    _assert_recorded_exactly(page, short_demo)


def _assert_recorded_exactly(page, path: Path) -> None:
    """What was played is in the recording, sample for sample, and in the plot."""
    recording = page.bench.shown.recording
    recorded, rate = soundfile.read(recording.path, dtype="float32")
    played, _ = soundfile.read(path, dtype="float32")
    assert rate == 16_000 and len(recorded) == recording.frames > (SECONDS - 0.7) * rate
    assert np.array_equal(recorded, played[: len(recorded)])
    wave = page.window.signal.wave
    assert wave.high.max() == pytest.approx(recorded.max(), abs=2e-4)
    assert wave.low.min() == pytest.approx(recorded.min(), abs=2e-4)


def test_nothing_is_lost_while_the_window_is_held(open_bench, short_demo):
    """The window's interpreter does nothing else for half a second; the ear goes on."""
    import time

    page = open_bench()
    page.bench.start(FileSpec(short_demo, "Short demo"))
    assert wait_until(lambda: page.bench.sound.seconds > 0.3, 20)
    held_from = page.bench.sound.seconds
    until = time.perf_counter() + 0.5
    while time.perf_counter() < until:
        sum(range(1000))
    assert page.bench.sound.seconds == held_from, "the window really did nothing"
    assert wait_until(lambda: page.bench.sound.seconds > held_from + 1.0, 20)
    page.click("stop")
    assert wait_until(lambda: page.bench.shown.recording is not None, 20)
    recording = page.bench.shown.recording
    recorded, _ = soundfile.read(recording.path, dtype="float32")
    played, _ = soundfile.read(short_demo, dtype="float32")
    assert recording.overruns == 0
    assert np.array_equal(recorded, played[: len(recorded)])
    assert page.bench.view.envelope.samples == recording.frames


def test_a_live_take_has_its_pre_roll_and_a_verdict(open_bench):
    page = open_bench()
    take = FileSpec(CLIPS / "takes" / "jarvis_1.flac", "A take")
    page.bench.sources.add_file(take)
    source = page.find(QComboBox, "source")
    assert wait_until(lambda: source.currentText().startswith("A take"), 10)
    page.type("wordName", "jarvis")
    page.click("recordTake")
    assert wait_until(lambda: page.bench.teaching.word("jarvis") is not None, 20)
    assert wait_until(lambda: bool(page.bench.teaching.word("jarvis").takes), 60)
    found = page.bench.teaching.word("jarvis").takes[0]
    assert found.used and 0.4 < found.seconds < 1.1
    assert wait_until(lambda: page.bench.sound.running is None, 10), "the microphone is closed again"
    assert page.text("openState") == "Microphone closed"
