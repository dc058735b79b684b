"""Sessions on disk: names, what was interrupted, and files that are never half written."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from labbench.audio.interruption import Interruption
from labbench.audio.recorder import Recorder
from labbench.core.errors import FormatError, LabBenchError
from labbench.session.disk import read_json, write_json
from labbench.session.store import Recording, Session, interrupted_sessions, open_session

RATE = 16_000


def record(path: Path, frames: int = 100) -> Path:
    recorder = Recorder(path, RATE)
    recorder.write(np.full(frames, 0.25, np.float32))
    recorder.close()
    return path


def test_sessions_of_the_same_second_get_folders_of_their_own(tmp_path: Path) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5)
    folders = []
    for _ in range(3):
        session = Session.new(tmp_path, now)
        session.next_recording()
        folders.append(session.folder.name)
    assert folders == ["2026-01-02 03.04.05", "2026-01-02 03.04.05 (2)", "2026-01-02 03.04.05 (3)"]


def test_nothing_is_made_before_something_is_kept(tmp_path: Path) -> None:
    Session.new(tmp_path / "home")
    assert list(tmp_path.iterdir()) == []


def test_recordings_are_numbered_and_never_taken_twice(tmp_path: Path) -> None:
    session = Session(tmp_path / "s")
    first = record(session.next_recording())
    second = record(session.next_recording())
    first.unlink()
    assert (first.name, second.name, session.next_recording().name) == ("0001.wav", "0002.wav", "0003.wav")
    assert open_session(session.folder).next_recording().name == "0003.wav"


def test_only_what_was_not_kept_counts_as_interrupted(tmp_path: Path) -> None:
    session = Session(tmp_path / "s")
    kept, lost = record(session.next_recording()), record(session.next_recording(), 250)
    session.keep(Recording(kept, RATE, 100, overruns=2))
    assert session.interrupted() == [lost]
    assert session.recover() == [Recording(lost, RATE, 250, recovered=True)]
    assert session.interrupted() == []
    assert json.loads(kept.with_suffix(".json").read_text()) == {
        "format": "labbench-recording",
        "version": 2,
        "file": "0001.wav",
        "rate": RATE,
        "frames": 100,
        "overruns": 2,
        "recovered": False,
        "marks": [],
        "title": "",
        "source": "",
    }


def test_one_that_cannot_be_recovered_does_not_keep_the_others_from_it(tmp_path: Path) -> None:
    session = Session(tmp_path / "s")
    empty = session.next_recording()
    empty.write_bytes(b"")  # killed before its header was there
    good = record(session.next_recording())
    assert [recording.path for recording in session.recover()] == [good]
    assert soundfile.info(good).frames == 100
    with pytest.raises(LabBenchError, match=r"0001\.wav"):
        session.recover()


def test_a_folder_that_is_no_session(tmp_path: Path) -> None:
    with pytest.raises(LabBenchError, match="not a session"):
        open_session(tmp_path)
    assert interrupted_sessions(tmp_path) == []
    assert interrupted_sessions(tmp_path / "none") == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.json"
    write_json(path, {"old": 1})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(LabBenchError, match="No room"):
            write_json(path, {"new": 2})
    assert read_json(path, "it") == {"old": 1}
    assert [one.name for one in tmp_path.iterdir()] == ["x.json"]


def test_a_file_that_cannot_be_replaced_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.json"
    write_json(path, {"old": 1})

    def held(part: Path, target: Path) -> None:
        assert json.loads(part.read_text()) == {"new": 2}  # all of it is there before it takes the name
        raise PermissionError(13, "Another program has it open")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", held)
        with pytest.raises(LabBenchError):
            write_json(path, {"new": 2})
    assert read_json(path, "it") == {"old": 1}
    assert [one.name for one in tmp_path.iterdir()] == ["x.json"]


def test_a_folder_that_is_a_file_is_an_expected_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LabBenchError):
        write_json(tmp_path / "file" / "x.json", {})


def test_names_that_are_not_unicode_survive(tmp_path: Path) -> None:
    content = {"name": os.fsdecode(b"caf\xe9"), "other": "café 語"}
    write_json(tmp_path / "x.json", content)
    assert read_json(tmp_path / "x.json", "it") == content


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b'{"a": ' * 20_000, b"\xff\xfe", b"null", b"9" * 5000])
def test_damaged_json(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(FormatError):
        read_json(path, "it")


def test_missing_json(tmp_path: Path) -> None:
    with pytest.raises(LabBenchError, match="no file"):
        read_json(tmp_path / "none.json", "it")
    with pytest.raises(LabBenchError):
        read_json(tmp_path, "it")


@pytest.mark.parametrize(("form", "kind"), [("WAV", "FLOAT"), ("RF64", "PCM_16"), ("RF64", "FLOAT"), ("WAV", "PCM_24")])
def test_any_wav_is_read_by_its_own_header(tmp_path: Path, form: str, kind: str) -> None:
    session = Session(tmp_path / "s")
    noted, foreign = session.next_recording(), session.folder / "recordings" / "0002.wav"
    for path in (noted, foreign):
        with path.open("wb") as file:
            soundfile.write(file, np.zeros(300, np.float32), 44_100, kind, format=form)
    session.keep(Recording(noted, 44_100, 300))
    assert session.survey() == ([Recording(noted, 44_100, 300)], [])
    before = foreign.read_bytes()
    assert session.recover() == [Recording(foreign, 44_100, 300, recovered=True)]
    assert soundfile.info(foreign).frames == 300
    if kind != "PCM_16":
        assert foreign.read_bytes() == before


def test_a_number_with_results_is_never_used_again(tmp_path: Path) -> None:
    session = Session(tmp_path / "s")
    (session.folder / "results" / "0007").mkdir(parents=True)
    assert session.next_recording().name == "0008.wav"


def test_recordings_beyond_ten_thousand_stay_in_order(tmp_path: Path) -> None:
    session = Session(tmp_path / "s")
    (session.next_recording().parent / "9999.wav").touch()
    names = ["9999.wav", record(session.next_recording()).name, record(session.next_recording()).name]
    assert [path.name for path in session.interrupted()] == names == ["9999.wav", "10000.wav", "10001.wav"]


def test_title_and_notes_survive(tmp_path: Path) -> None:
    session = Session(tmp_path / "s")
    assert session.title == "s"
    session.rename(" A lesson\n on vowels ")
    assert open_session(session.folder).title == "A lesson on vowels"
    marks = (Interruption(0, 0, "overrun"), Interruption(50, 25, "gap"), Interruption(100, 0, "pause"))
    kept = Recording(record(session.next_recording()), RATE, 100, 1, marks=marks, title="Café", source="Mic \udce9")
    session.keep(kept)
    assert session.recordings() == [kept]
