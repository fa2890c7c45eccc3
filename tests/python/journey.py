"""The whole journey of an outsider through running processes, by PROTOCOL.md alone.

    journey.py DIR ENDPOINTS

DIR is the directory of `kopeck-fleet up --dir DIR`, ENDPOINTS a file with what it printed. One line
a step; the first thing that is not as PROTOCOL.md says ends it with what was expected and found.
"""
import os
import signal
import sys
import threading
import time

import zmq
from zmq.utils.monitor import recv_monitor_message

import examples
import kopeck_wire as wire
from examples import Differs, equal
from kopeck_audit import (AMOUNT_MAX, Books, Meters, consistency_proof, consistency_roots,
                          inclusion_proof, inclusion_root, leaf_hash, system_uid, tree_root)
from kopeck_client import AnotherHistory, Cursor, Door, Unanswered, dealer_make, replay_from_1
from kopeck_wire import FAIL
from traveller import MINUTE_US, PLATFORM, STREAMS, Traveller, floor_kopecks, refused

DAY_MS = 86_400_000
BULK = 200
REVENUE, CLEARING, BANK, PROMO, SUSPENSE = (system_uid(n) for n in (1, 2, 3, 5, 6))
USAGE, TOPUP, AUTOPAY, BONUS, CORRECTION, SETTLEMENT = 1, 2, 3, 5, 8, 9
DROPPED_MIN, RESUBSCRIBED_MIN, RESUBSCRIBED_EVERY_S = 3, 2, 0.4
BULK_ITEMS = 4500  # over 16^3 postings of one account, for every kind of skip
TICKED = (0, 1, 2, 3, 4, 8)


