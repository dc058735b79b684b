"""Whatever happens to its files, a session opens as far as it can and says what is lost, or is refused."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from session_samples import RATE, filled, record, results, save_all, version_1

from labbench.audio.files import read_clip
from labbench.core.errors import FormatError, LabBenchError
from labbench.session.library import Library
from labbench.session.results import Results, load_results
from labbench.session.store import Recording, Session, open_session

ROUNDS = 250
PARTS = ("transcript_a", "transcript_b", "scores", "view", "labels")


def open_all(folder: Path) -> list[str]:
    """Open everything that there is; what is said to be lost."""
    session = open_session(folder)
    recordings, lost = session.survey()
    for recording in recordings:
        assert recording.rate > 0 and recording.frames >= 0 and all(m.at <= 1 << 40 for m in recording.marks)
        lost += load_results(session, recording)[1]
        try:
            read_clip(recording.path)
        except LabBenchError as error:
            lost.append(str(error))
    for sentence in lost:
        assert sentence.endswith(".") and "\n" not in sentence and "Error" not in sentence
    return lost


def hurt(path: Path, random: np.random.Generator) -> str:
    content = bytearray(path.read_bytes())
    how = str(random.choice(["flip", "cut", "zero", "delete", "empty", "junk", "folder"]))
    at = int(random.integers(0, max(1, len(content))))
    match how:
        case "flip":
            content[at : at + 1] = bytes([content[at] ^ (1 << int(random.integers(0, 8)))])
        case "cut":
            del content[at:]
        case "zero":
            length = int(random.integers(1, 64))
            content[at : at + length] = bytes(len(content[at : at + length]))
        case "empty":
            content.clear()
        case "junk":
            content[:] = random.bytes(int(random.integers(1, 300)))
    path.unlink()
    if how == "folder":
        path.mkdir()
    elif how != "delete":
        path.write_bytes(content)
    return how


def test_any_damage_anywhere(tmp_path: Path) -> None:
    original, _ = filled(tmp_path / "original", 1)
    assert open_all(original.folder) == []
    random = np.random.default_rng(7)
    told = refused = 0
    for number in range(ROUNDS):
        folder = shutil.copytree(original.folder, tmp_path / "home" / str(number))
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for _ in range(int(random.integers(1, 3))):
            path = files[int(random.integers(0, len(files)))]
            how = hurt(path, random) if path.is_file() else "gone"
        try:
            lost = open_all(folder)
        except LabBenchError as error:
            assert "\n" not in error.message
            refused += 1
            continue
        told += bool(lost)
        if how in ("empty", "junk", "folder") and path.name != "session.json":
            note = path.with_suffix(".json") if path.suffix == ".wav" else path
            assert lost or not note.is_file() or note.stat().st_size == 0, (path, how)
    assert told > ROUNDS // 2
    entries = Library(tmp_path / "home").entries()
    assert len(entries) + refused >= ROUNDS
    assert any(entry.wrong for entry in entries)


def spots(inner: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where anything is in a tree of JSON."""
    children = inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
    return [at] * bool(at) + [spot for key, child in children for spot in spots(child, (*at, key))]


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just(10**400)
dates = st.datetimes().map(datetime.isoformat)
anything = scalars | dates | st.lists(scalars, max_size=3) | st.dictionaries(st.text(max_size=5), scalars, max_size=2)


@settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=250,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_value_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / "s"
    if not folder.exists():
        filled(folder, 1)
    path = data.draw(st.sampled_from(sorted(folder.rglob("*.json"))))
    whole = path.read_bytes()
    raw = json.loads(whole)
    for _ in range(data.draw(st.integers(1, 2))):
        where = data.draw(st.sampled_from(spots(raw) or [("version",)]))
        inner = raw
        for key in where[:-1]:
            inner = inner[key]
        if data.draw(st.booleans()):
            inner[where[-1]] = data.draw(anything)
        else:
            inner.pop(where[-1]) if isinstance(inner, list) else inner.pop(where[-1], None)
    try:
        path.write_text(json.dumps(raw), "utf-8")
        open_all(folder)
        again = shutil.copytree(folder, tmp_path / "again")
        session = open_session(again)
        for recording in session.recordings():  # what was read can be written
            session.keep(recording)
            found, _ = load_results(session, recording)
            save_all(session, recording, Results(*(getattr(found, p) or getattr(results(), p) for p in PARTS)))
            assert load_results(session, recording)[0].labels == (found.labels or results().labels)
        session.rename("Again")
    except LabBenchError as error:
        assert "\n" not in error.message
    finally:
        path.write_bytes(whole)
        shutil.rmtree(tmp_path / "again", ignore_errors=True)


