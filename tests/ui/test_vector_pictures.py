"""SVG that every program draws alike: strokes with their own width, shapes in the picture's own units."""

import re
import xml.etree.ElementTree as ElementTree
from functools import partial

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QLineF, QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPainterPath, QPen, QPolygonF
from PySide6.QtSvg import QSvgGenerator
from small_whisper import SPOKEN

from labbench.core.paths import assets
from labbench.models.scripted_host import ScriptedHost
from labbench.transcript.types import Word
from labbench.ui import picture
from labbench.ui.vector_painter import VectorPainter, plain_strokes

CLIPS = assets() / "clips"
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = ("path", "polyline", "polygon", "rect", "line", "circle", "ellipse")


def test_no_stroke_is_scaled(open_bench):
    page = open_bench(twin=True, make_host=partial(ScriptedHost, read=lambda samples: (Word("One", 0.5, 0.9),)))
    page.teach("computer", [CLIPS / "takes" / "computer_1.flac"])
    page.show_file(SPOKEN / "digits_short.flac")
    page.bench.axis.select((0.5, 1.0))
    svg = picture.svg_bytes(page.window)
    assert b"non-scaling-stroke" not in svg
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(float, root.get("viewBox").split())
    drawn = 0
    for group in root.iter(f"{SVG}g"):
        shapes = [shape for shape in group if shape.tag.removeprefix(SVG) in SHAPES]
        if not shapes:
            continue
        drawn += len(shapes)
        a, b, c, d, x, y = map(float, re.findall(r"[-\d.e]+", group.get("transform", "matrix(1,0,0,1,0,0)")[7:]))
        assert (a, b, c, d) == (1, 0, 0, 1), ElementTree.tostring(group)[:300]
        if group.get("stroke", "none") != "none":
            assert 0.5 <= float(group.get("stroke-width")) <= 4
        for shape in shapes:
            for points in re.findall(r"[-\d.e]+,[-\d.e]+", shape.get("points", "") + " " + shape.get("d", "")):
                px, py = map(float, points.split(","))
                assert -width <= px + x <= 2 * width and -3 * height <= py + y <= 4 * height
    assert drawn > 50


@pytest.mark.parametrize(
    "draw",
    [
        lambda painter, at: painter.drawLine(QLineF(at, 0.0, at + 0.001, 1.0)),
        lambda painter, at: painter.drawLine(QPointF(at, 0.0), QPointF(at + 0.001, 1.0)),
        lambda painter, at: painter.drawLines([QLineF(at, 0.0, at + 0.001, 1.0)]),
        lambda painter, at: painter.drawLines([QPointF(at, 0.0), QPointF(at + 0.001, 1.0)]),
        lambda painter, at: painter.drawPolyline(QPolygonF([QPointF(at, 0.0), QPointF(at + 0.001, 1.0)])),
        lambda painter, at: painter.drawPolygon([QPointF(at, 0.0), QPointF(at + 0.001, 1.0), QPointF(at, 1.0)]),
        lambda painter, at: painter.drawRect(QRectF(at, 0.0, 0.001, 1.0)),
        lambda painter, at: painter.drawRects([QRectF(at, 0.0, 0.001, 1.0)]),
        lambda painter, at: painter.drawPath(line(at)),
    ],
)
def test_a_moment_far_into_a_long_sound_keeps_its_place(draw):
    """A millisecond, 10 pixels wide, after two hours: six digits of 7200.123 would be 100 ms coarse."""
    at, buffer = 7200.123, QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(200, 100))
    painter = VectorPainter(generator)
    pen = QPen(QColor("#ff0000"), 1.5)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.scale(10_000, 80)
    painter.translate(-7200.12, 0.0)
    before = painter.transform()
    draw(painter, at)
    assert painter.transform() == before
    painter.end()
    svg = plain_strokes(bytes(buffer.data().data())).decode()
    numbers = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.]+,[\d.]+(?=[ \"])", svg)]
    xs = [x for x, _ in numbers]
    assert min(xs) == pytest.approx(30, abs=0.01) and max(xs) == pytest.approx(40, abs=0.01), svg
    assert "non-scaling-stroke" not in svg and 'stroke-width="1.5"' in svg


def line(at):
    path = QPainterPath(QPointF(at, 0.0))
    path.lineTo(at + 0.001, 1.0)
    return path
