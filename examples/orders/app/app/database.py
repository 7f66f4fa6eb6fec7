"""The pool of a process."""

from sqlalchemy import create_engine

from . import settings

engine = create_engine(
    settings.DATABASE_URL,
    pool_size=settings.POOL_SIZE,
    max_overflow=0,
    pool_pre_ping=True,
    connect_args={"options": f"-c statement_timeout={settings.STATEMENT_TIMEOUT_MS}"},
)
