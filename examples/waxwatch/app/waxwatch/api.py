"""The API. /healthz says that the process is alive, /readyz that database and queue answer."""

import base64
import json
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Response
from kombu.exceptions import KombuError
from pydantic import BaseModel, Field
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from . import settings
from .tasks import celery, match

engine = create_engine(
    settings.DATABASE_URL,
    pool_size=settings.POOL_SIZE,
    max_overflow=0,
    pool_pre_ping=True,
)
app = FastAPI(title="WaxWatch", version=settings.VERSION)


class Watch(BaseModel):
    """How long the providers take to answer for it, in seconds."""

    seconds: float = Field(default=0.05, ge=0, le=60)


def signed_in(authorization: Annotated[str, Header()] = "") -> None:
    """Refuses who has no token of our issuer. Its signature is the real app's to check: here is no issuer to ask."""
    try:
        claims = authorization.removeprefix("Bearer ").split(".")[1]
        issuer = json.loads(base64.urlsafe_b64decode(claims + "=="))["iss"]
    except (IndexError, KeyError, ValueError):
        raise HTTPException(401, "not signed in") from None
    if issuer != settings.AUTH_ISSUER:
        raise HTTPException(401, "signed in elsewhere")


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/readyz")
def readyz(response: Response) -> dict[str, bool]:
    ready = {"database": _answers_database(), "queue": _answers_queue()}
    response.status_code = 200 if all(ready.values()) else 503
    return ready


@app.get("/version")
def version() -> dict[str, str]:
    return {"version": settings.VERSION}


@app.get("/metrics")
def metrics() -> Response:
    with engine.connect() as connection:
        last, lag = connection.execute(
            text(
                "select (select extract(epoch from max(at)) from scheduler_runs),"
                " (select extract(epoch from now() - min(at)) from watches w"
                " where not exists (select from notifications where watch = w.id))"
            )
        ).one()
    lines = [
        "# TYPE waxwatch_scheduler_last_run_timestamp_seconds gauge",
        f"waxwatch_scheduler_last_run_timestamp_seconds {float(last or 0)}",
        "# TYPE waxwatch_notification_lag_seconds gauge",
        f"waxwatch_notification_lag_seconds {float(lag or 0)}",
        "# TYPE waxwatch_provider_enabled gauge",
    ]
    for name, enabled in settings.PROVIDERS.items():
        lines.append(f'waxwatch_provider_enabled{{provider="{name}"}} {int(enabled)}')
    return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


@app.get("/api/watches", dependencies=[Depends(signed_in)])
def watches() -> dict[str, int]:
    """How many there are, wait for their notification, and got more than one."""
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "select count(*) as watches, count(*) filter (where done is null) as waiting,"
                " count(*) filter (where done > 1) as doubled from"
                " watches left join"
                " (select watch, count(*) as done from notifications group by watch) each on watch = id"
            )
        ).one()
    return dict(row._mapping)


@app.post("/api/watches", status_code=201, dependencies=[Depends(signed_in)])
def watch(wanted: Watch = Watch()) -> dict[str, int]:
    with engine.begin() as connection:
        made = connection.execute(
            text("insert into watches (seconds) values (:seconds) returning id"),
            wanted.model_dump(),
        ).scalar_one()
    match.delay(made, wanted.seconds)
    return {"id": made}


if settings.IS_DEVELOPMENT:

    @app.get("/api/dev-providers")
    def providers() -> dict[str, bool]:
        return settings.PROVIDERS


def _answers_database() -> bool:
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1 from watches limit 1"))
        return True
    except SQLAlchemyError:
        return False


def _answers_queue() -> bool:
    try:
        with celery.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
        return True
    except (KombuError, OSError):
        return False
