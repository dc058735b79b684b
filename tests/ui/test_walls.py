"""The rooms of the window, read from the source: nothing in `ui` imports in a circle, types included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import labbench

PACKAGE = Path(labbench.__file__).parent
UI = PACKAGE / "ui"

IN_CIRCLES = """
anomaly/desk anomaly/ear anomaly/learning anomaly/links anomaly/scoring asking asking_files asking_words bench
dialogs/anomaly_dialog dialogs/base dialogs/block_section dialogs/coach_dialog dialogs/compare_dialog
dialogs/export_choices dialogs/export_dialog dialogs/failure_dialog dialogs/learning_dialog
dialogs/library_dialog dialogs/method_dialog dialogs/microphone_dialog dialogs/models_dialog
dialogs/options_dialog dialogs/queue_dialog dialogs/remote_dialog dialogs/room_dialog dialogs/settings_dialog
dialogs/subtitle_fields dialogs/takes_dialog dialogs/text_page file_queue main_window menus picture preferences
sessions/keeping sessions/session_desk sessions/session_tasks sounds/label_desk sounds/selection
sounds/shown_playback transcripts/aligned_links transcripts/block_desk transcripts/block_links
transcripts/reading transcripts/reference_desk transcripts/transcribe_menu transcripts/transcript_changes
transcripts/transcription_links views/embedders/desk views/embedders/view views/landmark_desk views/making
views/map/links views/matrix/view views/microscope/links views/room views/strip/links views/threshold/desk
views/threshold/view window_links words/learner words/learning words/learning_history words/method_desk
words/moment_sound words/room_desk words/take_again words/take_desk words/way_desk words/word_desk
"""
"""Files that still import each other in a circle. None is ever added; whoever breaks a link takes its files off."""
CIRCLE = {f"{name}.py" for name in IN_CIRCLES.split()}


def imported(path: Path) -> Iterator[str]:
    """Names of the modules of `ui` that a file imports anywhere, also for the type checker alone."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [str(node.module)]
        for name in names:
            file = PACKAGE.parent.joinpath(*name.split("."))
            if file.is_relative_to(UI) and file.with_suffix(".py").is_file():
                yield file.with_suffix(".py").relative_to(UI).as_posix()


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """Sets of nodes each of which can be reached from the others: Tarjan's strongly connected components of more than
    one node."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []

    def visit(node: str) -> None:
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in number:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], number[other])
        if low[node] == number[node]:
            part = set(stack[stack.index(node) :])
            del stack[stack.index(node) :]
            if len(part) > 1:
                found.append(part)

    for node in graph:
        if node not in number:
            visit(node)
    return found


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}) == [{"a", "b", "c"}]
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_no_file_of_the_window_imports_in_a_circle() -> None:
    files = {path.relative_to(UI).as_posix(): set(imported(path)) for path in UI.rglob("*.py")}
    found = set().union(*circles(files))
    assert len(files) > 50
    assert found <= CIRCLE, f"import each other: {sorted(found - CIRCLE)}"
    assert found >= CIRCLE, f"do so no more, and can be taken off the list: {sorted(CIRCLE - found)}"
