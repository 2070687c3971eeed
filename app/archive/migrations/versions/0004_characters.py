"""The characters of an archive's palette."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds the table, empty: an archive without any has the usual ones."""
    op.create_table(
        "characters",
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("keys", sa.Text, nullable=False),
    )
