"""The command line: real models on the bundled clips, and every kind of bad input in one sentence."""

from __future__ import annotations

import argparse
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
import wave
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from small_whisper import ENGINE, SPOKEN

from labbench import cli
from labbench.commands import console, sound
from labbench.core import paths
from labbench.models import hosting
from labbench.testing.shared_hosts import SharedHost

CLIPS = paths.assets() / "clips"
DIGITS = SPOKEN / "digits_short.flac"
SPEECH = CLIPS / "speech_short.flac"
TAKES = sorted((CLIPS / "takes").glob("computer_*.flac"))
CHOICE = "Engine: "


def run(*words: str | Path) -> int:
    return cli.main([str(word) for word in words])


def program(*words: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "labbench", *(str(word) for word in words)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=env, timeout=60)


def complaints(err: str) -> list[str]:
    """The lines of standard error, without the one that names the engine."""
    return [line for line in err.splitlines() if not line.startswith(CHOICE)]


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer without downloads, so that Moonshine is the default."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LABBENCH_HOME", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.delenv("LABBENCH_MODELS", raising=False)
    return folder


@pytest.fixture
def kept_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines are loaded once in this process, where the command line starts one for each command."""
    monkeypatch.setattr(hosting, "HostProcess", SharedHost)


@pytest.fixture(scope="module")
def words_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("words") / "words.json"
    assert run("enroll", "computer", *TAKES, "--out", path) == 0
    return path


@pytest.fixture(scope="module")
def state_dict(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of some other model, made elsewhere: this process does without torch."""
    path = tmp_path_factory.mktemp("other") / "other.pt"
    code = "import sys, torch; torch.save({'layer.weight': torch.zeros(2, 2)}, sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, timeout=60)
    return path


