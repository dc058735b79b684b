"""The threshold explorer: what it draws and counts is what is found apart, and a dragged threshold moves everywhere."""

import csv

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QSlider, QSpinBox
from small_whisper import SPOKEN

from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.models.scripted_host import ScriptedHost
from labbench.testing.mouse import drag
from labbench.ui.views.saving import save_view
from labbench.ui.views.threshold.ridges import EDGES
from labbench.ui.views.threshold.view import ThresholdView
from labbench.wakeword.calibration import MAX_THRESHOLD, MIN_THRESHOLD
from labbench.wakeword.detector import decide
from labbench.wakeword.references import Bank
from labbench.wakeword.trade_off import thresholds
from labbench.wakeword.words import calibration_of, leave_one_out, model_of

CLIPS = assets() / "clips"
TAKES = {name: sorted((CLIPS / "takes").glob(f"{name}_*.flac")) for name in ("computer", "jarvis")}


@pytest.fixture
def page(open_bench, moonshine):
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.window.resize(1366, 768)
    opened.teach("computer", TAKES["computer"][:4])
    opened.teach("jarvis", TAKES["jarvis"][:3])
    opened.window.words.words.setCurrentText("computer")
    opened.bench.open_file(SPOKEN / "words_and_digits.flac")
    assert wait_until(lambda: len(opened.bench.scores.hops.index) > 100 and not opened.bench.scores.running, 60)
    return opened


def shown(page):
    view = page.window.distances.of(ThresholdView)
    page.window.distances.show_view(view)
    assert wait_until(lambda: page.bench.thresholds.material is not None and view.ridges.counts[1:2], 60)
    return view


def pull(view, to, steps=6):
    """Take the dashed line with the mouse and drag it to another distance."""
    box, begin = view.ridges.box, float(view.ridges.threshold.value())
    places = [QPointF(begin + (to - begin) * step / steps, 0.5) for step in range(steps + 1)]
    drag(view.ridges.viewport(), [QPointF(view.ridges.mapFromScene(box.mapViewToScene(place))) for place in places])


def threshold(page, name="computer"):
    return dict(page.bench.teaching.live_words)[name]


def fires(page, name="computer"):
    """By the detector itself."""
    hops, number = page.bench.scores.hops, [word for word, _ in page.bench.scores.words].index(name)
    quiet = ~hops.muted
    rows = zip(hops.index[quiet].tolist(), hops.distances[quiet, number].tolist(), strict=True)
    return len(decide(threshold(page, name), rows))


def test_what_it_draws_and_counts_is_what_is_found_apart(page):
    view, teaching = shown(page), page.bench.teaching
    word, other = teaching.word("computer"), teaching.word("jarvis")
    model = model_of(word)
    bank = Bank(model.references)
    apart = leave_one_out(word)
    others = [model.distance(bank.distances(take.templates[0].frames)) for take in other.takes]
    takes, sounds, speech, hops = view.ridges.rows
    assert np.allclose(sorted(takes.values), sorted(apart)) and np.allclose(sounds.values, others)
    assert speech.values.mean() == pytest.approx(calibration_of(word).background[0], abs=1e-6)
    assert np.array_equal(view.ridges.counts[0], np.histogram(apart, EDGES)[0])
    assert view.ridges.counts[3].sum() == len(hops.values) == len(page.bench.scores.hops.index)
    low, high = view.trade.box.viewRange()[0]
    assert low < view.trade.dot.getData()[0][0] < high
    for to in (float(np.median(apart)), 0.95):
        pull(view, to)
        now = threshold(page)
        assert now == pytest.approx(to, abs=0.02)
        missed, taken = sum(one >= now for one in apart), sum(one < now for one in others)
        often = {1: "once"}.get(fires(page), f"{fires(page)} times")
        text = page.text("thresholdCounts")
        assert f"Of your 4 takes {missed} would be missed." in text
        assert f"Of 3 other sounds {taken} would be taken for it." in text
        assert f"In this sound (0:21) it fires {often}." in text
        assert text in view.accessibleDescription()
    assert taken or fires(page) > 3, "a loose threshold lets something in"


