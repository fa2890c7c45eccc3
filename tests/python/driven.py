"""A day under a driven clock, driven by PROTOCOL.md §18 alone: each hour is posted at its instant.

    driven.py DIR ENDPOINTS

DIR is the directory of `kopeck-fleet up --clock driven --dir DIR`, ENDPOINTS what it printed.
"""
import sys
import time

import kopeck_wire as wire
from examples import Differs, equal
from kopeck_audit import GIVEN_BACK, Meters
from kopeck_client import replay_from_1
from traveller import MINUTE_US, PLATFORM, STREAMS, Traveller, floor_kopecks, refused

BEGIN_US = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
HOUR_US = 60 * MINUTE_US
HOURS = 24
FULL = 2 ** 60 - 1  # sixty minutes
CORRECTION = 8
REPORT_EVERY_US = 10 * MINUTE_US
NEVER = 2**63 - 1
IDLE_S = 10


class DrivenJourney(Traveller):
    sent = 0

    def clocks(self):
        return {name: self.door(name).ask("clock").fields for name in STREAMS}

    def idle(self):
        """The least wake, once nothing is left to do anywhere."""
        ends = time.monotonic() + IDLE_S
        while time.monotonic() < ends:
            clocks = self.clocks()
            last = {STREAMS[name]: clock["last"] for name, clock in clocks.items()}
            last[PLATFORM] = self.sent
            settled = all(clock["busy"] == 0 for clock in clocks.values()) and all(
                sequence == last[stream] for clock in clocks.values()
                for stream, sequence in wire.unpack_only(clock["cursors"]))
            again = self.clocks()
            if settled and all(again[n]["activity"] == clocks[n]["activity"] for n in clocks):
                return min(clock["wake"] for clock in clocks.values())
        raise Differs(f"not idle after {IDLE_S} s: {clocks}")

    def set(self, now):
        for name in STREAMS:
            equal("the time", now, self.door(name).ask("clock.set", now=now).fields["now"])

    def push(self, items, through):
        answer = self.platform.batch(self.sent + 1, items, through)
        equal("a batch", (0, self.sent + len(items), bytes(len(items))),
              (answer.fail, answer.acknowledged, answer.results))
        self.sent = answer.acknowledged

    def live(self, now, end):
        """Time passes, and the platform says every ten minutes that it has sent all."""
        report = now + REPORT_EVERY_US
        while now < end:
            wake = self.idle()
            now = min(report, wake) if wake != NEVER else report
            self.set(now)
            if now == report:
                self.push([], now)
                report += REPORT_EVERY_US
        self.idle()
        return now

    def step_day(self):
        self.platform = self.feed("metering", PLATFORM, "platform")
        account, resource = wire.uid_random(), wire.uid_random()
        self.idle()
        self.set(BEGIN_US)
        self.push([wire.event_write("replica.started", BEGIN_US, {
            "resource": resource, "replica": wire.uid_random(), "account": account,
            "tariff": tariff, "kind": 1}) for tariff in ("nachalny", "ultra")], BEGIN_US)
        now = self.live(BEGIN_US, BEGIN_US + HOURS * HOUR_US + 5 * MINUTE_US)
        status = self.door("metering").ask("status").fields
        equal("status", (now, True), (status["now"], status["driven"]))
        self.check(account, resource)
        refused("back in time", "CLOCK", self.door("ledger").ask, "clock.set", now=now - 1,
                retry=False)
        refused("an id of the future", "FUTURE", self.door("ledger").ask, "post",
                wire.uuid7(time.time_ns() // 1_000_000 + 360_000), kind=CORRECTION)
        return f"{HOURS} hours, two replicas, each hour posted at its instant"

    def check(self, account, resource):
        events, _ = replay_from_1(self.door("metering", "replay", "auditor"))
        events = [wire.event_read(raw) for raw in events]
        meters = Meters()
        for sequence, event in enumerate(events, 1):
            meters.apply(sequence, event)
        settle = next(e.fields["settle_us"] for e in events if e.type == "metering.policy_changed")
        hours = [BEGIN_US + n * HOUR_US for n in range(HOURS)]
        equal("hours closed", [(h + HOUR_US + settle, h, 2) for h in hours],
              [(e.time, e.fields["hour"], e.fields["lines"]) for e in events
               if e.type == "hour.closed" and e.fields["lines"]])
        expected = floor_kopecks({"nachalny": HOURS * 60, "ultra": HOURS * 60})
        equal("a day of both", -expected, self.balance(account)["cash"])
        equal("the sum of its lines", expected, sum(meters.lines.values()))
        for n in (0, HOURS - 1):
            self.open_hour(account, resource, BEGIN_US + n * HOUR_US, events)

    def open_hour(self, account, resource, hour, events):
        """The two lines of an hour's closing are found in the journal, and open to full hours."""
        for version, price in ((2, 29000), (5, 430000)):
            opened = self.door("metering").ask("minutes", account=account, resource=resource,
                                               hour=hour, kind=1, version=version, skip=0).fields
            rows = wire.unpack_all(opened["rows"])
            equal("the minutes", [(1, version, price, FULL, 0)],
                  [(row[0], row[1], row[3], row[5], row[6]) for row in rows])
            (sequence, *line), = wire.unpack_all(opened["lines"])
            equal("the line", [1, version, 60, 0], line)
            charged = events[sequence - 1].fields
            equal("what it is", (hour, resource, version, 60),
                  (charged["hour"], charged["resource"], charged["version"], charged["minutes"]))
        refused("an hour that is forgotten", "EXPIRED", self.door("metering").ask, "minutes",
                account=account, resource=resource, hour=hour - 200 * HOUR_US, kind=0, version=0,
                skip=0)

    def step_late(self):
        """Late minutes are posted together when the clock's hour has settled."""
        account, resource, replica = (wire.uid_random() for _ in range(3))
        hour, last = BEGIN_US + 2 * HOUR_US, self.door("metering").ask("status").fields["last"]
        for minute in (5, 6):
            self.push([wire.event_write("usage.ticked", hour + minute * MINUTE_US, {
                "resource": resource, "replica": replica, "account": account,
                "tariff": "nachalny", "kind": 1})], 0)
        settled = BEGIN_US + (HOURS + 1) * HOUR_US + 2 * MINUTE_US
        self.live(self.clocks()["metering"]["now"], settled)
        events, _ = replay_from_1(self.door("metering", "replay", "auditor"))
        lines = [e.fields for e in map(wire.event_read, events[last:])
                 if e.type == "usage.charged" and e.fields["resource"] == resource]
        equal("one line of both batches", [(hour, 2, 3, 1)],
              [(e["hour"], e["minutes"], e["reason"], e["amount"]) for e in lines])
        head = self.balance(account)["head"]
        page = self.door("ledger", "replay", "service").ask(
            "statement", account=account, head=head, side=0, **{"from": 0, "to": 0}, limit=10)
        rows = [wire.event_read(raw) for _, raw in wire.unpack_all(page.fields["rows"])]
        equal("the statement", ([1], 0), ([e.fields["amount"] for e in rows], page.fields["next"]))
        return "two late minutes in two batches are one line, and one posting"

    def step_late_stop(self):
        """Billed from 00:05 to 04:00; at 04:10 it is said to have stopped at 00:35."""
        account, resource, replica = (wire.uid_random() for _ in range(3))
        hour = BEGIN_US + (HOURS + 1) * HOUR_US
        now = self.live(self.clocks()["metering"]["now"], hour + 5 * MINUTE_US)
        self.push([wire.event_write("replica.started", hour + 5 * MINUTE_US, {
            "resource": resource, "replica": replica, "account": account,
            "tariff": "nachalny", "kind": 1})], now)
        now = self.live(now, hour + 4 * HOUR_US + 10 * MINUTE_US)
        equal("what was billed", -157, self.balance(account)["cash"])
        self.push([wire.event_write("replica.stopped", hour + 35 * MINUTE_US, {
            "resource": resource, "replica": replica})], now)
        self.idle()
        equal("what it costs", -20, self.balance(account)["cash"])
        head = self.balance(account)["head"]
        rows = {}
        for side in (1, 2):
            page = self.door("ledger", "replay", "service").ask(
                "statement", account=account, head=head, side=side, **{"from": 0, "to": 0},
                limit=10)
            rows[side] = [wire.event_read(raw).fields
                          for _, raw in wire.unpack_all(page.fields["rows"])]
        equal("the statement shows both", ([1] * 4, 157, [GIVEN_BACK] * 4, 137),
              ([f["kind"] for f in rows[1]], sum(f["amount"] for f in rows[1]),
               [f["kind"] for f in rows[2]], sum(f["amount"] for f in rows[2])))
        events, _ = replay_from_1(self.door("metering", "replay", "auditor"))
        meters = Meters()
        for sequence, event in enumerate(map(wire.event_read, events), 1):
            meters.apply(sequence, event)
        equal("credits", 137, sum(meters.credits.values()))
        return "a stop told late gave back 137 of 157 kopecks"

    STEPS = (step_day, step_late, step_late_stop)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(DrivenJourney(*sys.argv[1:]).run())
