"""The gestures on the page: one small object each, all with the same protocol."""

from functools import partial

from app.language import tr
from widgets.tools.box import BoxTool
from widgets.tools.freehand import LassoTool, OrderTool
from widgets.tools.gesture import Canvas, Outline, Spot, Tool, ToolKind
from widgets.tools.line import LineTool
from widgets.tools.points import PointsTool
from widgets.tools.region import RegionTool
from widgets.tools.select import SelectTool
from widgets.tools.split import SplitRegionTool, SplitTool

__all__ = ["TOOLS", "Canvas", "Outline", "Spot", "Tool", "ToolKind"]

TOOLS: tuple[ToolKind, ...] = (
    ToolKind("select", "V", SelectTool, lambda: (tr("Select"), tr("Choose lines and regions, move and reshape them"))),
    ToolKind("lasso", "Q", LassoTool, lambda: (tr("Lasso"), tr("Draw freely around the lines to choose"))),
    ToolKind("line", "L", LineTool, lambda: (tr("Draw line"), tr("Draw along the baseline of a line of writing"))),
    ToolKind("region", "R", RegionTool, lambda: (tr("Draw region"), tr("Draw around lines that belong together"))),
    ToolKind(
        "points",
        "E",
        PointsTool,
        lambda: (
            tr("Edit points"),
            tr("Move, add and remove points of the chosen line or region: click to take up, click to put down"),
        ),
    ),
    ToolKind("split", "S", SplitTool, lambda: (tr("Split line"), tr("Click where a line is to be cut in two"))),
    ToolKind(
        "split_region",
        "Shift+S",
        SplitRegionTool,
        lambda: (tr("Split region"), tr("Draw a straight cut through a region; its lines go to where they lie")),
    ),
    ToolKind(
        "order",
        "O",
        OrderTool,
        lambda: (tr("Draw reading order"), tr("Draw a path through the lines, in the order in which they are read")),
    ),
    ToolKind(
        "box",
        "B",
        BoxTool,
        lambda: (
            tr("Read a part"),
            tr("Draw around the part of the page to read; a flat part is one line, a higher one is several lines"),
        ),
    ),
    ToolKind(
        "box_line",
        "Shift+B",
        partial(BoxTool, one_line=True),
        lambda: (tr("Read a part as one line"), tr("Draw around one line of writing, however high it is")),
    ),
    ToolKind(
        "box_lines",
        "Ctrl+B",
        partial(BoxTool, one_line=False),
        lambda: (tr("Read a part as several lines"), tr("Draw around several lines of writing, however flat they are")),
    ),
)
