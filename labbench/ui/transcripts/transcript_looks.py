"""How the pieces of a transcript look, in a theme's colours."""

from __future__ import annotations

from PySide6.QtGui import QColor, QTextBlockFormat, QTextCharFormat

from labbench.ui.theme import Theme

LINE = 20
"""From a line to the next, in pixels before the theme's scale: letters have 14."""
FAINT = 0.35
_WAVES = QTextCharFormat.UnderlineStyle.WaveUnderline
_DOTS = QTextCharFormat.UnderlineStyle.DotLine


def looks(theme: Theme) -> dict[str, QTextCharFormat]:
    """A format for each look that a piece may have, and for what was found."""
    made = {
        "plain": _format(theme.text),
        "unsure": _format(theme.warning, _DOTS),
        "doubtful": _format(theme.warning, _WAVES),
        "provisional": _format(theme.muted),
        "wrong": _format(theme.text),
        "missing": _format(theme.muted),
        "dropped": _format(theme.muted),
        "figures": _format(theme.muted),
        "found": QTextCharFormat(),
    }
    made["dropped"].setFontStrikeOut(True)
    for look, colour in (("found", theme.accent), ("wrong", theme.warning)):
        tint = QColor(colour)
        tint.setAlphaF(FAINT)
        made[look].setBackground(tint)
    made["missing"].setFontItalic(True)
    made["figures"].setFontPointSize(theme.font(12).pointSizeF() if theme.font(12).pointSizeF() > 0 else 9)
    return made


def line_format(pixels: int) -> QTextBlockFormat:
    """Lines that far from each other, whichever script and font they need: so all texts keep one rhythm."""
    made = QTextBlockFormat()
    made.setLineHeight(pixels, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
    return made


def _format(colour: str, underline: QTextCharFormat.UnderlineStyle | None = None) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(QColor(colour))
    if underline is not None:
        made.setUnderlineStyle(underline)
        made.setUnderlineColor(QColor(colour))
    return made
