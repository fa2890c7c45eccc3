#!/usr/bin/python3
"""Payment's journal is put back from a backup, in real processes: the notice of a payment that was
credited since comes again, and its money goes to suspense and is told of. Then the next payment has
a number above all that were ever given, and is credited.

usage: test_restored_payment.py BIN_DIRECTORY
"""
import hashlib
import re
import shutil
import subprocess
import sys
import time
import urllib.parse

from process_rig import (PROCESSES, Place, Process, USAGE, Violation, clean_up_when_told,
                         replay_from_1, wait_until, wire)
from syscall_world import SIM_LINES, http_get

ROUBLES, KOPECKS, WAIT_S, REPEATED = 500, 50_000, 20, 2


def expect(what, wanted, found):
    if wanted != found:
        raise Violation(f"{what}: expected {wanted}, found {found}")


class Shop:
    """A customer of ours, and the notices that Robokassa sends about him."""

    def __init__(self, place):
        self.place = place
        self.processes = {name: Process(place, name) for name in PROCESSES}
        self.account = wire.uid_random()
        config = place.path("etc", "payment.cfg").read_text()
        path = re.search(r'password2\w* = "([^"]*)"', config).group(1)
        self.password = open(path).read().strip() if path.startswith("/") else path

    def ask(self, name, request, *words, certificate="operator", **fields):
        door = self.processes[name].door("command", certificate)
        try:
            return door.ask(request, *words, **fields).fields
        finally:
            door.close()

    def topup(self):
        """(number, token, link)"""
        answer = self.ask("payment", "topup", wire.uuid7(), account=self.account,
                          amount_rub=ROUBLES, count_max=0, sum_max=0)
        form = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer["link"]).query))
        expect("the number in the link", str(answer["invoice"]), form["InvId"])
        return answer["invoice"], form["Shp_token"], answer["link"]

    def pay(self, link):
        if http_get(link, WAIT_S) is None:
            raise Violation("the stand-in's page does not open")

    def repeat_notice(self, number, token):
        total = f"{ROUBLES}.000000"
        base = f"{total}:{number}:{self.password}:Shp_token={token}"
        fields = [["OutSum", total], ["InvId", str(number)], ["Shp_token", token],
                  ["SignatureValue", hashlib.sha256(base.encode()).hexdigest().upper()]]
        return self.ask("payment", "callback", wire.uuid7(), certificate="web",
                        fields=wire.pack(fields))

    def cash(self):
        try:
            return self.ask("ledger", "balance", account=self.account)["cash"]
        except wire.Failure:
            return 0  # not opened yet

    def wait_cash(self, wanted):
        if not wait_until(lambda: self.cash() == wanted, WAIT_S):
            raise Violation(f"cash {self.cash()}, expected {wanted}")

    def events(self, name):
        door = self.processes[name].door("replay", "auditor")
        try:
            return [wire.event_read(raw) for raw in replay_from_1(door)[0]]
        finally:
            door.close()

    def kopeck(self, *words):
        done = subprocess.run([self.place.bin / "kopeck", "--config",
                               self.place.path("etc", "kopeck.cfg"), *words],
                              capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise Violation(f"kopeck {' '.join(words)}: {done.returncode}: "
                            f"{done.stdout}{done.stderr}")
        return done.stdout


def put_back(shop, backup, last):
    """As docs/rules.md has it: the copy, a larger epoch, and who follows accepts the history."""
    payment, place = shop.processes["payment"], shop.place
    payment.stop_whole()
    shutil.rmtree(place.path("var", "payment"))
    shutil.copytree(backup, place.path("var", "payment"))
    config = place.path("etc", "payment.cfg")
    config.write_text(config.read_text().replace(
        "\njournal\n", f"\njournal\n    epoch = {int(time.time()) + 60}\n", 1))
    payment.start_whole()
    for follower in ("ledger", "autopay", "notify"):
        shop.kopeck("reseed", follower, "payment", "--sequence", str(last), "--yes")


def run(shop):
    payment = shop.processes["payment"]
    number, token, link = shop.topup()
    payment.stop_whole()
    backup = shop.place.directory / "backup"
    shutil.copytree(shop.place.path("var", "payment"), backup)
    payment.start_whole()
    last = next(n for n, event in enumerate(shop.events("payment"), 1)
                if event.type == "payment.created")
    shop.pay(link)
    shop.wait_cash(KOPECKS)
    lost, _, lost_link = shop.topup()
    shop.pay(lost_link)
    shop.wait_cash(2 * KOPECKS)
    put_back(shop, backup, last)
    expect("the answer to the repeated notice", number,
           shop.repeat_notice(number, token)["invoice"])
    after, _, link = shop.topup()
    if not lost < after < 10**15:
        raise Violation(f"number {after} after {lost}")
    shop.pay(link)
    shop.wait_cash(3 * KOPECKS)
    succeeded = [e.fields["invoice"] for e in shop.events("payment")
                 if e.type == "payment.succeeded"]
    expect("what payment says now", [number, after], succeeded)
    events = shop.events("ledger")
    told = [e.fields for e in events if e.type == "payment.suspended"]
    expect("what the ledger tells", [(number, shop.account, KOPECKS, REPEATED)],
           [(e["invoice"], e["account"], e["amount"], e["why"]) for e in told])
    credits = [e.fields["reference"] for e in events
               if e.type == "posted" and e.fields["account"] == shop.account]
    expect("credits by number", [number, lost, after],
           [int.from_bytes(reference, "big") for reference in credits])
    counters = dict(line.split(" ") for line in
                    shop.ask("ledger", "status")["counters"].splitlines() if line.count(" ") == 1)
    expect("the counter", "1", counters["payments_suspended"])


def main(bin_directory):
    place = Place(bin_directory, SIM_LINES)
    shop = Shop(place)
    try:
        for process in shop.processes.values():
            process.start()
        for process in shop.processes.values():
            if not process.wait_ready():
                raise Violation(f"{process.name} does not start: {process.said()}")
        run(shop)
        shop.processes["ledger"].stop_whole()
        place.verify("ledger")
    finally:
        for process in shop.processes.values():
            process.kill()
        place.close()
    print("a repeated notice after a restore: in suspense, and told of")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(USAGE)
    clean_up_when_told()
    main(sys.argv[1])
