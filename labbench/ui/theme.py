"""Colours, sizes and fonts of the window: one set of names, three themes.

Words and marks use Okabe and Ito's palette, which people with any colour vision can tell apart (M. Okabe, K. Ito, Color
Universal Design, 2008).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtGui import QColor, QFont, QPalette

from labbench.core.paths import assets

ThemeName = Literal["dark", "light", "projector"]

GUTTER = 84
"""Width of the axis to the left of every plot, so that their time axes line up."""


@dataclass(frozen=True)
class Theme:
    """Colours as #rrggbb, `heat` from quiet to loud; `scale` multiplies the type scale of 12, 14, 18 and 24 pixels."""

    name: ThemeName
    ground: str
    surface: str
    raised: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    record: str
    good: str
    warning: str
    wave: str
    words: tuple[str, ...]
    heat: tuple[str, ...]
    scale: float = 1.0
    stroke: float = 1.5
    red: str = "#c8202f"
    """Behind white letters: it is being recorded."""

    def size(self, pixels: int) -> int:
        return round(pixels * self.scale)

    def font(self, pixels: int = 12, *, bold: bool = False) -> QFont:
        font = QFont()
        font.setPixelSize(self.size(pixels))
        font.setBold(bold)
        font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
        if hasattr(QFont, "Tag"):  # figures of equal width, so that running numbers do not tremble (Qt 6.7 and later)
            font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def word(self, number: int) -> str:
        """The colour of the word in that place."""
        return self.words[number % len(self.words)]


_OKABE_ITO = ("#e69f00", "#009e73", "#56b4e9", "#d55e00", "#cc79a7", "#0072b2", "#f0e442")

DARK = Theme(
    name="dark",
    ground="#121518",
    surface="#1a1e22",
    raised="#262b30",
    line="#2e343a",
    text="#e9ecef",
    muted="#9aa4ad",
    accent="#56b4e9",
    on_accent="#0b1117",
    record="#e0651b",
    good="#2bb68a",
    warning="#e69f00",
    wave="#56b4e9",
    words=_OKABE_ITO,
    heat=("#1a1e22", "#1d3a4d", "#256a94", "#56b4e9", "#b9def2", "#fbf6d8"),
)
LIGHT = Theme(
    name="light",
    ground="#f3f4f6",
    surface="#ffffff",
    raised="#eceff2",
    line="#d8dde2",
    text="#171b1f",
    muted="#59636d",
    accent="#0072b2",
    on_accent="#ffffff",
    record="#c24e00",
    good="#00785a",
    warning="#a35c00",
    wave="#0072b2",
    words=("#c98500", "#009e73", "#3d9bd1", "#d55e00", "#b9608f", "#0072b2", "#a89c00"),
    heat=("#ffffff", "#dcebf5", "#9cc6e2", "#3d8fc4", "#0a5a8f", "#06233a"),
)
PROJECTOR = replace(
    LIGHT, name="projector", ground="#ffffff", line="#aab2ba", text="#000000", muted="#33393f", scale=1.25, stroke=2.5
)

THEMES: dict[str, Theme] = {theme.name: theme for theme in (DARK, LIGHT, PROJECTOR)}


def palette(theme: Theme) -> QPalette:
    """For what no stylesheet reaches: dialogs, tooltips, selections."""
    result = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, theme.ground),
        (QPalette.ColorRole.Base, theme.surface),
        (QPalette.ColorRole.AlternateBase, theme.raised),
        (QPalette.ColorRole.Button, theme.raised),
        (QPalette.ColorRole.Text, theme.text),
        (QPalette.ColorRole.WindowText, theme.text),
        (QPalette.ColorRole.ButtonText, theme.text),
        (QPalette.ColorRole.ToolTipBase, theme.raised),
        (QPalette.ColorRole.ToolTipText, theme.text),
        (QPalette.ColorRole.PlaceholderText, theme.muted),
        (QPalette.ColorRole.Highlight, theme.accent),
        (QPalette.ColorRole.HighlightedText, theme.on_accent),
        (QPalette.ColorRole.Link, theme.accent),
        (QPalette.ColorRole.LinkVisited, theme.accent),
    ):
        result.setColor(role, QColor(colour))
    return result


def icon(name: str) -> str:
    """Path of a bundled icon, as stylesheets want it on every system."""
    return (assets() / "icons" / f"{name}.svg").as_posix()


