"""The archive as it began."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes all tables, and marks the file as an archive ("LESE" in its header)."""
    op.execute("PRAGMA application_id = 0x4C455345")
    op.create_table(
        "documents",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("deleted_at", sa.Text),
        sa.UniqueConstraint("id", name="documents_id"),
    )
    op.create_table(
        "pages",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("document", sa.Text, sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("scan", sa.Text, nullable=False),
        sa.Column("suffix", sa.Text, nullable=False),
        sa.Column("index", sa.Integer, nullable=False),
        sa.Column("dpi", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("read", sa.Integer, nullable=False),
        sa.Column("reviewed", sa.Integer, nullable=False),
        sa.UniqueConstraint("document", "number", name="pages_document_number"),
    )
    _create_shapes()
    _create_texts()


def _create_shapes() -> None:
    op.create_table(
        "regions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("page", sa.Text, sa.ForeignKey("pages.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("boundary", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("deleted_at", sa.Text),
    )
    op.create_index("regions_of_page", "regions", ["page", "deleted_at", "position"])
    op.create_table(
        "lines",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("page", sa.Text, sa.ForeignKey("pages.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("region", sa.Text, sa.ForeignKey("regions.id")),
        sa.Column("baseline", sa.Text, nullable=False),
        sa.Column("boundary", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("deleted_at", sa.Text),
    )
    op.create_index("lines_of_page", "lines", ["page", "deleted_at", "position"])


def _create_texts() -> None:
    op.create_table(
        "readings",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("line", sa.Text, sa.ForeignKey("lines.id"), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("confidences", sa.Text, nullable=False),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.UniqueConstraint("id", name="readings_id"),
    )
    op.create_index("readings_of_line", "readings", ["line"])
    op.create_table(
        "transcriptions",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("line", sa.Text, sa.ForeignKey("lines.id"), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("reviewed", sa.Boolean, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
    )
    op.create_index("transcriptions_of_line", "transcriptions", ["line"])
