"""A day under a driven clock, driven by PROTOCOL.md §18 alone: each hour is posted at its instant.

    driven.py DIR ENDPOINTS

DIR is the directory of `kopeck-fleet up --clock driven --dir DIR`, ENDPOINTS what it printed.
"""
import sys
import time

import kopeck_wire as wire
from examples import Differs, equal
from kopeck_audit import Meters
from kopeck_client import replay_from_1
from traveller import MINUTE_US, PLATFORM, STREAMS, Traveller, floor_kopecks, refused

BEGIN_US = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
HOUR_US = 60 * MINUTE_US
HOURS = 24
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

    def step_day(self):
        self.platform = self.feed("metering", PLATFORM, "platform")
        account, resource = wire.uid_random(), wire.uid_random()
        self.idle()
        self.set(BEGIN_US)
        self.push([wire.event_write("replica.started", BEGIN_US, {
            "resource": resource, "replica": wire.uid_random(), "account": account,
            "tariff": tariff, "kind": 1}) for tariff in ("nachalny", "ultra")], BEGIN_US)
        now, report = BEGIN_US, BEGIN_US + REPORT_EVERY_US
        end = BEGIN_US + HOURS * HOUR_US + 5 * MINUTE_US
        while now < end:
            wake = self.idle()
            now = min(report, wake) if wake != NEVER else report
            self.set(now)
            if now == report:
                self.push([], now)
                report += REPORT_EVERY_US
        self.idle()
        status = self.door("metering").ask("status").fields
        equal("status", (now, True), (status["now"], status["driven"]))
        self.check(account)
        refused("back in time", "CLOCK", self.door("ledger").ask, "clock.set", now=now - 1,
                retry=False)
        refused("an id of the future", "FUTURE", self.door("ledger").ask, "post",
                wire.uuid7(time.time_ns() // 1_000_000 + 360_000))
        return f"{HOURS} hours, two replicas, each hour posted at its instant"

    def check(self, account):
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

    STEPS = (step_day,)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(DrivenJourney(*sys.argv[1:]).run())
