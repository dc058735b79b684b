"""Dialogs of the window: each is opened over it and changes things through its bench. None of them blocks."""
