"""PAGE XML: what is written validates, kraken reads it, we read it back, and no file can do harm."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from app import edits, geometry
from app.errors import AppError
from app.groundtruth import page_xml
from app.groundtruth.page_xml import custom
from app.groundtruth.page_xml.common import one_line
from app.page import STAND_IN, Line, Mark, Page, Point, Reading, Region, Transcription, new_id
from app.text import moved_marks
from tests.strategies import HEIGHT, WIDTH, pages

SPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
IN_TMP = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@cache
def schema(folder: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(folder / "data/schema/page/pagecontent-2019-07-15.xsd"))


def one_page(*lines: Line, regions: tuple[Region, ...] = ()) -> Page:
    return Page("p1", WIDTH, HEIGHT, regions, lines)


def line(line_id: str = "l1", text: str = "Liebe Mutter", reviewed: bool = True, **more: object) -> Line:
    made = Line(line_id, ((10, 50), (200, 55)), ((10, 30), (200, 30), (200, 60), (10, 60)), made_by="person")
    return replace(made, transcription=Transcription(text, reviewed) if text else None, **more)  # type: ignore[arg-type]


def written(page: Page, folder: Path, *, all_lines: bool = True) -> etree._Element:
    page_xml.write(page, "page.jpg", folder / "page.xml", all_lines=all_lines)
    return etree.parse(folder / "page.xml").getroot()


def page_file(folder: Path, inside: str, size: str = 'imageWidth="400" imageHeight="600"', year: str = "2019") -> Path:
    """A PAGE file with this inside its Page element."""
    path = folder / "given.xml"
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><PcGts xmlns="{SPACE.replace("2019", year)}"><Metadata>'
        "<Creator>Someone's program</Creator><Created>2020-01-01T00:00:00</Created>"
        "<LastChange>2020-01-01T00:00:00</LastChange></Metadata>"
        f'<Page imageFilename="given.png" {size}>{inside}</Page></PcGts>',
        encoding="utf-8",
    )
    return path


REGION = '<TextRegion id="{id}"{more}><Coords points="0,0 300,0 300,300 0,300"/>{lines}</TextRegion>'
LINE = (
    '<TextLine id="{id}"{more}><Coords points="5,5 90,5 90,30 5,30"/><Baseline points="5,25 90,25"/>{text}</TextLine>'
)
TEXT = "<TextEquiv><Unicode>{}</Unicode></TextEquiv>"


def comparable(page: Page) -> list[tuple[object, ...]]:
    """What a round trip keeps: of each line the text that it has and where that is from, region by region."""
    groups: dict[str | None, list[tuple[object, ...]]] = {}
    for item in page.lines:
        text = one_line(item.text)
        source: tuple[object, ...] = (item.state,) if text else ("unread",)
        if text and item.state == "read":
            assert item.reading is not None
            source += (item.reading.engine, item.reading.model, round(item.reading.confidence, 4))
        marks = set(moved_marks(item.text, text, item.marks)) if text else set()
        carried = (frozenset(marks), one_line(item.note), item.second_look)
        entry = (item.id, item.baseline, item.boundary, item.made_by, text, source, carried)
        groups.setdefault(item.region, []).append(entry)
    known = {region.id: (region.boundary, region.kind, region.made_by) for region in page.regions}
    order = [*groups, *(region for region in known if region not in groups)]
    return [(name, known.get(name or ""), *groups.get(name, ())) for name in order]


@IN_TMP
@given(page=pages())
def test_a_page_read_back_says_the_same(tmp_path: Path, page: Page) -> None:
    Image.new("1", (WIDTH, HEIGHT)).save(tmp_path / "page.png")
    count = page_xml.write(page, "page.png", tmp_path / "page.xml", all_lines=True)
    back = page_xml.read(tmp_path / "page.xml")
    assert count == len(page.lines)
    assert (back.image_name, back.oddities) == ("page.png", ())
    assert (back.page.width, back.page.height) == (WIDTH, HEIGHT)
    assert comparable(back.page) == comparable(page)


anywhere = st.tuples(st.integers(-50, WIDTH + 50), st.integers(-50, HEIGHT + 50))
shapes = st.lists(anywhere, max_size=6).map(tuple)


@st.composite
def wild_pages(draw: st.DrawFn) -> Page:
    """Pages as no tool of ours makes them: any text, any id, any shape."""
    texts = st.text(max_size=12)
    ids = st.one_of(st.sampled_from(["l1", "r1", "loose_lines", "reading_order", "1", ""]), st.text(max_size=5))
    regions = draw(st.lists(st.builds(Region, ids, shapes, texts), max_size=3, unique_by=lambda region: region.id))
    names = [None, "nowhere", *(region.id for region in regions)]
    made = st.builds(
        Line,
        ids,
        shapes,
        shapes,
        st.sampled_from(names),
        st.lists(st.builds(Reading, ids, texts, st.floats(), texts, texts), max_size=2).map(tuple),
        st.none() | st.builds(Transcription, texts, st.booleans()),
    )
    return Page("p", WIDTH, HEIGHT, tuple(regions), tuple(draw(st.lists(made, max_size=4))))


@IN_TMP
@given(page=wild_pages(), all_lines=st.booleans())
def test_whatever_a_page_holds_the_file_is_valid(shared: Path, tmp_path: Path, page: Page, all_lines: bool) -> None:
    count = page_xml.write(page, "page.jpg", tmp_path / "page.xml", all_lines=all_lines)
    root = etree.parse(tmp_path / "page.xml").getroot()
    schema(shared).assertValid(root)
    assert len(root.findall(".//{*}TextLine")) == len(root.findall(".//{*}Baseline")) == count
    for element in root.iterfind(".//*[@points]"):
        found = [tuple(map(int, pair.split(","))) for pair in element.get("points", "").split()]
        assert all(0 <= x < WIDTH and 0 <= y < HEIGHT for x, y in found)
        assert len(found) >= (3 if element.tag.endswith("Coords") else 2)
    back = page_xml.read(tmp_path / "page.xml").page
    wanted = page_xml.lines_to_write(page, all_lines=all_lines)
    assert sorted(item.text for item in back.lines) == sorted(one_line(item.text) for item in wanted)


@given(st.dictionaries(st.sampled_from(["a", "lesepult"]), st.dictionaries(st.sampled_from("xyz"), st.text())))
def test_custom_attributes_say_the_same_when_they_are_read(parts: dict[str, dict[str, str]]) -> None:
    assert custom.decode(custom.encode(parts.items())) == parts


def test_an_estimated_baseline_is_marked_in_the_file(tmp_path: Path) -> None:
    page = one_page(line("l1"), replace(line("l2"), estimated=True))
    written(page, tmp_path, all_lines=True)
    back = page_xml.read(tmp_path / "page.xml").page
    assert [item.estimated for item in back.lines] == [False, True]


def test_ground_truth_holds_the_reviewed_lines_and_no_others(tmp_path: Path) -> None:
    machine = (Reading("t1", "von der Maschine", 0.75, "kraken", "starter"),)
    page = one_page(
        line("l1"),
        line("l2", "halb fertig", reviewed=False),
        line("l3", "", readings=machine),
        line("l4", ""),
        line("l5", "überprüft", readings=machine),
    )
    root = written(page, tmp_path, all_lines=False)
    assert [item.get("id") for item in root.iterfind(".//{*}TextLine")] == ["l1", "l5"]
    assert [item.text for item in root.iterfind(".//{*}Unicode")] == ["Liebe Mutter", "überprüft"]
    assert root.findall(".//*[@conf]") == []


def test_with_all_lines_each_says_how_far_it_is_and_machine_text_is_marked(shared: Path, tmp_path: Path) -> None:
    machine = (Reading("t1", "alt", 0.5, "kraken", "a"), Reading("t2", "gelesen", 0.98765, "kraken", "x; {y}: z"))
    page = one_page(
        line("l1"),
        line("l2", "halb", reviewed=False, readings=machine),
        line("l3", "", readings=machine),
        line("l4", ""),
    )
    root = written(page, tmp_path)
    schema(shared).assertValid(root)
    customs = [custom.decode(item.get("custom", "")) for item in root.iterfind(".//{*}TextLine")]
    assert [part["lesepult"]["state"] for part in customs] == ["reviewed", "draft", "read", "unread"]
    assert [part["readingOrder"]["index"] for part in customs] == ["0", "1", "2", "3"]
    assert customs[2]["lesepult"] | {"engine": "kraken", "model": "x; {y}: z"} == customs[2]["lesepult"]
    assert "engine" not in customs[1]["lesepult"]
    assert [(item.get("conf"), item.findtext("{*}Unicode")) for item in root.iterfind(".//{*}TextEquiv")] == [
        (None, "Liebe Mutter"),
        (None, "halb"),
        ("0.9877", "gelesen"),
    ]
    back = page_xml.read(tmp_path / "page.xml").page
    assert [item.state for item in back.lines] == ["reviewed", "draft", "read", "unread"]
    assert back.lines[2].reading is not None
    assert back.lines[2].reading.model == "x; {y}: z"


def test_regions_stand_in_the_order_of_their_lines_and_lines_in_theirs(tmp_path: Path) -> None:
    box = ((0, 0), (300, 0), (300, 300))
    regions = (
        Region("r1", box),
        Region("r2", box, "marginalia"),
        Region("r3", box, "Hauptteil; {1}"),
        Region("r4", box),
    )
    page = one_page(
        line("a", region="r3"), line("b"), line("c", region="r1"), line("d", region="r3"), line("e"), regions=regions
    )
    root = written(page, tmp_path)
    found = [
        (item.get("id"), item.get("type"), [own.get("id") for own in item.iterfind("{*}TextLine")])
        for item in root.iterfind(".//{*}TextRegion")
    ]
    assert found == [
        ("r3", None, ["a", "d"]),
        ("loose_lines", None, ["b", "e"]),
        ("r1", "paragraph", ["c"]),
        ("r2", "marginalia", []),
        ("r4", "paragraph", []),
    ]
    order = [(item.get("index"), item.get("regionRef")) for item in root.iterfind(".//{*}RegionRefIndexed")]
    assert order == [(str(at), entry[0]) for at, entry in enumerate(found)]
    back = page_xml.read(tmp_path / "page.xml").page
    assert [(item.id, item.region) for item in back.lines] == [
        ("a", "r3"),
        ("d", "r3"),
        ("b", None),
        ("e", None),
        ("c", "r1"),
    ]
    assert [(item.id, item.kind) for item in back.regions] == [
        ("r3", "Hauptteil; {1}"),
        ("r1", "paragraph"),
        ("r2", "marginalia"),
        ("r4", "paragraph"),
    ]


def test_a_line_without_boundary_gets_one_around_its_baseline(tmp_path: Path) -> None:
    page = one_page(line(boundary=(), baseline=((10, 100), (100, 104), (200, 100))))
    written(page, tmp_path)
    (made,) = page_xml.read(tmp_path / "page.xml").page.lines
    assert geometry.contains(made.boundary, (100, 100))
    assert geometry.box_of(made.boundary).width == 190


def test_text_is_nfc_and_what_xml_cannot_hold_is_left_out(tmp_path: Path) -> None:
    written(one_page(line(text="u\u0308ber\x00\x0b\ud800 <&>\ufffe Zeile\nzwei ſ")), tmp_path)
    (back,) = page_xml.read(tmp_path / "page.xml").page.lines
    assert back.text == "über <&> Zeile zwei ſ"
    assert back.text.isascii() is False


def test_a_page_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "page.xml"
    target.mkdir()
    with pytest.raises(AppError):
        page_xml.write(one_page(line()), "page.jpg", target, all_lines=True)
    assert list(tmp_path.iterdir()) == [target]


def as_page(alto: Path) -> Page:
    """The ground truth in an ALTO file, by way of kraken's reader."""
    from kraken.lib.xml import XMLPage

    def whole(shape: list[tuple[float, float]] | None) -> tuple[Point, ...]:
        return tuple((round(x), round(y)) for x, y in shape or ())

    source = XMLPage(alto)
    regions = tuple(
        Region(item.id, whole(item.boundary), kind) for kind, items in source.regions.items() for item in items
    )
    known = {region.id for region in regions}
    lines = tuple(
        Line(
            item.id,
            whole(item.baseline),
            whole(item.boundary),
            next((name for name in item.regions or () if name in known), None),
            transcription=Transcription(item.text, True) if item.text else None,
        )
        for item in source.get_sorted_lines()
    )
    with Image.open(alto.with_suffix(".jpg")) as image:
        return Page(new_id("p"), *image.size, regions, lines)


