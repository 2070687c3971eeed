"""Reading zoom and what of lines and regions shows: seen in the pixels of a real page view, and by its keys."""

from dataclasses import replace

import pytest
from PIL import Image
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app import geometry
from app.page import Line, Page, Region, Transcription
from widgets.main_window import MainWindow
from widgets.page_image import make_pyramid
from widgets.page_items import Overlays
from widgets.page_view import PageView

WIDTH, HEIGHT = 2000, 1400
PAPER = (230, 215, 180)
CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
NOTHING = Overlays(regions=False, boundaries=False, baselines=False)


def line(number: int, left: int = 200, right: int = 1800) -> Line:
    y = 200 * number
    boundary = ((left, y - 80), (right, y - 80), (right, y + 30), (left, y + 30))
    return Line(f"l{number}", ((left, y), (right, y)), boundary, transcription=Transcription(f"Text {number}"))


@pytest.fixture
def view(qtbot: QtBot) -> PageView:
    region = Region("r1", ((100, 900), (1900, 900), (1900, 1300), (100, 1300)))
    made = PageView()
    qtbot.addWidget(made)
    made.resize(900, 640)
    made.show()
    qtbot.waitExposed(made)
    made.show_page(Page("p1", WIDTH, HEIGHT, (region,), (line(1), line(2), line(3, 900, 1300), line(5))))
    made.show_image(make_pyramid(Image.new("RGB", (WIDTH, HEIGHT), PAPER)))
    return made


def seen(view: PageView) -> QImage:
    """What is painted of the page, without what surrounds it."""
    corners = [view.mapFromScene(QPointF(x, y)) for x, y in ((9, 9), (WIDTH - 9, HEIGHT - 9))]
    return view.viewport().grab(QRect(*corners)).toImage()


def is_bare(image: QImage) -> bool:
    colours = {image.pixelColor(x, y).getRgb()[:3] for x in range(image.width()) for y in range(image.height())}
    return all(abs(a - b) < 4 for colour in colours for a, b in zip(colour, PAPER, strict=True))


class TestOverlays:
    @pytest.mark.parametrize("name", ["regions", "baselines", "order", "readings"])
    def test_each_shows_something_of_its_own_and_goes_away(self, view: PageView, name: str) -> None:
        view.show_overlays(NOTHING)
        assert is_bare(seen(view))
        view.show_overlays(replace(NOTHING, **{name: True}))
        assert not is_bare(seen(view))
        view.show_overlays(NOTHING)
        assert is_bare(seen(view))

    def test_boundaries_show_where_there_is_room(self, view: PageView) -> None:
        view.show_overlays(replace(NOTHING, boundaries=True))
        assert is_bare(seen(view))
        view.zoom_at(view.viewport().rect().center(), 4)
        assert not is_bare(view.viewport().grab().toImage())

    def test_what_is_chosen_shows_all_the_same(self, view: PageView) -> None:
        view.show_overlays(NOTHING)
        for chosen in ("l1", "r1"):
            view.select((chosen,))
            assert not is_bare(seen(view))
            view.select(())
            assert is_bare(seen(view))

    def test_lines_that_come_later_keep_to_it(self, view: PageView) -> None:
        view.show_overlays(NOTHING)
        page = view.shown_page()
        view.show_page(replace(page, lines=(*page.lines, line(6)), revision=page.revision + 1))
        assert is_bare(seen(view))

    def test_the_order_shows_while_its_tool_is_in_hand(self, view: PageView) -> None:
        view.show_overlays(NOTHING)
        view.set_tool("order")
        assert not is_bare(seen(view))
        view.set_tool("select")
        assert is_bare(seen(view))

    def test_the_order_stays_where_a_person_has_it_shown(self, view: PageView) -> None:
        view.set_tool("order")
        view.show_overlays(replace(NOTHING, order=True))
        view.set_tool("select")
        assert not is_bare(seen(view))
        view.set_tool("order")
        view.show_overlays(NOTHING)
        assert not is_bare(seen(view))
        view.set_tool("select")
        assert is_bare(seen(view))

    def test_the_keys_switch_them(self, open_window: MainWindow, qtbot: QtBot) -> None:
        view, actions = open_window.page_view, open_window.actions_by_name
        before = seen_in(view)
        for key, name in (
            (Qt.Key.Key_3, "show_baselines"),
            (Qt.Key.Key_4, "show_order"),
            (Qt.Key.Key_5, "show_readings"),
        ):
            was = actions[name].isChecked()
            qtbot.keyClick(view, key, CTRL_ALT)
            assert actions[name].isChecked() is not was
            assert seen_in(view) != before
            qtbot.keyClick(view, key, CTRL_ALT)
            assert seen_in(view) == before


