"""Hand and ear on the strip of distances: the near-miss band, the card of a moment, scrubbing, the keyboard."""

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from small_whisper import SPOKEN

from labbench.audio.source import FileSpec
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.messages import Advance
from labbench.models.scripted_host import ScriptedHost
from labbench.testing.mouse import drag, hover, place
from labbench.ui.views.strip.reading import DECIDED, FAR, NEAR, reading_at
from labbench.ui.views.strip.scrubber import FADE_SECONDS, STRETCH_SECONDS
from labbench.wakeword.near_misses import SHOWN, near_misses

CLIPS = assets() / "clips"
TAKES = {name: sorted((CLIPS / "takes").glob(f"{name}_*.flac")) for name in ("computer", "jarvis")}
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
HOP = 0.08
CLEAR = 0.95
"""A distance at which no dashed line lies that could be taken hold of."""


@pytest.fixture
def page(open_bench, moonshine):
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.window.resize(1366, 768)
    opened.teach("computer", TAKES["computer"][:3])
    opened.teach("jarvis", TAKES["jarvis"][:3])
    opened.window.words.words.setCurrentText("computer")
    opened.bench.open_file(SPOKEN / "words_and_digits.flac")
    assert wait_until(lambda: len(opened.bench.scores.hops.index) > 100 and not opened.bench.scores.running, 60)
    opened.window.activateWindow()
    assert wait_until(opened.window.isActiveWindow, 10)
    return opened


@pytest.fixture
def heard(page, monkeypatch):
    """What is played: each piece lasts until `end` says that it is over."""
    playback, pieces = page.bench.playback, []

    def play_samples(samples, rate):
        pieces.append((samples, rate))
        playback._ticket = len(pieces)
        playback.playing_changed.emit(True)

    monkeypatch.setattr(playback, "play_samples", play_samples)
    return pieces


def end(page):
    page.bench.playback._silent()


def sound(page):
    return soundfile.read(page.bench.shown.recording.path, dtype="float32")


def smoothed(page, number, at):
    """What decides for a word at the hop nearest to a moment, and when that was."""
    stream = page.bench.scores.hops.streams[number]
    hop = int(np.argmin(np.abs(stream.indices / 16_000 - at)))
    return stream.smoothed[hop], stream.indices[hop] / 16_000


def test_the_near_miss_band_is_that_of_the_chosen_word_or_the_one_pointed_at(page):
    strip, theme = page.window.strip, page.window.theme
    thresholds = dict(page.bench.teaching.live_words)

    def banded():
        colour, word = theme.word(["computer", "jarvis"].index(name)), thresholds[name]
        assert strip.band.isVisible() and strip.band.getRegion() == pytest.approx((word, word + SHOWN))
        return strip.band.brush.color().rgb() == QColor(colour).rgb()

    name = "computer"
    assert banded()
    page.window.words.words.setCurrentText(name := "jarvis")
    assert banded()
    at = 10.0
    value = reading_at(strip, at).words[0].distance
    low, high = strip.plot.box.viewRange()[1]
    hover(strip.plot.viewport(), place(strip.plot, at, (value - low) / (high - low)))
    name = strip.pointed
    assert name == "computer" and banded()
    QApplication.sendEvent(strip.plot.viewport(), QEvent(QEvent.Type.Leave))
    name = "jarvis"
    assert banded() and not strip.pointed


def test_near_misses_are_marked_hollow_where_they_were_nearest(page):
    strip, scores = page.window.strip, page.bench.scores
    marks = strip.marks.hollow
    lowest = min(miss.distance for miss in scores.near_misses if miss.word == "computer")
    page.bench.teaching.set_threshold("computer", lowest - SHOWN / 2)
    wanted, far = [], 0
    for number, (name, threshold) in enumerate(scores.words):
        hops, quiet = scores.hops, ~scores.hops.muted
        found = near_misses(name, hops.index[quiet], hops.distances[quiet, number], threshold, scores.detections)
        wanted += [miss for miss in found if miss.distance < threshold + SHOWN]
        far += sum(miss.distance >= threshold + SHOWN for miss in found)
    assert far > 0
    wanted.sort(key=lambda miss: miss.at_s)
    assert wanted and np.allclose(marks._points, [(miss.at_s, miss.distance) for miss in wanted])
    assert len(strip.marks.arrows._points) == len(scores.detections)
    page.drag_threshold("computer", 0.25)
    assert len(marks._points) == sum(miss.close for miss in scores.near_misses) != len(wanted)


