"""A session that is opened again, here or elsewhere, is drawn as it was left: bit for bit, and without any model."""

import json
import shutil
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import soundfile
from small_whisper import SPOKEN

from labbench.audio.recorder import Recorder
from labbench.audio.source import FileSpec
from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.ear_process import EarInProcess
from labbench.models.scripted_host import ScriptedHost
from labbench.session.results import load_results
from labbench.session.store import Session
from labbench.session.words_file import load_words
from labbench.testing.silence import silent_equipment
from labbench.transcript.types import Word
from labbench.ui.sounds.signal_view import LANE_A, LANE_B, LANE_LABELS, LANE_WORDS
from labbench.ui.transcripts.transcribing import EngineState

CLIPS = assets() / "clips"
TAKES = sorted((CLIPS / "takes").glob("computer_*.flac"))
WORDS = (Word("one", 0.5, 0.9, 0.9), Word("two", 1.5, 1.9, 0.4), Word("three", 2.5, 2.9, 0.7))


class NoHost(ScriptedHost):
    """An engine whose model is not there."""

    def load(self, cancel):
        raise LabBenchError("The model is missing.", "Get it first.")

    def transcribe(self, samples, options, on_progress, cancel, stopped=None):
        raise LabBenchError("The model is missing.", "Get it first.")


def no_kit():
    raise LabBenchError("The embedder is missing.", "Install the program again.")


@pytest.fixture
def open_without_models(open_bench):
    """A window on a computer that can load no model at all."""

    def open_one(**changes):
        ear = EarInProcess(replace(silent_equipment(), load_kit=no_kit))
        page = open_bench(twin=True, ear=ear, make_host=NoHost, **changes)
        page.window.resize(1280, 860)
        return page

    return open_one


@pytest.fixture
def open_light(open_bench):
    """A window whose engines read three words in everything."""
    return partial(open_bench, twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS))


def reopened(page, path, name=None):
    before = page.bench.shown.recording
    page.bench.open_session(path, name)
    assert wait_until(lambda: page.bench.shown.recording not in (None, before), 30), page.notice
    return page


def quiet(page):
    bench = page.bench
    return (
        all(slot.state is EngineState.IDLE for slot in bench.engines.slots)
        and not (bench.scores.running or bench.busy or bench.shown.opening)
        and not bench.reading._soon.isActive()
    )


def look(mark):
    return mark.text, mark.start, mark.end, mark.faint, mark.colour, mark.hollow, mark.confidence, mark.told


def drawn(page):
    """All that the plots hold, as bytes and numbers that can be compared exactly."""
    window, axis = page.window, page.bench.axis
    signal, strip = window.signal, window.strip
    picture = signal.spectrogram.found
    lanes = (LANE_A, LANE_B, LANE_WORDS, LANE_LABELS)
    return {
        "waveform": tuple(a.tobytes() for a in (signal.wave.times, signal.wave.low, signal.wave.high)),
        "spectrogram": (picture.values.tobytes(), picture.values.shape, picture.first_s, picture.column_s),
        "spectrogram settings": signal.spectrogram.settings,
        "levels": tuple(float(level) for level in signal.spectrogram.image.getLevels()),
        **{f"marks in lane {lane}": [look(mark) for mark in signal.lanes.marks(lane)] for lane in lanes},
        "distances": {name: tuple(a.tobytes() for a in strip.held(name)) for name in strip.thresholds},
        "thresholds": {name: line.value() for name, line in strip.thresholds.items()},
        "range of distances": strip.plot.box.viewRange()[1],
        "detections": tuple(page.bench.scores.detections),
        "texts": (page.engine_text("A"), page.engine_text("B")),
        "axis": (axis.selection, axis.view, axis.cursor, axis.duration),
        "labels": page.bench.keeping.labels,
        "words": [(word.name, word.threshold_set, len(word.takes)) for word in page.bench.teaching.words],
    }


