"""What is kept of a recording comes back exactly, wherever the folder lies by then; what can't be kept is refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from session_samples import contents, filled, results, save_all, scores, transcript

from labbench.core.errors import FormatError
from labbench.session.arrays import read_npz
from labbench.session.results import (
    Label,
    ModelNote,
    Results,
    Scores,
    StoredTranscript,
    ViewState,
    load_results,
    results_folder,
    save_labels,
    save_scores,
    save_transcript,
    save_view,
)
from labbench.session.store import Recording, Session, open_session
from labbench.transcript.types import Segment, Skipped, Transcript, Word
from labbench.wakeword.spotter import SpotFrame

steady = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
times = st.floats(-1e6, 1e6)
spoken = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
words = st.builds(Word, spoken, times, times, st.none() | st.floats(0, 1), st.booleans(), st.booleans())
segments = st.builds(
    Segment,
    spoken,
    times,
    times,
    st.lists(words, max_size=3).map(tuple),
    st.none() | st.floats(0, 1),
    st.none() | st.floats(-100, 0),
    st.none() | st.floats(0, 100),
)


def one(folder: Path) -> tuple[Session, Recording]:
    session = Session(folder)
    return session, Recording(session.next_recording(), 16_000, 0)


def test_everything_comes_back_exactly_and_again_after_a_move(tmp_path: Path) -> None:
    session, recordings = filled(tmp_path / "here")
    assert load_results(session, recordings[1]) == (results(), [])
    moved = open_session(shutil.move(session.folder, tmp_path / "elsewhere"))
    found, lost = moved.survey()
    assert lost == [] and moved.title == "First lesson"
    assert found == [replace(was, path=moved.folder / "recordings" / was.path.name) for was in recordings]
    assert load_results(moved, found[0]) == (results(), [])


def test_frames_of_the_spotter_come_back_bit_for_bit(tmp_path: Path) -> None:
    session, recording = one(tmp_path)
    values = np.random.default_rng(3).uniform(0, 2, (200, 1)).astype(np.float32)
    frames = [SpotFrame(12_800 + 1280 * k, (float(v),), k % 2, muted=k % 5 == 0) for k, (v,) in enumerate(values)]
    save_scores(session, recording, Scores.of(("w",), (0.5,), frames, [], ModelNote("e", "1", "c")))
    kept = load_results(session, recording)[0].scores
    assert kept is not None and kept.frames() == tuple(frames)
    assert kept.distances.dtype == np.float32 and kept.index.dtype == np.int64
    assert kept.distances.tobytes() == values.tobytes()


def test_saving_what_was_loaded_changes_no_byte(tmp_path: Path) -> None:
    session, recordings = filled(tmp_path / "s", 1)
    before = contents(session.folder)
    save_all(session, recordings[0], load_results(session, recordings[0])[0])
    assert contents(session.folder) == before


@steady
@given(parts=st.lists(segments, max_size=4), duration=st.floats(0, 1e6))
def test_any_transcript_comes_back(tmp_path: Path, parts: list[Segment], duration: float) -> None:
    session, recording = one(tmp_path)
    stored = StoredTranscript(Transcript("E", "de", tuple(parts), duration, 0.1), ModelNote("a", "b", "c"))
    save_transcript(session, recording, "b", stored)
    assert load_results(session, recording) == (Results(transcript_b=stored), [])


@steady
@given(labels=st.lists(st.tuples(times, times, spoken, spoken), max_size=5))
def test_any_labels_come_back(tmp_path: Path, labels: list[tuple[float, float, str, str]]) -> None:
    session, recording = one(tmp_path)
    kept = tuple(Label(min(a, b), max(a, b), text, tier) for a, b, text, tier in labels)
    save_labels(session, recording, kept)
    assert load_results(session, recording) == (Results(labels=kept), [])


def test_nothing_kept_is_nothing_lost(tmp_path: Path) -> None:
    assert load_results(*one(tmp_path)) == (Results(), [])


def test_measures_that_are_no_numbers_are_kept_as_none(tmp_path: Path) -> None:
    session, recording = one(tmp_path)
    segment = Segment("x", 0.0, 1.0, (Word("x", 0, 1, float("nan")),), None, float("-inf"), float("nan"))
    save_transcript(
        session, recording, "a", StoredTranscript(Transcript("E", "", (segment,), 1, 1), transcript().model)
    )
    kept = load_results(session, recording)[0].transcript_a
    assert kept is not None
    assert kept.transcript.segments == (Segment("x", 0.0, 1.0, (Word("x", 0, 1, None),)),)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e300, -1e300])
def test_what_could_not_be_read_again_is_not_written(tmp_path: Path, bad: float) -> None:
    session, recording = one(tmp_path)
    save_all(session, recording, results())
    before = contents(tmp_path)
    segment = Segment("x", bad, 1.0)
    with pytest.raises(FormatError, match="transcript"):
        stored = StoredTranscript(Transcript("E", "", (segment,), 1, 1), transcript().model)
        save_transcript(session, recording, "a", stored)
    with pytest.raises(FormatError, match="labels"):
        save_labels(session, recording, (Label(0, bad, "x"),))
    with pytest.raises(FormatError, match="view"):
        save_view(session, recording, ViewState(cursor=bad))
    with pytest.raises(FormatError, match="distances"):
        save_scores(session, recording, replace(scores(), thresholds=(bad, 0.5)))
    assert contents(tmp_path) == before


def test_unknown_keys_and_files_stay(tmp_path: Path) -> None:
    session, recording = one(tmp_path)
    save_all(session, recording, results())
    folder = results_folder(session, recording)
    names = ["transcript-a.json", "transcript-b.json", "scores.json", "view.json", "labels.json"]
    for path in [*(folder / name for name in names), tmp_path / "session.json"]:
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"later": [1, 2]}), "utf-8")
    (folder / "formants.npz").write_bytes(b"later")
    save_all(session, recording, results())
    session.rename("New")
    session.keep(replace(recording, frames=0))
    assert (folder / "formants.npz").read_bytes() == b"later"
    for path in [*(folder / name for name in names), tmp_path / "session.json"]:
        assert json.loads(path.read_text("utf-8"))["later"] == [1, 2]
    assert load_results(session, recording) == (results(), [])


def test_a_damaged_file_is_set_aside_not_overwritten(tmp_path: Path) -> None:
    session, recording = one(tmp_path)
    save_labels(session, recording, ())
    path = results_folder(session, recording) / "labels.json"
    for text in ('{"labels": [', '{"version": 99, "labels": "of another kind"}'):
        path.write_text(text, "utf-8")
        assert load_results(session, recording) == (Results(), ["Recording 0001: Its labels are damaged and lost."])
        save_labels(session, recording, (Label(0, 1, "x"),))
        assert load_results(session, recording)[0].labels == (Label(0, 1, "x"),)
    kept = {one.name: one.read_text("utf-8") for one in path.parent.glob("*.damaged*")}
    assert kept == {
        "labels.json.damaged": '{"labels": [',
        "labels.json.damaged 2": '{"version": 99, "labels": "of another kind"}',
    }


def change(path: Path, where: tuple[Any, ...], value: Any) -> None:
    raw = json.loads(path.read_text("utf-8"))
    inner = raw
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    path.write_text(json.dumps(raw), "utf-8")


@pytest.mark.parametrize("value", [None, "x", True, [], {}, float("nan"), float("inf"), 10**400, -(10**9)])
@pytest.mark.parametrize(
    ("name", "where", "sentence"),
    [
        ("transcript-a.json", ("segments", 0, "start"), "1 of 2 parts of transcript a are damaged and lost."),
        ("transcript-a.json", ("segments", 0, "words", 1, "end"), "1 of 2 parts of transcript a are damaged and lost."),
        ("transcript-a.json", ("duration",), "Transcript A is damaged and lost."),
        ("labels.json", ("labels", 1, "end"), "1 of its 2 labels are damaged and lost."),
        ("scores.json", ("detections", 0, "at"), "1 of 1 words found in it are damaged and lost."),
        ("scores.json", ("thresholds", 0), "The words found in it are damaged and lost."),
        ("view.json", ("spectrogram", "window_ms"), "What was selected and shown is damaged and lost."),
    ],
)
def test_each_damaged_field_costs_its_own_part_only(
    tmp_path: Path, name: str, where: tuple[Any, ...], sentence: str, value: Any
) -> None:
    session, recording = one(tmp_path)
    save_all(session, recording, results())
    change(results_folder(session, recording) / name, where, value)
    found, lost = load_results(session, recording)
    assert lost == [f"Recording 0001: {sentence}"]
    assert found.transcript_b == results().transcript_b
    whole = [getattr(found, part) == getattr(results(), part) for part in ("scores", "view", "labels", "transcript_a")]
    assert whole.count(False) == 1


def test_scores_without_one_of_their_files(tmp_path: Path) -> None:
    session, recording = one(tmp_path)
    save_scores(session, recording, scores())
    folder = results_folder(session, recording)
    (folder / "scores.json").rename(folder / "away")
    found, lost = load_results(session, recording)
    assert found.scores is not None and found.scores.words == scores().words
    assert np.array_equal(found.scores.distances, scores().distances) and found.scores.detections == ()
    assert lost == ["Recording 0001: The words found in it are damaged and lost."]
    (folder / "away").rename(folder / "scores.json")
    (folder / "scores.npz").unlink()
    found, lost = load_results(session, recording)
    assert found.scores is not None and found.scores.detections == scores().detections
    assert found.scores.distances.shape == (0, 2)
    assert lost == ["Recording 0001: Its distances are damaged and lost."]


def test_a_pair_of_scores_of_which_only_one_could_be_written(tmp_path: Path) -> None:
    session, recording = one(tmp_path)
    save_scores(session, recording, scores())
    folder = results_folder(session, recording)
    old = (folder / "scores.json").read_bytes()
    save_scores(session, recording, replace(scores(), thresholds=(0.1, 0.2)))
    (folder / "scores.json").write_bytes(old)
    found, lost = load_results(session, recording)
    assert found.scores is not None and found.scores.thresholds == (0.1, 0.2) and found.scores.detections == ()
    assert "belong to other distances" in lost[0]


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("index", np.arange(50)[::-1].astype(np.int64)),
        ("index", np.arange(49)),
        ("index", np.arange(50).astype(np.float64)),
        ("distances", np.zeros((50, 3), np.float32)),
        ("distances", np.zeros(100, np.float32)),
        ("words", np.array(["a"])),
        ("thresholds", np.array([np.nan, 1.0])),
        ("index", np.array([None] * 50, object)),
    ],
)
def test_arrays_that_do_not_fit(tmp_path: Path, name: str, array: np.ndarray) -> None:
    session, recording = one(tmp_path)
    save_scores(session, recording, scores())
    path = results_folder(session, recording) / "scores.npz"
    with np.load(path) as kept:  # numpy alone reads it, without pickle
        arrays = dict(kept)
    np.savez(path, **(arrays | {name: array}))
    found, lost = load_results(session, recording)
    assert found.scores is not None and not len(found.scores.index)
    assert lost == ["Recording 0001: Its distances are damaged and lost."]


def test_arrays_that_numpy_wrote_are_read(tmp_path: Path) -> None:
    session, recording = one(tmp_path)
    save_scores(session, recording, scores())
    path = results_folder(session, recording) / "scores.npz"
    with np.load(path) as kept:
        arrays = dict(kept)
    assert set(arrays) == {"index", "distances", "skipped", "muted", "words", "thresholds"}
    np.savez(path, **(arrays | {"distances": np.asfortranarray(arrays["distances"])}))
    assert load_results(session, recording)[0].scores == scores()
    arrays["distances"][3, 1] = np.nan
    del arrays["muted"]
    np.savez_compressed(path, **arrays)
    found, lost = load_results(session, recording)
    assert found.scores is not None and len(found.scores.index) == 49
    assert lost == ["Recording 0001: 1 of its 50 distances are damaged and lost."]


def test_an_array_that_promises_a_gigabyte_is_refused_at_once(tmp_path: Path) -> None:
    import zipfile

    session, recording = one(tmp_path)
    save_scores(session, recording, scores())
    path = results_folder(session, recording) / "scores.npz"
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 2), }\n"
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("distances.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    assert read_npz(path, {"distances": "<f4", "skipped": "<i4"})[1] == ["distances"]
    assert load_results(session, recording)[1] == ["Recording 0001: Its distances are damaged and lost."]


def test_what_was_skipped_is_kept_and_may_be_missing(tmp_path: Path) -> None:
    session, recording = one(tmp_path)
    skipped = (Skipped(0.0, 40.4, "no speech"), Skipped(50.0, 60.0))
    stored = StoredTranscript(Transcript("E", "en", (), 60.0, 0.1, skipped=skipped), ModelNote("a", "b", "c"))
    save_transcript(session, recording, "a", stored)
    assert load_results(session, recording) == (Results(transcript_a=stored), [])
    path = results_folder(session, recording) / "transcript-a.json"
    older = json.loads(path.read_text("utf-8"))
    del older["skipped"]
    path.write_text(json.dumps(older), "utf-8")
    kept = load_results(session, recording)[0].transcript_a
    assert kept is not None and kept.transcript.skipped == ()
