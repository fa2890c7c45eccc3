#!/usr/bin/python3
"""A face that was taken over: what the certificate of `web` gets at every door of real processes, alone
and with the access token of a customer who is there, of one who is not, and with forged ones.

What it must not: read anybody's record, top up, revoke, change or resume for anybody without his token,
or with another's; replay a journal, fetch a table, hear a publication. What it must: pass notices on and
act for the customer whose token it shows. The control is that very customer. The seed draws the accounts.
"""
import json
import os
import random
import signal
import subprocess
import time
import uuid

from attack_rig import (PROCESSES, Fleet, Found, attack_step, demand, in_trials, preloaded, run,
                        wait_until, wire)
from access_token import base64url, sign
from examples import Differs
from kopeck_client import Door, Unanswered

DEFAULTS = {"uid": bytes(16), "text": "", "secret": "", "bytes": b"", "flag": False, "hash": wire.ZERO_HASH}
ISSUER = "https://platform.example"
COUNTERS = ("refused_without_token", "refused_with_anothers", "forged_tokens_refused",
            "taken_from_the_customer", "doors_shut", "anothers_commands_refused", "plants_found")


def claims_of(account, **changed):
    now = int(time.time())
    return {"iss": ISSUER, "aud": "kopeck", "sub": str(uuid.UUID(bytes=account)), "iat": now,
            "exp": now + 600, "auth_time": now - 60, "jti": str(uuid.uuid4()),
            "scope": "read pay", **changed}


class Face:
    """The certificate of `web` at a door, which is payment's command door unless another is named."""

    def __init__(self, fleet, process="payment", door="command"):
        self.fleet, self.process, self.name = fleet, process, door
        self.door = Door(fleet.context, fleet.endpoints[process, door], fleet.keys("web"),
                         fleet.server(process))
        self.key = fleet.directory / "keys/customers.key"
        self.number = 0

    def token(self, account, key=None, **changed):
        return sign(key or self.key, claims_of(account, **changed))

    def ask(self, name, token=None, **fields):
        """The failure's number, 0 for a good answer."""
        return wire.answer_split(self.answer(name, token, **fields))[1]

    def answer(self, name, token=None, command_id=None, **fields):
        self.number += 1
        message = wire.REQUESTS[name]
        values = {field.name: fields.get(field.name, DEFAULTS.get(field.type, 0))
                  for field in message.fields}
        identity = (command_id or wire.uuid7()) if message.kind == "COMMAND" else None
        frame = wire.request_write(name, self.number, values, identity, token)
        try:
            return self.door.exchange(frame, self.number, time.monotonic() + 30)
        except Unanswered as error:
            raise Unanswered(f"{self.process}.{self.name}: {name}: {error}\n"
                             f"{self.fleet.counters(self.process)}\n"
                             f"{self.fleet.log(self.process)[-4000:]}") from error


def wishes(account):
    """What a face may want of an account, as (request, fields)."""
    return [("topup", {"account": account, "amount_rub": 500}),
            ("mandate.revoke", {"account": account, "why": 1}),
            ("mandate.change", {"account": account, "count_max": 1, "sum_max": 100_00}),
            ("mandate", {"account": account})]


def expect_nothing_without_token(face, victim, figures):
    for name, fields in wishes(victim):
        fail = face.ask(name, **fields)
        demand(fail == wire.FAIL["DENIED"], f"{name} without a token: answered {fail}")
        figures["refused_without_token"] += 1
    for name in ("post", "totals", "status"):
        if name != "status":
            fail = face.ask(name, account=victim, debit=victim, credit=victim, kind=4)
            demand(fail == wire.FAIL["DENIED"], f"{name}: answered {fail}")
            figures["refused_without_token"] += 1


def expect_nothing_with_anothers(face, attacker, victim, figures):
    token = face.token(attacker)
    for name, fields in wishes(victim):
        fail = face.ask(name, token, **fields)
        demand(fail == wire.FAIL["UNKNOWN_ACCOUNT"], f"{name} with another's token: {fail}")
        figures["refused_with_anothers"] += 1


def expect_forged_refused(face, fleet, victim, figures):
    stranger = fleet.root / "stranger.key"
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out",
                    stranger], check=True)
    now = int(time.time())
    good = face.token(victim)
    head, body, signature = good.split(".")
    other = base64url(json.dumps(claims_of(victim, scope="read pay")).encode()).decode()
    forged = [face.token(victim, key=stranger), face.token(victim, aud="other"),
              face.token(victim, iss="https://other.example"),
              face.token(victim, iat=now - 1000, exp=now - 100),
              face.token(victim, exp=now + 5000), face.token(victim, iat=now + 500, exp=now + 900),
              face.token(victim, scope="read"), ".".join((head, other, signature)),
              ".".join((base64url(b'{"alg":"none"}').decode(), body, "")), good[:-4], "x"]
    for number, token in enumerate(forged):
        fail = face.ask("topup", token, account=victim, amount_rub=500)
        demand(fail == wire.FAIL["DENIED"], f"forged token {number}: answered {fail}")
        figures["forged_tokens_refused"] += 1


