"""faster-whisper and openai-whisper as somebody to race: a script for an interpreter that has them.

    PYTHON peer_whisper.py faster-whisper|openai-whisper MODEL CORES [--once SOUND]

MODEL is for faster-whisper the name of a folder of weights, `labbench-models/MODEL` in PYTHON's environment, for
openai-whisper a checkpoint. Without `--once` it is loaded, and then each line of standard input is a request, such as
{"sound": "clip.wav", "word_times": true}, answered by a line of standard output: {"seconds": 1.2, "text": "..."}, or
{"error": "..."}. The first answer, {"name": "..."}, says that it is ready. With `--once` one sound is read and its text
written. A thread a core, and the defaults of openai-whisper's own program: beams of five, the language found by itself,
no filter for voices; faster-whisper in int8. It imports nothing of this program.
"""

from __future__ import annotations

import json
import sys
import time
import wave
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TextIO

Transcribe = Callable[[Any, bool], str]
"""A sound as it was loaded, and whether words get times; its text."""


def serve(name: str, load: Callable[[str], Any], transcribe: Transcribe, requests: Iterable[str], out: TextIO) -> None:
    """Answer requests until there are no more. Loading a sound is not timed, and happens once for each."""
    sounds: dict[str, Any] = {}
    _answer(out, {"name": name})
    for line in requests:
        request = json.loads(line)
        path = request["sound"]
        if path not in sounds:
            sounds[path] = load(path)
        began = time.perf_counter()
        text = transcribe(sounds[path], request["word_times"])
        _answer(out, {"seconds": time.perf_counter() - began, "text": text})


def run(work: Callable[[list[str], TextIO], None]) -> int:
    """A script's whole life: what libraries write goes to standard error, and a failure is an answer like another."""
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        work(sys.argv[1:], out)
    except Exception as error:  # noqa: BLE001 - told to whoever asked
        _answer(out, {"error": f"{type(error).__name__}: {error}"})
        return 1
    return 0


def _answer(out: TextIO, answer: dict[str, Any]) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()


def _faster_whisper(name: str, cores: int) -> tuple[str, Callable[[str], Any], Transcribe]:
    """Its title, how it loads a sound, and how it reads one."""
    import faster_whisper

    folder = Path(sys.prefix) / "labbench-models" / name
    if not (folder / "model.bin").is_file():
        raise FileNotFoundError(f"there is no {folder / 'model.bin'}")
    model = faster_whisper.WhisperModel(
        str(folder), device="cpu", compute_type="int8", cpu_threads=cores, local_files_only=True
    )

    def transcribe(sound: Any, word_times: bool) -> str:
        segments, _ = model.transcribe(sound, beam_size=5, word_timestamps=word_times, vad_filter=False)
        return " ".join(segment.text.strip() for segment in segments)

    return f"faster-whisper {faster_whisper.__version__}", faster_whisper.decode_audio, transcribe


def _openai_whisper(checkpoint: str, cores: int) -> tuple[str, Callable[[str], Any], Transcribe]:
    import torch
    import whisper

    torch.set_num_threads(cores)
    model = whisper.load_model(checkpoint, device="cpu")
    heads = whisper._ALIGNMENT_HEADS.get(Path(checkpoint).stem)
    if heads is not None:  # as where the program loads official weights by their name
        model.set_alignment_heads(heads)

    def transcribe(sound: Any, word_times: bool) -> str:
        temperatures = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
        found = whisper.transcribe(
            model, sound, temperature=temperatures, beam_size=5, best_of=5, word_timestamps=word_times, fp16=False
        )
        return str(found["text"]).strip()

    return f"openai-whisper {whisper.__version__}", _samples, transcribe


def _samples(path: str) -> Any:
    """A file of 16 bits at 16 kHz; openai-whisper's own reader wants ffmpeg."""
    import numpy as np

    with wave.open(path, "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768.0


PROGRAMS = {"faster-whisper": _faster_whisper, "openai-whisper": _openai_whisper}


def _work(arguments: list[str], out: TextIO) -> None:
    program, model, cores = arguments[:3]
    name, load, transcribe = PROGRAMS[program](model, int(cores))
    if arguments[3:4] == ["--once"]:
        out.write(transcribe(arguments[4], True) + "\n")
    else:
        serve(name, load, transcribe, sys.stdin, out)


if __name__ == "__main__":
    sys.exit(run(_work))
