"""Many lines seen from afar: painted together, and to a person the same as one by one."""

from dataclasses import replace

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.archive import PageEdit
from app.geometry import Box
from app.page import Line, Page, Transcription, diff
from widgets import page_scene
from widgets.page_items import Overlays
from widgets.page_view import PageView

COUNT = 250


def page() -> Page:
    lines = []
    for at in range(COUNT):
        column, row = divmod(at, 50)
        x, y = 100 + 380 * column, 60 + 50 * row
        box = Box(x, y - 30, 330, 40)
        written = Transcription("text", reviewed=at % 3 == 0) if at % 2 else None
        lines.append(Line(f"l{at}", ((x, y), (x + 330, y)), box.polygon(), transcription=written))
    return Page("p", 2000, 2600, lines=tuple(lines))


@pytest.fixture
def view(qtbot: QtBot) -> PageView:
    made = PageView()
    qtbot.addWidget(made)
    made.resize(1000, 1200)
    made.show()
    qtbot.waitExposed(made)
    made.show_page(page())
    return made


def picture(view: PageView) -> QImage:
    return view.viewport().grab().toImage()


def marked(image: QImage) -> int:
    """How many pixels are no bare paper."""
    paper = QColor("#f4efe4").lightness()
    return sum(
        abs(image.pixelColor(x, y).lightness() - paper) > 30
        for x in range(0, image.width(), 2)
        for y in range(image.height())
    )


def test_many_lines_from_afar_are_one_item_and_look_the_same(view: PageView, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = view._scene
    assert scene._crowded
    assert not any(item.isVisible() for item in scene._lines.values())
    together = marked(picture(view))
    monkeypatch.setattr(page_scene, "FROM", COUNT + 1)
    scene._gather()
    assert not scene._crowded
    assert all(item.isVisible() for item in scene._lines.values())
    alone = marked(picture(view))
    assert 0.8 < together / alone < 1.25


def test_close_up_each_paints_itself_again(view: PageView) -> None:
    for _ in range(12):
        view.zoom_in()
    assert not view._scene._crowded
    assert not view._scene._crowd.isVisible()
    view.fit_page()
    assert view._scene._crowded


def test_what_is_chosen_or_flagged_stands_out_and_is_hit(view: PageView) -> None:
    view.select(("l7",))
    assert [key for key, item in view._scene._lines.items() if item.isVisible()] == ["l7"]
    assert view.target_at((200, 60 + 50 * 3)) == "l3"
    before = view.shown_page()
    after = replace(
        before, revision=1, lines=tuple(replace(line, second_look=line.id == "l9") for line in before.lines)
    )
    view.apply_edit(PageEdit(before, after, diff(before, after)))
    assert {key for key, item in view._scene._lines.items() if item.isVisible()} == {"l7", "l9"}


def test_an_edit_and_the_overlays_show(view: PageView) -> None:
    full = marked(picture(view))
    before = view.shown_page()
    after = replace(before, revision=1, lines=before.lines[:100])
    view.apply_edit(PageEdit(before, after, diff(before, after)))
    assert not view._scene._crowded  # so few are no crowd
    assert marked(picture(view)) < 0.6 * full
    view.apply_edit(PageEdit(after, replace(before, revision=2), diff(after, before)))
    assert marked(picture(view)) == pytest.approx(full, rel=0.1)
    view.show_overlays(Overlays(baselines=False, boundaries=False))
    assert marked(picture(view)) < 0.1 * full
