"""The tables of the archive; `migrations` makes them, and a test holds the two together.

Nothing is ever deleted: what a person deletes gets a `deleted_at`, and texts are only added. Where rows have an
order that must not depend on a clock, `seq` counts them.
"""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from app.page import Mark, Point

APPLICATION_ID = 0x4C455345
"""Stands in the file's header and says that this database is an archive ("LESE")."""


class Json(TypeDecorator[Any]):
    """A value of one shape, as JSON text; what does not have that shape raises `msgspec.DecodeError` when read."""

    impl = Text
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str:  # noqa: ARG002
        """The value as text."""
        return msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """The text as a value."""
        return msgspec.json.decode(value or "", type=self.shape)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, as ISO 8601 text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The moment as text."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The text as a moment."""
        return None if value is None else datetime.fromisoformat(value)


POINTS = Json(tuple[Point, ...])
MARKS = Json(tuple[Mark, ...])

metadata = MetaData()

documents = Table(
    "documents",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("deleted_at", Moment),
    UniqueConstraint("id", name="documents_id"),
)

# `lines`, `read` and `reviewed` are what `PageInfo` tells; every edit writes them anew with the revision, so that a
# list of ten thousand pages needs to look at no line.
pages = Table(
    "pages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("document", Text, ForeignKey("documents.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("scan", Text, nullable=False),
    Column("suffix", Text, nullable=False),
    Column("index", Integer, nullable=False),
    Column("dpi", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("read", Integer, nullable=False),
    Column("reviewed", Integer, nullable=False),
    UniqueConstraint("document", "number", name="pages_document_number"),
)

regions = Table(
    "regions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("page", Text, ForeignKey("pages.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("boundary", POINTS, nullable=False),
    Column("kind", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("deleted_at", Moment),
    Index("regions_of_page", "page", "deleted_at", "position"),
)

lines = Table(
    "lines",
    metadata,
    Column("id", Text, primary_key=True),
    Column("page", Text, ForeignKey("pages.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("region", Text, ForeignKey("regions.id")),
    Column("baseline", POINTS, nullable=False),
    Column("boundary", POINTS, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("deleted_at", Moment),
    Column("estimated", Boolean, nullable=False, server_default="0"),
    Column("note", Text, nullable=False, server_default=text("''")),
    Column("second_look", Boolean, nullable=False, server_default="0"),
    Index("lines_of_page", "page", "deleted_at", "position"),
)

# In both tables of texts, `revision` is the page's revision that brought the text.
readings = Table(
    "readings",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("line", Text, ForeignKey("lines.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("confidences", Json(tuple[float, ...]), nullable=False),
    Column("engine", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("boxes", Json(tuple[tuple[int, int, int, int], ...]), nullable=False, server_default="[]"),
    Column("marks", MARKS, nullable=False, server_default="[]"),
    Column("raw", Text, nullable=False, server_default=text("''")),
    Column("version", Text, nullable=False, server_default=text("''")),
    Column("checkpoint", Text, nullable=False, server_default=text("''")),
    Column("settings", Json(dict[str, str]), nullable=False, server_default="{}"),
    UniqueConstraint("id", name="readings_id"),
    Index("readings_of_line", "line"),
)

# The newest row of a line is its transcription; `withdrawn` says that it has none any more.
transcriptions = Table(
    "transcriptions",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("line", Text, ForeignKey("lines.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("reviewed", Boolean, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("created", Moment, nullable=False),
    Column("score", Float),
    Column("marks", MARKS, nullable=False, server_default="[]"),
    Index("transcriptions_of_line", "line"),
)

# What a person asked to have done, and each step of it on a page. `asked` is what they said last ("run", "pause" or
# "cancel"): the one thing that another program may write while the archive is open elsewhere.
jobs = Table(
    "jobs",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("ended", Moment),
    UniqueConstraint("id", name="jobs_id"),
)

# `task` is the step itself, as `app.jobs` writes it; `seq` orders the steps within a job.
steps = Table(
    "steps",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("job", Text, ForeignKey("jobs.id"), nullable=False),
    Column("page", Text, ForeignKey("pages.id"), nullable=False),
    Column("task", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("found", Integer, nullable=False),
    Column("read", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("message", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Index("steps_of_job", "job", "state", "seq"),
)

# The palette, in its order; an archive without any row has the usual characters. It is replaced as a whole.
characters = Table(
    "characters",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("keys", Text, nullable=False),
)
