"""The actions on the layout in the whole window: turn lines, type of regions, a layout for the next page."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QInputDialog, QMenu
from pytestqt.qtbot import QtBot

from app import edits
from app.geometry import Box
from tests.widgets.test_main_window import page_of, trigger
from widgets.main_window import MainWindow


def add_region(window: MainWindow, qtbot: QtBot) -> None:
    edit = partial(edits.draw_region, boundary=Box(20, 40, 500, 500).polygon(), region_id="r1")
    window.desk.edit("Draw", edit)
    qtbot.waitUntil(lambda: len(page_of(window).regions) == 1)
    window.page_view.select(("r1",))


def menu_of_types(window: MainWindow) -> QMenu:
    return next(menu for menu in window.page_view.findChildren(QMenu) if menu.title() == "Type of region")


def test_shift_r_turns_the_chosen_line_and_undo_turns_it_back(open_window: MainWindow, qtbot: QtBot) -> None:
    window = open_window
    before = page_of(window).lines[1].baseline
    window.page_view.setFocus()
    window.page_view.select(("l1",))
    qtbot.keyClick(window.page_view, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: page_of(window).lines[1].baseline == before[::-1])
    trigger(window, "undo")
    qtbot.waitUntil(lambda: page_of(window).lines[1].baseline == before)


def test_t_gives_a_region_a_type_by_keys_alone(open_window: MainWindow, qtbot: QtBot) -> None:
    window = open_window
    add_region(window, qtbot)
    window.page_view.setFocus()
    qtbot.keyClick(window.page_view, Qt.Key.Key_T)
    menu = menu_of_types(window)
    qtbot.waitUntil(menu.isVisible)
    assert menu.activeAction().text() == "paragraph"
    corner = window.page_view.viewport().mapToGlobal(window.page_view.mapFromScene(20, 40))
    assert (menu.pos() - corner).manhattanLength() < 4
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page_of(window).regions[0].kind == "heading")


def test_the_corner_of_a_region_that_is_out_of_sight_is_at_the_edge(open_window: MainWindow, qtbot: QtBot) -> None:
    window = open_window
    add_region(window, qtbot)
    view = window.page_view
    view.zoom_at(view.viewport().rect().center(), 8)
    for at in ((400, 400), (600, 800)):  # inside the region, and beyond it
        view.centerOn(*at)
        assert view.viewport().rect().contains(view.viewport().mapFromGlobal(view.corner_of("r1")))


def test_a_type_of_one_s_own_is_typed_and_listed_from_then_on(open_window: MainWindow, qtbot: QtBot) -> None:
    window = open_window
    add_region(window, qtbot)
    trigger(window, "region_type")
    menu = menu_of_types(window)
    menu.actions()[-1].trigger()
    menu.close()
    dialog = window.findChild(QInputDialog)
    assert dialog is not None
    dialog.setTextValue("address")
    dialog.accept()
    qtbot.waitUntil(lambda: page_of(window).regions[0].kind == "address")
    trigger(window, "region_type")
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["address"]
    menu.close()
    QApplication.processEvents()


def test_the_layout_is_copied_to_the_next_page_and_undone_there(open_window: MainWindow, qtbot: QtBot) -> None:
    window = open_window
    first = page_of(window)
    trigger(window, "copy_layout")
    qtbot.waitUntil(lambda: page_of(window).id != first.id and len(page_of(window).lines) == 4)
    assert [line.baseline for line in page_of(window).lines] == [line.baseline for line in first.lines]
    assert {line.text for line in page_of(window).lines} == {""}
    assert window.said.text() == "Copied to page 2: 4 lines."
    assert not window.actions_by_name["copy_layout"].isEnabled()  # it is the last page
    trigger(window, "undo")
    qtbot.waitUntil(lambda: not page_of(window).lines)


def test_what_was_copied_is_said_with_its_regions(open_window: MainWindow, qtbot: QtBot) -> None:
    window = open_window
    add_region(window, qtbot)
    window.desk.edit("Delete", partial(edits.delete, ids=("l1", "l2", "l3")))
    qtbot.waitUntil(lambda: len(page_of(window).lines) == 1)
    trigger(window, "copy_layout")
    qtbot.waitUntil(lambda: window.said.text() == "Copied to page 2: 1 line, 1 region.")


def test_a_page_that_has_lines_keeps_them_and_says_so(open_window: MainWindow, qtbot: QtBot) -> None:
    window = open_window
    other = window.desk.neighbour(1)
    window.desk.edit("Draw", partial(edits.draw_line, baseline=((10, 10), (300, 10)), line_id="own"), other)
    trigger(window, "copy_layout")
    qtbot.waitUntil(lambda: page_of(window).id == other)
    qtbot.waitUntil(lambda: "already" in window.said.text())
    assert [line.id for line in page_of(window).lines] == ["own"]