@pytest.mark.parametrize("at", [3.6, 12.0, 19.0])
def test_hovering_shows_the_sound_at_that_moment(page, at):
    strip, card = page.window.strip, page.window.strip_links.card
    assert not card.isVisible()
    hover(strip.plot.viewport(), place(strip.plot, at))
    assert card.isVisible()
    for number, (word, (name, threshold)) in enumerate(
        zip(card.reading.words, page.bench.teaching.live_words, strict=True)
    ):
        value, when = smoothed(page, number, at)
        assert (word.name, word.threshold) == (name, threshold)
        assert word.distance == pytest.approx(value) and card.reading.at_s == pytest.approx(when)
        right = DECIDED if value < threshold else NEAR if value < threshold + SHOWN else FAR
        assert word.state == right and f"{name} {value:.2f}, {right}" in card.accessibleDescription()
    samples, rate = sound(page)
    part = samples[round((card.reading.at_s - 2) * rate) : round(card.reading.at_s * rate)]
    assert abs(part).max() > 0.01
    image = card.grab().toImage()
    colours = {image.pixel(x, 40) for x in range(12, card.width() - 12)}
    assert len(colours) > 10, "the two seconds are drawn"
    assert card.geometry().bottom() <= strip.plot.mapTo(page.window, strip.plot.rect().topLeft()).y() + 16
    assert page.window.rect().contains(card.geometry())
    before = card.geometry()
    hover(strip.plot.viewport(), place(strip.plot, at, 0.7))
    assert card.isVisible() and card.geometry() == before, "it stays where it is while the moment is the same"
    assert card not in page.window.strip_view.pictured()
    QApplication.sendEvent(strip.plot.viewport(), QEvent(QEvent.Type.Leave))
    assert not card.isVisible()


def test_alt_and_dragging_plays_what_is_under_the_pointer_one_piece_at_a_time(page, heard):
    plot, axis = page.window.strip.plot, page.bench.axis
    view = axis.view
    moments = [3.0, 3.1, 3.2, 4.0]
    drag(plot.viewport(), [place(plot, at, CLEAR) for at in moments], ALT)
    assert axis.view == view and axis.selection is None, "it moves nothing"
    assert len(heard) == 1 and axis.cursor == pytest.approx(4.0, abs=0.02)
    samples, rate = sound(page)
    piece, at_rate = heard[0]
    assert at_rate == rate and len(piece) == pytest.approx(STRETCH_SECONDS * rate, abs=2)
    edge = round(FADE_SECONDS * rate)
    inside = piece[edge:-edge]
    begins = [k for k in range(round(2.9 * rate), round(3.3 * rate)) if samples[k] == inside[0]]
    assert any(np.array_equal(samples[k : k + len(inside)], inside) for k in begins)
    assert abs(piece[0]) == abs(piece[-1]) == 0.0
    end(page)
    assert len(heard) == 1, "the hand has let go"


def test_the_last_place_waits_while_a_piece_sounds(page, heard):
    scrubber = page.window.strip_links.hand._scrubber
    for at in (5.0, 5.5, 6.0):
        scrubber.at(at)
    assert len(heard) == 1
    end(page)
    samples, rate = sound(page)
    assert len(heard) == 2
    edge = round(FADE_SECONDS * rate)
    wanted = samples[round(6.0 * rate) : round(6.25 * rate)]
    assert np.array_equal(heard[1][0][edge:-edge], wanted[edge:-edge])
    end(page)
    assert len(heard) == 2


