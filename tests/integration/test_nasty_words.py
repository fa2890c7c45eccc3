#!/usr/bin/python3
"""Every option and operand of every program with nothing in it, and with other nasty words.

Of `kopeck` each command has example lines here; its --help must name no command, option or operand
that no example has, so a new one is tried too. Nothing answers at the doors of the configuration, so
whatever comes through the command line's checks ends with 69 at most, and changes nothing.

usage: test_nasty_words.py BIN SOURCE [--every]
Each place gets nothing at all, one word that is no text, and one that is nasty, in turn; with --every all of
them, which takes six times as long."""
import itertools
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BIN, SOURCE = (Path(word).resolve() for word in sys.argv[1:3])
EVERY = sys.argv[3:] == ["--every"]
sys.path.insert(0, str(SOURCE / "tests" / "python"))
from services_table import JOURNALS, NAMES  # noqa: E402

USAGE = 64
STATUSES = {0, 1, 64, 65, 66, 69, 71, 73, 74, 75, 77, 78}
ACCOUNT = "11111111-2222-4333-8444-555555555555"
ID = "01940000-0000-7000-8000-000000000001"
EMPTY = [b""]
NO_TEXT = [b"\xcf\xeb\xfe\xf1", b"a\x01b", b"\xc0\xaf", b"\xed\xa0\x80", b"\n"]
NASTY = [b"-", b"%s%n%s", b"x" * 5000, b"9" * 40, b"--", b"--no-such", b"'\"\\", b"../../.."]
PROBLEMS = []

