"""The sections of docs/operations.md about bank statements: from the file to the balance, and after documents' journal
was put back."""
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import time

from operations_words import ACCOUNT, cash, check, lose, rows, stopped


def bank_statements(machine):
    samples = pathlib.Path(__file__).resolve().parents[1] / "vectors" / "statement_files"
    folder = machine.place.path("statements", "")
    folder.mkdir()
    file = folder / "2026-09-05.txt"
    shutil.copy(next(samples.glob("01*")), file)
    shutil.copy(samples / "books.tsv", folder)
    printed = machine.follow()
    check("MATCH 26000000013" in printed and "SUSPENSE NO_INVOICE" in printed, printed)
    check("nothing is posted" in printed and '"posted":0' in printed, printed)
    file.write_bytes(file.read_bytes().replace(b"=140000\r", b"=140001\r", 1))
    done = machine.run("bank", "read", file, "--books", folder / "books.tsv")
    check(done.returncode == 65 and "STATEMENT_TOTALS" in done.stderr, f"{done}")
    check(not done.stdout, done.stdout)
    bank_transfers(machine, file)


def statement_of_then(folder, invoice_number):
    """The sample, of days that are over by any clock, for that invoice."""
    samples = pathlib.Path(__file__).resolve().parents[1] / "vectors" / "statement_files"
    file = folder / "2026-09-05.txt"
    file.write_bytes(next(samples.glob("01*")).read_bytes().replace(b".2026", b".2020").replace(
        b"26000000013", str(invoice_number).encode()))
    return file


def bank_transfers(machine, file):
    """The same file, naming the invoice that is issued now."""
    payer, own = "a1f0c3e2-0000-4000-8000-00000000000a", ("--own-account", "40702810700000000101")
    machine.start()
    machine.follow()
    invoice_number = rows(machine, "invoice", "list", payer)[0]["number"]
    statement_of_then(file.parent, invoice_number)
    looked = json.loads(machine.kopeck("--json", "bank", "look", file, *own))
    check([(row["came"], row["result"], row["sequence"]) for row in looked] ==
          [("new", "matched", None), ("new", "unknown invoice", None), ("new", "no invoice named", None)], f"{looked}")
    printed = machine.follow()
    check(f"matched  {invoice_number}" in re.sub(" +", "  ", printed), printed)
    machine.wait("it is credited", lambda: machine.run("balance", payer).returncode == 0)
    check(cash(machine, payer) == 14000000, "by its sum")
    check(rows(machine, "invoice", "list", payer)[0]["paid"], "and the invoice is paid")
    machine.kopeck("bank", "import", file, *own, status=77)  # no person's
    importer = machine.place.path("etc", "importer.cfg")
    again = machine.kopeck("--config", importer, "bank", "import", file, *own)
    check(again.count("came before") == 3 and "new" not in again, again)
    known, unknown = (row["sequence"] for row in rows(machine, "bank", "suspense"))
    said = machine.follow()
    texts = json.loads(machine.kopeck("--json", "bank", "show", unknown))
    check(texts["payer"] in file.read_bytes().decode("cp1251") and texts["payer"] and texts["purpose"], f"{texts}")
    check(said.count("payer") >= 3, said)
    for name in ("payer", "payer_account", "purpose"):
        check(files_with(machine, texts[name]) == [], f"{name}: {files_with(machine, texts[name])}")
    check(files_with(machine, "ООО Ромашка") != [], "a legal entity's name is public, and is found so")
    assigned_by_two(machine, payer, known, unknown)
    check(rows(machine, "bank", "suspense") == [], "suspense is empty")
    machine.kopeck("bank", "show", unknown, status=66)  # it is forgotten
    papers(machine, payer, invoice_number)
    check("everything holds" in machine.kopeck("verify"), "and everything holds")


SELLER = """
seller
    name = "ООО «Копейка Облако»"
    inn = 9999123456
    kpp = 999901001
    address = "г. Москва"
    account = 40702810700000000101
    bank = "БАНК ОБРАЗЕЦ ПЕРВЫЙ, г. Москва"
    bic = 044599001
    correspondent = 30101810900000000001
"""