def test_the_toggle_scrubs_and_is_off_while_sound_runs(page, heard):
    plot, toggle = page.window.strip.plot, page.find(QPushButton, "scrubStrip")
    QTest.mouseClick(toggle, Qt.MouseButton.LeftButton)
    drag(plot.viewport(), [place(plot, at, CLEAR) for at in (8.0, 8.2)])
    assert len(heard) == 1
    end(page)
    QTest.mouseClick(toggle, Qt.MouseButton.LeftButton)
    axis = page.bench.axis
    axis.show(5.0, 10.0)
    drag(plot.viewport(), [place(plot, at, CLEAR) for at in (8.0, 7.0)])
    assert len(heard) == 1 and axis.view[0] == pytest.approx(6.0, abs=0.1), "without it a drag moves the view"
    page.bench.start(FileSpec(SPOKEN / "digits.flac", "Digits", stepped=True), record=False)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    for _ in range(20):
        page.bench.sound.send(Advance(0.25))
        page.bench.sound.tick()
    assert not toggle.isEnabled() and "Sound runs" in toggle.toolTip()
    drag(plot.viewport(), [place(plot, at, CLEAR) for at in (2.0, 2.5)], ALT)
    assert len(heard) == 1
    page.bench.stop()
    assert wait_until(lambda: page.bench.sound.running is None, 10)
    assert toggle.isEnabled()


def test_the_strip_by_keyboard(page, heard):
    strip, axis, teaching = page.window.strip, page.bench.axis, page.bench.teaching
    card = page.window.strip_links.card
    strip.setFocus()
    axis.place_cursor(10.0)
    QTest.keyClick(strip, Qt.Key.Key_Right)
    first = axis.cursor
    QTest.keyClick(strip, Qt.Key.Key_Right)
    assert axis.cursor - first == pytest.approx(HOP)
    QTest.keyClick(strip, Qt.Key.Key_Left)
    assert axis.cursor == pytest.approx(first)
    QTest.keyClick(strip, Qt.Key.Key_Right, SHIFT)
    assert axis.cursor == pytest.approx(first + 1.0)
    assert card.isVisible() and card.reading.at_s == pytest.approx(axis.cursor, abs=HOP)
    value, when = smoothed(page, 1, axis.cursor)
    told = strip.accessibleDescription()
    assert f"{when:.2f} s" in told and f"jarvis {value:.2f}" in told and "Threshold of computer" in told
    before = dict(teaching.live_words)
    QTest.keyClick(strip, Qt.Key.Key_Up)
    assert dict(teaching.live_words)["computer"] == pytest.approx(before["computer"] - 0.01, abs=1e-4)
    QTest.keyClick(strip, Qt.Key.Key_W)
    assert page.window.words.current == "jarvis"
    QTest.keyClick(strip, Qt.Key.Key_Down)
    after = dict(teaching.live_words)
    assert after["jarvis"] == pytest.approx(before["jarvis"] + 0.01, abs=1e-4)
    assert f"Threshold of jarvis: {after['jarvis']:.2f}" in strip.accessibleDescription()
    QTest.keyClick(strip, Qt.Key.Key_Return)
    (piece, rate), (samples, _) = heard[0], sound(page)
    edge = round(FADE_SECONDS * rate)
    wanted = samples[round((when - 2.0) * rate) : round(when * rate)]
    assert len(piece) == len(wanted) and np.array_equal(piece[edge:-edge], wanted[edge:-edge])
    page.window.signal.setFocus()
    assert not card.isVisible()


def test_near_misses_of_running_sound_are_marked_as_they_come(page):
    lowest = min(smoothed for smoothed in page.bench.scores.hops.streams[0].smoothed)
    page.bench.teaching.set_threshold("computer", lowest - SHOWN / 2)
    page.bench.start(FileSpec(SPOKEN / "words_and_digits.flac", "Demo", stepped=True), record=False)
    assert wait_until(lambda: page.bench.sound.running is not None, 10)
    for _ in range(48):
        page.bench.sound.send(Advance(0.25))
        page.bench.sound.tick()
    strip = page.window.strip
    assert len(strip.marks.near_misses) > 0 and page.bench.sound.running is not None
    assert QPointF(*strip.marks.hollow._points[0]).x() < 12.0
