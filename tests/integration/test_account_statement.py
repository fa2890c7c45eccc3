#!/usr/bin/python3
"""The statement of a period against real processes: an account of more than 3000 postings, kept here
by adding alone, in periods whose borders and whose pages' borders lie within equal stamps; its export,
and the books of it read by hledger.

usage: test_account_statement.py KOPECK_FLEET KOPECK [--found TEXT | --found-export TEXT]

KOPECK_INSTEAD: a ledger with a planted fault. With it every statement must end with exit 65 and an
error that has TEXT. --found-export: KOPECK has a planted fault, and its export must end so.
"""
import argparse
import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import attack_rig
from test_cli import Cli, Failure, check, config_of, wait_until

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
from services_table import NAMES  # noqa: E402

ACCOUNT = "33333333-2222-4333-8444-555555555555"
NOBODY = "44444444-2222-4333-8444-555555555555"
USAGE, REFUSED, MISSING = 64, 65, 66
RUN, RUNS, PAGE = 1001, 3, 500  # rows of a run, which have one stamp; rows of a page
HEADER = "debit,credit,amount_kopecks,kind,reference\n"
MOSCOW_US = 3 * 3600 * 1000000
CREDIT, BONUS, DEBIT = range(3)


def rubles(kopecks):
    return f"{'-' if kopecks < 0 else ''}{abs(kopecks) // 100}.{abs(kopecks) % 100:02}"


