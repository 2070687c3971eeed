"""The views of the window “Models” on values: rows, search and filters, the card in every state, and room for words."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app import language
from app.checkpoints.plan import About, Plan, PlannedFile
from app.checkpoints.record import Origin, Record, RecordedFile
from app.checkpoints.state import Download
from app.checkpoints.store import Installed
from app.errors import AppError
from widgets.jobs.activity import Activity, of_download
from widgets.jobs.panel import ActivityBar
from widgets.model_chooser import ModelChoice, ModelChooser
from widgets.models import names
from widgets.models.card import Card
from widgets.models.facts import Fact, as_link, before_download, date_text, facts
from widgets.models.filters import Filter
from widgets.models.item import Item, Offer, short_status, status, verbs
from widgets.models.listing import ROW_ROLE, ListModel, ModelList, title_rows
from widgets.models.window import ListingState, ModelsWindow

LONG = "Deutschsprachige Amtsbücher der böhmischen Länder im 19. Jahrhundert (Kurrent und lateinische Schreibschrift)"
HAND = About(
    title=LONG,
    engine="kraken",
    purpose="recognition",
    licence="cc-by-4.0",
    licence_url="https://example.org/licence?a=1&b=2",
    summary="Reads registers.",
    scripts=("Latn", "Hebr"),
    languages=("ces", "deu"),
    cer=0.0612,
    memory=900_000_000,
)
FINDER = About(title="Line finder", engine="surya", purpose="segmentation")


def plan(about: About = HAND, size: int | None = 64_000_000) -> Plan:
    file = PlannedFile(name="hand.safetensors", url="http://127.0.0.1/hand", size=size, hashes={"md5": "0" * 32})
    return Plan(
        name="zenodo:1",
        folder="kraken/1",
        reference="zenodo:1",
        about=about,
        files=(file,),
        weights=file.name,
        remarks=("The publisher did not answer, so this comes from a mirror.",),
    )


def installed(origin: Origin = "downloaded", damaged: tuple[str, ...] = ()) -> Installed:
    file = RecordedFile(name="hand.safetensors", size=64_000_000, sha256="0" * 64, published=True)
    record = Record(
        name="zenodo:1",
        reference="zenodo:1",
        about=HAND,
        files=(file,),
        weights=file.name,
        origin=origin,
        installed="2026-11-03T12:00:00+00:00",
        opened_with="kraken 7.1.1",
    )
    return Installed(record, Path("/models/1"), damaged)


AWAY = Item("zenodo:1", "selection", HAND, "zenodo:1", "zenodo:1", 64_000_000, remarks=("Nobody has tried it yet.",))
RUNNING = Download("1", plan(), "running", 30_000_000, 64_000_000, "downloading", 5_200_000.0, 180.0)
COMING = replace(AWAY, section="coming", download=RUNNING)
HERE = replace(AWAY, section="here", installed=installed())
WORK = Activity("w", f"Checking “{LONG}”", "running", done=41, total=100)

STATES = {
    "away": AWAY,
    "asking": replace(AWAY, offer=Offer()),
    "offered": replace(AWAY, offer=Offer(plan=plan())),
    "refused": replace(AWAY, offer=Offer(trouble=AppError("There is no network.", "Check the connection."))),
    "kept": replace(AWAY, kept=replace(RUNNING, state="paused")),
    "waiting": replace(COMING, download=replace(RUNNING, state="waiting", done=0)),
    "running": COMING,
    "noted": replace(COMING, download=replace(RUNNING, left=None, note="The connection broke. Trying again.")),
    "paused": replace(COMING, download=replace(RUNNING, state="paused", message="The disk is full.")),
    "failed": replace(COMING, download=replace(RUNNING, state="failed", message="It broke.", hint="Try again.")),
    "verifying": replace(COMING, download=replace(RUNNING, state="verifying", step="verifying")),
    "opening": replace(COMING, download=replace(RUNNING, state="verifying", step="opening")),
    "here": HERE,
    "checking": replace(HERE, work=WORK),
    "checked": replace(HERE, work=replace(WORK, state="done", message="Every byte is as it was installed.")),
    "damaged": replace(HERE, installed=installed(damaged=("hand.safetensors",))),
    "own": replace(HERE, installed=installed("trained")),
    "starter": replace(HERE, installed=installed("built in")),
}


def test_what_can_be_done_follows_from_how_a_model_stands() -> None:
    assert {name: verbs(item) for name, item in STATES.items()} == {
        "away": ("ask",),
        "asking": ("leave",),
        "offered": ("start", "leave"),
        "refused": ("ask", "leave"),
        "kept": ("resume", "discard"),
        "waiting": ("pause", "stop", "discard"),
        "running": ("pause", "stop", "discard"),
        "noted": ("pause", "stop", "discard"),
        "paused": ("resume", "stop", "discard"),
        "failed": ("resume", "stop", "discard"),
        "verifying": ("stop",),
        "opening": ("stop",),
        "here": ("read", "check", "pack", "remove"),
        "checking": ("cancel",),
        "checked": ("read", "check", "pack", "remove"),
        "damaged": ("repair", "remove"),
        "own": ("read", "check", "pack", "remove"),
        "starter": ("read", "check", "pack"),
    }
    lost = replace(HERE, installed=installed("trained", ("hand.safetensors",)))
    assert verbs(lost) == ("remove",)
    assert "trained here" in status(lost)


def test_downloading_checking_and_opening_are_told_apart_in_words() -> None:
    told = {name: (status(STATES[name]), short_status(STATES[name])) for name in ("running", "verifying", "opening")}
    assert told["running"] == (
        f"Downloading “{LONG}”. 30.0 MB of 64.0 MB, about 3 minutes left. You can go on working.",
        "Downloading: 46 %, about 3 minutes",
    )
    assert told["verifying"] == (f"Checking every byte of “{LONG}”.", "Checking every byte…")
    assert told["opening"] == (f"Opening “{LONG}” once, to see that it works.", "Opening it once…")
    assert short_status(STATES["damaged"]) == "Damaged"
    assert short_status(STATES["kept"]) == "Stopped at 30.0 MB"
    assert short_status(AWAY) == "Reads lines · Czech, German"


def test_the_list_keeps_the_promises_of_qt_models_and_what_stays_stays_in_place(qtbot: QtBot) -> None:
    model = ListModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    finder = Item("surya:1", "repository", FINDER)
    model.show_items((COMING, finder))
    assert tester.model() is model
    assert [model.index(row).data() for row in range(model.rowCount())] == [
        "Downloading",
        LONG,
        "Available: the public repository",
        "Line finder",
    ]
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsSelectable
    assert "46 %" in model.row_of("zenodo:1").data(Qt.ItemDataRole.AccessibleTextRole)
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged):
        model.show_items((replace(COMING, download=replace(RUNNING, done=60_000_000)), finder))
    assert "93 %" in model.row_of("zenodo:1").data(Qt.ItemDataRole.AccessibleTextRole)
    with qtbot.waitSignal(model.modelReset):
        model.show_items((finder,))
    assert not model.row_of("zenodo:1").isValid()
    assert model.first().data(ROW_ROLE) == finder


def test_a_long_title_takes_a_second_row_and_is_cut_at_its_end_alone(qtbot: QtBot) -> None:
    view = ModelList()
    qtbot.addWidget(view)
    font, width = view.font(), view.fontMetrics().horizontalAdvance("German Kurrent, 19th century")
    assert title_rows("Short", font, width) == ("Short",)
    assert title_rows("German Kurrent, 19th century and more", font, width)[1] == "and more"
    first, second = title_rows("German Kurrent, 19th century " * 4, font, width)
    assert first == "German Kurrent, 19th century"
    assert second.startswith("German")
    assert second.endswith("…")
    view.resize(300, 400)
    view.show_items((Item("a", "selection", FINDER), Item("b", "selection", HAND)))
    view.show()
    qtbot.waitExposed(view)
    heights = [view.visualRect(view.model().index(row, 0)).height() for row in (1, 2)]
    assert heights[1] == heights[0] + view.fontMetrics().lineSpacing()
    view.resize(1600, 400)
    qtbot.waitUntil(lambda: view.visualRect(view.model().index(2, 0)).height() == heights[0])


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Filter(), True),
        (Filter(text="bohm kurrent"), True),
        (Filter(text="Tschechisch"), False),
        (Filter(text="czech hebrew reads"), True),
        (Filter(text="zenodo:1"), True),
        (Filter(language="deu", script="Hebr"), True),
        (Filter(language="fra"), False),
        (Filter(engine="surya"), False),
        (Filter(licence="cc-by-4.0"), True),
        (Filter(size=20_000_000), False),
        (Filter(size=100_000_000), True),
    ],
)
def test_search_and_filters(wanted: Filter, fits: bool) -> None:
    assert wanted.fits(AWAY) is fits


def test_a_model_that_does_not_say_how_large_it_is_counts_as_too_large() -> None:
    assert not Filter(size=1_000_000_000).fits(replace(AWAY, size=0))
    assert Filter().chosen == 0
    assert Filter(text="x", language="deu", size=1).chosen == 2


@pytest.fixture
def view(qtbot: QtBot) -> ModelsWindow:
    made = ModelsWindow()
    qtbot.addWidget(made)
    made.show_items((HERE, Item("surya:1", "repository", FINDER, size=5)))
    made.show()
    return made


def test_the_choices_are_names_and_narrow_the_list(view: ModelsWindow, qtbot: QtBot) -> None:
    assert not view.filters.choices["language"].isVisible()
    qtbot.mouseClick(view.filters.more, Qt.MouseButton.LeftButton)
    box = view.filters.choices["language"]
    assert [box.itemText(at) for at in range(box.count())] == ["any", "Czech", "German"]
    licence = view.filters.choices["licence"]
    assert [licence.itemText(at) for at in range(licence.count())] == ["any", "CC BY 4.0"]
    view.list.choose("surya:1")
    box.setCurrentIndex(2)
    assert view.filters.more.text() == "Filter (1)"
    assert view.card.title.text() == LONG
    view.show_items((HERE,))
    assert box.currentText() == "German"
    view.filters.search.setText("nothing has this name")
    assert view.none.isVisible()
    assert not view.list.isVisible()
    qtbot.mouseClick(view.none.all_button, Qt.MouseButton.LeftButton)
    assert view.list.isVisible()
    assert view.filters.filter == Filter()


def test_how_the_list_of_the_repository_stands(view: ModelsWindow) -> None:
    view.show_listing(ListingState(fetched="3 November 2026", trouble="There is no network."))
    assert view.listing.text.text() == ("There is no network. The list of the public repository is of 3 November 2026.")
    view.show_listing(ListingState(work=Activity("r", "Updating the list", "running", done=12, total=230)))
    assert view.listing.progress.isVisible()
    assert view.listing.cancel_button.isVisible()
    assert not view.listing.update_button.isVisible()


def test_what_a_publisher_wrote_is_never_taken_for_markup_and_only_the_web_is_linked() -> None:
    fact = Fact("Licence", "<img src='file:///etc/passwd'>", "https://example.org/?a=1&b='2'")
    link = as_link(fact)
    assert link.startswith('<a href="https://example.org/?a=1&amp;b=&#x27;2&#x27;">')
    assert "<img" not in link
    assert "href" not in as_link(replace(fact, url="file:///etc/passwd"))
    assert "href" not in as_link(replace(fact, url="javascript:alert(1)"))


def test_a_link_is_followed_only_when_it_is_asked_for(view: ModelsWindow, qtbot: QtBot) -> None:
    view.choose("zenodo:1")
    label = next(label for label in view.card.facts.findChildren(QLabel) if "CC BY 4.0" in label.text())
    with qtbot.waitSignal(view.card.link_wanted) as told:
        label.linkActivated.emit("https://example.org/licence?a=1&b=2")
    assert told.args == ["https://example.org/licence?a=1&b=2"]


def test_the_facts_of_a_card() -> None:
    known = {fact.label: fact.value for fact in facts(HERE)}
    assert known["Error rate"] == "6.1 % of the characters, as its publisher states"
    assert known["Here since"] == "3 November 2026"
    assert known["From"] == "Zenodo, record 1"
    assert known["Checked on arrival"] == "yes, its publisher gives checksums"
    assert "Download" not in known
    # What is said before a download is not said twice.
    assert not {"Licence", "Download", "Memory", "From"} & {fact.label for fact in facts(STATES["offered"])}
    language.use_language("de")
    assert date_text("2026-03-03T12:00:00+00:00") == "3. März 2026"
    assert date_text("yesterday") == ""
    language.use_language("en")


def test_before_a_download_its_licence_is_a_link_and_the_remarks_of_its_publisher_are_there(qtbot: QtBot) -> None:
    card = Card()
    qtbot.addWidget(card)
    card.show_item(STATES["offered"])
    known = {fact.label: fact for fact in before_download(STATES["offered"])}
    assert known["Licence"] == Fact("Licence", "CC BY 4.0", HAND.licence_url)
    assert known["From"].value == "Zenodo, record 1"
    assert known["Download"].value == known["On the disk"].value == "64.0 MB"
    assert "from a mirror" in card.remarks.text()
    assert "Nobody has tried it yet." in card.remarks.text()


def test_names_in_words() -> None:
    assert names.languages_in_words(("fra", "eng", "deu")) == "English, French, German"
    assert names.languages_in_words(("fra", "eng", "deu", "ces"), 2) == "English, Czech and 2 more"
    assert names.script_name("Latn") == "Latin script"
    assert names.script_name("Tibt") == "Tibetan"
    assert names.language_name("qqq") == "qqq"
    assert names.licence_name("CC-BY-NC-SA-4.0") == "CC BY-NC-SA 4.0"
    assert names.licence_name("") == "not stated"
    assert names.source_name("hf:owner/name") == "Hugging Face hub, owner/name"


def test_the_focus_goes_on_when_its_button_goes(qtbot: QtBot) -> None:
    card = Card()
    qtbot.addWidget(card)
    card.show()
    card.show_item(COMING)
    card.buttons["pause"].setFocus()
    card.show_item(replace(COMING, download=replace(RUNNING, done=31_000_000)))
    assert card.focusWidget() is card.buttons["pause"]
    card.show_item(STATES["verifying"])
    assert card.focusWidget() is card.buttons["stop"]


@pytest.mark.parametrize("code", ["de", "en", "es"])
@pytest.mark.parametrize("size", [(1080, 720), (780, 600)])
@pytest.mark.parametrize("dark", [False, True])
def test_every_word_has_room(qtbot: QtBot, code: str, size: tuple[int, int], dark: bool) -> None:
    language.use_language(code)
    view = ModelsWindow()
    qtbot.addWidget(view)
    if dark:
        view.setPalette(QPalette(QColor("#303030")))
    view.resize(*size)
    view.filters.more.setChecked(True)
    view.show()
    for name, item in STATES.items():
        view.show_items((item,))
        view.show_listing(ListingState(offline=True))
        QApplication.processEvents()
        assert view.card.title.text() == LONG
        for button in shown(view, QPushButton):
            assert button.width() >= button.sizeHint().width(), (name, button.text())
        for label in shown(view, QLabel):
            text = label.text()
            assert label.height() >= label.heightForWidth(label.width()), (name, text)
            inside = label.mapTo(view, label.rect().topRight())
            assert inside.x() <= view.width(), (name, text)
    assert view.width() == size[0]
    language.use_language("en")


def shown(view: QWidget, kind: type[QWidget]) -> list[QWidget]:
    return [widget for widget in view.findChildren(kind) if widget.isVisible()]


def test_primary_buttons_are_large_and_the_others_not_small(view: ModelsWindow) -> None:
    view.choose("zenodo:1")
    buttons = {verb: button for verb, button in view.card.buttons.items() if button.isVisible()}
    assert buttons.pop("read").height() >= 44
    assert all(button.height() >= 32 for button in [*buttons.values(), view.close_button, view.import_button])


def test_the_chooser_shows_what_stands_in_the_way_and_keeps_an_open_choice(qtbot: QtBot) -> None:
    chooser = ModelChooser()
    qtbot.addWidget(chooser)
    chooser.show()
    choices = (
        ModelChoice("starter", "Starter", item="starter"),
        ModelChoice("a{b}", "Brief {1870}", "missing", 64_000_000, "a"),
        ModelChoice("c", "Coming", "coming", item="c"),
        ModelChoice("d", "Broken", "damaged", item="d"),
    )
    chooser.show_models(choices, "a{b}")
    assert [chooser.itemText(at) for at in range(chooser.count())] == [
        "Starter",
        "",
        "Brief {1870} – download 64.0 MB",
        "Coming – on its way",
        "Broken – damaged",
        "",
        "Choose a model file…",
        "More models…",
    ]
    assert chooser.choice == choices[1]
    with qtbot.assertNotEmitted(chooser.changed):
        chooser.show_models(choices, "a{b}")
    chooser.activated.emit(0)
    assert chooser.current == "starter"


def test_a_reading_is_shown_before_a_download_that_takes_hours(qtbot: QtBot) -> None:
    bar = ActivityBar()
    qtbot.addWidget(bar)
    bar.show_activity(of_download(RUNNING))
    assert bar.running is not None
    assert bar.running.id == "model-1"
    bar.show_activity(Activity("job", "Reading page 1", "running"))
    assert bar.running.id == "job"
    bar.show_activity(Activity("job", "Reading page 1", "done"))
    assert bar.running.id == "model-1"
    bar.show_activity(of_download(replace(RUNNING, state="paused")))
    assert bar.running is None
