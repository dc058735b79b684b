"""Embedder against embedder in the real window: what it finds is what is found apart; nothing that listens changes."""

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from small_whisper import SPOKEN

from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.contenders import Contender
from labbench.live.messages import Play
from labbench.live.teaching_anew import Cost
from labbench.models.embedders import EmbedderSpec
from labbench.models.scripted_host import ScriptedHost
from labbench.testing.mouse import drag, hover
from labbench.ui.theme import THEMES
from labbench.ui.views.embedders.text import ASK, EMPTY, verdict_text
from labbench.ui.views.embedders.view import EmbeddersView
from labbench.ui.views.saving import save_view, table_bytes
from labbench.ui.views.threshold.ridges import EDGES
from labbench.wakeword.contest import Standing
from labbench.wakeword.landmark_map import mapped
from labbench.wakeword.material import Material, material_of
from labbench.wakeword.rates import equal_error_rate

CLIPS = assets() / "clips"
TAKES = CLIPS / "takes"
MOONSHINE, MFCC = EmbedderSpec(), EmbedderSpec("mfcc")


@pytest.fixture
def page(open_bench, moonshine, small_models):
    """One word, and MFCC against what listens."""
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.window.resize(1366, 900)
    opened.teach("computer", [TAKES / f"computer_{number}.flac" for number in (1, 2, 3)])
    opened.bench.words.takes.speaker("computer", 0, "Anna")
    opened.bench.words.embedders.choose(MOONSHINE, MFCC)
    opened.window.distances.show_view(view(opened))
    return opened


@pytest.fixture
def compared(page):
    """The same, once it is known."""
    page.click("embedderCompare")
    assert wait_until(lambda: not desk(page).missing and not desk(page).busy, 60)
    return page


def view(page):
    return page.window.distances.of(EmbeddersView)


def desk(page):
    return page.bench.words.embedders


def columns(page):
    return view(page).columns


def test_an_empty_one_says_what_to_do(open_bench, moonshine):
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.window.distances.show_view(view(opened))
    assert view(opened).empty.isVisible() and opened.text("embeddersEmpty") == EMPTY
    opened.teach("computer", [TAKES / "computer_1.flac"])
    assert view(opened).empty.isVisible(), "one take can't be measured against others"
    opened.teach("computer", [TAKES / "computer_2.flac"])
    assert not view(opened).empty.isVisible() and opened.text("embedderVerdict") == ASK
    assert columns(opened)[0].choice.currentText() == "Moonshine's encoder"
    assert columns(opened)[1].choice.currentData() != MOONSHINE, "what listens, against another"


def test_every_embedder_on_this_computer_can_be_chosen(page):
    titles = [columns(page)[0].choice.itemText(number) for number in range(columns(page)[0].choice.count())]
    assert titles[0] == "Moonshine's encoder" and "MFCC (no model)" in titles
    checkpoints = page.bench.words.method.checkpoints
    assert [title for title in titles if title.startswith("Whisper")] == [f"Whisper {one.title}" for one in checkpoints]


def test_both_sides_hold_what_is_found_apart(compared):
    words = compared.bench.teaching.words
    here = [desk(compared).found(spec) for spec in (MOONSHINE, MFCC)]
    assert [one.spec for one in here] == [MOONSHINE, MFCC]
    apart = material_of(words[0], [])
    assert here[0].standing.takes == pytest.approx(apart.takes, abs=1e-5), "taught anew is as it was taught"
    assert here[0].standing.speech == pytest.approx(apart.speech, abs=1e-5)
    assert here[0].chart.between == pytest.approx(mapped(words).between, abs=1e-5)
    for one, column in zip(here, columns(compared), strict=True):
        errors = equal_error_rate(one.standing.takes, one.standing.speech)
        margins = (one.standing.speech.mean() - one.standing.takes) / one.standing.speech.std()
        assert column.parts[0].text() in (f"{100 * errors:.0f} % errors", f"{100 * errors:.1f} % errors")
        assert column.parts[1].text() == f"{margins.mean():.1f} σ apart"
        assert column.parts[2].text() == f"{one.cost.total_ms:.0f} ms a hop"
        xs, ys = column.map.takes.getData()
        assert np.stack([xs, ys], axis=1) == pytest.approx(one.chart.points)
        xs, ys = column.map.speech.getData()
        assert np.stack([xs, ys], axis=1) == pytest.approx(one.chart.background)
        assert [row.title for row in column.ridges.rows] == ["computer: 3", f"Speech: {len(one.standing.speech)}"]
        tally = np.histogram(np.clip(one.standing.takes, EDGES[0], EDGES[-1] - 1e-9), EDGES)[0]
        assert column.ridges.counts[0].tolist() == tally.tolist()
    assert here[1].chart.landmarks[0].frames.shape[1] != here[0].chart.landmarks[0].frames.shape[1]
    titles = [column.choice.currentText() for column in columns(compared)]
    assert compared.text("embedderVerdict") == verdict_text(*here, titles)


def test_what_listens_stays_as_it_was(page):
    before, method = page.bench.teaching.words, page.bench.words.method.method
    page.click("embedderCompare")
    assert wait_until(lambda: not desk(page).missing, 60)
    assert page.bench.teaching.words is before and page.bench.words.method.method is method
    assert not page.bench.undo.canUndo() or page.bench.undo.undoText() != "Compare"


