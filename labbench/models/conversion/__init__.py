"""Whisper's weights in other programs' formats, read as data under strict limits, and openai-whisper's `.pt` made of
them."""
