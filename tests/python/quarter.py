"""Two quarters of a company under a driven clock: what is used is on an act of its quarter, late
usage on the next one's, and `kopeck act check` makes each anew from the journals alone.

    quarter.py DIR ENDPOINTS

DIR and ENDPOINTS as for driven.py; the variable KOPECK names the command line's program.
"""
import json
import os
import subprocess
import sys
import uuid

import kopeck_wire as wire
from driven import HOUR_US, DrivenJourney
from examples import equal
from traveller import MINUTE_US, PLATFORM, floor_kopecks

EVENING_US = 1_774_980_000_000_000  # 2026-03-31T18:00:00Z: three hours before April in Moscow
JULY_US = 1_782_853_200_000_000     # 2026-07-01 of Moscow


class QuarterJourney(DrivenJourney):
    def kopeck(self, *words, status=0):
        done = subprocess.run([os.environ["KOPECK"], "--config", self.directory / "etc/kopeck.cfg", "--json",
                               *words], capture_output=True, text=True, check=False)
        equal(f"kopeck {' '.join(words)}: {done.stderr}", status, done.returncode)
        return json.loads(done.stdout)

    def spent(self, account):
        return -self.balance(account)["cash"]

    def act(self, account, quarter):
        """Issues the account's act, which is made anew to the same, live and from the journals."""
        number, = (row["number"] for row in self.issued(quarter, account))
        equal("it is issued once", [], self.kopeck("act", "issue", quarter, account))
        self.kopeck("act", "check", number)
        self.kopeck("act", "check", number, "--offline", *(
            word for name in ("documents", "metering", "ledger")
            for word in (f"--{name}", str(self.directory / "var" / name))))
        return next(row["amount"] for row in self.kopeck("act", "list", account) if row["number"] == number)

    def issued(self, quarter, account):
        """The first act by its quarter, the second by the day on which it is due."""
        if quarter == "2026-Q1":
            return self.kopeck("act", "issue", quarter, account)
        equal("three days after the quarter", [], self.kopeck("act", "due", "--today", "2026-07-03")["acts"])
        return self.kopeck("act", "due", "--today", "2026-07-03", "--after-days", "2")["acts"]

    def pass_to(self, now):
        self.set(now)
        self.push([], now)
        self.idle()

    def step_evening(self):
        """Six hours of one replica, three on each side of the border; and one minute told late."""
        self.platform = self.feed("metering", PLATFORM, "platform")
        self.account, resource, replica = (wire.uid_random() for _ in range(3))
        self.idle()
        self.set(EVENING_US)
        self.name = str(uuid.UUID(bytes=self.account))
        self.kopeck("invoice", "company", self.name, "--inn", "9999234565", "--kpp", "999901001",
                    "--name", "ООО «Образец»")
        self.push([wire.event_write("replica.started", EVENING_US, {
            "resource": resource, "replica": replica, "account": self.account,
            "tariff": "nachalny", "kind": 1})], EVENING_US)
        now = self.live(EVENING_US, EVENING_US + 6 * HOUR_US)
        self.push([wire.event_write("replica.stopped", EVENING_US + 6 * HOUR_US, {
            "resource": resource, "replica": replica})], now)
        now = self.live(now, EVENING_US + 8 * HOUR_US)
        equal("what it costs", floor_kopecks({"nachalny": 360}), self.spent(self.account))
        return "six hours, and the Moscow quarter ends in their middle"

    def step_first_act(self):
        self.first = self.act(self.name, "2026-Q1")
        equal("three hours", floor_kopecks({"nachalny": 180}), self.first)
        return "what was used until midnight of Moscow is on the act, which is made anew to the same"

    def step_late_usage(self):
        late, before = EVENING_US + 90 * MINUTE_US, self.spent(self.account)
        resource, replica = wire.uid_random(), wire.uid_random()
        for minute in range(5):
            self.push([wire.event_write("usage.ticked", late + minute * MINUTE_US, {
                "resource": resource, "replica": replica, "account": self.account,
                "tariff": "ultra", "kind": 1})], 0)
        now = self.clocks()["metering"]["now"]
        self.live(now, now + 2 * HOUR_US)
        equal("late minutes", floor_kopecks({"ultra": 5}), self.spent(self.account) - before)
        self.kopeck("act", "check", "A26-000001")
        equal("late minutes wait", [], self.kopeck("act", "due", "--today", "2026-04-20")["acts"])
        return "minutes of March that are told in April, after its act"

    def step_second_act(self):
        self.pass_to(JULY_US + 3 * HOUR_US)
        second = self.act(self.name, "2026-Q2")
        equal("the late ones too", self.spent(self.account) - self.first, second)
        self.kopeck("act", "check", "A26-000001")
        equal("no act after them", [], self.kopeck("act", "issue", "2026-Q2", self.name))
        return "late usage is on the next act, and the two come to all that was charged"

    STEPS = (step_evening, step_first_act, step_late_usage, step_second_act)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(QuarterJourney(*sys.argv[1:]).run())
