"""The worker's tasks, and the schedule that beat follows."""

import time
from datetime import UTC, datetime

from celery import Celery
from celery.signals import worker_process_init
from celery.utils.log import get_task_logger
from sqlalchemy import create_engine, text

from .settings import DATABASE_URL, REDIS_URL

log = get_task_logger(__name__)
# One connection a process: Celery runs a task at a time in each.
engine = create_engine(DATABASE_URL, pool_size=1, max_overflow=0, pool_pre_ping=True)

celery = Celery("waxwatch", broker=REDIS_URL)
celery.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    beat_schedule={"sync": {"task": "waxwatch.tasks.sync", "schedule": 1.0}},
)


@worker_process_init.connect
def _forget_connections(**_: object) -> None:
    engine.dispose(close=False)


@celery.task(bind=True)
def match(self, watch: int, seconds: float) -> None:
    """Looks for offers for a watch, as long as the providers take, and notifies of them."""
    begun = datetime.now(UTC)
    time.sleep(seconds)
    with engine.begin() as connection:
        done = connection.execute(
            text(
                "insert into notifications (watch, worker, begun)"
                " select id, :worker, :begun from watches where id = :watch"
            ),
            {"watch": watch, "worker": self.request.hostname, "begun": begun},
        )
    if done.rowcount == 0:
        log.warning("watch %s is not there any more", watch)


@celery.task
def sync() -> None:
    """What the scheduler starts."""
    with engine.begin() as connection:
        connection.execute(text("insert into scheduler_runs default values"))
