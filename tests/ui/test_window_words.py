"""Wake words in the window: takes with verdicts, thresholds that are dragged, distances of what is shown."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QSlider
from small_whisper import SPOKEN

from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.models.scripted_host import ScriptedHost
from labbench.session.words_file import load_words
from labbench.wakeword.calibration import MAX_THRESHOLD, MIN_THRESHOLD
from labbench.wakeword.words import calibration_of

CLIPS = assets() / "clips"
COMPUTER = sorted((CLIPS / "takes").glob("computer_*.flac"))


@pytest.fixture
def taught(open_bench):
    """A window with the demo word taught and sentences shown."""
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.teach("computer", COMPUTER)
    page.bench.open_file(CLIPS / "sentences_with.flac")
    assert wait_until(lambda: len(page.window.strip.held("computer")[0]) > 50, 30)
    return page


def test_takes_are_listed_with_their_verdicts(open_bench):
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.teach("computer", [*COMPUTER[:3], CLIPS / "silence.flac", CLIPS / "noise.flac"])
    shown = page.window.words.takes.verdicts()
    assert len(shown) == 5
    assert all("Good" in text for text in shown[:3])
    assert "Nothing heard" in shown[3] and "Good" not in shown[4]
    word = page.bench.teaching.word("computer")
    assert [take.used for take in word.takes] == [True, True, True, False, False]


def test_removing_takes_and_words(open_bench):
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.teach("computer", COMPUTER[:2])
    page.click("removeTake1")
    assert [take.label for take in page.bench.teaching.word("computer").takes] == ["computer 2"]
    page.click("forgetWord")
    assert page.bench.teaching.words == ()
    assert page.window.strip.thresholds == {}
    assert not page.find(QComboBox, "wordChoice").isVisible()


def test_words_are_kept_on_disk(taught):
    content = load_words(taught.bench.desk.session.words_path)
    assert [word.name for word in content.words] == ["computer"]
    assert len(content.words[0].takes) == len(COMPUTER)


def test_a_threshold_dragged_in_the_strip_moves_everywhere(taught):
    before = dict(taught.bench.teaching.live_words)["computer"]
    taught.drag_threshold("computer", before - 0.2)
    after = dict(taught.bench.teaching.live_words)["computer"]
    assert after == pytest.approx(before - 0.2, abs=0.03)
    assert f"{after:.2f}" in taught.text("thresholdValue")
    slider = taught.find(QSlider, "threshold")
    assert slider.value() == pytest.approx(1000 * (after - MIN_THRESHOLD) / (MAX_THRESHOLD - MIN_THRESHOLD), abs=2)


def test_the_slider_goes_as_far_as_the_line_in_the_strip(taught):
    slider = taught.find(QSlider, "threshold")
    for edge in (MAX_THRESHOLD, MIN_THRESHOLD):
        taught.drag_threshold("computer", edge - 0.05 if edge > 1 else edge + 0.05)
        dragged = dict(taught.bench.teaching.live_words)["computer"]
        assert abs(dragged - edge) < 0.08 and slider.minimum() < slider.value() < slider.maximum()
        slider.triggerAction(QSlider.SliderAction.SliderSingleStepAdd)
        assert dict(taught.bench.teaching.live_words)["computer"] == pytest.approx(dragged, abs=0.02)


def test_a_stricter_threshold_detects_less(taught):
    assert wait_until(lambda: len(taught.detections()) >= 2, 20)
    taught.bench.teaching.set_threshold("computer", 0.21)
    assert taught.detections() == [], "at once, from the distances that are there"
    taught.bench.teaching.set_threshold("computer", None)
    assert len(taught.detections()) >= 2


def test_the_strip_holds_what_the_spotter_computed(taught):
    from labbench.audio.files import read_clip
    from labbench.live.equipment import load_word_kit
    from labbench.wakeword.spotter import Spotter, spot_clip
    from labbench.wakeword.words import model_of

    model = model_of(taught.bench.teaching.word("computer"))
    samples = read_clip(CLIPS / "sentences_with.flac").for_models()
    frames, found = spot_clip(Spotter(load_word_kit().embedder, [model]), samples)
    times, distances = taught.window.strip.held("computer")
    assert np.allclose(times, [frame.index / 16_000 for frame in frames])
    assert np.allclose(distances, [frame.distances[0] for frame in frames], atol=1e-5)
    marks = [mark for mark in taught.window.signal.lanes.marks(2) if not mark.hollow]
    assert [mark.start for mark in marks] == [detection.start for detection in found]


def test_two_words_side_by_side(open_bench):
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.teach("computer", COMPUTER[:3])
    page.teach("jarvis", sorted((CLIPS / "takes").glob("jarvis_*.flac"))[:3])
    assert [name for name, _ in page.bench.teaching.live_words] == ["computer", "jarvis"]
    page.bench.open_file(SPOKEN / "words_and_digits.flac")
    assert wait_until(lambda: "computer" in page.detections() and "jarvis" in page.detections(), 60)


def test_a_damaged_words_file_gives_one_sentence_and_changes_nothing(taught, tmp_path):
    path = tmp_path / "words.json"
    path.write_text('{"format": "labbench-words", "version": 99}', encoding="utf-8")
    taught.bench.words.open_words(path)
    assert taught.window.notice.isVisible() and "version 99" in taught.window.notice.text
    assert [word.name for word in taught.bench.teaching.words] == ["computer"]


def test_the_threshold_stays_the_calibrated_one_until_the_user_moves_it(open_bench):
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.teach("computer", COMPUTER)
    word = page.bench.teaching.word("computer")
    assert word.threshold_set is None
    slider = page.find(QSlider, "threshold")
    share = (calibration_of(word).threshold - MIN_THRESHOLD) / (MAX_THRESHOLD - MIN_THRESHOLD)
    assert slider.value() == pytest.approx(1000 * share, abs=1)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert page.bench.teaching.word("computer").threshold_set < calibration_of(word).threshold
