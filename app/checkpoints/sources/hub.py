"""Models on the Hugging Face hub at a pinned commit: `huggingface_hub` asks what there is, and fetches nothing.

No token is sent, nothing is counted, and nothing is written into the hub's own cache.
"""

import hashlib
import re
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from app.checkpoints import catalogue, network, weights
from app.checkpoints.plan import About, Plan, PlannedFile, check, safe_name
from app.checkpoints.sources import published
from app.errors import BadModel
from app.language import tr

if TYPE_CHECKING:
    import requests
    from huggingface_hub.hf_api import ModelInfo

_REFERENCE = re.compile(
    r"(?P<repo>[0-9A-Za-z][\w.-]{0,95}/[0-9A-Za-z][\w.-]{0,95})(?:/(?P<path>.+?))?/?(?:@(?P<revision>[\w./-]{1,100}))?",
    re.ASCII,
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_turn = threading.Lock()


class _File(msgspec.Struct):
    """A file of the repository: its path, size in bytes, git's id of its content, or the SHA-256 where git has none."""

    path: str
    size: int | None
    blob: str | None
    sha256: str | None

    @property
    def hashes(self) -> dict[str, str]:
        if self.sha256:
            return {"sha256": self.sha256.lower()} if re.fullmatch(r"[0-9a-fA-F]{64}", self.sha256) else {}
        return {"git-sha1": self.blob} if self.blob and _COMMIT.fullmatch(self.blob) else {}


class Hub:
    """`hf:owner/repository/path@revision`, where the path (a file, or a folder) and the revision may be left out.

    Without a revision it is the newest now; the plan's reference names the commit, so that planning again later finds
    the same bytes, and its name the first twelve digits of it.
    """

    prefix = "hf:"

    def plan(self, reference: str, base: str) -> Plan:
        """The plan for a file, or for the model in a folder; `base` is the hub's address, empty for the usual one."""
        from huggingface_hub import hf_hub_url

        repo, path, revision = _parts(reference)
        endpoint = base.rstrip("/") or None
        info, files = _ask(repo, revision, endpoint, f"“{self.prefix}{reference}”")
        chosen, remarks = _choose(f"{self.prefix}{reference}", path, files)
        place = f"{self.prefix}{repo}/{safe_name(chosen.path)}@"
        name = f"{place}{str(info.sha)[:12]}"
        return check(
            Plan(
                name=name,
                folder=folder_of(name),
                reference=f"{place}{info.sha}",
                base=base,
                about=_about(repo, info, chosen),
                files=tuple(
                    PlannedFile(
                        name=file.path.rpartition("/")[2],
                        url=hf_hub_url(repo, file.path, revision=info.sha, endpoint=endpoint),
                        size=file.size,
                        hashes=file.hashes,
                    )
                    for file in (chosen, *_texts(chosen, files))
                ),
                weights=chosen.path.rpartition("/")[2],
                remarks=remarks,
            )
        )


def _parts(reference: str) -> tuple[str, str, str | None]:
    found = _REFERENCE.fullmatch(reference)
    if found is None or "--" in found["repo"] or ".." in reference:
        raise BadModel(
            tr("“{name}” is no model on the Hugging Face hub.").format(name=reference),
            tr("Give owner/repository, and after it the path of a file when it holds several models."),
        )
    return found["repo"], safe_name(found["path"]) if found["path"] else "", found["revision"]


def _ask(repo: str, revision: str | None, endpoint: str | None, what: str) -> tuple["ModelInfo", dict[str, _File]]:
    """What the hub says of a repository, and its files by path; the library checks nothing of it, so this does."""
    from huggingface_hub.constants import ENDPOINT
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    address = endpoint or ENDPOINT
    try:
        info = _model_info(repo, revision, endpoint)
        found = [
            {"path": one.rfilename, "size": one.size, "blob": one.blob_id, "sha256": one.lfs and one.lfs.sha256}
            for one in info.siblings or []
        ]
        files = {file.path: file for file in msgspec.convert(found, list[_File]) if file.path.isprintable()}
    except RepositoryNotFoundError as error:
        if isinstance(error, GatedRepoError):
            raise network.explain(error, what, address) from error
        raise network.NetworkError(
            "gone",
            tr("{server} has no public repository “{name}”.").format(server=network.host(address), name=repo),
            tr("Check the name. A private repository cannot be fetched."),
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise published.nonsense(address, what) from error
    except OSError as error:
        raise network.explain(error, what, address) from error
    if not isinstance(info.sha, str) or not _COMMIT.fullmatch(info.sha):
        raise published.nonsense(address, what)
    return info, files


def _model_info(repo: str, revision: str | None, endpoint: str | None) -> "ModelInfo":
    """Asks through our own session, one thread at a time: the library has one kind of session for all."""
    from huggingface_hub import HfApi, configure_http_backend

    with _turn, network.session() as session:
        session.hooks["response"].append(_shorten)
        configure_http_backend(lambda: session)
        try:
            # The headers replace those in which the library tells what else is installed here.
            return HfApi(
                endpoint=endpoint, token=False, headers={"user-agent": str(session.headers["User-Agent"])}
            ).model_info(repo, revision=revision, files_metadata=True, timeout=network.TIMEOUT[1])
        finally:
            configure_http_backend()


def _shorten(answer: "requests.Response", **_: object) -> None:
    answer.raw = _Short(answer.raw)


class _Short:
    """The bytes of an answer within the limits for a list; the library itself would read on for ever."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def stream(self, size: int, decode_content: bool | None = None) -> Iterator[bytes]:
        """The answer's pieces; raises `ValueError` when there is no end to them."""
        length, end = 0, time.monotonic() + network.MOST_SECONDS
        for piece in self._raw.stream(size, decode_content=decode_content):
            length += len(piece)
            if length > network.MOST_METADATA or time.monotonic() > end:
                self._raw.close()
                raise ValueError("The answer is too long.")
            yield piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


def _choose(model: str, path: str, files: dict[str, _File]) -> tuple[_File, tuple[str, ...]]:
    """The file that is meant, or the model in the folder that is meant."""
    if path in files:
        if not weights.is_weights(path):
            raise published.unusable(model, [path])
        return files[path], ()
    inside = {name: file.size for name, file in files.items() if not path or name.startswith(f"{path}/")}
    chosen, remarks = published.choose(model, inside)
    return files[chosen], remarks


def _texts(chosen: _File, files: dict[str, _File]) -> list[_File]:
    """The card and the licence: those beside the model, and those of the repository where it has none of its own."""
    folder = chosen.path.rpartition("/")[0]
    texts: dict[str, _File] = {}
    for place in ("", folder):
        for file in files.values():
            parent, _, name = file.path.rpartition("/")
            if parent == place and published.is_text(name, file.size):
                texts[name.lower()] = file
    return list(texts.values())


def _about(repo: str, info: "ModelInfo", chosen: _File) -> About:
    from huggingface_hub import CardData

    said = vars(info.card_data) if isinstance(info.card_data, CardData) else {}
    card = published.card_of(said)
    stem = chosen.path.rpartition("/")[2].rpartition(".")[0]
    return About(
        title=card.summary or f"{repo.partition('/')[2]} ({stem})",
        engine="kraken",
        purpose=published.purpose(card, chosen.path, str(said.get("pipeline_tag"))) or "recognition",
        licence=card.licence,
        licence_url=card.licence_url,
        scripts=card.scripts,
        languages=card.languages,
        version=str(info.sha)[:12],
        homepage=f"https://huggingface.co/{repo}",
        cer=card.cer,
        memory=catalogue.memory_needed("kraken", chosen.size or 0),
    )


def folder_of(name: str) -> str:
    """A place of its own in the store: readable, and told apart from every other by a digest of the name."""
    readable = re.sub(r"[^0-9A-Za-z]+", "-", name.partition(":")[2].rpartition("@")[0])[:60].strip("-").lower()
    return f"kraken/hf-{readable}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
