"""The platform's own people: campaigns, prices, refunds and disputes, the quarter's acts, and what
machines leave to people.

What is above one person's limits two do: `boss` agrees to what the operator proposed.
"""
import random
from datetime import datetime, timezone

from cloud import HOUR_US, MINUTE_US
from stage import Failure, msgpack, wire

DAY_US = 24 * HOUR_US
MISTAKE, GOODWILL, OTHER = 1, 2, 6
CORRECTION, SETTLEMENT, FEE = 8, 9, 10
REVENUE, CLEARING, BANK, FEES = 1, 2, 3, 4
DISPUTE_MAX = 500_000
BAD_CARDS, BAD_CARDS_MAX = 0.08, 40
GIFT, PERCENT, FIXED, WELCOME = 1, 2, 3, 4
SUCCEEDED, DECLINED = 1, 2
CARDS = [  # of a thousand thousand
    {"fault": "decline", "on": "recurring", "probability_ppm": 30_000},
    {"fault": "late_decision", "on": "recurring", "probability_ppm": 10_000, "delay_ms": 1_500_000},
    {"fault": "timeout_after_accept", "on": "recurring", "probability_ppm": 3_000},
    {"fault": "callback_late", "on": "initial", "probability_ppm": 10_000, "delay_ms": 600_000},
    {"fault": "callback_never", "on": "initial", "probability_ppm": 10_000},
    {"fault": "callback_duplicate", "on": "initial", "probability_ppm": 20_000, "times": 2},
    {"fault": "callback_wrong_amount", "on": "initial", "probability_ppm": 3_000},
    {"fault": "callback_wrong_signature", "on": "initial", "probability_ppm": 2_000},
    {"fault": "server_error", "on": "receipt", "probability_ppm": 10_000},
    {"fault": "timeout_after_accept", "on": "refund", "probability_ppm": 60_000},
]
RATES = [  # kind, code, kopecks, MiB that cost nothing
    *((3, tariff, 3500, 5120) for tariff in
      ("probny", "nachalny", "nachalny_plus", "standartny", "ultra")),
    *((kind, f"kopeck-{size}", price, 0) for size, kind, price in
      (("small", 4, 4_000), ("small", 5, 12_000), ("large", 4, 30_000), ("large", 5, 90_000)))]


