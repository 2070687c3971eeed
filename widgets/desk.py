"""The desk: what is open and what is done to it, between the archive, the jobs, the history and the views.

The desk lives on the GUI thread and never waits: archive and images are touched on background threads, and what
comes back is told by signals. Edits, undo and redo go to the archive one after the other, in the order asked for.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app import edits, memory, paths, scans, settings
from app.archive import DocumentInfo, PageEdit, PageInfo
from app.checkpoints import EngineName
from app.edits import Edit
from app.errors import AppError, NotFound
from app.jobs import Job, JobQueue, Read, Task
from app.jobs.worker import Worker
from app.language import tr, trn
from app.page import Page, diff
from widgets.archive_thread import ArchiveThread
from widgets.jobs.activity import of_job
from widgets.jobs.long_work import LongWork
from widgets.page_image import PyramidImage, make_pyramid
from widgets.undo import NO_MERGE, History

if TYPE_CHECKING:
    from app.archive import Archive

R = TypeVar("R")
RECENT = 8


@dataclass(frozen=True, slots=True)
class _Wish:
    """An edit that is asked for: of which page, what undo calls it, and the go it belongs to."""

    page: str
    label: str
    edit: Edit
    go: int = NO_MERGE


class Desk(QObject):
    """One open archive, one page of it in view, and everything that can be done with them."""

    archive_changed = Signal()
    library_changed = Signal()
    page_changed = Signal()
    """Another page is in view, or none: see `page`."""
    image_changed = Signal(object)
    """The `PyramidImage` of the page in view: first a preview where the scan is large, then the whole; or None."""
    edited = Signal(object)
    """A `PageEdit` of the page in view; its `before` is what was told last."""
    page_counted = Signal(object)
    """A `PageInfo` whose numbers changed."""
    text_saved = Signal(str, str)
    """A page's id and a line's: the archive has the text that was typed."""
    text_refused = Signal(str, str, str)
    """A page's id, a line's and the text as it was typed: the archive could not take it."""
    text_orphaned = Signal(str)
    """What was typed for a line that is gone."""
    thumbnail_made = Signal(str, QImage)
    """A page's id and its thumbnail, a null image where there is none."""
    activity = Signal(object)
    settings_changed = Signal(object)
    """The `Settings` as they are saved now."""
    told = Signal(str)
    """A sentence for the status line."""
    failed = Signal(object)
    """An `AppError` for the person."""

    read_failed = Signal(object)
    """The `Read` of a job that has failed."""
    trashed = Signal(object)
    """The `DocumentInfo` of a document that was moved to the trash."""

    _job_told = Signal(object)
    _edit_told = Signal(object)

    def __init__(self, make_worker: Callable[[EngineName], Worker] = Worker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.archive: Archive | None = None
        self.documents: tuple[DocumentInfo, ...] = ()
        self.infos: dict[str, PageInfo] = {}
        self.page: Page | None = None
        self.image: PyramidImage | None = None
        self.first_page: Callable[[Path], str | None] = lambda _: None
        """Which page to begin with in the archive of a folder, if not with its first."""
        self.history = History(self)
        self.long_work = LongWork(self)
        self._make_worker = make_worker
        self._queue: JobQueue | None = None
        self._edits = ArchiveThread("archive", self)
        self.images = ArchiveThread("images", self)
        self._previews = ArchiveThread("previews", self)
        self._waiting: deque[Callable[[], None]] = deque()
        self._busy = False
        self._opening: str | None = None
        self._early: Page | None = None
        self._job_told.connect(self._on_job)
        self._edit_told.connect(lambda edit: self._take_in(edit, _label_of(edit), NO_MERGE))
        self.long_work.changed.connect(self.activity)
        self.long_work.imported.connect(self._on_imported)

    # ---- the archive

    def create_archive(self, folder: Path) -> None:
        """Makes an archive in a new folder and opens it."""
        self._open(partial(_created, folder))

    def open_archive(self, folder: Path) -> None:
        """Opens an archive in place of the one that is open, which stays when the other cannot be opened."""
        if self.archive is not None and self.archive.folder.resolve() == folder.resolve():
            self.told.emit(tr("“{name}” is open already.").format(name=folder.name))
            return
        self._open(partial(_opened, folder))

    def open_sample(self) -> None:
        """Opens an archive of the sample letter, which is made at the first time."""
        self._open(partial(_sample, paths.data_dir() / tr("Sample letter")))

    def import_scans(self, files: Sequence[Path]) -> None:
        """Brings scan files, and the scan files in folders, into the archive as a new document."""
        if self.archive is None:
            self.failed.emit(
                AppError(
                    tr("There is no archive open to put scans into."),
                    tr("Create an archive or open one, then drop the scans again."),
                )
            )
        elif files:
            self.long_work.import_files(self.archive, files)

    def export(self, folder: Path, *, all_lines: bool) -> None:
        """Writes all pages of the archive as PAGE XML into a new folder."""
        if self.archive is not None:
            self.long_work.export_pages(self.archive, tuple(self.infos.values()), folder, all_lines=all_lines)

    def trash_document(self, document_id: str) -> None:
        """Moves a document to the trash; told by `library_changed` and `trashed`."""
        if self.archive is not None:
            gone = next(document for document in self.documents if document.id == document_id)
            work = partial(self.archive.trash_document, document_id)
            self._change_library(work, lambda: self.trashed.emit(gone))

    def restore_document(self, document_id: str) -> None:
        """Brings a document back from the trash; told by `library_changed`."""
        if self.archive is not None:
            self._change_library(partial(self.archive.restore_document, document_id), lambda: None)

    def settle(self) -> None:
        """Waits until every edit that was asked for is in the archive, or refused; blocks, for the end only."""
        while self._busy or self._waiting:
            self._edits.flush()

    def close(self) -> None:
        """Ends all work and closes the archive; blocks until jobs are cancelled and threads have ended."""
        self.settle()
        self.long_work.close()
        _shut(self.archive, self._queue)
        self.archive, self._queue, self.page = None, None, None
        self._previews.stop()
        self.images.stop()
        self._edits.stop()

    # ---- the page

    def open_page(self, page_id: str) -> None:
        """Brings a page into view; told by `page_changed`, and by `image_changed` when its image is there."""
        if self.archive is None or page_id not in self.infos:
            return
        self._opening, self._early = page_id, None
        self._edits.call(partial(self.archive.page, page_id), self._show, self.failed.emit, key="page")

    def neighbour(self, step: int) -> str | None:
        """The page so many pages on from the one in view, in the order of the archive."""
        if self.page is None:
            return None
        ids = list(self.infos)
        at = ids.index(self.page.id) + step
        return ids[at] if 0 <= at < len(ids) else None

    def want_thumbnail(self, info: PageInfo) -> None:
        """Makes a thumbnail when nothing else waits; told by `thumbnail_made`."""
        if self.archive is None:
            return
        archive = self.archive
        self.images.when_idle(
            ("thumbnail", info.id),
            lambda: _thumbnail(archive, info),
            partial(self.thumbnail_made.emit, info.id),
            lambda _: self.thumbnail_made.emit(info.id, QImage()),
        )

    # ---- edits

    def edit(
        self,
        label: str,
        edit: Edit,
        page_id: str | None = None,
        then: Callable[[PageEdit], None] = lambda _: None,
        refused: Callable[[AppError], bool] = lambda _: False,
    ) -> None:
        """Does an edit to a page, by default the one in view; undo will call it by the label.

        `then` gets what it came to, `refused` why it could not be done, and answers whether it has said so itself.
        """
        target = page_id or (self.page.id if self.page else None)
        if target is not None:
            self._do(partial(self._edit, _Wish(target, label, edit), done=then, refused=refused))

    def write(self, page_id: str, line_id: str, text: str, go: int, *, again: bool = False) -> None:
        """Saves what was typed for a line; texts of one go are one step of undo.

        When it is tried `again` and fails again, that is not said once more.
        """
        wish = _Wish(page_id, tr("Typing"), partial(edits.transcribe, line_id=line_id, text=text), go)
        saved = partial(self.text_saved.emit, page_id, line_id)

        def refused(error: AppError) -> bool:
            if isinstance(error, NotFound):
                self.text_orphaned.emit(text)
                saved()
                return True
            self.text_refused.emit(page_id, line_id, text)
            return again

        self._do(partial(self._edit, wish, done=lambda _: saved(), refused=refused))

    def undo(self) -> None:
        """Takes the page's newest edit back."""
        self._do(partial(self._replay, back=True))

    def redo(self) -> None:
        """Does the edit again that was taken back last."""
        self._do(partial(self._replay, back=False))

    # ---- jobs

    def submit(self, *tasks: Task, title: str = "", later: bool = False) -> None:
        """Hands the engines one task or many, once until they have ended; told by `activity`.

        `title` is what the job is called; what may wait for what a person asks for just now is `later`.
        """
        if self._queue is None or not tasks:
            return
        if any(job.is_open and job.tasks == tasks for job in self._queue.jobs()):
            self.told.emit(tr("This is being done already."))
        else:
            self._queue.submit(tasks, title, later=later)

    def cancel(self, activity_id: str) -> None:
        """Stops a job, an import or an export."""
        if self.long_work.owns(activity_id):
            self.long_work.cancel(activity_id)
        elif self._queue is not None:
            self._queue.cancel(activity_id)

    def pause(self, job_id: str) -> None:
        """Has a job wait until it is told to go on."""
        if self._queue is not None:
            self._queue.pause(job_id)

    def resume(self, job_id: str) -> None:
        """Goes on with a job that is paused."""
        if self._queue is not None:
            self._queue.resume(job_id)

    def change_settings(self, change: Callable[[settings.Settings], settings.Settings]) -> None:
        """Changes the saved settings; told by `settings_changed`."""

        def work() -> settings.Settings:
            known = settings.load()
            changed = change(known)
            if changed != known:
                settings.save(changed)
            there = tuple(name for name in changed.recent if Path(name).is_dir())
            return msgspec.structs.replace(changed, recent=there)

        self.look_up(work, self.settings_changed.emit)

    def look_up(self, work: Callable[[], R], then: Callable[[R], None]) -> None:
        """Does a small piece of work with files that has nothing to do with the archive."""
        self.long_work.run(work, then, self.failed.emit)

    def ask_archive(self, work: Callable[["Archive"], R], then: Callable[[R], None]) -> None:
        """Reads something from the archive in the background, after the edits that were asked for before."""
        if self.archive is not None:
            archive = self.archive
            self._do(partial(self._ask, partial(work, archive), then))

    # ---- how it is done

    def _ask(self, work: Callable[[], R], then: Callable[[R], None]) -> None:
        def told(answer: R) -> None:
            then(answer)
            self._done()

        def failed(error: AppError) -> None:
            self.failed.emit(error)
            self._done()

        self._edits.call(work, told, failed)

    def _open(self, work: Callable[[], "Archive"]) -> None:
        def opened() -> tuple["Archive", tuple[DocumentInfo, ...], tuple[PageInfo, ...]]:
            archive = work()
            return archive, archive.documents(), archive.pages()

        self._edits.call(opened, lambda found: self._begin(*found), self.failed.emit)

    def _begin(self, archive: "Archive", documents: tuple[DocumentInfo, ...], pages: tuple[PageInfo, ...]) -> None:
        old, old_queue = self.archive, self._queue
        self.archive = archive
        self._queue = JobQueue(archive, self._make_worker, self._job_told.emit, self._edit_told.emit)
        self.history.clear()
        self._show(None)
        self.documents, self.infos = documents, {info.id: info for info in pages}
        self.change_settings(partial(_with_recent, folder=archive.folder))
        if old is not None:
            self.look_up(lambda: _shut(old, old_queue), lambda _: None)
        self.archive_changed.emit()
        self.library_changed.emit()
        if pages:
            wanted = self.first_page(archive.folder)
            self.open_page(wanted if wanted in self.infos else pages[0].id)

    def _on_imported(self, report: "scans.ImportReport") -> None:
        if report.problems:
            self.failed.emit(_problems(report))
        if self.archive is None or not report.pages:
            return
        self._change_library(lambda: None, lambda: self.open_page(report.pages[0].id))

    def _change_library(self, work: Callable[[], None], then: Callable[[], None]) -> None:
        """Does something to the archive's documents and lists them anew; a page that is gone gives way to another."""
        assert self.archive is not None
        archive = self.archive

        def change() -> tuple[tuple[DocumentInfo, ...], tuple[PageInfo, ...]]:
            work()
            return archive.documents(), archive.pages()

        def listed(found: tuple[tuple[DocumentInfo, ...], tuple[PageInfo, ...]]) -> None:
            self.documents, self.infos = found[0], {info.id: info for info in found[1]}
            if self.page is not None and self.page.id not in self.infos:
                self._show(None)
            self.library_changed.emit()
            if self.page is None and self.infos:
                self.open_page(next(iter(self.infos)))
            then()

        self._edits.call(change, listed, self.failed.emit)

    def _show(self, page: Page | None) -> None:
        if page is not None and self._early is not None and self._early.revision > page.revision:
            page = self._early
        self._opening, self._early = None, None
        self.page, self.image = page, None
        self.history.show_page(page.id if page else None)
        self.page_changed.emit()
        self.image_changed.emit(None)
        if page is None or self.archive is None:
            return
        info = self.infos[page.id]
        if scans.is_large(info.width, info.height):
            self._previews.call(
                partial(_preview, self.archive, info),
                partial(self._show_preview, page.id),
                lambda _: None,  # the whole image fails too, and says why
                key="preview",
            )
        self.images.call(
            partial(_page_image, self.archive, info),
            partial(self._show_image, page.id),
            self.failed.emit,
            key="page image",
        )

    def _show_preview(self, page_id: str, image: PyramidImage | None) -> None:
        if image is not None and self.image is None:
            self._show_image(page_id, image)

    def _show_image(self, page_id: str, image: PyramidImage) -> None:
        if self.page is not None and self.page.id == page_id:
            self.image = image
            self.image_changed.emit(image)
            if image.width == self.page.width:
                self._prepare_neighbours()

    def _prepare_neighbours(self) -> None:
        """Makes previews of the pages beside this one when nothing else waits, so that they show at once."""
        for info in (self.infos[page] for step in (-1, 1) if (page := self.neighbour(step)) is not None):
            if self.archive is not None and scans.is_large(info.width, info.height):
                work = partial(scans.make_preview, self.archive.scan_file(info), info.scan, info.index, info.dpi)
                self.images.when_idle(("preview", info.id), work, lambda _: None, lambda _: None)

    def _do(self, step: Callable[[], None]) -> None:
        """Does a step in its turn; each step calls `_done` once, when the archive has answered."""
        self._waiting.append(step)
        if not self._busy:
            self._next()

    def _next(self) -> None:
        if self._waiting:
            self._busy = True
            self._waiting.popleft()()

    def _done(self) -> None:
        self._busy = False
        self._next()

    def _edit(
        self,
        wish: _Wish,
        done: Callable[[PageEdit], None],
        refused: Callable[[AppError], bool] = lambda _: False,
    ) -> None:
        """Does an edit; `refused` is told why it could not be done, and whether that is said already."""
        assert self.archive is not None

        def then(edit_done: PageEdit) -> None:
            self._take_in(edit_done, wish.label, wish.go)
            done(edit_done)
            self._done()

        def failed(error: AppError) -> None:
            if not refused(error):
                self.failed.emit(error)
            self._done()

        self._edits.call(partial(self.archive.edit, wish.page, wish.edit), then, failed)

    def _replay(self, back: bool) -> None:
        command = self.history.next_undo() if back else self.history.next_redo()
        if command is None or self.page is None or self.archive is None:
            self._done()
            return
        page_id = self.page.id
        change = command.diff.inverse() if back else command.diff

        def then(edit: PageEdit) -> None:
            (self.history.went_back if back else self.history.went_forward)(page_id)
            self._show_edit(edit)
            self._done()

        def failed(error: AppError) -> None:
            self.history.drop(page_id, command)
            self.told.emit(str(error))
            self._done()

        work = partial(edits.replay, change=change)
        self._edits.call(partial(self.archive.edit, page_id, work), then, failed)

    def _take_in(self, edit: PageEdit, label: str, go: int) -> None:
        if edit.after.id not in self.infos:
            return
        if edit.diff and not edits.is_machine_only(edit.diff):
            self.history.add(edit.after.id, label, edit.diff, go)
        self._show_edit(edit)

    def _show_edit(self, edit: PageEdit) -> None:
        """Tells an edit to the views; those of jobs may come out of turn, so the newest page is what counts."""
        after = edit.after
        if after.id == self._opening and (self._early is None or after.revision > self._early.revision):
            self._early = after
        if self.page is not None and after.id == self.page.id:
            if after.revision <= self.page.revision:
                return
            if edit.before.revision != self.page.revision:
                edit = PageEdit(self.page, after, diff(self.page, after))
            self.page = after
            self.edited.emit(edit)
        self._count(after)

    def _count(self, page: Page) -> None:
        info = _counted(self.infos[page.id], page)
        if info != self.infos[page.id]:
            self.infos[page.id] = info
            self.page_counted.emit(info)

    def _on_job(self, job: Job) -> None:
        self.activity.emit(of_job(job, self._page_name))
        if job.state == "failed" and len(job.tasks) == 1 and isinstance(job.tasks[0], Read):
            self.read_failed.emit(job.tasks[0])

    def _page_name(self, page_id: str) -> str:
        info = self.infos.get(page_id)
        return tr("page {number}").format(number=info.number) if info else tr("a page in the trash")


@cache
def _archives() -> type["Archive"]:
    """The class, which is imported at the first time; on a background thread, as that takes a while."""
    from app.archive import Archive

    memory.pass_over_what_stays()
    return Archive


def _created(folder: Path) -> "Archive":
    return _archives().create(folder)


def _opened(folder: Path) -> "Archive":
    return _archives().open(folder)


def _sample(folder: Path) -> "Archive":
    if folder.is_dir():
        return _opened(folder)
    archive = _created(folder)
    try:
        letter = paths.resources_dir() / "sample" / "letter.jpg"
        scans.import_scans(archive, [letter], title=tr("Sample letter"))
    except AppError:
        archive.close()
        raise
    return archive


def _shut(archive: "Archive | None", queue: JobQueue | None) -> None:
    if queue is not None:
        queue.close()
    if archive is not None:
        archive.close()


def _label_of(edit: PageEdit) -> str:
    """What undo calls an edit that came from a job."""
    made = [change.after for change in edit.diff.lines.values() if change.before is None]
    if len(made) == 1 and made[0] is not None and made[0].made_by == "person":
        return tr("Draw line")
    if any(change.after is not None and change.after.made_by == "person" for change in edit.diff.regions.values()):
        return tr("Draw region")
    return tr("Find lines")


def _counted(info: PageInfo, page: Page) -> PageInfo:
    states = [line.state for line in page.lines]
    read = sum(1 for line in page.lines if line.text)
    return replace(info, lines=len(states), read=read, reviewed=states.count("reviewed"))


def _with_recent(known: settings.Settings, folder: Path) -> settings.Settings:
    name = str(folder.resolve())
    rest = [other for other in known.recent if other != name]
    return msgspec.structs.replace(known, recent=(name, *rest)[:RECENT])


def _thumbnail(archive: "Archive", info: PageInfo) -> QImage:
    return QImage(str(scans.thumbnail(archive.scan_file(info), info.scan, info.index, info.dpi)))


def _preview(archive: "Archive", info: PageInfo) -> PyramidImage | None:
    small = scans.preview(archive.scan_file(info), info.scan, info.index, info.dpi)
    return None if small is None else make_pyramid(small)


def _page_image(archive: "Archive", info: PageInfo) -> PyramidImage:
    image = scans.page_image(archive.scan_file(info), info.index, info.dpi)
    if scans.is_large(*image.size):
        scans.keep_preview(image, info.scan, info.index, info.dpi)
    return make_pyramid(image)


def _problems(report: "scans.ImportReport") -> AppError:
    count = len(report.problems)
    if count == 1:
        return report.problems[0]
    named = " ".join(problem.message for problem in report.problems[:3])
    rest = count - 3
    if rest > 0:
        named += " " + trn("And {count} more.", "And {count} more.", rest).format(count=rest)
    return AppError(
        trn("{count} file could not be used.", "{count} files could not be used.", count).format(count=count), named
    )
