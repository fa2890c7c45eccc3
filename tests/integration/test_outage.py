#!/usr/bin/python3
"""25 hours without Robokassa, then 25 minutes of its errors: payment's log tells of each outage once
when it begins and once when it ends, of the top-up that lapsed meanwhile, and of nothing else;
`kopeck status` says how it does not answer and since when, and payment's light is red exactly then.

usage: test_outage.py BIN_DIRECTORY
"""
import json
import re
import subprocess
import sys
import urllib.request

from light_rig import Light, RED, GREEN
from process_rig import Place, USAGE, Violation, clean_up_when_told, wait_until, wire

START_US = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
PATIENCE_S = 20
FOLLOWED = ("ledger", "payment", "autopay")
LINE = re.compile(r'^\S+ (?:info|warn) "([^"]*(?:outside)[^"]*)"(.*)$', re.M)


def expect(what, want, have):
    if want != have:
        raise Violation(f"{what}: expected {want!r}, found {have!r}")


class Trial:
    def __init__(self, place):
        self.place = place
        self.light = Light(place)
        self.processes = self.light.processes
        self.light.start(*FOLLOWED)
        self.payment = self.processes["payment"]
        self.doors = {name: self.processes[name].door() for name in FOLLOWED}

    def idle(self):
        def settled():
            return all(door.ask("clock").fields["busy"] == 0
                       for name, door in self.doors.items() if name == "payment")
        if not wait_until(settled, PATIENCE_S, 0.01):
            raise Violation(f"payment is busy for {PATIENCE_S} s")

    def advance(self, until_us):
        """Every instant at which payment wants something, in its turn."""
        while True:
            self.idle()
            now = min(self.doors["payment"].ask("clock").fields["wake"], until_us)
            for door in self.doors.values():
                door.ask("clock.set", now=now)
            if now == until_us:
                self.idle()
                return

    def topup(self):
        self.doors["payment"].ask("topup", wire.uuid7(), account=wire.uid_random(), amount_rub=500)

    def outside(self):
        """The column of `kopeck status`."""
        done = subprocess.run([self.place.bin / "kopeck", "--config",
                               self.place.path("etc", "kopeck.cfg"), "--json", "status", "payment"],
                              capture_output=True, text=True, timeout=60)
        outside = json.loads(done.stdout)[0]["outside"]
        expect("exit status of status", GREEN if outside == "answers" else RED, done.returncode)
        return outside

    def told(self, count):
        """The log's lines of the outside, once there are so many."""
        wait_until(lambda: len(LINE.findall(self.payment.said())) >= count, PATIENCE_S, 0.05)
        return [(message, pairs.strip()) for message, pairs in LINE.findall(self.payment.said())]

    def fault(self, rules):
        url = self.place.endpoints["sim",]
        request = urllib.request.Request(f"{url}/sim/faults", json.dumps({"rules": rules}).encode(),
                                         {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).close()

    def run(self):
        self.advance(START_US)
        self.light.green("payment")
        expect("status before", "answers", self.outside())
        self.topup()  # asked about after 5 and 30 minutes, then each hour of its day: 25 times
        self.advance(START_US + 25 * HOUR_US)
        began = ("the outside does not answer", 'alarm=OUTSIDE why="cannot be reached" unanswered=2')
        lapsed = ("what waits for the outside is given up", 'why="cannot be reached"')
        expect("the log of 25 hours", [began, lapsed], self.told(2))
        expect("status", "cannot be reached, 25 requests since 2026-01-01T00:05:00.000000Z",
               self.outside())
        self.light.red("payment", "OUTSIDE", "cannot be reached")
        self.processes["sim"].start_whole()
        self.topup()
        self.advance(START_US + 25 * HOUR_US + 5 * MINUTE_US)
        over = ("the outside answers again", "alarm=OUTSIDE after_s=90000 unanswered=25 given_up=1")
        expect("the log when it is over", [began, lapsed, over], self.told(3))
        expect("status after", "answers", self.outside())
        self.light.over("payment", "OUTSIDE")
        self.fault([{"fault": "outage"}])  # asked after 30 and 90 minutes
        self.advance(START_US + 25 * HOUR_US + 90 * MINUTE_US)
        errors = ("the outside does not answer",
                  'alarm=OUTSIDE why="answers with errors of its own" unanswered=2')
        expect("the log of errors", [began, lapsed, over, errors], self.told(4))
        expect("status", "answers with errors of its own, 2 requests since "
               "2026-01-02T01:30:00.000000Z", self.outside())
        self.light.red("payment", "OUTSIDE", "answers with errors of its own")


def main():
    if len(sys.argv) != 2:
        sys.exit(USAGE)
    clean_up_when_told()
    place = Place(sys.argv[1], fleet_options=("--clock", "driven", "--start", str(START_US)))
    trial = None
    try:
        trial = Trial(place)
        trial.run()
    finally:
        for door in trial.doors.values() if trial else ():
            door.close()
        if trial:
            trial.light.close()
        place.close()


if __name__ == "__main__":
    main()
