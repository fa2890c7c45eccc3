"""The checker's demands: one method for each, `check` makes them all. See check_history.py."""
from bisect import bisect_left
from collections import Counter, defaultdict

import kit  # noqa: F401  first: it finds tests/python
import history
import kopeck_wire as wire
from evidence import OUTBOX, STREAMS
from folds import (AUTOPAY, DECLINED, LIVE, PRODUCER_FIRST, TOPUP, Folds, Found, Tree,
                   at_or_before)
from kopeck_audit import leaf_hash

NAMES = {number: name for name, number in STREAMS.items()}
# A command that was done is found in exactly these events; others may have had nothing to change.
EVENT_OF = {"post": "posted", "topup": "payment.created"}
SECOND_PAYMENT = 3  # why payment asked for a refund by itself
# What of another process's events the ledger posts for.
POSTED_FOR = ("payment.succeeded", "usage.charged", "meter.closed", "refund.done", "refund.ended")
LEDGER, METERING = STREAMS["ledger"], STREAMS["metering"]


class Checker:
    def __init__(self, operations, evidence, settled=False):
        self.operations, self.settled = operations, settled
        self.violations, self.checked = [], Counter()
        self.folds = Folds(evidence, self.tell)
        self.journals = evidence.journals

    def tell(self, kind, text):
        self.violations.append((kind, text))

    def check(self):
        """[(kind, text)], empty if all holds."""
        for part in (self.time, self.commands, self.pushes, self.invented, self.sources, self.reads,
                     self.totals, self.roots, self.follows, self.recency, self.payments,
                     self.limits, self.money, self.usage):
            part()
        return self.violations

    def of(self, what, outcome=None):
        return [op for op in self.operations
                if op.what == what and outcome in (None, op.outcome)]

    # --- what was acknowledged is there, once, and in order ---

    def time(self):
        for name in STREAMS:
            before = 0
            for sequence, event in enumerate(self.journals.get(name, ()), 1):
                if event.time < before:
                    self.tell("ORDER", f"{name} {sequence}: its time is before the event before")
                before = event.time

    def commands(self):
        tried = {op.asked["id"] for op in self.of("command") if op.outcome != "fail"}
        for op in self.of("command"):
            asked = op.asked
            cause = bytes.fromhex(asked["id"]), bytes.fromhex(asked["content"])
            found = self.folds.caused[NAMES[asked["stream"]]].get(cause, [])
            self.checked["commands"] += 1
            # Each asking is decided anew: what was refused may be done when asked for again.
            if op.outcome == "fail" and found and asked["id"] not in tried:
                self.tell("REFUSED", f"{self.name(op)} was refused, and is event "
                                     f"{found[0].sequence}")
            if asked["name"] in EVENT_OF and (found or op.outcome == "ok"):
                self.command_found(op, [one for one in found
                                        if one.event.type == EVENT_OF[asked["name"]]])
            if asked["name"] == "mandate.revoke" and op.outcome == "ok":
                ended = self.folds.mandate_ends.get(bytes.fromhex(op.got["mandate"]))
                if ended is None or ended > op.got["sequence"]:
                    self.tell("LOST", f"{self.name(op)} was acknowledged at "
                                      f"{op.got['sequence']}; revoked at {ended}")

    def command_found(self, op, found):
        if not found:
            return self.tell("LOST", f"{self.name(op)} was acknowledged and is not there")
        if op.asked["name"] == "topup":
            if len(found) > 1:
                self.tell("TWICE", f"{self.name(op)}: events {[one.sequence for one in found]}")
            if op.outcome == "ok" and found[0].event.fields["invoice"] != op.got["invoice"]:
                self.tell("LOST", f"{self.name(op)}: told invoice {op.got['invoice']}, stored "
                                  f"{found[0].event.fields['invoice']}")
            return None
        fields = op.asked["fields"]
        self.postings(self.name(op), found, fields["debit"], fields["credit"], fields["amount"])
        if op.outcome == "ok" and op.got["of"] not in [one.sequence for one in found]:
            self.tell("LOST", f"{self.name(op)}: told sequence {op.got['of']}, stored "
                              f"{[one.sequence for one in found]}")
        return None

    def postings(self, who, found, debit, credit, amount):
        """One posting, or one from bonus and one from cash, of what was asked for."""
        wanted = [self.folds.numbers.get(bytes.fromhex(uid)) for uid in (debit, credit)]
        moved = sum(one.event.fields["amount"] for one in found)
        if moved > amount or len(found) > 2:
            self.tell("TWICE", f"{who}: {amount} asked, {moved} posted by "
                               f"{[one.sequence for one in found]}")
        elif moved < amount:
            self.tell("LOST", f"{who}: {amount} asked, {moved} posted")
        for one in found:
            if [one.event.fields[side] for side in ("debit", "credit")] != wanted:
                self.tell("OTHER", f"{who}: event {one.sequence} is between other accounts")

    def pushes(self):
        self.items = defaultdict(dict)  # (stream, producer) -> sequence -> item
        self.results = defaultdict(dict)  # (stream, producer) -> sequence -> result
        for op in self.of("push"):
            source = op.asked["stream"], op.asked["producer"]
            for sequence, item in enumerate(op.asked["items"], op.asked["first"]):
                if self.items[source].setdefault(sequence, item) != item:
                    self.tell("HISTORY", f"producer {source[1]}: item {sequence} is two items")
            if op.outcome == "ok":
                results = bytes.fromhex(op.got["results"])
                for sequence, result in enumerate(results, op.asked["first"]):
                    if sequence <= op.got["acknowledged"]:
                        self.results[source].setdefault(sequence, result)
        for (stream, producer), items in self.items.items():
            results = self.results[stream, producer]
            self.checked["items"] += len(items)
            if stream == LEDGER:
                self.pushed_postings(producer, items, results)
            elif stream == METERING:
                self.pushed_usage(producer, items, results)

    def pushed_postings(self, producer, items, results):
        for sequence, item in items.items():
            found = self.folds.posted((producer, sequence))
            who, result = f"producer {producer}, item {sequence}", results.get(sequence)
            if found and result:
                self.tell("REFUSED", f"{who} was refused, and is event {found[0].sequence}")
            if found or result == 0:
                if not found:
                    self.tell("LOST", f"{who} was acknowledged and is not there")
                else:
                    self.postings(who, found, *item[:3])

    def pushed_usage(self, producer, items, results):
        ticked, ended = defaultdict(set), set()  # by resource; acknowledged deletions
        for sequence, (name, resource, *rest) in items.items():
            result = results.get(sequence)
            if name == "tick":
                replica, minute = bytes.fromhex(rest[0]), rest[1]
                ticked[resource].add((replica, minute))
                # The answer to a batch that was sent again says of each item only whether it is
                # acceptable in itself (PROTOCOL.md §8); that it was refused stands in the journal.
                refused = (producer, sequence) in self.folds.refused
                if result == 0 and not refused and minute not in self.folds.minutes[replica]:
                    self.tell("LOST", f"producer {producer}, item {sequence}: an acknowledged "
                                      f"minute of {rest[0]} is not there")
            elif name == "resource.deleted" and result == 0:
                ended.add(resource)
        for resource in ended:  # after a deletion everything is on a line
            taken = sum(minute in self.folds.minutes[replica]
                        for replica, minute in ticked[resource])
            billed = self.folds.billed[bytes.fromhex(resource)]
            if billed > taken or (self.settled and billed < taken):
                self.tell("USAGE", f"resource {resource}: {taken} minutes taken, {billed} billed")

    def invented(self):
        """Every posting, invoice and minute was asked for by somebody."""
        ids = {bytes.fromhex(op.asked["id"]) for op in self.of("command")}
        for name in ("ledger", "payment"):
            for cause, found in self.folds.caused[name].items():
                for one in found:
                    if one.event.type not in EVENT_OF.values():
                        continue
                    if isinstance(cause[0], bytes):
                        known = cause[0] in ids
                    elif cause[0] >= PRODUCER_FIRST:
                        known = cause[1] in self.items[STREAMS[name], cause[0]]
                    else:
                        known = self.folds.event(NAMES.get(cause[0]), cause[1]) is not None
                    if not known:
                        self.tell("INVENTED", f"{name} {one.sequence}: nobody asked for "
                                              f"{one.event.type}, cause {cause}")
        pushed = {(item[2], item[3]) for (stream, _), items in self.items.items()
                  if stream == METERING for item in items.values() if item[0] == "tick"}
        for replica, minutes in self.folds.minutes.items():
            for minute in minutes:
                if (replica.hex(), minute) not in pushed:
                    self.tell("INVENTED", f"metering: nobody reported minute {minute} of "
                                          f"{replica.hex()}")

    def sources(self):
        """What is taken from a source is taken in its order."""
        for name in STREAMS:
            last = defaultdict(int)
            for sequence, event in enumerate(self.journals.get(name, ()), 1):
                source, at = event.cause
                if isinstance(source, bytes) or event.cause == (0, 0):
                    continue
                if at < last[source]:
                    self.tell("ORDER", f"{name} {sequence}: source {source} at {at} after "
                                       f"{last[source]}")
                last[source] = max(at, last[source])

    # --- what was read is a prefix ---

    def reads(self):
        for op in self.of("read"):
            if op.outcome == "unknown":
                continue
            self.checked["reads"] += 1
            name = op.asked["name"]
            account = bytes.fromhex(op.asked["fields"].get("account", ""))
            reader = getattr(self, f"read_{name}", None)
            if reader:
                reader(op, account, op.got)

    def differs(self, op, found, expected):
        found = {key: found[key] for key in expected}
        if found != expected:
            self.tell("READ", f"{self.name(op)} at {op.got['sequence']}: read {found}, the journal "
                              f"says {expected}")

    def read_balance(self, op, account, got):
        expected = self.folds.balance_at(account, got["sequence"])
        if op.outcome == "fail" or expected is None:
            if (op.outcome == "fail") != (expected is None):
                self.tell("READ", f"{self.name(op)} at {got['sequence']}: {op.outcome}, the "
                                  f"journal says {expected}")
            return
        self.differs(op, got, expected)

    def read_as_of(self, op, account, got):
        if op.outcome == "ok":
            fields = op.asked["fields"]
            expected = self.folds.balance_at(account, fields["sequence"]) or {
                "head": 0, "cash": 0, "bonus": 0}
            self.differs(op, {**got, "head": got["of"]},
                         {key: expected[key] for key in ("head", "cash", "bonus")})

    def read_statement(self, op, account, got):
        if op.outcome == "ok":
            fields = op.asked["fields"]
            postings = [posting.sequence for posting in self.folds.books.accounts[account].postings
                        if posting.sequence <= fields["head"]][::-1]
            rows = wire.unpack_all(bytes.fromhex(got["rows"]), got["count"])
            if [row[0] for row in rows] != postings[:len(rows)] or any(
                    raw != self.journals["ledger"][sequence - 1].raw for sequence, raw in rows):
                self.tell("READ", f"{self.name(op)} from {fields['head']}: postings "
                                  f"{[row[0] for row in rows]}, the journal says {postings[:20]}")

    def read_mandate(self, op, account, got):
        row = at_or_before(self.folds.mandates[account], got["sequence"])
        if op.outcome == "fail" or row is None:
            if (op.outcome == "fail") != (row is None):
                self.tell("READ", f"{self.name(op)} at {got['sequence']}: {op.outcome}, {row}")
            return
        self.differs(op, got, {"mandate": row.mandate.hex(), "state": row.state,
                               "count_max": row.count_max, "sum_max": row.sum_max})

    def read_autopay(self, op, account, got):
        if op.outcome == "fail":
            return
        row = at_or_before(self.folds.decisions[account], got["sequence"])
        self.differs(op, got, {"decision": row.sequence if row else 0})
        if got["balance_sequence"]:  # a view: true at a sequence of its own
            seen = self.folds.balance_at(account, got["balance_sequence"])
            if seen is None or seen["cash"] + seen["bonus"] != got["balance"]:
                self.tell("READ", f"{self.name(op)}: saw {got['balance']} at "
                                  f"{got['balance_sequence']}, the ledger says {seen}")

    def totals(self):
        read = defaultdict(list)
        for op in self.of("read", "ok"):
            if op.asked["name"] == "totals":
                read[op.got["sequence"]].append(op)
        seen = set()
        for sequence, accounts, customers, systems in self.folds.totals_walk(read):
            seen.add(sequence)
            for op in read[sequence]:
                told = {number: balance for number, balance in
                        wire.unpack_only(bytes.fromhex(op.got["systems"])) if balance}
                if op.got["sum"] != 0 or op.got["customers"] + sum(told.values()) != 0:
                    self.tell("SUM", f"{self.name(op)} at {sequence}: the sum is not zero")
                self.differs(op, op.got, {"accounts": accounts, "customers": customers})
                stored = {number: balance for number, balance in systems.items() if balance}
                if told != stored:
                    self.tell("READ", f"{self.name(op)} at {sequence}: {told}, not {stored}")
        for sequence in set(read) - seen - {0}:
            self.tell("LOST", f"totals were read at {sequence}, the ledger ends before")

    def roots(self):
        for name, stream in STREAMS.items():
            told = sorted((op for op in self.of("read", "ok") if op.asked["name"] == "status" and
                           op.asked["stream"] == stream), key=lambda op: op.got["last"])
            tree, events = Tree(self.journals.get(name, ())), self.journals.get(name, ())
            for op in told:
                last = op.got["last"]
                self.checked["roots"] += 1
                if last > len(events):
                    self.tell("LOST", f"{name} said that it holds {last}, it ends at {len(events)}")
                elif last and tree.root(last).hex() != op.got["root"]:
                    self.tell("REWRITTEN", f"{name}: another root over {last} events than told")
            terms = [(op.begin, op.end, op.got["term"]) for op in told]
            for (_, end, before), (begin, _, after) in zip(sorted(terms), sorted(terms)[1:]):
                if begin > end and after < before:
                    self.tell("ORDER", f"{name}: term {after} after {before}")

    def follows(self):
        wanted = defaultdict(list)
        for op in self.of("follow", "ok"):
            wanted[op.asked["stream"]].append(op)
        for stream, ops in wanted.items():
            digests, digest = {0: history.CHAIN_BEGINS.hex()}, history.CHAIN_BEGINS
            asked = {op.got["sequence"] for op in ops}
            for sequence, event in enumerate(self.journals.get(NAMES[stream], ()), 1):
                digest = history.chain(digest, leaf_hash(event.raw))
                if sequence in asked:
                    digests[sequence] = digest.hex()
            for op in ops:
                self.checked["follows"] += 1
                if digests.get(op.got["sequence"]) != op.got["digest"]:
                    self.tell("FOLLOWED", f"{self.name(op)}: what was heard up to "
                                          f"{op.got['sequence']} is not in the journal")

    def recency(self):
        """An answer is not older than what anybody knew before it was asked for."""
        for stream in NAMES:
            known = sorted((op.end, op.got["sequence"]) for op in self.operations
                           if op.outcome in ("ok", "fail") and "sequence" in op.got
                           and op.asked["stream"] == stream)
            ends, most = [end for end, _ in known], []
            for _, sequence in known:
                most.append(max(sequence, most[-1] if most else 0))
            for op in self.of("read") + self.of("command"):
                if op.asked["stream"] != stream or "sequence" not in op.got:
                    continue
                before = bisect_left(ends, op.begin)
                if before and op.got["sequence"] < most[before - 1]:
                    self.tell("OLD", f"{self.name(op)} was answered at {op.got['sequence']}, "
                                     f"{most[before - 1]} was known before")

    # --- money from outside ---

    def payments(self):
        folds = self.folds
        for request, created in folds.by_request.items():
            decision = folds.event("autopay", request)
            f = created[0].event.fields
            if len(created) > 1:
                self.tell("CHARGED_TWICE", f"decision {request} has invoices "
                                           f"{[one.event.fields['invoice'] for one in created]}")
            if decision is None or decision.type != "autopay.payment_requested" or any(
                    decision.fields[key] != f[key] for key in ("account", "amount", "mandate")):
                self.tell("UNDECIDED", f"invoice {f['invoice']}: request {request} is no such "
                                       f"decision")
        for invoice, sent in folds.sent.items():
            created = folds.invoices[invoice].event.fields
            ended = folds.mandate_ends.get(created["mandate"])
            if created["kind"] == AUTOPAY and ended and sent[-1].sequence > ended:
                self.tell("REVOKED", f"invoice {invoice} was sent at {sent[-1].sequence}, its "
                                     f"mandate was revoked at {ended}")
        if folds.captured is None:
            return
        charged = Counter()
        for capture in folds.captured:
            invoice, created = capture["invoice"], folds.invoices.get(capture["invoice"])
            self.checked["captures"] += 1
            if created is None:
                self.tell("UNDECIDED", f"Robokassa captured invoice {invoice}, which nobody made")
                continue
            f = created.event.fields
            kind = AUTOPAY if capture["parent"] else TOPUP
            if (f["amount"], f["kind"], f["parent"]) != (
                    capture["amount_kopecks"], kind, capture["parent"]):
                self.tell("UNDECIDED", f"Robokassa captured {capture['amount_kopecks']} for "
                                       f"{invoice}, which is {f}")
            charged["decision", f["request"]] += f["request"] != 0
            charged["invoice", invoice] += 1
            if kind == AUTOPAY and invoice not in folds.sent:
                self.tell("UNDECIDED", f"invoice {invoice} was charged, `sent` is not committed")
        for (what, number), count in charged.items():
            if count > 1:
                self.tell("CHARGED_TWICE", f"{what} {number}: {count} captures")

    def limits(self):
        """By payment's journal: what it says of a mandate when it charges, whatever autopay noted;
        then that what is noted is payment's word; then by Robokassa's record."""
        declined = self.folds.declined
        self.charges_within_limits()
        self.noted_is_said()
        self.decisions_within_noted()
        if self.folds.captured is None:
            return
        paid = defaultdict(list)
        for capture in self.folds.captured:
            created = self.folds.invoices.get(capture["invoice"])
            if not created or not created.event.fields["request"]:
                continue
            decision = self.folds.event("autopay", created.event.fields["request"])
            if decision and created.event.fields["request"] not in declined:
                paid[created.event.fields["account"], decision.fields.get("month")].append(
                    capture["amount_kopecks"])
        for (account, month), amounts in paid.items():
            terms = self.folds.mandates[account]
            if len(amounts) > max((m.count_max for m in terms), default=0) or sum(amounts) > max(
                    (m.sum_max for m in terms), default=0):
                self.tell("LIMIT", f"{account.hex()} was charged {amounts} in month {month}")

    def decision_of(self, created):
        found = created and self.folds.event("autopay", created.event.fields["request"])
        return found if found and found.type == "autopay.payment_requested" else None

    def charges_within_limits(self):
        paid = defaultdict(list)  # (account, month of the decision) -> [(payment's sequence, amount)]
        for invoice, found in self.folds.succeeded.items():
            created = self.folds.invoices.get(invoice)
            decision = self.decision_of(created)
            if decision:
                key = created.event.fields["account"], decision.fields["month"]
                paid[key].append((found[0].sequence, found[0].event.fields["amount"]))
        for invoice, created in self.folds.invoices.items():
            f = created.event.fields
            decision = self.decision_of(created)
            if not decision:
                continue
            for found in [created] + self.folds.sent[invoice]:
                self.checked["charges"] += 1
                terms = at_or_before(self.folds.mandates[f["account"]], found.sequence)
                before = [amount for sequence, amount in paid[f["account"], decision.fields["month"]]
                          if sequence < found.sequence] + [f["amount"]]
                if terms is None or terms.state != LIVE:
                    self.tell("LIMIT", f"payment {found.sequence}: a charge without a live mandate")
                elif len(before) > terms.count_max or sum(before) > terms.sum_max:
                    self.tell("LIMIT", f"payment {found.sequence}: payments {before} where "
                                       f"{terms.count_max} of {terms.sum_max} are allowed")

    def noted_is_said(self):
        for sequence, event in enumerate(self.journals.get("autopay", ()), 1):
            f = event.fields
            if event.type != "autopay.mandate_noted":
                continue
            said = at_or_before(self.folds.mandates[f["account"]], event.cause[1])
            noted = f["mandate"], f["state"], f["count_max"], f["sum_max"]
            if event.cause[0] != STREAMS["payment"] or said is None or said[1:] != noted:
                self.tell("LIMIT", f"autopay {sequence}: noted are {noted[1:]}, said is {said}")

    def decisions_within_noted(self):
        """What payment would refuse is not asked for, but for limits that were just lowered."""
        noted, open_or_paid = {}, defaultdict(list)
        for sequence, event in enumerate(self.journals.get("autopay", ()), 1):
            f = event.fields
            if event.type == "autopay.mandate_noted":
                noted[f["account"]] = f
            elif event.type == "autopay.settled" and f["outcome"] == DECLINED:
                for rows in open_or_paid.values():
                    rows[:] = [row for row in rows if row[0] != f["request"]]
            elif event.type == "autopay.payment_requested":
                self.checked["decisions"] += 1
                rows, terms = open_or_paid[f["account"], f["month"]], noted.get(f["account"])
                rows.append((sequence, f["amount"]))
                if terms is None or terms["state"] != LIVE:
                    self.tell("LIMIT", f"autopay {sequence}: no live mandate is noted")
                elif len(rows) > terms["count_max"] or sum(
                        amount for _, amount in rows) > terms["sum_max"]:
                    self.tell("LIMIT", f"autopay {sequence}: payments {rows} where "
                                       f"{terms['count_max']} of {terms['sum_max']} are allowed")

    def money(self):
        folds = self.folds
        captured = Counter(capture["invoice"] for capture in folds.captured or ())
        for invoice, found in folds.succeeded.items():
            f = found[0].event.fields
            if len(found) > 1:
                self.tell("TWICE", f"invoice {invoice} succeeded {len(found)} times")
            if folds.captured is not None and not captured[invoice]:
                self.tell("MONEY", f"invoice {invoice} succeeded, Robokassa captured nothing")
            self.credited("payment", found[0], f["account"], f["amount"], 1)
        for sequence, event in enumerate(self.journals.get("metering", ()), 1):
            if event.type in ("usage.charged", "meter.closed") and event.fields["amount"]:
                self.credited("metering", Found(sequence, event), event.fields["account"],
                              event.fields["amount"], -1)
        for credit, amount in folds.meters.credits.items():
            moved = folds.books.made.get(credit)
            if moved != amount and (moved is not None or self.settled):
                self.tell("LOST", f"metering {credit}: {moved} given back of {amount}")
        for cause, found in folds.caused["ledger"].items():
            source = folds.event(NAMES[cause[0]], cause[1]) if cause[0] in NAMES else None
            if source and source.type not in POSTED_FOR and any(
                    one.event.type == "posted" for one in found):
                self.tell("INVENTED", f"ledger {found[0].sequence}: posted for {source.type}")
        self.refunds()
        if self.settled:
            for invoice in captured:
                if invoice not in folds.succeeded:
                    self.tell("MONEY", f"invoice {invoice} was captured and never succeeded")

    def refunds(self):
        """What was asked for once goes back once, or comes back to the customer once."""
        asked, ended = {}, Counter()
        for sequence, event in enumerate(self.journals.get("payment", ()), 1):
            f = event.fields
            if event.type == "refund.requested":
                asked[f["refund"]] = f["account"], f["amount"]
            if event.type not in ("refund.done", "refund.ended"):
                continue
            self.checked["refunds"] += 1
            who, refund = f"payment {sequence}", f["refund"]
            moved = sum(one.event.fields["amount"] for one in
                        self.folds.posted((STREAMS["payment"], sequence)))
            ended[refund] += 1
            if asked.get(refund) != (f["account"], f["amount"]):
                self.tell("INVENTED", f"{who}: refund {refund} was not asked for so")
            if ended[refund] > 1 or moved > f["amount"]:
                self.tell("TWICE", f"{who}: {moved} posted for refund {refund} of {f['amount']}")
            elif f.get("by_itself") == SECOND_PAYMENT:
                if moved:
                    self.tell("INVENTED", f"{who}: {moved} posted for a second payment, which was never credited")
            elif event.type == "refund.done" and self.settled and moved < f["amount"]:
                self.tell("LOST", f"{who}: {moved} posted for refund {refund} of {f['amount']}")

    def credited(self, name, source, account, amount, sign):
        found = self.folds.posted((STREAMS[name], source.sequence))
        who, side = f"{name} {source.sequence}", "credit" if sign > 0 else "debit"
        self.checked["credits" if sign > 0 else "lines"] += 1
        moved = sum(one.event.fields["amount"] for one in found)
        if moved > amount:
            self.tell("TWICE", f"{who}: {moved} posted for {amount}")
        elif moved < amount and (found or self.settled):
            self.tell("LOST", f"{who}: {moved} posted for {amount}")
        for one in found:
            f = one.event.fields
            if f["account"] != account or f[side] != self.folds.numbers[account]:
                self.tell("OTHER", f"{who}: posted to another account at {one.sequence}")

    def usage(self):
        if OUTBOX not in self.journals or not self.settled:
            return
        for resource, minutes in self.folds.outbox_minutes().items():
            self.checked["lives"] += 1
            if self.folds.billed[resource] != minutes:
                self.tell("USAGE", f"resource {resource.hex()} ran {minutes} minutes, "
                                   f"{self.folds.billed[resource]} billed")

    @staticmethod
    def name(op):
        return f"{op.client} {op.number} {op.asked.get('name', op.what)}"