def test_everything_is_drawn_again_elsewhere_and_without_a_model(open_bench, open_without_models, tmp_path):
    page = open_bench(twin=True)
    page.window.resize(1280, 860)
    page.teach("computer", TAKES[:4])
    page.show_file(CLIPS / "sentences_with.flac", 120)
    assert wait_until(lambda: len(page.detections()) >= 2 and quiet(page), 60)
    page.drag_threshold("computer", dict(page.bench.teaching.live_words)["computer"] - 0.02)
    page.act("spectrogram-kind-linear")
    page.act("spectrogram-window_ms-50.0")
    found = page.bench.scores.detections[0]
    page.bench.axis.select((found.start, found.end))
    page.bench.labels.add("here it is")
    page.bench.axis.show(found.start - 0.75, found.end + 1.25)
    page.bench.axis.place_cursor(found.start + 0.125)
    folder, name = page.bench.desk.session.folder, page.bench.shown.recording.name
    view = folder / "results" / name / "view.json"
    expected = drawn(page)
    assert wait_until(lambda: view.exists() and json.loads(view.read_text())["cursor"] == found.start + 0.125, 10), (
        "it is saved without being asked"
    )
    packed = tmp_path / "moved" / "class.labsession"
    packed.parent.mkdir()
    page.bench.sessions.pack(packed)
    assert wait_until(lambda: packed.exists() and str(packed) in page.text("status"), 20)
    page.window.leave()
    assert expected["distances"] and expected["detections"] and all(expected["texts"])
    assert any(mark[-2] is not None for mark in expected[f"marks in lane {LANE_A}"])

    elsewhere = tmp_path / "moved" / "another name"
    shutil.move(folder, elsewhere)
    for path in (elsewhere, packed):
        other = reopened(open_without_models(), path)
        assert not other.notice and drawn(other) == expected
        assert other.bench.desk.session.folder.exists()
        assert wait_until(partial(quiet, other), 10)
        assert not other.notice and drawn(other) == expected, "and nothing wanted a model for it"
        other.window.leave()


def test_two_windows_on_one_session(open_light, open_without_models):
    first = open_light()
    first.show_file(SPOKEN / "digits_short.flac")
    first.bench.axis.select((0.5, 1.0))
    first.bench.labels.add("mine")
    first.bench.desk.save()
    folder = first.bench.desk.session.folder
    second = reopened(open_without_models(), folder)
    assert second.bench.desk.session.folder != folder
    assert "is open in another window" in second.notice and "copy" in second.notice
    second.bench.labels.add("theirs")
    second.bench.desk.save()
    recording = first.bench.shown.recording
    assert [label.text for label in load_results(Session(folder), recording)[0].labels] == ["mine"]
    assert [label.text for label in second.bench.keeping.labels] == ["mine", "theirs"]


def test_opening_the_session_that_is_open_makes_no_copy(open_light):
    page = open_light()
    page.show_file(SPOKEN / "digits_short.flac")
    first = page.bench.shown.recording
    page.show_file(CLIPS / "speech_short.flac")
    page.bench.open_session(page.bench.desk.session.folder, first.name)
    assert wait_until(lambda: page.bench.shown.recording == first, 20)
    assert not page.notice and len(list(page.bench.home.iterdir())) == 1


@pytest.mark.parametrize("damaged", ["transcript-a.json", "scores.npz", "view.json", "labels.json"])
def test_damaged_results_cost_only_themselves(open_bench, open_without_models, damaged):
    page = open_bench(twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS))
    page.teach("computer", TAKES[:2])
    page.show_file(CLIPS / "speech_short.flac")
    assert wait_until(lambda: bool(page.bench.scores.frames) and quiet(page), 30)
    page.bench.axis.select((0.5, 1.0))
    page.bench.labels.add("mine")
    folder, name = page.bench.desk.session.folder, page.bench.shown.recording.name
    page.window.leave()
    (folder / "results" / name / damaged).write_bytes(b"\x00 damaged")
    other = reopened(open_without_models(), folder)
    assert f"Recording {name}: " in other.notice and "damaged" in other.notice
    assert (other.engine_text("B"), bool(other.engine_text("A"))) == ("one two three", damaged != "transcript-a.json")
    assert bool(other.bench.scores.frames) == (damaged != "scores.npz")
    assert (other.bench.axis.selection == (0.5, 1.0)) == (damaged != "view.json")
    assert bool(other.bench.keeping.labels) == (damaged != "labels.json")


