"""`enroll`, `detect` and `words` by another embedder and another scoring: asked for once, known from the file then."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
from small_whisper import SPOKEN

from labbench import cli
from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.session.words_file import load_words

CLIPS = paths.assets() / "clips"
TAKES = [str(CLIPS / "takes" / f"computer_{number}.flac") for number in (1, 2, 3, 4)]


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


@pytest.mark.parametrize(
    ("embedder", "scoring", "found"),
    [("mfcc", "nearest", 0), pytest.param("whisper", "nearest", 1, marks=pytest.mark.slow)],
)
def test_what_is_taught_by_another_embedder_is_detected_by_it(tmp_path, capsys, small_models, embedder, scoring, found):
    out = tmp_path / "words.json"
    assert run("enroll", "computer", *TAKES, "--out", out, "--embedder", embedder, "--scoring", scoring) == 0
    (word,) = load_words(out).words
    assert word.scoring == scoring and load_words(out).embedder.startswith(embedder)
    capsys.readouterr()
    assert run("detect", SPOKEN / "words_and_digits.flac", "--words", out, "--json") == 0
    assert len(json.loads(capsys.readouterr().out)) >= found
    assert run("enroll", "jarvis", CLIPS / "takes" / "jarvis_1.flac", "--out", out) == 0, "nothing need be said again"
    assert {one.scoring for one in load_words(out).words} == {scoring}
    capsys.readouterr()
    assert run("words", "list", out) == 0
    assert f"scored by {scoring}" in capsys.readouterr().out


@pytest.mark.slow
def test_a_scoring_can_be_tried_on_a_file(tmp_path, capsys, moonshine):
    out = tmp_path / "words.json"
    assert run("enroll", "computer", *TAKES, "--out", out) == 0
    assert load_words(out).words[0].scoring == "fused"
    counts = []
    for scoring in ("fused", "logistic"):
        capsys.readouterr()
        assert run("detect", CLIPS / "demo.flac", "--words", out, "--json", "--scoring", scoring) == 0
        counts.append(json.loads(capsys.readouterr().out))
    assert [len(one) for one in counts] == [3, 3] and counts[0][0]["threshold"] != counts[1][0]["threshold"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--scoring", "best"], "There is no scoring 'best'"),
        (["--embedder", "ears"], "There is no embedder 'ears'"),
        (["--embedder", "mfcc", "--checkpoint", "x.pt"], "--checkpoint is for --embedder whisper"),
        (["--checkpoint", "/nowhere/x.pt"], "x.pt"),
    ],
)
def test_what_there_is_not_is_told_in_a_sentence(tmp_path, capsys, options, says):
    assert run("enroll", "computer", TAKES[0], "--out", tmp_path / "words.json", *options) == 2
    told = capsys.readouterr().err
    assert says in told and "Traceback" not in told and not (tmp_path / "words.json").exists()


@pytest.mark.slow
def test_the_room_of_a_file_decides_for_other_scorings_too(tmp_path, capsys, moonshine):
    """The room is one in which the word was said: every threshold has to become stricter."""
    samples = np.random.default_rng(3).normal(0, 0.002, 20 * 16_000).astype(np.float32)
    said = read_clip(CLIPS / "takes" / "computer_5.flac").for_models()
    samples[8 * 16_000 : 8 * 16_000 + len(said)] += said
    soundfile.write(tmp_path / "room.wav", samples, 16_000, subtype="PCM_16")
    out = tmp_path / "words.json"
    assert run("enroll", "computer", *TAKES, "--out", out, "--scoring", "nearest") == 0
    before = capsys.readouterr().err
    assert run("detect", CLIPS / "demo.flac", "--words", out, "--json") == 0
    without = json.loads(capsys.readouterr().out)
    assert run("enroll", "computer", *TAKES, "--out", out, "--room", tmp_path / "room.wav") == 0
    told = capsys.readouterr().err
    assert "or this room" in told and "The threshold follows from the room" in told and "or this room" not in before
    assert run("detect", CLIPS / "demo.flac", "--words", out, "--json") == 0
    there = json.loads(capsys.readouterr().out)
    assert without and all(one["threshold"] < without[0]["threshold"] for one in there)
