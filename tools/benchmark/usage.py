#!/usr/bin/python3
"""usage - how many items a second POST /api/v1/usage takes, as JSON Lines and as MessagePack: real
processes, one program that sends one batch after the other, each acknowledged after its commit.

usage: usage.py BIN [--seconds S] [--json FILE]
It waits for up to a minute until its tariff begins. Exit status 1 if an item was refused.
"""
import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "python"))
import kopeck_wire as wire  # noqa: E402

BATCH, ACCOUNT_REPLICAS, MINUTE = 8189, 100, 60
TARIFF = "bench"


def ids(number):
    """(resource, replica, account) of a replica; an account has one resource of a hundred."""
    account = number // ACCOUNT_REPLICAS + 1
    return uuid.UUID(int=account << 64 | 2), uuid.UUID(int=number << 64 | 3), uuid.UUID(int=account << 64 | 1)


def lines(first, minute):
    at = datetime.fromtimestamp(minute, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = []
    for number in range(first, first + BATCH):
        resource, replica, account = ids(number)
        rows.append('{"type":"usage.ticked","at":"%s","resource":"%s","replica":"%s","account":"%s",'
                    '"tariff":"%s"}' % (at, resource, replica, account, TARIFF))
    return "\n".join(rows).encode()


def packed(first, minute):
    rows = []
    for number in range(first, first + BATCH):
        resource, replica, account = ids(number)
        rows.append(wire.event_write("usage.ticked", minute * 10**6, {
            "resource": resource.bytes, "replica": replica.bytes, "account": account.bytes,
            "tariff": TARIFF, "kind": 1}))
    return b"".join(rows)


def processor_seconds(place, name):
    """What that process of the fleet has used, by the kernel."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"{place}/etc/{name}.cfg" in (entry / "cmdline").read_text(errors="replace").split("\0"):
                words = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            continue
    raise SystemExit(f"usage: no process {name}")


class Sender:
    def __init__(self, place, key):
        self.connection = http.client.HTTPConnection(place, timeout=30)
        self.key, self.next = key, {}

    def send(self, producer, kind, body):
        """How many items are durable that were not."""
        first = self.next.get(producer, 1)
        self.connection.request(
            "POST", f"/api/v1/usage?producer={producer}&epoch=1&first={first}", body,
            {"Authorization": f"Bearer {self.key}", "Content-Type": kind})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status == 503:
            time.sleep(0.05)
            return 0
        if answer.status != 200 or set(json.loads(text)["results"]) - {"ok"}:
            raise SystemExit(f"usage: {answer.status}: {text[:300]!r}")
        taken = json.loads(text)["acknowledged"] + 1 - first
        self.next[producer] = first + taken
        return taken


def measure(sender, producer, kind, make, seconds, batches):
    """(items a second, the median and the 99th of a batch in ms, items); every replica ticks in each
    minute."""
    minute = int(time.time()) // MINUTE * MINUTE
    bodies = [make(producer * 10**6 + i * BATCH, minute + later * MINUTE)
              for later in range(2) for i in range(batches)]
    sender.connection.close()  # it was silent for as long as the bodies took
    took, items, begun = [], 0, time.monotonic()
    while bodies and time.monotonic() - begun < seconds:
        at = time.monotonic()
        taken = sender.send(producer, kind, bodies[0])
        if taken == BATCH:
            bodies.pop(0)
        took.append(time.monotonic() - at)
        items += taken
    spent = time.monotonic() - begun
    took.sort()
    return items / spent, took[len(took) // 2] * 1000, took[int(len(took) * 0.99)] * 1000, items


def wait_for_tariff(kopeck):
    begins = (int(time.time()) // MINUTE + 1) * MINUTE
    if begins - time.time() < 2:
        begins += MINUTE
    kopeck("tariff", "define", TARIFF, "Benchmark", "290", "--effective",
           datetime.fromtimestamp(begins, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    time.sleep(max(0, begins + 1 - time.time()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bin", type=Path)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="kopeck-usage-", dir="/var/tmp"))
    fleet = subprocess.Popen([options.bin / "kopeck-fleet", "up", "--dir", place],
                             stdout=subprocess.PIPE, text=True)
    try:
        url = next(line.split()[1] for line in fleet.stdout if line.startswith("api "))

        def kopeck(*words):
            subprocess.run([options.bin / "kopeck", "--config", place / "etc/kopeck.cfg", *words],
                           check=True, stdout=subprocess.DEVNULL)
        next(line for line in fleet.stdout if line.startswith("sim "))
        wait_for_tariff(kopeck)
        sender = Sender(url.removeprefix("http://"), (place / "secret/api_key").read_text().strip())
        batches = max(2, int(options.seconds * 12))
        found = {}
        for name, producer, kind, make in (
                ("usage over /api/v1: JSON Lines", 100, "application/jsonl", lines),
                ("usage over /api/v1: MessagePack", 101, "application/msgpack", packed)):
            before = [processor_seconds(place, who) for who in ("api", "metering")]
            *figures, items = measure(sender, producer, kind, make, options.seconds, batches)
            used = [(processor_seconds(place, who) - was) / items * 1e6
                    for who, was in zip(("api", "metering"), before)]
            found[name] = [*figures, *used]
            print("%-34s %9s items/s  p50 %.1f ms  p99 %.1f ms a batch of %d; processor an item: api "
                  "%.2f us, metering %.2f us" % (name, f"{figures[0]:,.0f}".replace(",", " "),
                                                 *figures[1:], BATCH, *used))
        if options.json:
            options.json.write_text(json.dumps(found, indent=1) + "\n")
    finally:
        fleet.terminate()
        fleet.wait(60)
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