REAL = [
    "peraire/test/test_B.3.pologne-urss1_0007",
    "celestine/10c3fa40-d683-4703-8bc4-94b48936ce85",
    "wills/TestamentsDePoilus_will_AN_0017-2",
    "typewritten/german/EHRI-ET-WL1375B189_03",
    "typewritten/english/EHRI-BF-19380718_EN_01",
    "tapuscorpus/bljd_DSN169_00001",
]


@pytest.mark.filterwarnings("ignore")  # kraken's imports warn of many things that are not ours
@pytest.mark.parametrize("name", REAL)
def test_kraken_reads_what_was_written_of_real_pages(shared: Path, tmp_path: Path, name: str) -> None:
    from kraken.lib.xml import XMLPage

    source = shared / "data" / f"{name}.xml"
    page = as_page(source)
    image = tmp_path / f"{source.stem}.jpg"
    shutil.copyfile(source.with_suffix(".jpg"), image)
    count = page_xml.write(page, image.name, tmp_path / "page.xml", all_lines=False)
    schema(shared).assertValid(etree.parse(tmp_path / "page.xml"))
    read = XMLPage(tmp_path / "page.xml")
    assert (Path(read.imagename), read.image_size) == (image, (page.width, page.height))
    lines = read.get_sorted_lines()
    wanted = page_xml.lines_to_write(page, all_lines=False)
    assert len(lines) == count == len(wanted) > 5
    by_id = {item.id: item for item in wanted}
    assert [item.text for item in lines] == [one_line(by_id[item.id].text) for item in lines]
    assert [tuple(item.baseline) for item in lines] == [by_id[item.id].baseline for item in lines]
    assert [tuple(item.boundary) for item in lines] == [by_id[item.id].boundary for item in lines]
    for order in ("line_implicit", "reading_order"):
        assert [item.id for item in read.get_sorted_lines(order)] == [item.id for item in lines]
    for region in {item.region for item in wanted if item.region}:
        own = [item.id for item in lines if item.regions == [region]]
        assert own == [item.id for item in wanted if item.region == region]
    back = page_xml.read(tmp_path / "page.xml")
    assert [(item.id, item.text, item.baseline) for item in back.page.lines] == [
        (item.id, item.text, tuple(item.baseline)) for item in lines
    ]
    assert back.oddities == ()


