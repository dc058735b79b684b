"""What the window has to tell, from wherever it comes. No widgets."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from labbench.core.errors import LabBenchError


class Notices(QObject):
    """Main thread; whoever is given it emits, the window shows.

    An `error` is an expected failure, with what to do next. `info` is news that stays until it is read, `status` what
    matters just now. An `offer` is a sentence, what can be done, and a callable that does it. A `defect` gives the
    details of what nobody expected.
    """

    error = Signal(LabBenchError)
    info = Signal(str)
    offer = Signal(str, str, object)
    status = Signal(str)
    defect = Signal(str)
