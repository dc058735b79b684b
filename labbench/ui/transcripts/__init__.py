"""Transcription in the window: engines, models, texts, what was really said, comparisons."""
