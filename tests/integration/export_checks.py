"""`kopeck export` against the fleet of test_cli.py: live and offline say the same, other programs read
it, and what the ledger itself answers is what they add up to."""
import csv
import io
import json
import os
import re
import shutil
import subprocess

EXISTS, USAGE = 73, 64
BOM = "\ufeff"


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)


def read_books(check, books, accounts):
    """hledger's balance of each account is the ledger's; both programs accept the whole."""
    main = f"{books}/main.journal"
    if shutil.which("hledger"):
        done = run("hledger", "-f", main, "check", "-s")
        check(done.returncode == 0, f"hledger refuses the books: {done.stderr}")
        done = run("hledger", "-f", main, "bal", "-N", "--flat", "-E", "-O", "csv")
        sums = {}
        for name, amount in list(csv.reader(io.StringIO(done.stdout)))[1:]:
            kopecks = round(100 * float(amount.split()[0]))  # of a test: far below 2^53
            owner = re.match(r"liabilities:customers:([^:]*):", name)
            key = owner.group(1) if owner else "ours"
            sums[key] = sums.get(key, 0) - kopecks
        check(sum(sums.values()) == 0, f"debits and credits are even: {sums}")
        del sums["ours"]
        check(sums == accounts, f"hledger adds up to {sums}, the ledger to {accounts}")
    if shutil.which("ledger"):
        done = run("ledger", "-f", main, "--pedantic", "bal")
        check(done.returncode == 0 and not done.stderr, f"ledger refuses the books: {done.stderr}")


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read_postings(check, cli, account):
    """Each form says the same of an account, and its statement does too."""
    words = ("export", "postings", "-", "--account", account)
    plain = rows_of(cli.text(*words))
    lines = [json.loads(line) for line in cli.text(*words, "--format", "jsonl").splitlines()]
    excel = cli.text(*words, "--format", "excel")
    check(excel.startswith(BOM), "Excel wants a byte-order mark")
    table = list(csv.reader(io.StringIO(excel[1:], newline=""), delimiter=";"))
    statement = cli.json("statement", account, "--all", "--no-usage")
    check(plain, f"{account} has postings")
    check([int(row["sequence"]) for row in plain] == [row["sequence"] for row in reversed(statement)],
          "the postings of the statement, the oldest first")
    check([row["sequence"] for row in lines] == [int(row["sequence"]) for row in plain], "JSON too")
    check(len(table) == len(plain) + 1 and table[0] == list(plain[0]), "and Excel")
    for row, line, cells, said in zip(plain, lines, table[1:], reversed(statement)):
        kopecks = int(row["amount"].replace(".", ""))
        check(kopecks == line["amount"] == abs(said["amount"]) == int(row["amount_kopecks"]),
              f"amounts: {row}")
        check(line["cash"] == said["cash"] == int(row["cash"].replace(".", "")), f"cash: {row}")
        check(cells[6] == row["amount"].replace(".", ","), f"a decimal comma: {cells}")
        check(row["time"].endswith("+03:00"), f"Moscow's time: {row}")
        check(row["kind"] != "usage" or row["service"] == "compute", f"what it was for: {row}")
    check(cli.text(*words, "--to", "2020-01-01").count("\n") == 1, "a period without any")


def live(check, cli, directory):
    everything = rows_of(cli.text("export", "postings", "-"))
    owners = sorted({row["account"] for row in everything if row["account"]})
    accounts = {}
    for owner in owners:
        answer = cli.json("balance", owner)
        accounts[owner] = answer["cash"] + answer["bonus"]
        read_postings(check, cli, owner)
    books = f"{directory}/books"
    done = cli.json("export", "books", books)
    check(done["postings"] == len(everything), f"all postings are in the books: {done}")
    read_books(check, books, accounts)
    _, error = cli.run("export", "books", books, status=EXISTS)
    check("there already" in error, error)
    # The books from some day on begin with what was before; of who has nothing there is no line.
    cli.run("export", "books", f"{books}-later", "--from", "2100-01-01")
    read_books(check, f"{books}-later", {owner: has for owner, has in accounts.items() if has})
    file = f"{directory}/postings-out.csv"
    cli.run("export", "postings", file)
    cli.run("export", "postings", file, status=EXISTS)
    with open(file, newline="") as out:
        check(out.read() == cli.run("export", "postings", "-")[0].replace("\n", "\r\n"),
              "a file is what standard output was")
    check(not os.path.exists(f"{file}.unfinished"), "nothing unfinished is left")
    for words in (("export",), ("export", "sums", "x"), ("export", "books"),
                  ("export", "books", "x", "--format", "csv"),
                  ("export", "postings", "-", "--format", "xlsx"),
                  ("export", "postings", "-", "--account", "nobody")):
        cli.run(*words, status=USAGE)
    return everything


def offline(check, cli, directory, everything):
    """From the journals alone, without any process."""
    rows = rows_of(cli.text("export", "postings", "-", "--offline"))
    check(rows[:len(everything)] == everything, "offline says what was said live")
    alone = f"{directory}/books-alone"
    cli.run("export", "books", alone, "--ledger", f"{directory}/var/ledger")
    with open(f"{alone}/main.journal") as main:
        text = main.read()
    check("account income:usage\n" in text and "usage:compute" not in text,
          "without metering's journal usage is of no kind")
