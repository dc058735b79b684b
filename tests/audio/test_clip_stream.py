"""A clip as microphone comes in blocks: the same samples as when it is read whole, in little memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from labbench.audio import files
from labbench.audio.clip_stream import MOST_AHEAD_SECONDS, ClipInMemory, DecodedClip
from labbench.audio.decoders import BLOCK_SAMPLES, DecodeError, SndfileDecoder
from labbench.audio.files import read_clip
from labbench.audio.ring import SharedRing
from labbench.audio.virtual import PacedMicrophone, VirtualMicrophone
from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until

RATE = 16_000


def all_of(clip: DecodedClip | ClipInMemory, count: int) -> np.ndarray:
    parts = []
    while not clip.ended:
        parts.append(clip.read(count))
    assert len(clip.read(count)) == 0
    clip.close()
    clip.close()
    return np.concatenate(parts)


@pytest.mark.parametrize("count", [160, 7_777, 10_000_000])
def test_a_clip_in_blocks_is_the_clip(count: int) -> None:
    path = assets() / "clips" / "demo.flac"
    whole = read_clip(path)
    clip = DecodedClip(path)
    assert clip.rate == whole.rate
    assert np.array_equal(all_of(clip, count), whole.samples)
    assert np.array_equal(all_of(ClipInMemory(whole.samples), count), whole.samples)


def test_stereo_is_mixed(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, (RATE, 2))
    soundfile.write(tmp_path / "stereo.wav", sound, RATE, subtype="PCM_16")
    assert np.array_equal(all_of(DecodedClip(tmp_path / "stereo.wav"), 999), read_clip(tmp_path / "stereo.wav").samples)


def test_half_an_hour_takes_a_few_megabytes(tmp_path: Path) -> None:
    """As a microphone at 16 kHz, as fast as it is taken: read whole it would be 115 MB."""
    path = tmp_path / "long.flac"
    minute = np.tile(np.sin(np.arange(RATE) / 9.0).astype(np.float32), 60)
    with soundfile.SoundFile(path, "w", RATE, 1, subtype="PCM_16") as file:
        for _ in range(30):
            file.write(minute)
    ring = SharedRing.create(RATE, 2.0)
    tracemalloc.start()
    try:
        clip = DecodedClip(path)
        microphone = VirtualMicrophone(clip, clip.rate, "long", stepped=True)
        microphone.start(ring)
        microphone.advance(1800.0)
        while microphone.poll():
            pass
        microphone.close()
        assert ring.written == 1800 * RATE
        assert tracemalloc.get_traced_memory()[1] < 8e6
    finally:
        tracemalloc.stop()
        ring.close()


def test_no_more_is_decoded_than_is_wanted_soon(tmp_path: Path, qapp: object) -> None:
    soundfile.write(tmp_path / "long.wav", np.zeros(120 * RATE, np.float32), RATE)
    clip = DecodedClip(tmp_path / "long.wav")
    most = MOST_AHEAD_SECONDS * RATE + BLOCK_SAMPLES
    assert wait_until(lambda: clip._held >= MOST_AHEAD_SECONDS * RATE, 10)
    assert not wait_until(lambda: clip._held > most, 0.1)
    clip.close()
    assert not clip._thread.is_alive()


def test_what_is_no_sound_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound at all")
    with pytest.raises(LabBenchError, match=r"text\.wav is not a sound file"):
        DecodedClip(tmp_path / "text.wav")
    with pytest.raises(LabBenchError, match="There is no file"):
        DecodedClip(tmp_path / "none.wav")


def test_where_a_decoder_breaks_off_the_next_goes_on_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is given twice."""
    ramp = (np.arange(3 * BLOCK_SAMPLES) % 30_000).astype(np.int16)
    soundfile.write(tmp_path / "ramp.wav", ramp, RATE)

    class BreaksOff(SndfileDecoder):
        def blocks(self):
            for number, block in enumerate(super().blocks()):
                if number == 2:
                    raise DecodeError("It broke off.")
                yield block

    monkeypatch.setattr(files, "openers", lambda path: (BreaksOff, SndfileDecoder))
    heard = all_of(DecodedClip(tmp_path / "ramp.wav"), 5000)
    assert np.array_equal(np.rint(heard * 32768).astype(np.int16), ramp)


def test_a_disk_that_fails_ends_the_clip_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: object
) -> None:
    """What was read before is heard first."""
    soundfile.write(tmp_path / "ramp.wav", np.full(3 * BLOCK_SAMPLES, 0.5), BLOCK_SAMPLES)

    class Unplugged(SndfileDecoder):
        def blocks(self):
            yield next(iter(super().blocks()))
            raise LabBenchError("The disk has gone.", "Plug it in.")

    monkeypatch.setattr(files, "openers", lambda path: (Unplugged,))
    ring = SharedRing.create(BLOCK_SAMPLES, 4.0)
    clip = DecodedClip(tmp_path / "ramp.wav")
    source = PacedMicrophone(clip, clip.rate, "clip")
    try:
        source.start(ring)

        def failed() -> bool:
            try:
                return not source.poll()
            except LabBenchError as error:
                return "disk has gone" in error.message

        assert wait_until(failed, 10)
        assert ring.written == BLOCK_SAMPLES
        source.pause(True)
        source.pause(False)
    finally:
        source.close()
        ring.close()
