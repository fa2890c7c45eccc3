#!/usr/bin/python3
"""A ledger's journal of more than three whole segments: filled without a pause, killed while its
last segment is sealed and cleared, started, read and verified.

usage: long_journal.py BIN_DIRECTORY [--segment-events N] [--segments N] [--json]
  --segment-events N   a power of two; 16777216, the default, as a platform has it
  --segments N         whole segments, at least 3 (3)

In the long run with the default segment; in the short one with small ones. What the live part takes
on the disk must not grow with the number of segments: sealing and clearing keep pace with a feed
that never rests.
"""
import argparse
import json
import subprocess
import sys
import time

from process_rig import (Place, Process, Violation, clean_up_when_told, wait_until, wire)
from kopeck_audit import system_uid  # in a folder that process_rig makes known

PRODUCER, REVENUE, CORRECTION = 210, system_uid(1), 8
ITEMS, WINDOW, STALL_S, START_S = 8189, 8, 120, 600
RATE = 300_000  # items a second: a steady load, thirty times the busiest second of a large platform
LIVE_SEGMENTS_MAX = 3.0  # of live part, in segments: one filled, one being sealed, one being cleared


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("bin")
    parser.add_argument("--segment-events", type=int, default=1 << 24)
    parser.add_argument("--segments", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


class Filler:
    """Pushes batches of the same items, several under way; go-back-N after a silence."""

    def __init__(self, ledger, accounts):
        self.feed = ledger.feed(PRODUCER, "importer")
        self.items = [wire.event_write("posting.requested", 0, {
            "debit": REVENUE, "credit": accounts[n % len(accounts)], "amount": 1 + n % 7,
            "kind": CORRECTION, "opens": True}) for n in range(ITEMS)]
        self.done = 0

    def push_up_to(self, last):
        sent, heard_at, began = self.done, time.monotonic(), time.monotonic()
        while self.done < last:
            ahead_s = self.done / RATE - (time.monotonic() - began)
            if ahead_s > 0:
                time.sleep(min(ahead_s, 0.05))
                heard_at += min(ahead_s, 0.05)
            while sent < last and sent - self.done < WINDOW * ITEMS:
                part = self.items[:min(ITEMS, last - sent)]
                self.feed.number += 1
                self.feed.socket.send(wire.batch_write(self.feed.number, PRODUCER, 1, sent + 1,
                                                       part))
                sent += len(part)
            if self.feed.socket.poll(1000):
                answer = wire.feed_answer_read(self.feed.socket.recv())
                if answer.acknowledged > self.done:
                    self.done, heard_at = answer.acknowledged, time.monotonic()
            elif time.monotonic() - heard_at > STALL_S:
                raise Violation(f"nothing was acknowledged in {STALL_S} s after {self.done}")
            else:
                sent = self.done

    def sums(self, accounts):
        """{account: balance}, as the batches come to it."""
        whole, rest = divmod(self.done, ITEMS)
        sums = dict.fromkeys(accounts, 0)
        for n in range(ITEMS):
            sums[accounts[n % len(accounts)]] += (1 + n % 7) * (whole + (n < rest))
        return sums


def status(process):
    door = process.door()
    try:
        return door.ask("status").fields
    finally:
        door.close()


def counter(process, name):
    words = dict(line.split(" ") for line in status(process)["counters"].splitlines()
                 if line.count(" ") == 1)
    return int(words.get(name, -1))


def check_balances(ledger, expected):
    door = ledger.door()
    try:
        for account, sum_of in expected.items():
            cash = door.ask("balance", account=account).fields["cash"]
            if cash != sum_of:
                raise Violation(f"balance {cash}, expected {sum_of}")
    finally:
        door.close()


def check_borders(ledger, last, segment):
    """Pages of the journal that begin on either side of each border hold what they should."""
    door = ledger.door("replay", "auditor")
    try:
        for border in range(segment, last, segment):
            for first in (border - 1, border, border + 1):
                answer = door.ask("replay", **{"epoch": 0, "from": first, "leaf": bytes(32),
                                               "bytes_max": 65536}).fields
                found = [sequence for sequence, _ in wire.records_read(answer["records"])
                         if sequence >= first]
                if not found or found != list(range(first, first + len(found))):
                    raise Violation(f"a page from {first} holds {found[:3]}…")
    finally:
        door.close()


def verify_live(place):
    done = subprocess.run([place.bin / "kopeck", "verify", "--ledger", place.path("var", "ledger")],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Violation(f"kopeck verify: {done.returncode}: {done.stdout[-2000:]}{done.stderr}")


def start(ledger):
    began = time.monotonic()
    ledger.start()
    if not ledger.wait_ready(START_S):
        raise Violation(f"the ledger does not start again: {ledger.status()}: {ledger.said()}")
    return time.monotonic() - began


def run(place, options):
    ledger, accounts = Process(place, "ledger"), [wire.uid_random() for _ in range(100)]
    figures = {"kills": 0, "start_s": 0.0}
    try:
        ledger.start_whole()
        filler = Filler(ledger, accounts)
        began = time.monotonic()
        # Up to the middle of a segment, so that a live part is left beside the sealed ones.
        filler.push_up_to(options.segments * options.segment_events + options.segment_events // 2)
        figures["filled_s"] = round(time.monotonic() - began, 1)
        whole = options.segments * options.segment_events
        while counter(ledger, "journal.sealed_events") < whole:
            ledger.kill()  # in the middle of sealing, or of clearing
            figures["kills"] += 1
            figures["start_s"] = max(figures["start_s"], start(ledger))
            sealing = wait_until(lambda: counter(ledger, "journal.sealed_events") >= whole,
                                 60 if figures["kills"] < 3 else STALL_S, 0.2)
            if not sealing and figures["kills"] > 3:
                raise Violation("the last segment is never sealed")
        ledger.kill()
        figures["kills"] += 1
        figures["start_s"] = round(max(figures["start_s"], start(ledger)), 2)
        last = status(ledger)["last"]
        figures["events"] = last
        bytes_an_event = sum(path.stat().st_size for path in
                             place.path("var", "ledger").glob("segments/*")) / whole
        figures["live_segments"] = round(
            counter(ledger, "journal.used_bytes") / bytes_an_event / options.segment_events, 2)
        check_balances(ledger, filler.sums(accounts))
        check_borders(ledger, last, options.segment_events)
        verify_live(place)
        ledger.stop_whole()
        place.verify("ledger")
    finally:
        ledger.kill()
    if figures["live_segments"] > LIVE_SEGMENTS_MAX + 64 * 1024 * 1024 / (
            bytes_an_event * options.segment_events):
        raise Violation(f"the live part is as large as {figures['live_segments']} segments")
    return figures


def main():
    options = parse()
    clean_up_when_told()
    began = time.monotonic()
    place = Place(options.bin, fleet_options=("--segment-events", str(options.segment_events)),
                  in_memory=False)
    violations, figures = 0, {}
    try:
        figures = run(place, options)
    except Violation as violation:
        print(f"VIOLATION {violation}")
        violations = 1
    finally:
        place.close()
    seconds = time.monotonic() - began
    print(f"{figures} in {seconds:.0f} s")
    if options.json:
        print(json.dumps({"part": "long_journal", "seed": 0, "seconds": round(seconds, 1),
                          "violations": violations, "events": figures.get("events", 0),
                          "kills": figures.get("kills", 0)}))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