def test_a_page_of_transkribus_is_read(shared: Path) -> None:
    path = next((shared / "data/transkribus").glob("*.xml"))
    found = page_xml.read(path)
    assert (found.image_name, found.page.width, found.page.height) == ("170025120000003,0074.jpg", 2743, 3965)
    assert found.oddities == ()
    assert [region.kind for region in found.page.regions] == ["$pag", "$pac", "$tip", "$par"]
    assert found.page.lines[0].text == "$pag:39"
    assert {item.state for item in found.page.lines} == {"reviewed"}
    assert {item.made_by for item in found.page.lines} == {"person"}


@pytest.mark.parametrize("factor", [2, 0.5])
def test_a_declared_size_that_is_not_the_images_is_said_and_coordinates_stay(
    shared: Path, tmp_path: Path, factor: float
) -> None:
    path = next((shared / "data/transkribus").glob("*.xml"))
    true = page_xml.read(path).page
    text = path.read_text(encoding="utf-8")
    width, height = round(2743 * factor), round(3965 * factor)
    text = text.replace('"2743"', f'"{width}"').replace('"3965"', f'"{height}"')
    (tmp_path / path.name).write_text(text, encoding="utf-8")
    shutil.copyfile(path.with_suffix(".jpg"), tmp_path / path.with_suffix(".jpg").name)
    found = page_xml.read(tmp_path / path.name)
    assert [item.baseline for item in found.page.lines] == [item.baseline for item in true.lines]
    assert found.oddities == (f"The file declares {width} × {height} pixels, but its image has 2743 × 3965.",)
    assert (found.page.width, found.page.height) == (2743, 3965)


