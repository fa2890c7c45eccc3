"""Companies: requisites, invoices, transfers with the mistakes that accountants make, and the
bank's statement of each day, which is imported the next morning.

What a statement brings into suspense two persons assign, a day or more later.
"""
from datetime import datetime, timedelta, timezone

from cloud import HOUR_US
from customers import MONTHLY
from stage import msgpack

DAY_US = 24 * HOUR_US
MOSCOW = timezone(timedelta(hours=3))
OWN_ACCOUNT = "40702810700000000101"
HEADER = "date;number;amount;direction;own_account;payer_inn;payer_account;payer_name;purpose"
MORNING_US = 10 * HOUR_US
MISTAKES = {"right": 84, "no number": 4, "other sum": 3, "grouped": 4, "stranger": 2, "twice": 2,
            "returned": 1}


def moscow(instant):
    return datetime.fromtimestamp(instant // 1_000_000, MOSCOW)


def midnight(instant):
    return instant - (instant + 3 * HOUR_US) % DAY_US


def inn_of(number):
    """Ten digits, the last of which checks the others (docs/rules.md "Requisites")."""
    digits = f"9999{number:05d}"
    weighed = sum(int(d) * w for d, w in zip(digits, (2, 4, 10, 3, 5, 9, 4, 6, 8)))
    return digits + str(weighed % 11 % 10)


class Transfer:
    def __init__(self, company, amount, purpose, invoice, stranger=False):
        self.company, self.amount, self.purpose = company, amount, purpose
        self.invoice, self.stranger = invoice, stranger


class Companies:
    def __init__(self, stage, agenda, office, folder):
        self.stage, self.agenda, self.office, self.folder = stage, agenda, office, folder
        self.companies, self.due, self.number = [], {}, 0  # due: {day's midnight: [Transfer]}
        self.booked = {}  # (midnight, kopecks) -> Transfer, of what may stand in suspense
        self.done, self.imported, self.assigned = {}, None, set()

    def count(self, what):
        self.done[what] = self.done.get(what, 0) + 1

    # --- a company ---

    def join(self, account, now):
        account.inn = inn_of(account.number)
        self.companies.append(account)
        self.stage.ask("documents", "requisites.register", account=account.uid, inn=account.inn,
                       kpp="999901001", name=f"ООО «Образец {account.number}»")
        self.agenda.at(now, self.prepay, account)

    def monthly(self, account):
        return 100 * sum(MONTHLY[c.tariff] * c.wanted for c in account.containers) or 145_000

    def prepay(self, account, now):
        """An invoice for about a month and a half; paid within days."""
        self.issue(account, now)
        self.agenda.at(now + account.rng.randrange(25, 38) * DAY_US, self.prepay, account)

    def issue(self, account, now):
        kopecks = int(self.monthly(account) * account.rng.uniform(1.1, 1.8))
        answer = self.stage.ask("documents", "invoice.issue", account=account.uid, amount=kopecks)
        self.count("invoice")
        day = midnight(now) + account.rng.randrange(0, 4) * DAY_US
        while moscow(day).weekday() > 4:
            day += DAY_US
        self.transfer(account, answer["number"], kopecks, day)

    def hear_ladder(self, account, rung, now):
        if rung >= 1 and not account.paying:
            account.paying = True
            self.agenda.at(now + account.rng.randrange(2, 40) * HOUR_US, self.hurry, account)

    def hurry(self, account, now):
        account.paying = False
        self.issue(account, now)

    def transfer(self, account, number, kopecks, day):
        what = account.rng.choices(list(MISTAKES), list(MISTAKES.values()))[0]
        text = str(number)
        purpose = f"Оплата по счёту № {text} за облачные услуги, НДС в том числе"
        if what == "no number":
            purpose = "Оплата за облачные услуги по договору, НДС в том числе"
        elif what == "grouped":
            purpose = f"Оплата счёта {text[:2]} {text[2:6]}-{text[6:]}"
        elif what == "other sum":
            kopecks += 100
        elif what == "returned":
            purpose = f"Возврат ошибочно перечисленного {text}"
        row = Transfer(account, kopecks, purpose, number, what == "stranger")
        rows = self.due.setdefault(day, [])
        rows += [row, row] if what == "twice" else [row]
        self.count(f"transfer: {what}")

    # --- the bank ---

    def morning(self, now):
        """Of the day before; and once more, as somebody does by mistake, every third time."""
        yesterday = midnight(now) - DAY_US
        rows = self.due.pop(yesterday, [])
        if rows:
            self.imported = self.write(yesterday, rows)
            self.take(self.imported, now)
        elif self.imported and moscow(now).day % 3 == 0:
            self.take(self.imported, now)
        self.look_at_suspense(now)
        self.agenda.at(midnight(now) + DAY_US + MORNING_US, self.morning)

    def write(self, day, transfers):
        file = self.folder / f"{moscow(day):%Y-%m-%d}.csv"
        rows = [HEADER]
        for row in transfers:
            self.number += 1
            self.booked[day, row.amount] = row
            inn = "9999999995" if row.stranger else row.company.inn
            rows.append(f"{moscow(day):%d.%m.%Y};{self.number};{row.amount // 100}."
                        f"{row.amount % 100:02d};in;{OWN_ACCOUNT};{inn};"
                        f"4070281000000{row.company.number:07d};ООО «Образец»;{row.purpose}")
        total = sum(row.amount for row in transfers)
        rows.append(f"TOTAL;{len(transfers)};{total // 100}.{total % 100:02d};0")
        file.write_text("\n".join(rows) + "\n")
        return file

    def take(self, file, now):
        printed = self.stage.kopeck(
            "bank", "import", file, "--own-account", OWN_ACCOUNT, "--today",
            f"{moscow(now):%Y-%m-%d}", config="importer")
        for row in printed:
            self.count(f"bank: {row['came']} {row['result']}")

    def look_at_suspense(self, now):
        rows = msgpack.Unpacker(raw=False)
        rows.feed(self.stage.ask("documents", "transfers", limit=100)["rows"])
        for sequence, booked, amount, _reason, _invoice in rows:
            if sequence in self.assigned:
                continue
            self.assigned.add(sequence)
            row = self.booked.get((booked, amount))
            days = 1 + sequence % 3
            self.agenda.at(now + days * DAY_US, self.assign, sequence, row)

    def assign(self, sequence, row, _now):
        nobody = row is None or row.purpose.startswith("Возврат")
        paid = {} if nobody or row.stranger else {"account": row.company.uid}
        self.office.command("documents", "transfer.assign", transfer=sequence, **paid)
        self.count("assigned to " + ("an account" if paid else "nobody"))
