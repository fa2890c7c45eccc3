"""Customers who pay by card: how each lives on the platform, and what he does when it warns him.

A customer is dealt with by his own dice, so a year is the same for a seed, whatever the others do.
"""
import random
import uuid

from cloud import HOUR_US, MINUTE_US
from stage import Failure

DAY_US = 24 * HOUR_US
MOSCOW_US = 3 * HOUR_US
PAGE_LIVES_US = 24 * HOUR_US
CHEAP, MIDDLE = ("probny", "nachalny"), ("nachalny_plus", "standartny")
DEAR = ("standartny", "ultra")
MODELS = ("kopeck-small", "kopeck-large")
SHARES = {"hobby": 40, "autopay": 26, "daytime": 12, "bursts": 10, "models": 6, "company": 6}
TARIFFS = {"hobby": CHEAP, "autopay": MIDDLE, "daytime": CHEAP, "bursts": MIDDLE, "models": MIDDLE,
           "company": DEAR}
MONTHLY = {"probny": 170, "nachalny": 290, "nachalny_plus": 490, "standartny": 1450, "ultra": 4300}
CONSENT = bytes.fromhex("5a" * 32)  # of the words that were shown


class Account:
    def __init__(self, number, seed):
        self.rng = random.Random(f"{seed}/{number}")
        self.number, self.uid = number, self.rng.randbytes(16)
        self.name = str(uuid.UUID(bytes=self.uid))
        self.persona = self.rng.choices(list(SHARES), list(SHARES.values()))[0]
        self.containers, self.rung, self.gone = [], 0, False
        self.paying = self.mandate = self.suspended = False
        self.paid = []  # (invoice, kopecks) that came, by card

    def chance(self, probability):
        return self.rng.random() < probability

    def rubles(self):
        """A top-up of about two months; of half a month where autopay takes the same again."""
        month = sum(MONTHLY[c.tariff] * c.wanted for c in self.containers) or 300
        months = (0.2, 0.7) if self.persona == "autopay" else (0.7, 2.5)
        return max(100, int(round(month * self.rng.uniform(*months), -1)))