def test_where_coordinates_leave_the_image_the_declared_size_stays_and_both_are_said(tmp_path: Path) -> None:
    Image.new("L", (40, 60)).save(tmp_path / "given.png")
    found = page_xml.read(
        page_file(tmp_path, REGION.format(id="r1", more="", lines=LINE.format(id="l", more="", text="")))
    )
    assert (found.page.width, found.page.height) == (400, 600)
    assert found.oddities == ("The file declares 400 × 600 pixels, but its image has 40 × 60.",)


@pytest.mark.parametrize("year", ["2013", "2019", "2024"])
def test_the_versions_in_use_are_read(tmp_path: Path, year: str) -> None:
    inside = REGION.format(
        id="r1", more=' type="heading"', lines=LINE.format(id="l1", more="", text=TEXT.format("Titel"))
    )
    page = page_xml.read(page_file(tmp_path, inside, year=year)).page
    assert [(item.id, item.kind) for item in page.regions] == [("r1", "heading")]
    assert [(item.text, item.state, item.region) for item in page.lines] == [("Titel", "reviewed", "r1")]


def test_a_text_with_a_confidence_is_a_machines_and_never_ground_truth(tmp_path: Path) -> None:
    text = '<TextEquiv conf="0.9"><Unicode>gelesen</Unicode></TextEquiv>'
    inside = REGION.format(id="r1", more="", lines=LINE.format(id="l1", more="", text=text))
    (found,) = page_xml.read(page_file(tmp_path, inside)).page.lines
    assert (found.state, found.text, found.made_by) == ("read", "gelesen", "person")
    assert found.reading is not None
    assert (found.reading.confidence, found.reading.engine) == (0.9, "Someone's program")


