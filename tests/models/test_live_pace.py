"""How often live text comes, by how long a pass takes; and windows that move on behind what is settled."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labbench.models.live_pace import AFTERWARDS, SMALL_WINDOW_SECONDS, SMALLER, LocalPace, SharedPace
from labbench.models.whisper_stream import WhisperStream, cut_at
from labbench.transcript.types import Word

RATE = 16_000


def words(*timed: tuple[str, float, float]) -> list[Word]:
    return [Word(text, start, end) for text, start, end in timed]


def test_a_quick_computer_hears_twice_a_second_and_says_nothing() -> None:
    pace = LocalPace()
    for _ in range(10):
        pace.took(0.2)
    assert pace.is_due(0.5) and not pace.is_due(0.4)
    assert pace.keeps_up and pace.notice == ""


def test_passes_wait_for_as_long_as_the_last_one_took() -> None:
    pace = LocalPace()
    pace.took(1.2)
    assert not pace.is_due(1.0) and pace.is_due(1.2)


def test_a_slow_computer_gets_a_smaller_window_and_then_gives_up_and_says_so() -> None:
    pace = LocalPace()
    pace.took(2.0)
    assert pace.notice == "", "the first pass is slow everywhere"
    pace.took(2.0)
    assert (pace.window_seconds, pace.notice) == (SMALL_WINDOW_SECONDS, SMALLER)
    pace.took(6.5)
    pace.took(1.0)
    pace.took(6.5)
    assert pace.keeps_up, "a slow pass now and then is somebody else's work"
    for _ in range(2):
        pace.took(6.5)
    assert not pace.keeps_up and pace.notice == AFTERWARDS and not pace.is_due(60.0)


def test_a_computer_that_is_quick_again_takes_it_back() -> None:
    pace = LocalPace()
    for seconds in (2.0, 2.0, 0.3, 0.3, 0.3):
        pace.took(seconds)
    assert pace.notice == SMALLER
    pace.took(0.3)
    assert pace.notice == "" and pace.window_seconds > SMALL_WINDOW_SECONDS


def test_a_server_is_left_in_peace_between_answers() -> None:
    pace = SharedPace(2.0)
    pace.took(3.0)
    assert not pace.is_due(5.9) and pace.is_due(6.0) and pace.keeps_up


def test_a_stream_that_gave_up_makes_no_more_passes_and_keeps_its_words() -> None:
    now = [0.0]
    passes: list[float] = []

    def slow(samples: NDArray[np.float32], start: float) -> Sequence[Word]:
        passes.append(start)
        now[0] += 20.0
        return words(("hello", start, start + 0.4))

    stream = WhisperStream(slow, clock=lambda: now[0])
    second = np.zeros(RATE, np.float32)
    lives = [stream.push(second) for _ in range(200)]
    made = len(passes)
    assert made < 12 and lives[-1].notice == AFTERWARDS and lives[-1].heard == 200.0
    assert [word.text for word in lives[-1].words][:1] == ["hello"]
    assert stream.finish().notice == AFTERWARDS and len(passes) == made
    following = stream.following()
    assert following.push(second).notice == AFTERWARDS and len(passes) == made, "the next utterance knows it, too"


def test_a_window_begins_behind_the_last_pause_between_settled_words() -> None:
    settled = words(("It", 0.0, 0.2), ("was.", 0.2, 0.6), ("The", 1.0, 1.2), ("best,", 1.2, 1.6), ("of", 1.8, 2.0))
    later = words(("times", 2.0, 2.5))
    assert cut_at(settled, [*settled, *later], 0.0) == (1.6 + 1.8) / 2
    assert cut_at(settled[:3], [*settled, *later], 0.0) == (0.6 + 1.0) / 2
    assert cut_at(settled[:1], [*settled, *later], 0.0) == 0.0, "there is no pause"


def test_a_sentence_without_an_end_is_cut_before_its_last_words() -> None:
    long = [Word(f"w{number}", float(number), number + 0.9) for number in range(20)]
    assert cut_at(long, long, 8.0) == 16.0


def test_no_word_is_lost_where_the_window_moves_on() -> None:
    spoken = [
        Word(f"w{number}" + ("." if number % 5 == 4 else ""), number * 0.5, number * 0.5 + 0.4) for number in range(60)
    ]

    def hear(samples: NDArray[np.float32], start: float) -> Sequence[Word]:
        end = start + len(samples) / RATE
        return [word for word in spoken if word.start >= start and word.end <= end]

    lengths: list[int] = []

    def reading(samples: NDArray[np.float32], start: float) -> Sequence[Word]:
        lengths.append(len(samples))
        return hear(samples, start)

    stream = WhisperStream(reading, clock=lambda: 0.0)
    for _ in range(64):
        stream.push(np.zeros(RATE // 2, np.float32))
    assert [word.text for word in stream.finish().words] == [word.text for word in spoken]
    assert max(lengths) < 9 * RATE, "windows stay short"


def test_what_is_given_at_once_after_a_long_lag_is_read_all_the_same() -> None:
    spoken = [Word(f"w{number}", number * 0.5, number * 0.5 + 0.4) for number in range(120)]

    def hear(samples: NDArray[np.float32], start: float) -> Sequence[Word]:
        end = start + len(samples) / RATE
        assert end - start < 30.0, "Whisper reads no more at once"
        return [word for word in spoken if word.start >= start and word.end <= end]

    stream = WhisperStream(hear, clock=lambda: 0.0)
    stream.push(np.zeros(RATE, np.float32))
    live = stream.push(np.zeros(59 * RATE, np.float32))
    assert [word.text for word in live.words] == [word.text for word in spoken]
    assert [word.text for word in stream.finish().words] == [word.text for word in spoken]


def test_words_that_never_agree_are_not_lost_with_their_sound() -> None:
    said = [0]

    def waver(samples: NDArray[np.float32], start: float) -> Sequence[Word]:
        said[0] += 1
        seconds = range(math.ceil(start), int(start + len(samples) / RATE))
        return [Word(f"{said[0]}-{second}", second, second + 0.5) for second in seconds]

    stream = WhisperStream(waver, clock=lambda: 0.0)
    for _ in range(120):
        stream.push(np.zeros(RATE // 2, np.float32))
    found = [word.text.partition("-")[2] for word in stream.finish().words]
    assert found == [str(second) for second in range(60)]
