"""A line that is drawn gets its boundary by itself, and what a person does meanwhile stays theirs."""

from dataclasses import replace

from pytestqt.qtbot import QtBot

from app import edits
from app.jobs.page_step import _with_reading
from app.page import Line, Page, Reading
from widgets.main_window import MainWindow

WAIT = 20_000


def line_of(window: MainWindow, line_id: str) -> Line:
    line = window.desk.page.line(line_id) if window.desk.page else None
    assert line is not None
    return line


def draw(page: Page, line_id: str = "new") -> Page:
    return edits.draw_line(page, ((60, 500), (400, 500)), line_id=line_id)


def test_a_drawn_line_gets_a_boundary_and_undo_takes_the_line_back_at_once(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    open_window.desk.edit("Draw line", draw)
    qtbot.waitUntil(lambda: bool(line_of(open_window, "new").boundary), timeout=WAIT)
    assert line_of(open_window, "new").boundary == ((60, 480), (400, 480), (400, 505), (60, 505))
    assert open_window.said.text() == ""

    open_window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: open_window.desk.page is not None and open_window.desk.page.line("new") is None)


def test_lines_that_an_engine_found_or_that_have_one_are_left_alone(open_window: MainWindow, qtbot: QtBot) -> None:
    asked: list[object] = []
    open_window.desk.activity.connect(asked.append)

    def found(page: Page) -> Page:
        return replace(page, lines=(*page.lines, Line("found", ((60, 600), (400, 600)))))

    open_window.desk.edit("Find lines", found)
    open_window.desk.edit("Typing", lambda page: edits.transcribe(page, "l0", "typed"))
    qtbot.wait(700)
    assert asked == []


def test_several_lines_drawn_one_after_the_other_are_one_job(open_window: MainWindow, qtbot: QtBot) -> None:
    for name in ("a", "b", "c"):
        open_window.desk.edit("Draw line", lambda page, name=name: draw(page, name))
    qtbot.waitUntil(lambda: all(line_of(open_window, name).boundary for name in ("a", "b", "c")), timeout=WAIT)
    assert len(open_window.activities._all) == 1


def test_a_line_gets_its_boundary_also_when_the_page_is_turned_at_once(open_window: MainWindow, qtbot: QtBot) -> None:
    first = open_window.desk.page.id
    open_window.desk.edit("", lambda page: edits.draw_line(page, ((60, 650), (400, 650)), line_id="late"))
    qtbot.waitUntil(lambda: open_window.desk.page.line("late") is not None)
    open_window.actions_by_name["next_page"].trigger()
    qtbot.waitUntil(lambda: open_window.desk.page.id != first)
    archive = open_window.desk.archive
    qtbot.waitUntil(lambda: bool(archive.page(first).line("late").boundary), timeout=20_000)


def test_a_line_that_is_gone_by_then_costs_nothing(open_window: MainWindow, qtbot: QtBot) -> None:
    open_window.desk.edit("Draw line", draw)
    open_window.desk.edit("Delete", lambda page: edits.delete(page, ["new"]))
    qtbot.wait(700)
    assert open_window.activities.running is None
    assert not open_window.messages.messages()


def test_a_reading_that_was_asked_for_before_the_boundary_came_is_kept() -> None:
    page = draw(Page("p", 600, 800))
    asked = page.line("new")
    assert asked is not None
    page = edits.put_boundary(page, "new", ((60, 480), (400, 480), (400, 505)))
    reading = Reading("t", "read", 0.9, "kraken", "m")
    after = _with_reading(page, asked=asked, reading=reading, boundary=())
    assert [line.text for line in after.lines] == ["read"]
