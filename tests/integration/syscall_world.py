"""A load for payment, autopay and web: all processes and the stand-in of Robokassa run, one of them
is hurt, and money goes round: a customer pays by card and allows autopay, is debited, and is
charged by autopay again.

What is true whatever fails: an invoice number that was given out is kept; a notice that was
answered with OK is a payment that succeeded; an account gets every capture credited once; autopay
captures once for one fall of the balance, or its request stays open because nobody may say that it
left.
"""
import json
import time
import urllib.error
import urllib.request
from collections import Counter

from process_rig import PROCESSES, Process, Unanswered, Violation, wait_until, wire
from services_table import JOURNALS
from syscall_loads import CORRECTION, REVENUE, audited, expect

TOPUP, DEBIT = 100_000, 95_000  # kopecks; 5 rubles 00 are left, below autopay's threshold
SETTLE_S, OPEN_S, VISIT_S = 60, 3, 4
SIM_LINES = ("payer = pay", "redirect = no", "decision_delay_ms = 1",
             "delivery_gaps_ms = " + ",".join(str(min(100 * 2**n, 2000)) for n in range(15)))


def http_get(url, seconds):
    """The body; None if there was no answer of the kind 200."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return answer.read()
    except (OSError, urllib.error.URLError, ValueError):
        return None


class World:
    """The processes that are not hurt, and what they know."""

    def __init__(self, place, hurt):
        self.place = place
        self.others = [Process(place, name) for name in PROCESSES if name != hurt.name]
        self.processes = {process.name: process for process in [*self.others, hurt]}
        for process in self.others:
            process.start()
        for process in self.others:
            if not process.wait_ready():
                raise Violation(f"{process.name} does not start: {process.said()}")
        self.doors = {}

    def door(self, name, certificate="operator"):
        if (name, certificate) not in self.doors:
            self.doors[name, certificate] = self.processes[name].door(certificate=certificate)
        return self.doors[name, certificate]

    def close(self):
        for door in self.doors.values():
            door.close()
        for process in reversed(self.others):
            process.stop()

    def check(self):
        for process in self.others:
            if not process.alive():
                raise Violation(f"{process.name} ended beside it with {process.status()}: "
                                f"{process.said()}")

    def cash(self, account):
        try:
            return self.door("ledger").ask("balance", account=account).fields["cash"]
        except wire.Failure:
            return 0  # not opened yet

    def captures(self):
        """{invoice: the notice of it was answered with OK}, each once."""
        found = json.loads(http_get(self.place.endpoints[("sim",)] + "/sim/captures", VISIT_S))
        twice = [n for n, count in Counter(c["invoice"] for c in found["captures"]).items()
                 if count > 1]
        expect("invoices captured twice", [], twice)
        return {c["invoice"]: c["acknowledged"] for c in found["captures"]}


class WorldLoad:
    ACCOUNTS = 2

    def __init__(self, world):
        self.world = world
        self.accounts = [wire.uid_random() for _ in range(self.ACCOUNTS)]
        self.topups = {account: wire.uuid7() for account in self.accounts}
        self.debits = {account: wire.uuid7() for account in self.accounts}
        self.invoices, self.visited = {}, set()

    def play(self, process, deadline_s, whole=False):
        try:
            for account in self.accounts:
                self.pay(account, deadline_s, whole)
            self.wait(process, deadline_s, whole, lambda account: self.world.cash(account) > 0)
            for account in self.accounts:
                if whole or self.world.cash(account) == TOPUP:
                    # More than one operator may move alone in a day.
                    self.world.door("ledger", "importer").ask(
                        "post", self.debits[account], debit=account, credit=REVENUE, amount=DEBIT,
                        kind=CORRECTION)
            if process.name == "web":
                http_get(self.world.place.endpoints[("web",)] + "/health", deadline_s)
            if whole:
                self.settle()
            else:
                self.wait(process, deadline_s, whole,
                          lambda account: self.world.cash(account) == 2 * TOPUP - DEBIT)
        except (Unanswered, wire.Failure) as silence:
            if whole:
                raise Violation(f"after a whole start: {silence}") from silence

    def pay(self, account, deadline_s, whole):
        answer = self.world.door("payment").ask(
            "topup", self.topups[account], deadline_s=deadline_s, account=account,
            amount_rub=TOPUP // 100, count_max=31, sum_max=0).fields
        expect("the invoice of a repeated command",
               self.invoices.setdefault(account, answer["invoice"]), answer["invoice"])
        if account not in self.visited and http_get(answer["link"], VISIT_S) is not None:
            self.visited.add(account)

    def wait(self, process, deadline_s, whole, condition):
        """For all accounts, while the process lives and says so in time."""
        ended = wait_until(lambda: all(map(condition, self.accounts)) or not process.alive(),
                           SETTLE_S if whole else deadline_s)
        if whole and not ended:
            raise Violation(f"top-ups are not credited in {SETTLE_S} s: "
                            f"{[self.world.cash(account) for account in self.accounts]}")

    def settle(self):
        """Every account is charged again, or its request is open after a while."""
        ends, opened = time.monotonic() + SETTLE_S, {}
        waiting = set(self.accounts)
        while waiting:
            for account in list(waiting):
                request = self.world.door("autopay").ask("autopay", account=account).fields
                if self.world.cash(account) == 2 * TOPUP - DEBIT and not request["request"]:
                    waiting.discard(account)
                elif request["request"]:
                    since = opened.setdefault(account, time.monotonic())
                    if time.monotonic() - since > OPEN_S and self.is_open(request["request"]):
                        waiting.discard(account)
            if time.monotonic() > ends:
                self.payments()  # may say why
                raise Violation(f"not charged in {SETTLE_S} s: " + "; ".join(
                    f"{account.hex()} has {self.world.cash(account)}" for account in waiting))

    def is_open(self, request):
        """Robokassa captured nothing for it, and payment does not know that for certain."""
        created, captured = self.payments()
        for invoice, fields in created.items():
            if fields["request"] == request:
                state = self.world.door("payment").ask("payment", invoice=invoice).fields["state"]
                return invoice not in captured and state in (2, 4)  # sent, unknown
        return False

    def payments(self):
        """{invoice: fields of payment.created} of our accounts, and what was captured just before;
        each success once."""
        created, succeeded, captured = {}, Counter(), self.world.captures()

        def take(_, event):
            if event.type == "payment.created" and event.fields["account"] in self.topups:
                created[event.fields["invoice"]] = event.fields
            succeeded[event.fields.get("invoice")] += event.type == "payment.succeeded"

        audited(take, self.world.processes["payment"])
        for invoice, acknowledged in captured.items():
            if acknowledged and succeeded[invoice] != 1:
                raise Violation(f"the notice of {invoice} was answered with OK; payment.succeeded "
                                f"is there {succeeded[invoice]} times")
        requests = Counter(fields["request"] for fields in created.values() if fields["request"])
        if any(count > 1 for count in requests.values()):
            raise Violation(f"invoices of autopay's requests: {requests}")
        return created, captured

    def audit(self, process, whole=False):
        """What was acknowledged is kept; `whole`: every kopeck captured is credited."""
        self.world.check()
        created, captured = self.payments()
        lost = [n for account, n in self.invoices.items()
                if created.get(n, {}).get("account") != account]
        expect("invoices given out and lost", [], lost)
        for account in self.accounts:
            ours = [n for n, fields in created.items() if fields["account"] == account]
            count = sum(n in captured for n in ours)
            if count > 2:
                raise Violation(f"{account.hex()} was charged {count} times")
            if whole:
                expect(f"the cash of {account.hex()}", count * TOPUP - DEBIT,
                       self.world.cash(account))