# Every word but the KEYWORDS is replaced, one after the other.
EXAMPLES = {
    "balance": [f"{ACCOUNT} --as-of 2026-01-01 --min-sequence 1"],
    "statement": [f"{ACCOUNT} --debits --from 2026-01-01 --to 2026-02-01 --limit 5 --no-usage",
                  f"{ACCOUNT} --credits --all", f"{ACCOUNT} --side debit --oldest-first --sums"],
    "totals": [""],
    "lots": [ACCOUNT],
    "account": [ACCOUNT, f"close {ACCOUNT} --yes --reason test --id {ID}", f"reopen {ACCOUNT} --reason test --id {ID}",
                f"credit {ACCOUNT} 500 --reason test --id {ID}"],
    "bonus": [f"give {ACCOUNT} 12 --until 2026-06-01 --open --reason test --id {ID}",
              f"give {ACCOUNT} 12 --begins 2026-06-01 --category disk --id {ID}",
              f"end {ACCOUNT} 17 --reason test --id {ID}"],
    "grant": [f"{ACCOUNT} 2026-08 --up 43000 --of 44640 --resource {ACCOUNT} --reason test --yes --id {ID}",
              f"{ACCOUNT} 2026-08 --data-lost"],
    "accounts": ["--below 100 --limit 5"],
    "payments": [f"{ACCOUNT} --state succeeded --limit 5", f"{ACCOUNT} --all"],
    "post": [f"rows.csv --open --id {ID} --refused refused.csv --producer 200 --atomic"],
    "post-one": [f"bank {ACCOUNT} 12 correction --open --reference {ACCOUNT} --reason test --id {ID}",
                 f"{ACCOUNT} bank 12 refund --payment 17", f"{ACCOUNT} chargebacks 12 chargeback --lot 3"],
    "topup": [f"{ACCOUNT} 100 --autopay 3 --sum-max 1500 --id {ID}"],
    "mandate": [f"{ACCOUNT}", f"{ACCOUNT} revoke --why customer --id {ID}",
                f"{ACCOUNT} change --count 1 --sum 100 --id {ID}"],
    "payment": ["17", f"17 resolve succeeded --amount 12 --registry --id {ID}", f"17 resolve declined --id {ID}"],
    "autopay": [f"{ACCOUNT}", f"{ACCOUNT} hold --id {ID}", f"{ACCOUNT} release", f"{ACCOUNT} resume"],
    "contact": [f"set {ACCOUNT} webhook contact.txt --only low,stopped --language english --reason test --id {ID}",
                f"show {ACCOUNT}", f"confirm {ACCOUNT} code.txt --id {ID}", f"erase {ACCOUNT} --reason test --id {ID}",
                f"choose {ACCOUNT} email --only low --language english --reason test --id {ID}", f"told {ACCOUNT}"],
    "outbox": [""],
    "notices": [ACCOUNT, f"{ACCOUNT} history --limit 5"],
    "refund": [f"17 --amount 12 --reason test --id {ID}", f"cancel 18 --reason test --id {ID}",
               f"resolve done 18 --amount 12 --id {ID}", f"resolve failed 18 --amount 12"],
    "dispute": [f"17 --amount 12 --id {ID}", f"won 17 --amount 12 --id {ID}",
                "evidence 17 copy --offline " + " ".join(f"--{name} {name}.journal" for name in JOURNALS)],
    "refunds": ["--payment 17 --open --limit 5", "--state unknown"],
    "receipt": [f"again 17 first --reason test --id {ID}", f"settled 17 second --id {ID}",
                f"regime 2030-01-01 osn full --reason test --id {ID}", "regimes",
                f"contact set {ACCOUNT} contact.txt --reason test --id {ID}", f"contact show {ACCOUNT}",
                f"contact erase {ACCOUNT} --reason test --id {ID}"],
    "receipts": ["--payment 17 --open --limit 5", "--state missing"],
    "promo": [ACCOUNT, "list", "create percent 20 --cap 300 --topup-min 100 --budget 9000 --in-all 9 "
              f"--per-account 1 --starts 2026-01-01 --ends 2099-12-31 --first-topup --reason test --id {ID}",
              f"create gift 50 --bonus-days 30 --id {ID}", "create welcome 50 --in-all 9",
              f"create gift 50 --category models --begins 2026-06-01 --new-accounts --new-accounts-days 30 --starts 2026-01-01 --id {ID}", "create fixed 50", "end 1", "codes 1 3", "add 1 codes.txt",
              f"apply {ACCOUNT} code.txt --id {ID}"],
    "proposals": ["ledger --all"],
    "approve": [f"ledger {ID} --id {ID}"],
    "reject": [f"ledger {ID} --id {ID}"],
    "limits": [f"ledger --alone 100 --day 500 --rules two --id {ID}"],
    "explain": ["5", ACCOUNT, "payment 5 --history", "ledger 5 --offline " + " ".join(f"--{name} {name}.journal" for name in JOURNALS)],
    "why-not": [f"{ACCOUNT} 2026-01-01", f"{ACCOUNT} 2026-01-01 --offline",
                f"{ACCOUNT} 2026-01-01 --autopay autopay.journal"],
    "rate": ["list", f"define 3 new Title 12 --effective 2030-01-01 --included 5120 --id {ID}"],
    "tariff": ["list", "prices", f"define new Title 12 --effective 2030-01-01 --id {ID}", f"withdraw 7 --id {ID}"],
    "meters": [ACCOUNT, f"{ACCOUNT} --coming"],
    "forecast": [ACCOUNT],
    "losses": [""],
    "minutes": [f"{ACCOUNT} {ACCOUNT} 2026-01-01", f"{ACCOUNT} {ACCOUNT} 2026-01-01 --offline",
                f"{ACCOUNT} {ACCOUNT} 2026-01-01 --metering metering.journal"],
    "producer": [f"retire 150 --id {ID}"],
    "resource": [ACCOUNT, f"{ACCOUNT} move 100 --reason test --id {ID}"],
    "quotas": ["producers", "set --replicas 9 --account-replicas 9 --meters 9 --meters-hour 9 "
               "--accounts-hour 9 --bytes-hour 9 --refusals-hour 9 --wait-minutes 9 "
               f"--reason test --id {ID}"],
    "policy": ["show ledger", f"set metering settle-minutes=3 late-hours=72 --id {ID}"],
    "bank": ["read statement.txt --own-account 40702810700000000101 --books books.tsv --without-totals "
             "--today 2026-09-06", "import statement.txt --own-account 40702810700000000101 "
             "--without-totals --today 2026-09-06", "look statement.txt --own-account 40702810700000000101", "suspense", "show 5",
             f"assign 5 {ACCOUNT} --invoice 26000000013 --reason test --id {ID}", f"assign 5 --nobody --id {ID}",
             f"settle 5 --fee 3.90 --reason test --id {ID}"],
    "invoice": [f"company {ACCOUNT}", f"company {ACCOUNT} --inn 9999123456 --kpp 999901001 --name Title --id {ID}",
                f"issue {ACCOUNT} 100 --id {ID}", f"list {ACCOUNT} --limit 5", f"list {ACCOUNT} --all", "find 9999123456"],
    "act": [f"issue 2026-Q2 {ACCOUNT}", "advances --today 2026-04-06", "due --today 2026-04-06 --after-days 3", f"list {ACCOUNT} --limit 5",
            f"list {ACCOUNT} --all", "show A26-000001",
            "check --all --offline", f"numbers --invoice 26000000013 --act A26-000001 --shipment 26000001 --reason test --id {ID}",
            "check A26-000001 --offline --documents documents.journal --metering metering.journal --ledger ledger.journal"],
    "documents": ["get 26000000013 --output FILE", "upd A26-000001 --buyer-id 2BM-1 --output FILE"],
    "reconcile": ["registry registry.csv --day 2026-08-31 --commission 3.9 --paid-out --resolve",
                  "registry registry.csv --offline --payment payment.journal --ledger ledger.journal"],
    "tail": ["ledger --from 1 --count 1 --type posted"],
    "events": ["ledger --from 1 --to 2 --type posted"],
    "verify": ["--since 00", "--snapshots etc", "--offline --settled " + " ".join(f"--{name} {name}.journal" for name in JOURNALS)],
    "export": ["books copy --from 2026-01-01 --to 2026-02-01 --ledger ledger.journal "
               "--metering metering.journal",
               f"postings rows.out --format excel --account {ACCOUNT} --offline"],
    "backup": [" ".join(f"--{name} {name}.journal" for name in JOURNALS) + " copy --since earlier"],
    "archive": ["ledger --from ledger.journal --to older --keep 1"],
    "move": ["ledger.cfg --to older"],
    "restore": ["copy " + " ".join(f"--{name} {name}.journal" for name in JOURNALS)],
    "take": ["ledger --from ledger.journal"],
    "status": ["ledger --counters --wait 1", "ledger --alarms", "ledger --roots"],
    "init": ["ledger.cfg other.cfg --user nobody"],
    "reseed": [f"autopay ledger --sequence 5 --id {ID}", "autopay ledger --at-most 5 --yes"],
    "clock": [f"confirm ledger --id {ID}"],
    "keys": ["make ours a:operator:200 --public p --secret s", "check p"],
    "api": ["key panel --scopes read,usage --file keys.cfg --producers 100 --rate 5 --until 2099-01-01"],
    "ping": ["ledger.cfg"],
}
KEYWORDS = {"won", "evidence", "revoke", "change", "resolve", "succeeded", "declined", "hold", "release", "resume", "list",
            "define", "confirm", "make", "key", "check", "books", "postings",
            "close", "reopen", "credit", "cancel", "done", "failed", "again", "settled", "first", "second", "regime", "regimes",
            "create", "percent", "gift", "fixed", "welcome", "two", "end", "codes", "add", "apply",
            "retire", "show", "erase", "email", "webhook", "give", "read", "import", "look", "prices", "suspense", "assign", "settle", "company", "issue", "move", "producers", "set", "show", "advances", "due", "numbers", "get", "upd", "registry", "contact"}
