"""The scene is a projection of the page: whatever the edits were, it shows what a new scene would show."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import edits
from app.errors import AppError
from app.geometry import Box
from app.page import Line, Page, Point, Reading, Region
from widgets.page_items import LineItem, RegionItem
from widgets.page_scene import PageScene
from widgets.tools import Outline

Edit = Callable[[Page], Page]
WIDTH, HEIGHT = 400, 300
points = st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1))
line_ids = st.sampled_from([f"l{i}" for i in range(5)])
region_ids = st.sampled_from([f"r{i}" for i in range(3)])
reading = Reading("t1", "read", 0.9, "kraken", "starter")


def drawn(page: Page, line_id: str, baseline: list[Point]) -> Page:
    return page if page.line(line_id) else edits.draw_line(page, baseline, line_id=line_id)


def framed(page: Page, region_id: str, boundary: list[Point]) -> Page:
    return page if page.region(region_id) else edits.draw_region(page, boundary, region_id=region_id)


any_ids = line_ids | region_ids
steps_by = st.integers(-40, 40)
baselines = st.lists(points, min_size=2, max_size=4)
outlines = st.lists(points, min_size=3, max_size=5)
texts = st.sampled_from(["", "a", "b"])
several = st.lists(line_ids, min_size=2, max_size=3)
some_edit = st.one_of(
    st.builds(lambda i, p: partial(drawn, line_id=i, baseline=p), line_ids, baselines),
    st.builds(lambda i, p: partial(framed, region_id=i, boundary=p), region_ids, outlines),
    st.builds(lambda i, x, y: partial(edits.move, ids=[i], dx=x, dy=y), any_ids, steps_by, steps_by),
    st.builds(lambda i: partial(edits.delete, ids=[i]), any_ids),
    st.builds(lambda i, t: partial(edits.transcribe, line_id=i, text=t), line_ids, texts),
    st.builds(lambda i: partial(edits.review, line_id=i), line_ids),
    st.builds(lambda i: partial(edits.add_reading, line_id=i, reading=reading), line_ids),
    st.builds(lambda i, p: partial(edits.reshape_line, line_id=i, baseline=p), line_ids, baselines),
    st.builds(lambda i, p: partial(edits.reshape_region, region_id=i, boundary=p), region_ids, outlines),
    st.builds(lambda ids: partial(edits.reorder, ids=ids), several),
    st.builds(lambda ids: partial(edits.join_lines, ids=ids), several),
)


def picture(scene: PageScene) -> QImage:
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    scene.render(painter, QRectF(image.rect()), QRectF(0, 0, WIDTH, HEIGHT))
    painter.end()
    return image


def shown(scene: PageScene) -> dict[str, object]:
    items = {}
    for item in scene.items():
        if isinstance(item, LineItem):
            items[item.line.id] = (item.line, item.chosen, item.zValue(), item.boundingRect())
        elif isinstance(item, RegionItem):
            items[item.region.id] = (item.region, item.chosen, item.zValue(), item.boundingRect())
    return items


def after(page: Page, edit: Edit) -> Page:
    try:
        return edit(page)
    except AppError:
        return page


@given(steps=st.lists(some_edit, max_size=12), chosen=st.sets(line_ids | region_ids, max_size=3))
@settings(max_examples=60, deadline=None)
def test_after_any_edits_the_scene_is_as_if_made_anew(qapp: QApplication, steps: list[Edit], chosen: set[str]) -> None:
    page = Page("p", WIDTH, HEIGHT)
    followed = PageScene()
    followed.show(page)
    for step in steps:
        page = after(page, step)
        followed.follow(page)
        followed.choose(sorted(chosen))
    anew = PageScene()
    anew.show(page)
    anew.choose(sorted(chosen))
    assert shown(followed) == shown(anew)
    assert followed.chosen == anew.chosen
    assert picture(followed) == picture(anew)


@pytest.fixture
def scene(qapp: QApplication) -> PageScene:
    def line(line_id: str, y: int, region: str | None = None) -> Line:
        boundary = ((20, y - 20), (180, y - 20), (180, y + 8), (20, y + 8))
        return Line(line_id, ((20, y), (180, y)), boundary, region)

    outer = Region("r1", ((10, 10), (300, 10), (300, 280), (10, 280)))
    inner = Region("r2", ((200, 100), (260, 100), (260, 160), (200, 160)), "marginalia")
    lines = (line("l1", 40, "r1"), line("l2", 70, "r1"), line("l3", 240, "r1"))
    made = PageScene()
    made.show(Page("p", WIDTH, HEIGHT, (outer, inner), lines))
    return made


def test_an_edit_redraws_its_own_line_and_keeps_the_other_items(scene: PageScene, qtbot: QtBot) -> None:
    items = {item.line.id: item for item in scene.items() if isinstance(item, LineItem)}
    assert scene.page
    QApplication.processEvents()
    with qtbot.waitSignal(scene.changed) as signal:
        scene.follow(edits.transcribe(scene.page, "l1", "Liebe Mutter"))
    assert {item.line.id: item for item in scene.items() if isinstance(item, LineItem)} == items
    assert items["l1"].line.text == "Liebe Mutter"
    assert signal.args
    redrawn = [QRectF(rect) for rect in signal.args[0]]
    assert any(rect.intersects(QRectF(20, 20, 160, 28)) for rect in redrawn)
    assert not any(rect.intersects(QRectF(20, 220, 160, 28)) for rect in redrawn)


def test_a_line_that_is_gone_is_no_longer_chosen(scene: PageScene) -> None:
    scene.choose(("l1", "l2", "nobody"))
    assert scene.chosen == ("l1", "l2")
    assert scene.page
    scene.follow(edits.delete(scene.page, ["l1"]))
    assert scene.chosen == ("l2",)


@pytest.mark.parametrize(
    ("at", "wanted"),
    [
        ((100, 41), "l1"),  # on the baseline
        ((100, 52), "l2"),  # in the next line's boundary, though the baseline above is nearer
        ((100, 85), "r1"),  # below the boundary and out of reach: the region that holds it
        ((100, 80), "l2"),  # below the boundary, in reach of the baseline
        ((230, 130), "r2"),  # in two regions: the smaller
        ((290, 200), "r1"),
        ((350, 290), None),
    ],
)
def test_what_is_under_the_pointer(scene: PageScene, at: Point, wanted: str | None) -> None:
    assert scene.target_at(at, 12) == wanted


def test_a_band_takes_lines_that_it_touches_and_regions_only_where_there_are_no_lines(scene: PageScene) -> None:
    assert scene.touched_by(Box(100, 30, 5, 60)) == ("l1", "l2")
    assert scene.touched_by(Box(190, 90, 100, 100)) == ("r2",)
    assert scene.touched_by(Box(310, 0, 50, 50)) == ()


def test_only_one_chosen_item_has_handles(scene: PageScene) -> None:
    scene.choose(("l1",))
    assert scene.handle_at((182, 42), 5) == 1
    scene.choose(("l1", "l2"))
    assert scene.handle_at((182, 42), 5) is None
    scene.choose(("r2",))
    assert scene.handle_at((260, 160), 5) == 2


def test_strokes_stay_inside_the_items_at_every_zoom(scene: PageScene) -> None:
    scene.choose(("l2",))
    for px in (0.2, 1.0, 6.0):
        scene.set_px(px)
        assert scene.page
        for item in scene.items():
            if isinstance(item, LineItem):
                assert item.boundingRect().contains(
                    item.baseline.boundingRect().adjusted(-20 * px, -9 * px, 9 * px, 9 * px)
                )


def test_a_preview_and_the_cross_are_drawn_and_go_away(scene: PageScene) -> None:
    plain = picture(scene)
    scene.show_preview((Outline(((320, 20), (380, 90)), dots=True),), (350, 250))
    assert picture(scene) != plain
    scene.show_preview((), None)
    assert picture(scene) == plain
