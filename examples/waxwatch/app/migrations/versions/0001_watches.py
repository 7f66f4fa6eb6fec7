"""Watches, what was found for them, and the runs of the scheduler."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "create table watches (id bigserial primary key, seconds real not null, at timestamptz not null default now())"
    )
    # No key on watch: a task that is done twice shows.
    op.execute(
        "create table notifications (watch bigint not null references watches, worker text not null, begun timestamptz not null, at timestamptz not null default clock_timestamp())"
    )
    op.execute(
        "create table scheduler_runs (id bigserial primary key, at timestamptz not null default now())"
    )


def downgrade() -> None:
    op.execute("drop table scheduler_runs, notifications, watches")
