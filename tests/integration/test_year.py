"""A month of the simulated year (tools/year) in its small form: hledger and ledger agree with every
balance, every kopeck of every charge is of a lot, each act is made anew, every kind of event is
explained; and each of these checkers finds a fault that is planted.

    test_year.py DIRECTORY_OF_THE_PROGRAMS
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

YEARLY = Path(__file__).resolve().parents[2] / "tools/yearly"
sys.path.insert(0, str(YEARLY))
SKIPPED = 77
FORM = ("--accounts", "60", "--months", "1", "--first", "2025-09")
PROMISED = {  # what the month must have had, or it shows little
    "told": ("replica.started", "replica.stopped", "resource.scaled", "resource.deleted",
             "disk.sampled", "tokens.used"),
    "customers": ("card: pay", "card: again", "promo code accepted", "promo code refused",
                  "ladder 1", "ladder 4", "ladder 6", "ladder 0", "autopay resumed",
                  "limit lowered", "autopay revoked"),
    "office": ("promo.begin by two", "post by two", "transfer.assign by two", "refund", "dispute",
               "dispute won", "card that is declined from then on", "bonus.give",
               "receipt settled by people", "advance invoices", "acts"),
    "companies": ("bank: new matched", "bank: came before matched", "assigned to nobody")}


class Unmet(Exception):
    """The year does not show what it must."""


def check(condition, what):
    if not condition:
        raise Unmet(what)


def differs(what, books, compare, *arguments):
    try:
        compare(*arguments)
    except books.Differs:
        return
    raise Unmet(f"not seen: {what}")


def planted_books(books, folder):
    """A kopeck more in one amount of a customer, and in one asserted balance."""
    file = folder / "2025-09.journal"
    text = file.read_text()
    for pattern in (r"^    income:usage:compute  -\d+\.\d(\d)", r":cash  .* = -?\d+\.\d(\d) RUB$"):
        match = list(re.finditer(pattern, text, re.M))[7]
        file.write_text(text[:match.start(1)] + str((int(match[1]) + 1) % 10) + text[match.end(1):])
        for program in (books.of_hledger, books.of_ledger):
            try:
                program(str(folder / "main.journal"))
            except books.Differs:
                continue
            raise Unmet(f"{program.__name__} takes {match[0]}")
    file.write_text(text)


def planted_balance(books, folder):
    """The ledger's word of one balance is a kopeck less, or an account is not there."""
    theirs = books.customers_of(books.of_hledger(str(folder / "main.journal")))
    key = next(key for key, balance in theirs.items() if balance)
    books.compare("hledger", theirs, dict(theirs))
    for what, ours in (("a kopeck", {**theirs, key: theirs[key] - 1}),
                       ("an account", {k: v for k, v in theirs.items() if k != key})):
        differs(what, books, books.compare, "the planted one", theirs, ours)


def planted_days(books, folder):
    """A kopeck of one service stands on another day."""
    days = books.by_day(str(folder / "main.journal"))
    check(len({service for _, service in days}) == len(books.SERVICES), f"services: {days}")
    books.compare_days(days, dict(days))
    (day, service), kopecks = next(iter(days.items()))
    ours = {**days, (day, service): kopecks - 1, (day + 1, service): days[day + 1, service] + 1}
    differs("a kopeck on another day", books, books.compare_days, days, ours)


# --- lots ---

