"""The command line: one thin command per capability, the same core as the window.

Exit codes: 0 all done; 1 it failed, with one sentence on standard error; 2 the command was not understood; 3 done,
but something was left out and was named; 130 cancelled, with what had arrived kept. Results go to standard output,
progress and problems to standard error.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from app import cli_jobs, cli_models, cli_texts, edits, log, paths, settings
from app import doctor as doctoring
from app.archive import Archive
from app.cli_pages import ArchiveFolder, AsJson, OnDevice, Pages, pages_of
from app.errors import AppError, Conflict
from app.groundtruth import export as exporting
from app.language import tr
from app.page import Line, Page
from app.scans import import_scans
from app.terminal import CANCELLED, FAILED, LEFT_OUT, Bar, interrupt, json_result, own_output, result, tell

app = typer.Typer(
    name="lesepult",
    help=tr("A reading desk for old handwriting. Without a command the desk opens."),
    epilog=tr("Exit codes: 0 done, 1 failed, 2 not understood, 3 done but something was left out, 130 cancelled."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(cli_models.app, name="models")
app.add_typer(cli_jobs.app, name="jobs")
app.command(help=tr("Find the lines of pages."))(cli_jobs.segment)
app.command(help=tr("Read pages, or only what is named; lines are found first where there are none."))(cli_jobs.read)
app.command(help=tr("Put a text that exists on the lines of a page, as drafts."))(cli_texts.align)
app.command(help=tr("Show the lines on which two readers differ, those that differ most first."))(cli_texts.compare)


class ReadLine(msgspec.Struct, frozen=True):
    """One line as `lesepult text --json` gives it; `page` is its 1-based position in the archive."""

    page: int
    line: str
    state: str
    text: str
    confidence: float | None
    engine: str | None
    model: str | None


def main(arguments: list[str]) -> int:
    """Runs one command and returns its exit code; an `AppError` becomes one sentence, never a traceback."""
    log.start("command")
    with own_output():
        return _main(arguments)


def _main(arguments: list[str]) -> int:
    try:
        code = app(args=arguments, prog_name="lesepult", standalone_mode=False)
    except AppError as error:
        tell(str(error), style="red")
        return FAILED
    except typer.Exit as stop:
        return stop.exit_code
    except typer.Abort:
        return CANCELLED
    except Exception as error:
        if hasattr(error, "exit_code") and hasattr(error, "show"):  # click's own: the command was not understood
            error.show()
            return int(error.exit_code)
        raise
    return int(code or 0)


@app.command(help=tr("Make a new archive: a folder for scans, readings and transcriptions."))
def new(archive: ArchiveFolder) -> None:
    """`lesepult new ARCHIVE`."""
    with Archive.create(archive) as made:
        result(str(made.folder))


@app.command(name="import", help=tr("Take scans into an archive: JPEG, PNG, TIFF, PDF. They become one document."))
def import_(
    archive: ArchiveFolder,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=tr("The scans, in the order of the pages."))],
    as_json: AsJson = False,
) -> None:
    """`lesepult import ARCHIVE FILE...`; exit code 3 when a file could not be used."""
    with Archive.open(archive) as opened, interrupt() as cancelled, Bar() as bar:
        listener = bar.listener(tr("Importing"))
        report = import_scans(
            opened,
            files,
            progress=lambda done, total, _file: listener.progress("loading", done, total),
            cancelled=cancelled.is_set,
        )
    for problem in report.problems:
        tell(str(problem))
    if as_json:
        document = report.document and {"id": report.document.id, "title": report.document.title}
        pages = [{"page": p.position, "id": p.id, "title": p.title} for p in report.pages]
        json_result({"document": document, "pages": pages, "problems": [str(problem) for problem in report.problems]})
    elif report.document:
        result(tr("document {id}  {title}").format(id=report.document.id, title=report.document.title))
        for page in report.pages:
            result(tr("page {number} {id}  {title}").format(number=page.position, id=page.id, title=page.title))
    if cancelled.is_set():
        raise typer.Exit(CANCELLED)
    if report.problems:
        raise typer.Exit(LEFT_OUT if report.pages else FAILED)


@app.command(help=tr("Show the lines with their texts, in reading order."))
def text(archive: ArchiveFolder, pages: Pages = None, as_json: AsJson = False) -> None:
    """`lesepult text ARCHIVE [--pages ..] [--json]`; columns are parted by tabs."""
    with Archive.open(archive) as opened:
        rows = [_row(page.position, line) for page in pages_of(opened, pages) for line in opened.page(page.id).lines]
    if as_json:
        json_result({"lines": rows})
        return
    for row in rows:
        result(str(row.page), row.line, row.state, row.text)


@app.command(help=tr("Write what a line says."))
def transcribe(
    archive: ArchiveFolder,
    line_id: Annotated[str, typer.Argument(metavar="LINE_ID", help=tr("The line, as “lesepult text” names it."))],
    text: Annotated[str, typer.Argument(metavar="TEXT", help=tr("What it says."))],
    reviewed: Annotated[bool, typer.Option("--reviewed", help=tr("Mark it as reviewed."))] = False,
) -> None:
    """`lesepult transcribe ARCHIVE LINE_ID TEXT [--reviewed]`."""
    with Archive.open(archive) as opened:
        page = opened.page_of_line(line_id)
        done = opened.edit(page, lambda before: _transcribed(before, line_id, text, reviewed))
        line = edits.need_line(done.after, line_id)
        result(str(opened.page_info(page).position), line.id, line.state, line.text)


@app.command(help=tr("Write reviewed lines with their scans, for training or for other programs."))
def export(
    archive: ArchiveFolder,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=tr("A folder that does not exist yet."))],
    format_: Annotated[Literal["page"], typer.Option("--format", help=tr("page: PAGE XML 2019-07-15."))] = "page",
    all_lines: Annotated[
        bool, typer.Option("--all", help=tr("Write all lines, also what no person reviewed."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """`lesepult export ARCHIVE --format page --out DIR [--all]`."""
    with Archive.open(archive) as opened, Bar() as bar:
        listener = bar.listener(tr("Exporting"))
        report = exporting.export_pages(
            opened,
            opened.pages(),
            out,
            all_lines=all_lines,
            progress=lambda done, total: listener.progress("loading", done, total),
        )
    if as_json:
        json_result({"folder": str(report.folder), "format": format_, "pages": report.pages, "lines": report.lines})
        return
    result(
        tr("Written to {folder}: pages {pages}, lines {lines}.").format(
            lines=report.lines, pages=report.pages, folder=report.folder
        )
    )


@app.command(help=tr("Show that everything works: the sample letter from scan to ground truth."))
def demo(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help=tr("Keep the archive and the export here."))
    ] = None,
    device: OnDevice = None,
) -> None:
    """`lesepult demo [--out DIR]`; without a folder nothing is kept."""
    from app.demo import run_demo

    with paths.job_scratch() as scratch, Bar() as bar:
        done = run_demo(out or scratch, bar.listener(tr("Sample letter")), tell, device or settings.load().device)
    for pair in done.pairs:
        mark = "  " if not pair.rate.distance else f"{pair.rate.distance:2}"
        result(f"    {pair.expected}")
        result(f" {mark} {pair.read}", style="dim" if not pair.rate.distance else "yellow")
    result(
        tr("Expected above, read below; the number counts the wrong characters. CER {cer} %, WER {wer} %.").format(
            cer=f"{100 * done.cer.rate:.1f}", wer=f"{100 * done.wer.rate:.1f}"
        )
    )
    if done.extra:
        result(tr("Lines found where the letter has none: {count}.").format(count=done.extra))
    kept = tr("Archive: {archive}\nExport: {export}") if out else tr("Nothing was kept; “--out DIR” keeps it.")
    for line in kept.format(archive=done.archive, export=done.exported).splitlines():
        result(line)


@app.command(help=tr("Check this computer: versions, devices, folders, models."))
def doctor(as_json: AsJson = False) -> None:
    """`lesepult doctor`; exit code 1 when something keeps the program from working."""
    report = doctoring.examine()
    if as_json:
        json_result({**msgspec.to_builtins(report), "state": report.state})
    else:
        for name, value in _doctor_rows(report):
            result(f"{name:<22}{value}")
        for problem in report.problems:
            tell(problem)
    if report.problems:
        raise typer.Exit(FAILED)


def _doctor_rows(report: doctoring.Report) -> Iterator[tuple[str, str]]:
    yield from (("lesepult", report.lesepult), ("python", report.python), (tr("system"), report.system))
    yield from report.libraries.items()
    yield from ((tr("language"), report.language), (tr("engine"), report.engine))
    yield from ((tr("devices"), ", ".join(report.devices)), (tr("device chosen"), report.device))
    yield from ((model.name, model.path) for model in report.models)
    labels = {
        "settings": tr("settings"),
        "trained models": tr("trained models"),
        "models": tr("models"),
        "downloads": tr("downloads"),
        "job scratch": tr("temporary files"),
        "logs": tr("logs"),
    }
    for folder in report.folders:
        state = tr("can be written") if folder.writable else tr("cannot be written")
        free = tr("{count} GB free").format(count=f"{folder.free / 1e9:.1f}")
        yield labels[folder.name], f"{folder.path}  ({state}, {free})"


def _transcribed(page: Page, line_id: str, text: str, reviewed: bool) -> Page:
    """The page with the text as the person's own, also where it only repeats the reading."""
    written = edits.transcribe(page, line_id, text)
    if text.strip():
        written = edits.accept(written, line_id)
    elif reviewed:  # what an engine read is no text of theirs
        raise Conflict(tr("The line has no text yet."), tr("Type it or have it read, then mark it as reviewed."))
    return edits.review(written, line_id) if reviewed else written


def _row(position: int, line: Line) -> ReadLine:
    own = line.transcription is not None
    reading = None if own else line.reading
    return ReadLine(
        position,
        line.id,
        line.state,
        line.text,
        reading.confidence if reading else None,
        reading.engine if reading else None,
        reading.model if reading else None,
    )
