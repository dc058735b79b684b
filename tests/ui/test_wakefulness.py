"""The computer stays awake exactly as long as something is recorded."""

from small_whisper import SPOKEN

from labbench.core.progress import CancelToken
from labbench.jobs.waiting import wait_until
from labbench.live.awake import keep_awake


def test_awake_from_the_first_sample_to_the_last(open_bench):
    told = []

    def keep(until: CancelToken) -> bool:
        told.append("awake")
        until.wait(60)
        told.append("may sleep")
        return True

    page = open_bench(twin=True, real_time=True, keep_awake=keep)
    page.bench.open_file(SPOKEN / "digits_short.flac")
    assert wait_until(lambda: page.bench.shown.recording is not None, 20)
    assert told == []
    page.bench.use_demo()
    assert wait_until(lambda: told == ["awake"], 20)
    assert page.bench.wakefulness.holding
    page.bench.stop()
    assert wait_until(lambda: told == ["awake", "may sleep"], 20)
    assert wait_until(lambda: not page.bench.wakefulness.holding, 5)


def test_only_listening_lets_the_computer_sleep(open_bench):
    told = []
    page = open_bench(twin=True, real_time=True, keep_awake=lambda until: told.append("awake") or False)
    page.bench.start(page.bench.sources.choices[0].spec, record=False)
    assert wait_until(lambda: page.bench.sound.seconds > 0.2, 20)
    assert told == []
    page.bench.record_now()
    assert wait_until(lambda: told == ["awake"], 20), "refused: asked once, and the recording goes on"
    assert page.bench.sound.recording_to is not None


def test_a_system_without_a_way_to_ask_does_not_hold_anything_up(monkeypatch):
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    token = CancelToken()
    token.cancel()
    assert keep_awake(token) in (True, False)
