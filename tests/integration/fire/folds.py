"""What the journals say once they are folded: balances at every sequence, who caused which event,
payments, mandates, decisions and billed minutes. Knows nothing of what clients saw."""
from bisect import bisect_right
from collections import defaultdict, namedtuple

from evidence import OUTBOX, STREAMS
from kopeck_audit import (SYSTEM_NUMBERS_END, Books, Meters, Wrong, leaf_hash, node_hash,
                          system_uid)

MINUTE_US = 60_000_000
PRODUCER_FIRST = 100
TOPUP, AUTOPAY = 1, 2
LIVE, REVOKED = 1, 2
SUCCEEDED, DECLINED = 1, 2

Mandate = namedtuple("Mandate", "sequence mandate state count_max sum_max")
Found = namedtuple("Found", "sequence event")


def at_or_before(rows, sequence):
    """The last of rows that have a growing `sequence`, None if there is none."""
    at = bisect_right(rows, sequence, key=lambda row: row.sequence)
    return rows[at - 1] if at else None


class Tree:
    """Roots of RFC 6962's tree after each event, in the order asked for."""

    def __init__(self, events):
        self.events, self.count, self.peaks = events, 0, []  # peaks: (size, hash), largest first

    def root(self, count):
        while self.count < count:
            size, node = 1, leaf_hash(self.events[self.count].raw)
            while self.peaks and self.peaks[-1][0] == size:
                size, node = 2 * size, node_hash(self.peaks.pop()[1], node)
            self.peaks.append((size, node))
            self.count += 1
        node = self.peaks[-1][1]
        for _, peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node