def test_of_several_texts_the_one_with_the_lowest_index_counts(tmp_path: Path) -> None:
    text = '<TextEquiv index="1"><Unicode>b</Unicode></TextEquiv><TextEquiv index="0"><Unicode>a</Unicode></TextEquiv>'
    inside = REGION.format(id="r1", more="", lines=LINE.format(id="l1", more="", text=text))
    assert page_xml.read(page_file(tmp_path, inside)).page.lines[0].text == "a"


def test_a_text_that_was_indented_is_one_line(tmp_path: Path) -> None:
    inside = REGION.format(
        id="r", more="", lines=LINE.format(id="l", more="", text=TEXT.format("\n   eins\n\n  zwei \n "))
    )
    assert page_xml.read(page_file(tmp_path, inside)).page.lines[0].text == "eins zwei"


def test_the_reading_order_of_the_file_is_followed(tmp_path: Path) -> None:
    regions = [
        REGION.format(id=f"r{n}", more="", lines=LINE.format(id=f"l{n}", more="", text=TEXT.format(n)))
        for n in range(4)
    ]
    order = (
        '<ReadingOrder><OrderedGroup id="o"><RegionRefIndexed index="5" regionRef="r1"/>'
        '<OrderedGroupIndexed id="g" index="2"><RegionRefIndexed index="0" regionRef="r3"/>'
        '<RegionRefIndexed index="1" regionRef="gone"/></OrderedGroupIndexed></OrderedGroup></ReadingOrder>'
    )
    page = page_xml.read(page_file(tmp_path, order + "".join(regions))).page
    assert [item.text for item in page.lines] == ["3", "1", "0", "2"]


def test_without_a_reading_order_the_indices_of_transkribus_are_followed(tmp_path: Path) -> None:
    index = ' custom="readingOrder {{index:{};}}"'
    lines = "".join(LINE.format(id=f"l{n}", more=index.format(9 - n), text=TEXT.format(n)) for n in range(3))
    regions = REGION.format(id="r0", more=index.format(1), lines="") + REGION.format(
        id="r1", more=index.format(0), lines=lines
    )
    page = page_xml.read(page_file(tmp_path, regions)).page
    assert [item.id for item in page.regions] == ["r1", "r0"]
    assert [item.text for item in page.lines] == ["2", "1", "0"]


def test_lines_in_nested_regions_and_table_cells_are_found(tmp_path: Path) -> None:
    cell = '<TableCell id="c"><Coords points="0,0 9,0 9,9"/>{}</TableCell>'.format(
        LINE.format(id="l2", more="", text="")
    )
    table = f'<TableRegion id="t"><Coords points="0,0 9,0 9,9"/>{cell}</TableRegion>'
    inner = REGION.format(id="r2", more="", lines=LINE.format(id="l1", more="", text=""))
    page = page_xml.read(page_file(tmp_path, REGION.format(id="r1", more="", lines=inner) + table)).page
    assert [(item.id, item.region) for item in page.lines] == [("l1", "r2"), ("l2", "c")]


