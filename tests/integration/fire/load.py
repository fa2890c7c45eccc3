"""A platform, customers, an operator, bulk postings, readers and followers, all at once, from a
seed: what the processes are under while they are killed and cut off. Every operation goes into a
history.
"""
import random
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import kit  # noqa: F401  first: it finds tests/python
import zmq

import history
import kopeck_wire as wire
from evidence import STREAMS, door_open, places_read
from kopeck_audit import leaf_hash, system_uid
from kopeck_client import (Feed, Follower, Unanswered, certificate_read)

MINUTE_US = 60_000_000
REVENUE, PROMO, SUSPENSE = system_uid(1), system_uid(5), system_uid(6)
BONUS, CORRECTION = 5, 8
PLATFORM, BULK = 150, 250
TARIFF, PRICE = "fire", 4000 * 720 * 60 + 12_345  # over 40 rubles a minute
THRESHOLD_KOPECKS = 10_000
HTTP_S = 5
COMMAND_S, READ_S, SETTLE_S = 6.0, 3.0, 30.0
STUCK_S = 6.0
PAST, OF_THE_PAST = "replay", ("as_of", "statement")
HURRIED, HURRY_S, REPEATED = 0.1, 0.1, 0.15
SECOND_US = 1_000_000


class Client:
    """One thread's doors, asked on the record. `directory` is a fleet's."""

    def __init__(self, load, name, role):
        self.load, self.name, self.role, self.doors = load, name, role, {}
        self.random = random.Random(f"{load.seed} {name}")

    def door(self, process, name):
        key = process, PAST if name in OF_THE_PAST else "command"
        if key not in self.doors:
            self.doors[key] = door_open(self.load.context, self.load.directory, *key, self.role)
        return self.doors[key]

    def close(self):
        for door in self.doors.values():
            door.close()

    def _ask(self, handle, process, name, command_id, deadline_s, fields):
        """The answer's fields, None if there is none to go by."""
        record = self.load.record
        try:
            answer = self.door(process, name).ask(name, command_id, deadline_s, **fields)
        except Unanswered:
            record.end(handle, "unknown")
            return None
        except wire.Failure as failure:
            # A failure that may pass says nothing of an earlier sending of the same command.
            may_pass = wire.FAILURES.get(failure.number, ("", False))[1]
            phase = "unknown" if may_pass and command_id else "fail"
            told = {"sequence": failure.sequence} if failure.sequence else {}
            record.end(handle, phase, failure=failure.name, **told)
            return None
        got = dict(answer.fields)
        if name in ("post", "as_of"):  # the sequence of a posting, not of the answer
            got["of"] = got.pop("sequence")
        record.end(handle, "ok", **({"sequence": answer.sequence} | got))
        return answer.fields

    def command(self, process, name, deadline_s=0.0, **fields):
        """Some clients do not wait long, and some ask again under the same id, with or without an
        answer to the first asking."""
        hurried = not deadline_s and self.random.random() < HURRIED
        again = not deadline_s and self.random.random() < REPEATED
        command_id = wire.uuid7()
        answer = self._command(process, name, command_id, fields,
                               deadline_s or (HURRY_S if hurried else COMMAND_S))
        return self._command(process, name, command_id, fields, COMMAND_S) if again else answer

    def _command(self, process, name, command_id, fields, deadline_s):
        content = wire.command_content(wire.request_write(name, 1, fields, command_id))
        handle = self.load.record.begin(self.name, "command", stream=STREAMS[process], name=name,
                                        id=command_id, content=content, fields=fields)
        return self._ask(handle, process, name, command_id, deadline_s, fields)

    def read(self, process, name, deadline_s=READ_S, **fields):
        handle = self.load.record.begin(self.name, "read", stream=STREAMS[process], name=name,
                                        fields=fields)
        return self._ask(handle, process, name, None, deadline_s, fields)


