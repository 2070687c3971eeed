"""The archive: a folder with `archive.sqlite` and `scans`, opened by one program at a time."""

import errno
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Table, delete, insert, select, update

from app import paths
from app.archive import listing, migrate, rows, schema
from app.archive.database import engine_for, failures_told
from app.archive.job_rows import JobRows
from app.archive.lock import NAMES as LOCK_NAMES
from app.archive.lock import FolderLock
from app.archive.scan_files import ScanFiles
from app.archive.values import DocumentInfo, LineText, NewPage, PageEdit, PageInfo, TextVersion
from app.characters import USUAL, Character, checked
from app.errors import AppError, BadArchive, NotFound
from app.language import tr
from app.page import Page, diff, new_id

_DATABASE = "archive.sqlite"
_PAGES_IN_MEMORY = 8


class Archive:
    """An open archive; every method may be called from any thread.

    Made by `create` or `open`. All of its work goes through one connection, one transaction at a time. What cannot
    be written, because the disk is full or the folder read-only, raises `AppError` and changes nothing.
    """

    def __init__(self, folder: Path, lock: FolderLock) -> None:
        self.folder = folder
        self._folder_lock = lock
        self._file = folder / _DATABASE
        self._scans = ScanFiles(folder)
        self._turn = threading.RLock()
        self._recent: OrderedDict[str, Page] = OrderedDict()
        self.jobs = JobRows(self._transaction)
        with failures_told(self._file):
            self._connection = engine_for(self._file).connect()
        try:
            self.documents()  # what is damaged is told now rather than at the first edit
        except BaseException:
            self._connection.close()
            raise

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Makes an archive in a folder that is new or empty (hidden files do not count) and opens it.

        The folder is an archive from the moment its database is renamed into place, which is the last step.
        """
        folder = folder.absolute()
        made = not folder.exists()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _refuse_content(folder)
        except OSError as error:
            raise paths.unwritable(folder, error) from error
        lock = FolderLock(folder)
        try:
            lock.acquire()
        except BadArchive:  # another program makes an archive here
            raise
        except AppError:
            _remove_made(folder, made=made)
            raise
        try:
            _refuse_content(folder)
            migrate.create(folder / _DATABASE)
        except BaseException:
            lock.release()
            _remove_made(folder, made=made)
            raise
        return cls._opened(folder, lock)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Opens an archive, after bringing it up to date if an older version of the program made it.

        Raises `BadArchive` when the folder is none, is open elsewhere, is damaged, or comes from a newer version.
        """
        folder = folder.absolute()
        try:
            there = (folder / _DATABASE).is_file()
        except OSError as error:
            raise paths.unwritable(folder, error) from error
        if not there:
            raise BadArchive(
                tr("“{name}” is not an archive.").format(name=folder),
                tr("Choose the folder that holds archive.sqlite, or make a new archive."),
            )
        lock = FolderLock(folder)
        lock.acquire()
        return cls._opened(folder, lock)

    @classmethod
    def _opened(cls, folder: Path, lock: FolderLock) -> Self:
        try:
            _refuse_read_only(folder / _DATABASE)
            _sweep(folder)
            migrate.bring_up_to_date(folder / _DATABASE)
            return cls(folder, lock)
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Waits for what is under way, brings everything into the one database file and gives the folder free."""
        with self._turn:
            if not self._connection.closed:
                self._connection.close()  # SQLite moves the WAL into the file when its last connection ends
                self._folder_lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def documents(self) -> tuple[DocumentInfo, ...]:
        """The documents, in the order in which they were made."""
        with self._transaction() as connection:
            return listing.all_documents(connection)

    def pages(self, document: str | None = None) -> tuple[PageInfo, ...]:
        """The pages of one document or of all, in document order then number."""
        with self._transaction() as connection:
            return listing.pages_where(connection, None if document is None else schema.pages.c.document == document)

    def page_info(self, page_id: str) -> PageInfo:
        """One page without its lines, or `NotFound`."""
        with self._transaction() as connection:
            found = listing.pages_where(connection, schema.pages.c.id == page_id)
        if not found:
            raise NotFound(tr("There is no page {page} in this archive.").format(page=page_id))
        return found[0]

    def page(self, page_id: str) -> Page:
        """A page as it is now, or `NotFound`."""
        with self._transaction() as connection:
            return self._read(connection, page_id)

    def page_of_line(self, line_id: str) -> str:
        """The id of the page that a line is on; `NotFound` also for a line in the trash."""
        page = self._page_with(schema.lines, line_id)
        if page is None:
            raise NotFound(tr("There is no line {line} in this archive.").format(line=line_id))
        return page

    def page_of_region(self, region_id: str) -> str:
        """The id of the page that a region is on; `NotFound` also for a region in the trash."""
        page = self._page_with(schema.regions, region_id)
        if page is None:
            raise NotFound(tr("There is no region {region} in this archive.").format(region=region_id))
        return page

    def put_scan(self, source: Path) -> str:
        """Copies a scan file into the archive and returns its sha256; the same content is kept once."""
        return self._scans.put(source)

    def scan_file(self, info: PageInfo) -> Path:
        """The scan file that a page is in."""
        return self._scans.path(info.scan, info.suffix)

    def add_document(self, title: str, pages: Sequence[NewPage]) -> tuple[DocumentInfo, tuple[PageInfo, ...]]:
        """A new document with these pages, in this order; their scans were put in before."""
        document = new_id("d")
        added = [self._page_row(document, number, page) for number, page in enumerate(pages, 1)]
        with self._transaction() as connection:
            connection.execute(insert(schema.documents).values(id=document, title=title, created=datetime.now(UTC)))
            if added:
                connection.execute(insert(schema.pages), added)
            infos = listing.pages_where(connection, schema.pages.c.document == document)
        return DocumentInfo(document, title, len(added)), infos

    def edit(self, page_id: str, edit: Callable[[Page], Page]) -> PageEdit:
        """Changes a page by a pure function, in one transaction that no other thread comes between.

        Of what the function returns, the regions and lines count. A reading is only ever added, and a line that comes
        back from the trash brings its readings; `PageEdit.after` has them. When the function raises, or
        writing fails, nothing has changed. The revision goes up by one when something did.
        """
        with self._turn:
            with self._transaction() as connection:
                before = self._read(connection, page_id)
                wanted = edit(before)
                after = replace(before, regions=wanted.regions, lines=wanted.lines)
                known = {line.id: line for line in before.lines}
                known |= rows.read_returning(connection, before, after)
                after = rows.keep_readings(after, known)
                done = PageEdit(before, after, diff(before, after))
                if done.diff:
                    done = replace(done, after=replace(after, revision=before.revision + 1))
                    rows.write_edit(connection, done, known, datetime.now(UTC))
            self._remember(done.after)
        return done

    def history(self, line_id: str) -> tuple[TextVersion, ...]:
        """Every text that a line ever had, oldest first, also of a line in the trash."""
        with self._transaction() as connection:
            return listing.history(connection, line_id)

    def texts(self, document: str) -> tuple[LineText, ...]:
        """The text of every line of a document, page by page in reading order."""
        with self._transaction() as connection:
            return listing.texts_of(connection, document)

    def palette(self) -> tuple[Character, ...]:
        """The archive's characters, the usual ones where nobody chose others."""
        with self._transaction() as connection:
            found = connection.execute(select(schema.characters).order_by(schema.characters.c.position)).all()
        return tuple(Character(row.text, row.keys) for row in found) or USUAL

    def keep_palette(self, palette: Sequence[Character]) -> tuple[Character, ...]:
        """Keeps these characters instead, none for the usual ones; raises `Conflict`, see `characters.checked`."""
        kept = checked(palette)
        kept = () if kept == USUAL else kept
        with self._transaction() as connection:
            connection.execute(delete(schema.characters))
            rows = [{"position": at, "text": entry.text, "keys": entry.keys} for at, entry in enumerate(kept)]
            if rows:
                connection.execute(insert(schema.characters), rows)
        return kept or USUAL

    def trash_document(self, document_id: str) -> None:
        """Moves a document with its pages to the trash; nothing of it is lost."""
        self._set_deleted(document_id, datetime.now(UTC))

    def restore_document(self, document_id: str) -> None:
        """Brings a document back from the trash, to the place that it had."""
        self._set_deleted(document_id, None)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._turn, failures_told(self._file), self._connection.begin():
            yield self._connection

    def _read(self, connection: Connection, page_id: str) -> Page:
        """The page, from memory when it is there in the revision that the database has."""
        head = rows.read_head(connection, page_id)
        page = self._recent.get(page_id)
        if page is None or page.revision != head.revision:
            page = rows.read_page(connection, head)
        self._remember(page)
        return page

    def _remember(self, page: Page) -> None:
        self._recent[page.id] = page
        self._recent.move_to_end(page.id)
        if len(self._recent) > _PAGES_IN_MEMORY:
            self._recent.popitem(last=False)

    def _page_with(self, table: Table, item_id: str) -> str | None:
        statement = (
            select(table.c.page)
            .join(schema.pages, schema.pages.c.id == table.c.page)
            .join(schema.documents, schema.documents.c.id == schema.pages.c.document)
            .where(table.c.id == item_id, table.c.deleted_at.is_(None), schema.documents.c.deleted_at.is_(None))
        )
        with self._transaction() as connection:
            return connection.execute(statement).scalar()

    def _page_row(self, document: str, number: int, page: NewPage) -> dict[str, object]:
        return {
            "id": new_id("p"),
            "document": document,
            "number": number,
            "title": page.title,
            "scan": page.scan,
            "suffix": self._scans.suffix(page.scan, page.suffix),
            "index": page.index,
            "dpi": page.dpi,
            "width": page.width,
            "height": page.height,
            "revision": 0,
            "lines": 0,
            "read": 0,
            "reviewed": 0,
        }

    def _set_deleted(self, document_id: str, when: datetime | None) -> None:
        with self._transaction() as connection:
            done = connection.execute(
                update(schema.documents).where(schema.documents.c.id == document_id).values(deleted_at=when)
            ).rowcount
        if not done:
            raise NotFound(tr("There is no document {document} in this archive.").format(document=document_id))


def _refuse_content(folder: Path) -> None:
    content = [path for path in folder.iterdir() if not path.name.startswith(".") and path.name not in LOCK_NAMES]
    if content:
        raise BadArchive(
            tr("“{name}” is not empty.").format(name=folder),
            tr("Choose an empty folder for the new archive, or open this one if it is an archive."),
        )


def _refuse_read_only(file: Path) -> None:
    """Tells it at once: SQLite would open the file all the same, and fail at the first edit."""
    if not os.access(file, os.W_OK):
        raise paths.unwritable(file, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def _sweep(folder: Path) -> None:
    """Removes what a program that was killed left half written."""
    try:
        for left in [*folder.glob(".*.part*"), *folder.glob("scans/.*.part")]:
            left.unlink()
    except OSError as error:
        raise paths.unwritable(folder, error) from error


def _remove_made(folder: Path, *, made: bool) -> None:
    """Leaves no trace of an archive that could not be made, so that the same folder can be chosen again."""
    with suppress(OSError):  # what went wrong before is what is told
        (folder / LOCK_NAMES[0]).unlink(missing_ok=True)
        if made:
            folder.rmdir()
