"""What no engine may say: the user's list, the session's and the class's, all in force together. No widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from labbench.core.errors import LabBenchError
from labbench.session.block_file import ENVIRONMENT, load_class_list, load_session_list, save_session_list
from labbench.session.results import Results
from labbench.session.scrubbing import scrub_results, scrub_stored
from labbench.session.store import Session
from labbench.session.transcript_file import StoredTranscript
from labbench.transcript.guard import BlockList, joined
from labbench.ui.latest import Latest

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

Loaded = tuple[BlockList, list[str]]


@dataclass(frozen=True)
class _Cleaned:
    """What was made of which results with which list."""

    given: Results
    blocked: BlockList
    made: tuple[Results, Results]


class BlockDesk(QObject):
    """Main thread, `clean` excepted. Another list never takes anything out of force that this one names.

    `changed` comes after each change of a list. `troubles` are sentences about lists that can't be read: they stay
    until they can be.
    """

    changed = Signal()

    def __init__(self, bench: Bench, mine: BlockList, class_file: str, env: Mapping[str, str]) -> None:
        super().__init__(bench)
        self._bench = bench
        self.mine = mine
        self.class_file = class_file
        self.of_session, self.of_class = BlockList(), BlockList()
        self._named = env.get(ENVIRONMENT, "").strip()
        self._session: Session | None = None
        self._session_trouble: list[str] = []
        self._class_trouble: list[str] = []
        self._last: _Cleaned | None = None
        self._reading = Latest(bench.jobs, "Reading the class's block-list", bench.notices.error.emit)
        bench.desk.titled.connect(lambda _: self._session_changed())
        bench.desk.clean = self.clean
        self._session_changed()
        self.read_class_lists()

    @property
    def blocked(self) -> BlockList:
        """All that is in force."""
        return joined(self.mine, self.of_session, self.of_class)

    @property
    def class_files(self) -> tuple[str, ...]:
        """Where the class's lists lie: what the system's variable names, and what was chosen."""
        return tuple(dict.fromkeys(name for name in (self._named, self.class_file) if name))

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong with lists, and that what they name may be shown."""
        wrong = [*(f"The session's block-list: {one}" for one in self._session_trouble), *self._class_trouble]
        return (*wrong, "What stands there may be shown until that is mended.") if wrong else ()

    # Changes --------------------------------------------------------------------------------------------------------

    def use_mine(self, blocked: BlockList) -> None:
        """The user's own list, which is kept with the settings."""
        self.mine = blocked.checked()
        self._apply()
        self._bench.keep_settings()

    def use_for_session(self, blocked: BlockList) -> None:
        """The list that travels with the session. Raises LabBenchError where it can't be kept; it is in force then."""
        blocked.checked()
        try:
            self._session = self._bench.desk.need()  # may be another one, with a list of its own
        finally:
            self.of_session = blocked
            self._apply()
        save_session_list(self._session.folder, blocked)
        self._session_trouble = []
        self.changed.emit()

    def choose_class_file(self, path: str) -> None:
        """Another file of the class; "" for none."""
        self.class_file = path
        self._bench.keep_settings(block_file=path)
        self.read_class_lists()

    def read_class_lists(self) -> None:
        """Read the class's files, again: in a job, for they may lie on a slow share. What was in force stays so far."""
        files = self.class_files
        if not files:
            self._reading.give_up()
            self._use_class_lists([])
            return
        self._class_trouble = ["The class's block-list is still being read."]
        self.changed.emit()
        self._reading.ask(lambda: [load_class_list(Path(name)) for name in files], self._use_class_lists, little=False)

    def _use_class_lists(self, found: list[Loaded]) -> None:
        if all(not trouble for _, trouble in found):
            self.of_class = joined(*(blocked for blocked, _ in found))
        else:  # what can't be read any more stays in force as it was read last
            self.of_class = joined(self.of_class, *(blocked for blocked, _ in found))
        self._class_trouble = [f"The class's block-list: {one}" for _, trouble in found for one in trouble]
        self._apply()

    def _session_changed(self) -> None:
        """Another session, or the same with another title."""
        session = self._bench.desk.session
        if session is self._session:
            return
        self._session = session
        self.of_session, self._session_trouble = load_session_list(session.folder)
        self._apply()

    def _apply(self) -> None:
        engines = self._bench.engines
        blocked = self.blocked
        if engines.options.blocked != blocked:
            engines.set_options(replace(engines.options, blocked=blocked))
            self._bench.keeping.scrub(self.clean_stored)
        self.changed.emit()

    # Taking out -----------------------------------------------------------------------------------------------------

    def clean(self, results: Results) -> tuple[Results, Results]:
        """Results of a recording without what is blocked, and those that are kept in their place; any thread.

        What can't be searched is held back, and stays on the disk as it is.
        """
        blocked, last = self.blocked, self._last
        if last is not None and last.given is results and last.blocked == blocked:
            return last.made
        try:
            made = scrub_results(results, blocked), results
        except LabBenchError:
            held = replace(results, transcript_a=None, transcript_b=None, reference=None)
            made = held, held
        self._last = _Cleaned(results, blocked, made)
        return made

    def clean_stored(self, stored: StoredTranscript | None) -> StoredTranscript | None:
        """The same of one transcript; None where it is held back."""
        try:
            return scrub_stored(stored, self.blocked)
        except LabBenchError as error:
            self._bench.notices.error.emit(error)
            return None
