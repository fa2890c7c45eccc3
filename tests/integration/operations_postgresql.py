"""docs/operations.md, "Journals in PostgreSQL"."""
import re

from operations_words import all_current, cash, check
from postgresql_rig import Server


def journals_in_postgresql(machine, post):
    """The ledger's journal moves into a server's database, and the ledger goes on with it."""
    server = Server()
    try:
        server.start()
        directory = machine.place.path("var", "ledger-database")
        directory.mkdir(mode=0o700)
        (directory / "connection").write_text(
            f"host={server.directory} port={server.port}\nuser=postgres dbname=postgres\n"
            "schema=ledger\n")
        machine.start()
        post(machine, 100, "--open")
        machine.wait("everybody is current", lambda: all_current(machine))
        printed = machine.follow()
        check(re.search(r"fenced for ms +\d", printed), printed)
        old, config = machine.place.path("var", "ledger"), machine.place.path("etc", "kopeck.cfg")
        check(f'directory = "postgresql:{directory}"' in machine.place.path("etc", "ledger.cfg").read_text(),
              "the configuration names the new place")
        config.write_text(config.read_text().replace(f'"{old}"', f'"postgresql:{directory}"'))
        printed = machine.follow()
        check("everything holds" in printed, printed)
        post(machine, 200)
        check(cash(machine) == 30000, "both postings are there")
        check(server.sql("SELECT last > 0 FROM ledger.journal") == "t", "the events are in the database")
        refused = machine.kopeck("init", machine.place.path("etc", "ledger.cfg"), status=73)
        check("there is a journal already" in refused, refused)
        machine.processes["ledger"].stop_whole()
        for lines, why in (("options='-c synchronous_commit=off'\n", "synchronous_commit is off"),
                           ("password=x\n", "its owner's alone")):
            text = (directory / "connection").read_text()
            (directory / "connection").write_text(text + lines)
            (directory / "connection").chmod(0o644)
            process = machine.processes["ledger"]
            process.start()
            machine.wait("the ledger does not start", lambda: not process.alive())
            check(process.status() == 78 and why in process.said(), process.said())
            (directory / "connection").write_text(text)
    finally:
        for process in machine.processes.values():
            process.kill()
        server.close()