def write_wav(path: Path, samples: np.ndarray, rate: int = 16_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return path


# Starting -----------------------------------------------------------------------------------------------------------


def test_help_needs_nothing_heavy():
    code = (
        "import sys; from labbench import cli; cli.build_parser().format_help(); "
        "print([name for name in ('numpy', 'torch', 'onnxruntime', 'PySide6') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_wrong_usage_exits_with_2(capsys):
    for words in (["nonsense"], ["record"], ["record", "--session", "x", "--seconds", "-1"], ["transcribe"]):
        with pytest.raises(SystemExit) as stop:
            run(*words)
        assert stop.value.code == 2
    assert capsys.readouterr().out == ""


@pytest.fixture
def app(monkeypatch):
    """Stands in for the window and the tour; holds what they were called with."""
    calls = []
    fake = SimpleNamespace(run=lambda *arguments: calls.append(arguments) or 7)
    monkeypatch.setitem(sys.modules, "labbench.app", fake)
    tour = SimpleNamespace(run=lambda folder, progress: progress("One picture") or calls.append(folder) or 0)
    monkeypatch.setitem(sys.modules, "labbench.measure.tour", tour)
    return calls


def test_the_window_opens_without_a_command(app, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert run() == 7
    assert run("--source", DIGITS, "--engine", "moonshine") == 7
    assert run("gui", "--source", "device") == 7
    assert run("gui", DIGITS, SPEECH) == 7
    (nothing, file, device, files) = app
    assert nothing == (None, None, [])
    assert files == (None, None, [DIGITS, SPEECH])
    assert (file[0].path, file[1]) == (DIGITS, "moonshine")
    assert device[0].device is None


def test_without_a_display_the_tour_is_drawn(app, home, monkeypatch, capsys):
    monkeypatch.setattr("labbench.live.display.has_display", lambda platform, env: False)
    assert run() == 0
    assert app == [home / "tour"]
    told = capsys.readouterr()
    assert "no display" in told.err.splitlines()[0]
    assert str(home / "tour") in told.out


def test_measurements_are_passed_on(monkeypatch, capsys):
    calls = []
    bench = SimpleNamespace(
        run=lambda what, as_json, **more: calls.append((what, as_json, more)) or 3,
        METHODS={"spot": "Feeds a clip hop by hop."},
    )
    monkeypatch.setitem(sys.modules, "labbench.measure.bench", bench)
    monkeypatch.setitem(sys.modules, "labbench.measure.doctor", SimpleNamespace(run=lambda: 4))
    assert run("bench", "spot", "--json") == 3
    assert run("doctor") == 4
    assert run("bench", "whisper", "--peer", "python") == 3
    assert calls == [("spot", True, {}), ("whisper", False, {"peer": "python"})]
    with pytest.raises(SystemExit):
        run("bench", "spot", "--help")
    assert "Feeds a clip hop by hop." in capsys.readouterr().out


def test_what_looks_like_a_file_is_no_device():
    assert sound.source_spec("missing.wav").path == Path("missing.wav")
    assert sound.source_spec("folder/clip").path == Path("folder/clip")
    assert sound.source_spec("USB Audio 2.0").device == "USB Audio 2.0"
    assert sound.source_spec("device").device is None


# Transcribing -------------------------------------------------------------------------------------------------------


def test_digits_exactly_with_nothing_else_on_standard_output():
    done = program("transcribe", DIGITS, "--engine", ENGINE, "--temperature", "0")
    assert (done.stdout, done.stderr, done.returncode) == ("two eight five nine\n", "", 0)


def test_moonshine_is_the_default_and_says_why(capfd):
    assert run("transcribe", SPEECH) == 0
    told = capfd.readouterr()
    assert told.out == "The quick train to the coast leaves at noon.\n"
    assert told.err.startswith(f"{CHOICE}Moonshine") and told.err.count("\n") == 1


@pytest.mark.usefixtures("kept_engines")
def test_an_engine_that_knows_english_only_says_that_it_does_not_translate(capfd):
    assert run("transcribe", SPEECH, SPEECH, "--engine", "moonshine", "--task", "translate") == 0
    assert capfd.readouterr().err.count("knows English only, so nothing is translated") == 1


@pytest.mark.usefixtures("kept_engines")
def test_several_files_in_every_format_and_one_that_is_missing(capfd, tmp_path):
    missing = tmp_path / "missing.wav"
    given = ["transcribe", "--engine", "moonshine", SPEECH, missing, DIGITS]
    written = {}
    for kind in ("txt", "json", "srt", "vtt"):
        assert run(*given, "--format", kind) == 2
        told = capfd.readouterr()
        assert told.err.splitlines() == [f"labbench: There is no file {missing}. Check the name and the folder."]
        written[kind] = told.out
    listed = json.loads(written["json"])
    assert [Path(item["file"]).name for item in listed] == ["speech_short.flac", "digits_short.flac"]
    assert listed[0]["text"] == "The quick train to the coast leaves at noon."
    assert written["txt"].startswith(f"{SPEECH}\nThe quick train to the coast leaves at noon.\n\n{SPOKEN}")
    assert written["srt"].startswith(f"{SPEECH}\n\n1\n00:00:0")
    assert written["vtt"].startswith(f"WEBVTT\n\nNOTE {SPEECH}\n\n00:0") and written["vtt"].count("WEBVTT") == 1


@pytest.mark.usefixtures("kept_engines")
def test_one_file_as_json_is_an_object(capfd):
    assert run("transcribe", SPEECH, "--engine", "moonshine", "--format", "json", "--language", "en") == 0
    assert json.loads(capfd.readouterr().out)["language"] == "en"


@pytest.mark.usefixtures("kept_engines")
def test_a_truncated_file_is_transcribed_as_far_as_it_goes(capfd, tmp_path):
    samples, rate = soundfile.read(SPEECH, dtype="int16")
    path = write_wav(tmp_path / "cut.wav", samples, rate)
    os.truncate(path, 44 + len(samples))  # half of it
    assert run("transcribe", path, "--engine", "moonshine") == 2
    told = capfd.readouterr()
    assert told.out.startswith("The quick train")
    assert told.err == (
        "labbench: cut.wav is cut short: 1.3 s of it could be read. Copy it again from where it came.\n"
    )


@pytest.mark.usefixtures("kept_engines")
def test_lines_of_subtitles(capfd):
    command = ["transcribe", SPEECH, "--engine", "moonshine", "--format", "srt", "--language", "English"]
    assert run(*command, "--max_line_width", "20", "--max_line_count", "1") == 0
    texts = [block.split("\n")[2] for block in capfd.readouterr().out.strip().split("\n\n")]
    assert len(texts) > 2 and all(len(text) <= 20 for text in texts)
    assert " ".join(texts) == "The quick train to the coast leaves at noon."
    assert run(*command, "--highlight_words", "yes") == 0
    assert "<u>quick</u>" in capfd.readouterr().out


def test_lines_of_subtitles_need_subtitles(capfd):
    command = ["transcribe", SPEECH, "--engine", "moonshine", "--max_words_per_line", "3"]
    assert run(*command) == 2 and "--format srt" in capfd.readouterr().err
    assert run(*command, "--format", "vtt", "--word_timestamps", "no") == 2
    assert "times of words" in capfd.readouterr().err


def test_a_language_that_nobody_knows_is_one_sentence(capfd):
    assert run("transcribe", SPEECH, "--engine", "moonshine", "--language", "Klingon") == 2
    assert capfd.readouterr().err.startswith("labbench: Whisper knows no language 'Klingon'.")


@pytest.mark.usefixtures("kept_engines")
def test_silence_is_told(capfd):
    assert run("transcribe", CLIPS / "silence.flac", "--engine", "moonshine") == 0
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "silence.flac: no speech was heard in it.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="no signal to send to oneself")
def test_ctrl_c_ends_a_transcription(capfd, monkeypatch):
    from labbench.models.hosting import HostProcess

    load = HostProcess.load

    def interrupted(self, cancel):
        os.kill(os.getpid(), signal.SIGINT)
        return load(self, cancel)

    monkeypatch.setattr(HostProcess, "load", interrupted)
    before = signal.getsignal(signal.SIGINT)
    assert run("transcribe", SPEECH, "--engine", "moonshine") == 130
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "labbench: cancelled\n")
    assert signal.getsignal(signal.SIGINT) is before


class Malicious:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


def bad_sound(kind: str, folder: Path) -> Path:
    path = folder / f"{kind}.wav"
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "no audio":
        path.write_bytes(b"This is a letter, not a recording.\n" * 100)
    elif kind == "header only":
        write_wav(path, np.zeros(0))
    elif kind == "two\nlines":
        pass
    return path


@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "no audio", "header only", "two\nlines"])
def test_bad_sound_is_one_sentence(kind, capfd, tmp_path, words_file):
    capfd.readouterr()
    path = bad_sound(kind, tmp_path)
    out = tmp_path / "words.json"
    for words in (
        ["transcribe", path],
        ["detect", path, "--words", words_file],
        ["enroll", "computer", path, "--out", out],
    ):
        assert run(*words) == 2
        told = capfd.readouterr()
        assert told.out == "" and not out.exists()
        (line,) = complaints(told.err)
        assert line.startswith("labbench: ") and kind.replace("\n", " ") in line


