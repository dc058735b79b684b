"""Raw against smoothed: the strip shows what decides over what was measured, live and of a whole sound."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox

from labbench.models.scripted_host import ScriptedHost
from labbench.ui.theme import THEMES
from labbench.ui.time_axis import TimeAxis
from labbench.ui.views.strip import strip as distance_strip
from labbench.ui.views.strip.strip import DistanceStrip
from labbench.wakeword.detector import SMOOTHING_HOPS, Detector
from labbench.wakeword.smoothing import smoothed_hops
from labbench.wakeword.spotter import HOP, SpotFrame

WORDS = [("computer", 0.6), ("jarvis", 0.7)]


@pytest.fixture
def strip(qtbot):
    axis = TimeAxis()
    strip = DistanceStrip(THEMES["dark"], axis)
    strip.axis = axis
    qtbot.addWidget(strip)
    strip.resize(900, 200)
    strip.set_words(WORDS)
    return strip


def frames_of(count, seed=0):
    values = np.random.default_rng(seed).uniform(0.4, 1.1, (count, 2))
    return [
        SpotFrame((number + 1) * HOP, tuple(row), muted=number % 50 in (20, 21))
        for number, row in enumerate(values.tolist())
    ]


def arrays(frames):
    return (
        np.array([frame.index for frame in frames]),
        np.array([frame.distances for frame in frames]),
        np.array([frame.muted for frame in frames]),
    )


def test_hop_by_hop_it_is_what_the_whole_sound_gives_and_what_a_detector_decides_by(strip):
    frames = frames_of(300)
    for frame in frames:
        strip.add(frame)
    index, distances, muted = arrays(frames)
    live = [strip.held_smoothed(name) for name, _ in WORDS]
    strip.show_all(index, distances, (), muted)
    for word, (name, _) in enumerate(WORDS):
        assert np.array_equal(live[word], strip.held_smoothed(name), equal_nan=True)
        assert np.array_equal(strip.held(name)[1], distances[:, word])
    for word, (name, threshold) in enumerate(WORDS):
        detector, smoothed, fired = Detector(threshold), strip.held_smoothed(name), 0
        for number, frame in enumerate(frames):
            if frame.muted:
                detector = Detector(threshold)
                assert np.isnan(smoothed[number])
                continue
            firing = detector.feed(frame.index, frame.distances[word])
            if firing is not None:
                fired += 1
                assert smoothed[number] == firing.distance < threshold
        assert fired > 3


def test_a_hop_costs_the_same_however_long_the_sound_has_been_running(strip, monkeypatch):
    index, distances, muted = arrays(frames_of(20_000))
    strip.show_all(index, distances, (), muted)
    smoothed = []
    monkeypatch.setattr(
        distance_strip, "smoothed_hops", lambda *given: smoothed.append(len(given[0])) or smoothed_hops(*given)
    )
    for frame in frames_of(50, 1):
        strip.add(SpotFrame(frame.index + index[-1], frame.distances))
    strip.axis.grow(index[-1] / 16_000)
    strip.refresh()
    assert len(smoothed) == 50 and max(smoothed) == SMOOTHING_HOPS
    for curve in strip._curves:
        assert len(curve.line.getData()[0]) == len(curve.decisive.getData()[0]) < 1000


def test_one_odd_hop_is_seen_and_does_not_decide(strip):
    frames = [SpotFrame((number + 1) * HOP, (0.9, 0.9)) for number in range(20)]
    frames[10] = SpotFrame(11 * HOP, (0.3, 0.9))
    for frame in frames:
        strip.add(frame)
    strip.axis.end(2.0)
    strip.refresh()
    (curve, _), odd = strip._curves, frames[10].index / 16_000
    times, raw = curve.line.getData()
    assert raw[times == odd].tolist() == [0.3]
    assert np.nanmin(curve.decisive.getData()[1]) == 0.9


def test_it_can_be_switched_and_is_remembered(open_bench, moonshine):
    page = open_bench(twin=True, make_host=ScriptedHost)
    window, box = page.window, page.find(QCheckBox, "smoothed")
    window.strip.set_words(WORDS)
    for frame in frames_of(100):
        window.strip.add(frame)
    window.strip.refresh()
    curve = window.strip._curves[0]
    assert box.isChecked() and curve.decisive.isVisible()
    assert curve.decisive.opts["pen"].widthF() > curve.line.opts["pen"].widthF()
    assert curve.line.opts["pen"].color().alphaF() < 1.0 == curve.decisive.opts["pen"].color().alphaF()
    assert "odd hop" in box.toolTip() and box.accessibleDescription() == box.toolTip()
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    assert not box.isChecked() and not curve.decisive.isVisible()
    assert curve.line.opts["pen"].color().alphaF() == 1.0
    assert not page.bench.settings.smoothed and not window.menus.actions["actionSmoothed"].isChecked()
    page.act("actionSmoothed")
    assert box.isChecked() and page.bench.settings.smoothed and curve.decisive.isVisible()
    again = open_bench(twin=True, make_host=ScriptedHost, settings=page.bench.settings)
    assert again.window.strip.smoothing.isChecked()
    page.act("actionSmoothed")
    third = open_bench(twin=True, make_host=ScriptedHost, settings=page.bench.settings)
    assert not third.window.strip.smoothing.isChecked()
    assert not third.window.menus.actions["actionSmoothed"].isChecked()
