"""Engines in the window: hosts that die, cancel, getting weights."""

import sys

import psutil
import pytest
from small_whisper import CHECKPOINT, SPOKEN

from labbench.audio.source import FileSpec
from labbench.core import paths
from labbench.jobs.waiting import wait_until
from labbench.models.hosting import HostProcess
from labbench.models.pulse import PERIOD_SECONDS
from labbench.ui.transcripts.transcribing import EngineState

CLIPS = paths.assets() / "clips"


def transcripts(page):
    return [slot.transcript.text if slot.transcript else None for slot in page.bench.engines.slots]


def test_a_killed_host_leaves_the_window_alive_and_the_next_job_starts_a_new_one(open_bench):
    page = open_bench()
    page.bench.open_file(SPOKEN / "digits.flac")
    assert wait_until(lambda: all(transcripts(page)), 60)
    first = page.bench.engines.a.host.pid
    page.bench.reading.transcribe_again()
    psutil.Process(first).kill()
    assert wait_until(lambda: page.bench.engines.a.state is EngineState.IDLE, 20)
    page.bench.reading.transcribe_again()
    assert wait_until(lambda: all(transcripts(page)), 60)
    assert page.bench.engines.a.host.pid != first
    assert transcripts(page)[0] == "one two three four five six seven eight nine zero"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no signal there that stops a process")
def test_a_host_that_hangs_is_told_once_and_the_next_job_starts_a_new_one(open_bench):
    hung_seconds = 3 * PERIOD_SECONDS  # less than two and a host that works would be ended beside others
    page = open_bench(make_host=lambda spec: HostProcess(spec, hung_seconds))
    page.bench.open_file(SPOKEN / "digits.flac")
    assert wait_until(lambda: all(transcripts(page)), 60)
    told = []
    page.bench.notices.error.connect(lambda error: told.append(str(error)))
    first = page.bench.engines.a.host.pid
    psutil.Process(first).suspend()
    page.bench.reading.transcribe_again()
    assert wait_until(lambda: page.bench.engines.a.state is EngineState.IDLE, 20)
    assert wait_until(lambda: page.bench.engines.b.state is EngineState.IDLE, 20)
    assert len(told) == 1 and f"has not answered for {hung_seconds:.0f} seconds and" in told[0]
    assert page.bench.engines.a.transcript.text  # what was there before stays
    page.bench.reading.transcribe_again()
    assert wait_until(lambda: page.bench.engines.a.host.pid not in (None, first), 20)
    assert wait_until(lambda: page.bench.engines.a.state is EngineState.IDLE, 60)
    assert len(told) == 1


def test_cancel_ends_a_transcription_and_the_next_one_works(open_bench):
    page = open_bench()
    page.bench.engines.warm_up()
    assert wait_until(lambda: not page.bench.jobs.running, 120)
    page.bench.open_file(CLIPS / "sentences_without.flac")
    assert wait_until(lambda: page.bench.engines.a.state is EngineState.TRANSCRIBING, 20)
    page.click("engineACancel")
    assert page.bench.engines.a.state is EngineState.IDLE
    assert wait_until(lambda: not page.bench.jobs.running, 20)
    assert page.bench.engines.a.transcript is None
    page.bench.open_file(SPOKEN / "digits_short.flac")
    assert wait_until(lambda: all(transcripts(page)), 60)
    assert transcripts(page)[0] == "two eight five nine"


def test_a_file_that_is_no_checkpoint_is_refused_in_one_sentence(open_bench, tmp_path):
    page = open_bench()
    bad = tmp_path / "bad.pt"
    bad.write_bytes(b"not a checkpoint")
    before = page.bench.engines.a.spec
    page.bench.engines.use_checkpoint(bad)
    assert wait_until(page.window.notice.isVisible, 60)
    assert "bad.pt is not a Whisper checkpoint" in page.window.notice.text
    assert page.bench.engines.a.spec == before, "what was in use stays"
    assert wait_until(lambda: not page.bench.jobs.running, 20)


def test_a_checkpoint_of_ones_own_becomes_engine_a_also_while_sound_runs(open_bench, tmp_path):
    own = tmp_path / "mine.pt"
    own.write_bytes(CHECKPOINT.read_bytes())
    page = open_bench()
    page.bench.start(FileSpec(SPOKEN / "words_and_digits.flac", "Words"))
    assert wait_until(lambda: page.bench.sound.running is not None, 20)
    page.bench.engines.use_checkpoint(own)
    assert wait_until(lambda: page.bench.engines.a.spec.title == "Whisper mine", 60)
    assert page.bench.engines.a.state is EngineState.LISTENING
    assert wait_until(lambda: "jarvis" in page.engine_text("A"), 60)
