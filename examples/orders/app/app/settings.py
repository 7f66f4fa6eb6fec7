"""What the environment says; a process that lacks a required variable does not start."""

import os
import sys


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        sys.exit(f"missing required environment variable: {name}")
    return value


DATABASE_URL = _required("DATABASE_URL")
REDIS_URL = _required("REDIS_URL")
ADMIN_TOKEN = _required("ADMIN_TOKEN")
METRICS_TOKEN = _required("METRICS_TOKEN")
STRIPE_WEBHOOK_SECRET = _required("STRIPE_WEBHOOK_SECRET")
for name in ("AUTH_SECRET_KEY", "CLIENT_PORTAL_SECRET", "WORKER_PORTAL_SECRET"):
    if len(_required(name)) < 32:
        sys.exit(f"{name} is too short")

POOL_SIZE = int(os.environ.get("DATABASE_POOL_SIZE", "5"))
STATEMENT_TIMEOUT_MS = int(os.environ.get("DATABASE_STATEMENT_TIMEOUT_MS", "5000"))
RATE_LIMIT_PER_MINUTE = int(os.environ.get("RATE_LIMIT_PER_MINUTE", "60"))
UPLOAD_ROOT = os.environ.get("ORDER_UPLOAD_ROOT", "/tmp/uploads")
PHOTO_MAX_BYTES = int(os.environ.get("ORDER_PHOTO_MAX_BYTES", "10485760"))
HEARTBEAT_REQUIRED = os.environ.get("JOB_HEARTBEAT_REQUIRED") == "true"
HEARTBEAT_TTL_SECONDS = int(os.environ.get("JOB_HEARTBEAT_TTL_SECONDS", "180"))
VERSION = os.environ.get("APP_VERSION", "0.0.0")