# What the usage lines name, so that a new operand is noticed here.
OPERANDS = {"balance": "ACCOUNT", "statement": "ACCOUNT", "post": "FILE",
            "post-one": "DEBIT CREDIT RUBLES KIND", "topup": "ACCOUNT RUBLES", "mandate": "ACCOUNT",
            "payment": "INVOICE", "refund": "PAYMENT REFUND", "refunds": "", "dispute": "PAYMENT FILE", "notices": "ACCOUNT", "contact": "ACCOUNT FILE", "outbox": "",
            "receipt": "PAYMENT DAY SYSTEM VAT ACCOUNT FILE", "receipts": "",
            "promo": "ACCOUNT KIND VALUE CAMPAIGN FILE", "payments": "ACCOUNT", "lots": "ACCOUNT", "account": "ACCOUNT RUBLES", "bonus": "ACCOUNT RUBLES LOT", "grant": "ACCOUNT MONTH", "autopay": "ACCOUNT", "explain": "PROCESS SEQUENCE ACCOUNT",
            "proposals": "PROCESS", "approve": "PROCESS COMMAND", "reject": "PROCESS COMMAND",
            "limits": "PROCESS", "policy": "PROCESS NAME VALUE",
            "why-not": "ACCOUNT TIME", "rate": "KIND CODE TITLE RUBLES", "tariff": "CODE TITLE RUBLES VERSION", "meters": "ACCOUNT", "forecast": "ACCOUNT", "minutes": "ACCOUNT RESOURCE TIME", "losses": "",
            "producer": "NUMBER", "resource": "RESOURCE PRODUCER", "tail": "STREAM",
            "events": "STREAM", "verify": "", "export": "DIR FILE", "archive": "PROCESS", "move": "FILE", "backup": "DIR", "restore": "BACKUP",
            "take": "PROCESS", "status": "PROCESS", "init": "FILE", "reseed": "PROCESS STREAM", "clock": "PROCESS",
            "keys": "CERTIFICATE DIR", "api": "NAME", "ping": "FILE", "bank": "FILE", "invoice": "ACCOUNT RUBLES", "act": "QUARTER ACCOUNT", "documents": "NUMBER", "reconcile": "FILE"}