class Load:
    """Runs until `stop`; `calm` lets customers pay no more and the rest come to an end."""

    CUSTOMERS, ACCOUNTS = 6, 4

    def __init__(self, directory, history_path, seed, pace_s=0.02):
        self.directory, self.seed, self.pace_s = Path(directory), seed, pace_s
        self.record = history.Recorder(history_path)
        self.context = zmq.Context()
        self.stopping, self.threads, self.errors = threading.Event(), [], []
        self.random = random.Random(f"{seed} accounts")
        self.accounts = [[self._uid(self.random) for _ in range(self.ACCOUNTS)]
                         for _ in range(self.CUSTOMERS)]
        self.payments = 0

    @staticmethod
    def _uid(rng):
        return rng.randbytes(16)

    def any_account(self, rng):
        return rng.choice(rng.choice(self.accounts))

    # --- before and after ---

    def prepare(self):
        """A tariff that is dear enough, and an autopay that does not wait."""
        client = Client(self, "prepare", "operator")
        now = time.time_ns() // 1000
        self.effective = (now // MINUTE_US + 1) * MINUTE_US
        done = [
            client.command("metering", "tariff.define", SETTLE_S, code=TARIFF, title="Fire",
                           price=PRICE, effective=self.effective),
            client.command("autopay", "autopay.policy", SETTLE_S, threshold=THRESHOLD_KOPECKS,
                           interval_us=SECOND_US, backoff_first_us=SECOND_US,
                           backoff_second_us=2 * SECOND_US, declines_max=5, attempts_max=100,
                           pacing_us=0, crowd=1000)]
        client.close()
        if None in done:
            raise RuntimeError("the processes do not take the policies of the run")

    def start(self):
        parts = [(f"payer-{n}", "operator", self._customer, n) for n in range(self.CUSTOMERS)]
        parts += [("operator", "operator", self._operator, None),
                  ("reader-1", "service", self._reader, None),
                  ("reader-2", "auditor", self._reader, None),
                  ("platform", "platform", self._platform, None),
                  ("bulk", "importer", self._bulk, None)]
        parts += [(f"follower-{name}", "auditor", self._follower, name) for name in STREAMS]
        for name, role, function, argument in parts:
            thread = threading.Thread(target=self._run, name=name, daemon=True,
                                      args=(function, Client(self, name, role), argument))
            thread.start()
            self.threads.append(thread)

    def _run(self, function, client, argument):
        try:
            function(client, argument)
        except Exception as error:  # handed over to the thread that reports
            self.errors.append(f"{client.name}: {type(error).__name__}: {error}")
        finally:
            client.close()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(4 * SETTLE_S)  # however busy the machine is
            if thread.is_alive():
                self.errors.append(f"{thread.name} does not end")
        self.record.close()

    def _pause(self, rng, times=1.0):
        self.stopping.wait(rng.uniform(0, 2 * self.pace_s * times))
        return not self.stopping.is_set()

    # --- who acts ---

    def _customer(self, client, number):
        """Tops up, allows autopay, lowers limits, revokes; leaves an account that is stuck."""
        rng, accounts, stuck = client.random, self.accounts[number], {}
        while self._pause(rng, 4):
            at = rng.randrange(len(accounts))
            account = accounts[at]
            seen = client.read("autopay", "autopay", account=account)
            if seen and seen["request"]:
                since, request = stuck.get(account, (time.monotonic(), seen["request"]))
                if request == seen["request"] and time.monotonic() - since > STUCK_S:
                    accounts[at] = self._uid(rng)
                    continue
                stuck[account] = ((since, request) if request == seen["request"]
                                  else (time.monotonic(), seen["request"]))
            live = seen and any(seen["mandate"]) and seen["verdict"] != 4
            draw = rng.random()
            if not live or draw < 0.1:
                self._top_up(client, account, rng.choice([0, 1, 2, 3, 31, 31]))
            elif draw < 0.15:
                client.command("payment", "mandate.revoke", account=account, why=1)
            elif draw < 0.2:
                client.command("payment", "mandate.change", account=account, count_max=2,
                               sum_max=100_000)
            elif draw < 0.4:
                client.read("payment", "mandate", account=account)
            elif seen and seen["suspended"]:
                client.command("autopay", "autopay.resume", account=account, why=1)

    def _top_up(self, client, account, count_max):
        rng = client.random
        answer = client.command("payment", "topup", account=account, sum_max=0,
                                amount_rub=rng.choice([150, 200, 300]), count_max=count_max)
        if answer and rng.random() < 0.9:  # the others never open the page
            try:
                urllib.request.urlopen(answer["link"], timeout=HTTP_S).close()
                self.payments += 1
            except OSError:
                pass  # whether he paid is in Robokassa's record

    def _operator(self, client, _):
        rng = client.random
        while self._pause(rng, 2):
            account, amount = self.any_account(rng), rng.randrange(1, 300)  # alone, for long
            debit, credit, kind = rng.choice([(PROMO, account, BONUS),
                                              (account, REVENUE, CORRECTION),
                                              (account, SUSPENSE, CORRECTION)])
            client.command("ledger", "post", debit=debit, credit=credit, amount=amount, kind=kind,
                           reference=self._uid(rng), opens=True)

    def _reader(self, client, _):
        rng = client.random
        while self._pause(rng):
            draw = rng.random()
            if draw < 0.6:
                account = self.any_account(rng)
                found = client.read("ledger", "balance", account=account)
                if found and found["head"] and draw < 0.15:
                    client.read("ledger", "as_of", account=account, head=found["head"],
                                sequence=rng.randrange(1, found["sequence"] + 1))
                elif found and found["head"] and draw < 0.2:
                    client.read("ledger", "statement", account=account, head=found["head"],
                                limit=rng.randrange(1, 20))
            elif draw < 0.8:
                client.read("ledger", "totals")
            elif draw < 0.9:
                client.read("autopay", "autopay", account=self.any_account(rng))
            else:
                client.read(rng.choice(list(STREAMS)), "status")

    def _follower(self, client, name):
        seen = {"digest": history.CHAIN_BEGINS, "sequence": 0}

        def take(sequence, raw):
            seen["digest"] = history.chain(seen["digest"], leaf_hash(raw))
            seen["sequence"] = sequence

        places, keys = places_read(self.directory)[name], self.directory / "keys"
        follower = Follower(self.context, places["publish"], places["replay"],
                            certificate_read(keys / "secret/auditor.cert_secret"),
                            certificate_read(keys / f"public/{name}.cert").public, STREAMS[name],
                            take)
        said, told = 0.0, 0
        while not self.stopping.is_set():
            follower.step(0.05)
            if seen["sequence"] != told and time.monotonic() - said > 0.2:
                handle = self.record.begin(client.name, "follow", stream=STREAMS[name])
                self.record.end(handle, "ok", **seen)
                said, told = time.monotonic(), seen["sequence"]
        follower.close()

    # --- who pushes ---

    def _push_all(self, client, process, producer, make):
        """Batches one after the other; each again until it is acknowledged (PROTOCOL.md §8)."""
        keys = self.directory / "keys"
        feed = Feed(self.context, places_feed(self.directory, process),
                    certificate_read(keys / "secret" / f"{client.role}.cert_secret"),
                    certificate_read(keys / "public" / f"{process}.cert").public, producer)
        first = 1
        while self._pause(client.random, 3):
            items = make(client.random)
            handle = self.record.begin(client.name, "push", stream=STREAMS[process],
                                       producer=producer, epoch=1, first=first,
                                       items=[item for item, _ in items])
            answer = self._push(feed, first, [raw for _, raw in items])
            if answer is None:
                self.record.end(handle, "unknown")
                break  # the end of the run: what became of it stays unknown
            self.record.end(handle, "ok", acknowledged=answer.acknowledged,
                            results=answer.results, sequence=answer.sequence)
            if answer.acknowledged < first + len(items) - 1:
                raise wire.Malformed(f"producer {producer}: {answer} for {first}+{len(items)}")
            first += len(items)
        feed.close()

    def _push(self, feed, first, raws):
        ends = None
        while True:
            try:
                answer = feed.batch(first, raws, deadline_s=2.0)
                if answer.fail == 0:
                    return answer
                if not wire.FAILURES[answer.fail][1]:
                    raise wire.Failure(answer.fail, answer.detail)
                time.sleep(0.05)
            except Unanswered:
                pass
            if self.stopping.is_set():
                ends = ends or time.monotonic() + SETTLE_S
                if time.monotonic() > ends:
                    return None

    def _platform(self, client, _):
        told = []  # ticks to be told again

        def make(rng):
            items = []
            for _ in range(rng.randrange(1, 7)):
                items += self._life(rng, told)
            return items

        self._push_all(client, "metering", PLATFORM, make)

    def _life(self, rng, told):
        """A resource, some minutes of its replicas, some of them twice, and its end."""
        now = max(time.time_ns() // 1000, self.effective - MINUTE_US)
        minute = max(now // MINUTE_US, self.effective // MINUTE_US)
        account, resource = self.any_account(rng), self._uid(rng)
        items = [(["resource.created", resource.hex()], wire.event_write(
            "resource.created", minute * MINUTE_US,
            {"resource": resource, "account": account, "kind": 1}))]
        for _ in range(rng.randrange(1, 5)):
            replica = self._uid(rng)
            raw = wire.event_write("usage.ticked", minute * MINUTE_US, {
                "resource": resource, "replica": replica, "account": account, "tariff": TARIFF,
                "kind": 1})
            told.append((["tick", resource.hex(), replica.hex(), minute], raw))
            items.append(told[-1])
        for _ in range(rng.randrange(3)):
            items.append(rng.choice(told[-50:]))
        items.append((["resource.deleted", resource.hex()], wire.event_write(
            "resource.deleted", (minute + 1) * MINUTE_US, {"resource": resource})))
        return items

    def _bulk(self, client, _):
        def make(rng):
            items = []
            for _ in range(rng.randrange(1, 30)):
                account, amount = self.any_account(rng), rng.randrange(1, 1000)
                debit, credit, kind = rng.choice([(PROMO, account, BONUS),
                                                  (account, REVENUE, CORRECTION)])
                items.append(([debit.hex(), credit.hex(), amount, kind], wire.event_write(
                    "posting.requested", 0, {"debit": debit, "credit": credit, "amount": amount,
                                             "kind": kind, "reference": self._uid(rng),
                                             "opens": True})))
            return items

        self._push_all(client, "ledger", BULK, make)


def places_feed(directory, process):
    """The feed door of a process, from its own configuration."""
    for line in (Path(directory) / "etc" / f"{process}.cfg").read_text().splitlines():
        if line.strip().startswith("feed ="):
            return line.split('"')[1]
    raise ValueError(f"{process} has no feed")