def test_ids_that_are_invalid_or_there_twice_are_replaced_and_said(tmp_path: Path) -> None:
    lines = "".join(LINE.format(id=name, more="", text="") for name in ("l1", "1", "l1", "a b", "", "région-1"))
    Image.new("L", (400, 600)).save(tmp_path / "given.png")
    found = page_xml.read(page_file(tmp_path, REGION.format(id="l1", more="", lines=lines)))
    ids = [found.page.regions[0].id, *(item.id for item in found.page.lines)]
    assert len(set(ids)) == 7
    assert ids[1] == "l1"
    assert ids[6] == "région-1"
    assert found.oddities == ("5 ids were missing, invalid or there twice, and were replaced.",)
    assert {item.region for item in found.page.lines} == {ids[0]}


def test_lines_with_half_a_geometry_are_mended_or_left_out_and_said(tmp_path: Path) -> None:
    Image.new("L", (400, 600)).save(tmp_path / "given.png")
    lines = (
        '<TextLine id="a"><Coords points="10,10 110,10 110,50 10,50 10,10"/></TextLine>'
        '<TextLine id="b"><Coords points=""/><Baseline points="7,7"/></TextLine>'
        '<TextLine id="c"><Baseline points="7.4,7.6 80,nan"/></TextLine>'
        '<TextLine id="d"><Baseline points="7.4,7.6 80,9 80,9"/></TextLine>'
        '<TextLine id="e"><Baseline points="-3,7 1e999,9"/></TextLine>'
        '<TextLine id="f"><Baseline points="-3,7 500,9"/></TextLine>'
    )
    found = page_xml.read(page_file(tmp_path, f'<TextRegion id="r">{lines}</TextRegion><TextRegion id="s"/>'))
    assert [(item.id, item.baseline) for item in found.page.lines] == [
        ("a", ((10, 40), (110, 40))),
        ("d", ((7, 8), (80, 9))),
        ("f", ((-3, 7), (500, 9))),
    ]
    assert found.page.lines[0].boundary == ((10, 10), (110, 10), (110, 50), (10, 50))
    assert len(found.page.regions) == 1
    assert found.oddities == (
        "1 line had no baseline; one was put into its boundary.",
        "3 lines had neither baseline nor boundary and were left out.",
        "2 regions had no boundary.",
        "1 line reaches out of the page.",
    )


def test_an_image_is_looked_for_beside_the_file_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    Image.new("L", (40, 60)).save(tmp_path / "given.png")
    path = page_file(tmp_path / "inner", "")
    for name in ("../given.png", "C:\\\\scans\\\\given.png", "/etc/given.png"):
        path.write_text(path.read_text(encoding="utf-8").replace("given.png", name), encoding="utf-8")
        found = page_xml.read(path)
        assert found.image_name == "given.png"
        assert found.oddities == ("“given.png” is not there.",)
        page_file(tmp_path / "inner", "")


def test_a_page_without_a_size_takes_its_images_or_is_refused(tmp_path: Path) -> None:
    path = page_file(tmp_path, "", size='imageWidth="0" imageHeight="many"')
    with pytest.raises(AppError, match=r"“given\.xml” does not say how large"):
        page_xml.read(path)
    Image.new("L", (40, 60)).save(tmp_path / "given.png")
    found = page_xml.read(path)
    assert (found.page.width, found.page.height) == (40, 60)
    assert found.oddities == ("The file does not say how large its page is; its image does.",)


def bomb(entities: str, use: str = "&x;", encoding: str = "utf-8") -> bytes:
    inside = REGION.format(id="r", more="", lines=LINE.format(id="l", more="", text=TEXT.format(use)))
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE PcGts [{entities}]>'
        f'<PcGts xmlns="{SPACE}"><Page imageFilename="x" imageWidth="400" imageHeight="600">{inside}</Page></PcGts>'
    ).encode(encoding)


LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "make",
    [
        lambda secret: bomb(LAUGHS + '<!ENTITY x "&a11;">'),
        lambda secret: bomb(LAUGHS + '<!ENTITY x "&a11;">', encoding="utf-16"),
        lambda secret: bomb(f'<!ENTITY x "{"ha" * 50_000}">', "&x;" * 5_000),
        lambda secret: bomb(f'<!ENTITY x SYSTEM "{secret.as_uri()}">'),
        lambda secret: bomb(f'<!ENTITY % p SYSTEM "{secret.as_uri()}"> %p;', "text"),
        lambda secret: bomb("", "text"),
        lambda secret: bomb(LAUGHS, "text").replace(b'imageFilename="x"', b'imageFilename="&a11;"'),
        lambda secret: b'<!DOCTYPE PcGts SYSTEM "http://localhost:1/x.dtd">' + bomb("").split(b"]>")[1],
    ],
    ids=["laughs", "utf-16", "quadratic", "external", "parameter", "doctype", "attribute", "dtd"],
)
def test_xml_bombs_and_whatever_declares_a_dtd_are_refused(tmp_path: Path, make: Callable[[Path], bytes]) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET", encoding="utf-8")
    path = tmp_path / "bomb.xml"
    path.write_bytes(make(secret))
    with pytest.raises(AppError) as caught:
        page_xml.read(path)
    assert "“bomb.xml”" in caught.value.message
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not well-formed"),
        (b"no XML", "not well-formed"),
        (b"<PcGts><Page>", "not well-formed"),
        (b"<PcGts/>", "not PAGE XML"),
        (b'<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"/>', "not PAGE XML"),
        (f'<PcGts xmlns="{SPACE}"/>'.encode(), "not PAGE XML"),
        (b"<a>" * 100_000, "not well-formed"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "not well-formed"),
    ],
)
def test_what_is_no_page_xml_is_refused_in_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bad.xml"
    path.write_bytes(content)
    with pytest.raises(AppError, match=said) as caught:
        page_xml.read(path)
    assert caught.value.message.startswith("“bad.xml”")
    assert caught.value.hint


def test_a_missing_file_and_one_of_any_size_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="is not there"):
        page_xml.read(tmp_path / "gone.xml")
    with pytest.raises(AppError, match="is not there"):
        page_xml.read(tmp_path)
    with (tmp_path / "huge.xml").open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(AppError, match="larger than 64 MiB"):
        page_xml.read(tmp_path / "huge.xml")


# ---- marks, notes, flags


def custom_of(page: Page, folder: Path) -> str:
    element = written(page, folder).find(".//{*}TextLine")
    assert element is not None
    return element.get("custom", "")


def test_marks_and_notes_are_the_tags_that_transkribus_knows(tmp_path: Path) -> None:
    marks = (
        Mark("unclear", 0, 5),
        Mark("illegible", 2, 3),
        Mark("added", 0, 5),
        Mark("struck", 6, 12),
        Mark("underlined", 6, 12),
        Mark("superscript", 0, 1),
    )
    text = custom_of(
        one_page(replace(line(note="see: p. 3", second_look=True), transcription=marked(*marks))), tmp_path
    )
    assert text.startswith("readingOrder {index:0;} unclear {offset:0; length:5;} gap {offset:2; length:1;} ")
    assert "add {offset:0; length:5;} textStyle {offset:6; length:6; strikethrough:true; underlined:true;}" in text
    assert "textStyle {offset:0; length:1; superscript:true;}" in text
    assert r"comment {offset:0; length:12; comment:see\u003a\u0020p.\u00203;}" in text
    assert custom.decode(text)["lesepult"]["second_look"] == "true"


def marked(*marks: Mark, text: str = "Liebe Mutter") -> Transcription:
    return Transcription(text, True, marks=marks)


def test_the_marks_of_a_reading_go_out_with_its_text_and_with_no_other(tmp_path: Path) -> None:
    reading = Reading("t1", "Lube Muttr", 0.5, "surya", "m", marks=(Mark("underlined", 0, 4),))
    read_only = one_page(line(text="", readings=(reading,)))
    assert "textStyle {offset:0; length:4; underlined:true;}" in custom_of(read_only, tmp_path)
    assert "textStyle" not in custom_of(one_page(line(readings=(reading,))), tmp_path)
    back = page_xml.read(tmp_path / "page.xml").page.lines[0]
    assert back.marks == ()
    custom_of(read_only, tmp_path)
    back = page_xml.read(tmp_path / "page.xml").page.lines[0]
    assert (back.state, back.marks) == ("read", reading.marks)


def test_offsets_count_as_java_does(tmp_path: Path) -> None:
    page = one_page(replace(line(), transcription=marked(Mark("unclear", 1, 3), text="𝔄𝔅c")))
    assert "unclear {offset:2; length:3;}" in custom_of(page, tmp_path)
    assert page_xml.read(tmp_path / "page.xml").page.lines[0].marks == (Mark("unclear", 1, 3),)