def run(program, words, directory):
    # Lists of bytes: what is no UTF-8 comes through as it is.
    line = [os.fsencode(str(program))] + words
    environment = {"HOME": str(directory), "PATH": os.environ["PATH"]}
    try:
        done = subprocess.run(line, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=120, env=environment, check=False)
    except subprocess.TimeoutExpired:
        PROBLEMS.append(f"{line}: it did not end")
        return None
    if done.returncode not in STATUSES:
        PROBLEMS.append(f"{line}: exit {done.returncode}: {done.stderr[-300:]!r}")
    if b"(null)" in done.stdout + done.stderr:
        PROBLEMS.append(f"{line}: it says (null)")
    if done.returncode and not done.stderr and not done.stdout:
        PROBLEMS.append(f"{line}: exit {done.returncode} without a word")
    return done


def refused(program, words, directory):
    done = run(program, words, directory)
    if done and done.returncode != USAGE:
        PROBLEMS.append(f"{program.name} {words}: exit {done.returncode}, expected {USAGE}: "
                        f"{done.stderr[-300:]!r}")
    if done and not done.stderr:
        PROBLEMS.append(f"{program.name} {words}: nothing says what is wrong")


def replaced(words, at, word):
    return words[:at] + [word] + words[at + 1:]


def in_turn(words):
    """All of these each time, or the next one of them."""
    turns = itertools.cycle(words)
    return (lambda: words) if EVERY else (lambda: [next(turns)])


NO_TEXT_NOW, NASTY_NOW = in_turn(NO_TEXT), in_turn(NASTY)


def lines_of(words, first):
    """Each line with one word of it replaced, and what must become of it: (words, must be refused)."""
    for at in range(first, len(words)):
        option = words[at].startswith(b"--")
        if words[at].decode() in KEYWORDS:
            continue
        for word in EMPTY + NO_TEXT_NOW() + ([] if option else NASTY_NOW()):
            yield replaced(words, at, word), word in EMPTY + NO_TEXT
        if option and at + 1 < len(words) and not words[at + 1].startswith(b"--"):
            for word in EMPTY + NO_TEXT_NOW():
                yield words[:at] + [words[at] + b"=" + word] + words[at + 2:], True
    for word in EMPTY + NO_TEXT_NOW():  # one too many
        yield words + [word], True


def check_examples(commands, directory):
    """The help names nothing that no example has."""
    if set(commands) != set(EXAMPLES):
        PROBLEMS.append(f"commands without examples, or the other way: {set(commands) ^ set(EXAMPLES)}")
    for command in set(commands) & set(EXAMPLES):
        done = run(BIN / "kopeck", [command.encode(), b"--help"], directory)
        text = done.stdout.decode()
        usage = text.splitlines()[0].split(" ", 3)[3] if len(text.splitlines()[0].split(" ", 3)) > 3 else ""
        examples = " ".join(EXAMPLES[command])
        for option in set(re.findall(r"--([a-z-]+)", text)) - {"help"}:
            if f"--{option}" not in examples.split():
                PROBLEMS.append(f"{command}: no example has --{option}")
        bare = re.sub(r"--[\w-]+ [A-Z|]+", "", usage).replace("NAME:ROLE[:PRODUCERS[:OWNER]]", "CERTIFICATE")
        operands = set(re.findall(r"\b[A-Z]{2,}\b", bare.replace("--PROCESS", "")))
        if operands != set(OPERANDS.get(command, "").split()):
            PROBLEMS.append(f"{command}: operands {operands}: examples need them all, and OPERANDS their names")


