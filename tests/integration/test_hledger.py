"""The ledger's postings, checked by hledger: every transaction balances, every balance after a
posting is the one that hledger arrives at, and the totals are its totals. Skipped (77) without it.

    test_hledger.py PATH_OF_LEDGER_EXPORT
"""
import csv
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile

SEEDS = (1, 2, 3)
SKIPPED = 77
TIMEOUT_S = 60


def hledger(journal, *arguments):
    return subprocess.run(
        ["hledger", "-f", "-", *arguments], input=journal, capture_output=True, text=True,
        timeout=TIMEOUT_S, env={**os.environ, "LC_ALL": "C.UTF-8"})


def kopecks(text):
    sign, rubles, fraction = re.fullmatch(r"(-?)(\d+)(?:\.(\d{2}))?", text).groups()
    return (-1 if sign else 1) * (int(rubles) * 100 + int(fraction or 0))


def balances(journal, *arguments):
    result = hledger(journal, "balance", "--flat", "--empty", "--no-total", "-O", "csv", *arguments)
    assert result.returncode == 0, result.stderr
    rows = list(csv.reader(io.StringIO(result.stdout)))[1:]
    return {account: kopecks(balance) for account, balance in rows}


def check(export, seed, folder):
    totals = os.path.join(folder, "totals")
    journal = subprocess.run([export, str(seed), totals], capture_output=True, text=True,
                             check=True, timeout=TIMEOUT_S).stdout
    postings = journal.count("; sequence:")
    assert postings > 1000, postings

    result = hledger(journal, "check")
    assert result.returncode == 0, result.stderr

    theirs = balances(journal)
    with open(totals) as lines:
        ours = {name: int(balance) for name, balance in map(str.split, lines)}
    customers = ours.pop("customer")
    for name, balance in ours.items():
        assert theirs.get(name, 0) == balance, (name, theirs.get(name), balance)
    assert sum(b for name, b in theirs.items() if name.startswith("customer:")) == customers
    assert sum(theirs.values()) == 0

    # The check must be able to fail: a kopeck more in one asserted balance, or in one amount.
    assertions = list(re.finditer(r"(:cash  .* = -?\d+\.\d)(\d)$", journal, re.M))
    amounts = list(re.finditer(r"^(    system:\d+  -?\d+\.\d)(\d)$", journal, re.M))
    for found in (assertions, amounts):
        match = found[len(found) // 2]
        wrong = (journal[:match.start(2)] + str((int(match[2]) + 1) % 10)
                 + journal[match.end(2):])
        assert hledger(wrong, "check").returncode != 0, match[0]
    print(f"seed {seed}: hledger agrees on {postings} postings and {len(theirs)} balances")


def main():
    if not shutil.which("hledger"):
        print("skipped: hledger is not installed (Debian package hledger)")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        for seed in SEEDS:
            check(sys.argv[1], seed, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
