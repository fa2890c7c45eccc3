"""year - a year of a simulated platform through the real processes on the driven clock.

    tools/year [--accounts N] [--months N] [--first MONTH] [--seed N] [--dir DIR] [--keep] [--json]

Customers come, start containers, scale, stop and delete them, pay by card, by autopay and by
transfer, use promo codes; the platform goes by the ladder, people refund, dispute, issue acts. At
every month's end hledger and ledger must agree with every account's balance, and every kopeck of
every charge is traced to a lot; at the end everything is verified, made anew and explained from the
journals alone (docs/year.md).

  --accounts N   how many customers (1000)
  --months N     how many of them (12)
  --first MONTH  as 2025-07, the first of them (2025-07)
  --seed N       of all dice: the same seed is the same year (1)
  --dir DIR      journals, books, logs; must not be there (default: a fresh one, removed at the end)
  --keep         leave it
  --bin DIR      the programs (build/bin)
  --json         one object on standard output instead of words

Exit status: 0 everything holds, 1 something does not, 64 usage, 77 a program is missing.
"""
import argparse
import calendar
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

try:
    import books
    import questions
    import rules
    from agenda import Agenda
    from auditor import Auditor
    from cloud import HOUR_US, Cloud
    from companies import MORNING_US, Companies
    from customers import Account, Customers
    from office import Office
    from lots import Wrong
    from stage import ROOT, Doors, Stage, Stuck
except ImportError as missing:
    print(f"skipped: {missing}", file=sys.stderr)
    sys.exit(77)

MOSCOW = timezone(timedelta(hours=3))
SEGMENT_EVENTS = 1 << 18
PAYMENT_NEWS = ("payment.succeeded", "payment.declined", "payment.expired", "payment.mismatch",
                "payment.overdue", "mandate.consented", "mandate.revoked", "refund.unknown")
BESIDE = 2  # that run beside each other
EVENING_HOURS = 14  # behind all of it
HOURS_PAST = 2  # of a month, in which its last hour is posted and its quarter's acts are issued


