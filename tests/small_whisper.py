"""A very small Whisper for tests: sixteen words, quick, always here. What it knows: `checkpoints/README.md`."""

from pathlib import Path

from labbench.models.engines import EngineSpec

SPOKEN = Path(__file__).parent / "clips"
"""Clips of words that it knows: `clips/README.md`."""
CHECKPOINT = Path(__file__).parent / "checkpoints" / "whisper-digits.pt"
ENGINE = f"whisper:{CHECKPOINT}"
"""Its name for commands; it is to be decoded at temperature 0, since it is unsure of whatever it doesn't know."""


def small_whisper() -> EngineSpec:
    """The checkpoint as an engine, decoded at temperature 0 only."""
    return EngineSpec(ENGINE, "Whisper digits", "Digits and six words.", "A small Whisper.", CHECKPOINT, fallback=False)
