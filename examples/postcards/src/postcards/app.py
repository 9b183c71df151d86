"""The shop as a service."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel

from postcards.pictures import Pictures
from postcards.shop import NotOurs, Order, Shop, Unknown


class Wanted(BaseModel):
    """What somebody orders."""

    text: str
    to: str


def create(shop: Shop) -> FastAPI:
    """The service of a shop."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(shop.watch())
        yield
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching

    app = FastAPI(lifespan=lifespan)

    @app.post("/postcards", status_code=202)
    async def order(wanted: Wanted) -> dict[str, str]:
        try:
            return _shown(await shop.take(wanted.text, wanted.to))
        except httpx.HTTPError as error:
            raise HTTPException(503, "no picture can be ordered now") from error

    @app.get("/postcards/{order_id}")
    async def look(order_id: str) -> dict[str, str]:
        if order_id not in shop.orders:
            raise HTTPException(404)
        return _shown(shop.orders[order_id])

    @app.post("/hooks/pictures", status_code=204)
    async def hook(body: dict[str, Any], x_webhook_secret: Annotated[str, Header()] = "") -> None:
        try:
            shop.hear(x_webhook_secret, body)
        except NotOurs as error:
            raise HTTPException(401) from error
        except Unknown as error:
            raise HTTPException(404) from error

    return app


def _shown(order: Order) -> dict[str, str]:
    return {"id": order.id, "state": order.state, "address": order.address, "reason": order.reason}


def from_environment() -> FastAPI:
    """The service as it runs in earnest; this one writes its mail into the log."""
    http = httpx.AsyncClient(headers={"Authorization": os.environ["POSTCARDS_KEY"]}, timeout=30)
    mail = logging.getLogger("postcards.mail")
    hook = os.environ["POSTCARDS_URL"] + "/hooks/pictures"
    return create(
        Shop(Pictures(http), lambda to, text: mail.info("%s: %s", to, text), hook, os.environ["POSTCARDS_SECRET"])
    )
