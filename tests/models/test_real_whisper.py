"""The real Whisper `base` where this computer has it: its official weights are found, whole, and read speech."""

from pathlib import Path

from labbench.audio.files import read_clip
from labbench.core.progress import CancelToken, ignore_progress
from labbench.models import engines, weights
from labbench.models.hosting import HostProcess
from labbench.models.moonshine_files import moonshine_assets
from labbench.transcript.agreement import plain
from labbench.transcript.engine import Options


def test_base_reads_a_line_of_beckett(whisper_base: Path, moonshine: None) -> None:
    assert weights.verify_official(whisper_base, weights.checkpoint("base"))
    samples = read_clip(moonshine_assets() / "beckett.wav").for_models()
    host = HostProcess(engines.official("base", whisper_base))
    try:
        found = host.transcribe(samples, Options(temperatures=(0.0,)), ignore_progress, CancelToken())
    finally:
        host.close()
    words = " ".join(plain(word) for word in found.text.split())
    assert words == "ever tried ever failed no matter try again fail again fail better"
    assert found.language == "en"
