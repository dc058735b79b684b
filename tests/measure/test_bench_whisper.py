"""`bench whisper`: its parts with a small model, with stand-ins for other programs, and with a real ear process."""

from __future__ import annotations

import ast
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray
from small_whisper import SPOKEN

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken
from labbench.core.timebase import MODEL_RATE
from labbench.measure import bench, bench_whisper, bench_whisper_live, peer_whisper
from labbench.measure.bench_whisper_material import TEXTS, Clip, Material, make_material, write_clip
from labbench.measure.bench_whisper_sides import (
    OtherSide,
    OurSide,
    in_turns,
    others_environment,
    own_command,
    own_environment,
    peer_command,
    seconds_of_process,
)
from labbench.models.engines import EngineSpec
from labbench.models.scripted_host import ScriptedHost
from labbench.models.weights_note import WeightsNote, write_note
from labbench.testing.silence import silent_equipment
from labbench.transcript.engine import LiveStream, Options
from labbench.transcript.types import LiveText, share_out

ROOT = Path(__file__).resolve().parent.parent.parent
DIGITS = next(
    path
    for path in (ROOT / "tests/checkpoints/whisper-digits.pt", paths.assets() / "models/whisper-digits.pt")
    if path.exists()
)
SPEC = EngineSpec("whisper:base", "Whisper base", "Nothing.", "", DIGITS)
LINE = "we can see the old house"
STAND_IN = """
import json, sys
if "--once" in sys.argv:
    print("It was.")
    sys.exit()
print(json.dumps({"name": "Stand-in " + sys.argv[1]}), flush=True)
for line in sys.stdin:
    assert set(json.loads(line)) == {"sound", "word_times"}
    print(json.dumps({"seconds": 2.0, "text": "It was."}), flush=True)
"""


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    digits = read_clip(SPOKEN / "digits.flac").for_models()
    return write_clip(tmp_path / "digits.wav", digits[: 3 * MODEL_RATE], "zero one two")


@pytest.fixture
def stand_in(tmp_path: Path) -> list[str]:
    """The command of another program that answers at once."""
    path = tmp_path / "stand_in.py"
    path.write_text(STAND_IN, "utf-8")
    return [sys.executable, str(path)]


# Taking turns -------------------------------------------------------------------------------------------------------


def test_sides_take_turns_and_every_second_round_goes_backwards() -> None:
    order: list[str] = []

    def side(name: str, seconds: float) -> float:
        order.append(name)
        return seconds

    assert in_turns([lambda: side("a", 1.0), lambda: side("b", 2.0)], 3) == [(1.0, 2.0)] * 3
    assert "".join(order) == "abbaab"


def test_another_program_is_asked_by_lines_of_json(stand_in: list[str], clip: Clip) -> None:
    with OtherSide([*stand_in, "base", "2"]) as side:
        assert side.title == "Stand-in base" and side.pid > 0
        assert [side.read(clip).text, side.read(clip, word_times=False).seconds] == ["It was.", 2.0]
        side.close()


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("raise SystemExit('no module named so')", "did not answer. no module named so"),
        ("print('hello')", "did not answer. hello"),
        ("""print('{"error": "no such folder"}')""", "can't be measured: no such folder"),
        ("print('[1, 2]')", r"can't be measured: \[1, 2\]"),
    ],
)
def test_one_that_can_not_says_why(script: str, says: str) -> None:
    with pytest.raises(LabBenchError, match=says):
        OtherSide([sys.executable, "-c", script])


def test_one_that_is_not_there_and_one_that_hangs() -> None:
    with pytest.raises(LabBenchError, match="can't be started"):
        OtherSide([str(ROOT / "no-such-python")])
    with pytest.raises(LabBenchError, match="did not answer"):
        OtherSide([sys.executable, "-c", "import sys; sys.stdin.read()"], limit_seconds=0.2)


def test_others_are_not_slowed_down_by_what_this_program_sets() -> None:
    ours = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OPENBLAS_NUM_THREADS"}
    assert ours <= set(os.environ), "the import of labbench sets these"
    env = dict.fromkeys(ours, "PASSIVE") | {"PATH": "/bin"}
    assert others_environment(env) == {"PATH": "/bin", "HF_HUB_OFFLINE": "1"}
    assert own_environment(env)["PYTHONPATH"] == str(ROOT) and own_environment(env)["OMP_WAIT_POLICY"] == "PASSIVE"


