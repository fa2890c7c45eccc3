#!/usr/bin/python3
"""The history checker believes an honest history and catches every planted lie.

A small platform's life is made up: its journals, Robokassa's record and what its clients saw agree.
Then one thing at a time is falsified, in what clients were told or in what is stored, and the
checker must name that violation.

usage: history_selftest.py [--help]
"""
import copy
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import kit  # noqa: F401  first: it finds tests/python
import evidence as evidence_
import history
from checker import Checker
from evidence import STREAMS, Evidence
from folds import MINUTE_US, Found, Tree

import kopeck_wire as wire
from kopeck_audit import CARRY_UNITS, Books, carried, leaf_hash, system_uid

BEGIN_US = 1_767_225_600_000_000
ANN, BOB = (bytes([n]) * 16 for n in (0xA1, 0xB2))
MANDATE, RESOURCE, REPLICA = (bytes([n]) * 16 for n in (0xC3, 0xD4, 0xE5))
CLEARING, REVENUE, PROMO = (system_uid(n) for n in (2, 1, 5))
PRICE, MINUTE = 43_200_000, BEGIN_US // MINUTE_US
PARENT, CHILD, UNPAID = 1_000_000_001, 1_000_000_002, 1_000_000_003


class World:
    """Journals that are written event by event, and what clients saw of them."""

    def __init__(self):
        self.journals = {name: [] for name in STREAMS}
        self.operations, self.captures, self.now = [], [], 0
        self.accounts, self.chains, self.balances = {}, {}, {}

    def add(self, name, kind, cause=(0, 0), /, **fields):
        """The new event's sequence."""
        at = BEGIN_US + sum(map(len, self.journals.values()))
        raw = wire.event_write(kind, at, fields, cause)
        self.journals[name].append(wire.event_read(raw))
        return len(self.journals[name])

    def post(self, account, debit, credit, amount, kind, cause):
        if account not in self.accounts:
            self.accounts[account] = 64 + len(self.accounts)
            self.chains[account], self.balances[account] = [], [0, 0]
            self.add("ledger", "account.opened", cause, account=account,
                     number=self.accounts[account])
        chain, balance = self.chains[account], self.balances[account]
        balance[kind == 5] += amount if credit == account else -amount
        sequence = len(self.journals["ledger"]) + 1
        number = {uid: n for n, uid in enumerate(map(system_uid, range(64)))} | self.accounts
        fields = {"account": account, "debit": number[debit], "credit": number[credit],
                  "amount": amount, "kind": kind, "cash": balance[0], "bonus": balance[1],
                  "ordinal": len(chain) + 1, "previous": chain[-1].sequence if chain else 0,
                  "skip": Books.skip(chain, len(chain) + 1)}
        self.add("ledger", "posted", cause, **fields)
        chain.append(Found(sequence, None))
        return sequence

    def saw(self, client, what, outcome, asked, got):
        self.now += 10
        plain = json.loads(json.dumps([asked, got], default=bytes.hex))
        self.operations.append(history.Operation(len(self.operations) + 1, client, what, self.now,
                                                 self.now + 5, outcome, *plain))

    def command(self, name, stream, outcome, command_id, fields, got=()):
        content = wire.command_content(wire.request_write(name, 1, fields, command_id))
        self.saw("client", "command", outcome, {
            "stream": stream, "name": name, "id": command_id, "content": content,
            "fields": fields}, dict(got))

    def cause(self, name, command_id, fields):
        return command_id, wire.command_content(wire.request_write(name, 1, fields, command_id))

    def read(self, name, stream, outcome="ok", account=None, **got):
        self.saw("reader", "read", outcome, {
            "stream": stream, "name": name, "fields": {"account": account} if account else {}}, got)

    def digest(self, name, count):
        digest = history.CHAIN_BEGINS
        for event in self.journals[name][:count]:
            digest = history.chain(digest, leaf_hash(event.raw))
        return digest


