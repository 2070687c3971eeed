"""A page between its value and its rows: read in four queries, written as no more than what an edit changed.

What is read is checked, because SQLite keeps any value in any column: `msgspec.ValidationError` where one is odd.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Table, Text, bindparam, func, insert, literal, select, update
from sqlalchemy.dialects import sqlite

from app.archive.schema import MARKS, documents, lines, pages, readings, regions, transcriptions
from app.archive.values import PageEdit
from app.errors import NotFound
from app.language import tr
from app.page import Line, Page, Reading, Region, Transcription

Item = TypeVar("Item", Line, Region)
Value = TypeVar("Value", Line, Region, Reading, Transcription)
_Rows = dict[str, dict[str, Any]]

_PAGE = (
    select(pages.c.id, pages.c.width, pages.c.height, pages.c.revision)
    .join(documents, documents.c.id == pages.c.document)
    .where(pages.c.id == bindparam("page"), documents.c.deleted_at.is_(None))
)
_newest = (
    select(func.max(transcriptions.c.seq)).where(transcriptions.c.line == lines.c.id).correlate(lines).scalar_subquery()
)
# A line without any transcription has no marks of one either, which is not text that could be decoded.
_marks = func.coalesce(transcriptions.c.marks, literal("[]", Text), type_=MARKS).label("marks")
_LINES = (
    select(lines, _marks, *(transcriptions.c[name] for name in ("text", "reviewed", "withdrawn", "score")))
    .outerjoin(transcriptions, transcriptions.c.seq == _newest)
    .order_by(lines.c.position)
)
_READINGS = select(readings).join(lines, lines.c.id == readings.c.line).order_by(readings.c.seq)


def read_head(connection: Connection, page_id: str) -> Page:
    """A page's size and revision, without what is on it; `NotFound` when there is none or it is in the trash."""
    row = connection.execute(_PAGE, {"page": page_id}).first()
    if row is None:
        raise NotFound(tr("There is no page {page} in this archive.").format(page=page_id))
    return Page(row.id, row.width, row.height, revision=row.revision)


def read_page(connection: Connection, head: Page) -> Page:
    """The page whose size and revision are known, with all that is on it."""
    found = connection.execute(
        select(regions).where(regions.c.page == head.id, regions.c.deleted_at.is_(None)).order_by(regions.c.position)
    )
    return replace(
        head,
        regions=tuple(_checked(row, Region) for row in found),
        lines=tuple(_read_lines(connection, (lines.c.page == head.id) & lines.c.deleted_at.is_(None))),
    )


def read_returning(connection: Connection, before: Page, after: Page) -> dict[str, Line]:
    """Of the lines that an edit makes, those that are in the page's trash, as they were when they went there.

    Ids are unique in the whole archive: one that is on the page twice, or on another page, raises `ValueError`.
    """
    if len(_ids(after.lines)) != len(after.lines) or len(_ids(after.regions)) != len(after.regions):
        raise ValueError(f"page {after.id} would have the same id twice")
    _refuse_foreign(connection, regions, after, _ids(after.regions) - _ids(before.regions))
    made = _ids(after.lines) - _ids(before.lines)
    _refuse_foreign(connection, lines, after, made)
    return {line.id: line for line in _read_lines(connection, lines.c.id.in_(made))} if made else {}


def keep_readings(page: Page, known: Mapping[str, Line]) -> Page:
    """The page with no reading missing: readings are only ever added to a line, whatever an edit says."""
    kept = tuple(_with_readings(line, known.get(line.id)) for line in page.lines)
    return replace(page, lines=kept)


def write_edit(connection: Connection, edit: PageEdit, known: Mapping[str, Line], now: datetime) -> None:
    """Writes what an edit changed; `known` are the lines before it and those that it brings back from the trash."""
    before, after = edit.before, edit.after
    _write_items(
        connection, regions, _rows(_region_row, before, before.regions), _rows(_region_row, after, after.regions)
    )
    _write_items(connection, lines, _rows(_line_row, before, before.lines), _rows(_line_row, after, after.lines))
    _trash(connection, regions, _ids(before.regions) - _ids(after.regions), now)
    _trash(connection, lines, _ids(before.lines) - _ids(after.lines), now)
    _write_texts(connection, after, [item.after for item in edit.diff.lines.values() if item.after], known, now)
    connection.execute(
        update(pages)
        .where(pages.c.id == after.id)
        .values(
            revision=after.revision,
            lines=len(after.lines),
            read=sum(bool(line.text) for line in after.lines),
            reviewed=sum(line.state == "reviewed" for line in after.lines),
        )
    )