def test_whole_processes(stand_in: list[str], clip: Clip) -> None:
    assert seconds_of_process([*stand_in, "base", "2", "--once", str(clip.path)], own_environment({})) > 0
    with pytest.raises(LabBenchError, match=r"wrote no text\. sorry"):
        seconds_of_process([sys.executable, "-c", "raise SystemExit('sorry')"], own_environment({}))
    command = own_command(DIGITS, clip)
    assert command[1:4] == ["-m", "labbench", "transcribe"] and command[-1] == f"whisper:{DIGITS}"


# The other programs' scripts ----------------------------------------------------------------------------------------


def test_the_peer_s_script_imports_nothing_of_this_program() -> None:
    tree = ast.parse(Path(peer_whisper.__file__).read_text("utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    others = {"faster_whisper", "whisper", "torch", "numpy"}
    assert {name.partition(".")[0] for name in names} <= {*others, *sys.stdlib_module_names}
    assert peer_command("python")[1:] == ["-I", peer_whisper.__file__, "faster-whisper"]


class FakeModel:
    made: ClassVar[list[tuple[str, dict[str, Any]]]] = []

    def __init__(self, folder: str, **options: Any) -> None:
        self.made.append((folder, options))

    def transcribe(self, sound: str, **options: Any) -> tuple[list[Any], None]:
        return [SimpleNamespace(text=f" {sound} {options}"), SimpleNamespace(text=" Done.")], None


def test_faster_whisper_is_asked_for_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    loaded: list[str] = []
    fake = SimpleNamespace(
        WhisperModel=FakeModel, __version__="1.2.1", decode_audio=lambda path: loaded.append(path) or path.upper()
    )
    (tmp_path / "labbench-models" / "base").mkdir(parents=True)
    (tmp_path / "labbench-models" / "base" / "model.bin").touch()
    monkeypatch.setitem(sys.modules, "faster_whisper", fake)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    asked = [json.dumps({"sound": "a.wav", "word_times": times}) for times in (True, False)]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(asked)))
    out = io.StringIO()
    peer_whisper._work(["faster-whisper", "base", "3"], out)
    ((folder, options),) = FakeModel.made
    assert folder == str(tmp_path / "labbench-models" / "base")
    assert (options["compute_type"], options["cpu_threads"], options["device"]) == ("int8", 3, "cpu")
    ready, first, second = map(json.loads, out.getvalue().splitlines())
    assert ready == {"name": "faster-whisper 1.2.1"} and loaded == ["a.wav"], "a sound is loaded once"
    assert first["text"] == "A.WAV {'beam_size': 5, 'word_timestamps': True, 'vad_filter': False} Done."
    assert "'word_timestamps': False" in second["text"] and second["seconds"] >= 0
    with pytest.raises(FileNotFoundError, match=r"tiny\.en"):
        peer_whisper._work(["faster-whisper", "tiny.en", "3"], out)


def test_a_failing_script_answers_and_what_libraries_write_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(arguments: list[str], out: Any) -> None:
        print("Downloading the world")
        raise ValueError("no weights")

    monkeypatch.setattr(sys, "stdout", sys.stdout)  # given back afterwards
    assert peer_whisper.run(work) == 1
    told = capsys.readouterr()
    assert json.loads(told.out) == {"error": "ValueError: no weights"} and "world" in told.err


@pytest.mark.slow
def test_openai_whisper_itself_with_a_small_model(clip: Clip) -> None:
    pytest.importorskip("numba", reason="openai-whisper needs numba")
    with OtherSide([*peer_command(sys.executable, "openai-whisper"), str(DIGITS), "1"]) as side:
        assert side.title.startswith("openai-whisper")
        assert side.read(clip).text and side.read(clip, word_times=False).seconds > 0


# Sounds -------------------------------------------------------------------------------------------------------------