def ids(count):
    return [wire.uuid7(BEGIN_US // 1000 + n) for n in range(count)]


def honest():
    """A top-up that consents, usage that empties it, an autopay payment, and what they all saw."""
    w = World()
    topup_id, post_id, refused_id, lost_id, revoke_id, unpaid_id = ids(6)

    asked = {"account": ANN, "amount_rub": 200, "count_max": 1, "sum_max": 0}
    w.add("payment", "payment.created", w.cause("topup", topup_id, asked), invoice=PARENT,
          account=ANN, kind=1, amount=20_000, mandate=MANDATE, count_max=1, sum_max=20_000)
    w.command("topup", 3, "ok", topup_id, asked, {"sequence": 1, "invoice": PARENT, "link": ""})
    w.captures.append({"invoice": PARENT, "parent": 0, "amount_kopecks": 20_000, "captured_us": 1})
    credit = w.add("payment", "payment.succeeded", invoice=PARENT, account=ANN, amount=20_000,
                   kind=1, evidence=1)
    w.add("payment", "mandate.consented", mandate=MANDATE, account=ANN, parent=PARENT,
          amount=20_000, count_max=1, sum_max=20_000, credit=credit)
    first = w.post(ANN, CLEARING, ANN, 20_000, 2, (3, credit))
    w.add("autopay", "autopay.mandate_noted", (3, 3), account=ANN, mandate=MANDATE, amount=20_000,
          count_max=1, sum_max=20_000, state=1, credit=credit)

    w.add("metering", "meter.opened", meter=1, account=ANN, resource=RESOURCE, kind=1)
    w.add("metering", "replica.opened", replica=1, meter=1, id=REPLICA)
    minutes = 11
    mask = bytes([1 | 1 << 3 | 1 << 4 | 2 << 5, 1]) + varint(MINUTE // 60 * 2) + bytes([0, minutes])
    w.add("metering", "usage.accepted", count=1, masks=mask)
    amount, remainder = carried(PRICE, minutes)
    line = w.add("metering", "usage.charged", account=ANN, resource=RESOURCE, meter=1, kind=1,
                 version=1, hour=MINUTE // 60 * 60 * MINUTE_US, minutes=minutes, price=PRICE,
                 amount=amount, remainder=remainder, reason=2)
    w.add("metering", "meter.closed", meter=1, account=ANN, moved=remainder, amount=0,
          remainder=remainder % CARRY_UNITS)
    resource, replica = RESOURCE.hex(), REPLICA.hex()
    w.saw("platform", "push", "ok", {
        "stream": 1, "producer": 300, "epoch": 1, "first": 1,
        "items": [["tick", resource, replica, MINUTE + n] for n in range(minutes)]
        + [["tick", resource, replica, MINUTE], ["resource.deleted", resource]]},
        {"sequence": 5, "acknowledged": minutes + 2, "results": bytes(minutes + 2)})
    charged = w.post(ANN, ANN, REVENUE, amount, 1, (1, line))

    request = w.add("autopay", "autopay.payment_requested", account=ANN, mandate=MANDATE,
                    amount=20_000, month=24312, balance=20_000 - amount, balance_sequence=charged,
                    count_max=1, sum_max=20_000)
    w.read("autopay", 4, account=ANN, sequence=2, decision=request, balance=20_000 - amount,
           balance_sequence=charged)
    w.add("payment", "payment.created", (4, request), invoice=CHILD, account=ANN, kind=2,
          amount=20_000, request=request, parent=PARENT, mandate=MANDATE)
    w.add("payment", "payment.sent", (4, request), invoice=CHILD, attempt=1)
    w.captures.append({"invoice": CHILD, "parent": PARENT, "amount_kopecks": 20_000,
                       "captured_us": 2})
    w.read("mandate", 3, account=ANN, sequence=5, mandate=MANDATE, state=1, count_max=1,
           sum_max=20_000)
    credit = w.add("payment", "payment.succeeded", invoice=CHILD, account=ANN, amount=20_000,
                   kind=2, request=request, evidence=1)
    w.add("autopay", "autopay.settled", (3, credit), account=ANN, request=request, outcome=1,
          amount=20_000, month=24312, credit=credit)
    paid = w.post(ANN, CLEARING, ANN, 20_000, 3, (3, credit))
    revoked = w.add("payment", "mandate.revoked", w.cause("mandate.revoke", revoke_id, {
        "account": ANN, "why": 1}), mandate=MANDATE, account=ANN, why=1)
    w.command("mandate.revoke", 3, "ok", revoke_id, {"account": ANN, "why": 1},
              {"sequence": revoked, "mandate": MANDATE})

    asked = {"debit": PROMO, "credit": BOB, "amount": 500, "kind": 5}
    w.read("balance", 2, "fail", account=BOB, sequence=paid, failure="FAIL_UNKNOWN_ACCOUNT")
    bonus = w.post(BOB, PROMO, BOB, 500, 5, w.cause("post", post_id, asked))
    w.command("post", 2, "ok", post_id, asked, {"sequence": bonus, "of": bonus})
    w.command("post", 2, "fail", refused_id, asked | {"amount": 0}, {"failure": "FAIL_INVALID"})
    w.command("post", 2, "unknown", lost_id, asked | {"amount": 7})
    w.command("topup", 3, "unknown", unpaid_id, {"account": BOB, "amount_rub": 150})

    items = [[PROMO.hex(), BOB.hex(), amount, 5] for amount in (1, 2)]
    for sequence in (1, 2):
        last = w.post(BOB, PROMO, BOB, sequence, 5, (301, sequence))
    w.saw("bulk", "push", "ok", {"stream": 2, "producer": 301, "epoch": 1, "first": 1,
                                 "items": items + [[PROMO.hex(), BOB.hex(), 0, 5]]},
          {"sequence": last, "acknowledged": 3, "results": bytes([0, 0, 1])})
    w.read("balance", 2, account=BOB, sequence=last, cash=0, bonus=503, head=last, postings=3,
           credit=0)
    w.read("balance", 2, account=ANN, sequence=last, cash=40_000 - amount, bonus=0, head=paid,
           postings=3, credit=credit)
    systems = {1: amount, 2: -40_000, 5: -503}
    w.saw("reader", "read", "ok", {"stream": 2, "name": "as_of", "fields": {
        "account": ANN, "head": paid, "sequence": charged}},
        {"sequence": last, "of": charged, "cash": 20_000 - amount, "bonus": 0})
    rows = b"".join(wire.pack([at, w.journals["ledger"][at - 1].raw]) for at in (paid, charged))
    w.saw("reader", "read", "ok", {"stream": 2, "name": "statement", "fields": {
        "account": ANN, "head": paid, "limit": 2}},
        {"sequence": last, "next": first, "count": 2, "rows": rows})
    w.read("totals", 2, sequence=last, accounts=2, customers=40_000 - amount + 503, sum=0,
           systems=wire.pack([[number, balance] for number, balance in systems.items()]))
    root = Tree(w.journals["ledger"]).root(last)
    w.read("status", 2, sequence=last, last=last, root=root, term=1)
    w.saw("follower", "follow", "ok", {"stream": 2},
          {"sequence": first, "digest": w.digest("ledger", first)})
    return w


def varint(value):
    octets = []
    while value >= 0x80:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*octets, value])


# --- lies: each falsifies one thing in a world that is its own -----------------------------------

def of(w, what, name=None, nth=0):
    """The place of an operation."""
    found = [at for at, op in enumerate(w.operations)
             if op.what == what and name in (None, op.asked.get("name"))]
    return found[nth]


def told(w, at, **got):
    w.operations[at] = w.operations[at]._replace(got=w.operations[at].got | got)


def stored(w, name, kind, nth=0, /, **fields):
    """Rewrites the nth event of that type."""
    at = [at for at, event in enumerate(w.journals[name]) if event.type == kind][nth]
    event = w.journals[name][at]
    cause = fields.pop("cause", event.cause)
    raw = wire.event_write(kind, event.time, event.fields | fields, cause)
    w.journals[name][at] = wire.event_read(raw)


def forgotten(w, name, kind, nth=0):
    at = [at for at, event in enumerate(w.journals[name]) if event.type == kind][nth]
    stored_as_nothing = wire.event_write("node.clock_confirmed", w.journals[name][at].time, {})
    w.journals[name][at] = wire.event_read(stored_as_nothing)


def cut(w, name, count):
    del w.journals[name][-count:]


def again(w, name, kind, nth=0):
    found = [event for event in w.journals[name] if event.type == kind][nth]
    w.journals[name].append(found._replace(time=w.journals[name][-1].time))


def lowered(w):
    """The limit was lowered to what is paid already while the request was under way: `created`
    moves into the place of `sent`, behind the change. Autopay goes on by the limit that it noted."""
    events = w.journals["payment"]
    at = [at for at, event in enumerate(events) if event.type == "payment.created"][1]
    created = events[at]
    changed = {"mandate": MANDATE, "account": ANN, "count_max": 0, "sum_max": 0}
    events[at] = wire.event_read(wire.event_write("mandate.changed", created.time, changed))
    events[at + 1] = wire.event_read(wire.event_write(created.type, created.time, created.fields,
                                                      created.cause))


def outcome(w, at, phase):
    w.operations[at] = w.operations[at]._replace(outcome=phase)


def earlier(w, at, before):
    """What was known before, is asked for after."""
    w.operations.append(w.operations[at]._replace(begin=w.now + 100, end=w.now + 110,
                                                  got=w.operations[at].got | before))


def posted_again(w, cause, amount):
    w.post(BOB, PROMO, BOB, amount, 5, cause)


def refund(w, asked=500, postings=1):
    """5 rubles of the first top-up go back."""
    terms = {"refund": UNPAID + 1, "invoice": PARENT, "account": ANN, "amount": 500}
    w.add("payment", "refund.requested", **terms | {"amount": asked}, credit=2, partial=True, why=0)
    done = w.add("payment", "refund.done", **terms, evidence=4)
    for _ in range(postings):
        w.post(ANN, ANN, CLEARING, 500, 6, (3, done))


def command_cause(w, name):
    asked = w.operations[of(w, "command", name)].asked
    return bytes.fromhex(asked["id"]), bytes.fromhex(asked["content"])


LIES = {
    "an acknowledged posting is lost with the journal's end": (
        "LOST", lambda w: cut(w, "ledger", 3)),
    "an acknowledged posting is another event now": (
        "LOST", lambda w: forgotten(w, "ledger", "posted", 3)),
    "an acknowledged top-up is gone": (
        "LOST", lambda w: forgotten(w, "payment", "payment.created")),
    "a top-up has another number than told": (
        "LOST", lambda w: told(w, of(w, "command", "topup"), invoice=PARENT + 7)),
    "a posting has another sequence than told": (
        "LOST", lambda w: told(w, of(w, "command", "post"), of=4)),
    "a revocation was acknowledged before it was stored": (
        "LOST", lambda w: forgotten(w, "payment", "mandate.revoked")),
    "an acknowledged item of bulk is gone": ("LOST", lambda w: forgotten(w, "ledger", "posted", 4)),
    "an acknowledged minute is gone": (
        "LOST", lambda w: stored(w, "metering", "replica.opened", id=BOB)),
    "a command is done twice": (
        "TWICE", lambda w: posted_again(w, command_cause(w, "post"), 500)),
    "an item of bulk is posted twice": ("TWICE", lambda w: posted_again(w, (301, 1), 1)),
    "a refused command is done": (
        "REFUSED", lambda w: outcome(w, of(w, "command", "post"), "fail")),
    "a refused item is posted": ("REFUSED", lambda w: posted_again(w, (301, 3), 5)),
    "a command goes to another account": (
        "OTHER", lambda w: w.operations[of(w, "command", "post")].asked["fields"].update(
            credit=ANN.hex())),
    "a posting that nobody asked for": (
        "INVENTED", lambda w: posted_again(w, (ids(9)[8], bytes(16)), 5)),
    "an item that nobody pushed": ("INVENTED", lambda w: posted_again(w, (301, 4), 5)),
    "a minute that nobody reported": (
        "INVENTED", lambda w: w.operations[of(w, "push")].asked["items"].__setitem__(
            5, ["resource.created", RESOURCE.hex()])),
    "a producer's items in another order": (
        "ORDER", lambda w: (stored(w, "ledger", "posted", 4, cause=(301, 2)),
                            stored(w, "ledger", "posted", 5, cause=(301, 1)))),
    "time runs backwards": ("ORDER", lambda w: w.journals["autopay"].reverse()),
    "a balance that never was": (
        "READ", lambda w: told(w, of(w, "read", "balance", 1), bonus=502)),
    "a balance before its posting": (
        "READ", lambda w: told(w, of(w, "read", "balance", 2), cash=20_000, postings=2)),
    "no account, where there is one": (
        "READ", lambda w: told(w, of(w, "read", "balance"), sequence=99)),
    "a mandate with other terms": (
        "READ", lambda w: told(w, of(w, "read", "mandate"), count_max=2)),
    "a mandate that is revoked is live": (
        "READ", lambda w: told(w, of(w, "read", "mandate"), sequence=9)),
    "autopay saw a balance that never was": (
        "READ", lambda w: told(w, of(w, "read", "autopay"), balance=1)),
    "autopay hides its decision": ("READ", lambda w: told(w, of(w, "read", "autopay"), decision=0)),
    "a balance of the past that never was": (
        "READ", lambda w: told(w, of(w, "read", "as_of"), bonus=1)),
    "a balance of another moment of the past": (
        "READ", lambda w: w.operations[of(w, "read", "as_of")].asked["fields"].update(sequence=2)),
    "a statement leaves a posting out": (
        "READ", lambda w: told(w, of(w, "read", "statement"), count=1,
                               rows=wire.pack([5, w.journals["ledger"][4].raw]).hex())),
    "a statement with another posting": (
        "READ", lambda w: stored(w, "ledger", "posted", 1, reference=BOB)),
    "totals that do not add up": ("SUM", lambda w: told(w, of(w, "read", "totals"), customers=1)),
    "totals of another sequence": (
        "READ", lambda w: told(w, of(w, "read", "totals"), sequence=4)),
    "an old balance after a newer one was known": (
        "OLD", lambda w: earlier(w, of(w, "read", "balance"), {})),
    "a root over what was not stored": (
        "REWRITTEN", lambda w: told(w, of(w, "read", "status"), root="00" * 32)),
    "history rewritten under a follower": (
        "FOLLOWED", lambda w: told(w, of(w, "follow"), digest="00" * 32)),
    "a balance after a posting is wrong": (
        "BOOKS", lambda w: stored(w, "ledger", "posted", 1, cash=1)),
    "money from nothing in the books": (
        "BOOKS", lambda w: stored(w, "ledger", "posted", 1, amount=1)),
    "a line's remainder is dropped": (
        "METERS", lambda w: stored(w, "metering", "usage.charged", remainder=1)),
    "minutes are billed that nobody ran": (
        "USAGE", lambda w: (stored(w, "metering", "usage.charged", minutes=12))),
    "two invoices for one decision": (
        "CHARGED_TWICE", lambda w: again(w, "payment", "payment.created", 1)),
    "one invoice captured twice": ("CHARGED_TWICE", lambda w: w.captures.append(w.captures[1])),
    "a charge that nobody decided": (
        "UNDECIDED", lambda w: forgotten(w, "autopay", "autopay.payment_requested")),
    "a charge before `sent` was committed": (
        "UNDECIDED", lambda w: forgotten(w, "payment", "payment.sent")),
    "a charge of another amount": (
        "UNDECIDED",
        lambda w: w.captures.__setitem__(1, w.captures[1] | {"amount_kopecks": 20_001})),
    "a charge without an invoice": (
        "UNDECIDED", lambda w: w.captures.append(w.captures[0] | {"invoice": UNPAID})),
    "a payment sent after the revocation": (
        "REVOKED", lambda w: again(w, "payment", "payment.sent")),
    "one payment more than allowed": (
        "LIMIT", lambda w: stored(w, "autopay", "autopay.mandate_noted", count_max=0)),
    "a larger sum than allowed": (
        "LIMIT", lambda w: stored(w, "payment", "mandate.consented", sum_max=19_999)),
    "a charge above a limit that was lowered before it, whatever autopay noted": (
        "LIMIT", lambda w: lowered(w)),
    "a limit that autopay did not hear of": (
        "LIMIT", lambda w: stored(w, "autopay", "autopay.mandate_noted", count_max=2)),
    "a decision without a mandate": (
        "LIMIT", lambda w: stored(w, "autopay", "autopay.mandate_noted", state=2)),
    "a success that Robokassa knows nothing of": ("MONEY", lambda w: w.captures.pop()),
    "money that came and was never noticed": (
        "MONEY", lambda w: forgotten(w, "payment", "payment.succeeded", 1)),
    "money that came and was never credited": (
        "LOST", lambda w: forgotten(w, "ledger", "posted", 2)),
    "money credited twice": (
        "TWICE", lambda w: w.post(ANN, CLEARING, ANN, 20_000, 3, (3, 6))),
    "money credited to somebody else": (
        "OTHER", lambda w: stored(w, "payment", "payment.succeeded", 1, account=BOB)),
    "a refund that leaves twice": ("TWICE", lambda w: refund(w, postings=2)),
    "a refund that is done again": ("TWICE", lambda w: (refund(w), refund(w))),
    "a refund of another sum than was asked for": ("INVENTED", lambda w: refund(w, asked=499)),
    "a refund that left and was never posted": ("LOST", lambda w: refund(w, postings=0)),
    "a line posted twice": ("TWICE", lambda w: w.post(ANN, ANN, REVENUE, 11_000, 1, (1, 4))),
    "a line that was never posted": ("LOST", lambda w: forgotten(w, "ledger", "posted", 1)),
}


def check(world, settled=True):
    evidence = Evidence(copy.copy(world.journals), world.captures)
    return Checker(world.operations, evidence, settled).check()


def check_program(world):
    """Through files and the command line: what it says at its end, and how it ends."""
    program = Path(__file__).with_name("check_history.py")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        evidence_.save(Evidence(world.journals, world.captures), directory)
        record = history.Recorder(directory / "history")
        for op in world.operations:
            record.clock = lambda at=op.begin: at
            handle = record.begin(op.client, op.what, **op.asked)
            record.clock = lambda at=op.end: at
            record.end(handle, op.outcome, **op.got)
        record.close()
        with open(directory / "history", "a") as file:
            file.write('{"op": 99, "what"')  # the writer was killed here
        done = subprocess.run([sys.executable, program, "--history", directory / "history",
                               "--saved", directory, "--settled", "--json"],
                              capture_output=True, text=True)
        return done.returncode, json.loads(done.stdout.splitlines()[-1])


def main():
    if sys.argv[1:] == ["--help"]:
        print(__doc__)
        return 0
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 64
    wrong = [f"the honest history: {kind}: {text}" for kind, text in check(honest())]
    world = honest()
    refund(world)
    wrong += [f"an honest refund: {kind}: {text}" for kind, text in check(world)]
    for name, (kind, lie) in LIES.items():
        world = honest()
        lie(world)
        found = {kind for kind, _ in check(world)}
        if kind not in found:
            wrong.append(f"{name}: {kind} expected, found {sorted(found) or 'nothing'}")
    status, line = check_program(honest())
    if (status, line["violations"]) != (0, 0):
        wrong.append(f"the program on the honest history: {status}, {line}")
    world = honest()
    world.captures.pop()
    status, line = check_program(world)
    if status != 1 or not line["violations"]:
        wrong.append(f"the program on a lie: {status}, {line}")
    for text in wrong:
        print(text)
    print(f"{len(LIES)} lies, {len(wrong)} of them or of the honest histories were judged wrongly")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
