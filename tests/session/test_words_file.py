"""Taught words on disk: the same after reloading, and nothing but an expected failure where the file is damaged."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labbench.audio.recorder import to_pcm
from labbench.core.errors import FormatError, LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.session.words_file import WordsFile, load_words, require_embedder, save_words
from labbench.wakeword.embedder import Frames, unit_rows
from labbench.wakeword.in_room import made_anew
from labbench.wakeword.room import embed_room, room_of
from labbench.wakeword.spotter import Spotter, spot_clip
from labbench.wakeword.takes import Verdict
from labbench.wakeword.whitening import whitener_of
from labbench.wakeword.words import TaughtWord, make_take, model_of, with_take

steady = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class BandEmbedder:
    """Energies of eight bands: enough of an embedder for words that are two tones."""

    name = "bands"
    checksum = "abc"
    frame = 400
    dimensions = 8

    def embed(self, samples: np.ndarray) -> Frames:
        blocks = samples[: len(samples) // 400 * 400].reshape(-1, 400)
        power = np.abs(np.fft.rfft(blocks, axis=1))[:, :200].reshape(len(blocks), 8, 25).sum(axis=2)
        return unit_rows(power.astype(np.float32) + 0.01)


def spoken(low: float, high: float, seed: int = 0) -> np.ndarray:
    """A "word" of two tones, with a pause before and after."""
    random = np.random.default_rng(seed)
    samples = random.normal(0.0, 1e-3, 2 * MODEL_RATE).astype(np.float32)
    time = np.arange(6400) / MODEL_RATE
    for number, pitch in enumerate((low, high)):
        at = 10_000 + number * 6400
        samples[at : at + 6400] += (0.3 * np.sin(2 * np.pi * pitch * (1 + 0.02 * seed) * time)).astype(np.float32)
    return samples


@pytest.fixture(scope="module")
def words() -> tuple[TaughtWord, ...]:
    embedder = BandEmbedder()
    random = np.random.default_rng(1)
    cohort = [embedder.embed(random.normal(0.0, 0.1, 2 * MODEL_RATE).astype(np.float32)) for _ in range(5)]
    babble = random.normal(0.0, 0.1, MODEL_RATE).astype(np.float32)
    taught = []
    for name, low, high in (("café", 500.0, 3000.0), ("jarvis", 5000.0, 1500.0)):
        word = TaughtWord(name, threshold_set=0.7 if name == "jarvis" else None)
        for seed in range(2):
            clip = spoken(low, high, seed)
            take = make_take(f"take {seed}", clip, embedder, cohort, babble, whitener=whitener_of(cohort))
            word = with_take(word, take)
        taught.append(word)
    rejected = make_take("nothing", np.zeros(8000, np.float32), embedder, cohort, babble)
    taught[0] = with_take(taught[0], rejected)
    return tuple(taught)


@pytest.fixture
def path(words: tuple[TaughtWord, ...], tmp_path: Path) -> Path:
    path = tmp_path / "words.json"
    save_words(path, WordsFile(words, BandEmbedder.name, BandEmbedder.checksum))
    return path


def test_words_come_back_as_they_were(words: tuple[TaughtWord, ...], path: Path) -> None:
    loaded = load_words(path)
    assert (loaded.embedder, loaded.checksum) == ("bands", "abc")
    assert [(word.name, word.threshold_set) for word in loaded.words] == [("café", None), ("jarvis", 0.7)]
    for word, original in zip(loaded.words, words, strict=True):
        for take, was in zip(word.takes, original.takes, strict=True):
            assert (take.label, take.start, take.stop, take.verdict) == (was.label, was.start, was.stop, was.verdict)
            assert np.array_equal(to_pcm(take.samples), to_pcm(was.samples))
            for template, before in zip(take.templates, was.templates, strict=True):
                assert np.allclose(template.frames, before.frames, atol=0.01)
                assert np.allclose(np.linalg.norm(template.frames, axis=1), 1.0, atol=1e-5)
                assert np.array_equal(template.cohort, before.cohort)
                average, was_average = template.average, before.average
                assert average is not None and was_average is not None
                for name in ("frames", "centre"):
                    assert np.array_equal(getattr(average.reference, name), getattr(was_average.reference, name))
                assert average.reference.length == was_average.reference.length
                assert average.reference.version == was_average.reference.version
                assert np.array_equal(average.cohort, was_average.cohort)
    assert loaded.words[0].takes[2].verdict is Verdict.NOTHING
    assert not loaded.words[0].takes[2].used


def test_who_said_it_and_what_is_left_out_come_back(words: tuple[TaughtWord, ...], tmp_path: Path) -> None:
    first, second, nothing = words[0].takes
    changed = (replace(first, speaker="Ada"), replace(second, excluded=True, learnt=True), nothing)
    path = tmp_path / "words.json"
    save_words(path, WordsFile((replace(words[0], takes=changed),), "bands", "abc"))
    (loaded,) = load_words(path).words
    assert [(take.speaker, take.excluded, take.learnt) for take in loaded.takes] == [
        ("Ada", False, False),
        ("", True, True),
        ("", False, False),
    ]
    assert [take.used for take in loaded.takes] == [True, False, False]
    assert len(loaded.templates) == len(first.templates)


def test_files_of_the_first_version_are_read(path: Path) -> None:
    raw = json.loads(path.read_text("utf-8"))
    raw["version"] = 1
    del raw["room"]
    for word in raw["words"]:
        del word["scoring"]
        for take in word["takes"]:
            for key in ("speaker", "excluded", "learnt"):
                del take[key]
            for template in take["templates"]:
                del template["room"], template["average"]
    now = load_words(path)
    path.write_text(json.dumps(raw), "utf-8")
    then = load_words(path)
    assert [len(word.templates) for word in then.words] == [len(word.templates) for word in now.words]
    assert all(not take.speaker and not take.excluded for word in then.words for take in word.takes)
    assert all(word.scoring == "dtw" and word.templates[0].average is None for word in then.words)
    assert then.room is None and all(not len(part.room) for word in then.words for part in word.templates)


@pytest.mark.parametrize(
    ("key", "value"),
    [("length", 0), ("length", 10**6), ("direction", "AAAA"), ("centre", ""), ("cohort", ""), ("room", "AACAPw==")],
)
def test_a_damaged_average_is_told(path: Path, key: str, value: object) -> None:
    raw = json.loads(path.read_text("utf-8"))
    raw["words"][0]["takes"][0]["templates"][1]["average"][key] = value
    path.write_text(json.dumps(raw), "utf-8")
    with pytest.raises(FormatError, match="is damaged"):
        load_words(path)


def test_the_room_comes_back_as_it_was(path: Path, tmp_path: Path) -> None:
    embedder, content = BandEmbedder(), load_words(path)
    noise = np.random.default_rng(2).normal(0.0, 0.01, 12 * MODEL_RATE).astype(np.float32)
    room, cohort = embed_room(embedder, room_of(noise)), [np.eye(8, dtype=np.float32)[[0] * 80] for _ in range(5)]
    take = made_anew(content.words[0].takes[0], embedder, cohort, noise, room)
    word = replace(content.words[0], takes=(take, content.words[0].takes[1]))
    save_words(tmp_path / "room.json", WordsFile((word,), "bands", "abc", room.room))
    loaded = load_words(tmp_path / "room.json")
    assert loaded.room is not None and loaded.room.samples.tobytes() == room.room.samples.tobytes()
    with_it, without = (one.templates for one in loaded.words[0].takes[:2])
    assert [len(part.room) for part in (*with_it, *without)] == [11, 11, 11, 0, 0, 0]
    assert all(np.array_equal(now.room, was.room) for now, was in zip(with_it, take.templates, strict=True))
    again = embed_room(embedder, loaded.room)
    assert all(np.array_equal(one, other) for one, other in zip(again.windows, room.windows, strict=True))
    save_words(tmp_path / "again.json", loaded)
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "room.json").read_bytes()
    save_words(tmp_path / "forgotten.json", replace(loaded, room=None))  # with takes that were on their way meanwhile
    (forgotten,) = load_words(tmp_path / "forgotten.json").words
    assert len(forgotten.templates) == 6 and not any(len(part.room) for part in forgotten.templates)


def test_detections_are_the_same_after_reloading(words: tuple[TaughtWord, ...], path: Path) -> None:
    stream = np.concatenate([spoken(500.0, 3000.0, 1), spoken(5000.0, 1500.0, 1)])
    before, after = (
        spot_clip(Spotter(BandEmbedder(), [model_of(word) for word in some]), stream)
        for some in (words, load_words(path).words)
    )
    assert [detection.word for detection in before[1]] == ["café", "jarvis"]
    assert [(d.word, d.start, d.end) for d in after[1]] == [(d.word, d.start, d.end) for d in before[1]]
    assert np.allclose([f.distances for f in after[0]], [f.distances for f in before[0]], atol=0.01)


def test_saving_what_was_loaded_changes_nothing(path: Path, tmp_path: Path) -> None:
    save_words(tmp_path / "again.json", load_words(path))
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


def test_words_of_another_model_are_refused(path: Path) -> None:
    content = load_words(path)
    require_embedder(content, BandEmbedder(), path)
    with pytest.raises(FormatError, match="another model"):
        require_embedder(replace(content, checksum="other"), BandEmbedder(), path)


TAKE = ("words", 0, "takes", 0)
TEMPLATE = (*TAKE, "templates", 0)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("format",), "labbench-session"),
        (("version",), 4),
        (("room",), []),
        (("room",), {"sound": 3}),
        (("room",), {"sound": "AAAA"}),
        (("room",), {"sound": "A" * 3_000_000}),
        (("room",), {}),
        (("version",), None),
        (("words",), {}),
        (("words",), [1]),
        (("words",), [{}] * 101),
        (("words", 0, "name"), " "),
        (("words", 0, "name"), "\ud800"),
        (("words", 0, "threshold"), float("nan")),
        (("words", 0, "threshold"), 10**400),
        (("words", 0, "threshold"), -1),
        ((*TAKE, "start"), -1),
        ((*TAKE, "start"), float("inf")),
        ((*TAKE, "stop"), 10**9),
        ((*TAKE, "verdict"), "SPLENDID"),
        ((*TAKE, "verdict"), []),
        ((*TAKE, "sound"), "AAA"),
        ((*TAKE, "sound"), "é"),
        ((*TAKE, "sound"), "AA=="),
        ((*TAKE, "templates"), None),
        ((*TEMPLATE, "shape"), [1, 2]),
        ((*TEMPLATE, "shape"), [-1, 8]),
        ((*TEMPLATE, "shape"), [float("inf"), 8]),
        ((*TEMPLATE, "shape"), 3),
        ((*TEMPLATE, "frames"), 7),
        ((*TEMPLATE, "cohort"), ""),
        ((*TEMPLATE, "room"), "AADAfw=="),  # not a number
        ((*TEMPLATE, "room"), 3),
        ((*TEMPLATE, "cohort"), "AADAfw=="),  # not a number
        ((*TEMPLATE, "cohort"), "//9/f///f38="),  # too large to add up
        ((*TEMPLATE, "cohort"), "AACAPw=="),  # one window where the others have five
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_each_field_is_checked(path: Path, where: tuple[str | int, ...], value: Any) -> None:
    raw = json.loads(path.read_text("utf-8"))
    inner = raw
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    path.write_text(json.dumps(raw), "utf-8")
    if value == "\ud800":  # odd, but it can be kept and written again
        save_words(path, load_words(path))
        return
    with pytest.raises(FormatError):
        load_words(path)


def spots(inner: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where anything is in a tree of JSON."""
    children = inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
    return [at] * bool(at) + [spot for key, child in children for spot in spots(child, (*at, key))]


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, 2**63])
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["AAAA", "AACAPw==", "abc", "GOOD"])
)
anything = scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.text(max_size=5), scalars, max_size=2)


