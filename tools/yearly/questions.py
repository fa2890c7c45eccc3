"""Where it comes from, and why not: `kopeck explain` and `kopeck why-not` are asked of events of
every kind that the year has, from the journals alone, and must answer.
"""
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

from books import Differs
from rules import kind_of
from stage import wire

JOURNALS = ("metering", "ledger", "payment", "autopay", "documents", "notify")
REQUESTED, WITHHELD = 101, 102
SECOND_US = 1_000_000
AT_ONCE = 2
HISTORIES = ("refund.", "receipt.", "payment.declined", "payment.expired")  # what led to them


def sample(rows, samples):
    """The first and the last sequence of each kind, and how many, into {kind: [first, last, n]}."""
    for sequence, event in rows:
        kind = kind_of(event)
        if kind:
            found = samples.setdefault(kind, [sequence, sequence, 0])
            found[1] = sequence
            found[2] += 1


def directories(stage):
    return [word for name in JOURNALS for word in (f"--{name}", str(stage.journal(name)))]


def run(stage, *words):
    return subprocess.run([stage.programs / "kopeck", "--json", *words], capture_output=True,
                          text=True, check=False)


def explain(stage, process, sequence, history):
    """How many steps lead to it."""
    done = run(stage, "explain", process, str(sequence), *(["--history"] if history else []),
               *directories(stage))
    if done.returncode != 0:
        raise Differs(f"explain {process} {sequence}: {done.returncode}: {done.stdout[-300:]}"
                      f"{done.stderr[-300:]}")
    steps = len(json.loads(done.stdout))
    if steps < (2 if history else 1):
        raise Differs(f"explain {process} {sequence} says nothing of what led to it")
    return steps


def explain_all(stage, samples):
    """samples: {process: {kind: [first, last, n]}}. {process: how many kinds}, and the questions."""
    asked = sorted({(process, sequence, process == "payment" and kind.startswith(HISTORIES))
                    for process, kinds in samples.items()
                    for kind, found in kinds.items() for sequence in found[:2]})
    with ThreadPoolExecutor(AT_ONCE) as pool:
        steps = list(pool.map(lambda question: explain(stage, *question), asked))
    if not steps:
        raise Differs("nothing was asked")
    return {"kinds": {process: len(kinds) for process, kinds in samples.items()},
            "explained": len(asked), "steps": sum(steps)}


# --- why not ---

def decisions(rows):
    """[(account, at, sequence, reason)]; the reason of a charge is 0."""
    fields = [field.name for field in wire.EVENTS_BY_NAME["autopay.withheld"].fields]
    reason = 4 + fields.index("reason")
    return [(event[4], event[1], sequence, event[reason] if event[0] == WITHHELD else 0)
            for sequence, event in rows if event[0] in (REQUESTED, WITHHELD)]


def in_force(made, account, at):
    """The sequence of the account's last decision by then, as this program finds it."""
    return [sequence for whose, when, sequence, _ in made if whose == account and when <= at][-1]


def why_not(stage, made, account, at):
    time = datetime.fromtimestamp(at // SECOND_US, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    done = run(stage, "why-not", wire.uid_text(account), time, "--autopay",
               str(stage.journal("autopay")))
    if done.returncode != 0:
        raise Differs(f"why-not: {done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}")
    found, wanted = json.loads(done.stdout)["decision"]["sequence"], in_force(made, account, at)
    if found != wanted:
        raise Differs(f"why-not {time} tells decision {found}, in force was {wanted}")


def why_not_all(stage, rows):
    """One decision of each reason, at its second and a day later; how many were asked for."""
    made = decisions(rows)
    of_reasons = {reason: (account, at) for account, at, _, reason in made}
    for account, at in of_reasons.values():
        whole = at - at % SECOND_US + SECOND_US
        why_not(stage, made, account, whole)
        why_not(stage, made, account, whole + 86_400 * SECOND_US)
    return {"reasons": len(of_reasons), "why_not": 2 * len(of_reasons)}


def ask_all(stage, samples):
    """Of all six journals; `samples` has metering's and the ledger's."""
    for process in JOURNALS[2:]:
        sample(stage.tail(process).rows(), samples.setdefault(process, {}))
    found = explain_all(stage, samples)
    return {**found, **why_not_all(stage, stage.tail("autopay").rows())}
