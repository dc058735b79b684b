"""A session as one file: the same after a round trip; hostile files write nothing outside and fill nothing."""

from __future__ import annotations

import stat
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from session_samples import contents, filled, record, results, version_1

from labbench.core.errors import Cancelled, FormatError, LabBenchError
from labbench.core.progress import CancelToken, Progress
from labbench.session import archive
from labbench.session.archive import pack, unpack
from labbench.session.results import load_results
from labbench.session.store import open_session


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    session, _ = filled(tmp_path / "original", 1)
    (session.folder / "notes.txt").write_text("mine")
    assert pack(session.folder, tmp_path / "Lesson.labsession") == []
    return tmp_path / "Lesson.labsession"


def made(path: Path, entries: list[tuple[str | zipfile.ZipInfo, bytes]], how: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", how) as zipped:
        zipped.writestr("session.json", '{"format": "labbench-session", "version": 2}')
        for name, content in entries:
            zipped.writestr(name, content)
    return path


def test_a_round_trip_with_progress(tmp_path: Path, packed: Path) -> None:
    seen: list[Progress] = []
    folder, lost = unpack(packed, tmp_path / "home", seen.append)
    assert folder == tmp_path / "home" / "Lesson" and lost == []
    assert contents(folder) == contents(tmp_path / "original")
    assert seen[-1].done == seen[-1].total == sum(map(len, contents(folder).values()))
    (recording,), nothing = open_session(folder).survey()
    assert nothing == [] and load_results(open_session(folder), recording) == (results(), [])
    assert unpack(packed, tmp_path / "home")[0].name == "Lesson (2)"


@pytest.mark.skipif(sys.platform == "win32", reason="the names that are left out cannot be made there")
def test_what_runs_and_what_is_no_part_is_left_out_and_told(tmp_path: Path) -> None:
    session, _ = filled(tmp_path / "s", 1)
    running = record(session.next_recording())
    (session.folder / "x.json.part").write_text("half")
    (session.folder / "session.lock").write_text("")
    (session.folder / "con.txt").write_text("no name on Windows")
    (session.folder / "away").symlink_to("/etc")
    told = pack(session.folder, session.folder / "inside.labsession")
    assert told == [
        "1 recordings that are not finished yet are not in inside.labsession.",
        "1 files with names that are not allowed are not in inside.labsession.",
    ]
    pack(session.folder, session.folder / "inside.labsession")  # itself is not in it either
    names = zipfile.ZipFile(session.folder / "inside.labsession").namelist()
    assert f"recordings/{running.name}" not in names and "recordings/0001.wav" in names
    assert not {"x.json.part", "session.lock", "con.txt", "away", "inside.labsession"} & set(names)


def test_a_folder_that_somebody_packed_himself(tmp_path: Path) -> None:
    folder = version_1(tmp_path / "old")
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as zipped:
        for name, content in contents(folder).items():
            zipped.writestr(f"My lesson/{name}", content)
    assert contents(unpack(tmp_path / "old.zip", tmp_path / "home")[0]) == contents(folder)


@pytest.mark.parametrize("act", ["pack", "unpack"])
@pytest.mark.parametrize("after", [0, 1, 3])
def test_cancel_leaves_nothing(tmp_path: Path, packed: Path, act: str, after: int) -> None:
    cancel, target = CancelToken(), tmp_path / "out"
    target.mkdir()
    seen: list[Progress] = []

    def on_progress(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) >= after:
            cancel.cancel()

    if not after:
        cancel.cancel()
    with pytest.raises(Cancelled):
        if act == "pack":
            pack(tmp_path / "original", target / "x.labsession", on_progress, cancel)
        else:
            unpack(packed, target, on_progress, cancel)
    assert list(target.iterdir()) == []


def test_a_full_disk_is_told_before(tmp_path: Path, packed: Path) -> None:
    for act in (
        lambda: unpack(packed, tmp_path / "home", free_space=lambda _: 32 << 20),
        lambda: pack(tmp_path / "original", tmp_path / "x.labsession", free_space=lambda _: 1000),
    ):
        with pytest.raises(LabBenchError, match="MB are free"):
            act()
    assert not (tmp_path / "home").exists() and not (tmp_path / "x.labsession").exists()


def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session, _ = filled(tmp_path / "s", 1)
    target = tmp_path / "x.labsession"
    target.write_bytes(b"older")
    monkeypatch.setattr(archive, "_add", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(LabBenchError, match="No room"):
        pack(session.folder, target)
    assert target.read_bytes() == b"older"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["s", "x.labsession"]


def linked(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "names",
    [
        ["../evil.txt"],
        ["recordings/../../evil.txt"],
        ["/etc/evil"],
        ["//evil"],
        ["C:/evil"],
        ["C:evil"],
        ["recordings\\..\\..\\evil"],
        ["recordings/./x"],
        ["recordings//x"],
        ["nul"],
        ["recordings/COM1.wav"],
        ["x."],
        ["x "],
        ["a:stream"],
        ["\x1b[2J"],
        ["a/" * 30 + "x"],
        ["x" * 300],
        ["recordings/0001.wav", "recordings/0001.wav"],
        ["Words.json", "words.json"],
        ["caf\u00e9", "cafe\u0301"],
        ["a", "a/b"],
    ],
    ids=lambda names: ascii(names)[:30],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_lead_astray(tmp_path: Path, names: list[str]) -> None:
    path = made(tmp_path / "evil.labsession", [(name, b"evil") for name in names])
    with pytest.raises(FormatError, match=r"^evil\.labsession is not opened: it has") as caught:
        unpack(path, tmp_path / "a" / "home")
    assert "\n" not in caught.value.message
    assert [one.name for one in tmp_path.iterdir()] == ["evil.labsession"]


def test_links_are_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "x.labsession", [(linked("recordings"), b"/tmp"), ("recordings/0001.wav", b"x")])
    with pytest.raises(FormatError, match="it has a link in it"):
        unpack(path, tmp_path / "home")


def test_a_bomb_is_refused_by_its_own_words(tmp_path: Path) -> None:
    path = made(tmp_path / "x.labsession", [("recordings/0001.wav", bytes(300 << 20))], zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(FormatError, match="far too large"):
        unpack(path, tmp_path / "home")


def test_a_bomb_that_lies_about_its_size_stays_small(tmp_path: Path) -> None:
    path = made(tmp_path / "x.labsession", [("recordings/0001.wav", bytes(8 << 20))], zipfile.ZIP_DEFLATED)
    honest = (8 << 20).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(honest, (1000).to_bytes(4, "little")))
    folder, lost = unpack(path, tmp_path / "home")
    assert (folder / "recordings" / "0001.wav").stat().st_size <= 1000
    assert lost == ["Something in recordings/0001.wav is damaged in the file."]


def test_too_many_files_and_a_huge_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "x.labsession", [(f"f{number}", b"") for number in range(50)])
    monkeypatch.setattr("labbench.session.archive_names.MOST_FILES", 20)
    with pytest.raises(FormatError, match="too many files"):
        unpack(path, tmp_path / "home")
    monkeypatch.setattr(archive, "_MOST_DIRECTORY", 1000)
    with pytest.raises(FormatError, match="damaged or not a session"):
        unpack(path, tmp_path / "home")


def test_no_session_a_password_and_a_newer_one(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zipped:
        zipped.writestr("letter.txt", "x")
    with pytest.raises(FormatError, match="is not a session"):
        unpack(tmp_path / "x.zip", tmp_path / "home")
    content = bytearray(made(tmp_path / "p.zip", [("a", b"x")]).read_bytes())
    content[content.rindex(b"PK\1\2") + 8] |= 1
    (tmp_path / "p.zip").write_bytes(content)
    with pytest.raises(FormatError, match="locked with a password"):
        unpack(tmp_path / "p.zip", tmp_path / "home")
    with zipfile.ZipFile(tmp_path / "n.zip", "w") as zipped:
        zipped.writestr("a.txt", "x")
        zipped.writestr("session.json", '{"format": "labbench-session", "version": 3}')
    with pytest.raises(FormatError, match="newer version"):
        unpack(tmp_path / "n.zip", tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []
    for missing in (tmp_path / "none.zip", tmp_path):
        with pytest.raises(LabBenchError):
            unpack(missing, tmp_path / "home")


def broken(how: str) -> Callable[[bytearray, np.random.Generator], None]:
    def cut(content: bytearray, random: np.random.Generator) -> None:
        del content[int(random.integers(0, len(content))) :]

    def flip(content: bytearray, random: np.random.Generator) -> None:
        for at in random.integers(0, len(content), 5):
            content[at] ^= 1 << int(random.integers(0, 8))

    def zero(content: bytearray, random: np.random.Generator) -> None:
        at = int(random.integers(0, len(content)))
        content[at : at + 200] = bytes(len(content[at : at + 200]))

    return {"cut": cut, "flip": flip, "zero": zero}[how]


@pytest.mark.parametrize("how", ["cut", "flip", "zero"])
def test_damage_anywhere(tmp_path: Path, packed: Path, how: str) -> None:
    random = np.random.default_rng(5)
    original = contents(tmp_path / "original")
    opened = 0
    for number in range(60):
        content = bytearray(packed.read_bytes())
        broken(how)(content, random)
        path = tmp_path / "damaged.labsession"
        path.write_bytes(content)
        try:
            folder, lost = unpack(path, tmp_path / "home" / str(number))
        except LabBenchError as error:
            assert "\n" not in error.message
            continue
        opened += 1
        found = contents(folder)
        same = {name for name, whole in found.items() if original.get(name) == whole}
        # Whatever is not the same is named; a name itself may be what was damaged.
        for name in set(original) & set(found) - same:
            assert any("/".join(name.split("/")[-2:]) in sentence for sentence in lost), (name, lost)
    assert opened if how != "cut" else not opened


def test_one_wrong_bit_costs_no_other_sample(tmp_path: Path, packed: Path) -> None:
    whole = (tmp_path / "original" / "recordings" / "0001.wav").read_bytes()
    content = bytearray(packed.read_bytes())
    content[content.index(whole) + 1000] ^= 1
    packed.write_bytes(content)
    folder, lost = unpack(packed, tmp_path / "home")
    found = (folder / "recordings" / "0001.wav").read_bytes()
    assert [at for at in range(len(whole)) if found[at] != whole[at]] == [1000] and len(found) == len(whole)
    assert lost == ["Something in recordings/0001.wav is damaged in the file."]


def test_an_empty_archive(tmp_path: Path) -> None:
    (tmp_path / "x.labsession").write_bytes(b"PK\5\6" + bytes(18))
    with pytest.raises(FormatError, match="is not a session"):
        unpack(tmp_path / "x.labsession", tmp_path / "home")