def test_recording_quit_and_reopen_the_newest(open_light, open_without_models):
    page = open_light(real_time=True)
    page.show_file(CLIPS / "speech_short.flac")
    page.bench.start(FileSpec(SPOKEN / "digits.flac", "Digits"))
    assert wait_until(lambda: page.bench.sound.seconds > 0.5, 10)
    folder = page.bench.desk.session.folder
    page.window.leave()
    other = reopened(open_without_models(), folder)
    recording = other.bench.shown.recording
    assert recording.name == "0002" and recording.seconds > 0.4 and not recording.recovered
    assert recording.source == "Digits"
    recorded, _ = soundfile.read(recording.path, dtype="float32")
    played, _ = soundfile.read(SPOKEN / "digits.flac", dtype="float32")
    assert np.array_equal(recorded, played[: len(recorded)]) and other.bench.view.frames == len(recorded)


def test_an_interrupted_recording_is_offered_and_opened(open_light, labbench_home):
    folder = labbench_home / "sessions" / "2026-01-02 10.00.00"
    path = Session(folder).next_recording()
    recorder = Recorder(path, 16_000)
    recorder.write(np.sin(np.arange(32_000) / 20).astype(np.float32) * 0.5)
    copy = path.read_bytes()  # as it is on the disk when the power goes
    recorder.close()
    path.write_bytes(copy)
    page = open_light()
    page.bench.desk.look_for_interrupted(labbench_home / "sessions")
    assert wait_until(lambda: "interrupted" in page.notice, 10)
    page.click("noticeAction")
    assert wait_until(lambda: page.bench.shown.recording is not None, 10)
    assert page.bench.shown.recording.path == path and page.bench.shown.recording.recovered
    assert page.bench.view.seconds > 1.0 and page.bench.desk.session.folder == folder


def test_edits_survive(open_bench, open_without_models):
    page = open_bench(twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS))
    page.teach("computer", TAKES[:2])
    page.show_file(SPOKEN / "digits.flac")
    assert wait_until(lambda: bool(page.bench.scores.frames) and quiet(page), 30)
    for slot in page.bench.engines.slots:
        slot.host._read = lambda samples: [Word("new", 0.1, 0.3, 0.5)]
    page.bench.axis.select((1.2, 2.0))
    page.bench.selection.transcribe()
    assert wait_until(lambda: all("new" in slot.transcript.text for slot in page.bench.engines.slots), 10)
    page.bench.labels.add("read again")
    page.bench.teaching.set_threshold("computer", 0.625)
    folder = page.bench.desk.session.folder
    page.window.leave()
    other = reopened(open_without_models(), folder)
    assert (other.engine_text("A"), other.engine_text("B")) == ("one new three", "one new three")
    assert [(label.start, label.end, label.text) for label in other.bench.keeping.labels] == [(1.2, 2.0, "read again")]
    assert other.bench.teaching.word("computer").threshold_set == 0.625
    assert other.window.strip.thresholds["computer"].value() == 0.625
    assert other.bench.scores.words == [("computer", 0.625)]


@pytest.fixture
def two_sessions(open_light):
    """One session with a word, another one without; the second is open."""
    page = open_light(real_time=True)
    page.teach("computer", TAKES[:2])
    page.show_file(CLIPS / "speech_short.flac")
    assert wait_until(lambda: bool(page.bench.scores.frames) and quiet(page), 30)
    taught = page.bench.desk.session.folder
    page.bench.sessions.new()
    page.show_file(SPOKEN / "digits_short.flac")
    return page, taught


def test_words_stay_in_their_session(two_sessions):
    page, taught = two_sessions
    bench = page.bench
    assert bench.teaching.words == () and bench.scores.frames == [] and page.window.strip.thresholds == {}
    assert not bench.undo.canUndo()
    empty = bench.desk.session.folder
    assert empty != taught and not (empty / "words.json").exists()
    reopened(page, taught)
    assert [word.name for word in bench.teaching.words] == ["computer"]
    assert not bench.undo.canUndo(), "opening a session is nothing to be undone"
    assert wait_until(lambda: "computer" in page.window.strip.thresholds, 10)
    bench.teaching.set_threshold("computer", 0.75)
    bench.open_session(empty)  # at once: the threshold has not been written yet
    assert wait_until(lambda: bench.desk.session.folder == empty and bench.shown.recording is not None, 20)
    bench.teaching.save()
    assert not (empty / "words.json").exists() and bench.teaching.words == ()
    assert load_words(taught / "words.json").words[0].threshold_set == 0.75


