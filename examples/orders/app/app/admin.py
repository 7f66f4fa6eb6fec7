"""What the scheduler calls, and what operators look at; for holders of the admin token alone."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Response
from sqlalchemy import text

from . import settings
from .database import engine
from .health import is_beating
from .jobs.ledger import run_of, status


def token_is(expected: str, authorization: str) -> bool:
    return hmac.compare_digest(authorization.encode(), f"Bearer {expected}".encode())


def admin(
    authorization: Annotated[str, Header()] = "",
    x_admin_token: Annotated[str, Header()] = "",
) -> None:
    given = authorization or f"Bearer {x_admin_token}"
    if not token_is(settings.ADMIN_TOKEN, given):
        raise HTTPException(401, "not an administrator")


router = APIRouter(prefix="/v1/admin", dependencies=[Depends(admin)])


@router.post("/cleanup", status_code=204)
def cleanup() -> None:
    with run_of("cleanup"), engine.begin() as connection:
        connection.execute(
            text("delete from job_runs where ended < now() - interval '90 days'")
        )


@router.post("/email-scan")
def email_scan(seconds: float = 0) -> dict[str, int]:
    """Looks for e-mails to send; `seconds` is how long the mail server takes."""
    with run_of("email-scan"), engine.connect() as connection:
        connection.execute(
            text("select pg_sleep(:seconds)"), {"seconds": min(seconds, 4)}
        )
        return {"sent": 0}


@router.post("/retention/cleanup")
def retention() -> dict[str, int]:
    with run_of("retention"), engine.begin() as connection:
        gone = connection.execute(
            text(
                "delete from dead_letters where replayed_at < now() - interval '30 days'"
            )
        )
        return {"removed": gone.rowcount}


@router.get("/export-dead-letter")
def dead_letters() -> list[int]:
    with run_of("export-dead-letter"), engine.connect() as connection:
        waiting = "select id from dead_letters where replayed_at is null order by id"
        return list(connection.execute(text(waiting)).scalars())


@router.post("/export-dead-letter/{letter}/replay", status_code=204)
def replay(letter: int) -> None:
    with engine.begin() as connection:
        found = connection.execute(
            text(
                "update dead_letters set replayed_at = now() where id = :id and replayed_at is null"
            ),
            {"id": letter},
        )
    if found.rowcount == 0:
        raise HTTPException(404, "no such letter waits")


@router.get("/jobs/status")
def jobs_status() -> dict:
    return {"heartbeat": {"fresh": is_beating()}, "jobs": status()}


metrics = APIRouter(prefix="/v1")


@metrics.get("/metrics")
def exported(authorization: Annotated[str, Header()] = "") -> Response:
    if not token_is(settings.METRICS_TOKEN, authorization):
        raise HTTPException(401, "not the collector of metrics")
    lines = [
        "# TYPE job_last_success_timestamp gauge",
        "# TYPE job_errors_total counter",
    ]
    for each in status():
        label = f'{{job="{each["job"]}"}}'
        lines.append(f"job_last_success_timestamp{label} {each['last_success'] or 0}")
        lines.append(f"job_errors_total{label} {each['errors']}")
    return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")