def planted_lots(fleet):
    """Journals with one event that is another than it was; none is taken."""
    import lots
    ledger, metering = (lots.of_files(fleet / "var" / name) for name in ("ledger", "metering"))
    found = lots.check(ledger, metering)
    check(found["charges"] > 10_000 and found["owed"] >= 0, f"{found}")
    charges = [at for at, (_, event) in enumerate(ledger)
               if event[0] == lots.POSTED and event[8] == lots.CHARGE]
    split = next(at for at in charges if ledger[at][1][16])
    line = next(at for at, (_, event) in enumerate(metering)
                if event[0] == lots.CHARGED and event[12])
    credit = next(at for at, (_, event) in enumerate(ledger)
                  if event[0] == lots.POSTED and event[6] >= lots.SYSTEMS_END)
    middle = charges[len(charges) // 2]
    other = lambda lot: ledger[credit][0] if lot != ledger[credit][0] else lot - 1  # noqa: E731
    plants = {
        "a kopeck more is charged": (ledger, middle, 7, lambda amount: amount + 1),
        "another lot is named": (ledger, middle, 15, other),
        "no lot is named": (ledger, middle, 15, lambda _: 0),
        "a kopeck moves between two lots": (ledger, split, 16, moved),
        "a balance is a kopeck higher": (ledger, middle, 9, lambda cash: cash + 1),
        "a credit is a kopeck less": (ledger, credit, 7, lambda amount: amount - 1),
        "a line charged a kopeck more": (metering, line, 12, lambda amount: amount + 1),
        "a posting is of another line": (ledger, middle, 3, lambda line: line - 1)}
    for what, (journal, at, field, mutate) in plants.items():
        refused(lots, what, ledger, metering, journal, at, field, mutate)
    return len(plants)


def moved(packed):
    """[[lot, kopecks], …] with one kopeck taken of the second and not of the first."""
    import msgpack
    rows = msgpack.unpackb(packed)
    rows[0][1] -= 1
    rows[-1][1] += 1
    return msgpack.packb(rows)


def refused(lots, what, ledger, metering, journal, at, field, mutate):
    sequence, event = journal[at]
    planted = list(event)
    planted[field] = mutate(planted[field])
    journal[at] = sequence, planted
    try:
        lots.check(ledger, metering)
    except lots.Wrong:
        return
    finally:
        journal[at] = sequence, event
    raise Unmet(f"not seen: {what}")


# --- acts and decisions ---

def planted_journals(programs, fleet):
    """Of journals of which one was cut short no act is made anew, and no decision is found."""
    directories = {name: str(fleet / "var" / name) for name in ("documents", "metering", "ledger")}
    wrong = {**directories, "metering": str(fleet / "var/documents")}
    for ask in (("act", "check", "--all"), ("explain", "ledger", "2000")):
        words = [word for name, place in wrong.items() for word in (f"--{name}", place)]
        done = subprocess.run([Path(programs) / "kopeck", *ask, *words], capture_output=True,
                              text=True, check=False)
        check(done.returncode != 0, f"{ask} takes another journal for metering's: {done.stdout}")


def main(programs):
    directory = Path(tempfile.mkdtemp(prefix="kopeck-year-")) / "year"
    try:
        done = subprocess.run(
            [sys.executable, YEARLY / "year.py", *FORM, "--json", "--bin", programs, "--dir",
             directory], stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode == SKIPPED:
            return SKIPPED
        check(done.returncode == 0, f"the year ends with {done.returncode}")
        found = json.loads(done.stdout)
        for part, words in PROMISED.items():
            missing = [word for word in words if not found[part].get(word)]
            check(not missing, f"{part} has no {missing}: {found[part]}")
        check(found["balances"] > 100 and found["refused"] == 0, f"{found}")
        import books
        planted_books(books, directory / "books-2025-09")
        planted_balance(books, directory / "books-2025-09")
        planted_days(books, directory / "books-2025-09")
        plants = planted_lots(directory / "fleet")
        planted_journals(programs, directory / "fleet")
        check(found["explained"] > 120 and found["questions"]["reasons"] > 2, f"{found}")
        print(f"{found['balances']} balances, {found['charges']} charges, {found['acts']} acts, "
              f"{found['explained']} explained; {plants} planted faults found in lots")
    except Unmet as unmet:
        print(f"FAILED: {unmet}")
        return 1
    finally:
        shutil.rmtree(directory.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