def test_a_damaged_session_can_be_recorded_into_and_nothing_is_overwritten(tmp_path: Path) -> None:
    session, recordings = filled(tmp_path / "s", 1)
    (session.folder / "session.json").write_bytes(b"{")
    again = open_session(session.folder)
    assert again.title == "s"
    assert again.survey() == (recordings, ["The session's description is damaged: its title is the folder's name."])
    assert again.next_recording().name == "0002.wav"
    again.rename("Mended")
    assert (session.folder / "session.json.damaged").read_bytes() == b"{"
    assert again.survey() == (recordings, []) and again.title == "Mended"


def test_a_recording_without_a_readable_note_is_taken_from_its_sound(tmp_path: Path) -> None:
    session, (first, _) = filled(tmp_path / "s")
    first.path.with_suffix(".json").write_text('{"rate": 0}', "utf-8")
    found, lost = session.survey()
    assert found[0] == Recording(first.path, RATE, 4000)
    assert lost == ["The note of recording 0001 is damaged: its marks and its title are lost."]


@pytest.mark.parametrize(("how", "sentence"), [("missing", "missing"), ("junk", "damaged and can't be played")])
def test_results_are_seen_without_the_sound(tmp_path: Path, how: str, sentence: str) -> None:
    session, recordings = filled(tmp_path / "s", 1)
    if how == "missing":
        recordings[0].path.unlink()
    else:
        recordings[0].path.write_bytes(b"junk" * 100)
    assert session.survey() == (recordings, [f"The sound of recording 0001 is {sentence}."])
    assert load_results(session, recordings[0]) == (results(), [])


def test_sound_that_is_cut_short(tmp_path: Path) -> None:
    session, recordings = filled(tmp_path / "s", 1)
    content = recordings[0].path.read_bytes()
    recordings[0].path.write_bytes(content[: len(content) // 2])
    (recording,), (sentence,) = session.survey()
    assert 0 < recording.frames < 4000 and recording.title == "Take 0"
    assert sentence == "The sound of recording 0001 has 0.1 s; 0.2 s were noted."


def test_damaged_marks_cost_neither_title_nor_length(tmp_path: Path) -> None:
    session, (first,) = filled(tmp_path / "s", 1)
    note = first.path.with_suffix(".json")
    raw = json.loads(note.read_text("utf-8"))
    raw["marks"][1]["kind"] = "unheard of"
    note.write_text(json.dumps(raw), "utf-8")
    found, lost = session.survey()
    assert (found[0].title, found[0].frames, found[0].marks) == ("Take 0", 4000, first.marks[:1])
    assert lost == ["Part of the note of recording 0001 is damaged: a mark or its title is lost."]


def test_version_1_opens_and_goes_on_as_version_2(tmp_path: Path) -> None:
    session = open_session(version_1(tmp_path / "2026-01-02 03.04.05"))
    path = session.folder / "recordings" / "0001.wav"
    assert session.survey() == ([Recording(path, RATE, 250, overruns=2)], [])
    assert session.title == "2026-01-02 03.04.05"
    assert json.loads((session.folder / "session.json").read_text())["version"] == 1  # looking changes nothing
    record(session.next_recording())
    note = json.loads((session.folder / "session.json").read_text())
    assert note["version"] == 2 and note["created"].startswith("2026-01-02T03:04:05")
    assert session.recover()[0].path.name == "0002.wav"


def test_a_newer_version_is_refused_in_a_sentence(tmp_path: Path) -> None:
    session, _ = filled(tmp_path / "s", 1)
    path = session.folder / "session.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 3}), "utf-8")
    before = path.read_bytes()
    refused = (
        lambda: open_session(session.folder),
        lambda: Session(session.folder).next_recording(),
        lambda: Session(session.folder).rename("x"),
        lambda: Session(session.folder).survey(),
    )
    for act in refused:
        with pytest.raises(FormatError, match="newer version of this program") as caught:
            act()
        assert caught.value.message.count(".") == 1
    assert path.read_bytes() == before
    (entry,) = Library(tmp_path).entries()
    assert "newer version" in entry.wrong and entry.recordings == 1
