#!/usr/bin/python3
"""The page's budgets on this machine, with every process beside it: /balance asked for a hundred times a second, and
the details of an account with a long history, each side, any period, first and next pages.

usage: page_budgets.py BIN_DIRECTORY [POSTINGS]

Prints rows for docs/bench.md. Latencies are those of whole answers over a connection that is kept; what others do on
the machine is in them, and not in the last column: milliseconds of a processor that all processes took for one answer.
"""
import concurrent.futures
import http.client
import os
import random
import re
import sys
import time

from page_rig import BANK, CORRECTION, FROM_BANK, REVENUE, World, equal, new_account, system, wire

RATE, SECONDS, BROWSERS, LOOKS = 100, 20, 40, 30
IMPORTER, BATCH = 201, 500


class Kept:
    """A signed-in browser with a connection of its own."""

    def __init__(self, world, account):
        browser = world.browser(account)
        self.headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items()),
                        "X-Real-IP": browser.source}
        host, port = world.address.split(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=30)

    def look(self, path):
        began = time.perf_counter()
        self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        return time.perf_counter() - began, answer.status, text


def quantiles(seconds):
    ordered = sorted(seconds)
    return [ordered[int(len(ordered) * part)] * 1000 for part in (0.5, 0.99)]


def processor(world):
    """Seconds that all processes of the world have computed so far."""
    ticks = 0
    for process in world.processes.values():
        with open(f"/proc/{process.child.pid}/stat", encoding="ascii") as stat:
            ticks += sum(map(int, stat.read().rsplit(") ", 1)[1].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def tell(what, seconds, others, computed=None):
    middle, most = quantiles(seconds)
    each = f"{computed * 1000 / len(seconds):.2f}" if computed is not None else ""
    print(f"| {what} | {middle:.1f} | {most:.1f} | {len(seconds)} of {len(seconds) + others} | {each} |", flush=True)


def measure_balance(world):
    """Asked at the rate, whether the answers come or not: who is late makes nobody else late."""
    accounts = [new_account() for _ in range(BROWSERS)]
    for account in accounts:
        world.give(account, 123456)
    browsers = [Kept(world, account) for account in accounts]
    began, took, others = time.monotonic() + 0.5, [], 0
    computed = processor(world)

    def run(place):
        found = []
        for number in range(place, RATE * SECONDS, BROWSERS):
            time.sleep(max(0, began + number / RATE - time.monotonic()))
            found.append(browsers[place].look("/balance"))
        return found
    with concurrent.futures.ThreadPoolExecutor(BROWSERS) as pool:
        for found in pool.map(run, range(BROWSERS)):
            took += [seconds for seconds, status, _ in found if status == 200]
            others += sum(status != 200 for _, status, _ in found)
    tell(f"`/balance`, {RATE} a second", took, others, processor(world) - computed)


def fill(world, account, postings):
    """So many debits of a kopeck, and a credit after each ten thousandth."""
    feed = world.processes["ledger"].feed(IMPORTER, "importer")
    items, now = [], time.time_ns() // 1000
    for number in range(postings):
        credit = number % 10000 == 0
        items.append(wire.event_write("posting.requested", now, {
            "debit": system(BANK) if credit else account, "credit": account if credit else system(REVENUE),
            "amount": 100 if credit else 1, "kind": FROM_BANK if credit else CORRECTION, "opens": True}))
        if len(items) == 20 * BATCH or number + 1 == postings:
            equal("postings refused", 0, len(feed.push(items, 0, deadline_s=120)))
            items = []
    feed.close()


def measure_details(world, account):
    browser, now = Kept(world, account), time.time()
    for side in ("debits", "credits", "all"):
        first, later, others = [], [], 0
        for _ in range(LOOKS):
            time.sleep(0.45)  # an account is answered five times a second
            ends = now + 3600 if random.random() < 0.5 else now - random.random() * 30
            clock = time.strftime("%d.%m.%Y %H:%M", time.gmtime(ends + 3 * 3600)).replace(" ", "%20")
            seconds, status, text = browser.look(f"/balance/lines?side={side}&from=01.01.2026&to={clock}")
            first += [seconds] if status == 200 else []
            others += status != 200
            older = re.search('rel="next" href="([^"]*)"', text)
            if older:
                seconds, status, _ = browser.look(older[1].replace("&amp;", "&"))
                later += [seconds] if status == 200 else []
        tell(f"details, {side}, first page", first, others)
        if later:
            tell(f"details, {side}, next page", later, 0)


def main():
    postings = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with World(sys.argv[1]) as world:
        print("| what | p50, ms | p99, ms | answered | processor, ms |\n|---|---:|---:|---:|---:|")
        measure_balance(world)
        account = new_account()
        began = time.monotonic()
        fill(world, account, postings)
        print(f"{postings} postings of one account took {time.monotonic() - began:.0f} s", file=sys.stderr)
        measure_details(world, account)
    return 0


if __name__ == "__main__":
    sys.exit(main())
