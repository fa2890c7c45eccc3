#!/usr/bin/python3
"""hour - what an hour's boundary costs: that many resources run, their hour settles, and each has a line. Real
metering and ledger on the driven clock; a service asks the ledger for a balance all the while.

usage: hour.py BIN [--lines N] [--json FILE]
Exit status 1 if a line is missing, the sum of all lines is not what the minutes cost, or between two
answers more was posted than a few batches.
"""
import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "python"))
import kopeck_wire as wire  # noqa: E402
from traveller import MINUTE_US, PLATFORM, Traveller, floor_kopecks  # noqa: E402

BEGIN_US, HOUR_US = 1_767_225_600_000_000, 60 * MINUTE_US  # 2026-01-01T00:00:00Z
BATCH, ACCOUNT_RESOURCES, TARIFF = 8189, 100, "nachalny"
WAIT_S, PAUSE_S = 600, 0.001
BETWEEN_ANSWERS = 120_000  # events at most: a dozen full batches; all of an hour where nobody is asked


def uid(number, kind):
    return (number << 64 | kind).to_bytes(16, "big")


class Asker(threading.Thread):
    """A service's questions, one after the other: how long each waited, and what was posted between two answers."""

    def __init__(self, traveller, account):
        super().__init__(daemon=True)
        self.door = traveller.door("ledger", name="service")
        self.account, self.over, self.waits_ms, self.most = account, False, [], 0

    def run(self):
        before = 0
        while not self.over:
            begun = time.monotonic()
            sequence = self.door.ask("balance", account=self.account).fields["sequence"]
            self.waits_ms.append((time.monotonic() - begun) * 1000)
            self.most = max(self.most, sequence - before if before else 0)
            before = sequence
            time.sleep(PAUSE_S)


class Hour(Traveller):
    def set_clocks(self, now):
        for name in ("metering", "ledger"):
            self.door(name).ask("clock.set", now=now)

    def wait(self, what, condition):
        ends = time.monotonic() + WAIT_S
        while not condition():
            if time.monotonic() > ends:
                raise SystemExit(f"hour: {what}: not within {WAIT_S} s")
            time.sleep(0.002)

    def lift_quotas(self, kopeck, lines):
        many = str(10 * lines)
        subprocess.run([*kopeck, "quotas", "set", "--replicas", many, "--meters", many, "--meters-hour", many,
                        "--accounts-hour", many, "--bytes-hour", str(2**40)], check=True, stdout=subprocess.DEVNULL)

    def start(self, lines):
        """Every resource runs from the hour's first instant on."""
        feed, sent = self.feed("metering", PLATFORM, "platform"), 0
        while sent < lines:
            items = [wire.event_write("replica.started", BEGIN_US, {
                "resource": uid(n + 1, 2), "replica": uid(n + 1, 3), "account": uid(n // ACCOUNT_RESOURCES + 1, 1),
                "tariff": TARIFF, "kind": 1}) for n in range(sent, min(lines, sent + BATCH))]
            answer = feed.batch(sent + 1, items, 0, deadline_s=60)
            if any(answer.results):
                raise SystemExit(f"hour: refused: {set(answer.results)}")
            sent = answer.acknowledged
        return feed, sent

    def run_hour(self, kopeck, lines):
        self.lift_quotas(kopeck, lines)
        self.set_clocks(BEGIN_US)
        feed, sent = self.start(lines)
        # The first hour opens every account and meter; the second is what each hour costs.
        found = []
        for hour in (1, 2):
            now = BEGIN_US + hour * HOUR_US
            self.set_clocks(now)
            feed.batch(sent + 1, [], now, deadline_s=60)
            before = self.status("ledger")["last"]
            asker = Asker(self, uid(1, 1)) if hour == 2 else None
            if asker:
                asker.start()
                time.sleep(0.5)
                asker.waits_ms.clear()
            begun = time.monotonic()
            # Its lines are closed when the settlement is over.
            self.set_clocks(now + 10 * MINUTE_US)
            self.wait("all lines", lambda: self.status("ledger")["last"] >= before + lines)
            found = [time.monotonic() - begun]
            if asker:
                asker.over = True
                asker.join()
                waits = sorted(asker.waits_ms)
                if asker.most > BETWEEN_ANSWERS:
                    raise SystemExit(f"hour: {asker.most} events between two answers, at most {BETWEEN_ANSWERS} wanted")
                found += [waits[len(waits) // 2], waits[int(len(waits) * 0.99)], waits[-1]]
        cash, wanted = self.balance(uid(1, 1))["cash"], -ACCOUNT_RESOURCES * floor_kopecks({TARIFF: 120})
        if cash != wanted:
            raise SystemExit(f"hour: an account has {cash} kopecks, expected {wanted}")
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bin", type=Path)
    parser.add_argument("--lines", type=int, default=1_200_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="kopeck-hour-", dir="/var/tmp"))
    listing = place / "endpoints"
    with listing.open("w") as out:
        fleet = subprocess.Popen([options.bin / "kopeck-fleet", "up", "--clock", "driven", "--start", str(BEGIN_US),
                                  "--dir", place / "fleet"], stdout=out)
    try:
        while not any(line.startswith("sim ") for line in listing.read_text().splitlines()):
            if fleet.poll() is not None:
                raise SystemExit("hour: the fleet did not start")
            time.sleep(0.05)
        hour = Hour(place / "fleet", listing)
        kopeck = [options.bin / "kopeck", "--config", place / "fleet/etc/kopeck.cfg"]
        seconds, p50, p99, worst = hour.run_hour(kopeck, options.lines)
        print(f"an hour of {options.lines} lines: {seconds:.2f} s from its end to the last posting, "
              f"{options.lines / seconds:,.0f} lines/s; a balance meanwhile: p50 {p50:.2f} ms, p99 {p99:.1f} ms, "
              f"at most {worst:.1f} ms")
        if options.json:
            options.json.write_text(json.dumps({"lines": options.lines, "seconds": seconds, "balance_p50_ms": p50,
                                                "balance_p99_ms": p99, "balance_worst_ms": worst}, indent=1) + "\n")
    finally:
        fleet.terminate()
        fleet.wait(60)
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
