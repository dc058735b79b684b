"""Sentences that more than one part of the window shows."""

HINT_EMPTY = "Teach a word to see how far each moment lies from it."
HINT_LIVE = "Near is up, ordinary speech at 1.0. Drag a dashed line to set a threshold."
SOUND_SUFFIXES = (
    *(".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".aac"),
    *(".mp4", ".mov", ".webm", ".mkv", ".aiff", ".aif"),
)
SOUND_FILTER = (
    f"Sound and video ({' '.join(f'*{suffix}' for suffix in SOUND_SUFFIXES)});;Sessions (*.labsession);;All files (*)"
)