class Customers:
    """All of them, and what each does next. `agenda` calls at an instant."""

    def __init__(self, stage, cloud, agenda, accounts):
        self.stage, self.cloud, self.agenda, self.accounts = stage, cloud, agenda, accounts
        self.by_uid = {account.uid: account for account in accounts}
        self.invoices = {}  # number -> account, of what is open
        self.words, self.codes = [], []
        self.companies, self.done = None, {}  # companies: who deals with those that pay by transfer

    def count(self, what):
        self.done[what] = self.done.get(what, 0) + 1

    def ask(self, account, process, request, **fields):
        """The answer, or None and the refusal is counted."""
        try:
            return self.stage.ask(process, request, account=account.uid, **fields)
        except Failure as failure:
            self.count(f"{request} refused: {failure.name}")
            return None

    # --- a customer comes ---

    def join(self, account, at):
        rng = account.rng
        if account.chance(0.35):
            self.enter_code(account)
        self.agenda.at(at + rng.randrange(0, 3) * HOUR_US, self.begin, account)

    def begin(self, account, now):
        for _ in range(1 if account.chance(0.8) else 2):
            container = self.cloud.create(account, account.rng.choice(TARIFFS[account.persona]),
                                          now + account.rng.randrange(MINUTE_US))
            if account.chance(0.3):
                container.mib = account.rng.randrange(500, 12_000)
        if account.persona == "company":
            self.companies.join(account, now)
        else:
            self.top_up(account, now)
        self.agenda.at(now + HOUR_US, self.settle_in, account)

    def has_money(self, account):
        try:
            balance = self.stage.ask("ledger", "balance", account=account.uid)
        except Failure:
            return False
        return balance["cash"] + balance["bonus"] > 0

    def settle_in(self, account, now):
        """It is prepaid: nothing starts before money is there."""
        if not self.has_money(account):
            self.agenda.at(now + 6 * HOUR_US, self.settle_in, account)
            return
        for container in account.containers:
            self.cloud.build(container, now + 2 * MINUTE_US)
            self.cloud.start(container, now + account.rng.randrange(20 * MINUTE_US))
        if account.persona in ("daytime", "bursts", "models"):
            self.agenda.at(now + HOUR_US, getattr(self, account.persona), account)
        later = now + account.rng.randrange(5 * DAY_US, 60 * DAY_US)
        self.agenda.at(later, self.change_mind, account)

    # --- how they live ---

    def daytime(self, account, now):
        """Runs from nine to seven on working days of Moscow."""
        hour = (now + MOSCOW_US) // HOUR_US % 24
        day = (now + MOSCOW_US) // DAY_US % 7  # 0 is a Thursday
        for container in account.containers:
            if hour == 9 and day not in (2, 3):
                self.cloud.start(container, now)
            elif hour == 19:
                self.cloud.stop(container, now)
        ahead = (9 if hour < 9 or hour >= 19 else 19) - hour
        self.agenda.at(now + (ahead if ahead > 0 else ahead + 24) * HOUR_US, self.daytime, account)

    def bursts(self, account, now):
        for container in account.containers:
            count = account.rng.choice((1, 1, 1, 2, 2, 3, 4, 5))
            self.cloud.scale(container, count, now + account.rng.randrange(20 * MINUTE_US))
        self.agenda.at(now + account.rng.randrange(6, 72) * HOUR_US, self.bursts, account)

    def models(self, account, now):
        for container in account.containers:
            for _ in range(account.rng.randrange(1, 6) if account.rung < 4 else 0):
                self.cloud.use_tokens(container, account.rng.choice(MODELS),
                                      now + account.rng.randrange(25 * MINUTE_US))
        self.agenda.at(now + account.rng.randrange(2, 30) * HOUR_US, self.models, account)

    def change_mind(self, account, now):
        """Deploys, moves to another tariff, stops for a while, deletes and begins anew."""
        rng, at = account.rng, now + account.rng.randrange(20 * MINUTE_US)
        container = rng.choice(account.containers) if account.containers else None
        what = rng.choices(("build", "move", "pause", "replace", "limit", "revoke", "code", "files"),
                           (40, 15, 12, 8, 8, 4, 8, 5))[0]
        if container and what == "build":
            self.cloud.build(container, at)
        elif container and what == "move":
            self.cloud.move(container, rng.choice(TARIFFS[account.persona]), at)
        elif container and what == "pause":
            self.cloud.stop(container, at)
            self.agenda.at(now + rng.randrange(1, 96) * HOUR_US, self.resume, account)
        elif container and what == "replace":
            self.cloud.delete(container, at)
            self.agenda.at(now + rng.randrange(1, 48) * HOUR_US, self.begin_anew, account)
        elif what in ("limit", "revoke", "code"):
            getattr(self, f"wish_{what}")(account)
        elif container:
            container.mib = rng.randrange(0, 20_000)
        self.agenda.at(now + rng.randrange(4 * DAY_US, 50 * DAY_US), self.change_mind, account)

    def resume(self, account, now):
        for container in account.containers:
            self.cloud.start(container, now)

    def begin_anew(self, account, now):
        if account.rung < 4:
            tariff = account.rng.choice(TARIFFS[account.persona])
            container = self.cloud.create(account, tariff, now)
            self.cloud.start(container, now + MINUTE_US)

    # --- autopay ---

    def wish_limit(self, account, _now=0):
        mandate = account.mandate and self.ask(account, "payment", "mandate")
        if mandate:
            self.ask(account, "payment", "mandate.change", count_max=1, sum_max=mandate["amount"])
            self.count("limit lowered")

    def wish_revoke(self, account, _now=0):
        if account.mandate and self.ask(account, "payment", "mandate.revoke", why=1):
            account.mandate = False
            self.count("autopay revoked")

    def go_on(self, account, _now):
        if self.ask(account, "autopay", "autopay.resume", why=1) is not None:
            self.count("autopay resumed")

    # --- promo codes ---

    def wish_code(self, account):
        self.enter_code(account)

    def enter_code(self, account):
        kind = account.rng.random()
        if kind < 0.2 and self.codes:
            code = self.codes.pop()
        elif kind < 0.85 and self.words:
            code = account.rng.choice(self.words)
        else:
            code = account.rng.choice(("NOSUCHWORD", "WINTERTALE", "0000-0000-0000"))
        answer = self.ask(account, "payment", "promo.apply", code=code)
        self.count("promo code accepted" if answer and answer["accepted"] else "promo code refused")

    def guess_codes(self, account):
        """Somebody searches for codes, until no code is looked at."""
        for guess in range(12):
            self.ask(account, "payment", "promo.apply", code=f"GUESSWORK{guess}")

    # --- top-ups ---

    def top_up(self, account, now):
        if account.paying or account.gone:
            return
        rubles, ticked = account.rubles(), account.persona == "autopay" and not account.mandate
        answer = self.ask(account, "payment", "topup", amount_rub=rubles,
                          count_max=account.rng.randrange(1, 7) if ticked else 0,
                          method=1 if rubles >= 1000 and account.chance(0.1) else 0,
                          consent=CONSENT if ticked else bytes(32))
        if answer:
            account.paying = True
            self.invoices[answer["invoice"]] = account
            self.stage.open_page(answer["link"])
            self.pay(account, answer["invoice"], answer["link"], now)

    def pay(self, account, invoice, link, now):
        what = account.rng.choices(("pay", "again", "decline", "abandon", "late", "second"),
                                   (880, 50, 20, 25, 15, 10))[0]
        if what == "pay":
            self.stage.pays(invoice)
        elif what == "again":  # the first card is declined, the page is opened once more
            self.stage.pays(invoice, "decline")
            self.stage.open_page(link)
            self.stage.pays(invoice)
        elif what == "decline":
            self.stage.pays(invoice, "decline")
        elif what == "late":
            self.agenda.at(now + PAGE_LIVES_US + HOUR_US, self.pay_late, account, invoice)
        elif what == "second":
            self.stage.open_page(link)
            self.stage.pays(invoice)
            self.stage.pays(invoice)
        self.count(f"card: {what}")

    def pay_late(self, _account, invoice, _now):
        self.stage.pays(invoice)

    # --- what they hear ---

    def hear_ladder(self, fields, now):
        account = self.by_uid.get(fields["account"])
        if not account:
            return
        self.cloud.go_by(account, fields["rung"], now)
        self.count(f"ladder {fields['rung']}")
        if account.persona == "company":
            self.companies.hear_ladder(account, fields["rung"], now)
        elif fields["rung"] >= 1:
            self.think_of_paying(account, fields["rung"], now)

    def think_of_paying(self, account, rung, now):
        if account.persona == "autopay" and account.mandate and rung < 4:
            return  # the card will be charged
        patience = 30 * HOUR_US if rung < 4 else 80 * HOUR_US
        if account.chance(0.04 if rung == 6 else 0.004):
            account.gone = True  # he forgets about it
        elif account.chance(0.6):
            self.agenda.at(now + account.rng.randrange(HOUR_US, patience), self.top_up, account)

    def hear_payment(self, name, fields, now):
        account = self.invoices.get(fields.get("invoice"))
        if name == "payment.succeeded":
            payer = self.by_uid.get(fields["account"])
            if payer:
                payer.paid.append((fields["invoice"], fields["amount"]))
                payer.paying = False
        elif name in ("payment.declined", "payment.expired") and account:
            account.paying = False
            self.agenda.at(now + account.rng.randrange(HOUR_US, 20 * HOUR_US), self.top_up, account)
        elif name in ("mandate.consented", "mandate.revoked"):
            payer = self.by_uid.get(fields["account"])
            if payer:
                payer.mandate = name == "mandate.consented"
                self.think_of_limits(payer, now)

    def think_of_limits(self, account, now):
        """Some who have consented want less later, or no more of it."""
        later = now + account.rng.randrange(1, 20) * DAY_US
        if account.mandate and account.chance(0.2):
            self.agenda.at(later, self.wish_limit, account)
        elif account.mandate and account.chance(0.15):
            self.agenda.at(later, self.wish_revoke, account)

    def hear_suspension(self, fields, now):
        account = self.by_uid.get(fields["account"])
        if account and account.chance(0.7):
            self.agenda.at(now + account.rng.randrange(HOUR_US, 48 * HOUR_US), self.go_on, account)
