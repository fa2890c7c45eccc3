"""The section of docs/operations.md about segments that lie elsewhere."""
import re

from operations_words import ACCOUNT, check, rows


def fill(machine, rows_count):
    """So many postings, in one run."""
    lines = ["debit,credit,amount,kind", *(f"bank,{ACCOUNT},1,correction" for _ in range(rows_count))]
    file = machine.place.path("run", "fill.csv")
    file.write_text("\n".join(lines) + "\n")
    machine.kopeck("post", file, "--open")


def older_segments(machine):
    config = machine.place.path("etc", "ledger.cfg")
    config.write_text(re.sub(r"segment_events = \d+", "segment_events = 1024", config.read_text()))
    machine.start()
    fill(machine, 3500)
    own, older = (machine.place.path("var/ledger", "segments"), machine.place.path("backups", "older"))
    machine.wait("three segments", lambda: len(list(own.glob("*.segment"))) == 3)
    machine.follow()
    refused = machine.kopeck("archive", "ledger", "--to", own, status=78)
    check("names" in refused, refused)
    printed = machine.follow()
    check(printed.count("moved now") == 2 and "everything holds" in printed, printed)
    check([len(list(place.glob("*.segment"))) for place in (own, older)] == [1, 2], "two have left")
    check(machine.follow().count("archived") == 2, "it is seen where they lie")
    oldest = [row["balance"] for row in rows(machine, "statement", ACCOUNT, "--oldest-first", "--limit", 3)]
    check(oldest == [100, 200, 300], f"a statement begins in the archive: {oldest}")
    machine.kopeck("backup", machine.place.path("backups", "whole"))
    machine.processes["ledger"].stop_whole()
    older.rename(machine.place.path("backups", "away"))
    missing = "000000000000.segment is missing; looked in"
    for words in (("archive", "ledger"), ("verify", "--ledger", machine.place.path("var", "ledger"))):
        gone = machine.kopeck(*words, status=65)
        check(missing in gone and str(older) in gone, f"{words}: {gone}")
    machine.processes["ledger"].start()
    machine.wait("a start that names what it lacks", lambda: missing in machine.said("ledger"))
    machine.processes["ledger"].kill()
    machine.place.path("backups", "away").rename(older)
    machine.start("ledger")
    check("everything holds" in machine.kopeck("verify"), "and all is there again")
