"""Documents and pages without their lines, and the history of a line: what the archive lists."""

from collections import defaultdict
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select

from app.archive.schema import documents, lines, pages, readings, transcriptions
from app.archive.values import DocumentInfo, LineText, PageInfo, TextVersion
from app.errors import NotFound
from app.language import tr

_counts = select(pages.c.document, func.count().label("pages")).group_by(pages.c.document).subquery("counts")
_count = func.coalesce(_counts.c.pages, 0)
# Documents that are not in the trash, in the order in which they were made, and how many pages come before each.
_placed = (
    select(
        documents.c.seq,
        documents.c.id,
        documents.c.title,
        _count.label("pages"),
        (func.sum(_count).over(order_by=documents.c.seq) - _count).label("before"),
    )
    .outerjoin(_counts, _counts.c.document == documents.c.id)
    .where(documents.c.deleted_at.is_(None))
    .subquery("placed")
)
_PAGES = (
    select(pages, (_placed.c.before + pages.c.number).label("position"))
    .join(_placed, _placed.c.id == pages.c.document)
    .order_by(_placed.c.seq, pages.c.number)
)
_written_last = (
    select(func.max(transcriptions.c.seq)).where(transcriptions.c.line == lines.c.id).correlate(lines).scalar_subquery()
)
_read_last = (
    select(readings.c.text)
    .where(readings.c.line == lines.c.id)
    .order_by(readings.c.seq.desc())
    .limit(1)
    .correlate(lines)
    .scalar_subquery()
)
_TEXTS = (
    select(
        lines.c.id,
        lines.c.page,
        case((transcriptions.c.withdrawn.is_(False), transcriptions.c.text), else_=_read_last).label("text"),
    )
    .join(pages, pages.c.id == lines.c.page)
    .outerjoin(transcriptions, transcriptions.c.seq == _written_last)
    .where(lines.c.deleted_at.is_(None))
    .order_by(pages.c.number, lines.c.position)
)
_FIELDS = tuple(PageInfo.__dataclass_fields__)


def all_documents(connection: Connection) -> tuple[DocumentInfo, ...]:
    """The documents that are not in the trash, in the order in which they were made."""
    found = connection.execute(select(_placed).order_by(_placed.c.seq))
    return tuple(DocumentInfo(row.id, row.title, row.pages) for row in found)


def pages_where(connection: Connection, which: ColumnElement[bool] | None = None) -> tuple[PageInfo, ...]:
    """The pages of those documents, in document order then number; all, or which of them."""
    statement: Select[Any] = _PAGES if which is None else _PAGES.where(which)
    return tuple(_page_info(row) for row in connection.execute(statement))


def history(connection: Connection, line_id: str) -> tuple[TextVersion, ...]:
    """Every text that a line ever had, oldest first; `NotFound` when the archive never held that line.

    The order is that of the page's revisions, not that of the clock, which may have been set back.
    """
    if connection.execute(select(lines.c.id).where(lines.c.id == line_id)).first() is None:
        raise NotFound(tr("There is no line {line} in this archive.").format(line=line_id))
    read = connection.execute(select(readings).where(readings.c.line == line_id).order_by(readings.c.seq))
    written = connection.execute(
        select(transcriptions).where(transcriptions.c.line == line_id).order_by(transcriptions.c.seq)
    )
    versions = [
        (row.revision, TextVersion(row.text, "read", row.engine, row.model, row.created, row.marks)) for row in read
    ]
    versions += [(row.revision, _written(row)) for row in written]
    return tuple(version for _, version in sorted(versions, key=lambda item: item[0]))


def texts_of(connection: Connection, document: str) -> tuple[LineText, ...]:
    """The text of every line of a document that is not in the trash, page by page in reading order."""
    found = connection.execute(_TEXTS.where(pages.c.document == document))
    numbers: dict[str, int] = defaultdict(int)
    texts = []
    for row in found:
        numbers[row.page] += 1
        texts.append(LineText(row.page, row.id, numbers[row.page], row.text or ""))
    return tuple(texts)


def _page_info(row: Row[Any]) -> PageInfo:
    values = row._mapping  # noqa: SLF001 - public in SQLAlchemy, the underscore keeps it apart from column names
    return msgspec.convert({name: values[name] for name in _FIELDS}, PageInfo)


def _written(row: Row[Any]) -> TextVersion:
    if row.withdrawn:
        return TextVersion("", "withdrawn", "", "", row.created)
    return TextVersion(row.text, "reviewed" if row.reviewed else "draft", "", "", row.created, row.marks)
