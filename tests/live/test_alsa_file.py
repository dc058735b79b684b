"""A load that no microphone makes: ALSA's `file` plug-in delivers sound hundreds of times faster than real time.

The ring is overrun while the ear is held up. Every frame that the device delivered must be in the take, as sound or
as marked silence of the same length.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from labbench.core.paths import assets

SECONDS = 0.5
"""On the clock: some minutes of sound."""
SOURCE_FRAMES = 500_000
ASOUNDRC = """
pcm.bench {{
    type file
    file "/dev/null"
    infile "{source}"
    format "raw"
    slave.pcm "null"
    hint {{ show on
    description "Bench" }}
}}
"""
CHILD = """
import json, sys, threading, time
from dataclasses import replace
from pathlib import Path
import numpy as np
from labbench.audio.device_source import DeviceSource
from labbench.audio.devices import find_device, list_devices
from labbench.audio.source import DeviceSpec
from labbench.audio.wav_header import HEADER_BYTES
from labbench.core.errors import LabBenchError
from labbench.live import messages
from labbench.live.ear_process import make_ear
from labbench.live.equipment import Equipment

class Kept(DeviceSource):
    kept = []
    flooding = False

    def _callback(self, data, frames, when, status):
        if not self.flooding:  # a machine that is busy otherwise would never catch up with hundreds of times real time
            threading.Event().wait(frames / self.rate / 50)
        if self._ring is not None:
            self.kept.append(data[:, 0].copy())
        super()._callback(data, frames, when, status)

class Bench(Equipment):
    def open_source(self, spec, *, refresh=True):
        return source

if __name__ == "__main__":
    take, source_path, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    try:
        device = find_device(list_devices().inputs, "bench")
    except LabBenchError as error:
        print(json.dumps({"skip": str(error)}))
        raise SystemExit
    source, events = Kept(replace(device, channels=1)), []
    ear = make_ear(Bench(), events.append)
    ear.handle(messages.Open(DeviceSpec("bench"), take))
    began = time.monotonic()
    for hold_up in (True, True, False):
        until = time.monotonic() + seconds / 3
        while time.monotonic() < until:
            ear.step()
        ring = source._ring
        before = ring.written
        source.flooding = hold_up
        while hold_up and ring.written < before + 3 * ring.capacity:  # as if the disk took so long
            assert not threading.Event().wait(0.001)
        source.flooding = False
    ear.close()
    wall = time.monotonic() - began
    closed = events[-1]
    ear.forget()
    delivered = np.concatenate(source.kept)
    original = np.fromfile(source_path, np.float32)
    known = min(len(original), len(delivered))
    taken = np.fromfile(take, "<i2", offset=HEADER_BYTES)
    expected = np.rint(delivered * 32768).astype(np.int16)
    silent = True
    for gap in closed.interruptions:
        silent = silent and not taken[gap.at : gap.at + gap.frames].any()
        expected[gap.at : gap.at + gap.frames] = 0
    print(json.dumps({
        "kinds": sorted({one.kind for one in closed.interruptions}),
        "gaps": sum(one.kind == "gap" for one in closed.interruptions),
        "told": sum(isinstance(event, messages.Interrupted) for event in events),
        "losses": closed.overruns,
        "lost": sum(one.frames for one in closed.interruptions),
        "delivered": len(delivered),
        "frames": closed.frames,
        "recorded": len(taken),
        "reason": closed.reason,
        "original": bool(np.array_equal(delivered[:known], original[:known])),
        "silent": bool(silent),
        "identical": bool(np.array_equal(taken, expected)),
        "real_time": len(delivered) / source.rate / wall,
    }))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ALSA is a matter of Linux")
def test_every_frame_is_accounted_for_far_above_real_time(tmp_path: Path) -> None:
    source, take = tmp_path / "source.raw", tmp_path / "take.wav"
    ((np.arange(SOURCE_FRAMES) % 30_000 + 1) / 32768).astype(np.float32).tofile(source)
    (tmp_path / ".asoundrc").write_text(ASOUNDRC.format(source=source))
    environment = {**os.environ, "HOME": str(tmp_path)}
    environment.pop("ALSA_CONFIG_PATH", None)
    command = [sys.executable, "-c", CHILD, str(take), str(source), str(SECONDS)]
    try:
        done = subprocess.run(
            command, env=environment, cwd=assets().parent, capture_output=True, text=True, timeout=60, check=False
        )
    finally:
        for path in (source, take):  # tens of megabytes
            path.unlink(missing_ok=True)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    if "skip" in report:
        pytest.skip(f"PortAudio has no ALSA with its file plug-in: {report['skip']}")
    assert report["real_time"] > 20 and report["gaps"] >= 2, "no load at all"
    assert report["reason"] == ""
    assert report["original"], "the device delivers what is in the file"
    assert report["delivered"] == report["frames"] == report["recorded"]
    assert report["silent"] and report["identical"]
    assert report["losses"] == report["gaps"] == report["told"] and report["kinds"] == ["gap"]
    assert 0 < report["lost"] < report["delivered"]
