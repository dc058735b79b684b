"""The room: what counts as one, how it joins the noise in templates, and how it makes thresholds stricter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.signal.mixing import active_power, evenly
from labbench.wakeword.calibration import MIN_THRESHOLD, Decided, Tail, calibrate, tail_of_room
from labbench.wakeword.embedder import Frames, unit_rows
from labbench.wakeword.in_room import made_anew, nearest_in, without_room
from labbench.wakeword.room import Room, embed_room, room_of
from labbench.wakeword.scoring import SCORINGS
from labbench.wakeword.templates import BABBLE_RATIOS_DB, WINDOW, against_cohort, embed_take
from labbench.wakeword.words import Take, TaughtWord, calibration_of, make_take, model_of, room_distances, with_take

BACKGROUND = np.random.default_rng(7).normal(1.0, 0.05, 300)
WORD = (2 * MODEL_RATE, 2 * MODEL_RATE + 8000)


class Bands:
    """Energies of eight bands of 25 ms; keeps what it heard."""

    name, checksum, frame, dimensions = "bands", "abc", 400, 8

    def __init__(self) -> None:
        self.heard: list[np.ndarray] = []

    def embed(self, samples: np.ndarray) -> Frames:
        self.heard.append(samples)
        blocks = samples[: len(samples) // 400 * 400].reshape(-1, 400)
        power = np.abs(np.fft.rfft(blocks, axis=1))[:, :200].reshape(len(blocks), 8, 25).sum(axis=2)
        return unit_rows(power.astype(np.float32) + 0.01)


def noise(seconds: float, level: float = 0.02, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, level, round(seconds * MODEL_RATE)).astype(np.float32)


def tone(pitch: float, seconds: float = 0.5, level: float = 0.3) -> np.ndarray:
    time = np.arange(round(seconds * MODEL_RATE)) / MODEL_RATE
    return (level * np.sin(2 * np.pi * pitch * time)).astype(np.float32)


def spoken(pitch: float, seed: int = 0) -> np.ndarray:
    samples = noise(4, 1e-3, seed)
    samples[slice(*WORD)] += tone(pitch)
    return samples


COHORT = [Bands().embed(noise(2, 0.1, seed) + tone(300.0 + 200 * seed, 2, 0.1)) for seed in range(20)]
BABBLE = noise(3, 0.1, 99)


def taught(room: Room | None = None, pitches: tuple[float, ...] = (1000.0, 1010.0, 1020.0)) -> TaughtWord:
    known = None if room is None else embed_room(Bands(), room)
    word = TaughtWord("beep")
    for number, pitch in enumerate(pitches):
        take = make_take(f"take {number}", spoken(pitch, number), Bands(), COHORT, BABBLE, WORD, known)
        word = with_take(word, take)
    return word


# What counts as a room --------------------------------------------------------------------------------------------


def test_a_room_is_ten_seconds_to_a_minute_and_as_coarse_as_a_file() -> None:
    with pytest.raises(LabBenchError, match="9 s are too short"):
        room_of(noise(9))
    room = room_of(noise(70))
    assert room.seconds == 60 and room.windows == 59 == len(embed_room(Bands(), room).windows)
    assert room_of(room.samples).samples.tobytes() == room.samples.tobytes()
    assert np.array_equal(room.samples * 32_768, np.rint(room.samples * 32_768))
    damaged = noise(12)
    damaged[5] = np.nan
    with pytest.raises(LabBenchError, match="damaged"):
        room_of(damaged)


def test_what_is_odd_about_a_room_is_said() -> None:
    assert room_of(noise(12)).advice == "" and room_of(noise(12)).level_db == pytest.approx(-34, abs=0.2)
    silent = room_of(np.zeros(12 * MODEL_RATE, np.float32))
    assert silent.noise is None and "muted" in silent.advice
    hiss = room_of(noise(12, 2e-4))
    assert hiss.noise is None and "very quiet" in hiss.advice
    assert room_of(2 * noise(12, 1.0)).clipped and "clipped" in room_of(2 * noise(12, 1.0)).advice


# Its noise in templates ---------------------------------------------------------------------------------------------


def test_two_noises_are_mixed_at_the_same_power() -> None:
    loud, soft = noise(1, 0.5, 1), noise(1, 0.01, 2)
    both = evenly(loud, soft)
    part = (both - loud).astype(np.float64)
    assert np.mean(part**2) == pytest.approx(np.mean(loud.astype(np.float64) ** 2), rel=1e-3)
    silent = np.zeros(len(loud), np.float32)
    assert evenly(loud, silent) is loud and evenly(silent, soft) is soft


def test_the_room_joins_the_babble_at_the_same_ratios_and_adds_no_versions() -> None:
    embedder, take = Bands(), spoken(1000.0)
    hum = tone(3000.0, 12, 0.02)
    alone, both = (embed_take(embedder, take, *WORD, BABBLE, room) for room in (None, hum))
    assert len(alone) == len(both) == 1 + len(BABBLE_RATIOS_DB)
    assert np.array_equal(alone[0], both[0]) and not np.array_equal(alone[1], both[1])
    for quiet, mixed, ratio in zip([embedder.heard[3]] * 2, embedder.heard[4:], BABBLE_RATIOS_DB, strict=True):
        power = np.mean((mixed - quiet).astype(np.float64) ** 2)
        # Where the two are independent, each has half of it.
        assert 10 * np.log10(active_power(quiet, MODEL_RATE) / power) == pytest.approx(ratio, abs=0.3)
        spectrum = np.abs(np.fft.rfft(mixed - quiet)) ** 2
        at = round(3000 * len(mixed) / MODEL_RATE)
        assert spectrum[at - 3 : at + 4].sum() / spectrum.sum() == pytest.approx(0.5, abs=0.05)
    again = embed_take(Bands(), take, *WORD, BABBLE, hum)
    assert all(np.array_equal(one, other) for one, other in zip(both, again, strict=True))


def test_a_silent_room_leaves_the_templates_as_they_are() -> None:
    without, silent = taught(), taught(room_of(np.zeros(12 * MODEL_RATE, np.float32)))
    for one, other in zip(without.templates, silent.templates, strict=True):
        assert np.array_equal(one.frames, other.frames) and np.array_equal(one.cohort, other.cohort)
        assert len(one.room) == 0 and len(other.room) == 11


def test_there_and_back_again_everything_is_as_before() -> None:
    room, word = room_of(noise(12)), taught()
    known = embed_room(Bands(), room)
    there = [made_anew(take, Bands(), COHORT, BABBLE, known) for take in word.takes]
    same = taught(room)
    for take, other in zip(there, same.takes, strict=True):
        for one, two in zip(take.templates, other.templates, strict=True):
            assert np.array_equal(one.frames, two.frames) and np.array_equal(one.room, two.room)
    back = [made_anew(take, Bands(), COHORT, BABBLE, None) for take in there]
    for take, other in zip(back, word.takes, strict=True):
        for one, two in zip(take.templates, other.templates, strict=True):
            assert np.array_equal(one.frames, two.frames) and np.array_equal(one.cohort, two.cohort)
            assert not len(one.room)
    assert calibration_of(replace(word, takes=tuple(back))) == calibration_of(word)


def test_a_take_without_its_recording_keeps_its_frames() -> None:
    take = replace(taught().takes[0], samples=np.zeros(4 * MODEL_RATE, np.float32))
    known = embed_room(Bands(), room_of(noise(12)))
    made = made_anew(take, Bands(), COHORT, BABBLE, known)
    assert all(np.array_equal(a.frames, b.frames) for a, b in zip(take.templates, made.templates, strict=True))
    assert all(len(template.room) == 11 for template in made.templates)
    rejected = make_take("nothing", np.zeros(8000, np.float32), Bands(), COHORT, BABBLE)
    assert made_anew(rejected, Bands(), COHORT, BABBLE, known) is rejected


# Thresholds ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0.3, 0.75), max_size=8), st.lists(st.floats(0.2, 3.0), min_size=8, max_size=60))
def test_a_room_makes_it_stricter_only(takes: list[float], room: list[float]) -> None:
    without, found = calibrate(BACKGROUND, takes), calibrate(BACKGROUND, takes, np.array(room))
    assert MIN_THRESHOLD <= found.threshold <= without.threshold
    assert found.at(0.7).false_accepts_per_hour >= without.at(0.7).false_accepts_per_hour
    assert found.threshold_for(4.0) <= without.threshold_for(4.0)
    assert not without.overlap or found.overlap
    assert without.room is None and without.decided is not Decided.ROOM


def test_who_decided_is_said() -> None:
    far, near = np.full(30, 1.6), np.random.default_rng(1).normal(0.9, 0.05, 30)
    assert calibrate(BACKGROUND, [], far).decided is Decided.SPEECH
    assert calibrate(BACKGROUND, [], near).decided is Decided.ROOM
    assert calibrate(BACKGROUND, [0.3, 0.35], near).decided is Decided.TAKES
    assert calibrate(BACKGROUND, [], near).at(0.5).decided is Decided.HAND
    assert calibrate(BACKGROUND, [0.8], near).overlap and not calibrate(BACKGROUND, [0.8], far).overlap


def test_pauses_between_talk_do_not_spread_the_tail() -> None:
    talk, pauses = np.random.default_rng(2).normal(1.0, 0.05, 24), np.random.default_rng(3).normal(1.9, 0.05, 6)
    tail = tail_of_room(np.concatenate([talk, pauses]), (1.0, 0.05))
    assert tail.share == pytest.approx(0.8, abs=0.05) and tail.spread == pytest.approx(0.05, abs=0.01)
    assert tail.threshold(1.0) > 0.8
    nothing = tail_of_room(pauses, (1.0, 0.05))
    assert nothing.share == 0 and nothing.per_hour(1.0) == 0 and nothing.threshold(1.0) == float("inf")


@given(st.floats(0.5, 1.2), st.floats(0.01, 0.2), st.floats(0.05, 1.0), st.floats(0.1, 20.0))
def test_a_tail_has_as_many_below_its_threshold_as_were_wanted(
    mean: float, spread: float, share: float, wanted: float
) -> None:
    tail = Tail(mean, spread, share)
    assert tail.per_hour(tail.threshold(wanted)) == pytest.approx(min(wanted, share * 600), rel=1e-6)


def test_a_room_that_sounds_like_the_word_makes_it_stricter() -> None:
    beeps = noise(30, 0.005)
    for second in range(0, 28, 2):
        beeps[second * MODEL_RATE : second * MODEL_RATE + 8000] += tone(1500.0, level=0.1)
    fan, shop = (taught(room_of(sound)) for sound in (noise(30), beeps))
    near, far = (nearest_in(word) for word in (shop, fan))
    assert near is not None and far is not None and near < far
    assert calibration_of(shop).at(0.6).false_accepts_per_hour >= calibration_of(fan).at(0.6).false_accepts_per_hour
    assert nearest_in(taught()) is None


def test_takes_of_several_rooms_leave_the_room_unknown() -> None:
    here, elsewhere = taught(room_of(noise(12))), taught(room_of(noise(20)))
    mixed = replace(here, takes=(*here.takes, elsewhere.takes[0]))
    assert room_distances(mixed) is None and calibration_of(mixed).room is None
    stripped = without_room(here)
    assert room_distances(stripped) is None
    assert [template.cohort.tolist() for template in stripped.templates] == [t.cohort.tolist() for t in here.templates]


def test_counter_examples_hold_the_room_back_as_well() -> None:
    beeps = noise(30, 0.005)
    for second in range(0, 28, 2):
        beeps[second * MODEL_RATE : second * MODEL_RATE + 8000] += tone(1500.0, level=0.1)
    room = room_of(beeps)
    word = taught(room)
    like_it = make_take("beep", spoken(1500.0), Bands(), COHORT, BABBLE, WORD, embed_room(Bands(), room))
    apart = replace(word, against=(like_it,))
    before, after = room_distances(word), room_distances(apart)
    assert before is not None and after is not None
    assert np.all(after >= before) and after.min() > before.min()
    unknown = replace(word, against=(without_room(TaughtWord("", (like_it,))).takes[0],))
    assert room_distances(unknown) is None and calibration_of(unknown).room is None


@pytest.mark.parametrize("scoring", [name for name, way in SCORINGS.items() if way.needs_windows])
def test_other_scorings_take_the_windows_of_the_room(scoring: str) -> None:
    word = taught(pitches=(1000.0, 1015.0, 1030.0, 1045.0))
    near = [Bands().embed(noise(2, 0.01, seed) + tone(1000.0, 2, 0.1)) for seed in range(12)]
    without = calibration_of(word, scoring, COHORT)
    there = calibration_of(word, scoring, COHORT, near)
    assert without.room is None and there.room is not None and there.room.share > 0
    assert there.threshold <= without.threshold
    assert model_of(word, scoring, COHORT, near).threshold == there.threshold


def test_a_template_says_how_far_it_lies_from_the_room() -> None:
    versions = [unit_rows(np.random.default_rng(seed).normal(size=(9, 8)).astype(np.float32)) for seed in range(3)]
    room = COHORT[:4]
    for template in against_cohort(versions, COHORT, room):
        assert np.array_equal(template.room, template.cohort[:4])
    assert WINDOW == 2 * MODEL_RATE and all(isinstance(take, Take) for take in taught().takes)