@pytest.mark.parametrize(
    ("engine", "says"),
    [
        ("nonsense", "no engine 'nonsense'"),
        ("whisper:tiny", "not on this computer"),
        ("whisper:missing.pt", "no file missing.pt"),
    ],
)
def test_unknown_engine_is_one_sentence(engine, says, capfd):
    assert run("transcribe", SPEECH, "--engine", engine) == 2
    told = capfd.readouterr()
    (line,) = complaints(told.err)
    assert says in line and told.out == ""


def test_unknown_language_is_one_sentence(capfd):
    assert run("transcribe", SPEECH, "--engine", "moonshine", "--language", "de") == 2
    (line,) = complaints(capfd.readouterr().err)
    assert "does not know the language 'de'" in line


@pytest.mark.parametrize("kind", ["random", "malicious", "other"])
def test_a_checkpoint_that_is_not_whispers_is_one_sentence(kind, capfd, tmp_path, request):
    path, marker = tmp_path / "model.pt", tmp_path / "marker"
    if kind == "random":
        path.write_bytes(np.random.default_rng(1).bytes(10_000))
    elif kind == "malicious":
        path.write_bytes(pickle.dumps({"dims": {}, "model_state_dict": Malicious(marker)}, protocol=2))
    else:
        shutil.copy(request.getfixturevalue("state_dict"), path)
    assert run("transcribe", SPEECH, "--engine", f"whisper:{path}") == 2
    told = capfd.readouterr()
    (line,) = complaints(told.err)
    assert "model.pt is not a Whisper checkpoint" in line and told.out == ""
    assert not marker.exists()