@steady
@given(data=st.data())
def test_mutated_files_raise_nothing_unexpected(path: Path, tmp_path: Path, data: st.DataObject) -> None:
    raw = copy.deepcopy(json.loads(path.read_text("utf-8")))
    for _ in range(data.draw(st.integers(1, 3))):
        where = data.draw(st.sampled_from(spots(raw)))
        inner = raw
        for key in where[:-1]:
            inner = inner[key]
        if data.draw(st.booleans()):
            inner[where[-1]] = data.draw(anything)
        else:
            del inner[where[-1]]
    mutated = tmp_path / "mutated.json"
    mutated.write_text(json.dumps(raw), "utf-8")
    try:
        content = load_words(mutated)
        usable = [model_of(word) for word in content.words if word.templates]
        save_words(mutated, content)
    except LabBenchError:
        return
    assert all(np.isfinite(word.threshold) for word in usable)


@steady
@given(cut=st.floats(0.0, 1.0), junk=st.binary(max_size=20))
def test_cut_off_files_raise_nothing_unexpected(path: Path, tmp_path: Path, cut: float, junk: bytes) -> None:
    whole = path.read_bytes()
    damaged = tmp_path / "damaged.json"
    damaged.write_bytes(whole[: round(cut * (len(whole) - 10))] + junk)
    with pytest.raises(FormatError):
        load_words(damaged)
