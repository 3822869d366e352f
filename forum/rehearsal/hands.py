"""The hands of the simulated day: requests to Forum's own API as phones at doors and as people signed in, nothing by a back door."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from time import perf_counter
from typing import Any, Final
from uuid import UUID

from forum import web
from forum.badges import devices
from forum.people import sign_in
from forum.rehearsal.client import Answer, Client, Unanswered
from forum.rehearsal.judge import Sent
from forum.rehearsal.script import Person
from forum.settings import Settings

OVERRULED: Final = ("elsewhere",)  # the phone at the door they left still keeps their exit
REPEATED: Final = 0.02  # of the scans: the answer is lost on the way and the phone asks again with the same nonce


@dataclass(slots=True)
class Phone:
    """One phone at a gate; while `offline` it keeps its scans."""

    gate: UUID
    token: str
    offline: bool = False
    unsent: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Ledger:
    """What was done: scans, counts, milliseconds of answers, seconds of waiting at doors, answers of the server that should not be.

    `simulated_seconds` were lived in `real_seconds`, pauses apart: the speed that was reached.
    """

    sent: list[Sent] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    answers_ms: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    late_minutes: list[float] = field(default_factory=list)
    faults: list[dict[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    simulated_seconds: float = 0.0
    real_seconds: float = 0.0


class Hands:
    """Requests as phones and as people."""

    def __init__(self, client: Client, settings: Settings, secret: bytes, ledger: Ledger, seed: str) -> None:
        self.client, self.settings, self.secret, self.ledger = client, settings, secret, ledger
        self.random = Random(f"{seed}/hands")
        self._signed_in: dict[UUID, str] = {}

    async def enrol(self, gates: Mapping[UUID, UUID], now: datetime) -> dict[UUID, Phone]:
        """Every gate's phone, set up through the handshake the door page uses."""
        found = {}
        for gate, device in gates.items():
            ticket = await devices.again(device, now=now, by=None)  # what the organiser's page shows as a QR code
            answer = await self.client.post("/api/v1/device/initialize", json={"token": ticket, "software_brand": "rehearsal"})
            if answer.status != 200:
                raise RuntimeError(f"a phone was not set up: {answer.status} {answer.text[:160]}")
            found[gate] = Phone(gate, answer.json()["api_token"])
        return found

    async def scan(self, phone: Phone, person: Person, way: str, at: datetime) -> tuple[bool, str]:
        """One passage: admitted or not, and the reason's key. A phone without a network decides by itself and keeps it."""
        nonce = f"{self.random.getrandbits(128):032x}"
        body = {"secret": person.token, "type": way, "datetime": at.isoformat(), "nonce": nonce, "gate": str(phone.gate)}
        try:
            if phone.offline:
                return self._keep(phone, nonce, person, way, at)
            return await self._online(phone, nonce, person, way, at, body)
        except Unanswered as lost:
            self._unanswered("redeem", lost)
            return self._keep(phone, nonce, person, way, at)  # whether the server has it or not: the nonce makes it one scan
        finally:
            self.ledger.sent.append(Sent(nonce, phone.gate, way, person.token))  # not before it is answered or kept: the page may judge meanwhile

    async def _online(self, phone: Phone, nonce: str, person: Person, way: str, at: datetime, body: dict[str, Any]) -> tuple[bool, str]:
        answer = await self._redeem(phone, body)
        if self.random.random() < REPEATED:
            answer = await self._redeem(phone, body)
            self.ledger.counts["scans_repeated"] += 1
        self.ledger.counts["scans_online"] += 1
        if answer.status not in (201, 400):
            self._wrong("redeem", answer)
            return self._keep(phone, nonce, person, way, at)
        detail: str = answer.json()["forum"]["detail"]
        if answer.status == 400 and detail in OVERRULED:
            self.ledger.counts["overruled"] += 1
            return await self._overrule(phone, person, body)
        return answer.status == 201, detail

    async def _overrule(self, phone: Phone, person: Person, body: dict[str, Any]) -> tuple[bool, str]:
        """Whoever holds the phone lets them in all the same, as the door page allows: a new scan, forced."""
        nonce = f"{self.random.getrandbits(128):032x}"
        answer = await self._redeem(phone, body | {"nonce": nonce, "force": True})
        if answer.status not in (201, 400):
            self._wrong("redeem", answer)
            return False, "error"
        self.ledger.sent.append(Sent(nonce, phone.gate, body["type"], person.token))
        return answer.status == 201, answer.json()["forum"]["detail"]

    def _keep(self, phone: Phone, nonce: str, person: Person, way: str, at: datetime) -> tuple[bool, str]:
        """Nobody answers: the phone decides by itself and sends it later."""
        detail = "welcome" if way == "entry" else "goodbye"
        phone.unsent.append(
            {"nonce": nonce, "text": person.token, "gate": str(phone.gate), "way": way, "at": int(at.timestamp() * 1000), "admitted": True, "detail": detail}
        )
        self.ledger.counts["scans_offline"] += 1
        return True, detail

    async def _redeem(self, phone: Phone, body: dict[str, Any]) -> Answer:
        started = perf_counter()
        answer = await self.client.post("/api/v1/organizers/current/checkinrpc/redeem", json=body, headers={"authorization": f"Device {phone.token}"})
        self.ledger.answers_ms.append((perf_counter() - started) * 1000)
        return answer

    async def sync(self, phone: Phone, now: datetime) -> None:
        """The network is back: what the phone kept is sent, in batches, until nothing is left."""
        phone.offline = False
        while phone.unsent:
            batch, rest = phone.unsent[:200], phone.unsent[200:]
            body = {"now": int(now.timestamp() * 1000), "scans": batch, "undos": [], "unsent": len(rest)}
            try:
                answer = await self.client.post("/api/v1/door/sync", json=body, headers={"authorization": f"Device {phone.token}"})
            except Unanswered as lost:
                self._unanswered("sync", lost)
                return
            if answer.status != 200:
                self._wrong("sync", answer)
                return
            phone.unsent = phone.unsent[len(batch) :]

    async def beat(self, phone: Phone, now: datetime, battery: int) -> None:
        """A phone with a network says it is there, as the door page does when it has nothing to send."""
        body = {"now": int(now.timestamp() * 1000), "scans": [], "undos": [], "unsent": 0, "battery": battery}
        try:
            answer = await self.client.post("/api/v1/door/sync", json=body, headers={"authorization": f"Device {phone.token}"})
        except Unanswered as lost:
            self._unanswered("beat", lost)
            return
        if answer.status != 200:
            self._wrong("beat", answer)

    async def post(self, person: UUID, path: str, now: datetime, *, second_factor: bool = False, **fields: Any) -> bool:
        """A form sent by somebody signed in, as a browser sends it; whether the server took it."""
        token = self._signed_in.get(person)
        if token is None:
            token = self._signed_in[person] = await sign_in.start(person, now=now - timedelta(seconds=1), second_factor=second_factor)
        cookie = f"{web.cookie_name(self.settings, 'forum_sign_in')}={token}"
        headers = {"cookie": cookie, "x-csrf-token": self._csrf(token), "origin": self.settings.origin}
        try:
            answer = await self.client.post(path, data={k: str(v) for k, v in fields.items()}, headers=headers)
        except Unanswered as lost:
            self._unanswered(path, lost)
            return False
        if answer.status not in {303, 409}:  # 409: somebody was first, which a day is full of
            self._wrong(path, answer)
        return answer.status == 303

    def _csrf(self, token: str) -> str:
        return hmac.new(self.secret, b"csrf:" + token.encode(), hashlib.sha256).hexdigest()

    def _unanswered(self, what: str, lost: Unanswered) -> None:
        self.ledger.counts["unanswered"] += 1
        if len(self.ledger.errors) < 50:
            self.ledger.errors.append(f"no answer {what}: {lost}")

    def _wrong(self, what: str, answer: Answer) -> None:
        self.ledger.counts["server_errors" if answer.status >= 500 else "errors"] += 1
        if len(self.ledger.errors) < 50:
            self.ledger.errors.append(f"{answer.status} {what}: {answer.text[:160]}")