def test_a_threshold_that_is_dragged_moves_everywhere_at_every_move(page):
    view, teaching = shown(page), page.bench.teaching
    slider, strip = page.find(QSlider, "threshold"), page.window.strip
    seen, taught = [], []
    send = teaching.ear._send
    teaching.ear._send = lambda command: (taught.append(command), send(command))

    def look():
        now = threshold(page)
        assert strip.thresholds["computer"].value() == view.ridges.threshold.value() == now
        assert f"{now:.2f}" in page.text("thresholdValue")
        if not slider.isSliderDown():
            assert slider.value() == pytest.approx(
                1000 * (now - MIN_THRESHOLD) / (MAX_THRESHOLD - MIN_THRESHOLD), abs=1
            )
        assert strip.band.getRegion()[0] == now
        assert len([one for one in page.bench.scores.detections if one.word == "computer"]) == fires(page)
        assert f"it fires {fires(page)} times" in page.text("thresholdCounts") or fires(page) == 1
        seen.append(now)

    teaching.words_changed.connect(look)  # after everything else has followed
    before, steps = threshold(page), page.bench.undo.count()
    pull(view, before - 0.15, 12)
    assert len(set(seen)) >= 10 and page.bench.undo.count() == steps + 1
    assert len(taught) <= 4 and taught[-1].words[0].threshold == threshold(page)
    seen.clear()
    page.drag_threshold("computer", before + 0.1)
    assert len(set(seen)) >= 4 and page.bench.undo.count() == steps + 2
    seen.clear()
    taught.clear()
    low, high = 12, slider.width() - 12
    at = round(low + (high - low) * slider.value() / 1000)
    y = slider.height() / 2
    drag(slider, [QPointF(at - 8 * step, y) for step in range(8)])
    assert len(set(seen)) >= 5 and page.bench.undo.count() == steps + 3
    assert not teaching.ear.held and taught[-1].words[0].threshold == threshold(page)
    for _ in range(3):
        page.bench.undo.undo()
    assert threshold(page) == before and teaching.word("computer").threshold_set is None


def test_how_often_the_word_is_said_tells_misses_and_false_accepts(page):
    view = shown(page)
    said = page.find(QSpinBox, "saidOften")
    assert said.text() == "said … times" and "missed," not in page.text("thresholdCounts")
    said.setFocus()
    said.selectAll()
    QTest.keyClicks(said, "5")
    QTest.keyClick(said, Qt.Key.Key_Return)
    assert wait_until(lambda: page.bench.thresholds.steps is not None, 20)
    fired = fires(page)
    right = f"That is {max(0, 5 - fired)} of 5 missed, {max(0, fired - 5)} false accept"
    assert right in page.text("thresholdCounts")
    stream, values = page.bench.thresholds.stream, thresholds()
    for place in range(0, len(values), 13):
        rows = zip(stream.indices.tolist(), page.bench.scores.hops.distances[:, 0].tolist(), strict=True)
        assert page.bench.thresholds.steps[place] == len(decide(float(values[place]), rows))
    assert view.ridges.steps.isVisible() and view.ridges.said.isVisible()
    said.setValue(-1)
    assert not view.ridges.steps.isVisible() and "missed," not in page.text("thresholdCounts")


def test_it_follows_the_word_of_the_panel_and_keys(page):
    view = shown(page)
    choice = page.find(QComboBox, "thresholdWord")
    assert choice.currentText() == "computer"
    page.window.words.words.setCurrentText("jarvis")
    assert choice.currentText() == "jarvis"
    assert wait_until(lambda: view.ridges.rows[0].title == "Takes: 3", 20)
    assert view.ridges.threshold.value() == threshold(page, "jarvis")
    view.setFocus()
    before = threshold(page, "jarvis")
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert threshold(page, "jarvis") == pytest.approx(before - 0.01, abs=1e-4)
    QTest.keyClick(view, Qt.Key.Key_W)
    assert page.window.words.current == "computer" == choice.currentText()
    left = view.trade.dot.getData()
    page.find(type(view.det), "detCurve").click()
    right = view.trade.dot.getData()
    assert view.trade.det and not np.allclose(left, right)


def test_it_leaves_as_picture_and_table(page, tmp_path):
    view = shown(page)
    for name in ("view.png", "view.svg", "view.csv"):
        save_view(view, page.window.theme, tmp_path / name)
        assert (tmp_path / name).stat().st_size > 2000
    with (tmp_path / "view.csv").open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    now = int(np.argmin(np.abs(thresholds() - 0.7)))
    row = dict(zip(head, rows[now], strict=True))
    assert float(row["threshold"]) == pytest.approx(0.7) and row["takes"] == "4"
    page.bench.teaching.set_threshold("computer", 0.7)
    assert int(row["fires in this sound"]) == fires(page)
    assert int(row["missed takes"]) == page.bench.thresholds.material.missed(0.7)


def test_without_a_word_it_says_what_to_do(open_bench, moonshine):
    page = open_bench(twin=True, make_host=ScriptedHost)
    view = page.window.distances.of(ThresholdView)
    page.window.distances.show_view(view)
    assert view.empty.isVisible() and not view.body.isVisible() and "Teach a word" in view.accessibleDescription()
    page.teach("computer", TAKES["computer"][:1])
    assert wait_until(lambda: view.body.isVisible() and page.bench.thresholds.material is not None, 20)
    assert "With two takes or more" in page.text("thresholdCounts")
    page.window.distances.show_view(page.window.strip_view)
    page.teach("computer", TAKES["computer"][1:2])
    assert len(page.bench.thresholds.material.takes) == 0, "nothing is measured while nobody looks"
    QTest.mouseClick(page.window.distances.tabs, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
