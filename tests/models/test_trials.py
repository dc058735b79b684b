"""Engines tried on real clips, as they are and spoilt, through the command line too."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_whisper import ENGINE, SPOKEN

from labbench import cli
from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.errors import Cancelled
from labbench.core.progress import CancelToken, Progress
from labbench.models.engines import MOONSHINE
from labbench.models.hosting import HostInProcess, HostProcess
from labbench.models.trials import stress, try_engine
from labbench.signal.degradations import DEGRADATIONS, Surroundings
from labbench.transcript.engine import Options

CLIPS = paths.assets() / "clips"
SAID = "This picture shows the sound of every word. The garden is full of flowers in the spring."
SOUND = read_clip(SPOKEN / "words_and_digits.flac").for_models()[round(12.0 * 16_000) : round(17.5 * 16_000)]
NOBODY = Surroundings(read_clip(CLIPS / "babble.flac").for_models())


@pytest.fixture(scope="module")
def host(moonshine: None) -> HostInProcess:
    return HostInProcess(MOONSHINE)


def test_a_trial_counts_words_and_time(host: HostInProcess) -> None:
    trial = try_engine(host, SOUND, SAID, Options())
    assert trial.rates is not None and trial.rates.words == 17 and trial.rates.word_error_rate == 0.0
    assert trial.first_text_s is not None and 0 < trial.first_text_s <= trial.transcript.took * 1.2
    assert trial.memory_mb is None
    assert try_engine(host, SOUND, None, Options()).rates is None


def test_a_process_of_its_own_has_memory_of_its_own(moonshine: None) -> None:
    process = HostProcess(MOONSHINE)
    try:
        trial = try_engine(process, SOUND[:16_000], None, Options())
        assert trial.memory_mb is not None and 50 < trial.memory_mb < 2000
    finally:
        process.close()


def test_more_noise_more_errors(host: HostInProcess) -> None:
    seen: list[Progress] = []
    points = list(stress(host, SOUND, SAID, [DEGRADATIONS["white"]], NOBODY, Options(), seen.append))
    rates = [point.trial.rates.word_error_rate for point in points if point.trial.rates]
    assert [point.level for point in points] == [30.0, 20.0, 10.0, 5.0, 0.0, -5.0]
    assert rates[0] == 0.0 and rates[-1] is not None and rates[-1] > 0.5
    assert [progress.done for progress in seen] == list(range(7)) and seen[0].note == "Noise, 30 dB"


def test_stress_can_be_cancelled(host: HostInProcess) -> None:
    cancel = CancelToken()
    trials = stress(host, SOUND, SAID, list(DEGRADATIONS.values()), NOBODY, Options(), cancel=cancel)
    next(trials)
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(trials)


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = cli.main(list(words))
    told = capsys.readouterr()
    return status, told.out, told.err


@pytest.mark.slow
def test_compare(tmp_path: Path, moonshine: None, capsys: pytest.CaptureFixture[str]) -> None:
    sound, broken = tmp_path / "short.flac", tmp_path / "broken.wav"
    shutil.copy(SPOKEN / "digits_short.flac", sound)
    broken.write_bytes(b"no sound")
    sound.with_suffix(".txt").write_text("two eight five nine", "utf-8")
    engines = ("--engine", ENGINE, "--engine", "moonshine")
    status, out, err = ran(capsys, "compare", str(sound), str(broken), *engines, "--format", "json")
    rows: list[dict[str, Any]] = json.loads(out)
    assert status == 2 and "broken.wav" in err
    assert [row["engine"] for row in rows] == ["Whisper whisper-digits", "Moonshine tiny-en"]
    assert rows[0]["text"] == "two eight five nine" and rows[0]["word_error_rate"] == 0.0
    assert all(row["memory_mb"] > 50 and row["real_time_factor"] > 0 for row in rows)


def test_stress_command(tmp_path: Path, moonshine: None, capsys: pytest.CaptureFixture[str]) -> None:
    sound = str(SPOKEN / "digits_short.flac")
    words = ("stress", sound, "--engine", "moonshine", "--way", "gain")
    status, out, err = ran(capsys, *words, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0 and "counts as right" in err
    assert [row["level"] for row in rows] == ["0.0", "20.0", "10.0", "-20.0", "-40.0", "-60.0", "-80.0"]
    assert rows[-1]["text"] == "" and rows[-1]["word_error_rate"] == "1.0"
    status, out, _ = ran(capsys, *words)
    head, first, *_ = out.splitlines()
    assert head.split()[:4] == ["way", "level", "unit", "engine"] and first.split()[0] == "none"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("stress", "{clip}", "--way", "fire"), "no way 'fire'"),
        (("compare", "{clip}", "--reference", "nowhere.txt"), "nowhere.txt can't be read"),
        (("compare", "{clip}", "--engine", "parrot"), "no engine 'parrot'"),
    ],
)
def test_bad_input(words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    clip = str(SPOKEN / "digits_short.flac")
    status, out, err = ran(capsys, *(word.format(clip=clip) for word in words))
    assert (status, out) == (2, "") and said in err and len(err.splitlines()) == 1
