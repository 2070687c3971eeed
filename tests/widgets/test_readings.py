"""Readings side by side and in the list: which are shown, what is set apart, and how lines are sorted by them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QTextCharFormat
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.archive import PageEdit
from app.page import Line, Mark, Page, Reading, Transcription, diff
from widgets.archive_thread import ArchiveThread
from widgets.page_items import LineItem
from widgets.page_scene import PageScene
from widgets.theme import on_paper
from widgets.transcript.marked import confidence_styles, laid_out
from widgets.transcript.model import DIFFERING_ROLE, NUMBER_ROLE, REMARK_ROLE
from widgets.transcript.panel import TranscriptPanel
from widgets.transcript.readings import ReadingRow, side_by_side

NO_LINE = QTextCharFormat.UnderlineStyle.NoUnderline
WAVE = QTextCharFormat.UnderlineStyle.WaveUnderline
DASHES = QTextCharFormat.UnderlineStyle.DashUnderline
DOTS = QTextCharFormat.UnderlineStyle.DotLine
WHEN = datetime(2026, 11, 3, 12, tzinfo=UTC)
KRAKEN, SURYA = ("kraken", "hand"), ("surya", "many")


def reading(name: str, text: str, origin: tuple[str, str] = KRAKEN, **facts: object) -> Reading:
    made = Reading(name, text, 0.94, *origin, version="7.1.1", created=WHEN)
    return replace(made, **facts)  # type: ignore[arg-type]


def line(number: int, *readings: Reading, text: str | None = None, score: float | None = None) -> Line:
    y = 60 * number + 50
    boundary = ((20, y - 20), (580, y - 20), (580, y + 8), (20, y + 8))
    written = None if text is None else Transcription(text, score=score)
    return Line(f"l{number}", ((20, y), (580, y)), boundary, readings=readings, transcription=written)


TWO = line(0, reading("s", "das Hans am See", SURYA), reading("k", "das Haus am See"))
ONE = line(1, reading("k1", "wo der Onkel wohnt"))
FAR = line(2, reading("s2", "ganz anders gelesen", SURYA), reading("k2", "Grüße an alle"))


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[TranscriptPanel]:
    thread = ArchiveThread("images")
    made = TranscriptPanel(thread)
    qtbot.addWidget(made)
    made.resize(420, 700)
    yield made
    thread.stop()


def show(panel: TranscriptPanel, *lines: Line) -> Page:
    page = Page("p1", 600, 2000, lines=lines)
    panel.show_page(page)
    panel.show()
    return page


def rows(panel: TranscriptPanel) -> list[ReadingRow]:
    return [row for row in panel.editor.readings.rows if row.isVisible()]


class TestSideBySide:
    def test_the_newest_of_each_model_is_there_and_the_latest_comes_first(self) -> None:
        old, new = reading("a", "erst"), reading("c", "dann")
        other = reading("b", "anders", SURYA)
        assert [one.id for one in side_by_side(line(0, old, other, new))] == ["c", "b"]

    def test_a_reading_that_is_shown_already_is_not_shown_twice(self) -> None:
        assert side_by_side(ONE) == ()
        assert side_by_side(line(0)) == ()
        assert [one.id for one in side_by_side(replace(ONE, transcription=Transcription("wo die Tante")))] == ["k1"]

    def test_each_row_says_who_read_it_when_and_how_surely(self, panel: TranscriptPanel) -> None:
        show(panel, TWO)
        panel.show_titles({"hand": "Old hand"})
        panel.go_to("l0")
        first, second = rows(panel)
        assert first.caption == "94 % sure · Old hand · kraken 7.1.1 · 3 November 2026"
        assert second.caption.startswith("94 % sure · many · Surya 7.1.1")
        assert "Alt+2" in second.toolTip()

    def test_words_that_differ_are_said_to_a_screen_reader(self, panel: TranscriptPanel) -> None:
        show(panel, TWO)
        panel.go_to("l0")
        first, second = rows(panel)
        assert (first.differing, second.differing) == ((), ((4, 8),))
        assert "Differs" not in first.accessibleName()
        assert "Differs in: Hans." in second.accessibleName()

    def test_what_the_model_wrote_beside_the_text_is_in_the_tooltip(self, panel: TranscriptPanel) -> None:
        show(panel, line(0, reading("s", "a2", SURYA, raw="a<sup>2</sup>"), reading("k", "a2")))
        panel.go_to("l0")
        assert "As the model wrote it: a<sup>2</sup>" in rows(panel)[1].toolTip()

    def test_a_click_tells_which_reading_is_taken(self, panel: TranscriptPanel, qtbot: QtBot) -> None:
        show(panel, TWO)
        panel.go_to("l0")
        with qtbot.waitSignal(panel.reading_taken) as told:
            qtbot.mouseClick(rows(panel)[1], Qt.MouseButton.LeftButton)
        assert told.args == ["s"]

    def test_a_key_tells_which_reading_it_was(self, panel: TranscriptPanel, qtbot: QtBot) -> None:
        show(panel, TWO)
        panel.activateWindow()
        qtbot.waitUntil(panel.isActiveWindow)
        panel.go_to("l0")
        with qtbot.waitSignal(panel.reading_keyed) as told:
            qtbot.keyClick(panel.editor.text, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
        assert told.args == ["s"]

    def test_tab_comes_to_the_readings_after_the_buttons(self, panel: TranscriptPanel, qtbot: QtBot) -> None:
        show(panel, TWO)
        panel.activateWindow()
        qtbot.waitUntil(panel.isActiveWindow)
        panel.go_to("l0")
        panel.editor.review.setFocus()
        QApplication.sendPostedEvents()
        qtbot.keyClick(panel.editor.review, Qt.Key.Key_Tab)
        assert rows(panel)[0].hasFocus()
        with qtbot.waitSignal(panel.reading_taken):
            qtbot.keyClick(rows(panel)[0], Qt.Key.Key_Space)

    @pytest.mark.parametrize("width", [360, 420, 900])
    def test_nothing_is_cut_off_at_any_width(self, panel: TranscriptPanel, qtbot: QtBot, width: int) -> None:
        long = "ein Text der so lang ist wie er nur sein kann " * 4
        show(panel, line(0, reading("s", long, SURYA), reading("k", long + "Ende")), ONE)
        panel.resize(width, 700)
        panel.go_to("l0")
        qtbot.waitUntil(lambda: panel.editor.width() == panel.list.viewport().width())
        for row in rows(panel):
            assert row.height() == row.height_at(row.width())
            inside = QRect(row.mapTo(panel.editor, row.rect().topLeft()), row.size())
            assert panel.editor.rect().contains(inside)

    def test_a_reading_that_arrives_is_listed_at_once(self, panel: TranscriptPanel) -> None:
        page = show(panel, ONE)
        panel.go_to("l1")
        assert rows(panel) == []
        more = replace(page, lines=(replace(ONE, readings=(*ONE.readings, reading("s9", "wo er wohnt", SURYA))),))
        panel.apply_edit(PageEdit(page, more, diff(page, more)))
        assert [row.reading_id for row in rows(panel)] == ["s9", "k1"]


class TestInTheList:
    def test_words_on_which_models_differ_are_set_apart_in_suggestions(self, panel: TranscriptPanel) -> None:
        show(panel, TWO, ONE, replace(FAR, transcription=Transcription("von mir")))
        spans = [panel.model.data(panel.model.index(row), DIFFERING_ROLE) for row in range(3)]
        assert spans == [((4, 8),), (), ()]

    def test_lines_on_which_models_differ_most_come_first_with_their_own_number(self, panel: TranscriptPanel) -> None:
        show(panel, ONE, TWO, FAR)
        panel.go_to("l0")
        panel.order(by_disagreement=True)
        assert [each.id for each in panel.model.lines] == ["l2", "l0", "l1"]
        assert [panel.model.data(panel.model.index(row), NUMBER_ROLE) for row in range(3)] == [3, 2, 1]
        assert panel.current == "l0"
        assert "Line 2" in panel.model.data(panel.model.index(1), Qt.ItemDataRole.AccessibleTextRole)
        panel.step(1)
        assert panel.current == "l1"
        panel.order(by_disagreement=False)
        assert [each.id for each in panel.model.lines] == ["l1", "l0", "l2"]

    def test_the_share_on_which_they_differ_is_said_while_it_sorts(self, panel: TranscriptPanel) -> None:
        show(panel, TWO, ONE)
        first = panel.model.index(0)
        assert panel.model.data(first, REMARK_ROLE) == "Suggestion"
        panel.order(by_disagreement=True)
        assert panel.model.data(first, REMARK_ROLE) == "Suggestion · models differ: 7 %"
        assert "models differ: 7 %" in panel.model.data(first, Qt.ItemDataRole.AccessibleTextRole)
        assert panel.model.data(panel.model.index(1), REMARK_ROLE) == "Suggestion"

    def test_typing_stays_where_it_is_when_the_order_changes(self, panel: TranscriptPanel, qtbot: QtBot) -> None:
        typed: list[str] = []
        panel.text_typed.connect(lambda _page, _line, text, _go: typed.append(text))
        show(panel, ONE, FAR)
        panel.go_to("l1")
        qtbot.keyClicks(panel.editor.text, "!")
        panel.order(by_disagreement=True)
        assert typed == ["wo der Onkel wohnt!"]
        assert panel.current == "l1"

    def test_how_well_a_text_fits_that_was_brought_is_said_until_it_is_changed(
        self, panel: TranscriptPanel, qtbot: QtBot
    ) -> None:
        show(panel, line(0, text="Liebe Mutter", score=0.934), line(1, text="getippt"))
        assert panel.model.data(panel.model.index(0), REMARK_ROLE) == "fits 93 %"
        assert panel.model.data(panel.model.index(1), REMARK_ROLE) == ""
        panel.go_to("l0")
        assert panel.editor._caption.text() == "Draft · fits 93 %"
        qtbot.keyClicks(panel.editor.text, "!")
        assert panel.editor._caption.text() == "Draft"


class TestMarks:
    def test_words_are_set_apart_by_weight_and_line_where_they_stand(self) -> None:
        text = "𝔄𝔅 ab"  # two characters of Qt each
        layout, _ = laid_out(text, QFont(), 300, [(3, 5)], [Mark("struck", 0, 2)])
        struck, differing = layout.formats()
        assert (struck.start, struck.length, struck.format.fontStrikeOut()) == (0, 4, True)
        assert (differing.start, differing.length) == (5, 2)
        assert differing.format.fontWeight() == QFont.Weight.Bold
        assert differing.format.underlineStyle() == QTextCharFormat.UnderlineStyle.DotLine

    def test_bold_words_are_counted_in_when_the_text_is_laid_out(self) -> None:
        text = "breite Wörter am Rand der Zeile " * 3
        wide, _ = laid_out(text, QFont(), 10_000)
        just_enough = wide.lineAt(0).naturalTextWidth() + 1
        plain, low = laid_out(text, QFont(), just_enough)
        bold, high = laid_out(text, QFont(), just_enough, [(0, len(text))])
        assert (plain.lineCount(), bold.lineCount()) == (1, 2)
        assert low < high

    def test_a_place_where_a_word_is_missing_sets_nothing_apart(self) -> None:
        assert laid_out("ab", QFont(), 300, [(2, 2)])[0].formats() == []


class TestEstimatedBaselines:
    def test_an_estimated_baseline_is_dashed_in_its_own_way_in_every_state(self) -> None:
        states = ("unread", "read", "draft", "reviewed")
        styles = [on_paper(state) for state in states]
        assert all(style.estimated and style.estimated != style.dashes for style in styles)
        assert not {style.estimated for style in styles} & {style.dashes for style in styles}

    def test_the_page_says_which_baselines_are_estimated(self, qtbot: QtBot) -> None:
        scene = PageScene()
        scene.show(Page("p1", 600, 400, lines=(ONE, replace(TWO, estimated=True))))
        tips = {item.line.id: item.toolTip() for item in scene.items() if isinstance(item, LineItem)}
        assert tips == {"l1": "", "l0": "This baseline is estimated from the line's outline."}


class TestSuggestion:
    def formats(self, panel: TranscriptPanel) -> dict[str, QTextCharFormat.UnderlineStyle]:
        """How each character of the editor is underlined, those that are not left out."""
        text = panel.editor.text.toPlainText()
        found = {}
        for part in panel.editor.text.document().firstBlock().layout().formats():
            found |= dict.fromkeys(range(part.start, part.start + part.length), part.format.underlineStyle())
        return {f"{at}{text[at]}": style for at, style in found.items() if style != NO_LINE}

    def test_uncertain_characters_are_underlined_by_confidence_until_a_person_types(
        self, panel: TranscriptPanel, qtbot: QtBot
    ) -> None:
        show(panel, line(0, reading("k", "Haus", confidences=(0.99, 0.3, 0.7, 0.9))))
        panel.go_to("l0")
        assert self.formats(panel) == {"1a": WAVE, "2u": DASHES}
        qtbot.keyClicks(panel.editor.text, "e")
        assert self.formats(panel) == {}

    def test_words_where_readers_differ_are_set_apart_in_the_editor(self, panel: TranscriptPanel) -> None:
        show(panel, TWO)
        panel.go_to("l0")
        assert self.formats(panel) == dict.fromkeys(("4H", "5a", "6u", "7s"), DOTS)

    def test_a_row_shows_what_is_uncertain_and_a_draft_does_not(self) -> None:
        read = line(0, reading("k", "Haus", confidences=(0.99, 0.3, 0.7, 0.9)))
        assert [(start, end, style.underlineStyle()) for start, end, style in confidence_styles(read)] == [
            (1, 3, DASHES),
            (1, 2, WAVE),
        ]
        assert confidence_styles(replace(read, transcription=Transcription("Haus"))) == []
