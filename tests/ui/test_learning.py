"""A word that was nearly heard and then said again: offered, learnt once, marked, refused where it would do harm."""

import json
from dataclasses import replace
from threading import current_thread, main_thread

import numpy as np
import pytest
import soundfile
from small_whisper import SPOKEN

from labbench.audio.files import read_clip
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.models.scripted_host import ScriptedHost
from labbench.session.learning_file import NAME, Event, Occasion, load_learning
from labbench.ui.words.learner import Asked
from labbench.ui.words.learning_history import SAME_SECONDS
from labbench.ui.words.moment_sound import usual_seconds
from labbench.wakeword import learning, words
from labbench.wakeword.learning import Refusal, learn

TAKES = assets() / "clips" / "takes"
RATE = 16_000


@pytest.fixture
def page(open_bench, moonshine):
    opened = open_bench(twin=True, make_host=ScriptedHost)
    opened.teach("computer", [TAKES / f"computer_{number}.flac" for number in (2, 3, 4)])
    return opened


@pytest.fixture
def retry(page, tmp_path):
    """A sound with the word by a voice that just fails, and by one that does not; searched."""
    pause = np.random.default_rng(3).normal(0, 1e-4, 2 * RATE).astype(np.float32)
    said = [read_clip(TAKES / f"computer_{number}.flac").for_models() for number in (1, 3)]
    path = tmp_path / "twice.wav"
    soundfile.write(path, np.concatenate([pause, said[0], pause, said[1], pause]), RATE)
    page.show_file(path)
    scores = page.bench.scores
    assert wait_until(lambda: not scores.running and len(scores.frames) > 50, 30)
    distances = scores.hops.distances[:, 0]
    page.bench.teaching.set_threshold("computer", float(np.sort(distances[: len(distances) // 2])[2]) - 0.02)
    return page


def offers_of(page, offer="Learn from it"):
    """What is offered when the sound is searched."""
    offers = []
    listener = page.bench.notices.offer.connect(lambda sentence, title, act: offers.append((sentence, title, act)))
    page.bench.reading.search()
    assert wait_until(lambda: not page.bench.scores.running, 30)
    page.bench.disconnect(listener)
    return [one for one in offers if one[1] == offer]


def takes(page):
    return page.bench.teaching.word("computer").takes


def history(page):
    return page.bench.words.learning.history.entries


def happened(page, *what):
    return wait_until(lambda: [entry.what for entry in history(page)] == list(what), 20)


def kept(page):
    """What is in the session's folder."""
    return load_learning(page.bench.desk.session.folder / NAME)[0].entries


def test_it_is_offered_learnt_and_not_offered_again(retry):
    page = retry
    offers = offers_of(page)
    assert len(offers) == 1
    assert offers[0][0].startswith("“computer” was nearly heard at ")
    assert len(takes(page)) == 3, "nothing is learnt unasked"
    page.click("noticeAction")
    assert wait_until(lambda: len(takes(page)) == 4, 20)
    assert [take.learnt for take in takes(page)] == [False, False, False, True]
    assert takes(page)[-1].seconds == pytest.approx(0.68, abs=0.1)  # the word, not what was still in the window
    assert "has learnt from" in page.notice and "before" in page.notice
    assert offers_of(page) == []
    page.bench.words.takes.reset("computer")
    assert [take.learnt for take in takes(page)] == [False, False, False]
    page.bench.undo.undo()
    assert len(takes(page)) == 4
    page.bench.undo.undo()
    assert len(takes(page)) == 3


def test_an_offer_is_made_once_whatever_becomes_of_it(retry):
    assert len(offers_of(retry)) == 1
    assert offers_of(retry) == [], "nobody wanted it"


def test_each_step_is_in_the_history_and_on_disk(retry):
    page = retry
    offers_of(page)
    page.click("noticeAction")
    assert happened(page, Event.LEARNT)
    (entry,) = history(page)
    assert (entry.word, entry.recording) == ("computer", page.bench.shown.recording.name)
    assert entry.at_s == pytest.approx(3.0, abs=0.3) and entry.before is not None and entry.after is not None
    page.click("noticeAction")  # Undo
    assert len(takes(page)) == 3 and happened(page, Event.LEARNT, Event.UNDONE)
    page.bench.undo.redo()
    assert len(takes(page)) == 4 and happened(page, Event.LEARNT, Event.UNDONE, Event.REDONE)
    page.bench.words.takes.reset("computer")
    assert happened(page, Event.LEARNT, Event.UNDONE, Event.REDONE, Event.RESET)
    page.bench.undo.undo()
    steps = (Event.LEARNT, Event.UNDONE, Event.REDONE, Event.RESET, Event.UNDONE)
    assert happened(page, *steps) and history(page)[-1].reason == "reset"
    page.bench.undo.undo()
    page.bench.undo.undo()  # the threshold
    page.bench.teaching.set_threshold("computer", 0.61)
    assert happened(page, *steps, Event.UNDONE)
    assert [entry.what for entry in kept(page)] == [entry.what for entry in history(page)]


def test_what_was_taken_is_known_after_a_restart(retry, open_bench):
    offers_of(retry)
    retry.click("noticeAction")
    assert happened(retry, Event.LEARNT)
    folder = retry.bench.desk.session.folder
    retry.window.leave()
    again = open_bench(twin=True, make_host=ScriptedHost)
    again.bench.open_session(folder)
    assert wait_until(lambda: again.bench.shown.recording is not None and bool(again.bench.scores.frames), 30)
    assert [entry.what for entry in history(again)] == [Event.LEARNT]
    assert [take.learnt for take in takes(again)] == [False, False, False, True]
    again.bench.words.takes.reset("computer")
    assert wait_until(lambda: not again.bench.scores.running, 30)
    assert offers_of(again) == []
    again.bench.sessions.new()
    assert history(again) == ()


def test_a_damaged_history_is_said_once_and_set_aside(retry, open_bench):
    folder = retry.bench.desk.session.folder
    retry.window.leave()
    (folder / NAME).write_text(json.dumps({"format": "labbench-learning", "version": 1, "entries": "none"}))
    again = open_bench(twin=True, make_host=ScriptedHost)
    told = []
    again.bench.notices.info.connect(told.append)
    again.bench.open_session(folder)
    assert wait_until(lambda: bool(again.bench.scores.frames), 30)
    assert history(again) == () and [one for one in told if "history" in one] == [told[-1]]
    assert (folder / f"{NAME}.damaged").exists()
    offers_of(again)
    again.click("noticeAction")
    assert happened(again, Event.LEARNT) and len(kept(again)) == 1


def test_it_learns_by_itself_where_the_user_set_it_so(retry):
    page = retry
    page.bench.keep_settings(near_misses="take")
    assert offers_of(page) == []
    assert wait_until(lambda: len(takes(page)) == 4, 20) and takes(page)[-1].learnt
    assert "has learnt from" in page.notice
    assert wait_until(lambda: not page.bench.scores.running and page.bench.keeping.matches, 30)
    page.click("noticeAction")
    assert len(takes(page)) == 3
    assert offers_of(page) == [] and not page.bench.jobs.running, "what was taken back is not taken again"
    assert wait_until(lambda: not page.bench.scores.running, 30) and len(takes(page)) == 3


def test_it_leaves_near_misses_alone_where_the_user_set_it_so(retry):
    retry.bench.keep_settings(near_misses="off")
    assert offers_of(retry) == [] and history(retry) == () and len(takes(retry)) == 3
    retry.bench.keep_settings(near_misses="offer")
    assert len(offers_of(retry)) == 1


def test_what_is_unlike_or_harmful_or_too_much_is_refused(page, monkeypatch):
    word = page.bench.teaching.word("computer")
    page.teach("jarvis", [TAKES / "jarvis_1.flac"])
    page.teach("again", [TAKES / "computer_1.flac"])
    like, other = (page.bench.teaching.word(name).takes[0] for name in ("again", "jarvis"))
    good = learn(word, like)
    assert good.refusal is None and good.word.takes[-1].learnt and len(good.word.takes) == 4
    assert learn(word, other).refusal is Refusal.UNLIKE
    windows = page.bench.teaching.heard_by.windows
    for scoring in ("nearest", "prototype"):
        assert learn(word, like, scoring=scoring, cohort=windows).refusal in (None, Refusal.ALARMS)
        assert learn(word, other, scoring=scoring, cohort=windows).refusal is Refusal.UNLIKE
    assert learn(word, replace(like, templates=())).refusal is Refusal.UNUSABLE
    full = replace(word, takes=word.takes + tuple(replace(like, learnt=True) for _ in range(learning.MOST_LEARNT)))
    assert learn(full, like).refusal is Refusal.FULL
    monkeypatch.setattr(learning, "MOST_RISE", 0.0)
    monkeypatch.setattr(learning, "SLACK", -1.0)
    rolled_back = learn(word, like)
    assert rolled_back.refusal is Refusal.ALARMS and rolled_back.word is word


def test_a_refusal_is_told(retry, monkeypatch):
    said = []
    retry.bench.notices.info.connect(said.append)
    monkeypatch.setattr(learning, "MOST_LEARNT", 0)
    (offer,) = offers_of(retry)
    offer[2]()
    assert wait_until(lambda: any("did not learn" in one for one in said), 20)
    assert len(takes(retry)) == 3
    assert happened(retry, Event.REFUSED) and history(retry)[0].reason == Refusal.FULL.value


def test_a_word_that_changed_meanwhile_is_judged_as_it_is_by_then(retry):
    page = retry
    offers = offers_of(page)
    offers[0][2]()
    page.bench.jobs.changed.connect(
        lambda: (
            page.bench.teaching.set_threshold("computer", 0.5)
            if any("Deciding" in job.title for job in page.bench.jobs.running)
            else None
        )
    )
    assert wait_until(lambda: len(takes(page)) == 4, 20)
    assert page.bench.teaching.word("computer").threshold_set == 0.5, "both changes hold"


def test_the_sound_of_another_recording_is_never_learnt_from(retry, tmp_path):
    (offer,) = offers_of(retry)
    retry.show_file(SPOKEN / "digits.flac")
    offer[2]()
    assert wait_until(lambda: "not at hand any more" in retry.notice, 10)
    assert len(takes(retry)) == 3 and history(retry) == ()


def test_moments_are_the_same_where_they_moved_a_little(retry):
    learns = retry.bench.words.learning
    offers_of(retry)
    retry.click("noticeAction")
    assert happened(retry, Event.LEARNT)
    (entry,) = history(retry)
    for moved, known in ((0.0, True), (SAME_SECONDS - 0.1, True), (SAME_SECONDS + 0.1, False)):
        here = Occasion("computer", entry.recording, entry.at_s + moved)
        assert (learns.history.about(here) is not None) == known
        assert learns.history.about(replace(here, word="jarvis")) is None
        assert learns.history.about(replace(here, recording="0009")) is None


def test_a_word_in_the_middle_of_other_speech_is_cut_where_it_is_likely_to_be(retry):
    """No pauses tell its edges: what is learnt is as long as the word usually is."""
    page = retry
    page.bench.teaching.set_threshold("computer", 0.75)
    speech = 0.5 * read_clip(assets() / "clips" / "babble.flac").for_models()
    start, stop = (take := takes(page)[0]).start, take.stop
    word = page.bench.teaching.word("computer")
    length = round(usual_seconds(word) * RATE)
    around, margin = round(0.35 * RATE), np.zeros(round(0.4 * RATE), np.float32)
    middle = take.samples[start:stop]
    heard = [speech[8000 : 8000 + 2 * around + max(0, length - len(middle))], middle, speech[-around:]]
    samples = np.concatenate([margin, *heard, margin])
    page.bench.words.learning._learner.learn(Asked(Occasion("computer", "0001", 60.0)), lambda *_: samples)
    assert wait_until(lambda: len(history(page)) == 1, 20)
    assert history(page)[0].what is Event.LEARNT, history(page)[0].reason
    assert takes(page)[-1].stop - takes(page)[-1].start == length
    assert abs(takes(page)[-1].stop - (len(samples) - len(margin) - around)) <= 1


def test_the_window_never_waits_for_what_a_word_with_many_takes_learns(retry, monkeypatch):
    """Each take is compared with all others then: never in the thread that draws."""
    page, threads = retry, []
    offers = offers_of(page)
    compare = words.leave_one_out
    monkeypatch.setattr(words, "leave_one_out", lambda *given: threads.append(current_thread()) or compare(*given))
    offers[0][2]()
    assert wait_until(lambda: len(takes(page)) == 4 and not page.bench.scores.running, 20)
    assert page.bench.teaching.calibration("computer") is not None and threads
    assert main_thread() not in threads
    page.bench.undo.undo()
    assert len(takes(page)) == 3 and main_thread() not in threads