def test_the_material(tmp_path: Path, moonshine: None) -> None:
    material = make_material(tmp_path)
    assert [len(one.samples) / MODEL_RATE for one in (material.long, material.short)] == [61.0, 11.0]
    assert sum(len(one.text.replace("--", " ").split()) for one in material.spoken) == 131
    assert material.live.text == " ".join(TEXTS.values())
    again = read_clip(material.long.path).for_models()
    assert np.array_equal(again, material.long.samples), "whoever reads the file hears the same"


# Live ---------------------------------------------------------------------------------------------------------------


class TellingStream:
    """Reads a word for each half second that it has heard."""

    def __init__(self) -> None:
        self.heard = 0

    def push(self, samples: NDArray[np.float32]) -> LiveText:
        self.heard += len(samples)
        count = 2 * self.heard // MODEL_RATE
        return LiveText(share_out(" ".join(LINE.split()[:count]), 0.0, 1.0), 0.0)

    def finish(self) -> LiveText:
        return self.push(np.zeros(0, np.float32))


class TellingHost(ScriptedHost):
    def __init__(self, spec: EngineSpec = SPEC) -> None:
        super().__init__(spec, lambda samples: share_out(LINE, 0.0, 1.0))

    @contextmanager
    def stream(self, options: Options, cancel: CancelToken) -> Iterator[LiveStream]:
        yield TellingStream()


class BrokenHost(ScriptedHost):
    @contextmanager
    def stream(self, options: Options, cancel: CancelToken) -> Iterator[LiveStream]:
        raise LabBenchError("The engine is gone.")
        yield TellingStream()


def test_live_text_through_a_real_ear(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "short.wav", np.zeros(round(1.2 * MODEL_RATE), np.float32))
    found = bench_whisper_live.live_figures("live", TellingHost(), clip, [TellingHost()], (), silent_equipment())
    assert 0 <= found["live_p50_s"] <= found["live_p95_s"] < 60
    assert found["live_overruns"] == found["live_hops"] == 0 and "live_notice" not in found
    assert found["live_words"] == 6 and found["live_words_unread"] == found["live_words_differ"] == 2
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == ["short.wav"]


def test_an_engine_that_fails_ends_the_run(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "short.wav", np.zeros(30 * MODEL_RATE, np.float32))
    with pytest.raises(LabBenchError, match="The engine is gone"):
        bench_whisper_live.hear(TellingHost(), clip, [BrokenHost(SPEC)], (), silent_equipment())


# All of it ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stand_in: list[str], clip: Clip) -> None:
    """Every part, with hosts that know the text and programs that answer at once; the sound is not played."""

    def make(folder: Path) -> Material:
        other = write_clip(folder / "other.wav", np.zeros(MODEL_RATE, np.float32), LINE)
        return Material(other, other, other, (other, write_clip(folder / "more.wav", other.samples, "we")))

    monkeypatch.setattr(bench_whisper, "make_material", make)
    monkeypatch.setattr(bench_whisper, "HostProcess", TellingHost)
    monkeypatch.setattr(
        bench_whisper, "peer_command", lambda python, program="": [*stand_in, "original"] if program else stand_in
    )
    monkeypatch.setattr(bench_whisper, "own_command", lambda checkpoint, clip: [sys.executable, "-c", "print('Read.')"])
    monkeypatch.setattr(bench_whisper.bench_spot, "measure", lambda: {"embedding_ms_p50": 12.6})
    monkeypatch.setattr(bench_whisper.bench_spot, "teach", lambda kit, words: [])
    monkeypatch.setattr(bench_whisper, "load_word_kit", lambda: None)

    def live(name: str, *_: Any) -> dict[str, Any]:
        return {
            f"{name}_p50_s": 1.0,
            f"{name}_p95_s": 2.0,
            f"{name}_wer": 0.0,
            f"{name}_words_differ": 0,
            f"{name}_words_unread": 0,
        }

    monkeypatch.setattr(bench_whisper, "live_figures", live)


ASKED_FOR = (
    *("peer_ratio_long", "own_ratio_long", "tiny_peer_ratio", "peer_ratio_short", "process_ratio", "words_cost"),
    *("wer_exact", "wer_fast", "wer_tiny", "wer_moonshine", "live_wer", "embedding_ms_p50"),
    *("live_p50_s", "live_p95_s", "live_alone_p50_s", "live_alone_p95_s", "live_tiny_p50_s", "live_tiny_p95_s"),
)


