"""The errors of the bench.

    Exception
    ├── LabBenchError      expected: one sentence and a hint, shown as a notice or on standard error
    │   └── FormatError    a file that is damaged, foreign, or of another version
    └── Cancelled          somebody asked a job to stop; never shown as a failure

Anything else that escapes is a defect of the program and is shown with its details.
"""

from __future__ import annotations


class LabBenchError(Exception):
    """An expected failure: `message` says what happened, `hint` what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class FormatError(LabBenchError):
    """A file's content is not what it should be."""


class Cancelled(Exception):  # noqa: N818 - not an error: the wanted end of a cancelled job
    """Raised inside a job that was asked to stop."""
