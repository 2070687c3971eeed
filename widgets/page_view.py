"""The page on the desk: what is on it, what is chosen, and the gestures that ask for edits.

It shows a `Page` and never changes one: each gesture ends in `edit_requested`, and what the archive answers comes back
through `apply_edit`. Everything here runs on the GUI thread.
"""

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCursor,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QTransform,
)

from app import edits, geometry
from app.edits import Edit
from app.geometry import Box
from app.jobs.tasks import DrawnBox
from app.language import tr
from app.page import Line, Page, Point
from widgets.looks import Seen
from widgets.magnifier import Magnifier
from widgets.page_image import PyramidImage
from widgets.page_items import Overlays, polygon
from widgets.page_scene import PageScene
from widgets.page_zoom import ZoomView
from widgets.spoken import spoken_selection
from widgets.tools import TOOLS, Spot, Tool
from widgets.tools.gesture import HAND

if TYPE_CHECKING:
    from app.archive import PageEdit

REACH = 12
"""How far from a baseline a press still counts, in pixels of the screen; for a point see `tools.gesture.HAND`."""
CROSS_STEP, CROSS_STRIDE = 1, 10
"""How far an arrow key moves the cross, alone and with Shift, in pixels of the screen."""
MOVE_STEP = 3
"""How far a key moves what is chosen, in pixels of the screen."""
_MOVING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class PageView(ZoomView):
    """The page view; see its signals and the methods without underscore for what an owner may use.

    `selection_changed` has the tuple of chosen ids, `edit_requested` the label for undo and an `app.edits.Edit`,
    `box_drawn` an `app.jobs.tasks.DrawnBox`, `tool_changed` the tool's name, `line_activated` the id of a line.
    """

    selection_changed = Signal(object)
    edit_requested = Signal(str, object)
    box_drawn = Signal(object)
    tool_changed = Signal(str)
    line_activated = Signal(str)

    def __init__(self) -> None:
        self._scene = PageScene()
        super().__init__(self._scene)
        self._scene.setParent(self)
        self._tool_name = TOOLS[0].name
        self._tool: Tool = TOOLS[0].make(self)
        self._cross: Point | None = None
        self._glass_at = QPoint()
        self._space_held = False
        self._anchor: str | None = None
        self._current: str | None = None
        self._awaited: tuple[str, ...] = ()
        self._overlays = Overlays()
        self.magnifier = Magnifier(self.viewport(), self._scene.paper)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.setAccessibleName(tr("Page"))
        self.zoom_changed.connect(self._on_zoom)
        self.hurried.connect(self._scene.paper.hurry)

    def show_page(self, page: Page | None) -> None:
        """Shows a page, or the empty desk; another page without its image and with nothing chosen.

        It comes fitted to the width where the page before was, otherwise as a whole.
        """
        before = self._scene.page
        if page is not None and before is not None and page.id == before.id:
            self._follow(page)
            return
        had = self.selected()
        self._scene.show(page)
        self._awaited, self._anchor, self._current = (), None, None
        self.set_tool(self._tool_name)
        if self.is_fitted_to_width:
            self.fit_width()
            self.verticalScrollBar().setValue(self.verticalScrollBar().minimum())
        else:
            self.fit_page()
        if had:
            self._tell_selection()

    def show_image(self, image: PyramidImage | None) -> None:
        """Shows the image of the page that is shown; None takes it away."""
        self._scene.show_image(image)

    def apply_edit(self, edit: "PageEdit") -> None:
        """Follows an edit, if it is one of the page that is shown; redraws only what it changed.

        Edits of several threads may come in another order than they were made in: the newest page counts.
        """
        page = self._scene.page
        if page is not None and edit.after.id == page.id and edit.after.revision >= page.revision:
            self._follow(edit.after)

    def select(self, ids: tuple[str, ...]) -> None:
        """Chooses these lines and regions and no others; those that are not on the page are passed over."""
        before = self.selected()
        self._scene.choose(ids)
        lines = self._chosen_lines()
        self._anchor, self._current = (lines[0], lines[-1]) if lines else (None, None)
        if self.is_reading and self._scene.page is not None and self._current in lines:
            self._follow_current(self._scene.page)
        if self.selected() != before:
            self._tell_selection()

    def selected(self) -> tuple[str, ...]:
        """The chosen lines and regions, in the order in which they were chosen."""
        return self._scene.chosen

    def set_tool(self, name: str) -> None:
        """Takes up a tool by its name in `widgets.tools.TOOLS`; a gesture that is not finished is given up."""
        kind = next(kind for kind in TOOLS if kind.name == name)
        changed, self._tool_name = name != self._tool_name, name
        self._tool = kind.make(self)
        self._cross = None
        self._show_cursor()
        self._show_preview()
        if changed:
            self._show_overlays()
            self.tool_changed.emit(name)

    def tool(self) -> str:
        """The name of the tool in hand."""
        return self._tool_name

    @property
    def is_busy(self) -> bool:
        """Whether a gesture is under way."""
        return self._tool.busy

    @property
    def draws(self) -> bool:
        """Whether the tool in hand sets points, with the pointer or with the cross."""
        return self._tool.draws

    def show_line(self, line_id: str) -> None:
        """Scrolls no further than needed for the line to be seen."""
        line = self._scene.page.line(line_id) if self._scene.page else None
        if line is not None and not self.is_reading:
            self._reveal(geometry.box_of_line(line))
        self._magnify_current()

    def read_closely(self, on: bool) -> None:
        """Has a usual line fill the width, and shows the current one, or else the first, from now on; or no more."""
        page = self._scene.page
        if not on:
            if self.is_reading:
                self.fit_page()
        elif page is not None and page.lines:
            if self._current is None:
                self.select((page.lines[0].id,))
            self._follow_current(page)

    def show_overlays(self, overlays: Overlays) -> None:
        """Shows of the page what these say, and no more; the reading order also while it is drawn."""
        self._overlays = overlays
        self._show_overlays()

    def _show_overlays(self) -> None:
        shown = replace(self._overlays, order=self._overlays.order or self._tool_name == "order")
        if shown != self._scene.overlays:
            self._scene.show_overlays(shown)

    def show_seen(self, seen: Seen) -> None:
        """Shows the image in this look."""
        self._scene.paper.show_seen(seen)

    def show_magnifier(self, on: bool) -> None:
        """Lays the magnifier over the page where the pointer is, or else over the cross or the current line."""
        self.magnifier.setVisible(on)
        at_view = self.viewport().mapFromGlobal(QCursor.pos())
        if not self.viewport().rect().contains(at_view):
            at_view = self.viewport().rect().center()
        self._magnify(at_view)
        self._magnify_current()

    def _magnify(self, at_view: QPoint) -> None:
        self._glass_at = at_view
        if self.magnifier.isVisible():
            self.magnifier.look_at(at_view, self.mapToScene(at_view), self.scale_on_screen, self.angle)

    def _magnify_current(self) -> None:
        """Follows the keyboard: the cross, or else where the current line begins."""
        line = self._current_line()
        at = self._cross or (line.baseline[0] if line else None)
        if at is not None:
            self._magnify(self.mapFromScene(QPointF(*at)))

    def shown_page(self) -> Page:
        """The page that is shown; only to be asked for while there is one."""
        assert self._scene.page is not None
        return self._scene.page

    def page_pixels(self, screen: float) -> float:
        """How many pixels of the page so many of the screen are, at this zoom."""
        return screen * self._scene.px

    def target_at(self, at: Point) -> str | None:
        """The line here, or else the region."""
        return self._scene.target_at(at, self.page_pixels(REACH))

    def handle_at(self, at: Point) -> int | None:
        """Which point of the one chosen line or region can be dragged here."""
        return self._scene.handle_at(at, self.page_pixels(HAND))

    def touched_by(self, box: Box) -> tuple[str, ...]:
        """The lines that the box touches, or, where there are none, the regions inside it."""
        return self._scene.touched_by(box)

    def request(self, label: str, edit: Edit, made: tuple[str, ...] = ()) -> None:
        """Asks for an edit; what it makes, `made`, is chosen once it is there."""
        self._awaited = made
        self.edit_requested.emit(label, edit)

    def send_box(self, box: DrawnBox) -> None:
        """Tells that a part of the page was marked to be read."""
        self.box_drawn.emit(box)

    def activate(self, line_id: str) -> None:
        """Goes to the line's text."""
        self.line_activated.emit(line_id)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The middle button or Space take hold of the page, the main button goes to the tool."""
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self._space_held):
            self.begin_pan(event.position().toPoint())
        elif left and self._scene.page:
            self._cross = None
            self._tool.press(self._spot(event))
            self._show_preview()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Drags the page, or tells the tool."""
        if self.is_panning():
            self.pan_to(event)
        elif self._scene.page:
            self._tool.move(self._spot(event))
            self._show_preview()
            self._show_cursor(event.position())
        self._magnify(event.position().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Lets go of the page, or tells the tool."""
        if self.is_panning():
            self.end_pan()
            self._space_held = False
            self._show_cursor()
        elif event.button() == Qt.MouseButton.LeftButton and self._scene.page:
            self._tool.release(self._spot(event))
            self._show_preview()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The second press of a double click."""
        if event.button() == Qt.MouseButton.LeftButton and self._scene.page and not self._space_held:
            self._tool.double_click(self._spot(event))
            self._show_preview()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Leaves Delete and Backspace to a gesture that is under way, before they are a command on what is chosen."""
        if (
            watched is self
            and event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
            and self._tool.busy
        ):
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """The tool has the first word, then the cross, then the page's own keys."""
        if not (self._scene.page and self._on_key(event)) and not self._on_zoom_key(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Space that was pressed alone sets a point at the cross."""
        if event.key() != Qt.Key.Key_Space or event.isAutoRepeat():
            super().keyReleaseEvent(event)
        elif self._space_held and not self.is_panning():
            self._space_held = False
            if self._tool.draws and self._scene.page:
                self._set_point()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Forgets a Space that is released elsewhere."""
        self._space_held = False
        super().focusOutEvent(event)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The page is the middle of attention: it takes what there is."""
        return QSize(900, 700)

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802 - Qt's name
        """Leaves the magnifier where it is, over another piece of the page."""
        super().scrollContentsBy(dx, dy)
        self._magnify(self._glass_at)

    def corner_of(self, region_id: str) -> QPoint:
        """Where on the screen a region's top left corner is seen, or else the edge of the view nearest to it."""
        region, seen = self.shown_page().region(region_id), self.viewport().rect()
        corner = self.mapFromScene(polygon(region.boundary if region else ())).boundingRect().topLeft()
        inside = QPoint(min(max(corner.x(), 0), seen.right()), min(max(corner.y(), 0), seen.bottom()))
        return self.viewport().mapToGlobal(inside)

    def _on_zoom(self, scale: float) -> None:
        self._scene.set_px(1 / scale)
        self._magnify(self._glass_at)

    def _spot(self, event: QMouseEvent) -> Spot:
        adding = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        return Spot(self._to_page(event.position().toPoint()), bool(event.modifiers() & adding))

    def _to_page(self, at_view: QPoint) -> Point:
        at_scene, page = self.mapToScene(at_view), self.shown_page()
        return geometry.clipped([(math.floor(at_scene.x()), math.floor(at_scene.y()))], page.width, page.height)[0]

    def _on_key(self, event: QKeyEvent) -> bool:
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._tool.key(key):
            self._show_preview()
        elif key in _ARROWS and event.modifiers() & _MOVING == _MOVING:
            self._move_chosen(*_ARROWS[key])
        elif key == Qt.Key.Key_Space:
            self._space_held = self._space_held or not event.isAutoRepeat()
            self._show_cursor()
        elif self._tool.draws and key in _ARROWS:
            self._move_cross(*_ARROWS[key], CROSS_STRIDE if shift else CROSS_STEP)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(-1 if key == Qt.Key.Key_Up else 1, extend=shift)
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select(tuple(line.id for line in self.shown_page().lines))
        else:
            return self._on_selection_key(key)
        return True

    def _move_chosen(self, across: int, down: int) -> None:
        """Moves what is chosen by a few pixels of the screen."""
        by = self._as_seen(across, down, max(round(self.page_pixels(MOVE_STEP)), 1))
        if self.selected():
            self.request(tr("Move"), partial(edits.move, ids=self.selected(), dx=by.x(), dy=by.y()))

    def _as_seen(self, across: int, down: int, step: int) -> QPoint:
        """A step as it is seen on the screen, in pixels of the page, which may be turned."""
        return QTransform().rotate(-self.angle).map(QPointF(across * step, down * step)).toPoint()

    def _choose_region(self) -> None:
        """Chooses the region of the current line, which the arrows do not come to."""
        line = self._current_line()
        if line is not None and line.region is not None:
            self.select((line.region,))

    def _on_selection_key(self, key: int) -> bool:
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.selected():
            self.request(tr("Delete"), partial(edits.delete, ids=self.selected()))
        elif key == Qt.Key.Key_G:
            self._choose_region()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current:
            self.activate(self._current)
        elif key == Qt.Key.Key_Escape and self._cross:
            self._cross = None
            self._show_preview()
        elif key == Qt.Key.Key_Escape and self.selected():
            self.select(())
        elif key == Qt.Key.Key_Escape and self._tool.draws:
            self.set_tool(TOOLS[0].name)
        else:
            return False
        return True

    def _on_zoom_key(self, event: QKeyEvent) -> bool:
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom_out()
        elif event.key() == Qt.Key.Key_0:
            self.fit_page()
        else:
            return False
        return True

    def _step(self, by: int, extend: bool) -> None:
        """Chooses the next line in reading order, or all from where choosing began to there."""
        order = [line.id for line in self.shown_page().lines]
        if not order:
            return
        if self._current is None:
            to = 0 if by > 0 else len(order) - 1
        else:
            to = min(max(order.index(self._current) + by, 0), len(order) - 1)
        anchor = self._anchor if extend and self._anchor else order[to]
        first, last = sorted((order.index(anchor), to))
        self.select(tuple(order[first : last + 1]))
        self._anchor, self._current = anchor, order[to]
        self.show_line(order[to])

    def _follow_current(self, page: Page) -> None:
        """Has a usual line fill the width where the current one is."""
        line = page.line(self._current) if self._current is not None else None
        if line is not None:
            box = geometry.box_of_line(line)
            usual, _ = geometry.usual_size(page.lines)
            self.fill_width(QRectF(box.x, box.y, box.width, box.height), usual)

    def _move_cross(self, across: int, down: int, screen: int) -> None:
        """Moves the cross; at the first time it comes up at the current line, or in the middle of what is seen."""
        page = self.shown_page()
        if self._cross is None:
            self._cross = self._first_cross()
        else:
            step = max(round(self.page_pixels(screen)), 1)
            x, y = self._cross
            turned = self._as_seen(across, down, step)
            self._cross = geometry.clipped([(x + turned.x(), y + turned.y())], page.width, page.height)[0]
        self._reveal(Box(*self._cross, 1, 1))
        self._tool.move(Spot(self._cross))
        self._show_preview()
        self._magnify_current()

    def _current_line(self) -> Line | None:
        page = self._scene.page
        return page.line(self._current) if page is not None and self._current is not None else None

    def _first_cross(self) -> Point:
        line = self._current_line()
        seen = self.mapFromScene(QPointF(*line.baseline[0])) if line is not None else None
        if line is not None and seen is not None and self.viewport().rect().contains(seen):
            return line.baseline[0]
        return self._to_page(self.viewport().rect().center())

    def _set_point(self) -> None:
        if self._cross is None:
            self._move_cross(0, 0, 0)
        else:
            self._tool.press(Spot(self._cross))
            self._tool.release(Spot(self._cross))
            self._show_preview()

    def _show_preview(self) -> None:
        self._scene.show_preview(self._tool.preview() if self._scene.page else (), self._cross)

    def _show_cursor(self, at_view: QPointF | None = None) -> None:
        shape = Qt.CursorShape.CrossCursor if self._tool.draws and self._scene.page else Qt.CursorShape.ArrowCursor
        if self._space_held:
            shape = Qt.CursorShape.OpenHandCursor
        elif at_view and not self._tool.draws and self.handle_at(self._to_page(at_view.toPoint())) is not None:
            shape = Qt.CursorShape.SizeAllCursor
        if self.viewport().cursor().shape() != shape:
            self.viewport().setCursor(shape)

    def _follow(self, page: Page) -> None:
        before = self.selected()
        self._scene.follow(page)
        lines = self._chosen_lines()
        if self._current not in lines or self._anchor not in lines:
            self._anchor, self._current = (lines[0], lines[-1]) if lines else (None, None)
        if self.selected() != before:
            self._tell_selection()
        if self._awaited and all(page.line(item) or page.region(item) for item in self._awaited):
            made, self._awaited = self._awaited, ()
            self.select(made)
        self._show_preview()

    def _chosen_lines(self) -> tuple[str, ...]:
        page = self._scene.page
        return tuple(item for item in self.selected() if page and page.line(item))

    def _tell_selection(self) -> None:
        text = spoken_selection(self._scene.page, self.selected())
        self.setAccessibleDescription(text)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))
        self.selection_changed.emit(self.selected())

    def _reveal(self, box: Box) -> None:
        """Scrolls to a box, to its beginning where it is wider than the window."""
        seen = self.mapToScene(self.viewport().rect()).boundingRect()
        by = round(REACH * 2)
        width = min(float(box.width), seen.width() - self.page_pixels(2 * by))
        self.ensureVisible(QRectF(box.x, box.y, max(width, 1), box.height), by, by)