class Office:
    def __init__(self, stage, agenda, customers, seed):
        self.stage, self.agenda, self.customers, self.seed = stage, agenda, customers, seed
        self.rng, self.done = random.Random(f"{seed}/office"), {}
        self.bad_cards = []

    def count(self, what):
        self.done[what] = self.done.get(what, 0) + 1

    def command(self, process, request, **fields):
        """The answer; above one's limits another agrees at once. None if it is refused."""
        identity = wire.uuid7()
        door = self.stage.door(process)
        try:
            answer = door.ask(request, identity, retry=False, **fields).fields
        except Failure as failure:
            self.count(f"{request} refused: {failure.name}")
            return None
        self.count(request)
        if answer.get("pending"):
            self.count(f"{request} by two")
            agreed = self.stage.door(process, name="deputy").ask("approve", wire.uuid7(),
                                                                  command=identity)
            answer["sequence"] = agreed.sequence
        return answer

    # --- the first day ---

    def open(self, now):
        self.stage.faults(self.seed, CARDS)
        for kind, code, price, included in RATES:
            self.command("metering", "rate.define", kind=kind, code=code, title=code, price=price,
                         included=included, effective=now + MINUTE_US)
        self.command("payment", "promo.begin", kind=WELCOME, value=5_000, in_all=500)
        self.agenda.at(now + 5 * DAY_US, self.announce)
        self.agenda.at(now + 65 * DAY_US, self.grant)
        self.campaign("GIFTFORYOU", kind=GIFT, value=5_000, in_all=10_000, per_account=1,
                      life_us=30 * DAY_US)
        self.campaign("TWENTYPERCENT", kind=PERCENT, value=2_000, cap=30_000, in_all=3_000,
                      per_account=3)
        self.campaign("FIRST100", kind=FIXED, value=10_000, topup_min=30_000, in_all=2_000,
                      per_account=1, first_topup=True, life_us=60 * DAY_US)
        self.campaign("SHORTSUMMER", kind=PERCENT, value=1_000, cap=10_000, in_all=50,
                      per_account=1, ends=now + 45 * DAY_US)
        made = self.stage.kopeck("promo", "create", "gift", "77", "--in-all", "100", "--bonus-days",
                                 "10")
        self.customers.codes += [
            row["code"] for row in self.stage.kopeck("promo", "codes", made["campaign"], "100")]

    def campaign(self, word, **terms):
        answer = self.command("payment", "promo.begin", **terms)
        campaign = answer["campaign"] or len(self.customers.words) + 2  # behind the welcome
        self.command("payment", "promo.add", campaign=campaign, code=word)
        self.customers.words.append(word)

    def announce(self, now):
        """A price rises in a fortnight; another was said too early, and is withdrawn."""
        self.command("metering", "tariff.define", code="standartny", title="Стандартный",
                     price=149_000, effective=now + 14 * DAY_US)
        wrong = self.command("metering", "tariff.define", code="ultra", title="Ультра",
                             price=500_000, effective=now + 60 * DAY_US)
        self.command("metering", "tariff.withdraw", version=wrong["version"])

    def grant(self, now):
        """For the second month, to some of those who may have paid in the first."""
        month = f"{datetime.fromtimestamp((now - 20 * DAY_US) // 1_000_000, timezone.utc):%Y-%m}"
        accounts = self.customers.accounts
        for account in self.rng.sample(accounts, min(20, len(accounts))):
            done = self.stage.kopeck("grant", account.name, month, "--up", 40_000, "--yes",
                                     status=None)
            self.count("grant" if done else "grant refused")

    def begin_work(self, now, often):
        """How often in a month: in a year of a thousand accounts as a platform has it."""
        for what, times in (("refund", 12), ("dispute", 4), ("correct", 3), ("give", 6),
                            ("settle", 4), ("look_at_receipts", 4), ("search", 1)):
            for _ in range(max(1, round(times * often))):
                self.agenda.at(now + self.rng.randrange(4 * DAY_US, 30 * DAY_US),
                               self.again, getattr(self, what), 30)

    def again(self, what, days, now):
        what(now)
        self.agenda.at(now + days * DAY_US, self.again, what, days)

    # --- money that goes back ---

    def someone_who_paid(self):
        """(account, invoice, kopecks) of a last payment of somebody; None if there is none."""
        payers = [account for account in self.customers.accounts if account.paid]
        if not payers:
            return None
        account = self.rng.choice(payers)
        return account, *account.paid.pop()

    def refund(self, _now):
        found = self.someone_who_paid()
        if found:
            _, invoice, kopecks = found
            share = 100 if self.rng.random() < 0.4 else self.rng.randrange(20, 90)
            self.command("payment", "refund", invoice=invoice, amount=kopecks * share // 100,
                         reason=GOODWILL)

    def dispute(self, now):
        found = self.someone_who_paid()
        if not found or found[2] > DISPUTE_MAX:
            return
        _, invoice, kopecks = found
        amount = f"{kopecks // 100}.{kopecks % 100:02d}"
        self.stage.kopeck("dispute", invoice, "--amount", amount)
        self.count("dispute")
        if self.rng.random() < 0.5:
            self.agenda.at(now + 20 * DAY_US, self.win, invoice, amount)

    def win(self, invoice, amount, _now):
        self.stage.kopeck("dispute", "won", invoice, "--amount", amount)
        self.count("dispute won")

    # --- by hand ---

    def post(self, debit, credit, amount, kind, reason):
        self.command("ledger", "post", debit=debit, credit=credit, amount=amount, kind=kind,
                     reason=reason)

    def somebody(self):
        seen = [account for account in self.customers.accounts if account.paid]
        return self.rng.choice(seen) if seen else None

    def correct(self, _now):
        account, amount = self.somebody(), self.rng.randrange(100, 20_000)
        if account:
            system = wire.uid_from_text(f"00000000-0000-8000-8000-{REVENUE:012x}")
            self.post(system, account.uid, amount, CORRECTION, MISTAKE)
            self.post(account.uid, system, amount // 2, CORRECTION, MISTAKE)

    def give(self, now):
        account = self.somebody()
        if account:
            answer = self.command("ledger", "bonus.give", account=account.uid,
                                  amount=self.rng.randrange(2_000, 30_000),
                                  until=now + 14 * DAY_US, reason=GOODWILL)
            if answer and self.rng.random() < 0.4:
                self.agenda.at(now + DAY_US, self.void, account, answer["lot"])

    def void(self, account, lot, _now):
        """What is left of it an operator must know; if all is spent there is nothing to end."""
        rows = self.stage.kopeck("lots", account.name)
        left = [row["left"] for row in rows if row["number"] == lot and row["left"]]
        if left:
            self.command("ledger", "bonus.void", account=account.uid, lot=lot, amount=left[0],
                         reason=MISTAKE)

    def settle(self, _now):
        """Robokassa pays out what it collected, less its fee: two agree, for it is much."""
        balances = dict(msgpack.unpackb(self.stage.ask("ledger", "totals")["systems"]))
        collected = -balances.get(CLEARING, 0)
        if collected > 100_000:
            fee = collected * 39 // 1000
            systems = [wire.uid_from_text(f"00000000-0000-8000-8000-{n:012x}")
                       for n in (CLEARING, BANK, FEES)]
            self.post(systems[1], systems[0], collected - fee, SETTLEMENT, OTHER)
            self.post(systems[2], systems[0], fee, FEE, OTHER)

    def search(self, _now):
        self.customers.guess_codes(self.rng.choice(self.customers.accounts))

    def look_at_receipts(self, _now):
        rows = self.stage.kopeck("receipts", "--state", "people")
        rows += self.stage.kopeck("receipts", "--state", "missing")
        for row in rows:
            self.stage.kopeck("receipt", "settled", row["payment"], row["receipt"], "--reason",
                              "other", as_json=False)
            self.count("receipt settled by people")

    # --- a quarter ends ---

    def acts(self, quarter, today):
        """Advance invoices of what companies paid, then the acts; all numbers."""
        advances = self.stage.kopeck("act", "advances", "--today", today)
        issued = self.stage.kopeck("act", "issue", quarter)
        self.done["advance invoices"] = self.done.get("advance invoices", 0) + len(advances)
        self.done["acts"] = self.done.get("acts", 0) + len(issued)
        return [row["number"] for row in issued]

    # --- what is heard between ---

    def hear_payment(self, name, fields, now):
        if name == "payment.mismatch":
            self.agenda.at(now + 3 * HOUR_US, self.resolve, fields["invoice"], SUCCEEDED,
                           fields["expected"])
        elif name == "payment.overdue" and fields["level"] == 2:
            self.agenda.at(now + HOUR_US, self.resolve, fields["invoice"], DECLINED, 0)
        elif name == "mandate.consented" and self.rng.random() < BAD_CARDS:
            self.a_bad_card(fields["parent"])
        elif name == "refund.unknown":
            self.agenda.at(now + DAY_US, self.look_in_the_cabinet, fields["refund"])

    def a_bad_card(self, parent):
        """It paid once, and is declined from now on, until autopay has suspended."""
        if len(self.bad_cards) < BAD_CARDS_MAX:
            self.bad_cards.append({"fault": "decline", "on": "recurring", "parent": parent,
                                   "count": 3})
            self.stage.faults(self.seed, self.bad_cards + CARDS)
            self.count("card that is declined from then on")

    def resolve(self, invoice, outcome, amount, _now):
        self.command("payment", "payment.resolve", invoice=invoice, outcome=outcome, amount=amount)

    def look_in_the_cabinet(self, refund, _now):
        """Whether the money of a refund went back that nobody knows of."""
        row = next(row for row in self.stage.kopeck("refunds", "--state", "unknown")
                   if row["refund"] == str(refund))
        done = self.stage.went_back(int(row["payment"])) > 0
        self.command("payment", "refund.resolve", refund=int(refund), done=done,
                     amount=row["amount"], reason=OTHER)
        self.count("refund found " + ("done" if done else "not done"))
