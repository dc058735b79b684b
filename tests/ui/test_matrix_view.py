"""The matrix in the real window: its order, its colours, pairs that are heard, intruders that are named."""

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.models.scripted_host import ScriptedHost
from labbench.testing.mouse import drag, hover
from labbench.ui.theme import THEMES
from labbench.ui.views.matrix.canvas import MatrixCanvas
from labbench.ui.views.matrix.table import FAR, Table, cells_image, ramp
from labbench.ui.views.matrix.view import PAUSE_SECONDS, MatrixView, intruders_text
from labbench.ui.views.saving import save_view, table_bytes
from labbench.wakeword.clustering import intruders, ordered
from labbench.wakeword.landmarks import Landmark

TAKES = assets() / "clips" / "takes"


@pytest.fixture
def page(open_bench, moonshine):
    """Two words; one take of the second is the first word, by mistake."""
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.window.resize(1366, 900)
    opened.teach("computer", [TAKES / f"computer_{number}.flac" for number in (3, 4, 5, 6)])
    opened.teach("jarvis", [*(TAKES / f"jarvis_{number}.flac" for number in (1, 3, 5)), TAKES / "computer_2.flac"])
    opened.window.distances.show_tab(MatrixView.tab)
    assert wait_until(lambda: canvas(opened).table is not None and len(canvas(opened).table.takes) == 8, 30)
    return opened


def canvas(page):
    return page.window.distances.of(MatrixView).canvas


def sound(page, landmark):
    take = next(one for one in page.bench.teaching.word(landmark.word).takes if one.label == landmark.label)
    return take.samples[take.start : take.stop]