@pytest.mark.parametrize("content", [b"no json", b'{"format": "labbench-words", "version": 99}'])
def test_words_that_cannot_be_used_are_told_and_kept(open_light, content):
    page = open_light()
    page.show_file(CLIPS / "speech_short.flac")
    folder = page.bench.desk.session.folder
    page.window.leave()
    (folder / "words.json").write_bytes(content)
    other = reopened(open_light(), folder)
    assert other.bench.teaching.words == ()
    other.bench.teaching.save()
    assert (folder / "words.json").read_bytes() == content
    assert "words.json" in other.notice
    other.teach("computer", TAKES[:1])
    other.bench.teaching.save()
    assert [word.name for word in load_words(folder / "words.json").words] == ["computer"]
    assert [path.read_bytes() for path in folder.glob("words before *.json")] == [content]


def test_results_that_come_late_are_not_the_next_sounds(two_sessions):
    """A sound is being searched when other results take its place: what is found in it is shown and kept nowhere."""
    page, taught = two_sessions
    bench = page.bench
    reopened(page, taught)
    bench.sound._clock.stop()  # the ear's twin would have searched all of it when it is next looked at
    bench.scores.search(lambda progress, cancel: np.zeros(16_000 * 20, np.float32))
    assert wait_until(lambda: bench.scores._ticket >= 0, 10)
    frames = list(bench.scores.frames)
    bench.open_recording(bench.shown.recording)
    bench.sound._clock.start()
    assert wait_until(lambda: bench.shown.opening, 10)
    assert wait_until(lambda: quiet(page), 10)
    assert [frame.index for frame in bench.scores.frames] == [frame.index for frame in frames]
    bench.desk.save()
    assert len(load_results(bench.desk.session, bench.shown.recording)[0].scores.index) == len(frames)


def test_recording_gives_up_a_session_that_is_being_opened(two_sessions):
    page, taught = two_sessions
    here = page.bench.desk.session
    page.bench.open_session(taught)
    page.bench.use_demo()
    assert wait_until(lambda: page.bench.sound.seconds > 0.3, 10)
    assert page.bench.desk.session is here and page.bench.sound.recording_to.parent.parent == here.folder
    page.click("stop")
    assert wait_until(lambda: page.bench.shown.recording is not None, 10)
    assert page.bench.shown.recording.path.parent.parent == here.folder


def test_a_new_session_is_empty_and_says_what_to_do(two_sessions):
    page, _ = two_sessions
    page.act("actionNewSession")
    assert page.window.welcome.isVisible() and page.bench.shown.recording is None
    assert page.bench.view.frames == 0 and page.bench.axis.selection is None
    assert (page.engine_text("A"), page.engine_text("B")) == ("", "")
    assert all(slot.transcript is None for slot in page.bench.engines.slots)


def test_two_windows_that_open_in_the_same_second_keep_apart(open_bench, labbench_home, monkeypatch):
    """Both would call their session by the same second; neither must refuse to record."""
    first, second = open_bench(twin=True), open_bench(twin=True)
    second.bench.desk.session = Session(first.bench.desk.session.folder)
    for page in (first, second):
        page.bench.open_file(SPOKEN / "digits_short.flac")
        assert wait_until(lambda page=page: page.bench.shown.recording is not None, 20)
    assert first.bench.desk.session.folder != second.bench.desk.session.folder
    assert not second.window.notice.isVisible()
    for page, word in ((first, "alpha"), (second, "beta")):
        page.teach(word, TAKES)
        page.bench.teaching.save()
    assert [names_in(page.bench.desk.session) for page in (first, second)] == [["alpha"], ["beta"]]


def test_words_taught_in_two_windows_of_the_same_second_are_kept_apart(open_bench):
    """Nothing is recorded or opened: what is taught is the first thing that either keeps."""
    first, second = open_bench(twin=True, make_host=ScriptedHost), open_bench(twin=True, make_host=ScriptedHost)
    second.bench.desk.session = Session(first.bench.desk.session.folder)
    for page, word in ((first, "alpha"), (second, "beta")):
        page.teach(word, TAKES)
        page.bench.teaching.save()
    assert first.bench.desk.session.folder != second.bench.desk.session.folder
    assert [names_in(page.bench.desk.session) for page in (first, second)] == [["alpha"], ["beta"]]


def names_in(session):
    return [word.name for word in load_words(session.words_path).words]
