"""What is unusual: normal is learnt from one sound, and what stands out in another is told."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbench.commands.console import StatusLine, ctrl_c_cancels, out, tell
from labbench.commands.sound import add_channel
from labbench.core.timebase import MODEL_RATE, clock_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labbench.core.progress import CancelToken
    from labbench.wakeword.anomaly_detector import Mark

PIECE_SECONDS = 2.0


def add(commands: Any) -> None:
    """Add `anomaly learn` and `anomaly score`."""
    parser = commands.add_parser("anomaly", help="learn what is normal for a machine or a room, and find what is not")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    learn = actions.add_parser("learn", help="learn what is normal from a sound of half a minute or more")
    learn.add_argument("audio", metavar="AUDIO", type=Path)
    learn.add_argument("--out", metavar="FILE", type=Path, required=True, help="what was learnt, for `anomaly score`")
    add_channel(learn)
    learn.set_defaults(run=run_learn)
    score = actions.add_parser("score", help="find what stands out in a sound")
    score.add_argument("audio", metavar="AUDIO", type=Path)
    score.add_argument("--model", metavar="FILE", type=Path, required=True, help="what `anomaly learn` wrote")
    score.add_argument(
        "--per-hour",
        metavar="N",
        type=_rate,
        default=None,
        help="false marks an hour to put up with; without it, the threshold of FILE",
    )
    score.add_argument("--json", action="store_true", help="threshold, scores and marks as JSON")
    add_channel(score)
    score.set_defaults(run=run_score)


def run_learn(args: argparse.Namespace) -> int:
    from labbench.session.anomaly_file import Learnt, save_normal
    from labbench.wakeword.anomaly import learn

    with ctrl_c_cancels() as cancel:
        normal = learn(_pieces(args.audio, args.channel, cancel, "heard"))
    save_normal(args.out, Learnt(normal, normal.threshold(), args.audio.name))
    rate = normal.false_marks_per_hour(normal.threshold())
    tell(
        f"Learnt from {clock_text(normal.seconds)}: what scores above {normal.threshold():.2f} stands out. Expect "
        f"{rate:.1g} false marks an hour; the longer the sound, the surer that is."
    )
    return 0


def run_score(args: argparse.Namespace) -> int:
    from labbench.session.anomaly_file import load_normal
    from labbench.wakeword.anomaly_detector import AnomalyDetector, Scored

    learnt = load_normal(args.model)
    threshold = learnt.threshold if args.per_hour is None else learnt.normal.threshold(args.per_hour)
    detector = AnomalyDetector(learnt.normal, threshold)
    scores: list[Scored] = []
    marks: list[Mark] = []
    with ctrl_c_cancels() as cancel:
        for piece in _pieces(args.audio, args.channel, cancel, "searched"):
            scored, found = detector.feed(piece)
            scores += scored
            marks += found
    marks += detector.finish()
    if args.json:
        content = {
            "threshold": round(detector.threshold, 4),
            "marks": [_as_dict(mark) for mark in marks],
            "scores": [[round(one.stop / MODEL_RATE, 2), round(one.score, 4)] for one in scores],
        }
        out(json.dumps(content, ensure_ascii=False) + "\n")
        return 0
    for mark in marks:
        span = f"{clock_text(mark.start / MODEL_RATE)} to {clock_text(mark.stop / MODEL_RATE)}"
        out(f"{span}  score {mark.score:.2f}, threshold {detector.threshold:.2f}\n")
    if not marks:
        tell(f"Nothing stands out in {args.audio.name}.")
    return 0


def _pieces(path: Path, channel: int | None, cancel: CancelToken, done: str) -> Iterator[NDArray[np.float32]]:
    """A sound of any kind and length at the models' rate, a few seconds at a time.

    Its `channel`, counted from 1, or all of them mixed. Raises LabBenchError, Cancelled.
    """
    from labbench.audio.clip_stream import DecodedClip
    from labbench.signal.resampling import StreamResampler

    line, heard = StatusLine(), 0
    try:
        with closing(DecodedClip(path, None if channel is None else channel - 1)) as clip:
            resampler = StreamResampler(clip.rate, MODEL_RATE)
            while not clip.ended:
                cancel.check()
                piece = clip.read(round(PIECE_SECONDS * clip.rate))
                heard += len(piece)
                line.show(f"{clock_text(heard / clip.rate)} {done}  Ctrl-C gives up")
                yield resampler.push(piece)
            yield resampler.flush()
    finally:
        line.clear()


def _as_dict(mark: Mark) -> dict[str, float]:
    start, stop = (round(sample / MODEL_RATE, 2) for sample in (mark.start, mark.stop))
    return {"start_s": start, "end_s": stop, "score": round(mark.score, 4)}


def _rate(text: str) -> float:
    if not 0.0 < float(text) <= 720.0:
        raise argparse.ArgumentTypeError("a rate above zero and up to 720")
    return float(text)
