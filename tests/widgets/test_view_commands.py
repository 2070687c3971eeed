"""How the page is seen: looks, turns and the magnifier, by mouse and by keys; none of them changes the scan."""

import hashlib
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.looks import Look
from widgets.looks import Seen, paper_of
from widgets.looks_dialog import LooksDialog
from widgets.main_window import MainWindow

ALT, SHIFT, CTRL = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


def paper_colour(window: MainWindow) -> int:
    """How light the page is at a place without writing, 0 to 255."""
    view = window.page_view
    at = view.mapFromScene(QPointF(500, 700))
    picture = view.viewport().grab()
    ratio = picture.devicePixelRatio()
    return picture.toImage().pixelColor(round(at.x() * ratio), round(at.y() * ratio)).lightness()


def dialog_of(window: MainWindow, qtbot: QtBot) -> LooksDialog:
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_L, CTRL | SHIFT)
    qtbot.waitUntil(lambda: window.findChild(LooksDialog) is not None)
    found = window.findChild(LooksDialog)
    assert found is not None
    return found


def test_a_look_is_set_by_sliders_and_taken_back_and_leaves_the_scan_alone(
    open_window: MainWindow, archive_folder: Path, qtbot: QtBot
) -> None:
    def scans() -> list[str]:
        files = sorted((archive_folder / "scans").rglob("*.jpg"))
        return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]

    before, files = paper_colour(open_window), scans()
    dialog = dialog_of(open_window, qtbot)
    QTest.keyClick(dialog.brightness, Qt.Key.Key_Home)
    assert paper_colour(open_window) < before - 50
    dialog.invert.click()
    assert open_window.view_commands._seen.look == Look(brightness=-100, invert=True)
    dialog.plain.click()
    assert paper_colour(open_window) == before
    assert not dialog.plain.isEnabled()
    dialog.close()
    assert scans() == files


def test_a_look_stays_for_the_next_page_and_the_strips_have_it_too(open_window: MainWindow, qtbot: QtBot) -> None:
    made: list[str] = []
    open_window.transcript._strips.made.connect(made.append)
    open_window.transcript.go_to("l2")
    qtbot.waitUntil(lambda: "l2" in made)
    strip = open_window.transcript._strips._kept["editor", "l2"][1].copy()
    made.clear()

    open_window.view_commands.show_look(Look(invert=True))

    qtbot.waitUntil(lambda: "l2" in made)
    after = open_window.transcript._strips._kept["editor", "l2"][1]
    assert after.size() == strip.size()
    middle = QPoint(strip.width() // 2, strip.height() // 2)
    assert abs(after.pixelColor(middle).lightness() - (255 - strip.pixelColor(middle).lightness())) < 3
    light = paper_colour(open_window)
    open_window.actions_by_name["next_page"].trigger()
    qtbot.waitUntil(lambda: open_window.desk.neighbour(1) is None and open_window.desk.image is not None)
    assert abs(paper_colour(open_window) - light) < 5


def test_paper_is_evened_out_once_it_is_known(open_window: MainWindow, qtbot: QtBot) -> None:
    dialog = dialog_of(open_window, qtbot)
    assert paper_colour(open_window) < 240
    dialog.flatten.click()
    qtbot.waitUntil(lambda: paper_colour(open_window) > 248)
    open_window.page_view.one_to_one()
    open_window.page_view.centerOn(120, 84)
    picture = open_window.page_view.viewport().grab().toImage()
    shown = [picture.pixelColor(x, y).lightness() for x in range(picture.width()) for y in range(picture.height())]
    assert min(shown) < 90, "the ink is as dark as it was"
    assert sum(value > 240 for value in shown) > len(shown) / 2
    dialog.close()


def test_the_page_is_turned_by_keys_and_fits_and_is_straight_again(open_window: MainWindow) -> None:
    view = open_window.page_view
    open_window.activateWindow()
    view.setFocus()
    scale = view.scale_on_screen
    QTest.keyClick(view, Qt.Key.Key_Right, ALT)
    assert view.angle == 1
    assert open_window.said.text() == "Turned by 1° to the right."
    QTest.keyClick(view, Qt.Key.Key_Left, ALT)
    QTest.keyClick(view, Qt.Key.Key_Left, ALT)
    assert view.angle == 359
    assert open_window.said.text() == "Turned by 1° to the left."
    QTest.keyClick(view, Qt.Key.Key_0, ALT)
    QTest.keyClick(view, Qt.Key.Key_Right, ALT | SHIFT)
    assert view.angle == 90
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    assert seen.contains(view.sceneRect().adjusted(1, 1, -1, -1))
    QTest.keyClick(view, Qt.Key.Key_0, ALT)
    assert view.angle == 0
    assert open_window.said.text() == "The page is straight."
    assert view.scale_on_screen == pytest.approx(scale)


def test_zooming_and_drawing_work_on_a_turned_page(open_window: MainWindow, qtbot: QtBot) -> None:
    view = open_window.page_view
    view.turn(90)
    kept, at = view.mapToScene(view.viewport().rect().center()), view.viewport().rect().center()
    scale = view.scale_on_screen
    view.zoom_at(at, 2.0)
    assert view.scale_on_screen == pytest.approx(2 * scale)
    assert (view.mapToScene(at) - kept).manhattanLength() < 3
    view.fit_page()
    open_window.actions_by_name["tool_line"].trigger()
    for x in (100, 400):
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.mapFromScene(QPointF(x, 600)))
    QTest.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: open_window.desk.page is not None and len(open_window.desk.page.lines) == 5)
    drawn = next(line for line in open_window.desk.page.lines if line.made_by == "person")  # type: ignore[union-attr]
    assert all(abs(y - 600) <= 2 for _, y in drawn.baseline)


def test_the_magnifier_shows_larger_what_is_under_it_and_follows_pointer_and_keys(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    view = open_window.page_view
    open_window.activateWindow()
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_M)
    assert view.magnifier.isVisible()
    qtbot.mouseMove(view.viewport(), view.mapFromScene(QPointF(100, 80)))
    glass = view.magnifier.geometry().center()
    assert (glass - view.mapFromScene(QPointF(100, 80))).manhattanLength() < 6
    open_window.transcript.go_to("l3")
    assert (view.magnifier.geometry().center() - view.mapFromScene(QPointF(60, 400))).manhattanLength() < 6
    picture = view.magnifier.grab().toImage()
    colours = {picture.pixel(x, y) for x in range(60, 200) for y in range(60, 200)}
    assert len(colours) > 20, "there is writing under the glass"
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_M)
    assert not view.magnifier.isVisible()


def test_the_magnifier_shows_three_times_as_large_at_every_zoom(open_window: MainWindow) -> None:
    view = open_window.page_view
    view.show_magnifier(True)
    middle = view.viewport().rect().center()
    for factor in (1.0, 3.0, 100.0, 0.01):
        view.zoom_at(middle, factor)
        assert view.magnifier.scale == pytest.approx(3 * view.scale_on_screen)
    view.show_magnifier(False)


def test_the_byte_that_no_colour_uses_changes_nothing() -> None:
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 190, 160))
    image.bits()[3::4] = bytes(60 * 40)
    seen = Seen(Look(flatten=True, contrast=10), paper_of(image))
    shown = seen.through(image, QRectF(0, 0, 1, 1))
    assert shown.pixelColor(30, 20).lightness() > 245
    dark = QImage(image)
    dark.fill(QColor(60, 50, 40))
    assert seen.through(dark, QRectF(0, 0, 1, 1)).pixelColor(30, 20).lightness() < 90
