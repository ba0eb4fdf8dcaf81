"""A hundred clients at once: everything that was accepted is done, for whom asked."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode

from .conftest import Start

pytestmark = pytest.mark.slow

CLIENTS, SECONDS = 100, 20


@dataclass
class Tally:
    done: int = 0
    busy: int = 0


async def visit(client: httpx.AsyncClient, number: int, until: float, tally: Tally) -> None:
    """Send a picture of a colour of one's own, have it delivered, watch, and look at the file."""
    rng = random.Random(number)
    turn = delivered = 0
    while time.monotonic() < until or not delivered:
        turn += 1
        colour = np.array([rng.random() for _ in range(3)], np.float32)
        picture = encode(np.broadcast_to(colour, (64, 64, 3)).copy(), "png")
        named = {"name": f"{number}-{turn}.png"}
        sent = await client.post("/v1/pictures", params=named, content=picture)
        assert sent.status_code == 201, sent.text
        order = {
            "recipe": "deliver",
            "inputs": {"folder": "load", "size": "full", "format": "png"},
            "pictures": {"Pictures": [sent.json()["id"]]},
        }
        ordered = await client.post("/v1/jobs", json=order)
        if ordered.status_code == 503:
            assert ordered.json()["code"] == "server.busy"
            tally.busy += 1
            await asyncio.sleep(rng.uniform(0.5, 1.5))
            continue
        assert ordered.status_code == 201, ordered.text
        id = ordered.json()["id"]
        last: dict[str, object] = {}
        async with client.stream("GET", f"/v1/jobs/{id}/events") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    last = json.loads(line.removeprefix("data: "))
        assert last["state"] == "done", last
        results = (await client.get(f"/v1/jobs/{id}/results")).json()
        file = Path(next(each["value"] for each in results if each["output"] == "paths"))
        assert file.stem == f"{number}-{turn}"
        assert np.allclose(read_photo(file).image[32, 32], colour, atol=1 / 255)
        assert (await client.delete(f"/v1/jobs/{id}")).status_code == 204
        tally.done += 1
        delivered += 1


def test_hundred_clients_at_once_lose_nothing(start: Start) -> None:
    server = start()
    tally = Tally()

    async def all_visits() -> None:
        limits = httpx.Limits(max_connections=2 * CLIENTS, max_keepalive_connections=CLIENTS)
        headers = {"Authorization": f"Bearer {server.facts['token']}"}
        async with httpx.AsyncClient(
            base_url=server.facts["url"], headers=headers, limits=limits, timeout=60
        ) as client:
            until = time.monotonic() + SECONDS
            await asyncio.gather(*(visit(client, each, until, tally) for each in range(CLIENTS)))

    asyncio.run(all_visits())
    assert tally.done >= CLIENTS, tally
    assert server.client.get("/v1/jobs").json() == []
    health = server.client.get("/v1/health").json()
    assert (health["waiting"], health["running"]) == (0, 0)
    assert server.stop() == 0