def expect_service_for_the_customer(face, customer, figures):
    token = face.token(customer)
    fail = face.ask("topup", token, account=customer, amount_rub=500)
    demand(fail == 0, f"the customer himself: answered {fail}")
    fail = face.ask("mandate", face.token(customer, scope="read"), account=customer)
    demand(fail == wire.FAIL["MISSING"], f"his mandate, which he has not: answered {fail}")
    fail = face.ask("status")
    demand(fail == 0, f"status: answered {fail}")
    figures["taken_from_the_customer"] += 3


def is_another(fleet, pid):
    try:
        return fleet.pid("payment") != pid
    except Differs:
        return False  # none runs


def expect_the_same_after_a_death(face, fleet, customer, attacker, figures):
    """A command is itself whatever token it comes with: resent after payment was killed, by the customer who
    has signed in anew, it is answered as the first time; by anybody else it is nobody's."""
    command = wire.uuid7()
    wish = {"account": customer, "amount_rub": 300, "command_id": command}
    first = wire.answer_read("topup", face.answer("topup", face.token(customer), **wish)).fields
    before = fleet.pid("payment")
    os.kill(before, signal.SIGKILL)
    wait_until("payment is started again", lambda: is_another(fleet, before), 30)
    again = wire.answer_read("topup", face.answer("topup", face.token(customer), **wish)).fields
    demand(again == first, f"the same command, resent under a new token: {again}, not {first}")
    for account, token, fail in ((customer, face.token(attacker), "UNKNOWN_ACCOUNT"),
                                 (customer, None, "DENIED"),
                                 (attacker, face.token(attacker), "CONFLICT")):
        got = wire.answer_split(face.answer("topup", token, **{**wish, "account": account}))[1]
        demand(got == wire.FAIL[fail], f"another's command, resent: answered {got}, not {fail}")
        figures["anothers_commands_refused"] += 1


def may_come_in(process, door):
    """A face asks every process; the past only where a customer's page opens it."""
    return door == "command" or (door == "replay" and process in ("ledger", "autopay", "metering"))


def expect_shut_doors(fleet, figures):
    for process in PROCESSES:
        for door in ("publish", "feed", "replay"):
            if (process, door) not in fleet.endpoints or may_come_in(process, door):
                continue
            stranger = Door(fleet.context, fleet.endpoints[process, door], fleet.keys("web"),
                            fleet.server(process))
            frame = stranger.frame("status")
            stranger.socket.send(frame, flags=1) if stranger.socket.poll(300, 2) else None
            demand(not stranger.socket.poll(300), f"web came in at {process}.{door}")
            stranger.close()
            figures["doors_shut"] += 1


def expect_nothing_at_the_other_doors(fleet, attacker, victim, figures):
    """What the page asks for its reader it gets for him alone; whole journals and tables for nobody."""
    reads = {("ledger", "command"): ["balance"], ("autopay", "command"): ["autopay", "autopay.resume"],
             ("metering", "command"): ["meters"], ("ledger", "replay"): ["statement", "as_of", "as_of_many"]}
    forbidden = {"command": ["table", "clock"], "replay": ["replay", "event", "events"]}
    for process in PROCESSES:
        for door in ("command", "replay"):
            if not may_come_in(process, door):
                continue
            face = Face(fleet, process, door)
            for name in reads.get((process, door), []):
                for token, fail in ((None, "DENIED"), (face.token(attacker), "UNKNOWN_ACCOUNT")):
                    got = face.ask(name, token, account=victim, why=1, head=1, limit=1)
                    demand(got == wire.FAIL[fail], f"{process}.{door}: {name}: answered {got}, not {fail}")
                    figures["refused_without_token" if token is None else "refused_with_anothers"] += 1
            for name in forbidden[door]:
                got = face.ask(name, **{"from": 1, "sequence": 1, "sequences": b"\x91\x01"})
                demand(got == wire.FAIL["DENIED"], f"{process}.{door}: {name}: answered {got}")
                figures["refused_without_token"] += 1
            face.door.close()


def attack_fleet(options, figures, plant=None):
    draw = random.Random(f"{options.seed} {plant}")
    attacker, victim = draw.randbytes(16), draw.randbytes(16)
    with Fleet(options.bin, environment=preloaded(options, plant)) as fleet:
        face = Face(fleet)
        attack_step("without a token")
        expect_nothing_without_token(face, victim, figures)
        expect_nothing_with_anothers(face, attacker, victim, figures)
        before = fleet.heads()["payment"]
        expect_forged_refused(face, fleet, victim, figures)
        demand(fleet.heads()["payment"] == before, "payment's journal moved by a forged token")
        attack_step("the customer himself")
        expect_service_for_the_customer(face, attacker, figures)
        expect_shut_doors(fleet, figures)
        expect_nothing_at_the_other_doors(fleet, attacker, victim, figures)
        attack_step("a death in between")
        expect_the_same_after_a_death(face, fleet, victim, attacker, figures)
        face.door.close()


def attack(options, figures):
    figures.update(dict.fromkeys(COUNTERS, 0))
    attack_fleet(options, figures)
    try:  # the control: processes that take every signature for the right one must be found
        attack_fleet(options, dict(figures), "token")
    except Found as found:
        demand("forged token" in str(found), f"the planted fault was found by something else: {found}")
        figures["plants_found"] += 1
    demand(figures["plants_found"] == 1, "the planted fault `token` was not found")


if __name__ == "__main__":
    run("attack_web", __doc__, in_trials(attack), 1)