def table_of_many(count=200, words=("one", "two", "three")):
    rng = np.random.default_rng(2)
    places = rng.normal(size=(count, 2)) * 0.1 + np.repeat(rng.normal(size=(len(words), 2)), count // 3 + 1, 0)[:count]
    distances = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    order = ordered(distances)
    names = [words[number // (count // 3 + 1)] for number in order]
    takes = tuple(Landmark(name, n, f"{name} take {n}", "", None, None) for n, name in enumerate(names))
    return Table(takes, distances[np.ix_(order, order)], words, tuple(intruders(distances, names)))


def test_cells_have_the_distances_of_the_map_in_the_order_of_clustering(page):
    table, chart = canvas(page).table, page.bench.landmarks.map
    order = ordered(chart.between)
    assert [take.label for take in table.takes] == [chart.landmarks[n].label for n in order]
    assert np.array_equal(table.distances, chart.between[np.ix_(order, order)])
    image = canvas(page).grab().toImage()
    colours = ramp(page.window.theme)
    for row, column in ((0, 1), (2, 5), (7, 3)):
        part = (FAR - table.distances[row, column]) / (FAR - table.nearest)
        seen = image.pixelColor(canvas(page).place_of(row, column).toPoint())
        assert seen == QColor.fromRgb(int(colours[int(np.clip(part * 255, 0, 255))]))


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_near_is_strong_in_every_theme(theme):
    table = table_of_many(9)
    image = cells_image(table, theme)
    away = ~np.eye(9, dtype=bool)
    near, far = (np.unravel_index(np.where(away, sign * table.distances, 9).argmin(), (9, 9)) for sign in (1, -1))
    ground = QColor(theme.surface).lightness()
    strong, weak = (abs(image.pixelColor(int(c), int(r)).lightness() - ground) for r, c in (near, far))
    assert strong > weak + 60
    assert image.pixelColor(4, 4) == QColor(theme.raised), "a take and itself"


def test_an_intruder_is_outlined_and_named(page):
    table = canvas(page).table
    (odd,) = table.odd
    assert (table.takes[odd.number].label, odd.rival) == ("computer 2", "computer")
    told = page.text("matrixIntruders")
    assert told.startswith("“computer 2” lies nearer to “computer”") and "its own word “jarvis”" in told
    canvas(page).grab()
    assert "computer 2" in [name for name, _ in canvas(page).names]
    image = canvas(page).grab().toImage()
    row = canvas(page)._cell(odd.number, 0, 1, 8)
    edge = image.pixelColor(round(row.left() + row.width() * 0.31), round(row.top()))
    warning = QColor(page.window.theme.warning)
    assert abs(edge.red() - warning.red()) < 60 and abs(edge.green() - warning.green()) < 60
    page.bench.words.takes.exclude("jarvis", 3, True)
    assert wait_until(lambda: len(canvas(page).table.takes) == 7, 20)
    assert page.text("matrixIntruders") == "Every take lies nearest to its own word."


def test_hovering_names_both_takes_and_the_distance(page):
    table = canvas(page).table
    hover(canvas(page), canvas(page).place_of(1, 6))
    one, other = table.takes[1], table.takes[6]
    assert page.text("matrixPair") == f"{one.label} and {other.label}"
    assert page.text("matrixDistance").startswith(f"distance {table.distances[1, 6]:.2f}: {one.word} and {other.word}")
    assert canvas(page).accessibleDescription().startswith(f"{one.label} and {other.label}, distance")
    hover(canvas(page), QPointF(1, 1))
    assert canvas(page).cell is None and "Point at a cell" in page.text("matrixDistance")


def test_a_click_plays_both_one_after_the_other(page, played):
    table = canvas(page).table
    drag(canvas(page), [canvas(page).place_of(2, 5)])
    (spec,) = played
    one, other = (sound(page, table.takes[place]) for place in (2, 5))
    pause = round(PAUSE_SECONDS * 16_000)
    assert np.array_equal(spec.samples[: len(one)], one) and np.array_equal(spec.samples[-len(other) :], other)
    assert len(spec.samples) == len(one) + pause + len(other) and not spec.samples[len(one) : len(one) + pause].any()
    drag(canvas(page), [canvas(page).place_of(3, 3)])
    assert np.array_equal(played[-1].samples, sound(page, table.takes[3])), "a take and itself: once"


def test_arrows_walk_and_return_plays(page, played):
    QTest.keyClick(canvas(page), Qt.Key.Key_Right)
    assert canvas(page).cell == (0, 1)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Up):
        QTest.keyClick(canvas(page), key)
    assert canvas(page).cell == (1, 0)
    QTest.keyClick(canvas(page), Qt.Key.Key_Return)
    assert np.array_equal(
        played[0].samples[: len(sound(page, canvas(page).table.takes[1]))], sound(page, canvas(page).table.takes[1])
    )


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize("count", [2, 9, 40, 200])
def test_names_at_the_sides_never_overlap(qtbot, theme, count):
    shown = MatrixCanvas(theme)
    qtbot.addWidget(shown)
    for height in (140, 260, 600):
        shown.resize(shown.width_for(height), height)
        shown.show_table(table_of_many(count, ("one", "two", "a word that is too long for any gutter at all")))
        shown.grab()
        rects = [rect for _, rect in shown.names]
        assert rects and not any(a.intersects(b) for n, a in enumerate(rects) for b in rects[:n])
        assert all(QRectF(shown.rect()).adjusted(-1, -8, 1, 8).contains(rect) for rect in rects)


def test_what_one_sees_is_not_worked_out_while_it_is_hidden(page):
    before = canvas(page).table
    page.window.distances.show_view(page.window.strip_view)
    page.bench.words.takes.exclude("jarvis", 3, True)
    assert wait_until(lambda: not page.bench.jobs.running, 20)
    assert canvas(page).table is before and not page.bench.landmarks.wanted
    page.window.distances.show_tab(MatrixView.tab)
    assert wait_until(lambda: len(canvas(page).table.takes) == 7, 20)


def test_it_leaves_as_picture_and_table(page, tmp_path):
    view = page.window.distances.of(MatrixView)
    for name in ("matrix.png", "matrix.svg"):
        save_view(view, page.window.theme, tmp_path / name)
        assert (tmp_path / name).stat().st_size > 3_000
    rows = list(csv.reader(io.StringIO(table_bytes(view).decode())))
    assert len(rows) == 9 and rows[0][:3] == ["word", "take", "speaker"]
    found = np.array([[float(cell) for cell in row[3:]] for row in rows[1:]])
    assert found == pytest.approx(canvas(page).table.distances, abs=1e-4)


def test_nothing_to_compare_says_what_to_do(open_bench, moonshine):
    page = open_bench(twin=True, make_host=ScriptedHost)
    page.window.distances.show_tab(MatrixView.tab)
    assert page.window.distances.of(MatrixView).empty.isVisible() and "two takes" in page.text("matrixEmpty")
    with pytest.raises(LabBenchError, match="no matrix"):
        page.window.distances.of(MatrixView).table()
    assert intruders_text(table_of_many(3, ("one",) * 3)).startswith("Teach a second word")
