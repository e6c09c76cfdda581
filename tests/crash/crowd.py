"""A crowd at a till that keeps dying: they ask until they are answered, and remember it."""

import asyncio
import json
import random
from collections import Counter
from typing import Any

import httpx

from tests.components import Answer, Heard

PATIENCE_SECONDS = 0.1
TRIES_MAX = 600
THINK_SECONDS_MAX = 0.6
UNPAID_SHARE = 0.1  # of intents that nobody comes back for
REPEATED_SHARE = 0.2  # of requests that are sent again though they were answered


class Crowd:
    """Shoppers and merchants. What they were told is the record the till is held to."""

    def __init__(self, urls: list[str], key: str, seed: int) -> None:
        self.urls = urls
        self._key = key
        self._random = random.Random(seed)
        self._numbers = iter(range(1_000_000))
        self.created: dict[str, Any] = {}  # idempotency key → the first 201
        self.asked: dict[str, Any] = {}  # idempotency key → the body that was sent
        self.paid: dict[str, str] = {}  # intent → transaction
        self.faults: list[str] = []
        self.lost_answers = 0

    async def shop(self, shoppers: int, done: asyncio.Event) -> None:
        """Shop with so many at a time until it is enough."""
        limits = httpx.Limits(max_connections=shoppers)
        async with httpx.AsyncClient(limits=limits, timeout=5, trust_env=False) as http:
            await asyncio.gather(*(self._shopper(http, done) for _ in range(shoppers)))

    async def _shopper(self, http: httpx.AsyncClient, done: asyncio.Event) -> None:
        while not done.is_set():
            number = next(self._numbers)
            key = f"order-{number}"
            cents = self._random.randint(100, 99_999)
            self.asked[key] = {
                "amount": f"{cents // 100}.{cents % 100:02}",
                "currency": "USD",
                "order_id": key,
                "metadata": {"number": number},
                "ledgers": self._random.choice([["sandbox_usdc"], ["sandbox_usdc", "sandbox_eth"]]),
            }
            made = await self._post(http, "/v1/payment_intents", self.asked[key], key)
            self.created[key] = made
            if self._random.random() < REPEATED_SHARE:
                await self.repeat(http, key)
            await asyncio.sleep(self._random.uniform(0, THINK_SECONDS_MAX))
            if self._random.random() > UNPAID_SHARE:
                asked = {"payment_intent": made["id"]}
                sent = await self._post(http, "/v1/sandbox/transfers", asked, f"pay-{number}")
                self.paid[made["id"]] = sent["tx"]

    async def repeat(self, http: httpx.AsyncClient, key: str) -> None:
        """Ask again with a key that was answered: the answer must be the same."""
        again = await self._post(http, "/v1/payment_intents", self.asked[key], key)
        if again != self.created[key]:
            self.faults.append(f"{key} was {self.created[key]} and then {again}")

    async def _post(self, http: httpx.AsyncClient, path: str, body: Any, key: str) -> Any:
        """Post until the till answers; whatever got lost, the key makes it once."""
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": key}
        for _ in range(TRIES_MAX):
            url = self._random.choice(self.urls)
            try:
                answer = await http.post(f"{url}{path}", json=body, headers=headers)
            except httpx.ConnectError:
                await asyncio.sleep(PATIENCE_SECONDS)
                continue
            except httpx.TransportError:
                self.lost_answers += 1
                continue
            if answer.status_code < 300:
                return answer.json()
            if answer.status_code < 500:
                raise AssertionError(f"{path}: {answer.status_code} {answer.text}")
            self.faults.append(f"{path}: {answer.status_code} {answer.text}")
            await asyncio.sleep(PATIENCE_SECONDS)
        raise AssertionError(f"{path} was not answered in {TRIES_MAX} tries")

    async def claim(self, http: httpx.AsyncClient, url: str, key: str) -> None:
        """Hold the till to an answer it gave: the intent is there, and is what it was."""
        told = self.created[key]
        headers = {"Authorization": f"Bearer {self._key}"}
        answer = await http.get(f"{url}/v1/payment_intents/{told['id']}", headers=headers)
        if answer.status_code != 200:
            self.faults.append(f"{told['id']} is gone: {answer.status_code}")
            return
        now = answer.json()
        for name in ("id", "amount", "currency", "order_id", "metadata", "ledgers", "created_at"):
            if now[name] != told[name]:
                self.faults.append(f"{told['id']} had {name} {told[name]} and has {now[name]}")
        if now["status"] != ("succeeded" if told["id"] in self.paid else "requires_payment"):
            self.faults.append(f"{told['id']} is {now['status']}")


class Ledger:
    """A merchant's own bookkeeping: acts once on each webhook-id, and is unreliable."""

    def __init__(self, seed: int, *, fails: bool = True) -> None:
        self._random = random.Random(seed)
        self._fails = fails
        self.effects: Counter[tuple[str, str]] = Counter()  # (type, intent) acted on
        self.heard: Counter[tuple[str, str]] = Counter()  # by endpoint and webhook-id
        self._failed: set[tuple[str, str]] = set()

    def answer(self, heard: Heard) -> Answer:
        """Take a webhook: mostly at once, sometimes late, never twice; fail each id once at most.

        A second failure would be due again only minutes later.
        """
        id = heard.path, heard.headers["webhook-id"]
        self.heard[id] += 1
        chance = self._random.random()
        if self._fails and chance < 0.05 and id not in self._failed:
            self._failed.add(id)
            return Answer(500) if chance < 0.03 else Answer(drop=True)
        if self.heard[id] - (id in self._failed) == 1:
            event = json.loads(heard.body)
            self.effects[event["type"], event["data"]["object"]["id"]] += 1
        return Answer(delay_seconds=0.05 if chance > 0.95 else 0)

    def told_of(self, type: str) -> dict[str, int]:
        """Return how often each intent was acted on for a type of event."""
        return {intent: many for (kind, intent), many in self.effects.items() if kind == type}
