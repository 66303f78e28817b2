"""Which state may follow which, kept by the database itself: nobody can skip a step."""

from __future__ import annotations

from types import ModuleType

import sqlalchemy as sa
from alembic import op

from bridge.store import postgresql, sqlite

revision = "0003"
down_revision = "0002"

# Frozen as of this step; the first states of a line follow ''.
PUSH = {
    "pending": "sending retry_at verified parked manual discarded",
    "sending": "sent verified retry_at in_doubt parked manual",
    "sent": "verified in_doubt parked",
    "retry_at": "sending pending verified parked manual discarded",
    "in_doubt": "verified sent retry_at parked manual",
    "parked": "pending retry_at in_doubt sent verified manual discarded",
    "manual": "pending sent verified parked discarded",
    "discarded": "in_doubt",
}
_OPEN = "refused accruing awaiting_approval awaiting_amount held"
_PANEL = "posted invoiced reversed"
LINE = {
    "": f"{_OPEN} due reversal_proposed {_PANEL}",
    "refused": f"{_OPEN} due {_PANEL}",
    "accruing": f"{_OPEN} due voided {_PANEL}",
    "awaiting_approval": f"{_OPEN} due voided {_PANEL}",
    "awaiting_amount": f"{_OPEN} due voided {_PANEL}",
    "held": f"{_OPEN} due voided {_PANEL}",
    "due": "posted invoiced reversed held awaiting_approval voided",
    "posted": "held awaiting_approval voided reversed invoiced",
    "invoiced": "held awaiting_approval voided reversed posted",
    "reversal_proposed": "due held awaiting_amount voided reversed",
}


def upgrade() -> None:
    """Write the legal steps down, and have every step compared with them."""
    steps = op.create_table(
        "legal_steps",
        sa.Column("machine", sa.String(length=20), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("machine", "from_state", "to_state"),
    )
    op.bulk_insert(
        steps,
        [
            {"machine": machine, "from_state": before, "to_state": after}
            for machine, table in (("push", PUSH), ("line", LINE))
            for before, words in table.items()
            for after in sorted({*words.split()} - {before})
        ],
    )
    rules: ModuleType = postgresql if op.get_bind().dialect.name == "postgresql" else sqlite
    for statement in (*rules.append_only("legal_steps"), *rules.LEGAL_STEPS):
        op.execute(statement)
