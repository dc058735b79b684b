"""Choosing what words are heard by: taught anew, heard live and in files, undone, compared, and left where it fails."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from small_whisper import SPOKEN

from labbench.audio.files import read_clip
from labbench.audio.source import FileSpec
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.jobs.waiting import wait_until
from labbench.live.embedding_link import EmbeddingHosts, EmbeddingInProcess, EmbeddingProcess
from labbench.live.embedding_messages import EmbedderLost
from labbench.live.messages import Advance
from labbench.live.teaching_anew import Cost
from labbench.models.embedders import EMBEDDERS, EmbedderSpec
from labbench.models.scripted_host import ScriptedHost
from labbench.session.labword_file import load_labword
from labbench.session.words_file import load_words
from labbench.ui.dialogs.method_dialog import MethodDialog
from labbench.ui.words import heard_by
from labbench.ui.words.method_parts import cost_text

CLIPS = paths.assets() / "clips"
TAKES = [CLIPS / "takes" / f"computer_{number}.flac" for number in (1, 2, 3, 4)]
MFCC = EmbedderSpec("mfcc")
DIMENSIONS = {"moonshine": 288, "mfcc": 26, "google": 96, "whisper": 96}


@pytest.fixture
def page(open_bench, moonshine, small_models):
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.teach("computer", TAKES)
    return opened


def word_of(page):
    return page.bench.teaching.word("computer")


def dimensions(page):
    return {t.frames.shape[1] for take in word_of(page).takes for t in take.templates}


def opened(page):
    page.act("actionMethod")
    dialog = page.window.findChild(MethodDialog)
    assert dialog is not None and dialog.isVisible()
    return dialog


def applied(page, embedder, scoring):
    desk = page.bench.words.method
    desk.apply(EmbedderSpec(embedder), scoring)
    assert wait_until(lambda: not desk.busy, 60)


def test_another_embedder_is_chosen_in_the_dialog_and_undone(page):
    said = []
    page.bench.notices.info.connect(said.append)
    page.bench.teaching.set_threshold("computer", 0.6)
    before = word_of(page)
    dialog = opened(page)
    assert dialog.chosen == (EmbedderSpec(), "fused") and not dialog.use.isEnabled()
    dialog.findChild(type(dialog.embedders.button(0)), "embedder-mfcc").click()
    dialog.findChild(type(dialog.embedders.button(0)), "scoring-logistic").click()
    assert dialog.chosen == (MFCC, "logistic")
    dialog.use.click()
    assert wait_until(lambda: not page.bench.words.method.busy, 60)
    assert dimensions(page) == {26} and word_of(page).scoring == "logistic"
    assert [take.label for take in word_of(page).takes] == [take.label for take in before.takes]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(word_of(page).takes, before.takes, strict=True))
    assert word_of(page).threshold_set is None and "dropped: “computer”" in said[-1]
    assert page.bench.teaching.models[0].scoring == "logistic" and "of 80 a hop" in dialog.cost.text()
    page.bench.undo.undo()
    assert word_of(page) is before and page.bench.words.method.method.spec.is_default
    assert page.bench.teaching.models[0].scoring == "fused" and page.bench.teaching.models[0].threshold == 0.6
    page.bench.undo.redo()
    assert dimensions(page) == {26}


@pytest.mark.parametrize(
    ("embedder", "scoring"),
    [
        pytest.param("google", "nearest", marks=pytest.mark.slow),
        pytest.param("whisper", "prototype", marks=pytest.mark.slow),
        ("mfcc", "dtw"),
    ],
)
def test_live_search_and_new_takes_go_through_it(page, embedder, scoring):
    if EMBEDDERS[embedder].missing:
        pytest.skip(EMBEDDERS[embedder].missing)
    applied(page, embedder, scoring)
    assert dimensions(page) == {DIMENSIONS[embedder]}
    page.teach("computer", [CLIPS / "takes" / "computer_5.flac"])
    assert dimensions(page) == {DIMENSIONS[embedder]} and len(word_of(page).takes) == 5
    bench = page.bench
    bench.start(FileSpec(CLIPS / "demo.flac", "Demo", stepped=True))
    for _ in range(12):
        bench.sound.send(Advance(0.25))
        bench.sound.tick()
    live = list(bench.scores.frames)
    assert len(live) > 10 and all(len(frame.distances) == 1 for frame in live)
    bench.stop()
    assert wait_until(lambda: not bench.busy, 20)
    bench.reading.search()
    assert wait_until(lambda: not bench.scores.running and len(bench.scores.frames) > len(live) - 2, 30)
    heard = {frame.index: frame.distances for frame in bench.scores.frames}
    same = [np.allclose(heard[frame.index], frame.distances, atol=0.02) for frame in live[2:20] if frame.index in heard]
    assert same and all(same), "what is found in the file is what was heard live"
    assert bench.words.method.cost is not None


def test_a_cancel_or_a_word_without_recordings_leaves_everything(page):
    before, troubles = word_of(page), []
    page.bench.notices.error.connect(troubles.append)
    desk = page.bench.words.method
    desk.apply(MFCC, "dtw")
    desk.cancel()
    assert wait_until(lambda: not desk.busy, 60)
    assert word_of(page) is before and desk.method.spec.is_default and not page.bench.undo.canRedo()
    mute = replace(before, takes=tuple(replace(t, samples=np.zeros_like(t.samples)) for t in before.takes))
    page.bench.teaching.edit("computer", mute, "Mute")
    mute = word_of(page)
    applied(page, "mfcc", "dtw")
    assert "came without its recordings" in troubles[-1].message and word_of(page) is mute


def test_only_the_scoring_is_changed_at_once_and_kept_in_files(page, tmp_path):
    page.bench.words.method.apply(EmbedderSpec(), "nearest")
    assert word_of(page).scoring == "nearest" and not page.bench.words.method.busy
    page.bench.teaching.save()
    assert load_words(page.bench.desk.session.words_path).words[0].scoring == "nearest"
    page.bench.words.export_word("computer", tmp_path / "one.labword")
    assert load_labword(tmp_path / "one.labword").word.scoring == "nearest"
    assert page.bench.teaching.calibration("computer").threshold == page.bench.teaching.models[0].threshold


def test_a_session_is_opened_with_the_method_it_was_left_with(page, open_bench):
    page.show_file(CLIPS / "speech_short.flac")
    applied(page, "mfcc", "prototype")
    page.bench.teaching.save()
    folder = page.bench.desk.session.folder
    threshold = page.bench.teaching.models[0].threshold
    page.window.leave()
    other = open_bench(twin=True, make_host=ScriptedHost)
    other.bench.open_session(folder)
    assert wait_until(lambda: bool(other.bench.teaching.words), 30)
    method = other.bench.words.method.method
    assert method.spec == MFCC and method.scoring == "prototype" and not other.bench.undo.canUndo()
    assert other.bench.teaching.models[0].threshold == pytest.approx(threshold)
    assert not other.bench.teaching.keeper.keeps_aside


def test_a_word_of_another_embedder_is_taught_anew_when_it_comes(page, tmp_path):
    applied(page, "mfcc", "dtw")
    page.bench.words.export_word("computer", tmp_path / "one.labword")
    page.bench.undo.undo()
    page.bench.words.import_word(tmp_path / "one.labword")
    assert wait_until(lambda: page.bench.teaching.word("computer 2") is not None, 60)
    new = page.bench.teaching.word("computer 2")
    assert {t.frames.shape[1] for take in new.takes for t in take.templates} == {288}


def test_ways_are_compared_in_the_dialog(page):
    dialog = opened(page)
    dialog.compare.click()
    assert not dialog.compare.isEnabled()
    assert wait_until(lambda: dialog.table.topLevelItemCount() == 5, 60)
    assert dialog.says.text().startswith("Training does not beat neighbours with the 4 takes of “computer”")
    assert "0 of 4" in dialog.table.topLevelItem(0).text(1)
    assert wait_until(dialog.compare.isEnabled, 10)


def test_what_is_not_installed_can_not_be_chosen_and_says_how(page, monkeypatch):
    how = "Install it with: pip install pyopen-wakeword"
    changed = dict(EMBEDDERS) | {"google": replace(EMBEDDERS["google"], needs=("no_such_module",), how=how)}
    monkeypatch.setattr("labbench.ui.words.method_desk.EMBEDDERS", changed)
    dialog = opened(page)
    button = dialog.embedders.button(list(EMBEDDERS).index("google"))
    assert not button.isEnabled() and button.accessibleDescription() == how


def test_what_it_costs_is_told_with_a_warning_where_it_is_too_slow():
    assert cost_text(Cost(12.2, 2.51)) == "15 ms of 80 a hop (12 to embed, 2.5 to compare)."
    assert "Just quick enough" in cost_text(Cost(60.0, 5.0))
    assert "Too slow for this computer" in cost_text(Cost(120.0, 5.0))


def fail(spec, on_progress):
    raise LabBenchError("It does not load.", "Choose another one.")


def test_one_that_can_not_be_used_leaves_the_default(page):
    applied(page, "mfcc", "dtw")
    troubles = []
    page.bench.notices.error.connect(troubles.append)
    made = EmbeddingHosts(partial(EmbeddingInProcess, load=fail))
    page.bench.words.method._hosts._make = lambda spec: made.take(spec) if spec == MFCC else EmbeddingInProcess(spec)
    page.bench.undo.undo()
    page.bench.undo.redo()
    assert wait_until(lambda: page.bench.words.method.method.spec.is_default, 60)
    assert troubles[0].message == "It does not load." and "taught with Moonshine's encoder again" in troubles[0].hint
    assert dimensions(page) == {288}


def test_a_host_that_is_killed_while_it_records_loses_nothing(open_bench, moonshine):
    page = open_bench(make_host=ScriptedHost)
    page.teach("computer", TAKES[:3])
    desk, bench, troubles = page.bench.words.method, page.bench, []
    bench.notices.error.connect(troubles.append)
    desk.apply(MFCC, "dtw")
    assert wait_until(lambda: not desk.busy and not desk.loading, 60)
    bench.start(FileSpec(CLIPS / "demo.flac", "Demo"))
    assert wait_until(lambda: len(bench.scores.frames) > 3, 30)
    link = bench.sound._ear._host._link
    assert isinstance(link, EmbeddingProcess)
    os.kill(link.pid, signal.SIGKILL)
    assert wait_until(lambda: bool(troubles), 20)
    assert troubles[0].message == "MFCC (no model) ended unexpectedly." and "recorded is kept" in troubles[0].hint
    count = len(bench.scores.frames)
    assert wait_until(lambda: len(bench.scores.frames) > count + 3, 30)
    bench.stop()
    assert wait_until(lambda: not bench.busy and bench.shown.recording is not None, 20)
    recording = bench.shown.recording
    assert len(read_clip(recording.path).samples) == recording.frames > 0 and recording.overruns == 0


def test_where_nothing_can_take_its_place_it_is_said_and_another_can_still_be_chosen(page):
    applied(page, "mfcc", "dtw")
    word = word_of(page)
    mute = replace(word, takes=tuple(replace(take, samples=np.zeros_like(take.samples)) for take in word.takes))
    page.bench.teaching.edit("computer", mute, "Mute")
    desk, troubles = page.bench.words.method, []
    page.bench.notices.error.connect(troubles.append)
    page.bench.sound._ear._events.append(EmbedderLost(MFCC, "It died.", "It does that."))
    assert wait_until(lambda: len(troubles) == 2 and not desk.busy, 30)
    assert troubles[0].message == "It died." and "came without its recordings" in troubles[1].message
    dialog = opened(page)
    assert desk.lost and "no word is heard" in dialog.cost.text() and dialog.use.isEnabled()
    page.bench.teaching.remove_word("computer")
    dialog.use.click()  # the same once more: it is started anew
    assert wait_until(lambda: not desk.busy and not desk.lost and not desk.loading, 30)
    assert desk.method.spec == MFCC and "of 80 a hop" in dialog.cost.text()


def test_distances_by_another_method_are_not_taken_for_present_ones(page):
    page.show_file(CLIPS / "speech_short.flac")
    bench = page.bench

    def up_to_date():
        return bench.keeping.matches and not bench.scores.running and len(bench.scores.frames) > 5

    assert wait_until(up_to_date, 30)
    before = bench.scores.hops.distances[2:].copy()
    applied(page, "moonshine", "prototype")
    assert wait_until(up_to_date, 30)
    after = bench.scores.hops.distances[2:]
    assert before.shape == after.shape and not np.allclose(before, after, atol=0.05)
    bench.desk.save()
    bench.undo.undo()
    first = bench.shown.recording
    page.show_file(SPOKEN / "digits_short.flac")
    bench.open_recording(first)
    assert wait_until(lambda: bench.shown.recording == first and not bench.shown.opening, 30)
    assert not bench.keeping.matches, "they were kept as what they are: by another method"
    assert wait_until(up_to_date, 30)
    assert np.allclose(bench.scores.hops.distances[2:], before, atol=1e-3)


def test_a_word_is_made_once_for_each_state_of_its_takes(page, monkeypatch):
    made = []
    calibrate = heard_by.calibration_of
    monkeypatch.setattr(heard_by, "calibration_of", lambda *given: (made.append(given), calibrate(*given))[1])
    page.bench.words.method.apply(EmbedderSpec(), "nearest")
    before = page.bench.teaching.models[0].threshold
    for threshold in (0.3, 0.4, None):
        page.bench.teaching.set_threshold("computer", threshold)
        assert page.bench.teaching.models[0].threshold == (threshold or before)
        assert page.bench.teaching.calibration("computer").threshold == (threshold or before)
    assert len(made) == 1
    page.teach("computer", [CLIPS / "takes" / "computer_5.flac"])
    assert len(made) == 2


def test_words_of_a_model_that_is_not_here_are_offered_to_be_taught_anew(page, open_bench):
    page.show_file(CLIPS / "speech_short.flac")
    page.bench.teaching.save()
    folder = page.bench.desk.session.folder
    page.window.leave()
    path = folder / "words.json"
    raw = json.loads(path.read_text("utf-8")) | {"checksum": "0" * 64, "embedder": "somebody's encoder"}
    path.write_text(json.dumps(raw), "utf-8")
    written = path.read_bytes()
    other = open_bench(twin=True, make_host=ScriptedHost)
    offers = []
    other.bench.notices.offer.connect(lambda *offer: offers.append(offer))
    other.bench.open_session(folder)
    assert wait_until(lambda: bool(offers), 30)
    assert "somebody's encoder" in offers[0][0] and offers[0][1] == "Teach them anew"
    assert other.bench.teaching.words == ()
    offers[0][2]()
    assert wait_until(lambda: bool(other.bench.teaching.words), 60)
    assert dimensions(other) == {288} and len(word_of(other).takes) == len(TAKES)
    other.bench.teaching.save()
    assert [kept.read_bytes() for kept in folder.glob("words before *.json")] == [written], "nothing is overwritten"
