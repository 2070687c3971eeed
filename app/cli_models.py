"""`lesepult models ...`: the model manager on the command line, the same core as its window."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from app import paths, settings
from app.checkpoints import catalogue, integrity, packs, repository, sentences, sources, staging, store
from app.checkpoints.download import Fetch, Stopped
from app.checkpoints.meter import Limit
from app.checkpoints.plan import EngineName
from app.checkpoints.staged_file import arrived
from app.checkpoints.state import Download
from app.errors import AppError, NotFound
from app.jobs import open_once
from app.language import tr, trn
from app.protocol import Purpose
from app.terminal import CANCELLED, FAILED, LEFT_OUT, Bar, DownloadBar, interrupt, json_result, result, tell

app = typer.Typer(help=tr("Models: what there is, what is installed, getting more."), no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help=tr("The model, as “lesepult models list” names it."))]
AsJson = Annotated[bool, typer.Option("--json", help=tr("Write JSON for a program to read."))]


class ModelRow(msgspec.Struct, frozen=True):
    """An installed model as `models list --json` gives it; `size` is in bytes, `damaged` names files."""

    name: str
    title: str
    engine: str
    purpose: str
    origin: str
    size: int
    state: str
    damaged: tuple[str, ...]
    path: str


class PartRow(msgspec.Struct, frozen=True):
    """What has arrived of a model that is not installed; sizes are in bytes."""

    id: str
    name: str
    wanted: staging.Wanted
    size: int
    total: int


@app.command(name="list", help=tr("The models on this computer."))
def list_(as_json: AsJson = False) -> None:
    """`lesepult models list`; columns are parted by tabs."""
    rows = [_row(model) for model in store.installed()]
    if as_json:
        json_result({"models": rows})
        return
    states = {"installed": tr("installed"), "damaged": tr("damaged")}
    for row in rows:
        result(row.name, row.title, row.engine, sentences.size_text(row.size), states[row.state])


@app.command(help=tr("Look for models: in what is recommended, and in kraken's public repository."))
def search(
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORD]...", help=tr("All of these occur."))] = None,
    script: Annotated[str | None, typer.Option(metavar="LATN", help=tr("The script, by its ISO 15924 code."))] = None,
    language: Annotated[
        str | None, typer.Option(metavar="DEU", help=tr("The language, by its ISO 639-3 code."))
    ] = None,
    engine: Annotated[EngineName | None, typer.Option(help=tr("Only models of this engine."))] = None,
    purpose: Annotated[Purpose | None, typer.Option(help=tr("Only models that do this."))] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help=tr("Ask the public repository what is new first."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """`lesepult models search [WORD]...`; works without a network, with what was listed last."""
    if refresh:
        with interrupt() as asked, Bar() as bar:
            listener = bar.listener(tr("Asking the public repository"))
            repository.refresh(lambda done, total: listener.progress("loading", done, total), asked.is_set)
    listing = repository.listing()
    found = repository.search(
        repository.all_entries(catalogue.entries(), listing),
        " ".join(words or ()),
        script=script,
        language=language,
        engine=engine,
        purpose=purpose,
    )
    if as_json:
        json_result({"listed": listing.fetched, "models": found})
        return
    for entry in found:
        size = sentences.size_text(entry.size) if entry.size else "?"
        result(entry.reference, entry.about.title, entry.about.engine, size, entry.about.licence or "?")
    if not listing.fetched:
        tell(tr("The public repository was never asked; “--refresh” does that."))


@app.command(help=tr("Get a model: verified, and whole or not at all. A damaged one is repaired."))
def install(
    reference: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help=tr("surya:PATH, a DOI, hf:OWNER/REPOSITORY/FILE, or a name that “models search” shows."),
        ),
    ],
    base: Annotated[
        str, typer.Option("--from", metavar="URL", help=tr("Another address to get it from, such as a mirror."))
    ] = "",
    limit: Annotated[
        float | None, typer.Option(metavar="MB/S", help=tr("At most so many megabytes a second."), min=0.01)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """`lesepult models install MODEL`; Ctrl+C keeps what has arrived, and the same command goes on with it."""
    _storage()
    plan = sources.plan(reference, base)
    tell(plan.about.title)
    for label, value in sentences.facts(plan):
        tell(f"  {label}: {value}")
    for remark in plan.remarks:
        tell(f"  {remark}")
    rate = round(limit * 1e6) if limit else settings.load().download_limit
    with interrupt() as asked, DownloadBar() as bar:

        def show(download: Download) -> None:
            bar.show(download)
            if asked.is_set():
                fetch.pause()

        fetch = Fetch(plan, open_once, show, limit=Limit(rate))
        try:
            record = fetch.run()
        except Stopped as stopped:
            tell(tr("Stopped; what has arrived is kept, and the same command goes on with it."))
            raise typer.Exit(CANCELLED) from stopped
    if as_json:
        model = store.by_name(record.name)
        json_result({"model": model and _row(model), "transferred": fetch.download.transferred})
        return
    result(record.name, record.about.title, sentences.size_text(record.size))


@app.command(name="import", help=tr("Take in a model from a stick: a file, a folder, or a pack."))
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=tr("The model file, its folder, or its pack."))],
    name: Annotated[
        str, typer.Option(metavar="surya:PATH", help=tr("What it is, where its folder does not say."))
    ] = "",
    as_json: AsJson = False,
) -> None:
    """`lesepult models import FILE`: the same checks as for a download."""
    _storage()
    with interrupt() as asked, Bar() as bar:
        listener = bar.listener(tr("Importing"))
        with _cancellable():
            record = packs.import_model(
                file, open_once, name=name, progress=partial(listener.progress, "loading"), cancelled=asked.is_set
            )
    model = store.by_name(record.name)
    if as_json:
        json_result({"model": model and _row(model)})
        return
    result(record.name, record.about.title, sentences.size_text(record.size))


@app.command(help=tr("Write a model as one file, for a computer that never goes online."))
def pack(
    name: Name,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help=tr("The file, or the folder for it."))] = Path(),
) -> None:
    """`lesepult models pack NAME --out FILE`."""
    result(str(packs.pack(name, out)))


@app.command(help=tr("Read every byte of models and compare it with what was installed."))
def verify(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help=tr("Only these models."))] = None,
    as_json: AsJson = False,
) -> None:
    """`lesepult models verify [NAME]...`; exit code 1 when one is damaged."""
    chosen = names or [model.record.name for model in store.installed()]
    problems: dict[str, list[str]] = {}
    with interrupt() as asked, Bar() as bar:
        for name in chosen:
            listener = bar.listener(name)
            with _cancellable():
                found = store.verify(name, partial(listener.progress, "loading"), asked.is_set)
            problems[name] = [str(problem) for problem in found]
    if as_json:
        json_result({"models": problems})
    for name, found_problems in {} if as_json else problems.items():
        result(name, " ".join(found_problems) or tr("every byte is as it was installed"))
    if any(problems.values()):
        for name in (name for name, found in problems.items() if found):
            tell(f"{name}: {store.need(name).remedy}")
        raise typer.Exit(FAILED)


@app.command(help=tr("Remove a model, or what has arrived of one that was never finished."))
def remove(
    name: Name,
    trained: Annotated[
        bool, typer.Option("--trained", help=tr("Also one that was trained here and cannot be had again."))
    ] = False,
) -> None:
    """`lesepult models remove NAME` says how much it freed."""
    model = store.by_name(name)
    part = next((part for part, journal in staging.kept() if name in {journal.plan.name, part.id}), None)
    if model is None and part is None:
        raise NotFound(
            tr("There is no model “{name}”.").format(name=name),
            tr("“lesepult models list” shows those that are installed."),
        )
    if model is not None and model.record.origin == "trained" and not trained:
        raise AppError(
            tr("“{title}” was trained here and cannot be had again.").format(title=model.record.about.title),
            tr("“lesepult models pack” keeps a copy; “--trained” removes it all the same."),
        )
    freed = (store.remove(name) if model is not None else 0) + (staging.discard(part.id) if part is not None else 0)
    result(tr("{size} freed.").format(size=sentences.size_text(freed)))


@app.command(help=tr("Remove parts of downloads that nothing can go on with any more."))
def prune(as_json: AsJson = False) -> None:
    """`lesepult models prune`; what can be gone on with, or is in use, stays."""
    pruned = staging.prune()
    if as_json:
        json_result({"pruned": [{"name": one.name, "size": one.size} for one in pruned]})
        return
    for one in pruned:
        result(one.name, sentences.size_text(one.size))
    if not pruned:
        tell(tr("There was nothing to remove."))


@app.command(help=tr("How the models stand: on the disk, damaged, half arrived, and where all of it is."))
def status(as_json: AsJson = False) -> None:
    """`lesepult models status`; exit code 3 when something is damaged or the folder cannot be written."""
    models = store.installed()
    parts = [
        PartRow(part.id, journal.plan.name, journal.wanted, arrived(part, journal), journal.plan.size)
        for part, journal in staging.kept()
    ]
    problem = paths.storage_problem()
    damaged = [model.record.name for model in models if model.damaged]
    if as_json:
        json_result(
            {
                "store": str(paths.models_dir()), "staging": str(paths.downloads_dir()), "damaged": damaged,
                "installed": len(models), "size": sum(model.record.size for model in models), "parts": parts,
                "offline": settings.load().offline, "problem": str(problem) if problem else None,
            }
        )  # fmt: skip
    else:
        size = sentences.size_text(sum(model.record.size for model in models))
        text = trn("{count} model, {size}, in {folder}", "{count} models, {size}, in {folder}", len(models))
        result(text.format(count=len(models), size=size, folder=paths.models_dir()))
        result(tr("downloads are staged in {folder}").format(folder=paths.downloads_dir()))
        for part in parts:
            size, total = sentences.size_text(part.size), sentences.size_text(part.total)
            result(tr("{name}: {arrived} of {total} have arrived").format(name=part.name, arrived=size, total=total))
        for model in (model for model in models if model.damaged):
            result(tr("{name}: damaged. {remedy}").format(name=model.record.name, remedy=model.remedy))
        if problem:
            tell(str(problem))
    if problem or damaged:
        raise typer.Exit(LEFT_OUT)


@contextmanager
def _cancellable() -> Iterator[None]:
    """Ends the command when the work inside was cancelled by Ctrl+C."""
    try:
        yield
    except integrity.Cancelled as cancelled:
        raise typer.Exit(CANCELLED) from cancelled


def _storage() -> None:
    """Raises the sentence about a folder for models that cannot be used, before anything is fetched."""
    problem = paths.storage_problem()
    if problem is not None:
        raise problem


def _row(model: store.Installed) -> ModelRow:
    record = model.record
    return ModelRow(
        record.name,
        record.about.title,
        record.about.engine,
        record.about.purpose,
        record.origin,
        record.size,
        "damaged" if model.damaged else "installed",
        model.damaged,
        str(model.folder),
    )