def seen_in(view: PageView) -> QImage:
    return view.viewport().grab().toImage()


class TestReadingZoom:
    def span(self, view: PageView, line_id: str) -> tuple[int, int, int]:
        """Left and right end and the middle height of a line, in pixels of the viewport."""
        found = view.shown_page().line(line_id)
        assert found is not None
        box = geometry.box_of_line(found)
        left = view.mapFromScene(QPointF(box.x, box.y + box.height / 2))
        return left.x(), view.mapFromScene(QPointF(box.right, box.y)).x(), left.y()

    def test_the_current_line_fills_the_width_and_the_view_follows_it(self, view: PageView) -> None:
        view.select(("l2",))
        view.read_closely(True)
        for line_id in ("l2", "l5", "l1"):
            view.select((line_id,))
            left, right, middle = self.span(view, line_id)
            assert 8 <= left <= 16
            assert view.viewport().width() - 30 <= right <= view.viewport().width()
            assert view.viewport().height() * 0.1 <= middle <= view.viewport().height() * 0.8  # the page ends there

    def test_without_a_current_line_it_begins_with_the_first(self, view: PageView) -> None:
        view.read_closely(True)
        assert view.selected() == ("l1",)

    def test_a_short_line_leaves_room_around_it(self, view: PageView) -> None:
        view.select(("l3",))
        view.read_closely(True)
        assert 110 * view.scale_on_screen <= view.viewport().height() / 2 + 1

    def test_a_short_line_keeps_the_scale_and_the_place_of_the_others(self, view: PageView) -> None:
        view.select(("l2",))
        view.read_closely(True)
        scale, left = view.scale_on_screen, self.span(view, "l2")[0]
        view.select(("l3",))
        assert view.scale_on_screen == pytest.approx(scale)
        assert self.span(view, "l2")[0] == left
        assert 0 < self.span(view, "l3")[2] < view.viewport().height()

    def test_a_line_that_is_longer_than_usual_fits(self, view: PageView) -> None:
        page = view.shown_page()
        more = [line(n, 200, 900) for n in range(7, 17)]
        lines = (*(replace(each, id=f"m{n}") for n, each in enumerate(more)), line(1))
        view.show_page(replace(page, lines=lines, revision=page.revision + 1))
        view.select(("m0",))
        view.read_closely(True)
        scale = view.scale_on_screen
        view.select(("l1",))
        left, right, _ = self.span(view, "l1")
        assert view.scale_on_screen < scale
        assert 0 <= left < right <= view.viewport().width()

    def test_zooming_otherwise_ends_it_and_is_told(self, view: PageView, qtbot: QtBot) -> None:
        for otherwise in (view.zoom_in, view.fit_page, view.fit_width):
            view.read_closely(True)
            assert view.is_reading
            with qtbot.waitSignal(view.reading_ended):
                otherwise()
            assert not view.is_reading

    def test_it_stays_when_the_window_changes_its_size(self, view: PageView) -> None:
        view.read_closely(True)
        view.resize(1200, 700)
        left, right, _ = self.span(view, "l1")
        assert 8 <= left <= 16
        assert right >= view.viewport().width() - 30

    def test_f8_switches_it_in_the_window_and_the_text_leads(self, open_window: MainWindow, qtbot: QtBot) -> None:
        window = open_window
        window.transcript.go_to("l1")
        qtbot.keyClick(window.transcript.editor.text, Qt.Key.Key_F8)
        assert window.page_view.is_reading
        qtbot.keyClick(window.transcript.editor.text, Qt.Key.Key_Return)
        assert window.transcript.current == "l2"
        assert 8 <= self.span(window.page_view, "l2")[0] <= 16
        window.page_view.zoom_in()
        assert not window.actions_by_name["reading_zoom"].isChecked()
        qtbot.keyClick(window.transcript.editor.text, Qt.Key.Key_F8)
        qtbot.keyClick(window.transcript.editor.text, Qt.Key.Key_F8)
        assert not window.page_view.is_reading