# Wake words ---------------------------------------------------------------------------------------------------------


def test_taught_words_are_found_where_they_were_spoken(words_file, capsys):
    capsys.readouterr()
    assert run("detect", CLIPS / "demo.flac", "--words", words_file, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    (words,) = [clip["words"] for clip in json.loads((CLIPS / "clips.json").read_text()) if clip["file"] == "demo.flac"]
    listed = [word for word in words if word["word"] == "computer"]
    near = [word for word in listed if any(abs(word["start_s"] - hit["start_s"]) < 0.4 for hit in found)]
    assert len(found) == len(near) == len(listed) == 3
    assert all(hit["word"] == "computer" and hit["distance"] < hit["threshold"] for hit in found)


def test_nothing_is_found_where_nothing_was_spoken(words_file, capsys):
    capsys.readouterr()
    path = CLIPS / "sentences_without.flac"
    assert run("detect", path, "--words", words_file, "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_another_word_joins_and_the_same_word_is_replaced(words_file, tmp_path, capsys):
    from labbench.session.words_file import load_words

    path = Path(shutil.copy(words_file, tmp_path / "words.json"))
    assert run("enroll", "jarvis", *sorted((CLIPS / "takes").glob("jarvis_*.flac"))[:2], "--out", path) == 0
    assert run("enroll", "Computer", TAKES[0], CLIPS / "silence.flac", tmp_path / "no.wav", "--out", path) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "silence.flac: Nothing heard: speak a little louder or nearer. Not used." in told.err
    assert "Computer: 1 take, threshold " in told.err and "false accepts per hour" in told.err
    words = load_words(path).words
    assert [(word.name, len(word.takes)) for word in words] == [("Computer", 1), ("jarvis", 2)]


def test_a_room_sets_thresholds_and_joins_the_noise_of_all_words(words_file, tmp_path, capsys):
    from labbench.session.labword_file import save_labword
    from labbench.session.words_file import load_words

    path = Path(shutil.copy(words_file, tmp_path / "words.json"))
    (before,) = load_words(path).words
    fan = np.random.default_rng(1).normal(0, 600, 12 * 16_000).astype(np.int16)
    room = write_wav(tmp_path / "fan.wav", fan)
    jarvis = sorted((CLIPS / "takes").glob("jarvis_*.flac"))[:2]
    assert run("enroll", "jarvis", *jarvis, "--out", path, "--room", room) == 0
    told = capsys.readouterr().err
    assert "The room: 12 s at -35 dBFS." in told and "other people's speech or this room" in told
    content = load_words(path)
    assert content.room is not None and content.room.seconds == 12
    for word in content.words:
        assert {len(template.room) for template in word.templates} == {11}
    save_labword(tmp_path / "c.labword", before, content.embedder, content.checksum)
    assert run("words", "import", tmp_path / "c.labword", "--into", path) == 0
    computer, _, again = load_words(path).words
    assert [template.room.tolist() for template in again.templates] == [one.room.tolist() for one in computer.templates]
    assert run("enroll", "jarvis", *jarvis, "--out", path, "--no-room") == 0
    forgotten = load_words(path)
    assert forgotten.room is None
    for one, other in zip(forgotten.words[0].templates, before.templates, strict=True):
        assert np.array_equal(one.frames, other.frames) and not len(one.room)
    assert run("enroll", "jarvis", *jarvis, "--out", path, "--room", jarvis[0]) == 2
    assert "1 s are too short to know a room by." in capsys.readouterr().err


def test_without_a_usable_take_nothing_is_written(tmp_path, capsys):
    out = tmp_path / "words.json"
    assert run("enroll", "computer", CLIPS / "silence.flac", SPOKEN / "digits.flac", "--out", out) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("labbench: None of the clips can be used")
    assert not out.exists()


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("missing", "no file"),
        ("no JSON", "damaged"),
        ("half", "damaged"),
        ("not base64", "damaged"),
        ("version", "version 99"),
        ("embedder", "made with another model"),
        ("no words", "no word that can be used"),
    ],
)
def test_bad_words_are_one_sentence_and_stay(kind, says, words_file, tmp_path, capsys):
    text = words_file.read_text(encoding="utf-8")
    content = json.loads(text)
    if kind == "version":
        content["version"] = 99
    elif kind == "embedder":
        content["checksum"] = "0" * 64
    elif kind == "no words":
        content["words"] = []
    elif kind == "not base64":
        content["words"][0]["takes"][0]["sound"] = "?"
    text = {"no JSON": "hello", "half": text[: len(text) // 2]}.get(kind, json.dumps(content))
    path = tmp_path / "words.json"
    if kind != "missing":
        path.write_text(text, encoding="utf-8")
    commands = [["detect", DIGITS, "--words", path]]
    if kind not in ("missing", "no words"):
        commands.append(["enroll", "jarvis", TAKES[0], "--out", path])
    capsys.readouterr()
    for words in commands:
        assert run(*words) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("labbench: ") and says in line
    assert kind == "missing" or path.read_text(encoding="utf-8") == text


# Recording ----------------------------------------------------------------------------------------------------------


def test_a_file_is_recorded_exactly(tmp_path):
    samples = np.random.default_rng(2).integers(-32768, 32768, 11_025).astype(np.int16)
    source = write_wav(tmp_path / "source.wav", samples, 22_050)
    done = program("record", "--source", source, "--session", tmp_path / "session")
    path = Path(done.stdout.removesuffix("\n"))
    assert (done.returncode, done.stderr) == (0, "")
    assert path == tmp_path / "session" / "recordings" / "0001.wav"
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels()) == (22_050, 1)
        assert np.array_equal(np.frombuffer(file.readframes(-1), "<i2"), samples)
    assert json.loads(path.with_suffix(".json").read_text())["frames"] == len(samples)


@pytest.mark.parametrize("end", ["seconds", "Ctrl-C"])
def test_a_recording_ends_in_good_order_before_its_source_does(end, tmp_path, capfd):
    words = ["record", "--source", DIGITS, "--session", tmp_path]
    if end == "seconds":
        assert run(*words, "--seconds", "0.3") == 0
    elif sys.platform == "win32":
        pytest.skip("no signal to send to oneself")
    else:
        path = tmp_path / "recordings" / "0001.wav"
        watcher = threading.Thread(target=interrupt_when_recording, args=(path,))
        watcher.start()
        assert run(*words) == 0
        watcher.join()
    told = capfd.readouterr()
    assert told.err == ""
    with wave.open(told.out.strip()) as file:
        assert 0.1 < file.getnframes() / file.getframerate() < 2.5
    assert run("recover", tmp_path) == 0
    assert capfd.readouterr().out == ""


def interrupt_when_recording(path: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and not (path.exists() and path.stat().st_size > 10_000):
        threading.Event().wait(0.02)
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("kind", ["missing", "folder", "no audio"])
def test_a_source_that_cannot_be_opened_leaves_nothing(kind, tmp_path, capfd):
    session = tmp_path / "session"
    assert run("record", "--source", bad_sound(kind, tmp_path), "--session", session) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("labbench: ") and kind in line
    assert not session.exists()


def test_no_device_is_one_sentence(tmp_path, capfd, monkeypatch):
    from labbench.live import ear_process
    from labbench.testing.silence import silent_equipment

    monkeypatch.setattr(ear_process, "EarProcess", lambda: ear_process.EarInProcess(silent_equipment()))
    assert run("record", "--session", tmp_path / "session") == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert "No microphone was found" in line
    assert not (tmp_path / "session").exists()


def test_a_killed_recording_is_recovered(tmp_path, capsys):
    samples = np.arange(8_000, dtype=np.int16)
    folder = tmp_path / "one" / "recordings"
    folder.mkdir(parents=True)
    path = write_wav(folder / "0001.wav", samples)
    content = bytearray(path.read_bytes())
    content[4:8], content[40:44] = (36).to_bytes(4, "little"), bytes(4)  # the lengths of a file just begun
    path.write_bytes(content)
    (folder / "0002.wav").write_bytes(b"RIFF")
    assert run("recover", tmp_path) == 2
    told = capsys.readouterr()
    assert told.out == f"{path}\t0.5 s\n"
    (line,) = told.err.splitlines()
    assert "0002.wav holds no sound" in line
    with wave.open(str(path)) as file:
        assert np.array_equal(np.frombuffer(file.readframes(-1), "<i2"), samples)


def test_nothing_to_recover(tmp_path, capsys):
    assert run("recover", tmp_path) == 0
    assert capsys.readouterr().err.startswith("There are no interrupted recordings")
    assert run("recover", tmp_path / "missing") == 2


# Writing ------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise there")
def test_a_reader_that_leaves_is_no_failure(tmp_path):
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "labbench", "transcribe", str(SPEECH), "--engine", "moonshine"]
    with os.fdopen(write, "wb") as pipe:
        done = subprocess.run(command, stdout=pipe, stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_names_in_any_script_are_printed_whatever_the_console():
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = program("recover", "Aufnahmen für 語", env=env)
    assert "Aufnahmen für 語" in done.stderr and done.returncode == 2


def test_the_status_line_is_replaced_and_cleared(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    now = iter([0.0, 1.0, 1.05, 2.0])
    line = console.StatusLine(lambda: next(now))
    for text in ("a long line", "too soon", "short"):
        line.show(text)
    line.clear()
    assert capsys.readouterr().err == "\ra long line\rshort      \r     \r"


# Checking, channels, opening ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("clip", "status", "words"), [("demo.flac", 0, "works"), ("silence.flac", 2, "zeros")])
def test_check_says_whether_a_source_hears(clip, status, words, capsys):
    assert run("check", "--source", CLIPS / clip) == status
    told = capsys.readouterr()
    assert words in told.out and "dBFS" in told.out and "Speak" in told.err


def test_a_channel_of_choice_is_heard(tmp_path, capsys, words_file):
    speech, rate = soundfile.read(CLIPS / "sentences_with.flac", dtype="float32")
    both = np.stack([np.zeros_like(speech), speech], axis=1)
    soundfile.write(tmp_path / "both.wav", both, rate)
    found = []
    for channel in ("1", "2"):
        assert run("detect", tmp_path / "both.wav", "--words", words_file, "--json", "--channel", channel) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert not found[0] and found[1]
    assert run("detect", tmp_path / "both.wav", "--words", words_file, "--channel", "3") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_file_that_is_not_there_is_said_before_the_window_opens(tmp_path, capsys):
    assert run("gui", tmp_path / "none.wav") == 2
    assert "There is no file" in capsys.readouterr().err


def test_a_file_alone_means_the_window(tmp_path):
    from labbench.cli import _with_default

    path = tmp_path / "clip.wav"
    path.write_bytes(b"x")
    assert _with_default([str(path)]) == ["gui", str(path)]
    assert _with_default(["transcribe", str(path)]) == ["transcribe", str(path)]
    assert _with_default([str(tmp_path / "none.wav")]) == [str(tmp_path / "none.wav")]


@pytest.mark.usefixtures("kept_engines")
def test_the_list_of_the_class_holds_on_the_command_line_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "class.txt"
    listed.write_text("five\n", encoding="utf-8")
    monkeypatch.setenv("LABBENCH_BLOCKLIST", str(listed))
    assert run("transcribe", "--engine", ENGINE, DIGITS) == 0
    told = capsys.readouterr().out
    assert "eight" in told and "five" not in told
    assert run("compare", "--engine", ENGINE, DIGITS) == 0
    assert "five" not in capsys.readouterr().out
    listed.unlink()
    assert run("transcribe", "--engine", ENGINE, DIGITS) == 2
    told = capsys.readouterr()
    assert told.out == "" and "class.txt" in told.err


def test_every_command_is_found_in_its_module() -> None:
    def names(parser: argparse.ArgumentParser) -> set[str]:
        (found,) = (set(action.choices) for action in parser._actions if isinstance(action.choices, dict))
        return found

    assert names(cli.build_parser()) == {name for names in cli.COMMANDS.values() for name in names}
    for known in cli.COMMANDS.values():
        for name in known:
            assert names(cli.build_parser(name)) == set(known)