def tagged(folder: Path, text: str, attribute: str) -> page_xml.PageFile:
    item = LINE.format(id="l1", more=f' custom="{attribute}"', text=TEXT.format(text))
    Image.new("1", (400, 600)).save(folder / "given.png")
    return page_xml.read(page_file(folder, REGION.format(id="r1", more="", lines=item), year="2013"))


def test_tags_of_transkribus_are_read(tmp_path: Path) -> None:
    found = tagged(
        tmp_path,
        "Liebe Mutter und Vater",
        "readingOrder {index:0;} textStyle {offset:0; length:5;fontFamily:Arial; bold:true; underlined:true;} "
        r"unclear {offset:6; length:6;alternative:Muter;} comment {offset:6; length:6;comment:see\u0020there;} "
        "textStyle {offset:17; length:5;strikethrough:true;} person {offset:6; length:6; firstname:x;}",
    )
    (item,) = found.page.lines
    assert item.text == "Liebe Mutter und Vater"
    assert set(item.marks) == {
        Mark("underlined", 0, 5),
        Mark("bold", 0, 5),
        Mark("unclear", 6, 12),
        Mark("struck", 17, 22),
    }
    assert (item.state, item.note) == ("reviewed", "see there")
    assert found.oddities == ("1 tag on a word means nothing to this program and was left out.",)


def test_a_gap_without_length_gets_a_sign_to_stand_on_and_moves_the_rest(tmp_path: Path) -> None:
    (item,) = tagged(
        tmp_path, "Liebe  Mutter", "gap {offset:6; length:0;} unclear {offset:7; length:6;} added {offset:0; length:5;}"
    ).page.lines
    assert item.text == f"Liebe {STAND_IN} Mutter"
    assert item.marks == (Mark("illegible", 6, 7), Mark("unclear", 8, 14))


def test_marks_follow_where_the_text_of_a_file_is_made_one_line(tmp_path: Path) -> None:
    (item,) = tagged(tmp_path, "fu\u0308r  uns\n  Mutter", "unclear {offset:12; length:6;}").page.lines
    assert [item.text[mark.start : mark.end] for mark in item.marks] == ["Mutter"]


@pytest.mark.parametrize(
    "attribute",
    [
        "unclear {offset:99; length:3;}",
        "unclear {offset:-1; length:3;}",
        "unclear {offset:x; length:3;}",
        "unclear {offset:99999999999999999999; length:3;}",
        "unclear {length:3;}",
        "unclear {}",
        "unclear {offset:3; length:0;}",
        "textStyle {offset:0; length:3; underlined:perhaps",
    ],
)
def test_tags_that_make_no_sense_are_left_out(tmp_path: Path, attribute: str) -> None:
    (item,) = tagged(tmp_path, "Liebe", attribute).page.lines
    assert (item.text, item.marks) == ("Liebe", ())


def test_a_tag_that_reaches_beyond_the_text_ends_with_it(tmp_path: Path) -> None:
    assert tagged(tmp_path, "Liebe", "unclear {offset:2; length:99;}").page.lines[0].marks == (Mark("unclear", 2, 5),)


def test_a_page_of_transkribus_that_was_marked_comes_back_whole(shared: Path, tmp_path: Path) -> None:
    page = page_xml.read(next((shared / "data/transkribus").glob("*.xml"))).page
    for item in page.lines[1:]:
        page = edits.mark_text(page, item.id, "unclear", 0, 4)
        page = edits.mark_text(page, item.id, "struck", 2, len(item.text))
        page = edits.set_note(page, item.id, f"see: {item.text}")
    page = edits.set_second_look(page, [item.id for item in page.lines[:5]])
    page_xml.write(page, "page.jpg", tmp_path / "page.xml", all_lines=False)
    back = page_xml.read(tmp_path / "page.xml").page
    kept = [(item.text, set(item.marks), item.note, item.second_look, item.state) for item in page.lines]
    assert [(item.text, set(item.marks), item.note, item.second_look, item.state) for item in back.lines] == kept
    assert len(kept) == 44
    assert schema(shared).validate(etree.parse(tmp_path / "page.xml"))