def test_all_figures_are_there(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_whisper, "weights_of", lambda name: SPEC)
    said: list[str] = []
    found = bench_whisper.measure("python", rounds=2, say=said.append)
    assert set(ASKED_FOR) <= set(found) and found["left_out"] == []
    assert found["peer_ratio_long"] == pytest.approx(found["long_s"] / 2.0, abs=0.01)
    assert found["wer_fast"] == pytest.approx(5 / 7) and found["wer_peer"] == pytest.approx(8 / 7)
    assert (found["peer"], found["original"]) == ("Stand-in base", "Stand-in original")
    assert found["rounds"] == 2 and found["peer_mb"] > 1 and len(said) > 5
    titles = [title for title, _, _ in bench.rows("whisper", found)]
    assert len(titles) == len(bench._ROWS["whisper"]) - 2, "all but the memory of a host that has no process here"


def test_what_is_not_here_is_left_out_and_told(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_whisper, "weights_of", lambda name: SPEC if name == "base" else None)
    found = bench_whisper.measure(rounds=1)
    assert not {"peer_ratio_long", "own_ratio_long", "process_ratio", "wer_tiny", "peer_mb"} & set(found)
    assert {"words_cost", "wer_exact", "live_p50_s", "wer_moonshine"} <= set(found)
    for part in ("other programs", "tiny.en"):
        assert sum(part in sentence for sentence in found["left_out"]) == 1
    monkeypatch.setattr(bench_whisper, "weights_of", lambda name: None)
    assert set(bench_whisper.measure(rounds=1)) == {"embedding_ms_p50", "wer_moonshine", "rounds", "left_out"}


def test_people_are_told_what_is_left_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    figures = {"words_cost": 0.1, "left_out": ["No weights."]}
    monkeypatch.setattr(bench_whisper, "measure", lambda peer, say: say(f"Peer {peer}") or figures)
    assert bench.run("whisper", as_json=False, peer="python") == 0
    told = capsys.readouterr()
    assert told.err.splitlines()[-1] == "Peer python"
    assert told.out.splitlines()[0].endswith("0.100") and "Not   No weights." in told.out.splitlines()
    assert bench.run("whisper", as_json=True) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["left_out"] == ["No weights."] and told.err == ""


def test_weights_are_those_that_engines_find(tmp_path: Path) -> None:
    env = {"LABBENCH_MODELS": str(tmp_path)}
    assert bench_whisper.weights_of("base", env) is None
    (tmp_path / "base.pt").write_bytes(b"not Whisper's")
    assert bench_whisper.weights_of("base", env) is None
    write_note(tmp_path / "base.pt", WeightsNote("a test", "0" * 64, (tmp_path / "base.pt").stat().st_size, ""))
    found = bench_whisper.weights_of("base", env)
    assert found is not None and (found.name, found.path) == ("whisper:base", tmp_path / "base.pt")


def test_whisper_runs_on_the_processor_while_it_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv("LABBENCH_DEVICE", "cuda")
    with bench_whisper._on_the_processor():
        assert os.environ["LABBENCH_DEVICE"] == "cpu"
    assert os.environ["LABBENCH_DEVICE"] == "cuda"
    monkeypatch.delenv("LABBENCH_DEVICE")
    with bench_whisper._on_the_processor():
        assert os.environ["LABBENCH_DEVICE"] == "cpu"
    assert "LABBENCH_DEVICE" not in os.environ


def test_our_side_is_the_engine_as_it_is_used(clip: Clip) -> None:
    asked: list[Options] = []

    class Host(TellingHost):
        def transcribe(self, samples: Any, options: Options, *rest: Any) -> Any:  # type: ignore[override]
            asked.append(options)
            return super().transcribe(samples, options, *rest)

    side = OurSide(Host(), Options(precision="exact"))
    assert side.read(clip).text == LINE and side.read(clip, word_times=False).seconds >= 0
    assert [(one.word_times, one.precision) for one in asked] == [(True, "exact"), (False, "exact")]
