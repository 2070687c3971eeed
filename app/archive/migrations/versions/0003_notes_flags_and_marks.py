"""Notes on lines, lines that need a second look, and the marks of what a person wrote."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds columns with what older rows are to say: no note, no flag, no mark."""
    op.add_column("lines", sa.Column("note", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("lines", sa.Column("second_look", sa.Boolean, nullable=False, server_default="0"))
    op.add_column("transcriptions", sa.Column("marks", sa.Text, nullable=False, server_default="[]"))