def _read_lines(connection: Connection, which: ColumnElement[bool]) -> Iterable[Line]:
    read: dict[str, list[Reading]] = defaultdict(list)
    for row in connection.execute(_READINGS.where(which)):
        read[row.line].append(_checked(row, Reading))
    for row in connection.execute(_LINES.where(which)):
        line = _checked(row, Line)
        yield replace(line, readings=tuple(read[row.id]), transcription=_transcription(row))


def _refuse_foreign(connection: Connection, table: Table, page: Page, made: set[str]) -> None:
    elsewhere = select(table.c.id).where(table.c.id.in_(made), table.c.page != page.id)
    if made and (foreign := connection.execute(elsewhere).scalar()):
        raise ValueError(f"{foreign} of page {page.id} is the id of one of the {table.name} of another page")


def _transcription(row: Row[Any]) -> Transcription | None:
    return None if row.text is None or row.withdrawn else _checked(row, Transcription)


def _checked(row: Row[Any], kind: type[Value]) -> Value:
    values = row._mapping  # noqa: SLF001 - public in SQLAlchemy, see `listing`
    return msgspec.convert({str(name): values[name] for name in values}, kind)  # SQLAlchemy's names are not quite str


def _ids(items: Iterable[Item]) -> set[str]:
    return {item.id for item in items}


def _with_readings(line: Line, known: Line | None) -> Line:
    if known is None or known is line or known.readings == line.readings:
        return line
    return replace(line, readings=(*known.readings, *_fresh_readings(line, known)))


def _fresh_readings(line: Line, known: Line | None) -> tuple[Reading, ...]:
    old = {reading.id for reading in known.readings} if known else set()
    return tuple(reading for reading in line.readings if reading.id not in old)


def _rows(make: Callable[[str, int, Item], dict[str, Any]], page: Page, items: Iterable[Item]) -> _Rows:
    return {item.id: make(page.id, position, item) for position, item in enumerate(items)}


def _region_row(page: str, position: int, region: Region) -> dict[str, Any]:
    return {
        "id": region.id,
        "page": page,
        "position": position,
        "boundary": region.boundary,
        "kind": region.kind,
        "made_by": region.made_by,
        "deleted_at": None,
    }


def _line_row(page: str, position: int, line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "page": page,
        "position": position,
        "region": line.region,
        "baseline": line.baseline,
        "boundary": line.boundary,
        "made_by": line.made_by,
        "deleted_at": None,
        "estimated": line.estimated,
        "note": line.note,
        "second_look": line.second_look,
    }


def _write_items(connection: Connection, table: Table, before: _Rows, after: _Rows) -> None:
    """Writes the rows that are new or differ; one that lies in the trash comes back by it."""
    changed = [row for key, row in after.items() if before.get(key) != row]
    if changed:
        statement = sqlite.insert(table)
        others = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
        connection.execute(statement.on_conflict_do_update(index_elements=[table.c.id], set_=others), changed)


def _trash(connection: Connection, table: Table, gone: set[str], now: datetime) -> None:
    if gone:
        connection.execute(update(table).where(table.c.id.in_(gone)).values(deleted_at=now))


def _write_texts(
    connection: Connection, page: Page, changed: Iterable[Line], known: Mapping[str, Line], now: datetime
) -> None:
    """Adds the readings and transcriptions that are new; none is ever changed."""
    shared = {"revision": page.revision, "created": now}
    read: list[dict[str, Any]] = []
    written: list[dict[str, Any]] = []
    for line in changed:
        old = known.get(line.id)
        read += [shared | _reading_row(line.id, reading) for reading in _fresh_readings(line, old)]
        if line.transcription != (old.transcription if old else None):
            written.append(shared | _transcription_row(line))
    if read:
        connection.execute(insert(readings), read)
    if written:
        connection.execute(insert(transcriptions), written)


def _reading_row(line: str, reading: Reading) -> dict[str, Any]:
    return {
        "id": reading.id,
        "line": line,
        "text": reading.text,
        "confidence": reading.confidence,
        "confidences": reading.confidences,
        "engine": reading.engine,
        "model": reading.model,
        "boxes": reading.boxes,
        "marks": reading.marks,
        "raw": reading.raw,
        "version": reading.version,
        "checkpoint": reading.checkpoint,
        "settings": reading.settings,
        **({"created": reading.created} if reading.created else {}),
    }


def _transcription_row(line: Line) -> dict[str, Any]:
    now = line.transcription
    return {
        "line": line.id,
        "text": now.text if now else "",
        "reviewed": now is not None and now.reviewed,
        "withdrawn": now is None,
        "score": now.score if now else None,
        "marks": now.marks if now else (),
    }
