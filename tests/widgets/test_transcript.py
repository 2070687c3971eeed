"""The transcript alone: suggestions, typing, what arrives from elsewhere, and keys."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QFontMetricsF, QTextCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import edits
from app.archive import PageEdit
from app.edits import Edit
from app.geometry import Box
from app.page import Line, Page, Reading, Transcription, diff
from widgets.archive_thread import ArchiveThread
from widgets.page_image import make_pyramid
from widgets.text_font import text_font
from widgets.transcript.delegate import under_strip
from widgets.transcript.panel import TranscriptPanel
from widgets.transcript.strips import Strips


def line(number: int, text: str | None = None, read: str = "", *, reviewed: bool = False) -> Line:
    y = 40 * number + 30
    return Line(
        id=f"l{number}",
        baseline=((20, y), (580, y)),
        boundary=((20, y - 20), (580, y - 20), (580, y + 8), (20, y + 8)),
        readings=(Reading(f"t{number}", read, 0.9, "kraken", "starter"),) if read else (),
        transcription=None if text is None else Transcription(text, reviewed),
    )


class Bench:
    """A transcript over a page in memory, which does what the desk does with what is typed."""

    def __init__(self, qtbot: QtBot, thread: ArchiveThread) -> None:
        self.panel = TranscriptPanel(thread)
        qtbot.addWidget(self.panel)
        self.panel.resize(480, 600)
        self.panel.text_typed.connect(self._typed)
        self.page = Page("p1", 600, 2000)
        self.typed: list[tuple[str, str]] = []
        self.answers = True

    def show(self, *lines: Line) -> None:
        self.page = replace(self.page, lines=lines)
        self.panel.show_page(self.page)
        self.panel.show()

    def edit(self, edit: Edit) -> None:
        """An edit from anywhere arrives."""
        before, self.page = self.page, replace(edit(self.page), revision=self.page.revision + 1)
        self.panel.apply_edit(PageEdit(before, self.page, diff(before, self.page)))

    def answer(self, line_id: str, text: str) -> None:
        """The archive has the text that was typed."""
        self.edit(partial(edits.transcribe, line_id=line_id, text=text))
        self.panel.on_saved("p1", line_id)

    def _typed(self, _: str, line_id: str, text: str, __: int) -> None:
        self.typed.append((line_id, text))
        if self.answers:
            self.answer(line_id, text)

    @property
    def text(self) -> str:
        return self.panel.editor.text.toPlainText()

    def write_in(self, line_id: str) -> None:
        self.panel.go_to(line_id)


@pytest.fixture
def thread(qtbot: QtBot) -> Iterator[ArchiveThread]:
    made = ArchiveThread("images")
    yield made
    made.stop()


@pytest.fixture
def bench(qtbot: QtBot, thread: ArchiveThread) -> Bench:
    return Bench(qtbot, thread)


def add_reading(line_id: str, text: str) -> Edit:
    return partial(edits.add_reading, line_id=line_id, reading=Reading("tnew", text, 0.5, "kraken", "other"))


class TestSuggestions:
    def test_a_reading_is_shown_as_a_suggestion_in_style_and_in_words(self, bench: Bench) -> None:
        bench.show(line(0, read="liebe mutter"))
        bench.write_in("l0")
        assert bench.text == "liebe mutter"
        assert bench.panel.editor.text.font().italic()
        assert bench.panel.editor.text.accessibleDescription() == "Suggestion"
        assert bench.panel.editor.accept.isVisible()

    def test_typing_makes_it_a_draft(self, bench: Bench, qtbot: QtBot) -> None:
        bench.show(line(0, read="liebe mutter"))
        bench.write_in("l0")
        qtbot.keyClicks(bench.panel.editor.text, "!")
        assert not bench.panel.editor.text.font().italic()
        bench.panel.flush()
        assert bench.typed == [("l0", "liebe mutter!")]

    def test_looking_at_a_suggestion_writes_nothing(self, bench: Bench) -> None:
        bench.show(line(0, read="liebe mutter"), line(1))
        bench.write_in("l0")
        bench.panel.step(1)
        assert bench.typed == []

    def test_an_emptied_line_stays_empty_while_it_is_being_written(self, bench: Bench, qtbot: QtBot) -> None:
        bench.show(line(0, "draft", read="liebe mutter"), line(1))
        bench.write_in("l0")
        bench.panel.editor.text.selectAll()
        qtbot.keyClick(bench.panel.editor.text, Qt.Key.Key_Delete)
        bench.panel.flush()
        assert bench.typed == [("l0", "")]
        assert bench.text == ""
        bench.edit(add_reading("l0", "another"))
        assert bench.text == ""
        bench.panel.step(1)
        bench.panel.step(-1)
        assert bench.text == "another"

    def test_undo_of_typing_over_a_suggestion_brings_the_suggestion_back(self, bench: Bench, qtbot: QtBot) -> None:
        bench.show(line(0, read="liebe mutter"))
        bench.write_in("l0")
        qtbot.keyClicks(bench.panel.editor.text, " und")
        bench.panel.flush()
        bench.edit(lambda page: replace(page, lines=(replace(page.lines[0], transcription=None),)))
        assert bench.text == "liebe mutter"
        assert bench.panel.editor.text.font().italic()


class TestWhatArrives:
    def test_a_reading_that_arrives_leaves_text_and_cursor_alone(self, bench: Bench, qtbot: QtBot) -> None:
        bench.show(line(0, read="eins"), line(1))
        bench.write_in("l0")
        qtbot.keyClicks(bench.panel.editor.text, " zwei")
        bench.panel.editor.text.moveCursor(QTextCursor.MoveOperation.StartOfBlock)
        qtbot.keyClicks(bench.panel.editor.text, "x")
        bench.edit(add_reading("l0", "etwas ganz anderes"))
        bench.edit(add_reading("l1", "die Zeile danach"))
        assert bench.text == "xeins zwei"
        assert bench.panel.editor.text.textCursor().position() == 1

    def test_an_answer_that_comes_late_does_not_undo_what_was_typed_since(self, bench: Bench, qtbot: QtBot) -> None:
        bench.answers = False
        bench.show(line(0))
        bench.write_in("l0")
        qtbot.keyClicks(bench.panel.editor.text, "eins ")
        bench.panel.flush()
        qtbot.keyClicks(bench.panel.editor.text, "zwei")
        bench.answer("l0", "eins ")
        assert bench.text == "eins zwei"
        bench.panel.flush()
        bench.answer("l0", "eins zwei")
        assert bench.text == "eins zwei"

    def test_a_space_at_the_end_survives_its_own_saving(self, bench: Bench, qtbot: QtBot) -> None:
        bench.show(line(0))
        bench.write_in("l0")
        qtbot.keyClicks(bench.panel.editor.text, "eins ")
        bench.panel.flush()
        assert bench.page.lines[0].text == "eins"
        assert bench.text == "eins "

    def test_lines_that_are_found_above_leave_the_line_current(self, bench: Bench, qtbot: QtBot) -> None:
        bench.show(line(3), line(4))
        bench.write_in("l4")
        qtbot.keyClicks(bench.panel.editor.text, "mitten im Wort")
        bench.edit(lambda page: replace(page, lines=(line(0), line(1), *page.lines)))
        assert (bench.panel.current, bench.text) == ("l4", "mitten im Wort")
        place = bench.panel.list.visualRect(bench.panel.model.index(3))
        assert bench.panel.editor.geometry().top() == place.top()

    def test_when_the_current_line_is_deleted_the_next_becomes_current(self, bench: Bench) -> None:
        bench.show(line(0), line(1), line(2))
        bench.write_in("l1")
        told: list[object] = []
        bench.panel.current_changed.connect(told.append)
        bench.edit(partial(edits.delete, ids=("l1",)))
        assert (bench.panel.current, told) == ("l2", ["l2"])
        bench.edit(partial(edits.delete, ids=("l0", "l2")))
        assert bench.panel.current is None
        assert bench.panel.find_button.isVisible()


class TestKeys:
    def test_up_and_down_leave_a_line_only_at_its_edge(self, bench: Bench, qtbot: QtBot) -> None:
        bench.show(line(0, "kurz"), line(1, "ein Text der so lang ist " * 6), line(2))
        bench.write_in("l1")
        bench.panel.editor.text.moveCursor(QTextCursor.MoveOperation.End)
        qtbot.keyClick(bench.panel.editor.text, Qt.Key.Key_Up)
        assert bench.panel.current == "l1"
        bench.panel.editor.text.moveCursor(QTextCursor.MoveOperation.Start)
        qtbot.keyClick(bench.panel.editor.text, Qt.Key.Key_Up)
        assert bench.panel.current == "l0"

    def test_control_and_an_arrow_always_leave(self, bench: Bench, qtbot: QtBot) -> None:
        bench.show(line(0), line(1, "ein Text der so lang ist " * 6), line(2))
        bench.write_in("l1")
        qtbot.keyClick(bench.panel.editor.text, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
        assert bench.panel.current == "l2"

    def test_enter_on_the_last_line_stays_and_writes_no_line_break(self, bench: Bench, qtbot: QtBot) -> None:
        bench.show(line(0, "letzte"))
        bench.write_in("l0")
        qtbot.keyClick(bench.panel.editor.text, Qt.Key.Key_Return)
        assert (bench.panel.current, bench.text) == ("l0", "letzte")

    def test_pasted_lines_become_one(self, bench: Bench) -> None:
        bench.show(line(0))
        bench.write_in("l0")
        data = QMimeData()
        data.setText("Liebe\r\nMutter")
        bench.panel.editor.text.insertFromMimeData(data)
        assert bench.text == "Liebe Mutter"

    def test_text_from_right_to_left_is_laid_out_so(self, bench: Bench) -> None:
        bench.show(line(0, "שלום עולם"), line(1, "Guten Tag"))
        bench.write_in("l0")
        block = bench.panel.editor.text.document().firstBlock()
        assert block.textDirection() == Qt.LayoutDirection.RightToLeft
        bench.write_in("l1")
        block = bench.panel.editor.text.document().firstBlock()
        assert block.textDirection() == Qt.LayoutDirection.LeftToRight

    def test_the_editor_grows_with_its_text(self, bench: Bench, qtbot: QtBot) -> None:
        bench.show(line(0), line(1))
        bench.write_in("l0")
        low = bench.panel.editor.height()
        bench.panel.editor.text.setPlainText("ein Text der so lang ist " * 6)
        qtbot.waitUntil(lambda: bench.panel.editor.height() > low)
        second = bench.panel.list.visualRect(bench.panel.model.index(1))
        assert second.top() >= bench.panel.editor.geometry().bottom()


class TestStrips:
    def test_only_rows_that_show_have_strips_made(
        self, bench: Bench, thread: ArchiveThread, qtbot: QtBot, scan: Callable[[str], object]
    ) -> None:
        from PIL import Image

        made: list[str] = []
        bench.page = replace(bench.page, height=40 * 300)
        bench.panel._strips.made.connect(made.append)
        bench.show(*(line(number) for number in range(300)))
        bench.panel.show_image(make_pyramid(Image.new("L", (600, 40 * 300), 200)), 600)
        bench.panel.list.viewport().repaint()
        thread.call(lambda: None, lambda _: None, lambda _: None)
        qtbot.waitUntil(lambda: len(made) >= 5)
        thread.flush()
        assert "l0" in made
        assert len(set(made)) < 40


def test_all_strips_of_a_page_have_one_scale_and_texts_are_as_wide_as_they(qtbot: QtBot) -> None:
    thread = ArchiveThread("images")
    strips = Strips(thread)
    long, short, high = (
        Line("a", ((0, 50), (900, 50)), Box(0, 20, 900, 40).polygon()),
        Line("b", ((0, 150), (300, 150)), Box(0, 120, 300, 40).polygon()),
        Line("c", ((0, 900), (90, 900)), Box(0, 200, 90, 700).polygon()),
    )
    strips.show_lines([long] * 8 + [short, high])
    one, other = strips.size(long, 450, 40), strips.size(short, 450, 40)
    assert abs(other.width() / one.width() - 300 / 900) < 0.02
    assert other.height() == one.height()
    assert strips.size(high, 450, 40).height() <= 80
    assert strips.size(long, 450, 40).width() <= 450
    strips.show_lines([long] * 7 + [short] * 1 + [high])
    assert strips.size(long, 450, 40) == one, "a line more or less moves nothing"
    thread.stop()

    font = text_font(QApplication.font(), "draft")
    text = "Samedi 8 Aout - Continuation des préparatifs"
    usual = QFontMetricsF(font).horizontalAdvance(text)
    for share in (0.8, 1.0, 1.2):
        wide = QFontMetricsF(under_strip(text, font, round(usual * share))).horizontalAdvance(text)
        assert 0.9 * usual * share < wide <= usual * share + 1
    assert under_strip(text, font, 20).stretch() in (0, 100)


def test_a_long_list_measures_what_is_seen_and_no_row_jumps_while_it_is_scrolled(bench: Bench) -> None:
    lines = [line(number, "Wort " * (1 + 37 * number % 90)) for number in range(3000)]
    bench.show(*lines)
    QApplication.processEvents()
    lay, model = bench.panel.list, bench.panel.model
    bench.panel.go_to("l2000")
    QApplication.processEvents()
    there = lay.visualRect(model.index(2000))
    assert lay.viewport().rect().contains(there)
    assert lay.editor.geometry().top() == there.top()
    bench.panel.set_current(None)
    bar, jumps = lay.verticalScrollBar(), 0
    for by in (-13, 9) * 200 + (-31,) * 100:
        seen = lay.indexAt(lay.viewport().rect().center())
        before = lay.visualRect(seen).top()
        bar.setValue(bar.value() + by)
        QApplication.processEvents()
        jumps += lay.visualRect(seen).top() != before - by
    assert jumps == 0
    heights = {lay.visualRect(model.index(row)).height() for row in range(1700, 2001)}
    assert len(heights) > 5  # texts of many lengths have many heights
    assert len({lay.visualRect(model.index(row)).height() for row in range(1000)} - heights) <= 1  # never seen


def test_the_list_begins_at_the_top_of_another_page_and_stays_where_it_is_when_a_line_is_drawn(bench: Bench) -> None:
    bench.show(*(line(number, "Wort " * (1 + number % 40)) for number in range(300)))
    lay, bar = bench.panel.list, bench.panel.list.verticalScrollBar()
    bench.panel.go_to("l200")
    bench.panel.set_current(None)
    QApplication.processEvents()
    seen = lay.indexAt(lay.viewport().rect().center()).row()
    before = lay.visualRect(bench.panel.model.index(seen)).top()
    bench.edit(lambda page: replace(page, lines=(line(400, "neu"), *page.lines)))
    QApplication.processEvents()
    assert lay.visualRect(bench.panel.model.index(seen + 1)).top() == before
    bench.show(*(line(number, "Wort") for number in range(100)))
    QApplication.processEvents()
    assert bar.value() == 0
    assert lay.visualRect(bench.panel.model.index(0)).top() == 0
