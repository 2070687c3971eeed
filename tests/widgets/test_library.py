"""The list of documents and pages: its model, its thumbnails, and many pages."""

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QImage
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from app.archive import DocumentInfo, PageInfo
from widgets.library.model import LibraryModel, progress_text
from widgets.library.panel import LibraryPanel


def info(number: int, document: str = "d1", *, lines: int = 0, read: int = 0, reviewed: int = 0) -> PageInfo:
    return PageInfo(
        id=f"{document}p{number}",
        document=document,
        number=number,
        position=number,
        title=f"page {number}.jpg",
        scan="00",
        suffix=".jpg",
        index=0,
        dpi=0,
        width=600,
        height=800,
        lines=lines,
        read=read,
        reviewed=reviewed,
    )


@pytest.fixture
def panel(qtbot: QtBot) -> LibraryPanel:
    made = LibraryPanel()
    qtbot.addWidget(made)
    made.resize(240, 500)
    return made


def test_the_model_keeps_the_promises_of_qt_models(qtbot: QtBot) -> None:
    model = LibraryModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    documents = (DocumentInfo("d1", "Letters", 2), DocumentInfo("d2", "Diary", 1))
    model.show_library(documents, (info(1), info(2), info(1, "d2")))
    assert tester.model() is model
    letters, diary = model.index(0, 0), model.index(1, 0)
    assert (model.rowCount(), model.rowCount(letters), model.rowCount(diary)) == (2, 2, 1)
    page = model.index_of("d2p1")
    assert page.parent() == diary
    assert page.data() == "Page 1"
    assert letters.data(Qt.ItemDataRole.AccessibleTextRole) == "Letters, 2 pages"
    model.show_counts(info(1, "d2", lines=3, read=3, reviewed=2))
    assert page.data(Qt.ItemDataRole.AccessibleTextRole) == "Page 1, page 1.jpg, 2 of 3 reviewed"
    model.show_library((), ())
    assert model.index_of("d2p1") == QModelIndex()


def test_how_far_a_page_is_said_in_words() -> None:
    assert progress_text(info(1)) == "no lines yet"
    assert progress_text(info(1, lines=1)) == "1 line"
    assert progress_text(info(1, lines=5, read=2)) == "2 of 5 with text"
    assert progress_text(info(1, lines=5, read=5, reviewed=5)) == "5 of 5 reviewed"


def test_of_ten_thousand_pages_only_those_that_show_ask_for_thumbnails(panel: LibraryPanel, qtbot: QtBot) -> None:
    wanted: list[str] = []
    panel.model.thumbnail_wanted.connect(lambda page: wanted.append(page.id))
    pages = tuple(info(number) for number in range(1, 10_001))
    panel.show_library((DocumentInfo("d1", "Register", len(pages)),), pages)
    panel.show()
    qtbot.waitUntil(lambda: "d1p1" in wanted)
    panel.tree.viewport().grab()
    assert len(set(wanted)) < 20
    panel.show_current("d1p9999")
    panel.tree.viewport().grab()
    assert "d1p9999" in wanted
    assert len(set(wanted)) < 40


def test_a_thumbnail_that_was_made_is_not_asked_for_again(panel: LibraryPanel, qtbot: QtBot) -> None:
    wanted: list[str] = []
    panel.model.thumbnail_wanted.connect(lambda page: wanted.append(page.id))
    panel.show_library((DocumentInfo("d1", "Letter", 1),), (info(1),))
    panel.show()
    qtbot.waitUntil(lambda: bool(wanted))
    thumbnail = QImage(48, 60, QImage.Format.Format_RGB32)
    thumbnail.fill(QColor("#ff0000"))
    panel.model.show_thumbnail("d1p1", thumbnail)
    wanted.clear()
    shown = panel.tree.viewport().grab().toImage()
    centre = panel.tree.visualRect(panel.model.index_of("d1p1")).topLeft()
    assert shown.pixelColor(centre.x() + 4 + 24, centre.y() + 8 + 30) == QColor("#ff0000")
    assert wanted == []


def test_showing_the_current_page_chooses_nothing_and_opens_its_document(panel: LibraryPanel) -> None:
    chosen: list[str] = []
    panel.page_chosen.connect(chosen.append)
    documents = (DocumentInfo("d1", "Letters", 1), DocumentInfo("d2", "Diary", 1))
    panel.show_library(documents, (info(1), info(1, "d2")))
    panel.show()
    panel.show_current("d2p1")
    assert chosen == []
    assert panel.tree.isExpanded(panel.model.index(1, 0))
    panel.tree.setCurrentIndex(panel.model.index_of("d1p1"))
    assert chosen == ["d1p1"]


def test_words_that_need_more_room_get_more_rows_and_give_them_back(panel: LibraryPanel, qtbot: QtBot) -> None:
    panel.show_library((DocumentInfo("d1", "letter", 1),), (info(1, lines=188, reviewed=188),))
    panel.show()
    index = panel.model.index(0, 0, panel.model.index(0, 0))

    def height() -> int:
        return panel.tree.visualRect(index).height()

    usual = height()
    font = panel.tree.font()
    larger = QFont(font)
    larger.setPointSizeF(2 * font.pointSizeF())
    panel.tree.setFont(larger)
    qtbot.waitUntil(lambda: height() > usual)
    high = height()
    panel.resize(700, 500)
    qtbot.waitUntil(lambda: height() < high)