def month_begin(first, month):
    """The first instant of the n-th month from `first` on, in Moscow."""
    year, index = map(int, first.split("-"))
    months = index - 1 + month
    return datetime(year + months // 12, months % 12 + 1, 1, tzinfo=MOSCOW)


def micros(moment):
    return calendar.timegm(moment.utctimetuple()) * 1_000_000


class Year:
    def __init__(self, options, directory):
        self.options, self.directory = options, Path(directory)
        self.begin, self.began = micros(month_begin(options.first, 0)), time.monotonic()
        self.stage = Stage(options.bin, directory, self.begin, SEGMENT_EVENTS)
        self.agenda, self.cloud = Agenda(), Cloud(random.Random(f"{options.seed}/cloud"))
        accounts = [Account(number, options.seed) for number in range(options.accounts)]
        self.customers = Customers(self.stage, self.cloud, self.agenda, accounts)
        self.office = Office(self.stage, self.agenda, self.customers, options.seed)
        (self.directory / "statements").mkdir()
        self.companies = self.customers.companies = Companies(
            self.stage, self.agenda, self.office, self.directory / "statements")
        self.acts, self.found, self.samples = [], {}, {}
        self.by_day, self.days, self.service_days = {}, {}, 0
        self.pool, self.keeping = ThreadPoolExecutor(BESIDE), None
        self.auditor = Auditor(self.stage)
        self.notify, self.payment = self.stage.tail("notify"), self.stage.tail("payment")
        self.autopay = self.stage.tail("autopay")
        self.refused, self.balances, self.spent = 0, 0, {}

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", file=sys.stderr, flush=True)

    def timed(self, what, function, *arguments):
        began = time.monotonic()
        result = function(*arguments)
        self.spent[what] = self.spent.get(what, 0) + time.monotonic() - began
        return result

    # --- an hour ---

    def hear(self):
        for _, _, _, fields in self.notify.named("ladder.moved"):
            self.customers.hear_ladder(fields, self.stage.now)
        for _, name, _, fields in self.payment.named(*PAYMENT_NEWS):
            self.customers.hear_payment(name, fields, self.stage.now)
            self.office.hear_payment(name, fields, self.stage.now)
        for _, _, _, fields in self.autopay.named("autopay.suspended"):
            self.customers.hear_suspension(fields, self.stage.now)

    def hour(self, begin):
        self.stage.to(begin + HOUR_US // 2)
        self.timed("hearing", self.hear)
        self.timed("acting", self.agenda.run, self.stage.now)
        self.cloud.sample_files(self.stage.now)
        if begin > self.begin + 4 * 24 * HOUR_US:
            self.cloud.tell_too_late(self.stage.now)
        self.stage.to(begin + HOUR_US)
        items = self.cloud.told_by(self.stage.now)
        self.refused += len(self.timed("pushing", self.stage.push, items, self.stage.now))

    # --- the year ---

    def open(self):
        self.office.open(self.begin)
        self.office.begin_work(self.begin, self.options.accounts / 1000)
        self.agenda.at(self.begin + MORNING_US, self.companies.morning)
        rng = random.Random(f"{self.options.seed}/joining")
        length = micros(self.month_begin(self.options.months)) - self.begin
        for account in self.customers.accounts:
            early = rng.random() < 0.6
            at = self.begin + rng.randrange(7 * 24 * HOUR_US if early else length)
            self.agenda.at(at, self.customers.join, account)

    def month_begin(self, index):
        return month_begin(self.options.first, index)

    def evening(self):
        """Half a day more: what is under way ends, and papers stand behind later events."""
        for at in range(self.stage.now, self.stage.now + EVENING_HOURS * HOUR_US, HOUR_US):
            self.hour(at)
        self.audit()

    def check_books(self, begin, end):
        """Begins it, beside the next month's life; its end is heard with the auditor's."""
        self.stage.settle()
        self.timed("waiting for the auditor", self.hear_auditor)
        self.keeping = f"{begin:%B %Y}", self.pool.submit(
            books.check, Doors(self.directory, self.stage.places), self.stage.programs / "kopeck",
            self.customers.accounts, self.directory / f"books-{begin:%Y-%m}", f"{begin:%Y-%m-%d}",
            (f"{end:%Y-%m-%d}", micros(end)))

    def hear_books(self):
        if self.keeping:
            month, kept = self.keeping
            balances, self.by_day = self.timed("waiting for the books", kept.result)
            self.keeping = None
            self.balances += balances
            self.say(f"{month}: hledger and ledger agree with every balance")

    def audit(self):
        """Asks for the events up to here; what is found is heard while the next month is lived."""
        self.timed("waiting for the auditor", self.hear_auditor)
        self.auditor.ask({name: self.stage.ask(name, "status")["last"]
                          for name in ("metering", "ledger")})

    def hear_auditor(self):
        """What it found of the month before, and what that month's books come to."""
        if not self.auditor.asked:
            return
        self.found = self.auditor.hear()
        for day, service, kopecks in self.found.pop("days"):
            key = day, service
            self.days[key] = self.days.get(key, 0) + kopecks
        self.samples = self.found.pop("samples")
        self.hear_books()
        if self.by_day:
            books.compare_days(self.by_day, self.days)
            self.service_days += len(self.by_day)
            self.by_day = {}

    def month(self, index):
        begin, end = self.month_begin(index), self.month_begin(index + 1)
        first = micros(begin) + (HOURS_PAST * HOUR_US if index else 0)
        for at in range(first, micros(end) + HOURS_PAST * HOUR_US, HOUR_US):
            self.hour(at)
            if at + HOUR_US == micros(end):
                self.check_books(begin, end)
        self.audit()
        if end.month % 3 == 1:
            self.acts += self.timed("acts", self.office.acts, f"{begin.year}-Q{begin.month // 3}",
                                    f"{end:%Y-%m-%d}")

    def run(self):
        self.open()
        for index in range(self.options.months):
            self.month(index)
        self.evening()
        self.timed("waiting for the auditor", self.hear_auditor)
        self.say(f"every kopeck of {self.found['charges']} charges is of a lot or owed, and lots "
                 f"less debts are the balance behind each of {self.found['postings']} postings")
        for done in [self.pool.submit(self.timed, "verify", self.verify),
                     self.pool.submit(self.timed, "acts", self.make_acts_anew)]:
            done.result()
        self.questions = self.timed("questions", questions.ask_all, self.stage, self.samples)
        self.rules = rules.used(self.samples, self.options.months)
        for rule, count in self.rules.items():
            self.say(f"{count:9}  {rule}")
        self.say(f"explain answers of {self.questions['explained']} events of every kind, why-not "
                 f"of {self.questions['reasons']} reasons, from the journals alone")
        return self.report()

    def verify(self):
        self.stage.kopeck("verify", "--offline")
        self.say("kopeck verify: everything holds")

    def make_acts_anew(self):
        """From the journals alone; each comes to the bytes that were issued."""
        if self.acts:
            rows = self.stage.kopeck("act", "check", "--all", "--offline")
            same = [row["number"] for row in rows if row["anew"] == "same"]
            if same != self.acts:
                raise books.Differs(f"acts made anew: {rows}, issued: {self.acts}")
            self.say(f"{len(same)} acts made anew from the journals alone, byte for byte")

    def report(self):
        seconds = {**self.spent, **self.stage.spent}
        return {"violations": 0, "accounts": self.options.accounts, "months": self.options.months,
                "seed": self.options.seed, "balances": self.balances,
                "service_days": self.service_days, "charges": self.found["charges"],
                "acts": len(self.acts), "explained": self.questions["explained"],
                "audit": self.found, "rules": self.rules, "questions": self.questions, "refused": self.refused,
                "told": self.cloud.counted, "customers": self.customers.done,
                "office": self.office.done, "companies": self.companies.done,
                "clock": self.stage.counters(),
                "events": {name: self.stage.ask(name, "status")["last"]
                           for name in ("metering", "ledger", "payment", "autopay", "documents",
                                        "notify")},
                "spent": {name: round(value, 1) for name, value in sorted(seconds.items())},
                "wall_seconds": round(time.monotonic() - self.began, 1)}


def processor_seconds():
    """Of this program and of all that it started and that has ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return round(sum(one.ru_utime + one.ru_stime for one in used), 1)


def parse():
    parser = argparse.ArgumentParser(prog="tools/year", usage=__doc__, add_help=False)
    parser.add_argument("--help", "-h", action="store_true")
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", default="2025-07")
    parser.add_argument("--dir")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--bin", default=ROOT / "build/bin")
    try:
        options = parser.parse_args()
    except SystemExit:
        sys.exit(64)
    if options.help:
        print(__doc__.strip())
        sys.exit(0)
    if not 1 <= options.accounts <= 100_000 or not 1 <= options.months <= 12:
        sys.exit("tools/year: 1 to 100000 accounts and 1 to 12 months")
    return options


def main():
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # unwinds, and what was made is removed
    for program in ("hledger", "ledger"):
        if not shutil.which(program):
            print(f"skipped: {program} is not installed", file=sys.stderr)
            return 77
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    directory = options.dir or tempfile.mkdtemp(prefix="kopeck-year-", dir=memory)
    Path(directory).mkdir(exist_ok=not options.dir)
    year, found, status = None, {}, 1
    try:
        year = Year(options, directory)
        found, status = year.run(), 0
    except (Stuck, Wrong, books.Differs) as wrong:
        print(f"tools/year: {wrong}", file=sys.stderr)
        if options.json:
            print(json.dumps({"violations": 1, "wrong": str(wrong)}))
    finally:
        if year:
            year.auditor.close()
            year.stage.close()
        if not options.keep and not options.dir:
            shutil.rmtree(directory)
    if status == 0:
        found["processor_seconds"] = processor_seconds()
        print(json.dumps(found) if options.json else json.dumps(found, indent=1))
    return status


if __name__ == "__main__":
    sys.exit(main())
