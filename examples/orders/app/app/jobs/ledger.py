"""Each run of a job is noted with its begin, its end and its error."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from ..database import engine


@contextmanager
def run_of(job: str) -> Iterator[None]:
    """Notes a run around its work."""
    with engine.begin() as connection:
        run = connection.execute(
            text("insert into job_runs (job) values (:job) returning id"), {"job": job}
        ).scalar_one()
    error = None
    try:
        yield
    except Exception as failure:
        error = str(failure)
        raise
    finally:
        with engine.begin() as connection:
            connection.execute(
                text(
                    "update job_runs set ended = clock_timestamp(), error = :error where id = :run"
                ),
                {"run": run, "error": error},
            )


def beat() -> None:
    """Says that scheduled work is looked after."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into job_heartbeat (at) values (clock_timestamp())"
                " on conflict (singleton) do update set at = excluded.at"
            )
        )


def seconds_since_beat() -> float | None:
    with engine.connect() as connection:
        return connection.execute(
            text(
                "select extract(epoch from clock_timestamp() - at)::float from job_heartbeat"
            )
        ).scalar()


def status() -> list[dict]:
    """Of each job: its runs, when it last succeeded, and its failures in a row."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "select job, count(*) as runs, count(*) filter (where error is not null) as errors,"
                " extract(epoch from max(ended) filter (where error is null))::float as last_success,"
                " count(*) filter (where error is not null and id > coalesce((select max(id) from job_runs ok"
                "   where ok.job = r.job and ok.ended is not null and ok.error is null), 0)) as consecutive_failures"
                " from job_runs r group by job order by job"
            )
        )
        return [dict(row._mapping) for row in rows]
