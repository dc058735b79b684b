"""However small the window and large its letters: curves can be read, and numbers and names beside them are not cut."""

import numpy as np
import pytest
from PySide6.QtWidgets import QScrollArea

from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.models.scripted_host import ScriptedHost

TAKES = sorted((assets() / "clips" / "takes").glob("computer_*.flac"))


@pytest.fixture
def window(open_bench, moonshine):
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.teach("computer", TAKES[:3])
    page.show_file(assets() / "clips" / "sentences_with.flac")
    assert wait_until(lambda: len(page.window.strip.held("computer")[0]) > 100, 60)
    page.window.notice.hide()
    return page.window


def places(plot):
    """Where the numbers beside a plot are painted: pixels of the curves' box."""
    low, high = plot.box.viewRange()[1]
    ticks = [value for level in plot.left._tickLevels for value, _ in level]
    return [(value - low) / (high - low) * plot.box.height() for value in ticks]


@pytest.mark.parametrize(
    ("theme", "size"),
    [
        ("dark", (1280, 860)),
        ("light", (1366, 768)),
        ("projector", (1366, 768)),
        ("projector", (1280, 860)),
        ("light", (911, 512)),
    ],
)
@pytest.mark.parametrize("unusual", [False, True])
def test_curves_have_room(window, theme, size, unusual):
    window.resize(*size)
    window.anomaly.setVisible(unusual)
    window.set_theme(theme)
    window.anomaly.strip.show_threshold(2.0)
    window.anomaly.strip.show_all(np.arange(14.0), np.linspace(0.5, 30.0, 14))
    assert wait_until(lambda: (window.width(), window.height()) == size, 10)
    settled = []

    def still():
        settled.append((window.down.sizes(), window.strip.plot.box.height()))
        return len(settled) > 10 and settled[-1] == settled[-10]

    assert wait_until(still, 10)
    scale = window.theme.scale
    plots = [(window.strip.plot, 36.0)] + ([(window.anomaly.strip.plot, 28.0)] if unusual else [])
    for plot, least in plots:
        assert plot.box.height() >= least * scale
        assert places(plot)
        assert all(5 * scale <= place <= plot.box.height() - 5 * scale for place in places(plot))
    name = window.strip.thresholds["computer"].label
    shown = name.mapRectToScene(name.boundingRect())
    inside = window.strip.plot.box.sceneBoundingRect()
    assert inside.top() - 1 <= shown.top() and shown.bottom() <= inside.bottom() + 1
    if size[1] > 700:
        assert window.findChild(QScrollArea, "everything").verticalScrollBar().maximum() == 0


def test_a_theme_with_larger_letters_makes_a_window_compact(window):
    window.resize(1366, 768)
    window.set_theme("light")
    assert not window.distances.hint.isHidden()
    window.set_theme("projector")
    assert window.distances.hint.isHidden()
    window.set_theme("dark")
    assert not window.distances.hint.isHidden()
