"""`evaluate`: the protocol piece by piece, and the command from folders to figures on bundled clips."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from small_whisper import SPOKEN

from labbench import cli
from labbench.commands import console, evaluating
from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.paths import assets
from labbench.core.progress import CancelToken, Progress
from labbench.core.timebase import MODEL_RATE
from labbench.live.embedding_host_main import load_kit
from labbench.measure import evaluation, evaluation_material
from labbench.measure.evaluation_cells import Plan
from labbench.measure.evaluation_material import WordFolder
from labbench.measure.evaluation_report import report
from labbench.models.embedders import EmbedderSpec
from labbench.signal.mixing import active_power

CLIPS = assets() / "clips"
FIGURES = ("miss_at_zero", "miss_at_0.1", "miss_at_0.5", "miss_at_1", "miss_at_4", "eer")


def folder_of(folder: Path, clips: list[Path]) -> Path:
    folder.mkdir(parents=True)
    for path in clips:
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two words of four takes; three seconds of each of two clips as background; babble."""
    root = tmp_path_factory.mktemp("material")
    for word in ("computer", "jarvis"):
        folder_of(root / word, sorted((CLIPS / "takes").glob(f"{word}_*.flac"))[:4])
    (root / "background").mkdir()
    for path in (CLIPS / "sentences_without.flac", SPOKEN / "digits.flac"):
        samples, rate = soundfile.read(path, stop=3 * MODEL_RATE)
        soundfile.write(root / "background" / f"{path.stem}.wav", samples, rate)
    folder_of(root / "babble", [CLIPS / "babble.flac"])
    return root


@pytest.fixture(scope="module", autouse=True)
def few_timed_hops() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "TIMED_HOPS", 10)
        yield


def run(*words: str | Path) -> int:
    return cli.main(["evaluate", *(str(word) for word in words)])


def options(material: Path, *more: str | Path) -> list[str | Path]:
    words = ["--words", material / "computer", material / "jarvis"]
    few = ["--shots", "2", "--draws", "2", "--tests", "1"]
    return [*words, "--background", material / "background", "--babble", material / "babble", *few, *more]


# Drawing ------------------------------------------------------------------------------------------------------------


def a_word(speakers: int, each: int) -> WordFolder:
    pairs = [(f"{speaker}_{number}", str(speaker)) for speaker in range(speakers) for number in range(each)]
    return WordFolder("word", tuple(Path(name) for name, _ in pairs), tuple(speaker for _, speaker in pairs))


def test_takes_come_from_different_speakers_first() -> None:
    word = a_word(speakers=6, each=4)
    for draw in range(20):
        order = evaluation_material.draw_order(word, 0, draw)
        assert sorted(order) == list(range(24))
        assert len({word.speakers[number] for number in order[:6]}) == 6


def test_draws_differ_and_follow_from_the_seed() -> None:
    word = a_word(speakers=30, each=1)
    orders = [tuple(evaluation_material.draw_order(word, 3, draw)) for draw in range(5)]
    assert len(set(orders)) == 5
    assert orders == [tuple(evaluation_material.draw_order(word, 3, draw)) for draw in range(5)]
    assert orders[0] != tuple(evaluation_material.draw_order(word, 4, 0))


def test_nothing_is_taught_and_tested() -> None:
    word, heard = a_word(speakers=30, each=1), set()
    for draw in range(5):
        taught = evaluation_material.draw_order(word, 0, draw)[:5]
        tests = evaluation_material.held_out(word, 0, draw, taught, 8)
        assert len(set(tests)) == 8 and not set(tests) & set(taught)
        heard |= set(tests)
    assert len(heard) > 20  # draws take turns


