"""What the environment says; a process that lacks a required variable does not start."""

import os
import sys


def _required(*names: str) -> list[str]:
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        sys.exit(f"missing required environment variables: {', '.join(missing)}")
    return [os.environ[name] for name in names]


[DATABASE_URL, REDIS_URL, AUTH_ISSUER] = _required(
    "DATABASE_URL", "REDIS_URL", "AUTH_ISSUER"
)
_required("AUTH_JWKS_URL", "TOKEN_CRYPTO_KMS_KEY_ID")

POOL_SIZE = int(os.environ.get("DATABASE_POOL_SIZE", "5"))
VERSION = os.environ.get("APP_VERSION", "0.0.0")
# An unknown word is treated as production.
IS_DEVELOPMENT = os.environ.get("ENVIRONMENT") in ("dev", "test", "local")
PROVIDERS = {
    "discogs": all(
        os.environ.get(name) for name in ("DISCOGS_USER_AGENT", "DISCOGS_TOKEN")
    ),
    "ebay": all(
        os.environ.get(name) for name in ("EBAY_CLIENT_ID", "EBAY_CLIENT_SECRET")
    ),
}
