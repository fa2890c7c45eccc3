"""A month's end: the books as hledger and ledger read them, held against every account's balance.

Neither program is ours, and the balances are asked for, account by account, of the running ledger.
"""
import csv
import io
import os
import re
import subprocess
from datetime import date

from stage import Failure

LOCALE = {**os.environ, "LC_ALL": "C.UTF-8"}
SERVICES = {"compute": 1, "build": 2, "disk": 3, "input tokens": 4, "output tokens": 5}
OPENING = "not:desc:^opening balances$"  # what was before the month
CUSTOMER = re.compile(r"liabilities:customers:([0-9a-f-]{36}):(cash|bonus)")


class Differs(Exception):
    """Two that must say the same do not."""


def kopecks(text):
    sign, rubles, fraction = re.fullmatch(r"(-?)(\d+)(?:\.(\d{2}))?(?: RUB)?", text).groups()
    return (-1 if sign else 1) * (int(rubles) * 100 + int(fraction or 0))


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, env=LOCALE, check=False)
    if done.returncode != 0:
        raise Differs(f"{words[0]} refuses the books: {done.stderr[-600:]}")
    return done.stdout


def of_hledger(main):
    """{account: kopecks}; whatever is asserted in the books is checked on the way."""
    rows = csv.reader(io.StringIO(run("hledger", "-f", main, "balance", "--flat", "--empty",
                                      "--no-total", "-O", "csv")))
    return {account: kopecks(balance) for account, balance in list(rows)[1:]}


def of_ledger(main):
    """The same of the other program."""
    lines = run("ledger", "-f", main, "--pedantic", "balance", "--flat", "--empty", "--no-total",
                "--balance-format", "%(account)\t%(amount)\n", "--no-color").splitlines()
    return {account: kopecks(balance) for account, balance in (line.split("\t") for line in lines)}


def by_day(main):
    """{(day since 1970, service): kopecks of usage}, as hledger adds the books up."""
    rows = list(csv.reader(io.StringIO(run(
        "hledger", "-f", main, "balance", "^income:usage:", OPENING, "--daily", "--flat",
        "--no-total", "-O", "csv"))))
    days = [(date.fromisoformat(text) - date(1970, 1, 1)).days for text in rows[0][1:]]
    return {(day, SERVICES[row[0].removeprefix("income:usage:")]): -kopecks(text)
            for row in rows[1:] for day, text in zip(days, row[1:]) if kopecks(text)}


def compare_days(theirs, ours):
    """What each service brought on each day, less what was given back; `ours` is the auditor's."""
    month = {day for day, _ in theirs}
    wanted = {key: kopecks for key, kopecks in ours.items()
              if key[1] and kopecks and min(month) <= key[0] <= max(month)}
    if theirs != wanted:
        odd = sorted(set(theirs.items()) ^ set(wanted.items()))
        raise Differs(f"usage by service and day: {odd[:6]} of {len(odd)}")


def asked(doors, accounts, before):
    """{(account, wallet): kopecks} of the running ledger, as of just before an instant."""
    balances, past = {}, doors.door("ledger", "replay", "auditor")
    for account in accounts:
        try:
            here = doors.door("ledger").ask("balance", retry=False, account=account.uid)
        except Failure as failure:
            if failure.name != "FAIL_UNKNOWN_ACCOUNT":
                raise
            continue
        answer = past.ask("as_of", account=account.uid, head=here.fields["head"],
                          time=before - 1).fields
        balances[account.name, "cash"] = answer["cash"]
        balances[account.name, "bonus"] = answer["bonus"]
    return balances


def customers_of(balances):
    """What books say of customers, with the ledger's sign: what we owe is a debit there."""
    return {match.groups(): -balance for name, balance in balances.items()
            if (match := CUSTOMER.fullmatch(name))}


def compare(who, theirs, ours):
    """Every balance that is not nought on either side is on the other."""
    for key in {key for side in (theirs, ours) for key, balance in side.items() if balance}:
        if theirs.get(key, 0) != ours.get(key, 0):
            raise Differs(f"{who} says {theirs.get(key, 0)} of {key}, the ledger "
                          f"{ours.get(key, 0)}")


def check(doors, program, accounts, folder, begin, end):
    """Exports a month and holds it against the ledger: how many balances there are, and by_day.
    Beside the running processes, from the journals' directories; `end` as a date and an instant."""
    run(program, "export", "books", folder, "--from", begin, "--to", end[0],
        "--ledger", doors.journal("ledger"), "--metering", doors.journal("metering"))
    main, ours = str(folder / "main.journal"), asked(doors, accounts, end[1])
    if not ours:
        raise Differs("no account has a balance")
    hledger, ledger = of_hledger(main), of_ledger(main)
    compare("hledger", customers_of(hledger), ours)
    compare("ledger", customers_of(ledger), ours)
    if sum(hledger.values()) or sum(ledger.values()):
        raise Differs("the books do not add up to nought")
    if {k: v for k, v in hledger.items() if v} != {k: v for k, v in ledger.items() if v}:
        raise Differs("hledger and ledger disagree")
    return len(ours), by_day(main)
