"""Where a reading came from in full, estimated baselines, scores of aligned texts, and the queue of jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds columns with what older rows are to say, and the two tables of the queue."""
    op.add_column("lines", sa.Column("estimated", sa.Boolean, nullable=False, server_default="0"))
    for name, default in (
        ("boxes", "[]"),
        ("marks", "[]"),
        ("raw", sa.text("''")),
        ("version", sa.text("''")),
        ("checkpoint", sa.text("''")),
        ("settings", "{}"),
    ):
        op.add_column("readings", sa.Column(name, sa.Text, nullable=False, server_default=default))
    op.add_column("transcriptions", sa.Column("score", sa.Float))
    op.create_table(
        "jobs",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("ended", sa.Text),
        sa.UniqueConstraint("id", name="jobs_id"),
    )
    op.create_table(
        "steps",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("job", sa.Text, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("page", sa.Text, sa.ForeignKey("pages.id"), nullable=False),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("found", sa.Integer, nullable=False),
        sa.Column("read", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("hint", sa.Text, nullable=False),
    )
    op.create_index("steps_of_job", "steps", ["job", "state", "seq"])
