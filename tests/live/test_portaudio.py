"""Through real PortAudio: PulseAudio plays a clip into a null sink, and the ear hears that sink's monitor.

The ear's own playback goes into the same sink, so that its microphone hears its loudspeaker.
"""

import itertools
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from small_whisper import SPOKEN

from labbench.audio.devices import list_devices
from labbench.audio.files import read_clip
from labbench.audio.player import PlaySpec
from labbench.audio.ring import SharedRing
from labbench.audio.source import DeviceSpec
from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live import messages
from labbench.live.ear_process import EarProcess
from labbench.live.equipment import load_word_kit
from labbench.models.moonshine_files import moonshine_assets
from labbench.signal.resampling import resample
from labbench.wakeword.words import TaughtWord, model_of, with_take

ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="PulseAudio is a matter of Linux")
CLIP = SPOKEN / "digits_short.flac"
TAKES = assets() / "clips" / "takes"
HEARD_BYTES = 20_000
"""A recording of this size holds sound, not only its header."""
NEEDED = ("pulseaudio", "paplay", "pactl")


class Heard:
    """An ear, and all that it has told so far."""

    def __init__(self, ear: EarProcess) -> None:
        self.ear = ear
        self.events: list[messages.Event] = []

    def send(self, *commands: messages.Command) -> None:
        for command in commands:
            self.ear.send(command)

    def all_of(self, kind: type) -> list:
        self.events += self.ear.poll()
        return [event for event in self.events if isinstance(event, kind)]

    def wait(self, kind: type, count: int = 1) -> list:
        """Until so many of them have come."""
        assert wait_until(lambda: len(self.all_of(kind)) >= count, 20), self.events
        return self.all_of(kind)

    def open(self, record_to: Path | None = None) -> messages.Opened:
        """Open the monitor, and wait until sound arrives."""
        self.send(messages.Open(DeviceSpec("pulse"), record_to))
        (opened,) = self.wait(messages.Opened)
        self.wait_frames(opened.ring, opened.rate // 10)
        return opened

    def wait_frames(self, name: str, frames: int) -> None:
        ring = SharedRing.attach(name)
        try:
            assert wait_until(lambda: self.all_of(messages.Closed) or ring.written >= frames, 20), "no sound arrives"
        finally:
            ring.close()

    def close(self) -> messages.Closed:
        self.send(messages.Close())
        (closed,) = self.wait(messages.Closed)
        return closed

    def played(self) -> list[messages.Played]:
        """Wait for the end of what is played; all that was told of it."""
        assert wait_until(lambda: any(event.ended for event in self.all_of(messages.Played)), 20), self.events
        return self.all_of(messages.Played)


@pytest.fixture
def heard(pulse: object, qapp: object) -> Iterator[Heard]:
    ear = EarProcess()
    yield Heard(ear)
    ear.close()


@pytest.fixture
def pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """A PulseAudio of our own whose default source is the monitor of a null sink named mic."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    for name, value in (("XDG_RUNTIME_DIR", runtime), ("HOME", tmp_path), ("PULSE_SERVER", f"unix:{runtime}/native")):
        monkeypatch.setenv(name, str(value))
    command = ["pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "--use-pid-file=no"]
    command += ["-L", f"module-native-protocol-unix socket={runtime}/native auth-anonymous=1"]
    command += ["-L", "module-null-sink sink_name=mic rate=48000"]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        if not wait_until(lambda: pactl("set-default-source", "mic.monitor"), 10):
            pytest.skip("PulseAudio does not start here")
        try:
            found = [device.name for device in list_devices().inputs]
        except LabBenchError as error:
            pytest.skip(str(error))
        if "pulse" not in found:
            pytest.skip(f"PortAudio sees no PulseAudio (ALSA's plug-in is missing): {found}")
        yield server
    finally:
        server.terminate()
        server.wait(10)


def pactl(*words: str) -> bool:
    return subprocess.run(["pactl", *words], capture_output=True, check=False).returncode == 0


@ON_LINUX
def test_what_was_played_is_in_the_recording(heard: Heard, tmp_path: Path) -> None:
    """All of it, once, and up to its very end, although Stop comes as soon as that was played."""
    played, take = write_played(tmp_path), tmp_path / "take.wav"
    heard.open(take)
    subprocess.run(["paplay", "--device=mic", str(tmp_path / "played.wav")], check=True, timeout=30)
    closed = heard.close()
    assert closed.overruns == 0 and not closed.reason and not closed.interruptions
    assert_in_take(played, take, closed)


@ON_LINUX
def test_a_recording_begins_a_second_before_it_was_asked_for(heard: Heard, tmp_path: Path) -> None:
    played, take = write_played(tmp_path), tmp_path / "take.wav"
    opened = heard.open()
    heard.wait_frames(opened.ring, round(1.2 * opened.rate))
    ring = SharedRing.attach(opened.ring)
    player = subprocess.Popen(["paplay", "--device=mic", str(tmp_path / "played.wav")])
    try:
        first = ring.written

        def begun() -> int | None:
            loud = np.flatnonzero(np.abs(ring.read(first, ring.written)) > 0.01)
            return first + int(loud[0]) if len(loud) else None

        assert wait_until(lambda: begun() is not None, 20)
        heard.wait_frames(opened.ring, (begun() or 0) + opened.rate // 2)  # half a second has been said already
        heard.send(messages.Record(take))
        again = heard.wait(messages.Opened, 2)[1]
        assert again.record_to == take and again.first <= (begun() or 0)
        assert player.wait(30) == 0
    finally:
        player.kill()
        player.wait(10)
        ring.close()
    assert_in_take(played, take, heard.close())


@ON_LINUX
def test_what_the_bench_plays_is_heard_whole(heard: Heard, tmp_path: Path) -> None:
    played, rate = soundfile.read(CLIP, dtype="float32")
    take = tmp_path / "take.wav"
    heard.open(take)
    heard.send(messages.Play(1, PlaySpec(None, device="pulse", samples=played, rate=rate)))
    told = heard.played()
    positions = [event.position for event in told]
    assert positions == sorted(positions) and positions[-1] == len(played)
    assert [event.ended for event in told].count(True) == 1 and told[-1].ended and not told[-1].reason
    assert_in_take(played, take, heard.close())


@ON_LINUX
@pytest.mark.slow
@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_another_speed_keeps_the_pitch(heard: Heard, tmp_path: Path, speed: float) -> None:
    rate, take = 16_000, tmp_path / "take.wav"
    tone = (0.5 * np.sin(2 * np.pi * 700 * np.arange(rate) / rate)).astype(np.float32)
    heard.open(take)
    heard.send(messages.Play(1, PlaySpec(None, speed=speed, device="pulse", samples=tone, rate=rate)))
    heard.played()
    heard.close()
    samples, taken_rate = soundfile.read(take, dtype="float32")
    loud = np.flatnonzero(np.abs(samples) > 0.1)
    sounding = samples[loud[0] : loud[-1]]
    assert len(sounding) / taken_rate == pytest.approx(1 / speed, abs=0.08)
    spectrum = np.abs(np.fft.rfft(sounding * np.hanning(len(sounding))))
    assert np.argmax(spectrum) * taken_rate / len(sounding) == pytest.approx(700, abs=6)


@ON_LINUX
@pytest.mark.slow
def test_stop_is_silence_at_once(heard: Heard, tmp_path: Path) -> None:
    take, rate = tmp_path / "take.wav", 16_000
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 30 * rate).astype(np.float32)
    opened = heard.open(take)
    heard.send(messages.Play(1, PlaySpec(None, device="pulse", samples=noise, rate=rate)))
    assert wait_until(lambda: any(event.position > rate // 2 for event in heard.all_of(messages.Played)), 20)
    heard.send(messages.StopPlaying())
    last = heard.played()[-1]
    ring = SharedRing.attach(opened.ring)
    heard.wait_frames(opened.ring, ring.written + opened.rate)
    ring.close()
    heard.close()
    samples, taken_rate = soundfile.read(take, dtype="float32")
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    assert (loud[-1] - loud[0]) / taken_rate == pytest.approx(last.position / rate, abs=0.4)
    assert not heard.all_of(messages.Trouble)


@ON_LINUX
@pytest.mark.slow
def test_what_the_speakers_play_neither_triggers_nor_teaches(heard: Heard, tmp_path: Path) -> None:
    """The same sound from somebody else does both."""
    try:
        moonshine_assets()
    except LabBenchError:
        pytest.skip("Moonshine has no wheel for this computer")
    kit, taught = load_word_kit(), TaughtWord("computer")
    paths = sorted(TAKES.glob("computer_*.flac"))[:4]
    for path in paths:
        taught = with_take(taught, kit.take(path.stem, read_clip(path).for_models()))
    quiet = np.zeros(8_000, np.float32)
    said = np.concatenate([quiet, read_clip(paths[0]).for_models(), quiet])
    soundfile.write(tmp_path / "said.wav", said, 16_000)
    heard.send(messages.Teach((model_of(taught),)))
    opened = heard.open()
    heard.wait_frames(opened.model_ring, 3 * 16_000)
    heard.send(messages.HearTake(7, "Take"))
    heard.send(messages.Play(1, PlaySpec(None, device="pulse", samples=said, rate=16_000)))
    heard.played()
    ring = SharedRing.attach(opened.model_ring)
    ended = ring.written
    heard.wait_frames(opened.model_ring, ended + 51_200)
    assert np.max(np.abs(ring.read(ended - 24_000, ended))) > 0.05, "the microphone did hear it"
    assert not detections(heard) and not heard.all_of(messages.TakeMade)
    assert any(event.frame.muted for event in heard.all_of(messages.Spotted))
    assert not heard.all_of(messages.Spotted)[-1].frame.muted
    subprocess.run(["paplay", "--device=mic", str(tmp_path / "said.wav")], check=True, timeout=30)
    heard.wait_frames(opened.model_ring, ring.written + 8_000)
    ring.close()
    heard.close()
    assert detections(heard) == ["computer"]
    (made,) = heard.all_of(messages.TakeMade)
    assert made.take is not None and made.take.used
    assert not heard.all_of(messages.Trouble)


@ON_LINUX
def test_a_device_that_disappears_is_told_once_and_its_recording_kept(
    pulse: subprocess.Popen[bytes], heard: Heard, tmp_path: Path
) -> None:
    take = tmp_path / "take.wav"
    heard.open(take)
    assert wait_until(lambda: take.stat().st_size > HEARD_BYTES, 20), "no sound arrives"
    pulse.kill()
    heard.wait(messages.Closed)
    heard.events += heard.ear.close()
    (closed,) = heard.all_of(messages.Closed)
    assert "disappeared" in closed.reason and closed.hint
    assert not heard.all_of(messages.Trouble)
    assert soundfile.info(take).frames == closed.frames > 0


def test_another_clip_does_not_correlate() -> None:
    """The measure itself: 1 for what is there, among silence and at another level, and little for what is not."""
    played, _ = soundfile.read(CLIP, dtype="float32")
    other, _ = soundfile.read(assets() / "clips" / "speech_short.flac", dtype="float32")
    silence = np.zeros(16_000, np.float32)
    assert best_correlation(played, np.concatenate([silence, 0.3 * played, silence])) == (
        16_000,
        pytest.approx(1, abs=1e-3),
    )
    assert best_correlation(played, np.concatenate([silence, other, other, silence]))[1] < 0.5
    assert best_correlation(played, silence) == (0, 0.0)


def best_correlation(played: np.ndarray, taken: np.ndarray) -> tuple[int, float]:
    """Where `played` begins in `taken`, and how alike they are there.

    The largest normalised cross-correlation over all places where the whole of `played` fits; 0 where none does.
    """
    lags = len(taken) - len(played) + 1
    if lags < 1:
        return 0, 0.0
    one, all_ = played.astype(np.float64), taken.astype(np.float64)
    size = 1 << (len(one) + len(all_) - 1).bit_length()
    products = np.fft.irfft(np.fft.rfft(all_, size) * np.conj(np.fft.rfft(one, size)), size)[:lags]
    energy = np.concatenate([[0.0], np.cumsum(all_**2)])
    norms = np.sqrt((energy[len(one) :] - energy[:lags]) * np.sum(one**2))
    loud = norms > 0.01 * np.sum(one**2)  # quieter places hold nothing but rounding
    alike = np.where(loud, products / np.where(loud, norms, 1.0), 0.0)
    best = int(np.argmax(alike))
    return best, float(alike[best])


def detections(heard: Heard) -> list[str]:
    return [detection.word for event in heard.all_of(messages.Spotted) for detection in event.detections]


def write_played(folder: Path) -> np.ndarray:
    """The clip that PulseAudio plays, after a quarter of a second that it may miss."""
    played, rate = soundfile.read(CLIP, dtype="float32")
    soundfile.write(folder / "played.wav", np.concatenate([np.zeros(rate // 4, np.float32), played]), rate)
    return np.asarray(played)


def assert_in_take(played: np.ndarray, take: Path, closed: messages.Closed) -> None:
    """Nothing is missing and nothing doubled: each second is found at the lag at which the whole is found."""
    samples, rate = soundfile.read(take, dtype="float32")
    assert len(samples) == closed.frames and rate == closed.rate
    taken = resample(samples, rate, 16_000)
    lag, whole = best_correlation(played, taken)
    assert whole > 0.95
    edges = [*range(0, len(played) - 16_000, 16_000), len(played)]
    parts = [(start, stop) for start, stop in itertools.pairwise(edges) if np.ptp(played[start:stop]) > 0.02]
    assert len(parts) >= 2
    for start, stop in parts:
        around = taken[max(0, lag + start - 160) : lag + stop + 160]
        found, alike = best_correlation(played[start:stop], around)
        assert alike > 0.95
        assert abs(found - min(160, lag + start)) <= 2, (
            "no sample more or less than between the same places of the clip"
        )
