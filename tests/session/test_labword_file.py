"""One word as one file: the same after reloading, and one sentence where it is damaged, foreign or newer."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labbench import cli
from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.errors import FormatError, LabBenchError
from labbench.live.equipment import load_word_kit
from labbench.live.listener import WordKit
from labbench.session.labword_file import ABOUT, WORD, load_labword, save_labword
from labbench.session.words_file import WordsFile, load_words, save_words
from labbench.wakeword.words import TaughtWord, model_of, with_take

TAKES = paths.assets() / "clips" / "takes"


@pytest.fixture(scope="module")
def kit(moonshine: None) -> WordKit:
    return load_word_kit()


@pytest.fixture(scope="module")
def word(kit: WordKit) -> TaughtWord:
    taught = TaughtWord("computer", threshold_set=0.66)
    for number in (1, 2, 3):
        taught = with_take(taught, kit.take(str(number), read_clip(TAKES / f"computer_{number}.flac").for_models()))
    other = kit.take("not this", read_clip(TAKES / "jarvis_1.flac").for_models())
    first = replace(taught.takes[0], speaker="Ada")
    return replace(taught, takes=(first, *taught.takes[1:]), against=(other,))


def saved(word: TaughtWord, kit: WordKit, path: Path, *, recordings: bool = True) -> Path:
    save_labword(path, word, kit.embedder.name, kit.embedder.checksum, recordings=recordings)
    return path


@pytest.mark.parametrize("recordings", [True, False])
def test_it_comes_back_and_detects_the_same(word: TaughtWord, kit: WordKit, tmp_path: Path, recordings: bool) -> None:
    path = saved(word, kit, tmp_path / "a.labword", recordings=recordings)
    found = load_labword(path)
    assert (found.embedder, found.checksum, found.recordings) == (
        kit.embedder.name,
        kit.embedder.checksum,
        recordings,
    )
    assert [take.speaker for take in found.word.takes] == ["Ada", "", ""]
    before, after = model_of(word), model_of(found.word)
    assert (after.threshold, after.seconds) == (0.66, before.seconds)
    for name in ("weights", "offsets", "ordinary"):
        assert np.array_equal(getattr(after.fusion, name), getattr(before.fusion, name))
    pairs = zip(before.references, after.references, strict=True)
    assert all(np.array_equal(one.frames, other.frames) for one, other in pairs)
    assert len(after.against) == 1
    assert any(take.samples.any() for take in found.word.takes) == recordings
    again = saved(found.word, kit, tmp_path / "b.labword", recordings=recordings)
    assert again.read_bytes() == path.read_bytes()


def test_it_says_what_is_in_it(word: TaughtWord, kit: WordKit, tmp_path: Path) -> None:
    with zipfile.ZipFile(saved(word, kit, tmp_path / "a.labword")) as archive:
        assert set(archive.namelist()) == {ABOUT, WORD}
        about = json.loads(archive.read(ABOUT))
    assert (about["format"], about["version"], about["recordings"]) == ("labbench-word", 1, True)
    assert "consent" in about["note"]


@settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_damage_is_one_sentence(word: TaughtWord, kit: WordKit, tmp_path: Path, data: st.DataObject) -> None:
    small = replace(word, takes=word.takes[:1], against=())
    content = bytearray(saved(small, kit, tmp_path / "whole.labword", recordings=False).read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "damaged.labword"
    path.write_bytes(content)
    try:
        found = load_labword(path)
    except LabBenchError as error:
        assert "damaged.labword" in error.message
    else:
        assert found.word.name == "computer"  # a byte that means nothing


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"format": "other"}, "is damaged or is no wake word"),
        ({"version": 2}, "is of version 2; this program reads version 1"),
        ({"sha256": "0" * 64}, "is damaged"),
        ({"sha256": None}, "is damaged"),
        ({"checksum": None}, ""),
    ],
)
def test_what_it_says_of_itself_is_checked(
    word: TaughtWord, kit: WordKit, tmp_path: Path, about: dict[str, object], told: str
) -> None:
    with zipfile.ZipFile(saved(word, kit, tmp_path / "a.labword", recordings=False)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[ABOUT] = json.dumps(json.loads(parts[ABOUT]) | about).encode()
    with zipfile.ZipFile(tmp_path / "b.labword", "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    if told:
        with pytest.raises(FormatError, match=told):
            load_labword(tmp_path / "b.labword")
    else:
        assert load_labword(tmp_path / "b.labword").checksum != kit.embedder.checksum


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labbench.session.labword_file.MOST_BYTES", 1 << 20)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(ABOUT, json.dumps({"format": "labbench-word", "version": 1}))
        archive.writestr(WORD, b"0" * (8 << 20))
    (tmp_path / "bomb.labword").write_bytes(packed.getvalue())
    with pytest.raises(FormatError, match="damaged"):
        load_labword(tmp_path / "bomb.labword")


def run(*words: object) -> int:
    return cli.main([str(one) for one in words])


def test_from_one_file_of_words_into_another(
    word: TaughtWord, kit: WordKit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, packed, other = tmp_path / "words.json", tmp_path / "c.labword", tmp_path / "other.json"
    save_words(words, WordsFile((word,), kit.embedder.name, kit.embedder.checksum))
    assert run("words", "list", words) == 0
    assert capsys.readouterr().out == "computer  3 of 3 takes, 1 counter-examples, threshold 0.66\n"
    assert run("words", "export", words, "Computer", "--out", packed) == 0
    assert "consent" in capsys.readouterr().err
    for _ in range(2):
        assert run("words", "import", packed, "--into", other) == 0
    assert [one.name for one in load_words(other).words] == ["computer", "computer 2"]
    capsys.readouterr()
    assert run("words", "export", words, "nobody", "--out", packed) == 2
    assert run("words", "import", words, "--into", other) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 2


def test_a_word_of_another_model_is_taught_anew_from_its_recordings(
    word: TaughtWord, kit: WordKit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for recordings in (True, False):
        path, into = tmp_path / f"{recordings}.labword", tmp_path / f"{recordings}.json"
        save_labword(path, word, "another", "0" * 64, recordings=recordings)
        assert run("words", "import", path, "--into", into, "--name", "anew") == (0 if recordings else 2)
        if recordings:
            (found,) = load_words(into).words
            assert found.name == "anew" and found.threshold_set is None
            assert [take.speaker for take in found.takes] == ["Ada", "", ""] and len(found.against) == 1
            assert [len(take.templates) for take in found.takes] == [3, 3, 3]
        else:
            assert "has no recordings" in capsys.readouterr().err and not into.exists()
