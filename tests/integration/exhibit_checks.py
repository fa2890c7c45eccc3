"""What `kopeck dispute evidence` writes of a payment of a demonstration that runs: the hours that it paid for,
held against the journals' own events and against `kopeck minutes`."""
import json
from datetime import datetime, timezone
from pathlib import Path

from page_rig import check, equal, until

WANTED = 3  # hours that it paid for


def exhibit_of(kopeck, payment, number):
    name = Path(kopeck.directory).parent / f"exhibit-{payment}-{number}.json"
    check(kopeck.json("dispute", "evidence", payment, str(name)) is not None, f"{name} is written")
    return json.loads(name.read_text(encoding="utf-8"))


def events_of(exhibit, kind):
    return [row for row in exhibit["events"] if row["event"]["type"] == kind]


def expect_line(kopeck, account, row):
    """A line is that of metering's journal, and its minutes are those of the hour opened."""
    event = row["event"]
    fields, sequence = event["fields"], str(event["sequence"])
    told = kopeck.json("explain", "metering", sequence)[0]["event"]
    equal("a line as its journal has it", event, told)
    hour = datetime.fromtimestamp(fields["hour"] / 1e6, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    opened = kopeck.json("minutes", account, fields["resource"], hour)
    lines = {line["sequence"]: line for line in opened["lines"]}
    equal("its minutes", fields["minutes"], lines[event["sequence"]]["minutes"])


def expect_exhibit(kopeck, account):
    """Of the account's newest payment that usage has taken of."""
    found = {}

    def paid():
        for row in kopeck.json("payments", account, "--state", "succeeded"):
            exhibit = exhibit_of(kopeck, str(row["invoice"]), len(found))
            found[len(found)] = exhibit
            if len(events_of(exhibit, "usage.charged")) >= WANTED:
                return True
        return False

    until("a payment has paid for hours", paid)
    exhibit = found[len(found) - 1]
    lines = events_of(exhibit, "usage.charged")
    taken = [row["taken"] for row in events_of(exhibit, "posted") if row["event"]["fields"]["kind"] == 1]
    equal("what usage took", exhibit["used"], sum(taken))
    equal("by its lines", exhibit["used"], sum(row["taken"] for row in lines))
    check(exhibit["used"] + exhibit["repaid"] <= exhibit["came"], "no more than came")
    equal("its minutes", exhibit["minutes"], sum(row["event"]["fields"]["minutes"] for row in lines))
    equal("a sentence each", len(lines), sum(text.startswith("used: ") for text in exhibit["text"]))
    for row in lines[:WANTED]:
        expect_line(kopeck, account, row)
