"""The list of the public repository: harvested from a real server, kept, and searched without one."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import paths, settings
from app.checkpoints import catalogue, harvest, repository
from app.checkpoints.network import NetworkError
from app.checkpoints.plan import About
from app.checkpoints.repository import Listed, Listing
from app.errors import AppError
from app.settings import Settings
from tests.servers.faults import DropAt, Endless, Fault, ServerError
from tests.servers.publishers import Deposit, Publishers, Status

HEAD = """---
summary: {summary}
license: {licence}
software_name: {software}
language: {language}
script: {script}
model_type: {does}
metrics: {{cer: 3}}
---
"""

RDF = (
    "<metadata><RDF><Description><distribution><Distribution>{}</Distribution></distribution></Description></RDF>"
    "</metadata>"
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publishers]:
    monkeypatch.setattr(harvest, "PACE", 0.0)
    monkeypatch.setattr(harvest, "USUAL_WAIT", 0.0)
    with Publishers() as publishers:
        monkeypatch.setenv("MODEL_REPO_OAI_URL", publishers.oai)
        yield publishers


def deposit(server: Publishers, number: int, title: str = "", date: str = "2025-01-01", **card: str) -> Deposit:
    """A record with a card of the newer schema, on the list from now on."""
    usual = {"summary": "A model", "licence": "CC-BY-4.0", "software": "kraken"}
    fields = usual | {"language": "[deu]", "script": "[Latn]", "does": "[recognition]"} | card
    readme = server.put(f"/records/{number}/files/README.md", HEAD.format(**fields).encode())
    files = {readme: 200, f"{server.url}/records/{number}/files/m%20{number}.mlmodel": 16_000_000}
    made = Deposit(number, date, title or f"Model {number}", files=files, keywords=("kraken_pytorch",))
    server.deposits.append(made)
    return made


def references(listing: Listing) -> list[str]:
    return [entry.reference for entry in listing.entries]


def cards_asked(server: Publishers) -> list[int]:
    return [int(seen.path.split("/")[2]) for seen in server.seen if seen.path.startswith("/records/")]


def test_before_the_first_harvest_the_list_is_empty() -> None:
    assert repository.listing() == Listing()


def test_a_harvest_lists_what_kraken_can_use_newest_first(server: Publishers, home: Path) -> None:
    deposit(server, 11, "Kurrent letters")
    deposit(server, 21, "Lines", does="[segmentation]", script="[Grek]", language="[grc, lat]")
    deposit(server, 31, "Party", software="party")
    deposit(server, 41, "Order", does="[reading order]")
    server.deposits.append(Deposit(51, "2025-01-01", "Pickled", files={f"{server.url}/model.pt": 5}))
    told: list[tuple[int, int]] = []
    listing = repository.refresh(lambda done, total: told.append((done, total)))
    assert references(listing) == ["zenodo:21", "zenodo:11"]
    lines, letters = listing.entries
    assert letters.about == About(
        title="Kurrent letters",
        engine="kraken",
        purpose="recognition",
        licence="CC-BY-4.0",
        summary="A model",
        scripts=("Latn",),
        languages=("deu",),
        homepage="https://doi.org/10.5281/zenodo.11",
        cer=0.03,
        memory=catalogue.memory_needed("kraken", 16_000_000),
    )
    assert (letters.size, letters.date, letters.concept) == (16_000_000, "2025-01-01", "10")
    assert letters.names == ("Latin", "German")
    assert lines.about.purpose == "segmentation"
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    assert datetime.fromisoformat(listing.fetched).tzinfo is not None
    assert [path.name for path in home.rglob("*") if path.is_file()] == ["listing.json"]


def test_the_list_is_there_without_a_network(server: Publishers) -> None:
    deposit(server, 11)
    fetched = repository.refresh()
    before = len(server.seen)
    settings.save(Settings(offline=True))
    assert repository.listing() == fetched
    with pytest.raises(NetworkError) as caught:
        repository.refresh()
    assert caught.value.kind == "offline"
    assert len(server.seen) == before


def test_a_card_of_the_older_schema_counts(server: Publishers) -> None:
    fields = {"summary": "Old", "accuracy": 97, "license": "Apache-2.0", "script": ["Arab"], "graphemes": ["a"]}
    url = server.put("/records/11/files/metadata.json", json.dumps(fields).encode())
    server.deposits.append(Deposit(11, "2025-01-01", "Old", files={url: 9, f"{server.url}/m.mlmodel": 5}))
    about = repository.refresh().entries[0].about
    assert (about.licence, about.scripts, about.cer) == ("Apache-2.0", ("Arab",), 0.03)


def test_a_second_harvest_asks_for_what_is_new_or_changed_alone(server: Publishers) -> None:
    for number in range(11, 61, 10):
        deposit(server, number, date=f"2025-01-{number // 10:02}")
    repository.refresh()
    server.seen.clear()
    deposit(server, 71, date="2025-02-01")
    server.deposits[1].date = "2025-03-01"
    listing = repository.refresh()
    assert server.list_requests() == [{"from": "2025-01-05"}]
    assert sorted(cards_asked(server)) == [21, 71]
    assert references(listing) == [f"zenodo:{number}" for number in (71, 51, 41, 31, 21, 11)]
    server.seen.clear()
    assert references(repository.refresh()) == references(listing)
    assert server.list_requests() == [{"from": "2025-03-01"}]
    assert not cards_asked(server)


def test_nothing_new_is_no_error(server: Publishers) -> None:
    changing = deposit(server, 11, date="2025-01-01")
    listing = repository.refresh()
    changing.date = "2024-12-31"
    assert repository.refresh().entries == listing.entries


def test_an_empty_repository_is_no_error(server: Publishers) -> None:
    assert repository.refresh().entries == ()


@pytest.mark.parametrize("since", ["2999-12-31", "zzzz"])
def test_a_date_in_the_future_does_not_lock_the_list(server: Publishers, since: str) -> None:
    deposit(server, 11)
    repository.refresh()
    kept = json.loads((paths.cache_dir() / "listing.json").read_bytes())
    (paths.cache_dir() / "listing.json").write_text(json.dumps(kept | {"since": since}))
    deposit(server, 21, date=datetime.now(UTC).date().isoformat())
    assert references(repository.refresh()) == ["zenodo:21", "zenodo:11"]


def test_a_clock_that_went_back_does_not_lock_the_list(server: Publishers) -> None:
    deposit(server, 11, date="2999-01-01")
    repository.refresh()
    deposit(server, 21, date=datetime.now(UTC).date().isoformat())
    assert references(repository.refresh()) == ["zenodo:21", "zenodo:11"]


def test_a_withdrawn_record_leaves_the_list_and_ends_no_harvest(server: Publishers) -> None:
    first = deposit(server, 11)
    deposit(server, 21)
    repository.refresh()
    first.deleted, first.date = True, "2025-05-05"
    deposit(server, 31, date="2025-05-06")
    assert references(repository.refresh()) == ["zenodo:31", "zenodo:21"]


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "<metadata/>",
        "<metadata><a><b/></a></metadata>",
        RDF.format("<downloadURL/>"),
        RDF.format('<downloadURL r="http://127.0.0.1/m.mlmodel"/><byteSize>many</byteSize>'),
        RDF.format('<downloadURL r="file:///etc/m.mlmodel"/><byteSize>5</byteSize>'),
    ],
)
def test_a_record_that_makes_no_sense_is_skipped(server: Publishers, xml: str) -> None:
    deposit(server, 11)
    server.deposits.append(Deposit(21, "2025-01-01", xml=xml or "<metadata></metadata>"))
    server.deposits.append(Deposit(0, "yesterday", xml="<metadata/>"))
    deposit(server, 31)
    assert references(repository.refresh()) == ["zenodo:31", "zenodo:11"]


@pytest.mark.parametrize(
    ("fault", "again"), [(Status(404), []), (Status(403), []), (Endless(), [21]), (DropAt(3), [21])]
)
def test_a_card_that_cannot_be_had_costs_nothing_but_the_card(
    server: Publishers, fault: Fault, again: list[int]
) -> None:
    for number in (11, 21, 31):
        deposit(server, number)
    server.always("/records/21/files/README.md", fault)
    listing = repository.refresh()
    assert references(listing) == ["zenodo:31", "zenodo:21", "zenodo:11"]
    assert [entry.about.licence for entry in listing.entries] == ["CC-BY-4.0", "", "CC-BY-4.0"]
    assert listing.fetched
    server.seen.clear()
    repository.refresh()
    assert cards_asked(server) == again


def test_cards_that_cannot_be_had_here_and_there_end_no_harvest(server: Publishers) -> None:
    for number in range(11, 81, 10):
        deposit(server, number)
        if number % 20 == 11:
            server.always(f"/records/{number}/files/README.md", DropAt(3))
    assert sum(bool(entry.about.licence) for entry in repository.refresh().entries) == 3


def test_a_card_that_came_broken_is_asked_for_again_next_time(server: Publishers) -> None:
    deposit(server, 11)
    server.script("/records/11/files/README.md", DropAt(3))
    assert repository.refresh().entries[0].about.licence == ""
    assert repository.refresh().entries[0].about.licence == "CC-BY-4.0"


def test_a_server_that_is_too_busy_is_waited_for(server: Publishers) -> None:
    deposit(server, 11)
    server.list_faults.append(ServerError(429, "0"))
    server.list_faults.append(ServerError(503))
    server.script("/records/11/files/README.md", ServerError(429, "1"))
    assert repository.refresh().entries[0].about.licence == "CC-BY-4.0"
    assert len(server.list_requests()) == 3
    assert cards_asked(server) == [11, 11]


def test_a_server_that_stays_busy_is_left_alone_and_what_arrived_is_kept(server: Publishers) -> None:
    for number in range(11, 91, 10):
        deposit(server, number)
        if number < 61:
            server.always(f"/records/{number}/files/README.md", ServerError(429, "0"))
    with pytest.raises(NetworkError) as caught:
        repository.refresh()
    assert caught.value.kind == "busy"
    assert len(cards_asked(server)) == 3 + 3 * harvest.TRIES
    listing = repository.listing()
    assert listing.fetched == ""
    assert [entry.reference for entry in listing.entries if entry.about.licence] == [
        "zenodo:81",
        "zenodo:71",
        "zenodo:61",
    ]
    assert len(listing.entries) == 8
    assert repository.search(listing.entries, "model 11")
    for number in range(11, 61, 10):
        server.always(f"/records/{number}/files/README.md", None)
    server.seen.clear()
    assert all(entry.about.licence for entry in repository.refresh().entries)
    assert sorted(cards_asked(server)) == [11, 21, 31, 41, 51]


def test_a_list_that_breaks_off_is_asked_for_from_the_start_but_no_card_twice(server: Publishers) -> None:
    for number in range(11, 91, 10):
        deposit(server, number)
    server.list_faults.extend([None, DropAt(100)])
    with pytest.raises(NetworkError):
        repository.refresh()
    assert references(repository.listing()) == ["zenodo:31", "zenodo:21", "zenodo:11"]
    assert len(repository.refresh().entries) == 8
    assert server.list_requests()[2] == {}
    assert len(cards_asked(server)) == 8


def test_a_forgotten_place_in_the_list_is_an_error_and_not_its_end(server: Publishers) -> None:
    for number in range(11, 91, 10):
        deposit(server, number)
    server.list_faults.extend([None, Status(422)])
    with pytest.raises(NetworkError):
        repository.refresh()


@pytest.mark.parametrize(
    "body",
    [
        b"<html><title>Log in</title></html>",
        b"",
        b"{}",
        b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="badArgument">no</error></OAI-PMH>',
        b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="__class__">no</error></OAI-PMH>',
        b"<OAI-PMH",
        b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record>',
    ],
)
def test_an_answer_that_is_no_list_is_told_and_changes_nothing(server: Publishers, body: bytes) -> None:
    deposit(server, 11)
    before = repository.refresh()
    server.list_faults.append(Status(200, {"Content-Type": "text/xml"}, body))
    with pytest.raises(NetworkError, match=r"127\.0\.0\.1"):
        repository.refresh()
    assert repository.listing() == before


def test_a_list_without_an_end_is_refused(server: Publishers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harvest, "MOST_PAGES", 5)
    page = b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><resumptionToken>|0</resumptionToken>'
    server.list_faults.extend([Status(200, {}, page + b"</ListRecords></OAI-PMH>")] * 50)
    with pytest.raises(NetworkError):
        repository.refresh()
    assert len(server.seen) == 5


def test_a_bomb_in_the_list_is_not_unpacked(server: Publishers) -> None:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    root = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">&e9;</OAI-PMH>'
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{entities}]>{root}'
    server.list_faults.append(Status(200, {}, bomb.encode()))
    with contextlib.suppress(NetworkError):
        repository.refresh()
    assert repository.listing().entries == ()


def test_cancelling_keeps_what_arrived(server: Publishers) -> None:
    for number in (11, 21, 31):
        deposit(server, number)
    asked = threading.Event()
    listing = repository.refresh(lambda done, _: asked.set() if done == 1 else None, asked.is_set)
    assert [bool(entry.about.licence) for entry in listing.entries] == [True, False, False]
    assert listing.fetched == ""
    assert repository.listing() == listing


def test_a_busy_server_is_not_asked_again_before_its_time_and_the_wait_can_be_cancelled(server: Publishers) -> None:
    deposit(server, 11)
    server.list_faults.append(ServerError(429, "600"))
    looks = iter(range(100))
    assert repository.refresh(cancelled=lambda: bool(server.seen) and next(looks) > 2) == Listing()
    assert len(server.seen) == 1


def test_nothing_is_put_into_the_home_of_the_user(server: Publishers, tmp_path: Path) -> None:
    deposit(server, 11)
    user = tmp_path / "user"
    script = (
        "from app.checkpoints import harvest, repository; harvest.PACE = 0.0; print(len(repository.refresh().entries))"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("XDG")} | {"HOME": str(user)}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "1", done.stderr
    assert not user.exists()


@pytest.mark.parametrize(
    "body", [b"", b"{}x", b'{"format": 2, "fetched": "2026"}', b'{"entries": [1]}', b"[" * 100_000, b"\x80\x04K\x01."]
)
def test_a_kept_list_that_cannot_be_read_counts_as_none(body: bytes) -> None:
    paths.cache_dir().mkdir(parents=True)
    (paths.cache_dir() / "listing.json").write_bytes(body)
    assert repository.listing() == Listing()


def test_a_place_that_cannot_be_written_is_told(server: Publishers, home: Path) -> None:
    home.mkdir()
    (home / "cache").write_text("a file where the folder should be")
    with pytest.raises(AppError, match="could not be written"):
        repository.refresh()


# Versions


def test_a_models_older_versions_come_after_its_newest_and_are_marked(server: Publishers) -> None:
    for number, concept in ((12, 10), (15, 10), (21, 20), (17, 10)):
        deposit(server, number).concept = concept
    deposit(server, 16, date="2025-06-01").concept = 10
    listing = repository.refresh()
    assert references(listing) == ["zenodo:21", "zenodo:17", "zenodo:16", "zenodo:15", "zenodo:12"]
    assert [entry.obsolete for entry in listing.entries] == [False, False, True, True, True]


def test_what_its_publishers_replaced_is_marked(server: Publishers) -> None:
    deposit(server, 11, does="[recognition]\nobsoleted_by: [https://doi.org/10.5281/zenodo.99]")
    assert repository.refresh().entries[0].obsolete


# Search


def listed(title: str = "", reference: str = "zenodo:1", **change: object) -> Listed:
    about = About(title=title, engine="kraken", purpose="recognition", licence="CC-BY-4.0", scripts=("Latn",),
                  languages=("deu",))  # fmt: skip
    fields = {"size": 5, "names": ("Latin", "German"), "keywords": ("kurrent",)} | change
    return Listed(reference=reference, about=about, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "KURRENT",
        "bucher",
        "Bücher",
        "Bu\u0308cher",
        "GERMAN latin",
        "deu latn",
        "zenodo:1",
        "strasse",
        "kur büch",
    ],
)
def test_every_word_is_found_somewhere(text: str) -> None:
    assert repository.search([listed("Bücher der Straße")], text)


@pytest.mark.parametrize("text", ["french", "kurrent french", "kurrentx", "10.5281"])
def test_a_word_that_is_nowhere_finds_nothing(text: str) -> None:
    assert not repository.search([listed("Bücher")], text)


def test_filters_leave_out_what_does_not_say_so() -> None:
    german, unknown = listed("a"), listed("b", size=0)
    found = [german, unknown]
    assert repository.search(found, script="Latn", language="deu") == (german, unknown)
    assert not repository.search(found, script="Grek")
    assert not repository.search(found, language="fra")
    assert not repository.search(found, purpose="segmentation")
    assert not repository.search(found, engine="surya")
    assert repository.search(found, engine="kraken", purpose="recognition") == (german, unknown)
    assert repository.search(found, licence="cc-by") == (german, unknown)
    assert not repository.search(found, licence="apache")
    assert repository.search(found, size=5) == (german,)
    assert not repository.search(found, size=4)


@given(st.lists(st.text(), max_size=3), st.text())
def test_searching_keeps_the_order_and_finds_a_title_by_itself(titles: list[str], text: str) -> None:
    entries = [listed(title) for title in titles]
    assert repository.search(entries) == tuple(entries)
    found = iter(entries)
    assert all(any(entry is one for one in found) for entry in repository.search(entries, text))
    assert all(entry in repository.search(entries, entry.about.title) for entry in entries)


def test_the_catalogue_comes_first_and_nothing_twice() -> None:
    entries = (listed("Bohemian", "zenodo:11673242"), listed("Other", "zenodo:5"))
    found = repository.all_entries(catalogue.entries(), Listing(entries=entries))
    assert [entry.reference for entry in found] == [*(entry.id for entry in catalogue.entries()), "zenodo:5"]
    (registers,) = repository.search(found, "german handwriting registers")
    assert registers.about.title == "German Kurrent, 19th century (Bohemian registers)"
    assert registers.size == 16_200_000
