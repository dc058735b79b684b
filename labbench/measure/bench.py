"""`labbench bench`: runs a measurement and writes its figures for people or as JSON. Light to import."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from labbench.core.errors import LabBenchError
from labbench.measure.figures import Row, machine, machine_line, rounded, row, table

METHODS: dict[str, str] = {
    "startup": (
        "Starts the program six times with an empty data folder; medians of the last five: seconds from the start of "
        "the process to the end of the first paint; then, with the listening process started, no engine loaded and all "
        "processes idle, resident memory (RSS, MB of 10^6 bytes) of the window's process, and the sum over all "
        "processes, which counts pages that they share more than once."
    ),
    "ui": (
        "Shows the real window with its real processes twice while a clip runs as a microphone at 48 kHz: idle, with "
        "neither transcription nor wake words, and loaded, with Moonshine and Whisper (where it is here) transcribing "
        "live and three words of five takes. Measured once the view scrolls: milliseconds from one paint of the "
        "waveform to the next, the longest gap between ticks of a 10 ms timer in the window's thread, and overruns of "
        "the sound."
    ),
    "views": (
        "Opens sounds of ten seconds, ten minutes and two hours (48 kHz, with kept transcripts, distances to three "
        "words at every hop and detections) in the real window: first without, then by turns in three rounds with what "
        "is kept for drawing beside them. In each round the same script for each: from all of it down to 50 ms around "
        "a point and back, then moving at six widths. A frame is one change of what is in view until waveform, "
        "spectrogram, words and distances are painted; medians, and their ratios to ten seconds. Memory of views is "
        "what they hold of two hours: waveform, spectrogram, words and distances. Needs 1 GB of temporary files. Then "
        "a threshold is dragged over an hour of made-up background, with three words and the threshold explorer open: "
        "milliseconds from a move of the line until firings, misses and expectations are counted and all is painted. "
        "Then the map of 20 takes and 10,000 made-up points of ordinary speech while a clip runs as a microphone: from "
        "one paint of the waveform to the next, against a window without words, and, bit by bit, what the window's "
        "thread does for each frame: all that has come of the sound is taken, worked into every view and painted. Then "
        "a matrix of 200 takes is coloured, named and painted anew. Last a clip runs as a microphone in real time, in "
        "blocks of 10 ms, with 20 takes on the map: from the end of a hop's sound until its point has been painted."
    ),
    "spot": (
        "Feeds bundled clips to the spotter in this process, in one thread, with three words of five takes, after a "
        "warm-up: milliseconds per hop of 80 ms (embedding, distances, decision), and of the embedding alone; the "
        "ratio is the median of hop over embedding."
    ),
    "transcribe": (
        "Loads each engine in its process and transcribes once to warm it up; medians of five: time to transcribe the "
        "whole demo clip over its length, and, for the first 5 s of spoken sentences given to a new live stream at "
        "once, seconds from opening the stream to the first words. All 14 s of them once more at the pace of speech: "
        "seconds from the end of a word until it is read, be it provisional."
    ),
    "whisper": (
        "With the weights of base and tiny.en, on the processor, with read speech from the moonshine-voice package: "
        "61 s and 11 s, beams of five, word times, the language found by itself. Medians of three rounds in which both "
        "sides take turns, after a warm-up; a ratio is that of one round. faster-whisper (in the environment of "
        "--peer, int8, a thread a core, the same options) and openai-whisper (its program's defaults and word times, "
        "once, between two turns of ours) answer in processes of their own and take their own time; ours is taken from "
        "outside the engine's process. A whole process is `labbench transcribe` of 11 s against one that imports "
        "faster-whisper, loads and transcribes. Memory is resident (RSS, MB of 10^6 bytes) after those 61 s. Errors: "
        "131 words of two recordings. Live: 55 s at the pace of speech as a microphone of 48 kHz through the listening "
        "process, alone, and with Moonshine reading along and three words of five takes spotted; seconds from the end "
        "of a word, as it is read afterwards, until that very word is read, be it provisional; words that were never "
        "read live are counted apart. For slower days: the median of a wake word's embedding, as in `bench spot`."
    ),
}

_TAKES_LONG = {
    "ui": "Two runs of the window follow; each closes by itself.",
    "startup": "The window opens six times.",
    "whisper": "A minute of speech is read some twenty times, and three times at its own pace: about ten minutes.",
    "views": "Two hours of sound are made, then the window looks at them; it closes by itself after a minute or two.",
}

_ROWS: dict[str, tuple[tuple[str, str, str, int], ...]] = {
    "startup": (
        ("first_paint_s", "First paint", "s", 2),
        ("window_mb", "Memory of the window", "MB", 0),
        ("all_mb", "Memory of all processes", "MB", 0),
        ("all_pss_mb", "The same, shared pages counted once (PSS)", "MB", 0),
    ),
    "ui": (
        ("paint_gap_ms_p95", "Time between paints, loaded, 95 %", "ms", 1),
        ("paint_gap_ms_p95_idle", "Time between paints, idle, 95 %", "ms", 1),
        ("stall_ms_max", "Longest stall of the window, loaded", "ms", 1),
        ("overruns", "Overruns, loaded", "", 0),
        ("detections", "Detections since the sound began, loaded", "", 0),
        ("partial_words", "Words of live text by both engines, loaded", "", 0),
        ("seconds", "Measured, each", "s", 0),
    ),
    "views": (
        ("frame_ratio_10min", "A frame of ten minutes over one of ten seconds", "", 2),
        ("frame_ratio_2h", "A frame of two hours over one of ten seconds", "", 2),
        ("frame_ms_10s", "A frame of ten seconds, median", "ms", 1),
        ("frame_ms_10min", "A frame of ten minutes, median", "ms", 1),
        ("frame_ms_2h", "A frame of two hours, median", "ms", 1),
        ("frame_ms_p95_10s", "A frame of ten seconds, 95 %", "ms", 1),
        ("frame_ms_p95_10min", "A frame of ten minutes, 95 %", "ms", 1),
        ("frame_ms_p95_2h", "A frame of two hours, 95 %", "ms", 1),
        ("first_open_2h_s", "Opening two hours for the first time", "s", 2),
        ("open_2h_s", "Opening two hours again", "s", 2),
        ("threshold_ms", "A threshold dragged over an hour of background, median", "ms", 1),
        ("threshold_ms_p99", "The same, 99 %", "ms", 1),
        ("map_frame_ms_p99", "Work for a frame with the map live, 99 %", "ms", 1),
        ("map_frame_ms_p50", "The same, median", "ms", 1),
        ("map_frame_cpu_ms_p99", "Of that, computed by the window's thread, 99 %", "ms", 1),
        ("map_gap_ms_p95", "Time between paints with the map live, 95 %", "ms", 1),
        ("idle_gap_ms_p95", "Time between paints without words, 95 %", "ms", 1),
        ("matrix_ms", "A matrix of 200 takes drawn anew, median", "ms", 1),
        ("sound_to_point_ms_p95", "From a hop's sound to its point on the map, 95 %", "ms", 0),
        ("sound_to_point_ms_p50", "The same, median", "ms", 0),
        ("view_mb_2h", "Memory of views of two hours", "MB", 1),
        ("rss_growth_2h_mb", "More memory of the window with two hours", "MB", 0),
    ),
    "spot": (
        ("ms_per_hop_p50", "A hop of 80 ms, median", "ms", 2),
        ("ms_per_hop_p95", "A hop of 80 ms, 95 %", "ms", 2),
        ("embedding_ms_p50", "Its embedding, median", "ms", 2),
        ("ratio_p50", "Hop over embedding, median", "", 3),
        ("hops", "Hops", "", 0),
    ),
    "transcribe": (
        ("real_time_factor", "real-time factor", "", 3),
        ("first_text_s", "first live text", "s", 2),
        ("live_delay_s", "a word is read after it was spoken, median", "s", 2),
        ("live_delay_p95_s", "the same, 95 %", "s", 2),
    ),
    "whisper": (
        ("peer_ratio_long", "Base over faster-whisper, 61 s", "", 3),
        ("long_s", "Base, 61 s", "s", 2),
        ("peer_long_s", "faster-whisper, base, 61 s", "s", 2),
        ("own_ratio_long", "Base over openai-whisper, 61 s", "", 3),
        ("original_long_s", "openai-whisper, base, 61 s", "s", 2),
        ("tiny_peer_ratio", "tiny.en over faster-whisper, 61 s", "", 3),
        ("tiny_long_s", "tiny.en, 61 s", "s", 2),
        ("tiny_peer_long_s", "faster-whisper, tiny.en, 61 s", "s", 2),
        ("peer_ratio_short", "Base over faster-whisper, 11 s", "", 3),
        ("short_s", "Base, 11 s", "s", 2),
        ("peer_short_s", "faster-whisper, base, 11 s", "s", 2),
        ("process_ratio", "Whole processes for 11 s, ours over faster-whisper's", "", 3),
        ("process_s", "labbench transcribe, 11 s", "s", 2),
        ("peer_process_s", "A process of faster-whisper, 11 s", "s", 2),
        ("words_cost", "Word times on top of all else, share", "", 3),
        ("long_plain_s", "Base without word times, 61 s", "s", 2),
        ("wer_exact", "Word error rate, base, exact", "", 4),
        ("wer_fast", "Word error rate, base, fast", "", 4),
        ("wer_tiny", "Word error rate, tiny.en, fast", "", 4),
        ("wer_moonshine", "Word error rate, Moonshine", "", 4),
        ("wer_peer", "Word error rate, faster-whisper, base", "", 4),
        ("live_p50_s", "Live with all else: a word is read after it was spoken, median", "s", 2),
        ("live_p95_s", "The same, 95 %", "s", 2),
        ("live_alone_p50_s", "Live alone, median", "s", 2),
        ("live_alone_p95_s", "The same, 95 %", "s", 2),
        ("live_tiny_p50_s", "Live alone, tiny.en, median", "s", 2),
        ("live_tiny_p95_s", "The same, 95 %", "s", 2),
        ("live_wer", "Live with all else against read afterwards, word error rate", "", 4),
        ("live_words_differ", "Words that differ", "", 0),
        ("live_words_unread", "Words that were never read live", "", 0),
        ("host_mb", "Memory of base's process (RSS)", "MB", 0),
        ("host_uss_mb", "Of that, its own alone (USS)", "MB", 0),
        ("peer_mb", "Memory of faster-whisper's process (RSS)", "MB", 0),
        ("embedding_ms_p50", "A wake word's embedding, median", "ms", 2),
    ),
}


def run(what: str, as_json: bool, seconds: float | None = None, peer: str | None = None) -> int:
    """One measurement, written to standard output. `seconds` is how long each of `ui`'s runs lasts; `peer` is a Python
    with faster-whisper, for `whisper`."""
    say = _silent if as_json else _tell
    if what in _TAKES_LONG:
        say(_TAKES_LONG[what])
    on = machine()
    figures: dict[str, Any] = rounded(_measure(what, seconds, peer, say))
    if as_json:
        text = json.dumps(figures | {"machine": rounded(on)}, ensure_ascii=False) + "\n"
    else:
        left_out = "".join(f"Not   {sentence}\n" for sentence in figures.get("left_out", ()))
        text = f"{table(rows(what, figures))}\n{left_out}How   {METHODS[what]}\nWhere {machine_line(on)}\n"
    sys.stdout.write(text)
    return 0


def _tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def _silent(sentence: str) -> None:
    """Whoever reads JSON waits without being told for what."""


def _measure(what: str, seconds: float | None, peer: str | None, say: Callable[[str], None]) -> dict[str, Any]:
    match what:
        case "startup":
            from labbench.measure import bench_startup

            return bench_startup.measure()
        case "ui":
            from labbench.measure import bench_ui

            return bench_ui.measure() if seconds is None else bench_ui.measure(seconds)
        case "views":
            from labbench.measure import bench_distance_views, bench_landmarks, bench_threshold, bench_views

            figures = bench_views.measure() | bench_threshold.measure() | bench_distance_views.measure()
            return figures | bench_landmarks.measure()
        case "spot":
            from labbench.measure import bench_spot

            return bench_spot.measure()
        case "transcribe":
            from labbench.measure import bench_transcribe

            return bench_transcribe.measure()
        case "whisper":
            from labbench.measure import bench_whisper

            return bench_whisper.measure(peer, say=say)
        case _:
            raise LabBenchError(f"There is no measurement {what!r}.", f"Use one of {', '.join(METHODS)}.")


def rows(what: str, figures: dict[str, Any]) -> list[Row]:
    """The figures of a measurement in the order of its table; of several engines, those of each."""
    engines: dict[str, dict[str, Any]] = figures.get("engines", {"": figures})
    return [
        row(f"{found['title']}, {title}" if name else title, found[key], unit, digits)
        for name, found in engines.items()
        for key, title, unit, digits in _ROWS[what]
        if key in found
    ]
