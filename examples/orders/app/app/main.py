"""The API."""

import hmac
import os
from hashlib import sha256
from typing import Annotated

import redis
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from sqlalchemy import text

from . import admin, health, settings
from .database import engine

limits = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2)


def limited(request: Request) -> None:
    """So many requests a minute and client; without Redis none is refused."""
    client = request.client.host if request.client else "unknown"
    try:
        count = limits.incr(f"requests:{client}")
        if count == 1:
            limits.expire(f"requests:{client}", 60)
    except redis.RedisError as error:
        print(f"requests are not counted: {error}")
        return
    if count > settings.RATE_LIMIT_PER_MINUTE:
        raise HTTPException(429, "too many requests")


app = FastAPI(title="Orders", version=settings.VERSION)
app.include_router(health.router)
app.include_router(admin.router)
app.include_router(admin.metrics)


@app.get("/v1/orders", dependencies=[Depends(limited)])
def orders() -> dict[str, int]:
    with engine.connect() as connection:
        count = connection.execute(text("select count(*) from orders")).scalar_one()
    return {"orders": count}


@app.post("/v1/orders", status_code=201, dependencies=[Depends(limited)])
def order() -> dict[str, int]:
    with engine.begin() as connection:
        made = connection.execute(
            text("insert into orders (org_id) values (1) returning id")
        )
        return {"id": made.scalar_one()}


@app.put("/v1/orders/{number}/photo", status_code=204)
async def photo(number: int, request: Request) -> None:
    """Keeps a photo; it has its name once it is whole."""
    path = os.path.join(settings.UPLOAD_ROOT, str(number))
    size = 0
    with open(f"{path}.part", "wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > settings.PHOTO_MAX_BYTES:
                raise HTTPException(413, "the photo is too large")
            file.write(chunk)
    os.replace(f"{path}.part", path)


@app.get("/v1/orders/{number}/photo")
def photo_size(number: int) -> dict[str, int]:
    try:
        return {
            "bytes": os.stat(os.path.join(settings.UPLOAD_ROOT, str(number))).st_size
        }
    except FileNotFoundError:
        raise HTTPException(404, "no photo") from None


@app.post("/v1/payments/stripe/webhook", status_code=204)
async def webhook(
    request: Request, stripe_signature: Annotated[str, Header()] = ""
) -> None:
    """Takes what Stripe has signed: `t=<time>,v1=<HMAC of time.body>`."""
    parts = dict(
        part.split("=", 1) for part in stripe_signature.split(",") if "=" in part
    )
    signed = f"{parts.get('t', '')}.".encode() + await request.body()
    expected = hmac.new(
        settings.STRIPE_WEBHOOK_SECRET.encode(), signed, sha256
    ).hexdigest()
    if not hmac.compare_digest(parts.get("v1", "").encode(), expected.encode()):
        raise HTTPException(400, "not signed by Stripe")