def clock(at, offset=MOSCOW_US, zone=""):
    seconds, micros = divmod(at + offset, 1000000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{micros:06}{zone}"


# --- the account ---

def move(number):
    """(wallet, what it moves by) of the n-th row."""
    return [("cash", 300 + number), ("bonus", 7 + number % 5), ("cash", -(11 + number % 13))][number % 3]


def row(number):
    wallet, amount = move(number)
    sides = [f"Robokassa clearing,{ACCOUNT}", f"promo expense,{ACCOUNT}", f"{ACCOUNT},revenue"][number % 3]
    return f"{sides},{abs(amount)},{'bonus' if wallet == 'bonus' else 'correction'},\n"


def post(cli):
    """The moves, in order. Those of one run have one stamp."""
    for run in range(RUNS):
        text = "".join(row(n) for n in range(run * RUN, (run + 1) * RUN))
        cli.run("post", "-", "--open", "--atomic", text=HEADER + text)
    cli.text("post-one", ACCOUNT, "promo expense", "0.50", "bonus")
    cli.text("post-one", ACCOUNT, "revenue", "3", "correction", "--reason", "mistake")
    return [move(n) for n in range(RUN * RUNS)] + [("bonus", -50), ("cash", -300)]


def expected(moves, stamps, begin, end):
    """The members of a statement that a reader of the moves alone comes to."""
    def at(until):
        sums = {"cash": 0, "bonus": 0}
        for (wallet, amount), stamp in zip(moves, stamps):
            sums[wallet] += amount if stamp < until else 0
        return {"balance": sum(sums.values()), **sums}

    def side(sign):
        found = [(wallet, amount * sign) for (wallet, amount), stamp in zip(moves, stamps)
                 if begin <= stamp < end and amount * sign > 0]
        sums = {name: sum(amount for wallet, amount in found if wallet == name) for name in ("cash", "bonus")}
        return {"sum": sum(sums.values()), **sums, "postings": len(found)}

    return {"opening": at(begin), "credits": side(1), "debits": side(-1), "closing": at(end)}


# --- what is held against it ---

def check_period(cli, moves, stamps, begin, end):
    words = ["statement", ACCOUNT, "--no-usage", "--sums", "--from", clock(begin), "--to", clock(end, 0, "Z")]
    found = cli.json(*words)
    said = {key: found[key] for key in ("opening", "credits", "debits", "closing")}
    wanted = expected(moves, stamps, begin, end)
    check(said == wanted, f"[{begin}, {end}): {said}, expected {wanted}")
    check((found["account"], found["from"], found["to"]) == (ACCOUNT, begin, end), f"what it is of: {found}")
    inside = [amount for (_, amount), stamp in zip(moves, stamps) if begin <= stamp < end]
    check([row["amount"] for row in found["rows"]] == inside[::-1], f"[{begin}, {end}): the rows, newest first")
    oldest = cli.json(*words, "--oldest-first")
    check(oldest == {**found, "rows": found["rows"][::-1]}, "oldest first is the same backwards")
    return found


def check_periods(cli, moves, stamps):
    marks = sorted(set(stamps))
    check(len(marks) == RUNS + 2, f"each run has one stamp: {len(marks)}")
    newest = stamps[::-1]
    inside = [n for n in range(PAGE, len(newest), PAGE) if newest[n - 1] == newest[n]]
    check(len(inside) >= 5, f"borders of pages lie within equal stamps: {inside}")
    hour = 3600 * 1000000
    first, last = marks[0], marks[-1]
    for begin, end in ((first - hour, last + hour), (first, last), (first + 1, last + 1),
                       (marks[1], marks[2]), (marks[1] + 1, marks[2] + 1), (marks[2], marks[2] + 1)):
        check(check_period(cli, moves, stamps, begin, end)["rows"], f"[{begin}, {end}) has rows")
    now = cli.json("balance", ACCOUNT)
    for begin, end in ((first - hour, first), (marks[1], marks[1]), (marks[1] + 1, marks[2]),
                       (last + 1, last + hour)):
        found = check_period(cli, moves, stamps, begin, end)
        check(found["rows"] == [] and found["opening"] == found["closing"], f"an empty period: {found}")
    check(found["closing"]["cash"] == now["cash"] != 0, "and shows what is there")
    whole = cli.json("statement", ACCOUNT, "--no-usage", "--sums", "--from", clock(first))
    check(whole["to"] is None and len(whole["rows"]) == len(moves), "without an end")
    whole = cli.json("statement", ACCOUNT, "--no-usage", "--sums", "--to", clock(last))
    check(whole["from"] is None and whole["opening"]["balance"] == 0, "without a beginning")


def check_sides(cli, moves, stamps):
    period = ("--no-usage", "--sums", "--from", clock(stamps[0]))
    whole = cli.json("statement", ACCOUNT, *period)
    for words, sign in ((("--side", "credit"), 1), (("--credits",), 1), (("--side", "debit"), -1)):
        rows = [row for row in whole["rows"] if row["amount"] * sign > 0]
        found = cli.json("statement", ACCOUNT, *period, *words)
        check(found == {**whole, "rows": rows} and rows, f"{words}: its rows, the sums of both")
        found = cli.json("statement", ACCOUNT, *period, *words, "--oldest-first", "--limit", "700")
        check(found["rows"] == rows[::-1][:700], f"{words}: the first 700")
        found = cli.json("statement", ACCOUNT, "--no-usage", *words, "--limit", "700")
        check(found == rows[:700], f"{words}: the newest 700 of them, without a period")
    found = cli.json("statement", ACCOUNT, "--no-usage", "--oldest-first")
    check(found == whole["rows"][::-1][:50], "the oldest fifty")
    check(cli.json("statement", ACCOUNT, "--no-usage", "--all") == whole["rows"], "all, without a period")
    out, said = cli.run("--json", "statement", ACCOUNT, *period, "--limit", "20")
    check(json.loads(out) == {**whole, "rows": whole["rows"][:20]} and f"20 of {len(moves)} rows" in said,
          f"some of the rows, and it is said: {said}")


def check_table(cli, moves, stamps):
    """What people read: the rows, then four lines that add up."""
    begin = sorted(set(stamps))[1]
    lines = cli.text("statement", ACCOUNT, "--no-usage", "--sums", "--from", clock(begin)).splitlines()
    wanted = expected(moves, stamps, begin, stamps[-1] + 1)
    check(len(lines) == 1 + sum(stamp >= begin for stamp in stamps) + 6, f"rows and sums: {len(lines)}")
    sums = [line.split() for line in lines[-4:]]
    day = clock(begin) + "+03:00"
    check(sums[0] == ["opening", "balance", day] + [rubles(wanted["opening"][key]) for key in
                                                    ("balance", "cash", "bonus")] + ["-"], f"{sums[0]}")
    for line, key in ((sums[1], "credits"), (sums[2], "debits")):
        side = wanted[key]
        check(line == [key, "-"] + [rubles(side[name]) for name in ("sum", "cash", "bonus")] +
              [str(side["postings"])], f"{key}: {line}, {side}")
    check(sums[3] == ["closing", "balance", "-"] + [rubles(wanted["closing"][key]) for key in
                                                    ("balance", "cash", "bonus")] + ["-"], f"{sums[3]}")


def check_export(cli, moves, stamps):
    """The export of one account adds up as its statement does, live and from the journal alone."""
    begin, end = sorted(set(stamps))[1:3]
    wanted = expected(moves, stamps, begin, end)
    for more in ((), ("--offline",)):
        out, said = cli.run("export", "postings", "-", "--account", ACCOUNT, "--from", clock(begin),
                            "--to", clock(end), *more)
        check(len(out.splitlines()) == 1 + RUN, f"{len(out.splitlines())} lines")
        for wallet in ("cash", "bonus"):
            opening, credits, debits, closing = (rubles(wanted[key][wallet]) for key in
                                                 ("opening", "credits", "debits", "closing"))
            check(f"{wallet}: opening balance {opening} + credits {credits} - debits {debits} = "
                  f"closing balance {closing}" in said, f"{wallet} in {said}")
    _, said = cli.run("export", "postings", "-")
    check("opening" not in said, "an export of all accounts is no statement")


def check_hledger(cli, directory):
    """Another program adds up the books of the same days to the same four figures."""
    if not shutil.which("hledger"):
        print("without hledger")
        return
    day = 86400 * 1000000
    begin, end = (clock(time.time_ns() // 1000 + days * day)[:10] for days in (-2, 2))
    found = cli.json("statement", ACCOUNT, "--no-usage", "--sums", "--from", begin, "--to", end)
    books = f"{directory}/books"
    cli.run("export", "books", books, "--from", begin, "--to", end)
    for wallet in ("cash", "bonus"):
        def total(*words):
            done = subprocess.run(
                ["hledger", "-f", f"{books}/main.journal", "balance", "-N", "--flat", "-E", "-O", "csv", *words,
                 f"liabilities:customers:{ACCOUNT}:{wallet}$"],
                capture_output=True, text=True, timeout=120, check=True)
            rows = list(csv.reader(io.StringIO(done.stdout)))[1:]
            return -round(100 * sum(float(amount.split()[0]) for _, amount in rows))  # far below 2^53
        said = (total("amt:<0"), -total("amt:>0"), total())
        wanted = tuple(found[key][wallet] for key in ("credits", "debits", "closing"))
        check(said == wanted and 0 not in said, f"{wallet}: hledger says {said}, the statement {wanted}")
        check(found["opening"][wallet] == 0, "nothing was before")


def check_words(cli):
    for words in (("--from", "2026-02-01", "--to", "2026-01-01"), ("--side", "both"), ("--side", ""),
                  ("--side", "credit", "--debits"), ("--credits", "--debits"), ("--oldest-first", "x"),
                  ("--from", "yesterday")):
        cli.run("statement", ACCOUNT, *words, status=USAGE)
    cli.run("statement", NOBODY, "--from", "2026-01-01", status=MISSING)
    nothing = cli.json("statement", ACCOUNT, "--sums", "--to", "1970-01-01T00:00:00Z")
    check(nothing["rows"] == [] and nothing["closing"]["balance"] == 0, "the epoch is an end as any")


def sound(cli, directory):
    moves = post(cli)
    stamps = [row["at"] for row in cli.json("statement", ACCOUNT, "--all", "--no-usage")][::-1]
    check(len(stamps) == len(moves), f"{len(stamps)} rows for {len(moves)} postings")
    check_periods(cli, moves, stamps)
    check_sides(cli, moves, stamps)
    check_table(cli, moves, stamps)
    check_export(cli, moves, stamps)
    check_hledger(cli, directory)
    check_words(cli)


def planted(cli, text):
    """A ledger that tells something wrong: no statement, and a word about what does not add up."""
    post(cli)
    events = [event for event in cli.json_lines("events", "ledger", "--type", "posted")
              if event["fields"]["account"] == ACCOUNT]
    check(len(events) == RUNS * RUN + 2, f"{len(events)} postings")
    begin = clock(events[RUN]["at"])
    for words in ((), ("--oldest-first",), ("--side", "credit"), ("--limit", "3")):
        out, error = cli.run("--json", "statement", ACCOUNT, "--no-usage", "--sums", "--from", begin, *words,
                             status=REFUSED)
        check("does not add up" in error and text in error, f"it names what: {error}")
        check(out == "", f"nothing is shown: {out[:80]}")


def planted_export(cli, text, directory):
    """A reading of the journal that loses a posting: no file of that name, and a word about what does not add up."""
    post(cli)
    file = f"{directory}/lost.csv"
    _, error = cli.run("export", "postings", file, "--account", ACCOUNT, status=REFUSED)
    check("do not add up" in error and text in error, f"it names what: {error}")
    check(not os.path.exists(file), "no file has its name")
    file = f"{directory}/whole.csv"
    cli.run("export", "postings", file)
    check(os.path.exists(file), "one of all accounts has")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fleet")
    parser.add_argument("kopeck")
    parser.add_argument("--found")
    parser.add_argument("--found-export")
    options = parser.parse_args()
    options.bin = os.path.dirname(options.fleet)
    programs, made = attack_rig.bin_of(options)
    directory = tempfile.mkdtemp(prefix="kopeck-statement-")
    fleet = subprocess.Popen([f"{programs}/kopeck-fleet", "up", "--dir", directory], stdout=subprocess.DEVNULL)
    try:
        wait_until("the processes", lambda: all(os.path.exists(f"{directory}/run/{name}.ready")
                                                for name in NAMES), 60)
        cli = Cli(config_of(directory, "operator"))
        if options.found:
            planted(cli, options.found)
        elif options.found_export:
            planted_export(cli, options.found_export, directory)
        else:
            sound(cli, directory)
    except Failure as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    finally:
        fleet.terminate()
        fleet.wait(60)
        shutil.rmtree(directory, ignore_errors=True)
        if made:
            shutil.rmtree(made, ignore_errors=True)
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
