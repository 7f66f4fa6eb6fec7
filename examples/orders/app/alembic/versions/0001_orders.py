"""Orders of organizations, e-mails to send, and what the jobs leave behind."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        "create table orders (id bigserial primary key, org_id int not null, at timestamptz not null default now())"
    )
    op.execute(
        "create table job_runs (id bigserial primary key, job text not null,"
        " begun timestamptz not null default clock_timestamp(), ended timestamptz, error text)"
    )
    op.execute(
        "create table job_heartbeat (singleton boolean primary key default true check (singleton), at timestamptz not null)"
    )
    op.execute(
        "create table dead_letters (id bigserial primary key, order_id bigint not null, replayed_at timestamptz)"
    )


def downgrade() -> None:
    op.execute("drop table dead_letters, job_heartbeat, job_runs, orders")