class Folds:
    """`tell(kind, text)` hears what does not follow from the events before it."""

    def __init__(self, evidence, tell):
        self.journals = evidence.journals
        self.captured = None if evidence.operations is None else [
            operation for operation in evidence.operations if operation["captured_us"]]
        self.caused = {name: defaultdict(list) for name in STREAMS}  # cause -> [Found]
        for name in STREAMS:
            for sequence, event in enumerate(self.journals.get(name, ()), 1):
                if event.cause != (0, 0):
                    self.caused[name][event.cause].append(Found(sequence, event))
        self._ledger(tell)
        self._metering(tell)
        self._payment()
        self._autopay()

    def event(self, name, sequence):
        events = self.journals.get(name, ())
        return events[sequence - 1] if 0 < sequence <= len(events) else None

    # --- the ledger ---

    def posted(self, cause):
        return [one for one in self.caused["ledger"].get(cause, ()) if one.event.type == "posted"]

    def _ledger(self, tell):
        self.books, self.opened, self.totals = Books(), {}, []
        for sequence, event in enumerate(self.journals.get("ledger", ()), 1):
            try:
                self.books.apply(sequence, event)
            except Wrong as wrong:
                tell("BOOKS", f"ledger {wrong}")
            if event.type == "account.opened":
                self.opened[event.fields["account"]] = sequence
        self.credits = defaultdict(list)  # account -> [Found of credits that payment caused]
        for cause, found in self.caused["ledger"].items():
            if cause[0] == STREAMS["payment"]:
                for one in found:
                    if one.event.type == "posted":
                        self.credits[one.event.fields["account"]].append(one)
        for rows in self.credits.values():
            rows.sort(key=lambda row: row.sequence)
        self.numbers = {system_uid(number): number for number in range(1, SYSTEM_NUMBERS_END)}
        self.numbers |= {uid: account.number for uid, account in self.books.accounts.items()}

    def balance_at(self, account, sequence):
        """The answer of `balance` at that sequence; None if there is no such account yet."""
        if self.opened.get(account, sequence + 1) > sequence:
            return None
        last = at_or_before(self.books.accounts[account].postings, sequence)
        credit = at_or_before(self.credits[account], sequence)
        return {"cash": last.fields["cash"] if last else 0,
                "bonus": last.fields["bonus"] if last else 0,
                "head": last.sequence if last else 0,
                "postings": last.fields["ordinal"] if last else 0,
                "credit": credit.event.cause[1] if credit else 0}

    def totals_walk(self, sequences):
        """(sequence, accounts, customers' money, {system account: balance}) at each of them."""
        wanted, customers, accounts, systems = sorted(set(sequences)), 0, 0, defaultdict(int)
        at = 0
        for sequence, event in enumerate(self.journals.get("ledger", ()), 1):
            if event.type == "account.opened":
                accounts += 1
            elif event.type == "posted":
                for side, sign in (("debit", -1), ("credit", 1)):
                    number, amount = event.fields[side], sign * event.fields["amount"]
                    if number < SYSTEM_NUMBERS_END:
                        systems[number] += amount
                    else:
                        customers += amount
            if at < len(wanted) and wanted[at] == sequence:
                yield sequence, accounts, customers, dict(systems)
                at += 1

    # --- metering ---

    def _metering(self, tell):
        self.meters = Meters()
        self.billed = defaultdict(int)  # resource -> minutes on charge lines
        self.refused = set()  # (producer, sequence)
        for sequence, event in enumerate(self.journals.get("metering", ()), 1):
            try:
                self.meters.apply(sequence, event)
            except (Wrong, KeyError) as wrong:
                tell("METERS", f"metering {wrong}")
            if event.type == "usage.charged":
                self.billed[event.fields["resource"]] += event.fields["minutes"]
            elif event.type == "usage.refused":
                self.refused.add((event.fields["producer"], event.fields["sequence"]))
            elif event.type == "usage.credited":
                self.billed[event.fields["resource"]] -= event.fields["minutes"]
        self.minutes = defaultdict(set)  # replica -> minutes ticked
        for replica, _, minute in self.meters.ticks:
            self.minutes[replica].add(minute)

    def outbox_minutes(self):
        """{resource: minutes} of every resource that the platform's outbox saw deleted."""
        running, minutes, deleted = {}, defaultdict(int), {}

        def stop(replica, at):
            resource, begin = running.pop(replica)
            first, end = -(-begin // MINUTE_US), -(-at // MINUTE_US)
            minutes[resource] += max(0, end - first)

        for event in self.journals.get(OUTBOX, ()):
            f = event.fields
            if event.type == "replica.started":
                running[f["replica"]] = f["resource"], event.time
            elif event.type == "replica.stopped" and f["replica"] in running:
                stop(f["replica"], event.time)
            elif event.type == "resource.deleted":
                for replica in [r for r, (resource, _) in running.items()
                                if resource == f["resource"]]:
                    stop(replica, event.time)
                deleted[f["resource"]] = True
        return {resource: minutes[resource] for resource in deleted}

    # --- payment and autopay ---

    def _payment(self):
        self.invoices, self.by_request = {}, defaultdict(list)
        self.succeeded, self.sent, self.declined = defaultdict(list), defaultdict(list), {}
        self.mandates, self.mandate_ends = defaultdict(list), {}
        for sequence, event in enumerate(self.journals.get("payment", ()), 1):
            f, found = event.fields, Found(sequence, event)
            if event.type == "payment.created":
                self.invoices[f["invoice"]] = found
                if f["request"]:
                    self.by_request[f["request"]].append(found)
            elif event.type == "payment.sent":
                self.sent[f["invoice"]].append(found)
            elif event.type == "payment.succeeded":
                self.succeeded[f["invoice"]].append(found)
            elif event.type == "payment.declined" and f["request"]:
                self.declined[f["request"]] = found
            elif event.type == "mandate.consented":
                self._mandate(f["account"], Mandate(sequence, f["mandate"], LIVE, f["count_max"],
                                                    f["sum_max"]))
            elif event.type == "mandate.changed":
                self._mandate(f["account"], Mandate(sequence, f["mandate"], LIVE, f["count_max"],
                                                    f["sum_max"]))
            elif event.type == "mandate.revoked":
                self.mandate_ends[f["mandate"]] = sequence
                last = self.mandates[f["account"]][-1]
                self._mandate(f["account"], last._replace(sequence=sequence, state=REVOKED))

    def _mandate(self, account, row):
        self.mandates[account].append(row)

    def _autopay(self):
        self.decisions = defaultdict(list)  # account -> [Found], requested and withheld
        for sequence, event in enumerate(self.journals.get("autopay", ()), 1):
            if event.type in ("autopay.payment_requested", "autopay.withheld"):
                self.decisions[event.fields["account"]].append(Found(sequence, event))
