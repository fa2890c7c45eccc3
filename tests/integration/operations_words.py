"""What the tests of docs/operations.md ask of a machine again and again."""
import json
import re
import shutil
import uuid

from process_rig import Violation

GREEN, DARK, RED = 0, 69, 75
JOURNALS = ("metering", "ledger", "payment", "autopay", "documents", "notify")
ACCOUNT = str(uuid.UUID("11111111-2222-4333-8444-555555555555"))


def check(condition, what):
    if not condition:
        raise Violation(what)


def rows(machine, *words):
    # What `status` shows is shown by any light: 75 is a red one, 69 a dark one.
    status = (0, 75, 69) if words[0] == "status" else 0
    out = machine.kopeck("--json", *words, status=status)
    return json.JSONDecoder().raw_decode(out)[0]


def status(machine, *words):
    """Its rows, which the exit status must agree with."""
    done = machine.run("--json", "status", *words)
    check(done.returncode in (GREEN, RED, DARK), f"status: {done.returncode}: {done.stderr}")
    found = json.loads(done.stdout)
    if "--counters" not in words:
        lights = {row["light"] for row in found}
        check(done.returncode == (DARK if "dark" in lights else RED if "red" in lights else GREEN),
              f"status ends with {done.returncode}: {found}")
    return found


def is_light(machine, name, exit_status):
    """What a supervisor hears of a process."""
    return machine.run("ping", machine.place.path("etc", f"{name}.cfg")).returncode == exit_status


def lights(machine):
    """Rows of status, whatever its exit status says of them."""
    return json.loads(machine.kopeck("--json", "status", status=None))


def all_current(machine):
    """All lights are green."""
    return machine.run("status").returncode == GREEN


def stopped(machine):
    """Who waits for a reseed. The light says it too, and ping."""
    found = {row["process"]: row for row in rows(machine, "status")
             if row["state"] == "needs reseed"}
    for name, row in found.items():
        check(row["light"] == "red" and "another history" in row["why"], f"{name}: {row}")
        said = machine.kopeck("ping", machine.place.path("etc", f"{name}.cfg"), status=75)
        check("another history" in said, said)
    return set(found)


def violations_of(printed):
    return [line for line in printed.splitlines() if re.match(r"\w+ \d+: ", line)]


def green(machine):
    return all(row["light"] == "green" for row in rows(machine, "status"))


def cash(machine, account=ACCOUNT):
    return rows(machine, "balance", account)["cash"]


def lose(machine, name):
    shutil.rmtree(machine.place.path("var", name))
    machine.place.path("var", name).mkdir(mode=0o700)