class Journey(Traveller):

    def step_examples(self):
        return examples.check()

    def step_ready(self):
        """Every process is ready and says which stream it writes."""
        for process, stream in STREAMS.items():
            ends = time.monotonic() + 10
            while not self.status(process)["ready"] and time.monotonic() < ends:
                time.sleep(0.05)
            status = self.status(process)
            equal(process, (stream, True, False, False),
                  (status["stream"], status["ready"], status["driven"], status["full"]))
            equal("epoch, term, last are from 1 on", True,
                  min(status["epoch"], status["term"], status["last"]) >= 1)
        self.kept_out("a key that nobody knows", zmq.curve_keypair(), "ledger", "command")
        for process, door, name in (
                ("metering", "feed", "operator"), ("metering", "feed", "service"),
                ("ledger", "feed", "platform"), ("ledger", "command", "platform"),
                ("ledger", "feed", "web"), ("ledger", "replay", "platform"),
                ("payment", "replay", "web")):
            self.kept_out(f"{name} at {process}'s {door} door", self.keys(name), process, door)
        return f"{len(STREAMS)} processes; an unknown key gets no connection, nor a role elsewhere"

    def kept_out(self, who, keys, process, door):
        """No answer, because there is no connection."""
        door = Door(self.context, self.endpoints[process, door], keys, self.server(process))
        try:
            door.ask("status", deadline_s=0.5)
            raise Differs(f"{who} was answered")
        except Unanswered:
            door.close()

    def step_usage(self):
        """A resource's whole life in the past; then whatever can be wrong with a batch."""
        self.base = base = (time.time_ns() // 1000 // MINUTE_US - 20) * MINUTE_US
        self.payer, self.mixed = wire.uid_random(), wire.uid_random()
        self.platform = feed = self.feed("metering", PLATFORM, "platform")
        resource, replica, other, ticked, ran = (wire.uid_random() for _ in range(5))
        self.ticked = ticked

        def item(name, minutes, **fields):
            return wire.event_write(name, base + int(minutes * MINUTE_US), fields)

        def tick(minutes, tariff="nachalny", whose=ticked):
            return item("usage.ticked", minutes, resource=other, replica=whose,
                        account=self.mixed, tariff=tariff, kind=1)

        def good(what, answer, acknowledged, results):
            equal(what, (0, acknowledged, bytes(results)),
                  (answer.fail, answer.acknowledged, answer.results))

        life = [item("resource.created", 0, resource=resource, account=self.payer, kind=1),
                item("replica.started", 0, resource=resource, replica=replica,
                     account=self.payer, tariff="nachalny", kind=1),
                item("replica.stopped", 12, resource=resource, replica=replica),
                item("resource.deleted", 13, resource=resource)]
        through = base + 13 * MINUTE_US
        good("a life", feed.batch(1, life, through), 4, [0] * 4)
        self.pushed_at = time.monotonic()
        last = self.status("metering")["last"]
        good("a duplicate", feed.batch(1, life, through), 4, [0] * 4)
        equal("status.last after a duplicate", last, self.status("metering")["last"])
        good("an overlap", feed.batch(4, [life[3], tick(0), tick(1)]), 6, [0] * 3)
        gap = feed.batch(9, [tick(2)])
        equal("a gap", (FAIL["GAP"], 6, b""), (gap.fail, gap.acknowledged, gap.results))
        good("one item each", feed.batch(7, [
            tick(2), tick(3, "no-such-tariff"), wire.pack([999, base, 0, 0]), b"\x01",
            tick(2, "ultra"), tick(3.5)]), 12,
            [0, FAIL["TARIFF"], FAIL["VERSION"], FAIL["INVALID"], FAIL["BILLED"], 0])
        equal("an hour ahead of the clock", FAIL["LATER"], feed.batch(13, [tick(60)]).fail)
        good("days ahead of the clock", feed.batch(13, [tick(3000)]), 13, [FAIL["FUTURE"]])
        equal("metering takes no atomic batch", FAIL["INVALID"],
              feed.batch(14, [tick(4)], atomic=True).fail)
        for what, items in (("no MessagePack", [b"\xc1"]), ("two for one", [tick(4) + tick(5)]),
                            ("cut off", [tick(4)[:-1]])):
            equal(what, FAIL["INVALID"], feed.batch(14, items).fail)
        good("an empty batch", feed.batch(14, []), 13, [])
        feed.epoch = 0
        equal("an epoch below ours", FAIL["HISTORY"], feed.batch(1, []).fail)
        feed.epoch = 1
        feed.number += 1
        head = wire.pack([2, 0, feed.number, PLATFORM, 1, 14, 0, 0, False])
        equal("another version", FAIL["VERSION"], feed.raw(head, feed.number).fail)
        good("after what was refused whole", feed.batch(14, [
            tick(4), item("replica.started", 0.5, resource=other, replica=ran,
                          account=self.mixed, tariff="ultra", kind=1),
            item("replica.stopped", 7.5, resource=other, replica=ran),
            item("resource.deleted", 9, resource=other)]), 17, [0] * 4)
        good("a deleted resource", feed.batch(18, [tick(9), tick(8)]), 19, [FAIL["DELETED"], 0])
        good("too late to be billed", feed.batch(20, [tick(-100 * 60)]), 20, [0])
        feed.epoch = 2
        high = feed.batch(21, [])
        equal("a new epoch begins at 1", (FAIL["GAP"], 0), (high.fail, high.acknowledged))
        good("a new epoch, from 1 on", feed.batch(1, []), 0, [])
        feed.epoch = 1
        equal("the old epoch is gone", FAIL["HISTORY"], feed.batch(21, []).fail)
        return "life, duplicate, overlap, gap, refused items, atomic, malformed"

    def step_balance(self):
        """What was deleted is posted at once, to the kopeck."""
        expected = floor_kopecks({"nachalny": 12})
        equal("12 minutes of nachalny", 8, expected)
        self.wait_cash(self.payer, -expected)
        after = time.monotonic() - self.pushed_at
        self.wait_cash(self.mixed, -floor_kopecks({"nachalny": len(TICKED), "ultra": 7}))
        equal("auditor reads the same", self.balance(self.payer),
              self.balance(self.payer, "auditor"))
        refused("an unknown account", "UNKNOWN_ACCOUNT", self.balance, wire.uid_random())
        wanted = self.status("ledger")["last"] + 1
        refused("a sequence to come", "LATER", self.balance, self.payer, min_sequence=wanted,
                retry=False)
        posted = self.post(CLEARING, self.payer, 10_000, TOPUP, name="importer")
        found = self.balance(self.payer, min_sequence=posted.fields["sequence"])
        equal("what was posted is read", (10_000 - expected, posted.fields["sequence"]),
              (found["cash"], found["head"]))
        return f"8 kopecks for 12 minutes, {after * 1000:.0f} ms after the push at most"

    def step_commands(self):
        """An id stands for one content, for 30 days."""
        account, command_id = wire.uid_random(), wire.uuid7()
        refused("an account that nobody meant to open", "UNKNOWN_ACCOUNT", self.post, PROMO, account,
                500, BONUS, opens=False)
        first = self.post(PROMO, account, 500, BONUS, command_id)
        self.cause = command_id, wire.command_content(wire.request_write("post", 1, {
            "debit": PROMO, "credit": account, "amount": 500, "kind": BONUS, "opens": True}, command_id))
        again = self.post(PROMO, account, 500, BONUS, command_id)
        equal("the same again", (first.fields, 1),
              (again.fields, self.balance(account)["postings"]))
        now = time.time_ns() // 1_000_000
        for what, failure, amount, identity in (
                ("other content", "CONFLICT", 501, command_id),
                ("31 days old", "EXPIRED", 500, wire.uuid7(now - 31 * DAY_MS)),
                ("6 minutes ahead", "FUTURE", 500, wire.uuid7(now + 6 * 60_000)),
                ("a UUIDv4", "INVALID", 500, wire.uid_random()),
                ("no amount", "INVALID", 0, wire.uuid7()),
                ("over 10^14", "INVALID", AMOUNT_MAX + 1, wire.uuid7())):
            refused(what, failure, self.post, PROMO, account, amount, BONUS, identity)
        for name in ("service", "auditor"):
            refused(f"{name} posts", "DENIED", self.door("ledger", name=name).ask, "post",
                    wire.uuid7(), debit=PROMO, credit=account, amount=1, kind=BONUS)
        refused("a command without id", "INVALID", self.door("ledger").ask, "post",
                debit=PROMO, credit=account, amount=1, kind=BONUS)
        refused("a query with id", "INVALID", self.door("ledger").ask, "totals", wire.uuid7())
        refused("the clock is the wall's", "STATE", self.door("ledger").ask, "clock.set", now=1)
        equal("what was refused has posted nothing", 1, self.balance(account)["postings"])
        for kind in (USAGE, TOPUP, AUTOPAY):
            refused(f"an operator posts kind {kind}", "DENIED", self.post,
                    *((account, REVENUE) if kind == USAGE else (CLEARING, account)), 700, kind)
        self.post(account, REVENUE, 700, USAGE, wire.uuid7(now - 4 * DAY_MS), name="importer")
        self.post(CLEARING, BANK, 300, SETTLEMENT)
        self.post(SUSPENSE, BANK, 5, CORRECTION)
        for what, debit, credit, kind in (
                ("a correction without suspense", CLEARING, BANK, CORRECTION),
                ("usage that credits", REVENUE, account, USAGE),
                ("a settlement with a customer", CLEARING, account, SETTLEMENT),
                ("between customers", account, self.payer, CORRECTION)):
            refused(what, "INVALID", self.post, debit, credit, 5, kind)
        found = self.balance(account)
        equal("usage of 700 with 500 of bonus", (-200, 0, 3, True),
              (found["cash"], found["bonus"], found["postings"], found["exhausted"]))
        return "repeated, conflicting, old, early and malformed ids"

    def step_follow(self):
        """Three followers, one deaf to every third message, one without SUB, over a crash."""
        self.followed = {"lossy": [], "polling": [], "plain": []}
        heard = [0]

        def every_third(publication):
            heard[0] += 1
            return heard[0] % 3 == 0 and publication.first > 0

        lossy = self.follower(lambda _, raw: self.followed["lossy"].append(raw), drop=every_third)
        polling = self.follower(lambda _, raw: self.followed["polling"].append(raw), live=False)
        plain = self.follower(lambda _, raw: self.followed["plain"].append(raw))
        followers = lossy, polling, plain
        before = self.status("ledger")
        self.bulk = wire.uid_random()
        items = [wire.event_write("posting.requested", 0, {
            "debit": CLEARING, "credit": self.bulk, "amount": 100 + n, "kind": TOPUP,
            "reference": n.to_bytes(16, "big"), "opens": True}) for n in range(1, BULK_ITEMS + 1)]
        outcome = []

        atomic = self.feed("ledger", BULK, "importer")
        empty = wire.event_write("posting.requested", 0, {})
        none = atomic.batch(1, [items[0], empty], atomic=True)
        equal("all or none", (FAIL["STATE"], 0, bytes([FAIL["STATE"], FAIL["INVALID"]])),
              (none.fail, none.acknowledged, none.results))
        equal("the number is free again, all is taken", (0, 2, bytes(2)), tuple(
            atomic.batch(1, items[:2], atomic=True)[n] for n in (1, 4, 5)))
        atomic.close()

        def push():
            feed = self.feed("ledger", BULK, "importer")
            feed.ITEMS_MAX = 50
            feed.acknowledged = feed.batch(1, []).acknowledged
            try:
                while feed.acknowledged < BULK_ITEMS:
                    part = items[feed.acknowledged:feed.acknowledged + 150]
                    outcome.append(feed.push(part, 0))
                    time.sleep(0.02)
            except Exception as error:  # handed over to the thread that reports
                outcome.append(error)
            feed.close()

        pusher = threading.Thread(target=push)
        pusher.start()
        started, killed, resubscribed = time.monotonic(), None, 0
        while pusher.is_alive() or killed is None:
            for follower in followers:
                follower.step(0.002)
            if time.monotonic() - started > RESUBSCRIBED_EVERY_S * (resubscribed + 1):
                lossy.resubscribe()
                resubscribed += 1
            if killed is None and len(self.followed["plain"]) > BULK_ITEMS // 2:
                os.kill(self.pid("ledger"), signal.SIGKILL)
                killed = time.monotonic()
            if time.monotonic() - started > 40:
                raise Differs(f"the feed is not through after 40 s: {outcome[-1:]}")
        pusher.join()
        equal("nothing refused", [{}] * len(outcome), outcome)
        after = self.status("ledger")
        equal("the same history, a later writer", (before["epoch"], True),
              (after["epoch"], after["term"] > before["term"]))
        for follower in followers:
            follower.until(after["last"], 15)
        equal("current", [True] * 3, [follower.current for follower in followers])
        truth, _ = replay_from_1(self.door("ledger", "replay", "auditor"), after["last"])
        for name, events in self.followed.items():
            equal(f"{name}: events", len(truth), len(events))
            equal(f"{name} = replay", True, events == truth)
        if lossy.dropped < DROPPED_MIN or resubscribed < RESUBSCRIBED_MIN:
            raise Differs(f"too little was lost: {lossy.dropped} publications, "
                          f"{resubscribed} subscriptions")
        causes = [event.cause[1] for event in map(wire.event_read, truth)
                  if event.type == "posted" and event.cause[0] == BULK]
        equal("each item posted once, in order", list(range(1, BULK_ITEMS + 1)), causes)
        self.cursor = plain.cursor
        for follower in followers:
            follower.close()
        return (f"{len(truth)} events; {lossy.dropped} publications dropped, {resubscribed} new "
                f"SUBs, {lossy.questions} questions; polling asked {polling.questions} times; "
                f"one SIGKILL")

    def step_history(self):
        """A cursor that the producer does not hold is found out."""
        door = self.door("ledger", "replay", "auditor")
        epoch, sequence, leaf = self.cursor

        def replay(epoch, begin, leaf):
            return door.ask("replay", **{"epoch": epoch, "from": begin, "leaf": leaf,
                                         "bytes_max": 65_536})

        wrong = bytes([leaf[0] ^ 1]) + leaf[1:]
        for what, failure, question in (
                ("another leaf", "HISTORY", (epoch, sequence + 1, wrong)),
                ("another epoch", "HISTORY", (epoch + 1, sequence + 1, leaf)),
                ("beyond the head", "HISTORY", (epoch, sequence + 1000, wire.ZERO_HASH)),
                ("from 0", "INVALID", (epoch, 0, wire.ZERO_HASH))):
            refused(what, failure, replay, *question)
        equal("at the head", b"", replay(epoch, sequence + 1, leaf).fields["records"])
        follower = self.follower(lambda *_: None, Cursor(epoch, sequence, wrong))
        try:
            follower.until(sequence + 1, 3)
            raise Differs("a follower went on in another history")
        except AnotherHistory:
            follower.close()
        refused("no such event", "MISSING", door.ask, "event", sequence=sequence + 1000)
        return "wrong leaf, wrong epoch, beyond the head"

    def step_audit(self):
        """From event 1: root, proofs, sums, running balances, chains, totals, table."""
        last, root = (self.status("ledger")[name] for name in ("last", "root"))
        self.events, _ = replay_from_1(self.door("ledger", "replay", "auditor"), last)
        leaves = [leaf_hash(raw) for raw in self.events]
        equal("Merkle root", root, tree_root(leaves))
        for index in (0, len(leaves) // 3, len(leaves) - 1):
            equal("inclusion", root, inclusion_root(index, len(leaves), leaves[index],
                                                    inclusion_proof(index, leaves)))
        old = len(leaves) * 2 // 3
        old_root = tree_root(leaves[:old])
        equal("consistency", (old_root, root), consistency_roots(
            old, len(leaves), old_root, consistency_proof(old, leaves)))
        event = self.door("ledger", "replay", "service").ask("event", sequence=old).fields["event"]
        equal("one event", self.events[old - 1], event)
        self.books = Books()
        events = [wire.event_read(raw) for raw in self.events]
        for sequence, event in enumerate(events, 1):
            self.books.apply(sequence, event)
        equal("events of the repeated command", ["account.opened", "posted", "command.sent_by"],
              [event.type for event in events if event.cause == self.cause])
        totals = self.door("ledger").ask("totals").fields
        equal("totals", (last, len(self.books.accounts), self.books.customers, 0),
              tuple(totals[n] for n in ("sequence", "accounts", "customers", "sum")))
        for number, balance in wire.unpack_only(totals["systems"]):
            equal(f"system account {number}", self.books.numbers.get(number, 0), balance)
        self.audit_table()
        self.audit_others()
        return (f"{last} events, {sum(len(a.postings) for a in self.books.accounts.values())} "
                f"postings of {len(self.books.accounts)} accounts, sum 0")

    def audit_others(self):
        meters = Meters()
        for process in ("metering", "payment", "autopay"):
            status = self.status(process)
            events, _ = replay_from_1(self.door(process, "replay", "auditor"), status["last"])
            equal(f"root of {process}", status["root"], tree_root([leaf_hash(e) for e in events]))
            for sequence, raw in enumerate(events, 1):
                event = wire.event_read(raw)
                if process == "metering":
                    meters.apply(sequence, event)
        equal("minutes ticked", {self.base // MINUTE_US + n for n in TICKED},
              {minute for replica, _, minute in meters.ticks if replica == self.ticked})
        equal("what was charged is posted", meters.lines, self.books.usage)

    def audit_table(self):
        rows, begin = [], 0
        while True:
            page = self.door("ledger", name="auditor").ask("table", **{"from": begin}).fields
            rows += wire.unpack_all(page["rows"], page["count"])
            begin = page["next"]
            if begin == 0:
                break
        expected = [[a.number, uid, a.cash, a.bonus, a.postings[-1].sequence if a.postings else 0]
                    for uid, a in self.books.accounts.items()]
        equal("table", expected, [row[:5] for row in rows])

    def step_statement(self):
        """Pages and balances of the past against this client's own replay."""
        door = self.door("ledger", "replay", "service")
        pages, reads = 0, 0
        for account in (self.bulk, self.payer, self.mixed):
            head = self.balance(account)["head"]
            own = self.books.accounts[account].postings
            middle = own[len(own) // 2].time
            for side, begin, end in ((0, 0, 0), (1, 0, 0), (2, 0, 0), (0, middle, 0),
                                     (0, 0, middle), (2, middle, middle + 1)):
                found, at = [], head
                while at:
                    page = door.ask("statement", account=account, head=at, side=side, limit=500,
                                    **{"from": begin, "to": end}).fields
                    found += wire.unpack_all(page["rows"], page["count"])
                    equal("rows of a page", True, page["count"] <= 500)
                    at, pages = page["next"], pages + 1
                expected = [[p.sequence, self.events[p.sequence - 1]]
                            for p in self.books.statement(account, side, begin, end)]
                equal(f"statement side {side} from {begin} to {end}", expected, found)
            for at in {p.sequence + d for p in own[::max(1, len(own) // 12)] for d in (-1, 0, 1)}:
                reads = max(reads, self.as_of(door, account, head, at, 0))
                time_at = wire.event_read(self.events[at - 1]).time if at <= len(self.events) else 0
                for moment in (time_at - 1, time_at):
                    reads = max(reads, self.as_of(door, account, head, 0, moment))
        refused("a head of another account", "INVALID", door.ask, "statement", account=self.payer,
                head=self.balance(self.bulk)["head"], limit=10)
        return f"{pages} pages; as_of read at most {reads} events of {BULK_ITEMS}"

    def as_of(self, door, account, head, sequence, at):
        found = door.ask("as_of", account=account, head=head, sequence=sequence, time=at).fields
        newest = self.books.as_of(account, sequence, at)
        expected = ((newest.sequence, newest.fields["cash"], newest.fields["bonus"])
                    if newest else (0, 0, 0))
        equal(f"as of {sequence or at}", expected,
              (found["sequence"], found["cash"], found["bonus"]))
        return found["read"]

    def step_bad(self):
        """Malformed messages get their failure, or silence, and move nothing."""
        door, replay = self.door("ledger"), self.door("ledger", "replay", "auditor")
        last = self.status("ledger")["last"]
        good = door.frame("totals")
        nested = b"\x91" * 5000
        for what, failure, number, frame in (
                ("no MessagePack", "INVALID", 0, b"\xc1\xc1"),
                ("an empty frame", "INVALID", 0, b""),
                ("as large as may be", "INVALID", 0, b"\xc1" * wire.COMMAND_MAX),
                ("text", "INVALID", 0, b"GET / HTTP/1.1\r\n\r\n"),
                ("an array larger than the message", "INVALID", 0, b"\xdd\xff\xff\xff\xff\x01"),
                ("a text larger than the message", "INVALID", 7,
                 b"\x94\x01\x0d\x07\xdb\xff\xff\xff\xff"),
                ("nested without end", "INVALID", 0, nested),
                ("bytes left over", "INVALID", None, good + b"\x00"),
                ("too few elements", "INVALID", None, wire.pack([1, 13, 7])),
                ("too many elements", "INVALID", None, wire.pack([1, 13, 7, None] + [0] * 33)),
                ("a float", "INVALID", None, wire.pack([1, 10, 7, None, 1.5])),
                ("text for a uid", "INVALID", None, wire.pack([1, 10, 7, None, "x" * 16])),
                ("version 2", "VERSION", None, wire.pack([2, 13, 7, None])),
                ("an unknown request", "VERSION", 7, wire.pack([1, 999, 7, None])),
                ("replay at the command door", "INVALID", 7, wire.pack([1, 20, 7, None, 0, 1]))):
            reply = door.raw([frame], 2)
            if reply is None:
                raise Differs(f"{what}: expected FAIL_{failure}, found no answer")
            found = wire.answer_split(reply)
            equal(what, FAIL[failure], found[1])
            if number is not None:
                equal(f"{what}: number", number, found[0])
        equal("balance at the replay door", FAIL["INVALID"], wire.answer_split(
            replay.raw([wire.request_write("balance", 9, {"account": self.payer})], 2))[1])
        surplus = wire.unpack_only(good) + [[1, {"a": 2.5}], None, "x"]
        surplus[2] = 4711
        equal("surplus elements are skipped", (4711, 0),
              wire.answer_split(door.raw([wire.pack(surplus)], 2))[:2])
        equal("two frames: silence", None, door.raw([b"", good], 0.3))
        equal("another process's request", FAIL["INVALID"], wire.answer_split(
            self.door("metering").raw([wire.request_write("totals", 9, {})], 2))[1])
        equal("a batch where no feed is", FAIL["DENIED"], wire.answer_split(
            self.door("payment").raw([wire.batch_write(9, BULK, 1, 1, [])], 2))[1])
        self.oversized()
        equal("status.last", last, self.status("ledger")["last"])
        return "each with its failure or silence; a frame over 64 KiB cuts the connection"

    def oversized(self):
        socket = dealer_make(self.context, self.endpoints["ledger", "command"],
                             self.keys("operator"), self.server("ledger"))
        monitor = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        socket.poll(2000, zmq.POLLOUT)
        socket.send(bytes(wire.COMMAND_MAX + 65))
        if not monitor.poll(5000):
            raise Differs("a frame over the limit: expected a cut connection, found none")
        equal("the connection", zmq.EVENT_DISCONNECTED, recv_monitor_message(monitor)["event"])
        socket.disable_monitor()
        socket.close()

    STEPS = (step_examples, step_ready, step_usage, step_balance, step_commands, step_follow,
             step_history, step_audit, step_statement, step_bad)

if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(Journey(*sys.argv[1:]).run())