def test_speakers_are_folders_or_beginnings_of_names(tmp_path: Path) -> None:
    take = CLIPS / "takes" / "computer_1.flac"
    for name in ("anna/1.flac", "anna/2.flac", "ben_1.flac", "ben_2.flac", "007.flac", "008.flac", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(take, tmp_path / name)
    found = evaluation_material.word_folder(tmp_path, 5)
    assert sorted(found.speakers) == ["007", "008", "anna", "anna", "ben", "ben"]


# Test clips ---------------------------------------------------------------------------------------------------------


def tone(seconds: float, level: float) -> np.ndarray:
    return (level * np.sin(np.arange(round(seconds * MODEL_RATE)) * 0.3)).astype(np.float32)


def test_the_word_ends_with_its_last_frame_above_30_db_under_its_peak() -> None:
    samples = np.concatenate([tone(0.3, 0.001), tone(0.5, 0.5), tone(0.2, 0.05), tone(0.4, 0.005)])
    assert evaluation_material.spoken(samples) == (round(0.3 * MODEL_RATE), round(1.0 * MODEL_RATE))


def test_an_utterance_keeps_its_word_and_its_place() -> None:
    samples = np.concatenate([tone(0.3, 0.0001), tone(0.5, 0.5), tone(0.1, 0.0001)])
    for seed in range(5):
        found = evaluation_material.utterance(samples, np.random.default_rng(seed))
        word = found.samples[found.start : found.end]
        assert np.array_equal(word, samples[round(0.3 * MODEL_RATE) : round(0.8 * MODEL_RATE)])
        assert len(found.samples) == found.end + evaluation_material.TAIL
        assert np.abs(found.samples[: found.start]).max() < 0.01


def test_babble_lies_under_active_speech_by_so_much() -> None:
    clean = evaluation_material.utterance(tone(0.6, 0.3), np.random.default_rng(0))
    noise = np.random.default_rng(1).standard_normal(len(clean.samples)).astype(np.float32)
    mixed = evaluation_material.in_babble(clean, noise, 10.0)
    added = float(np.mean((mixed.samples - clean.samples).astype(np.float64) ** 2))
    assert 10 * np.log10(active_power(clean.samples, MODEL_RATE) / added) == pytest.approx(10.0, abs=0.01)


# All of it ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def figures(material: Path, moonshine: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("out") / "figures.json"
    assert run(*options(material, "--json", path)) == 0
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_every_figure_is_told(figures: dict[str, Any]) -> None:
    assert figures["background_hours"] == pytest.approx(6 / 3600, rel=0.05)
    assert 0 < figures["embedding_ms"] < figures["ms_per_hop"]
    assert set(figures["conditions"]) == {"quiet", "10"}
    assert figures["adaptation"] is None and set(figures["latency_s"]) == {"p50", "p95"}
    for condition in figures["conditions"].values():
        assert set(condition["words"]) == {"computer", "jarvis"}
        for lines in (condition["pooled"], *condition["words"].values()):
            for name in FIGURES:
                figure = lines[name]
                if name in ("miss_at_zero", "eer"):
                    assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1
                else:  # six seconds tell nothing about rates
                    assert figure is None
            assert lines["det"][0][0] == 0
    assert all(wanted["achieved"] is None for wanted in figures["wanted"])


def test_bundled_words_are_found_in_quiet_and_not_in_sentences(figures: dict[str, Any]) -> None:
    quiet = figures["conditions"]["quiet"]["pooled"]
    assert quiet["miss_at_zero"]["value"] == 0 and quiet["utterances"] == 4
    assert figures["default"]["misses"] == 0 and figures["default"]["false_accepts_per_hour"] == 0
    assert -0.3 < figures["latency_s"]["p50"] < 0.5
    assert quiet["eer_other_words"]["value"] == 0


@pytest.mark.slow
def test_the_same_seed_gives_the_same_figures(material: Path, figures: dict[str, Any], tmp_path: Path) -> None:
    assert run(*options(material, "--json", tmp_path / "again.json", "--plot", tmp_path / "plots")) == 0
    again = json.loads((tmp_path / "again.json").read_text("utf-8"))
    timed = ("ms_per_hop", "embedding_ms")
    assert {key: again[key] for key in again if key not in timed} == {
        key: figures[key] for key in figures if key not in timed
    }
    pictures = {path.name: path.read_bytes() for path in (tmp_path / "plots").iterdir()}
    assert set(pictures) == {"det-quiet.png", "det-quiet.svg", "det-10.png", "det-10.svg"}
    assert pictures["det-10.png"].startswith(b"\x89PNG") and b"False accepts an hour" in pictures["det-10.svg"]


def test_people_read_tables(material: Path, moonshine: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*options(material, "--snr", "quiet", "--draws", "1")) == 0
    told = capsys.readouterr()
    assert "Missed at the default threshold" in told.out and "computer" in told.out
    assert told.err == ""


def test_another_word_is_no_detection(material: Path, moonshine: None) -> None:
    """What was not said is not found: three takes of one word, and one of another to test it with."""
    from labbench.measure.evaluation_material import named_apart, sound_files, word_folder

    folders = [(material / name, word_folder(material / name, 2)) for name in ("computer", "jarvis")]
    computer, jarvis = named_apart(folders)
    mixed = replace(computer, files=(*computer.files[:3], jarvis.files[0]))
    plan = Plan((mixed,), tuple(sound_files(material / "background")), shots=3, draws=1, ratios=(None,), seed=0)
    orders = [evaluation_material.draw_order(mixed, seed, 0) for seed in range(40)]
    seed = next(seed for seed, order in enumerate(orders) if order[-1] == 3)  # three of the one word are taught
    found = evaluation.evaluate(replace(plan, seed=seed), load_kit(EmbedderSpec()))
    assert report(found)["conditions"]["quiet"]["pooled"]["miss_at_zero"]["value"] == 1.0


def test_cancel_ends_it(material: Path, moonshine: None) -> None:
    from labbench.measure.evaluation_material import sound_files, word_folder

    token, seen = CancelToken(), list[Progress]()

    def hear(progress: Progress) -> None:
        seen.append(progress)
        if progress.note == "Background":
            token.cancel()

    word = word_folder(material / "computer", 2)
    plan = Plan((word,), tuple(sound_files(material / "background")), shots=2, draws=1, ratios=(None,))
    with pytest.raises(Cancelled):
        evaluation.evaluate(plan, load_kit(EmbedderSpec()), hear, token)
    assert seen[-1].note == "Background" and all(0 <= one.done <= (one.total or 0) for one in seen)


def test_ctrl_c_writes_nothing(
    material: Path, moonshine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        evaluating._Telling, "__call__", lambda self, progress: signal.raise_signal(signal.SIGINT), raising=True
    )
    path = tmp_path / "figures.json"
    assert run(*options(material, "--json", path)) == console.INTERRUPTED
    assert not path.exists()


# Learning -----------------------------------------------------------------------------------------------------------


def adapted(material: Path, folder: Path, labels: str) -> tuple[dict[str, Any], str]:
    path = folder / f"{labels}.json"
    more = ["--tests", "2", "--draws", "3", "--snr", "quiet,0", "--adapt", labels, "--json", path]
    assert run(*options(material, *more)) == 0
    figures = json.loads(path.read_text("utf-8"))
    return figures["adaptation"], path.read_text("utf-8")


@pytest.mark.slow  # evaluated twice and more
def test_what_is_missed_and_said_again_is_learnt(
    material: Path, moonshine: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, _ = adapted(material, tmp_path, "on")
    assert (found["labels"], found["condition"]) == ("right", "0")
    assert found["streamed"] == found["utterances"] == 6  # two words, three draws, half of two clips
    assert 0 <= found["learnt"] <= found["offered"] <= found["streamed"]
    assert found["learnt"] + sum(found["refused"].values()) == found["offered"]
    for name in ("misses", "false_accepts_per_hour"):
        before, after = (found[f"{name}_{when}"] for when in ("before", "after"))
        assert after["value"] <= before["value"] and before["low"] <= before["value"] <= before["high"]
    assert "Learning from near misses (0)" in capsys.readouterr().out
    again, _ = adapted(material, tmp_path, "on")
    assert again == found


@pytest.mark.slow  # evaluated twice and more
def test_wrong_labels_are_rolled_back_where_they_would_do_harm(material: Path, moonshine: None, tmp_path: Path) -> None:
    found, _ = adapted(material, tmp_path, "wrong")
    assert found["labels"] == "wrong" and found["offered"] == found["streamed"]
    assert found["learnt"] + sum(found["refused"].values()) == found["offered"]
    before, after = (found[f"false_accepts_per_hour_{when}"]["value"] for when in ("before", "after"))
    assert after <= before


# Wrong usage --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--background", "nowhere"], "There is no folder nowhere."),
        (["--shots", "4"], "4 are taught and at least one is left"),
        (["--shots", "0"], "--shots is 0"),
        (["--draws", "1000"], "--draws is 1000"),
        (["--seed", "-1"], "--seed is -1"),
        (["--snr", "loud"], "--snr can't be 'loud'"),
        (["--snr", "nan"], "--snr can't be 'nan'"),
        (["--adapt", "on"], "Learning needs two test clips of each word"),
        (["--adapt", "wrong", "--tests", "2", "--shots", "3"], "Learning needs two test clips of each word"),
        (["--embedder", "nonsense"], "There is no embedder 'nonsense'."),
        (["--scoring", "nonsense"], "There is no scoring 'nonsense'."),
        (["--embedder", "mfcc", "--checkpoint", "small.pt"], "--checkpoint is for --embedder whisper."),
        (["--checkpoint", "nowhere.pt"], "nowhere.pt"),
    ],
)
def test_wrong_usage_is_one_sentence(
    more: list[str], said: str, material: Path, moonshine: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*options(material, *more)) == console.FAILED
    told = capsys.readouterr()
    assert said in told.err and len(told.err.splitlines()) == 1 and told.out == ""


@pytest.mark.parametrize("content", ["nothing", "noise", "text"])
def test_bad_folders_are_one_sentence(
    content: str, material: Path, moonshine: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "word"
    folder.mkdir()
    for number in range(4 if content != "nothing" else 0):
        path = folder / f"{number}.wav"
        if content == "text":
            path.write_text("This is no sound.")
        else:
            soundfile.write(path, np.zeros(MODEL_RATE), MODEL_RATE)
    words = ["--words", folder, "--background", material / "background", "--shots", "2", "--draws", "1"]
    assert run(*words) == console.FAILED
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_folders_of_one_name_are_told_apart() -> None:
    from labbench.measure.evaluation_material import named_apart

    word = a_word(1, 3)
    found = named_apart([(Path("/a/anna/one"), word), (Path("/a/ben/one"), word)])
    assert [one.name for one in found] == ["anna/word", "ben/word"]
    with pytest.raises(LabBenchError, match="given twice"):
        named_apart([(Path("/a/anna/one"), word), (Path("/b/anna/one"), word)])
