"""/healthz says that the process is alive; /readyz that database, revision and jobs are as they have to be."""

from alembic.config import Config
from alembic.script import ScriptDirectory
from fastapi import APIRouter, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from . import settings
from .database import engine
from .jobs.ledger import seconds_since_beat

router = APIRouter()
HEAD = ScriptDirectory.from_config(Config("alembic.ini")).get_current_head()


@router.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok", "version": settings.VERSION}


@router.get("/readyz")
def readyz(response: Response) -> dict[str, bool]:
    ready = {"database": False, "migrations": False, "jobs": False}
    try:
        with engine.connect() as connection:
            revision = connection.execute(
                text("select version_num from alembic_version")
            ).scalar()
        ready = {"database": True, "migrations": revision == HEAD, "jobs": is_beating()}
    except SQLAlchemyError as error:
        print(f"not ready: {error}")
    response.status_code = 200 if all(ready.values()) else 503
    return ready


def is_beating() -> bool:
    if not settings.HEARTBEAT_REQUIRED:
        return True
    since = seconds_since_beat()
    return since is not None and since < settings.HEARTBEAT_TTL_SECONDS