def kopeck(directory):
    """The lines for every command."""
    config = directory / "kopeck.cfg"
    lines = ["certificate", f'    secret = "{directory}/s/operator.cert_secret"', "timeout_ms = 100"]
    for name in JOURNALS:
        lines += [name] + [f'    {door} = "ipc://{directory}/{name}.{door}"'
                           for door in ("command", "replay", "publish", "feed")
                           if door != "feed" or name == "ledger"]
        lines += [f'    certificate = "{directory}/p/{name}.cert"',
                  f'    journal = "{directory}/{name}.journal"']
    config.write_text("\n".join(lines) + "\n")
    (directory / "p").mkdir()
    (directory / "s").mkdir(mode=0o700)
    made = run(BIN / "kopeck", [b"keys", b"make", b"ours", b"operator:operator:200-299", b"--public", b"p",
                                b"--secret", b"s"], directory)
    if made.returncode:
        PROBLEMS.append(f"keys: {made.stderr!r}")
    for role in ("p", "s"):  # where the examples write must not be there yet
        os.rename(directory / role, directory / f"{role}.made")
        config.write_text(config.read_text().replace(f"{directory}/{role}/", f"{directory}/{role}.made/"))
    (directory / "rows.csv").write_text("debit,credit,amount,kind\nbank,revenue,1,correction\n")
    begin = [b"--config", str(config).encode()]
    helped = run(BIN / "kopeck", [b"--help"], directory).stdout.decode()
    commands = re.findall(r"^  ([a-z-]+) ", helped.split("kopeck COMMAND")[0], re.M)
    check_examples(commands, directory)
    for command in commands:
        for example in EXAMPLES.get(command, []):
            words = begin + [command.encode()] + example.encode().split()
            yield from ((BIN / "kopeck", line, must) for line, must in lines_of(words, len(begin) + 1))
    for word in EMPTY + NO_TEXT:
        yield BIN / "kopeck", [word], True
        yield BIN / "kopeck", [b"--config", word, b"totals"], True
        yield BIN / "kopeck", [b"--config=" + word, b"totals"], True


# What stands before an option that is tried, so that nothing else is missing.
OTHERS = {
    "kopeck-fleet": ["up", "--dir", "fleet"],
    "kopeck-trace": ["none.csv", "--out", "trace"],
    "kopeck-demo": ["--check", "--dir", "demo"],
    "kopeck-bench": [],
    "robokassa-sim": ["--config", "none.cfg"],
    "platform-sim": ["--config", "none.cfg"],
    "kopeck-simulate": ["--days", "4"],
    "kopeck-crash": [],
}


def others(directory):
    for name, begin in OTHERS.items():
        program = BIN / name
        done = run(program, [b"--help"], directory)
        text = done.stdout.decode() + done.stderr.decode()
        options = set(re.findall(r"(--[a-z-]+)[ =](?:[A-Z]|0\|1)", text))
        if not options:
            PROBLEMS.append(f"{name}: --help names no option with a value")
        begun = [word.encode() for word in begin]
        for option in sorted(options):
            yield program, begun + [option.encode(), b""], True
            yield program, begun + [option.encode() + b"="], True
        for at in range(len(begun)):
            if not begun[at].startswith(b"--"):
                yield program, replaced(begun, at, b""), True
        yield program, begun + [b""], True
    for name in NAMES:
        yield BIN / f"kopeck-{name}", [b""], True
    for name in ("kopeck-docs", "kopeck-vectors"):
        yield BIN / name, [b""], True


def main():
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        lines = list(kopeck(directory)) + list(others(directory))
        with ThreadPoolExecutor(4) as pool:
            for program, words, must in lines:
                pool.submit(refused if must else run, program, words, directory)
    for problem in PROBLEMS[:40]:
        print(problem)
    print(f"{len(lines)} lines, {len(PROBLEMS)} problems")
    return bool(PROBLEMS) or len(lines) < 1000


if __name__ == "__main__":
    sys.exit(main())
