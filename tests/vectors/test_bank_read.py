#!/usr/bin/python3
"""`kopeck bank read`: what people see, what it refuses and with which exit status.

usage: test_bank_read.py BIN
"""
import json
import pathlib
import subprocess
import sys
import tempfile

FILES = pathlib.Path(__file__).resolve().parent / "statement_files"
KOPECK = pathlib.Path(sys.argv[1]) / "kopeck"
FIRST = str(next(FILES.glob("01*")))
DOS = str(next(FILES.glob("06*")))
OWN, OTHER = "40702810700000000101", "40702810100000000303"


def read(*words, json_too=False, stdin=None):
    before = ["--json"] if json_too else []
    done = subprocess.run([KOPECK, *before, "bank", *words], capture_output=True, check=False,
                          input=stdin)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def expect(words, status, *said, **more):
    got, out, err = read(*words, **more)
    assert got == status, (words, got, out, err)
    for text in said:
        assert text in out + err, (words, text, out, err)
    return out


def check_people():
    out = expect(("read", FIRST, DOS, "--books", FILES / "books.tsv"), 0, "MATCH 26000000013",
                 "DUPLICATE of 01_day_sections_cp1251.txt doc 1", "warning, line 23: GAP",
                 "140000.00", "Windows-1251", "CP866", "1 OWN 25000.00", "nothing is posted")
    assert "register" not in out and "No own account" not in out
    expect(("read", FIRST), 0, "SUSPENSE UNKNOWN_INVOICE", "No own account was named",
           "No register of invoices was named")
    expect(("read", FIRST, "--own-account", OWN), 0, "SUSPENSE UNKNOWN_INVOICE")
    expect(("read", DOS, "--own-account", OWN, "--own-account", OTHER), 0, "OWN")
    expect(("read", DOS, "--own-account", f"{OWN},{OTHER}"), 0, "OWN")
    expect(("read", "-"), 0, "UNKNOWN_INVOICE",
           stdin=pathlib.Path(FIRST).read_bytes())


def check_refusals():
    expect(("read", DOS, "--own-account", OWN), 65, "STATEMENT_NOT_OUR_ACCOUNT", OTHER)
    expect(("read", "/nowhere/at/all"), 66, "cannot be read")
    expect(("read", "/"), 66)
    expect(("read",), 64, "the statement's file is missing")
    expect((), 64, "what to do is missing")
    expect(("write", FIRST), 64)
    expect(("read", FIRST, "--own-account", "4070281070000000010"), 64, "20 digits")
    expect(("read", FIRST, "--own-account", "40702D10700000000101"), 64, "20 digits")
    expect(("read", FIRST, "--own-account", f"{OWN},"), 64, "20 digits")
    expect(("read", FIRST, "--own-account", OWN * 2), 64, "20 digits")
    expect(("read", FIRST, "--today", "31.02.2026"), 64, "today")
    expect(("read", FIRST, "--books", "/nowhere"), 65, "cannot be read")
    # a refused file does not keep the next from being read, and the status says that one was
    out = expect(("read", "-", FIRST), 65, "STATEMENT_FORMAT", "UNKNOWN_INVOICE", stdin=b"nonsense")
    assert "4 documents" in out


def check_json():
    out = expect(("read", "-", DOS), 65, json_too=True, stdin=b"1CClientBankExchange\n")
    refused, read_one = (json.loads(line) for line in out.splitlines())
    assert not refused["accepted"] and refused["documents"] == [] and refused["posted"] == 0
    assert refused["refusal"]["code"] == "STATEMENT_ENCODING"
    assert read_one["accepted"] and read_one["refusal"] is None and read_one["encoding"] == "CP866"
    document = read_one["documents"][2]
    assert document["kopecks"] == 70000 and document["direction"] == "in"
    assert document["payer"]["inn"] == "999934567840" and document["payer"]["kpp"] is None
    assert read_one["documents"][3]["ordinal"] == 1
    assert document["identity"] != read_one["documents"][3]["identity"]
    assert read_one["sections"][1]["out"] == 2500000 and read_one["sections"][1]["covers"]


def check_days_and_totals():
    text = ("1CClientBankExchange\nВерсияФормата=1.03\nСекцияДокумент=Прочее\nДата=05.09.2026\n"
            f"Сумма=1\nПолучательСчет={OWN}\nПлательщикСчет=40702810000000007001\nКонецДокумента\n"
            "КонецФайла\n").encode()
    words = ("read", "-", "--own-account", OWN)
    expect(words, 65, "NO_TOTALS", stdin=text)
    expect((*words, "--without-totals", "--today", "2026-09-06"), 0, "NO_TOTALS", "NO_INVOICE",
           stdin=text)
    expect((*words, "--without-totals", "--today", "05.09.2026"), 0, "NOT_CLOSED", stdin=text)


def check_books():
    for rows, said in (("invoice\t26000000014\t\t\t5\n", "that is right"),
                       ("invoice\t26000000013\t\t\t5,5\n", "kopecks"),
                       ("invoice\t26000000013\t\t\t0\n", "a sum"),
                       ("invoice\t26000000013\t\t\t1\ninvoice\t26000000013\t\t\t1\n", ":3: "),
                       ("own account\t407\t\t\t\n", "20 digits"),
                       ("own acount\t407\t\t\t\n", "own account or invoice"),
                       ("a\tb\tc\td\te\tf\n", "five columns")):
        with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
            file.write("what\tnumber\tINN\tBIC or name\tkopecks\n" + rows)
            file.flush()
            expect(("read", FIRST, "--books", file.name), 65, said)
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
        file.write(f"what\n\nown INN\t\t9999123457\nown account\t{OWN}\t\t044599202\n")
        file.flush()
        expect(("read", FIRST, "--books", file.name), 0, ":3: INN_CHECK_DIGIT", ":4: ACCOUNT_KEY")


def main():
    check_people()
    check_refusals()
    check_json()
    check_days_and_totals()
    check_books()


main()
