"""A transcription server as engine, against a real server on this computer that behaves, and that does not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from transcription_server import Asked, Conduct, TranscriptionServer, verbose

from labbench import cli
from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken, Progress, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.models import engines, remote_client
from labbench.models.engines import EngineSpec
from labbench.models.hosting import HostInProcess, HostProcess
from labbench.models.remote_sound import PIECE_SECONDS, piece_end
from labbench.transcript.engine import Options, Partial
from labbench.transcript.guard import BlockList
from labbench.transcript.types import Transcript

SECRET = "sk-very-secret"


@pytest.fixture(scope="module")
def server() -> Iterator[TranscriptionServer]:
    with TranscriptionServer() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def conduct(server: TranscriptionServer) -> Conduct:
    server.conduct = Conduct()
    return server.conduct


@pytest.fixture
def spec(server: TranscriptionServer) -> EngineSpec:
    return engines.remote(server.address)


def sound(seconds: float) -> np.ndarray:
    return (np.random.default_rng(3).standard_normal(round(seconds * MODEL_RATE)) * 0.1).astype(np.float32)


UNGATED = Options(voice_gate=False)
"""The sounds here are no speech."""


def heard(spec: EngineSpec, seconds: float = 4.0, options: Options | None = None) -> Transcript:
    return HostInProcess(spec).transcribe(sound(seconds), options or UNGATED, ignore_progress, CancelToken())


def test_words_segments_and_what_is_asked(conduct: Conduct, spec: EngineSpec) -> None:
    conduct.key = SECRET
    found = heard(replace(spec, key=SECRET), 4.0, Options(voice_gate=False, initial_prompt="Names: Ada."))
    assert found.text == "w0 w1 w2 w3"
    assert [(word.text, word.start, word.exact) for word in found.words] == [
        (f"w{at}", float(at), True) for at in range(4)
    ]
    assert (found.language, found.heard, found.engine) == ("en", None, "Server 127.0.0.1")
    assert found.segments[0].average_log_probability == -0.25
    (asked,) = conduct.asked
    assert asked.path == "/base/v1/audio/transcriptions"
    assert asked.key == f"Bearer {SECRET}"
    assert asked.fields == [
        ("model", "openai/whisper-small"),
        ("prompt", "Names: Ada."),
        ("temperature", "0.0"),
        ("response_format", "verbose_json"),
        ("timestamp_granularities[]", "word"),
        ("timestamp_granularities[]", "segment"),
    ]
    assert np.abs(asked.samples / 32767 - sound(4.0)).max() < 1e-4


def test_a_language_a_model_and_a_translation(conduct: Conduct, spec: EngineSpec) -> None:
    heard(replace(spec, model="other"), options=Options("de", voice_gate=False))
    heard(replace(spec, model="other"), options=Options("de", voice_gate=False, task="translate"))
    first, second = conduct.asked
    assert (first.get("model"), first.get("language")) == ("other", "de")
    assert (second.path, second.get("language")) == ("/base/v1/audio/translations", None)


def test_a_model_that_is_not_listed_is_said(conduct: Conduct, spec: EngineSpec) -> None:
    info = HostInProcess(replace(spec, model="mine")).info
    assert info is not None
    assert info.notice == "127.0.0.1 does not list mine. It lists other, openai/whisper-small."
    assert info.device == "127.0.0.1: mine"


@pytest.mark.parametrize("models", [{}, {"data": []}, {"data": [7, {"id": 3}]}, [], {"data": "x"}])
def test_a_server_without_models(conduct: Conduct, spec: EngineSpec, models: Any) -> None:
    conduct.models = models
    with pytest.raises(LabBenchError, match="does not say which models"):
        HostInProcess(spec)
    assert heard(replace(spec, model="mine")).text


def test_a_server_without_a_list(conduct: Conduct, spec: EngineSpec) -> None:
    conduct.models_status = 404
    with pytest.raises(LabBenchError, match="Enter the model's name"):
        HostInProcess(spec)
    assert heard(replace(spec, model="mine")).text


@pytest.mark.parametrize(
    ("change", "exact"),
    [
        ({"words": None}, False),
        ({"segments": None}, True),
        ({"words": None, "segments": []}, False),
        ({"language": None}, True),
        ({"words": [{"word": "w0", "start": -5, "end": "x"}, 7, None]}, False),
        ({"segments": [{"start": 1e300, "end": 0, "text": "w0"}]}, True),
        ({"segments": [{"start": 0, "end": 4, "text": "quite another text"}]}, True),
    ],
)
def test_servers_that_send_less(conduct: Conduct, spec: EngineSpec, change: dict[str, Any], exact: bool) -> None:
    conduct.answer = lambda asked: verbose(asked) | change
    found = heard(spec)
    assert found.text == "w0 w1 w2 w3"
    assert [word.text for word in found.words] == ["w0", "w1", "w2", "w3"]
    assert {word.exact for word in found.words} == {exact}
    starts = [word.start for word in found.words]
    assert starts == sorted(starts) and starts[0] >= 0 and found.words[-1].end <= 4.0


def test_a_server_that_knows_text_only(conduct: Conduct, spec: EngineSpec) -> None:
    conduct.knows_times = False
    conduct.answer = lambda asked: {"text": "one two"}
    host = HostInProcess(spec)
    for _ in range(2):
        found = host.transcribe(sound(2.0), UNGATED, ignore_progress, CancelToken())
        assert [(word.text, word.start, word.exact) for word in found.words] == [
            ("one", 0.0, False),
            ("two", 1.0, False),
        ]
    # It was asked for more once, not each time.
    assert [asked.get("response_format") for asked in conduct.asked] == ["verbose_json", "json", "json"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": 404}, "does not know this address or model"),
        ({"status": 413}, "no sound of this length"),
        ({"status": 429}, "too much to do"),
        ({"status": 500}, "out of order"),
        ({"status": 503}, "out of order"),
        ({"status": 400}, r"refused the request \(HTTP 400: so it is\)"),
        ({"status": 418}, "unknown kind"),
        ({"status": 302, "location": "http://127.0.0.1:9/elsewhere"}, "another address, where nothing is sent"),
        ({"raw": b"<html>"}, "something else than a transcript"),
        ({"raw": b"[" * 100_000}, "something else than a transcript"),
        ({"raw": b"[]"}, "without a text"),
        ({"raw": b'{"text": 3}'}, "without a text"),
        ({"raw": b"\xff\xfe"}, "something else than a transcript"),
        ({"cut": True}, "broke off"),
        ({"endless": True}, "answers without end"),
    ],
)
def test_each_failure_is_a_sentence(
    conduct: Conduct, spec: EngineSpec, change: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = HostInProcess(replace(spec, key=SECRET))
    monkeypatch.setattr(remote_client, "MOST_ANSWER_BYTES", 1 << 20)
    for name, value in change.items():
        setattr(conduct, name, value)
    with pytest.raises(LabBenchError, match=words) as caught:
        host.transcribe(sound(1.0), UNGATED, ignore_progress, CancelToken())
    assert caught.value.hint
    assert SECRET not in str(caught.value)


def test_the_key_is_in_no_text(conduct: Conduct, spec: EngineSpec) -> None:
    conduct.key = "another"
    secret = replace(spec, key=SECRET)
    with pytest.raises(LabBenchError, match="does not accept the key") as caught:
        HostInProcess(secret)
    texts = [repr(secret), str(secret), str(caught.value), repr(caught.value), secret.details, secret.name]
    assert not any(SECRET in text for text in texts)
    with pytest.raises(LabBenchError, match="wants a key"):
        HostInProcess(spec)


def test_netrc_is_not_asked_for_a_key(
    conduct: Conduct, spec: EngineSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password mine")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(remote_client, "is_loopback", lambda host: False)  # where the environment is not looked at
    heard(spec)
    assert conduct.asked[0].key is None


def test_a_server_that_quotes_the_key(conduct: Conduct, spec: EngineSpec) -> None:
    host = HostInProcess(replace(spec, key=SECRET))
    conduct.status, conduct.said = 400, f"{SECRET} is not enough"
    with pytest.raises(LabBenchError, match=r"refused the request \(HTTP 400\)") as caught:
        host.transcribe(sound(1.0), UNGATED, ignore_progress, CancelToken())
    assert SECRET not in str(caught.value)


def test_nobody_there() -> None:
    with TranscriptionServer() as closed:
        address = closed.address
    with pytest.raises(LabBenchError, match=r"no connection to 127\.0\.0\.1"):
        HostInProcess(engines.remote(address))


def test_a_server_that_does_not_answer(conduct: Conduct, spec: EngineSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    host = HostInProcess(spec)
    monkeypatch.setattr("labbench.models.remote_engine.LEAST_SECONDS", 0.2)
    monkeypatch.setattr("labbench.models.remote_engine.SECONDS_PER_SECOND", 0.0)
    conduct.hold = threading.Event()
    try:
        with pytest.raises(LabBenchError, match="has not answered"):
            host.transcribe(sound(1.0), UNGATED, ignore_progress, CancelToken())
    finally:
        conduct.hold.set()


def test_cancel_while_the_server_thinks(conduct: Conduct, spec: EngineSpec) -> None:
    host = HostInProcess(spec)
    conduct.hold = threading.Event()
    cancel = CancelToken()
    try:
        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(host.transcribe, sound(1.0), UNGATED, ignore_progress, cancel)
            assert conduct.arrived.wait(10)
            began = time.monotonic()
            cancel.cancel()
            with pytest.raises(Cancelled):
                job.result(timeout=5)
            assert time.monotonic() - began < 1.0
    finally:
        conduct.hold.set()


def test_long_sound_goes_in_pieces_and_goes_on_where_it_stopped(conduct: Conduct, spec: EngineSpec) -> None:
    samples = sound(300.0)
    quiet = [100.0, 205.0]
    for at in quiet:
        samples[round(at * MODEL_RATE) : round((at + 0.5) * MODEL_RATE)] = 0.0
    host = HostInProcess(spec)
    seen: list[Progress] = []
    cancel = CancelToken()

    def stop(progress: Progress) -> None:
        seen.append(progress)
        if isinstance(progress, Partial):
            cancel.cancel()

    with pytest.raises(Cancelled):
        host.transcribe(samples, UNGATED, stop, cancel)
    last = seen[-1]
    assert isinstance(last, Partial) and last.transcript is not None
    stopped = last.transcript
    assert stopped.heard == last.done == pytest.approx(100.25, abs=0.26) and last.total == 300.0
    assert seen[0].note == "Sending to 127.0.0.1"
    whole = host.transcribe(samples, UNGATED, seen.append, CancelToken(), stopped)
    assert whole.segments[: len(stopped.segments)] == stopped.segments
    lengths = [len(asked.samples) / MODEL_RATE for asked in conduct.asked]
    assert len(lengths) == 3 and sum(lengths) == 300.0 and max(lengths) <= PIECE_SECONDS
    assert lengths[1] == pytest.approx(105.0, abs=0.5)
    # The language that the first answer named goes with the later ones, and the text before them as prompt.
    assert [asked.get("language") for asked in conduct.asked] == [None, "en", "en"]
    assert conduct.asked[1].get("prompt") == stopped.text[-200:].strip()
    starts = [word.start for word in whole.words]
    assert starts == sorted(starts) and starts[-1] > 290.0 and whole.heard is None
    assert {word.text for word in whole.words if 100.5 < word.start < 101.5} <= {"w0", "w1"}


def test_a_piece_ends_in_the_middle_of_the_quietest_place() -> None:
    samples = sound(130.0)
    samples[round(95.0 * MODEL_RATE) : round(95.3 * MODEL_RATE)] = 0.0
    samples[round(110.0 * MODEL_RATE) : round(110.1 * MODEL_RATE)] = 0.0  # too short for a pause
    assert piece_end(samples, 0) / MODEL_RATE == pytest.approx(95.15, abs=0.02)
    assert piece_end(samples, 20 * MODEL_RATE) == len(samples)
    assert piece_end(np.zeros(130 * MODEL_RATE, np.float32), 0) / MODEL_RATE > 119.0


def test_hardly_any_sound_asks_nothing(conduct: Conduct, spec: EngineSpec) -> None:
    for seconds in (0.0, 0.05):
        found = heard(spec, seconds)
        assert (found.segments, found.language) == ((), "en")
    assert conduct.asked == []


def test_the_block_list_holds(conduct: Conduct, spec: EngineSpec) -> None:
    found = heard(spec, options=Options(voice_gate=False, blocked=BlockList(("w1 w2",))))
    assert "w1" not in found.text and "w2" not in found.text and found.scrubbed == 1
    assert not {"w1", "w2"} & {word.text for word in found.words}


def test_running_sound(conduct: Conduct, spec: EngineSpec) -> None:
    with HostInProcess(spec).stream(UNGATED, CancelToken()) as stream:
        texts = [stream.push(sound(0.5)) for _ in range(8)]
        last = stream.finish()
    assert texts[-1].settled and all(len(a.settled) <= len(b.settled) for a, b in pairwise(texts))
    assert last.settled == "w0 w1 w2 w3" and last.provisional == "" and last.heard == 4.0


def test_a_slow_server_is_asked_less_often(conduct: Conduct, spec: EngineSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(0, 1000, 1))
    monkeypatch.setattr("labbench.models.remote_engine.time.perf_counter", lambda: float(next(seconds)))
    with HostInProcess(spec).stream(UNGATED, CancelToken()) as stream:
        for _ in range(12):
            stream.push(sound(0.5))
    # The first after half a second; each took one second, so the next come two seconds of sound later.
    assert [len(asked.samples) / MODEL_RATE for asked in conduct.asked] == [0.5, 2.5, 4.5]


@pytest.mark.shares_process
def test_in_a_process_of_its_own(conduct: Conduct, spec: EngineSpec) -> None:
    host = HostProcess(spec)
    try:
        assert host.load(CancelToken()).device == "127.0.0.1: openai/whisper-small"
        conduct.hold = threading.Event()
        cancel = CancelToken()
        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(host.transcribe, sound(1.0), UNGATED, ignore_progress, cancel)
            assert conduct.arrived.wait(30)
            pid = host.pid
            cancel.cancel()
            with pytest.raises(Cancelled):
                job.result(timeout=1.5)
        conduct.hold.set()
        conduct.hold = None
        assert host.transcribe(sound(3.0), UNGATED, ignore_progress, CancelToken()).text == "w0 w1 w2"
        assert host.pid == pid
    finally:
        host.close()


def test_from_the_command_line(
    conduct: Conduct,
    server: TranscriptionServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LABBENCH_REMOTE_KEY", SECRET)
    conduct.key = SECRET
    soundfile.write(tmp_path / "a.wav", sound(3.0), MODEL_RATE)
    command = ["transcribe", str(tmp_path / "a.wav"), "--engine", f"remote:{server.address}", "--format", "json"]
    command += ["--voice_gate", "no"]
    assert cli.main([*command, "--model", "other"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["text"].split() == ["w0", "w1", "w2"]
    assert "The sound leaves this computer: it is sent to 127.0.0.1." in err and SECRET not in out + err
    assert conduct.asked[0].get("model") == "other"
    monkeypatch.setenv("LABBENCH_REMOTE_KEY", "wrong")
    assert cli.main(command) == 2
    assert "does not accept the key" in capsys.readouterr().err
    assert cli.main(["transcribe", "x.wav", "--engine", "moonshine", "--model", "other"]) == 2


def test_the_answer_of_a_language_without_spaces(conduct: Conduct, spec: EngineSpec) -> None:
    def answer(asked: Asked) -> Any:
        words = [{"word": word, "start": at, "end": at + 1} for at, word in enumerate("今天")]
        return {"text": "今天", "language": "chinese", "words": words}

    conduct.answer = answer
    found = heard(spec)
    assert (found.language, [word.glued for word in found.words]) == ("zh", [True, True])
