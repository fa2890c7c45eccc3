"""A month of the simulated year (tools/year) in its small form: hledger and ledger agree with every
balance, and a kopeck that is wrong anywhere is seen.

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
                  "ladder 1", "ladder 4", "ladder 6", "ladder 0"),
    "office": ("promo.begin by two", "post by two", "transfer.assign by two", "refund", "dispute",
               "dispute won", "bonus.give", "receipt settled by people", "advance invoices", "acts"),
    "companies": ("bank: new matched", "bank: came before matched", "assigned to nobody")}


class Unmet(Exception):
    """The year does not show what it must."""


def check(condition, what):
    if not condition:
        raise Unmet(what)


def differs(what, books, *arguments):
    try:
        books.compare("the planted one", *arguments)
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
    differs("a kopeck", books, theirs, {**theirs, key: theirs[key] - 1})
    differs("an account", books, theirs, {k: v for k, v in theirs.items() if k != key})


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
            check(not [word for word in words if not found[part].get(word)], f"{part}: {found[part]}")
        check(found["balances"] > 100 and found["refused"] == 0, f"{found}")
        import books
        planted_books(books, directory / "books-2025-09")
        planted_balance(books, directory / "books-2025-09")
        print(f"{found['balances']} balances, {found['events']['ledger']} events of the ledger")
    except Unmet as unmet:
        print(f"FAILED: {unmet}")
        return 1
    finally:
        shutil.rmtree(directory.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
