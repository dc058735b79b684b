"""Measurements run and give figures that can be true; how good these are is no test's business."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import soundfile
from small_whisper import ENGINE, small_whisper

from labbench.core.errors import LabBenchError
from labbench.live.checks import Check
from labbench.measure import bench, bench_spot, bench_startup, bench_transcribe, doctor, figures
from labbench.models import engines

PATIENCE = 120.0


# Figures ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 5, 20, 101])
def test_percentiles_are_those_of_numpy(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count).tolist()
    for share in (0.0, 0.5, 0.95, 1.0):
        assert figures.percentile(values, share) == pytest.approx(np.quantile(values, share))
    assert figures.median(values) == pytest.approx(np.median(values))


def test_rounding_goes_deep_and_leaves_the_rest() -> None:
    assert figures.rounded({"a": 0.123456, "b": {"c": 1 / 3, "d": 7}, "e": None, "f": "x"}) == {
        "a": 0.1235,
        "b": {"c": 0.3333, "d": 7},
        "e": None,
        "f": "x",
    }


def test_a_table_is_aligned() -> None:
    text = figures.table([figures.row("First", 3.14159, "ms", 2), figures.row("A longer one", None, "", 0)])
    assert text == "First         3.14 ms\nA longer one     -\n"


def test_the_machine_is_named() -> None:
    found = figures.machine()
    assert found["cores"] >= 1 and found["python"].startswith("3.")
    assert found["cpu"] and found["cpu"] in figures.machine_line(found)


# Writing ------------------------------------------------------------------------------------------------------------


def stand_in(module: Any, monkeypatch: pytest.MonkeyPatch, result: dict[str, Any]) -> None:
    monkeypatch.setattr(module, "measure", lambda: result)


def test_json_is_one_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in(bench_startup, monkeypatch, {"first_paint_s": 0.61234567, "window_mb": 150.0, "all_mb": 200.0})
    assert bench.run("startup", as_json=True) == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert (found["first_paint_s"], found["window_mb"], found["all_mb"]) == (0.6123, 150.0, 200.0)
    assert set(found["machine"]) == {"platform", "cpu", "cores", "python", "load_1min"}
    assert told.err == ""


def test_people_read_units_method_and_machine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    each = {"title": "Engine", "real_time_factor": 0.04, "first_text_s": None, "live_delay_s": 0.2}
    each["live_delay_p95_s"] = None
    stand_in(bench_transcribe, monkeypatch, {"engine": "a", "engines": {"a": each, "b": each | {"title": "Other"}}})
    assert bench.run("transcribe", as_json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["Engine,", "real-time", "factor", "0.040"]
    assert lines[5].split() == ["Other,", "first", "live", "text", "-", "s"]
    assert lines[6].split()[-2:] == ["0.20", "s"]
    assert bench.METHODS["transcribe"] in lines[9] and "Python" in lines[10]


def test_unknown_measurements_are_refused() -> None:
    with pytest.raises(LabBenchError, match="startup, ui, views, spot, transcribe, whisper"):
        bench.run("nonsense", as_json=True)


def test_methods_are_light_to_import() -> None:
    code = (
        "import sys, labbench.measure.bench, labbench.measure.doctor; "
        "print([name for name in ('PySide6', 'torch', 'onnxruntime', 'psutil') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.strip() == "[]"


# Measuring ----------------------------------------------------------------------------------------------------------


def test_spot(moonshine: None) -> None:
    words = {name: files[:1] for name, files in list(bench_spot.bundled_words().items())[:2]}
    found = bench_spot.measure(hops=8, warm_up=1, words=words)
    assert 0 < found["embedding_ms_p50"] < found["ms_per_hop_p50"] <= found["ms_per_hop_p95"]
    assert found["ratio_p50"] > 1 and found["hops"] == 8


def test_three_words_of_five_takes_are_bundled() -> None:
    words = bench_spot.bundled_words()
    assert [len(files) for files in words.values()] == [5, 5, 5]
    assert all(path.exists() for files in words.values() for path in files)


@pytest.mark.slow  # live text at the pace of speech, twice
def test_transcribe(moonshine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_transcribe, "_whisper_base", lambda: [small_whisper()])
    found = bench_transcribe.measure(runs=1)
    assert found["engine"] == engines.MOONSHINE.name and set(found["engines"]) == {"moonshine", ENGINE}
    for figure in ("real_time_factor", "first_text_s"):
        assert found[figure] == found["engines"]["moonshine"][figure]
        assert all(each[figure] > 0 for each in found["engines"].values())
    for each in found["engines"].values():
        assert 0.0 <= each["live_delay_s"] <= each["live_delay_p95_s"]


def test_startup() -> None:
    found = bench_startup.measure(runs=1, warm_up=0)
    assert 0 < found["first_paint_s"] < PATIENCE
    assert 20 < found["window_mb"] < found["all_mb"]
    if sys.platform == "linux":
        assert found["all_pss_mb"] < found["all_mb"]


def test_a_program_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "no-such-platform")
    with pytest.raises(LabBenchError, match="did not start"):
        bench_startup.measure(runs=1, warm_up=0)


def test_without_a_display_qt_is_told_to_do_without() -> None:
    wanted = "offscreen" if sys.platform not in ("win32", "darwin") else None
    assert bench_startup.display_env({}).get("QT_QPA_PLATFORM") == wanted
    assert bench_startup.display_env({"QT_QPA_PLATFORM": "minimal"}) == {"QT_QPA_PLATFORM": "minimal"}
    assert bench_startup.display_env({"DISPLAY": ":0"}) == {"DISPLAY": ":0"}


def test_the_sound_of_the_ui_is_as_long_as_asked(tmp_path: Any) -> None:
    from labbench.measure.bench_ui import RATE, write_sound

    write_sound(tmp_path / "sound.wav", 50.0)
    info = soundfile.info(tmp_path / "sound.wav")
    assert (info.samplerate, round(info.duration)) == (RATE, 50)


@pytest.mark.slow
def test_ui(moonshine: None) -> None:
    code = "import json; from labbench.measure.bench_ui import measure; print(json.dumps(measure(2.0, settle=3.0)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    found = json.loads(done.stdout)
    for figure in ("paint_gap_ms_p95", "paint_gap_ms_p95_idle", "stall_ms_max"):
        assert found[figure] > 0 and math.isfinite(found[figure])
    assert found["overruns"] == 0 and found["seconds"] == 2.0 and found["partial_words"] > 0


# Doctor -------------------------------------------------------------------------------------------------------------


def checks(*broken: str) -> list[Check]:
    names = ("Program", "Whisper", "Wake words", "Data folder", "Display")
    return [Check(name, name not in broken, "so it is", "Do this." if name in broken else "") for name in names]


@pytest.mark.parametrize(
    ("broken", "status", "last"),
    [
        ((), 0, "All that is essential works."),
        (("Display",), 0, "All that is essential works."),
        (("Whisper", "Display"), 2, "Not working: Whisper."),
        (("Wake words", "Data folder"), 2, "Not working: Wake words, Data folder."),
    ],
)
def test_doctor_says_what_to_do(
    broken: tuple[str, ...],
    status: int,
    last: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(doctor, "all_checks", lambda: checks(*broken))
    assert doctor.run() == status
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "✓ Program      so it is"
    assert sum("Do this." in line for line in lines) == len(broken)
    assert sum(line.startswith("✗") for line in lines) == len(broken)
    assert lines[-1] == last


def test_doctor_knows_its_checks() -> None:
    """Every essential name is that of a real check: a renamed one would count as working."""
    from labbench.live.checks import all_checks

    assert {check.name for check in all_checks()} >= doctor.ESSENTIAL