def papers(machine, payer, invoice_number):
    """The invoice's PDF, the same once more, and none of another seller; the advance invoice of what was paid."""
    folder, ours = machine.place.path("papers", ""), machine.place.path("etc", "seller.cfg")
    folder.mkdir()
    operators = machine.place.path("etc", "kopeck.cfg").read_text()
    ours.write_text(operators + SELLER)
    first, second, third = (folder / name for name in ("1.pdf", "2.pdf", "3.pdf"))
    machine.kopeck("documents", "get", invoice_number, "--output", first, status=78)  # who is the seller?
    for file in (first, second):
        machine.kopeck("--config", ours, "documents", "get", invoice_number, "--output", file)
    machine.kopeck("--config", ours, "documents", "get", invoice_number, "--output", first, status=73)  # is there
    check(first.read_bytes() == second.read_bytes(), "the same paper")
    text = subprocess.run(["pdftotext", "-layout", first, "-"], capture_output=True, text=True, check=True).stdout
    check(f"Счёт на оплату № {invoice_number}" in text and "140000.00" in text, text)
    check("Сто сорок тысяч рублей 00 копеек" in text, text)
    noted = machine.kopeck("events", "documents", "--type", "document.rendered")
    check(noted.count("document.rendered") == 1 and hashlib.sha256(first.read_bytes()).hexdigest() in noted, noted)
    ours.write_text(operators + SELLER.replace("Копейка", "Рубль"))
    machine.kopeck("--config", ours, "documents", "get", invoice_number, "--output", third, status=65)
    check(not third.exists(), "no other paper of it")
    shelf(machine, ours, invoice_number, first, third)
    check(rows(machine, "act", "advances") == [], "its last day is not yet")
    later = f"{time.gmtime().tm_year + 1}-01-01"
    issued = rows(machine, "act", "advances", "--today", later)
    check([(row["account"], row["amount"]) for row in issued] == [(payer, 14000000), (payer, 5000000)], f"{issued}")
    check(rows(machine, "act", "advances", "--today", later) == [], "once")
    due = json.loads(machine.kopeck("--json", "act", "due", "--today", later))
    check(due == {"advances": [], "acts": []}, f"{due}")
    check(rows(machine, "act", "issue", "2026-Q1") == rows(machine, "act", "list", payer) == [], "nothing was used")
    machine.kopeck("act", "check", "A26-000001", status=66)
    machine.kopeck("documents", "upd", "A26-000001", "--buyer-id", "2BE-1", "--output", third, status=66)


def shelf(machine, ours, invoice_number, first, other):
    """What was issued is kept, and given out again whoever is the seller now; what was changed there is refused."""
    kept = machine.place.path("kept", "")
    kept.mkdir()
    file, section = kept / f"{invoice_number}.pdf", f'papers\n    directory = "{kept}"\n'
    get = ("--config", ours, "documents", "get", invoice_number, "--output", other)
    ours.write_text(machine.place.path("etc", "kopeck.cfg").read_text() + SELLER + section)
    machine.kopeck(*get)
    check(file.read_bytes() == other.read_bytes() == first.read_bytes(), "it is kept")
    other.unlink()
    ours.write_text(machine.place.path("etc", "kopeck.cfg").read_text() + section)  # no seller at all
    machine.kopeck(*get)
    check(other.read_bytes() == first.read_bytes(), "and given out from there")
    other.unlink()
    file.write_bytes(first.read_bytes() + b" ")
    said = machine.run(*get)
    check(said.returncode == 65 and "move it away" in said.stderr and not other.exists(), f"{said}")
    file.unlink()


def files_with(machine, text):
    """Those of all journals, side stores and snapshots that have it in the clear."""
    return [str(file) for file in machine.place.path("var", "").rglob("*")
            if file.is_file() and text.encode() in file.read_bytes()]


def assigned_by_two(machine, payer, *sequences):
    deputy = machine.place.path("etc", "deputy.cfg")
    for sequence, whose in zip(sequences, ("--nobody", payer)):
        said = machine.kopeck("bank", "assign", sequence, whose)
        command = re.search(r"approve documents (\S+)", said)[1]
        check(len(rows(machine, "bank", "suspense")) == len(sequences) - sequences.index(sequence),
              "nothing is assigned by one")
        machine.kopeck("approve", "documents", command, status=65)  # his own
        machine.kopeck("--config", deputy, "approve", "documents", command)
    machine.wait("it is credited", lambda: cash(machine, payer) == 14000000 + 5000000)


def restore_documents(machine):
    folder = machine.place.path("statements", "")
    folder.mkdir()
    importer = machine.place.path("etc", "importer.cfg")
    machine.start()
    machine.kopeck("invoice", "company", ACCOUNT, "--inn", "9999234565", "--kpp", "999901001", "--name", "Title")
    machine.kopeck("backup", machine.place.path("backups", "monday"))
    machine.kopeck("invoice", "issue", ACCOUNT, 140000)
    first = rows(machine, "invoice", "list", ACCOUNT)[0]["number"]
    file = statement_of_then(folder, first)
    machine.kopeck("--config", importer, "bank", "import", file, "--own-account", "40702810700000000101")
    machine.wait("it is credited", lambda: machine.run("balance", ACCOUNT).returncode == 0)
    machine.processes["documents"].kill()
    lose(machine, "documents")
    machine.follow()
    machine.wait("the ledger stops", lambda: stopped(machine) == {"ledger"})
    machine.follow()
    machine.follow()
    machine.wait("all three are told again", lambda: machine.kopeck(
        "events", "ledger", "--type", "transfer.repeated").count("transfer.repeated") == 3)
    refused = machine.run("invoice", "issue", ACCOUNT, 140000)
    check(refused.returncode == 65 and "numbers.note" in refused.stderr, f"{refused}")
    machine.environment["last"] = str(first)
    machine.follow()
    machine.kopeck("invoice", "issue", ACCOUNT, 140000)
    check(rows(machine, "invoice", "list", ACCOUNT)[0]["number"] // 10 == first // 10 + 1, "no number is given again")
    check(cash(machine) == 14000000, "nothing is credited again")
    check("everything holds" in machine.kopeck("verify"), "and everything holds")