def test_results_are_kept_until_the_takes_change(compared):
    first = desk(compared).found(MFCC)
    desk(compared).choose(MFCC, MOONSHINE)
    assert columns(compared)[0].found is first and not view(compared).compare.isVisible()
    compared.window.distances.show_view(compared.window.strip_view)
    compared.bench.teaching.set_threshold("computer", 0.5)
    compared.window.distances.show_view(view(compared))
    assert columns(compared)[0].found is first, "a threshold is no part of it"
    compared.teach("computer", [TAKES / "computer_4.flac"])
    assert desk(compared).found(MFCC) is None and wait_until(lambda: view(compared).compare.isVisible(), 5)
    assert compared.text("embedderVerdict") == ASK


def test_a_short_recording_is_heard_by_both(page):
    page.show_file(SPOKEN / "digits_short.flac")
    assert wait_until(lambda: not page.bench.scores.running and page.bench.scores.frames, 60)
    page.click("embedderCompare")
    assert wait_until(lambda: not desk(page).missing and not desk(page).busy, 60)
    for spec, column in zip((MOONSHINE, MFCC), columns(page), strict=True):
        heard = desk(page).found(spec).heard
        assert len(heard.points) == len(heard.distances) == len(page.bench.scores.frames)
        assert column.ridges.rows[-1].title == f"This sound: {len(heard.distances)}"
        assert np.stack(column.map.sound.getData(), axis=1) == pytest.approx(heard.points)
    kept = [frame.distances[0] for frame in page.bench.scores.frames]
    assert desk(page).found(MOONSHINE).heard.distances == pytest.approx(kept, abs=2e-3)
    page.show_file(CLIPS / "speech_short.flac")
    assert wait_until(lambda: view(page).compare.isVisible(), 10)
    assert view(page).compare.text() == "Compare with this sound"


def test_it_can_be_cancelled(page):
    desk(page).progressed.connect(lambda progress: desk(page).cancel() if progress is not None else None)
    page.click("embedderCompare")
    assert wait_until(lambda: not desk(page).busy, 60)
    assert desk(page).missing and view(page).compare.isVisible() and not view(page).stop.isVisible()


def test_a_take_that_is_pointed_at_is_marked_in_both_and_a_click_plays_it(compared, monkeypatch):
    played = []
    send = compared.bench.sound.send
    monkeypatch.setattr(
        compared.bench.sound, "send", lambda told: played.append(told.spec) if isinstance(told, Play) else send(told)
    )
    left, right = (column.map for column in columns(compared))
    hover(left.viewport(), left.place_of(1))
    assert (left.at, right.at) == (1, 1)
    assert np.stack(right.ring.getData(), axis=1) == pytest.approx(right.chart.points[[1]])
    drag(right.viewport(), [right.place_of(2)])
    take = compared.bench.teaching.word("computer").takes[2]
    assert left.at == 2 and np.array_equal(played[-1].samples, take.samples[take.start : take.stop])
    left.setFocus()
    QTest.keyClick(left, Qt.Key.Key_Left)
    QTest.keyClick(left, Qt.Key.Key_Left)
    assert (left.at, right.at) == (0, 0)
    assert left.accessibleDescription() == "computer 1, a take of “computer”, said by Anna"
    QTest.keyClick(left, Qt.Key.Key_Return)
    take = compared.bench.teaching.word("computer").takes[0]
    assert np.array_equal(played[-1].samples, take.samples[take.start : take.stop])


def test_it_fits_every_theme_and_leaves_as_files(compared, tmp_path):
    for theme in THEMES.values():
        compared.window.set_theme(theme.name)
        compared.window.resize(1366, 768)
        area = compared.window.centralWidget()
        assert wait_until(lambda area=area: area.widget().minimumSizeHint().width() <= area.viewport().width(), 5)
    rows = list(csv.DictReader(io.StringIO(table_bytes(view(compared)).decode())))
    takes = [float(row["figure or distance"]) for row in rows if row["what"] == "take" and row["embedder"][0] == "M"]
    both = [distance for spec in (MOONSHINE, MFCC) for distance in desk(compared).found(spec).standing.takes]
    assert takes == pytest.approx(both, abs=1e-4)
    verdict, ridges = view(compared).verdict, columns(compared)[0].ridges
    assert wait_until(lambda: ridges.mapTo(view(compared), ridges.rect().bottomLeft()).y() <= verdict.y(), 5)
    for ending in ("png", "svg"):
        save_view(view(compared), compared.window.theme, tmp_path / f"view.{ending}")
    assert QImage(str(tmp_path / "view.png")).width() > 800
    assert "% errors</text>" in (tmp_path / "view.svg").read_text(encoding="utf-8")


def test_the_verdict_says_how_sure_it_is():
    def contender(takes):
        none = np.zeros(0)
        speech = np.array([0.9, 1.0, 1.1])
        return Contender(MFCC, None, Standing((Material("w", np.array(takes), none, none, speech),)), Cost(1, 1), None)

    good, bad = contender([0.2, 0.25, 0.3, 0.22]), contender([0.6, 0.7, 0.65, 0.63])
    clear = verdict_text(bad, good, ("One", "Other"))
    assert clear.startswith("Other keeps your 4 takes clearly farther") and "9.3 standard deviations, not 4.3" in clear
    assert "no difference" in verdict_text(good, contender([0.25, 0.2, 0.3, 0.22]), ("One", "Other"))
    likely = verdict_text(good, contender([0.2, 0.6, 0.4, 0.35]), ("One", "Other"))
    assert likely.startswith("One seems") and likely.endswith("More takes would tell.")
    assert "too few" in verdict_text(good, contender([]), ("One", "Other"))
