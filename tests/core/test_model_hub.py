"""Plans from the Hugging Face hub, asked of a real server that speaks its API."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from huggingface_hub import get_session

from app.checkpoints import sources
from app.checkpoints.network import MOST_METADATA, NetworkError
from app.checkpoints.plan import Plan
from app.errors import BadModel
from tests.servers.faults import Endless
from tests.servers.publishers import COMMIT, Publishers, Status, git_id

REPO = "glam/kraken-ppocrv6"
FILES = {
    "README.md": b"# Models\n",
    "LICENSE": b"free",
    "small/small.safetensors": b"small weights",
    "small/README.md": b"# Small\n",
    "large/old.mlmodel": b"older and larger weights",
    "large/large.safetensors": b"large weights, many",
    "train.py": b"import os",
    "all.bin": b"\x80",
}
CARD = {
    "license": "apache-2.0",
    "language": ["de", "deu", "lat"],
    "script": ["Latn"],
    "tags": ["ocr"],
    "model-index": [{"name": 1}],
}


@pytest.fixture
def server() -> Iterator[Publishers]:
    with Publishers() as publishers:
        yield publishers


def planned(server: Publishers, path: str = "", revision: str = "") -> Plan:
    return sources.plan(f"hf:{REPO}{path}" + (f"@{revision}" if revision else ""), server.url)


def contents(plan: Plan) -> dict[str, bytes]:
    return {file.name: requests.get(file.url, timeout=10).content for file in plan.files}


def test_a_file_is_planned_at_the_commit_that_is_newest_now(server: Publishers) -> None:
    server.repository(REPO, FILES, CARD)
    plan = planned(server, "/small/small.safetensors")
    assert contents(plan) == {
        "small.safetensors": b"small weights", "README.md": b"# Small\n", "LICENSE": b"free"
    }  # fmt: skip
    assert all(f"/resolve/{COMMIT}/" in file.url and file.url.startswith(server.url) for file in plan.files)
    assert plan.name == f"hf:{REPO}/small/small.safetensors@0123456789ab"
    assert plan.reference == f"hf:{REPO}/small/small.safetensors@{COMMIT}"
    assert (plan.weights, plan.base) == ("small.safetensors", server.url)
    about = plan.about
    assert (about.title, about.engine, about.purpose) == ("kraken-ppocrv6 (small)", "kraken", "recognition")
    assert (about.licence, about.languages, about.scripts) == ("apache-2.0", ("deu", "lat"), ("Latn",))
    assert about.version == "0123456789ab"


def test_sizes_and_hashes_are_those_of_the_hub(server: Publishers) -> None:
    server.repository(REPO, FILES)
    plan = planned(server, "/small")
    for file, data in zip(plan.files, contents(plan).values(), strict=True):
        assert file.size == len(data)
        large = file.name.endswith(".safetensors")
        assert file.hashes == ({"sha256": hashlib.sha256(data).hexdigest()} if large else {"git-sha1": git_id(data)})
    assert plan.hashed


def test_a_hash_that_makes_no_sense_counts_as_none(server: Publishers) -> None:
    told = server.repository(REPO, {"m.mlmodel": b"w", "README.md": b"x"})
    told["siblings"][0]["lfs"]["sha256"], told["siblings"][1]["blobId"] = "12", "main"
    server.put_repository(REPO, told)
    assert [file.hashes for file in planned(server).files] == [{}, {}]


def test_planning_again_from_the_plan_finds_the_same_bytes(server: Publishers) -> None:
    server.repository(REPO, FILES)
    first = planned(server, "/small")
    server.repository(REPO, FILES, revision=COMMIT)
    server.repository(REPO, {"small/small.safetensors": b"newer"}, commit="f" * 40)
    again = sources.plan(first.reference, server.url)
    assert again == first
    newest = planned(server, "/small")
    assert newest.name != first.name
    assert newest.folder != first.folder


def test_a_branch_can_be_named(server: Publishers) -> None:
    server.repository(REPO, {"m.mlmodel": b"w"}, revision="feature/x")
    plan = planned(server, revision="feature/x")
    assert plan.reference == f"hf:{REPO}/m.mlmodel@{COMMIT}"


def test_in_a_folder_the_newer_format_is_chosen_and_that_is_said(server: Publishers) -> None:
    server.repository(REPO, FILES)
    plan = planned(server, "/large/")
    assert plan.weights == "large.safetensors"
    assert "old.mlmodel" in " ".join(plan.remarks)
    assert planned(server).weights == "large.safetensors"


def test_a_segmenter_is_known_by_its_name(server: Publishers) -> None:
    server.repository(REPO, {"blla.mlmodel": b"w"})
    assert planned(server).about.purpose == "segmentation"


def test_models_whose_names_look_alike_get_folders_of_their_own(server: Publishers) -> None:
    server.repository(REPO, {"a-b.mlmodel": b"w", "a/b.mlmodel": b"w"})
    one, other = planned(server, "/a-b.mlmodel"), planned(server, "/a/b.mlmodel")
    assert one.folder != other.folder
    assert one.folder.startswith("kraken/hf-glam-kraken-ppocrv6-a-b-mlmodel-")


def test_no_token_is_sent_and_nothing_is_told_or_kept(
    server: Publishers, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    server.repository(REPO, FILES)
    planned(server, "/small")
    (asked,) = server.seen
    assert "authorization" not in asked.headers
    assert asked.headers["user-agent"].startswith("Lesepult/")
    assert ";" not in asked.headers["user-agent"]
    assert not home.exists()


def test_the_library_keeps_its_own_session_for_others(server: Publishers) -> None:
    server.repository(REPO, FILES)
    planned(server, "/small")
    with get_session() as session:
        assert type(session) is requests.Session


def test_several_threads_may_ask_at_once(server: Publishers) -> None:
    server.repository(REPO, FILES)
    with ThreadPoolExecutor(4) as pool:
        names = {plan.name for plan in pool.map(lambda _: planned(server, "/small"), range(12))}
    assert len(names) == 1


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/all.bin", "could run foreign code"),
        ("/train.py", "no file that Lesepult can use"),
        ("/nowhere", "no file that Lesepult can use"),
        ("/README.md", "no file that Lesepult can use"),
    ],
)
def test_what_is_no_model_is_refused(server: Publishers, path: str, sentence: str) -> None:
    server.repository(REPO, FILES)
    with pytest.raises(BadModel, match=sentence):
        planned(server, path)


@pytest.mark.parametrize(
    "reference", ["glam", "glam/", "/glam/x", "glam/x/../y", "gl--am/x", "glam/x@", "a b/c", "glam/x/con.mlmodel"]
)
def test_what_is_no_reference_is_refused_without_asking(server: Publishers, reference: str) -> None:
    with pytest.raises(BadModel):
        sources.plan(f"hf:{reference}", server.url)
    assert not server.seen


@pytest.mark.parametrize(
    ("fault", "kind", "sentence"),
    [
        (Status(401, {"X-Error-Code": "RepoNotFound"}), "gone", "has no public repository “glam/kraken-ppocrv6”"),
        (Status(403, {"X-Error-Code": "GatedRepo"}), "denied", "to everybody"),
        (Status(404, {"X-Error-Code": "RevisionNotFound"}), "gone", "has no “hf:glam"),
        (Status(429, {"Retry-After": "9"}), "busy", "too busy"),
        (Status(500, {}, b'["a list", "of nothing"]'), "broken", "did not answer with what was asked"),
        (Endless(), "broken", "did not answer with what was asked"),
    ],
)
def test_a_hub_that_refuses_is_told(server: Publishers, fault: Any, kind: str, sentence: str) -> None:
    server.repository(REPO, FILES)
    server.always(f"/api/models/{REPO}", fault)
    with pytest.raises(NetworkError, match=sentence) as caught:
        planned(server)
    assert caught.value.kind == kind


NONSENSE = [
    b"",
    b"<html><title>Log in</title></html>",
    b"[]",
    b"{}",
    b'{"id": "a/b", "siblings": [{"rfilename": "m.mlmodel"}]}',
    b'{"id": "a/b", "sha": "main", "siblings": []}',
    b'{"id": "a/b", "sha": 5, "siblings": []}',
    f'{{"id": "a/b", "sha": "{COMMIT}", "siblings": [{{"rfilename": 5}}]}}'.encode(),
    f'{{"id": "a/b", "sha": "{COMMIT}", "siblings": [{{"rfilename": "m.mlmodel", "size": "5"}}]}}'.encode(),
    f'{{"id": "a/b", "sha": "{COMMIT}", "siblings": [{{"rfilename": "m.mlmodel", "lfs": {{"size": 1}}}}]}}'.encode(),
    f'{{"id": "a/b", "sha": "{COMMIT}", "siblings": {{"a": "b"}}}}'.encode(),
    b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"id": "' + b" " * (MOST_METADATA + 1) + b'"}',
]


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
def test_an_answer_that_is_no_repository_is_told(server: Publishers, body: bytes) -> None:
    server.put_repository(REPO, body)
    with pytest.raises(NetworkError) as caught:
        planned(server)
    assert caught.value.kind == "broken"
    assert "127.0.0.1" in caught.value.message


@pytest.mark.parametrize(
    "change",
    [{"rfilename": "../m.mlmodel"}, {"rfilename": "nul.mlmodel"}, {"size": -1}, {"rfilename": "\ud800.mlmodel"}],
)
def test_a_hub_that_lies_about_a_file_is_refused(server: Publishers, change: dict[str, Any]) -> None:
    told = server.repository(REPO, {"m.mlmodel": b"w"})
    told["siblings"][0] |= change
    server.put_repository(REPO, told)
    with pytest.raises(BadModel):
        planned(server)


@pytest.mark.parametrize("card", [None, [], "text", {"license": ["a", {}], "tags": {"a": 1}, "language": 5}])
def test_a_card_that_makes_no_sense_is_left_out(server: Publishers, card: object) -> None:
    server.repository(REPO, {"m.mlmodel": b"w"}, card)
    assert planned(server).about.licence == ""
