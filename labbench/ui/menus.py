"""The menu bar: everything that the window can do, with its keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, get_args

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from labbench.signal.rows import Kind
from labbench.signal.spectrogram import SpectrogramSettings
from labbench.ui.help_pages import TITLES
from labbench.ui.theme import THEMES
from labbench.ui.transcripts.transcribe_menu import fill_transcribe_menu
from labbench.ui.views.tabs import TABS, Tab

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

Keys = str | QKeySequence.StandardKey
KINDS = {"mel": "&Mel, as we hear", "linear": "&Linear in hertz", "whisper": "What &Whisper sees"}
WINDOWS_MS = (10.0, 25.0, 50.0, 100.0)
RANGES_DB = (40.0, 60.0, 90.0)
KIND_TIP = "How tones are spaced from low to high. Mel: as the ear tells them apart. Linear: evenly, in hertz."
WINDOW_TIP = "Long windows tell close tones apart, short ones tell close moments apart."
RANGE_TIP = "How much softer than the loudest sound is still seen."
THEME_TITLES = {"dark": "&Dark theme", "light": "&Light theme", "projector": "&Projector theme"}
CHANNELS = (
    ("&Mix all", "mix"),
    ("Only the &first (left)", "1"),
    ("Only the &second (right)", "2"),
    *((f"Only number &{number}", str(number)) for number in range(3, 9)),
)
ZOOM = 0.6


class Menus:
    """Builds the menus of a window; `actions` has all of them by object name."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.actions: dict[str, QAction] = {}
        bar = window.menuBar()
        self.file(bar.addMenu("&File"))
        self.edit(bar.addMenu("&Edit"))
        self.view(bar.addMenu("&View"))
        self.record(bar.addMenu("&Record"))
        fill_transcribe_menu(self, window, bar.addMenu("&Transcribe"))
        self.words(bar.addMenu("&Words"))
        self.help(bar.addMenu("&Help"))

    def add(self, menu: QMenu, text: str, name: str, slot: Callable[[], object], *keys: Keys) -> QAction:
        """One entry."""
        action = QAction(text, self._window)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda _=False: slot())
        menu.addAction(action)
        self.actions[name] = action
        return action

    def file(self, menu: QMenu) -> None:
        window, asking = self._window, self._window.asking
        self.add(menu, "&Open sounds or videos…", "actionOpen", asking.files, "Ctrl+O")
        self.recent = menu.addMenu("Open &recent")
        self.recent.aboutToShow.connect(self._fill_recent)
        self._channels(menu.addMenu("Sounds with several &channels"))
        self.add(menu, "&Sessions…", "actionLibrary", asking.library, "Ctrl+Shift+O")
        self.add(menu, "&New session", "actionNewSession", window.bench.sessions.new, "Ctrl+N")
        self.add(menu, "Save session as one &file…", "actionPack", asking.pack_session)
        self.add(menu, "Fi&les in the queue…", "actionQueue", asking.queue)
        menu.addSeparator()
        self.add(menu, "&Export…", "actionExport", asking.export, "Ctrl+E")
        self.add(menu, "&Import labels…", "actionImportLabels", asking.import_labels)
        menu.addSeparator()
        self.add(menu, "Show session fol&der", "actionReveal", asking.reveal_session)
        self.add(menu, "&Move this recording to the trash", "actionTrash", asking.trash_recording)
        menu.addSeparator()
        self.add(menu, "Se&ttings…", "actionSettings", asking.settings, "Ctrl+,")
        self.add(menu, "&Quit", "actionQuit", window.close, "Ctrl+Q")

    def _channels(self, menu: QMenu) -> None:
        """Which channel of a file that has several is opened from now on."""
        window, group = self._window, QActionGroup(self._window)
        for title, value in CHANNELS:
            action = self.add(menu, title, f"channel-{value}", partial(window.bench.keep_settings, channel=value))
            action.setCheckable(True)
            group.addAction(action)
            action.setChecked(value == window.bench.settings.channel)

    def edit(self, menu: QMenu) -> None:
        bench, window = self._window.bench, self._window
        for name, action, keys in (
            ("actionUndo", bench.undo.createUndoAction(window, "&Undo"), QKeySequence.StandardKey.Undo),
            ("actionRedo", bench.undo.createRedoAction(window, "&Redo"), QKeySequence.StandardKey.Redo),
        ):
            action.setObjectName(name)
            action.setShortcuts(QKeySequence.keyBindings(keys))
            menu.addAction(action)
            self.actions[name] = action
        menu.addSeparator()
        self.add(menu, "Select &all", "actionSelectAll", bench.axis.select_all, "Ctrl+A")
        self.add(menu, "Select &nothing", "actionSelectNone", lambda: bench.axis.select(None), "Ctrl+Shift+A")
        self.add(menu, "Select &word at the cursor", "actionSelectWord", self._select_word, "Ctrl+W")
        self.add(menu, "&Label the selection…", "actionLabel", window.asking.label_selection, "Ctrl+L")
        self.add(menu, "Edit label &text…", "actionEditLabel", window.asking.edit_label, "F2")
        self.add(menu, "&Delete labels in the selection", "actionDeleteLabels", bench.labels.delete, "Ctrl+Shift+L")
        menu.addSeparator()
        self.add(menu, "&Find…", "actionFind", window.find_bar.ask, QKeySequence.StandardKey.Find)
        self.add(menu, "Find ne&xt", "actionFindNext", lambda: window.find_bar.step(1), "F3")
        self.add(menu, "Find &previous", "actionFindPrevious", lambda: window.find_bar.step(-1), "Shift+F3")

    def view(self, menu: QMenu) -> None:
        window, axis = self._window, self._window.bench.axis
        self.add(menu, "Zoom &in", "actionZoomIn", lambda: axis.zoom(ZOOM), "Ctrl++", "Ctrl+=")
        self.add(menu, "Zoom &out", "actionZoomOut", lambda: axis.zoom(1 / ZOOM), "Ctrl+-")
        self.add(menu, "Show &all", "actionShowAll", axis.show_all, "Ctrl+0")
        self.add(menu, "Show the &selection", "actionShowSelection", self._show_selection, "Ctrl+J")
        self._distances(menu.addMenu("Dis&tances"))
        menu.addSeparator()
        shown = self.add(menu, "Spectro&gram", "actionSpectrogram", self._toggle_spectrogram, "Ctrl+G")
        shown.setCheckable(True)
        shown.setChecked(True)
        smoothing = window.strip.smoothing
        smoothed = self.add(menu, "S&moothed distances", "actionSmoothed", smoothing.toggle, "Ctrl+D")
        smoothed.setCheckable(True)
        smoothed.setChecked(smoothing.isChecked())
        smoothing.toggled.connect(smoothed.setChecked)
        now = window.signal.spectrogram.settings
        self._choices(
            menu.addMenu("Spectrogram &kind"), "kind", [(KINDS[k], k) for k in get_args(Kind)], now.kind, KIND_TIP
        )
        windows = [(f"{ms:g} ms", ms) for ms in WINDOWS_MS]
        self._choices(menu.addMenu("Spectrogram &window"), "window_ms", windows, now.window_ms, WINDOW_TIP)
        ranges = [(f"{db:g} dB", now.ceiling_db - db) for db in RANGES_DB]
        self._choices(menu.addMenu("Spectrogram &range"), "floor_db", ranges, now.floor_db, RANGE_TIP)
        menu.addSeparator()
        group = QActionGroup(window)
        for name in THEMES:
            action = self.add(menu, THEME_TITLES[name], f"theme-{name}", partial(self._use_theme, name))
            action.setCheckable(True)
            group.addAction(action)
            action.setChecked(name == window.theme.name)

    def _distances(self, menu: QMenu) -> None:
        """The views of distances, each by its place among the tabs."""
        panel = self._window.distances
        for number, tab in enumerate(TABS, start=1):
            self.add(menu, tab.title, f"view-{tab.name}", partial(self._open_view, tab), f"Ctrl+{number}")
        menu.addSeparator()
        larger = self.add(menu, "&Larger", "actionLarger", panel.larger_button.click, "F11")
        larger.setCheckable(True)
        panel.larger_button.toggled.connect(larger.setChecked)
        self.add(menu, "&Save this view…", "actionSaveView", panel.save_button.click, "Ctrl+Shift+S")

    def _open_view(self, tab: Tab) -> None:
        self._window.distances.show_tab(tab)
        self._window.distances.current.setFocus()

    def record(self, menu: QMenu) -> None:
        window, toolbar, bench = self._window, self._window.toolbar, self._window.bench
        self.add(menu, "&Record", "actionRecord", toolbar.record_button.click, "Ctrl+R")
        self.add(menu, "&Listen without recording", "actionListen", toolbar.listen_button.click, "Ctrl+M")
        self.add(menu, "Listen for what stands o&ut…", "actionAnomaly", window.asking.anomaly, "Ctrl+U")
        self.add(menu, "&Pause or resume", "actionPause", toolbar.pause_button.click, "Ctrl+Shift+R")
        self.add(menu, "&Stop", "actionStop", self._escape, "Esc")
        menu.addSeparator()
        self.add(menu, "Pla&y", "actionPlay", bench.play, "Ctrl+P")
        menu.addSeparator()
        self.add(menu, "&Check the microphone…", "actionCheckMicrophone", window.asking.check_microphone, "Ctrl+K")
        self.add(menu, "Look for &devices again", "actionRescan", lambda: bench.sources.look(asked=True), "F5")

    def words(self, menu: QMenu) -> None:
        window, bench, panel = self._window, self._window.bench, self._window.words
        self.add(menu, "&Record a take", "actionTake", panel.take.click, "Ctrl+Return")
        self.add(menu, "Takes with the &coach…", "actionCoach", panel.coach.click, "Ctrl+Alt+Return")
        self.add(menu, "Hear the roo&m…", "actionRoom", window.asking.room, "Ctrl+Alt+R")
        self.add(menu, "Takes from &files…", "actionTakeFiles", panel.files.click)
        take = window.selection.use_as_take.emit
        self.add(menu, "Use the &selection as a take", "actionTakeSelection", take, "Ctrl+Shift+Return")
        self.add(menu, "Teach the &demo word", "actionTeachDemo", bench.words.teach_demo)
        self.add(menu, "The selection is &not the word", "actionCounterExample", self._not_the_word, "Ctrl+Shift+X")
        self.add(menu, "Edit the &takes…", "actionEditTakes", panel.edit.click)
        self.add(menu, "What was &learnt…", "actionLearnt", lambda: window.asking.learnt(panel.current), "Ctrl+Shift+H")
        self.add(menu, "&How words are heard…", "actionMethod", lambda: window.asking.method(panel.current), "Ctrl+H")
        menu.addSeparator()
        self.add(menu, "Search the &whole sound", "actionSearch", bench.reading.search)
        menu.addSeparator()
        self.add(menu, "E&xport the word…", "actionExportWord", lambda: window.asking.export_word(panel.current))
        self.add(menu, "&Import a word…", "actionImportWord", window.asking.import_word)
        self.add(menu, "&Open words…", "actionOpenWords", window.asking.words)
        self.add(menu, "Sa&ve words as…", "actionSaveWords", window.asking.where_words)

    def _not_the_word(self) -> None:
        self._window.bench.words.takes.counter_example(self._window.words.current)

    def help(self, menu: QMenu) -> None:
        window = self._window
        self.add(menu, "&Keyboard shortcuts", "actionShortcuts", window.asking.shortcuts, "F1")
        menu.addSeparator()
        for page, title in TITLES.items():
            self.add(menu, title, f"help-{page}", partial(window.asking.help_page, page))
        menu.addSeparator()
        self.add(menu, "&What works on this computer", "actionDoctor", window.show_doctor)

    def use_spectrogram(self, settings: SpectrogramSettings) -> None:
        """Another kind of spectrogram, window or range; the menus follow."""
        window = self._window
        window.signal.spectrogram.use(settings)
        window.bench.keeping.spectrogram = settings
        window.bench.desk.changed()
        for field in ("kind", "window_ms", "floor_db"):
            action = self.actions.get(f"spectrogram-{field}-{getattr(settings, field)}")
            if action is not None:
                action.setChecked(True)

    def _choices(
        self, menu: QMenu, field: str, choices: Sequence[tuple[str, object]], now: object, explained: str
    ) -> None:
        group = QActionGroup(self._window)
        menu.setToolTipsVisible(True)
        for title, value in choices:
            name = f"spectrogram-{field}-{value}"
            action = self.add(menu, title, name, partial(self._set_spectrogram, field, value))
            action.setToolTip(explained)
            action.setCheckable(True)
            group.addAction(action)
            action.setChecked(value == now)

    def _set_spectrogram(self, field: str, value: object) -> None:
        settings = self._window.signal.spectrogram.settings
        self.use_spectrogram(replace(settings, **{field: value}))  # type: ignore[arg-type]
        self._window.bench.keep_settings()

    def _toggle_spectrogram(self) -> None:
        self._window.signal.show_spectrogram(self.actions["actionSpectrogram"].isChecked())

    def _use_theme(self, name: str) -> None:
        self._window.set_theme(name)  # type: ignore[arg-type]
        self._window.bench.keep_settings(theme=name)

    def _escape(self) -> None:
        """Esc ends what is nearest to the user's eye: the notice, else what runs."""
        bench = self._window.bench
        if self._window.find_bar.isAncestorOf(self._window.focusWidget() or self._window):
            self._window.find_bar.hide()
        elif self._window.notice.isVisible() and not bench.busy:
            self._window.notice.hide()
        else:
            bench.stop()

    def _select_word(self) -> None:
        axis = self._window.bench.axis
        self._window.signal.lanes.select_word(axis.cursor if axis.cursor is not None else axis.view[0])

    def _show_selection(self) -> None:
        selection = self._window.bench.axis.selection
        if selection is not None:
            self._window.bench.axis.show(*selection)

    def _fill_recent(self) -> None:
        self.recent.clear()
        for path in self._window.bench.preferences.recent:
            action = self.recent.addAction(path.name)
            action.setToolTip(str(path))
            action.setEnabled(path.exists())
            action.triggered.connect(lambda _=False, path=path: self._window.asking.open_paths([path]))
        if self.recent.isEmpty():
            self.recent.addAction("Nothing yet").setEnabled(False)
        self.recent.setToolTipsVisible(True)