def stylesheet(theme: Theme) -> str:
    """The whole window's stylesheet."""
    t = theme
    tick = (assets() / "icons" / f"tick-{t.on_accent.removeprefix('#')}.svg").as_posix()
    return f"""
    QWidget {{ color: {t.text}; font-size: {t.size(12)}px; }}
    QMainWindow, QDialog, QMessageBox {{ background: {t.ground}; }}
    QMenuBar {{ background: {t.ground}; padding: 2px 8px; }}
    QMenuBar::item {{ padding: 4px 8px; border-radius: 4px; background: transparent; }}
    QMenuBar::item:selected {{ background: {t.raised}; }}
    QMenu {{ background: {t.surface}; border: 1px solid {t.line}; padding: 4px; }}
    QMenu::item {{ padding: 6px 24px 6px 16px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {t.raised}; }}
    QMenu::item:disabled {{ color: {t.muted}; }}
    QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px 8px; }}
    QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; padding: 6px; }}
    QFrame[panel="true"] {{ background: {t.surface}; border: 1px solid {t.line}; border-radius: 8px; }}
    QLabel {{ background: transparent; }}
    QLabel[role="title"] {{ font-size: {t.size(14)}px; font-weight: 600; }}
    QLabel[role="title-good"] {{ font-size: {t.size(14)}px; font-weight: 600; color: {t.good}; }}
    QLabel[role="title-warning"] {{ font-size: {t.size(14)}px; font-weight: 600; color: {t.warning}; }}
    QLabel[role="title-bad"] {{ font-size: {t.size(14)}px; font-weight: 600; color: {t.record}; }}
    QLabel[role="headline"] {{ font-size: {t.size(24)}px; font-weight: 600; }}
    QLabel[role="lead"] {{ font-size: {t.size(14)}px; color: {t.muted}; }}
    QLabel[role="muted"] {{ color: {t.muted}; }}
    QLabel[role="good"] {{ color: {t.good}; }}
    QLabel[role="warning"] {{ color: {t.warning}; }}
    QLabel[role="bad"] {{ color: {t.record}; }}
    QLabel[role="recording"] {{ color: #ffffff; background: {t.red}; border-radius: 4px; padding: 4px 8px;
        font-weight: 600; }}
    QLabel[role="paused"] {{ color: {t.text}; background: {t.raised}; border-radius: 4px; padding: 4px 8px;
        font-weight: 600; }}
    QPushButton {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 6px; padding: 5px 12px;
        min-height: {t.size(16)}px; }}
    QPushButton:hover {{ border-color: {t.muted}; }}
    QPushButton:pressed {{ background: {t.line}; }}
    QPushButton:focus {{ border-color: {t.accent}; }}
    QPushButton:checked {{ background: {t.line}; border-color: {t.accent}; }}
    QPushButton:disabled {{ color: {t.muted}; background: transparent; }}
    QPushButton[kind="record"] {{ background: {t.record}; border-color: {t.record}; color: #ffffff; font-weight: 600; }}
    QPushButton[kind="record"]:hover {{ border-color: {t.text}; }}
    QPushButton[kind="record"]:focus, QPushButton[kind="primary"]:focus,
        QPushButton[kind="big-primary"]:focus {{ border: 2px solid {t.text}; }}
    QPushButton[kind="record"]:disabled {{ background: transparent; border-color: {t.line}; color: {t.muted}; }}
    QPushButton[kind="primary"] {{ background: {t.accent}; border-color: {t.accent}; color: {t.on_accent};
        font-weight: 600; }}
    QPushButton[kind="primary"]:hover {{ border-color: {t.text}; }}
    QPushButton[kind="primary"]:disabled {{ background: transparent; border-color: {t.line}; color: {t.muted}; }}
    QPushButton[kind="quiet"] {{ background: transparent; border-color: transparent; color: {t.muted};
        padding: 2px 6px; }}
    QPushButton[kind="quiet"]:checked {{ background: {t.raised}; border-color: {t.line}; color: {t.text}; }}
    QPushButton[kind="quiet"]:hover, QPushButton[kind="quiet"]:focus {{ color: {t.text}; border-color: {t.line}; }}
    QPushButton[kind="big"] {{ font-size: {t.size(14)}px; padding: 12px 20px; }}
    QPushButton[kind="big-primary"] {{ font-size: {t.size(14)}px; padding: 12px 20px; font-weight: 600;
        background: {t.accent}; border-color: {t.accent}; color: {t.on_accent}; }}
    QPushButton[kind="big-primary"]:hover {{ border-color: {t.text}; }}
    QComboBox, QLineEdit {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 6px; padding: 5px 10px;
        min-height: {t.size(16)}px; selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
    QComboBox[kind="quiet"] {{ background: transparent; border-color: transparent; color: {t.muted};
        padding: 2px 6px; }}
    QComboBox[kind="quiet"]:hover, QComboBox[kind="quiet"]:focus {{ color: {t.text}; border-color: {t.line}; }}
    QComboBox:hover, QLineEdit:hover {{ border-color: {t.muted}; }}
    QComboBox:focus, QLineEdit:focus {{ border-color: {t.accent}; }}
    QComboBox::drop-down {{ border: none; width: 24px; }}
    QComboBox::down-arrow {{ image: url("{icon(f"chevron-{t.name}")}"); width: 12px; height: 12px; }}
    QComboBox QAbstractItemView {{ background: {t.surface}; border: 1px solid {t.line}; outline: none;
        selection-background-color: {t.raised}; selection-color: {t.text}; }}
    QTextBrowser {{ background: transparent; border: none; font-size: {t.size(14)}px; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {t.line}; border-radius: 4px; min-height: 24px; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none;
        height: 0; }}
    QSlider::groove:horizontal {{ height: 4px; background: {t.line}; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
    QSlider::handle:horizontal {{ background: {t.text}; width: 14px; height: 14px; margin: -5px 0;
        border-radius: 7px; }}
    QSlider::handle:horizontal:focus {{ background: {t.accent}; }}
    QProgressBar {{ background: {t.line}; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 2px; }}
    QFrame[notice="true"] {{ background: {t.raised}; border: 1px solid {t.warning}; border-radius: 8px; }}
    QSplitter::handle {{ background: transparent; }}
    QAbstractItemView {{ background: {t.surface}; border: 1px solid {t.line}; border-radius: 6px; outline: none;
        selection-background-color: {t.raised}; selection-color: {t.text}; }}
    QAbstractItemView:focus {{ border-color: {t.accent}; }}
    QTreeView::item, QTableView::item, QListView::item {{ padding: 5px 6px; border: none; }}
    QTreeView::item:selected, QTableView::item:selected, QListView::item:selected {{ background: {t.raised};
        color: {t.text}; }}
    QTreeView::branch {{ background: {t.surface}; }}
    QTreeView::branch:selected {{ background: {t.raised}; }}
    QTreeView::branch:has-children:closed {{ image: url("{icon(f"chevron-right-{t.name}")}"); }}
    QTreeView::branch:has-children:open {{ image: url("{icon(f"chevron-{t.name}")}"); }}
    QTreeView QLineEdit {{ padding: 0 4px; min-height: 0; border-radius: 0; border-color: {t.accent}; }}
    QHeaderView, QHeaderView::section {{ background: {t.surface}; color: {t.muted}; border: none; }}
    QHeaderView::section {{ border-bottom: 1px solid {t.line}; padding: 6px 9px; text-align: left; }}
    QRadioButton, QCheckBox {{ spacing: 8px; padding: 2px 0; }}
    QRadioButton:disabled, QCheckBox:disabled {{ color: {t.muted}; }}
    QRadioButton::indicator {{ width: 14px; height: 14px; border: 1px solid {t.muted}; border-radius: 8px;
        background: {t.surface}; }}
    QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 5px solid {t.accent};
        background: {t.on_accent}; }}
    QCheckBox::indicator, QTreeView::indicator {{ width: 14px; height: 14px; border: 1px solid {t.muted};
        border-radius: 4px; background: {t.surface}; }}
    QCheckBox::indicator:checked, QTreeView::indicator:checked {{ border-color: {t.accent}; background: {t.accent};
        image: url("{tick}"); }}
    QRadioButton::indicator:disabled, QCheckBox::indicator:disabled {{ border-color: {t.line};
        background: {t.ground}; }}
    QRadioButton:focus, QCheckBox:focus {{ color: {t.accent}; }}
    QComboBox:disabled, QLineEdit:disabled {{ background: transparent; color: {t.muted}; }}
    QAbstractScrollArea::corner {{ background: transparent; border: none; }}
    QSpinBox, QDoubleSpinBox {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 6px;
        padding: 5px 10px; min-height: {t.size(16)}px; selection-background-color: {t.accent};
        selection-color: {t.on_accent}; }}
    QSpinBox:focus, QDoubleSpinBox:focus {{ border-color: {t.accent}; }}
    QSpinBox QLineEdit, QDoubleSpinBox QLineEdit {{ border: none; padding: 0 8px; background: transparent;
        min-height: 0; }}
    QSpinBox::up-button, QSpinBox::down-button {{ width: 0; border: none; image: none; }}
    QTabWidget::pane {{ border: none; border-top: 1px solid {t.line}; }}
    QTabBar::tab {{ background: transparent; color: {t.muted}; padding: 4px 12px; border: none;
        border-bottom: 2px solid transparent; }}
    QTabBar::tab:hover {{ color: {t.text}; }}
    QTabBar::tab:selected {{ color: {t.text}; border-bottom-color: {t.accent}; }}
    QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
    QScrollBar::handle:horizontal {{ background: {t.line}; border-radius: 4px; min-width: 24px; }}
    QScrollBar::add-line:horizontal, QScrollBar::sub-line:horizontal {{ width: 0; }}
    """
