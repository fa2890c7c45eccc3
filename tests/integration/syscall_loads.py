"""Small loads for one process, each of which knows what was acknowledged to it.

`play` sends it until the first silence, while system calls fail. After a restart `audit` holds the
journal against what was acknowledged: that is there once, the rest at most once. Then `play` to the
end, `whole`, asks for all of it again, and `audit` finds everything once.
"""
import time
from collections import Counter

from process_rig import Unanswered, Violation, replay_from_1, wire
from kopeck_audit import Books, Meters, Wrong, system_uid

PRODUCER = 200
PLATFORM = 150  # of the numbers that the platform's certificate may speak for
PROMO, REVENUE = system_uid(5), system_uid(1)
BONUS, CORRECTION = 5, 8
MINUTE_US = 60_000_000


def expect(what, expected, found):
    if expected != found:
        raise Violation(f"{what}: expected {expected}, found {found}")


def few(causes):
    """How many they are and the first of them, to be read by people."""
    first = [cause.hex() if isinstance(cause, bytes) else str(cause) for cause in causes][:3]
    return f"{len(causes)} ({', '.join(first)}{', ...' if len(causes) > 3 else ''})" if first else 0


def expect_once(what, found, acknowledged, wanted, whole):
    """All that was acknowledged once, all that was sent at most once, nothing else; `whole`: all
    once."""
    lost = [cause for cause in acknowledged if not found[cause]]
    twice = [cause for cause, count in found.items() if count > 1]
    strange = set(found) - set(wanted)
    if lost or twice or strange:
        raise Violation(f"{what}: acknowledged and lost {few(lost)}, twice {few(twice)}, never "
                        f"sent {few(strange)}")
    if whole:
        expect(what, set(wanted), set(found))


def audited(take, process):
    """Applies every event of the process's journal; a rule that is broken is a violation."""
    door = process.door("replay", "auditor")
    try:
        events, _ = replay_from_1(door)
    except Unanswered as silence:
        raise Violation(f"replay: {silence}") from silence
    finally:
        door.close()
    for sequence, raw in enumerate(events, 1):
        event = wire.event_read(raw)
        if event is not None:
            try:
                take(sequence, event)
            except Wrong as wrong:
                raise Violation(str(wrong)) from wrong


class FeedLoad:
    """Items pushed in small batches, one under way."""

    BATCH = 0

    def __init__(self, items):
        self.items = items
        self.acknowledged = 0

    def push(self, feed, first, deadline_s, whole):
        """The batch that begins at item `first`, from 1."""
        items = self.items[first - 1:first - 1 + self.BATCH]
        answer = feed.batch(first, items, deadline_s=deadline_s)
        if answer.fail and not whole:
            return
        expect(f"a batch from {first}", (0, bytes(len(items))), (answer.fail, answer.results))
        if answer.acknowledged < max(self.acknowledged, first - 1 + len(items)):
            raise Violation(f"{answer.acknowledged} items are acknowledged after "
                            f"{self.acknowledged} and a batch from {first}")
        self.acknowledged = answer.acknowledged


class LedgerLoad(FeedLoad):
    """Commands one by one and a feed of postings in between."""

    NAME = "ledger"
    COMMANDS, EACH, BATCH = 12, 4, 8

    def __init__(self):
        accounts = [wire.uid_random() for _ in range(4)]
        self.commands = [(wire.uuid7(), {"debit": PROMO, "credit": accounts[n % 4],
                                         "amount": 1000 + n, "kind": BONUS, "opens": True})
                         for n in range(self.COMMANDS)]
        self.posted = {}  # id -> the sequence that was acknowledged
        super().__init__([wire.event_write("posting.requested", 0, {
            "debit": accounts[n % 4], "credit": REVENUE, "amount": 1 + n, "kind": CORRECTION,
            "opens": True})
            for n in range(self.COMMANDS // self.EACH * self.BATCH)])

    def play(self, process, deadline_s, whole=False):
        """Until the first silence; `whole`: to the end, or it is a violation. What was acknowledged
        before is asked again and must be answered the same."""
        door, feed = process.door(), process.feed(PRODUCER, "importer")
        try:
            for n, command in enumerate(self.commands, 1):
                self.post(door, *command, deadline_s, whole)
                if n % self.EACH == 0:
                    self.push(feed, (n // self.EACH - 1) * self.BATCH + 1, deadline_s, whole)
                    self.post(door, *self.commands[n // 2], deadline_s, whole)
        except Unanswered as silence:
            if whole:
                raise Violation(f"after a whole start: {silence}") from silence
        finally:
            door.close()
            feed.close()

    def post(self, door, command_id, fields, deadline_s, whole):
        try:
            answer = door.ask("post", command_id, deadline_s=deadline_s, retry=False, **fields)
        except wire.Failure as failure:
            if whole:
                raise Violation(f"post: {failure}") from failure
            return
        sequence = answer.fields["sequence"]
        expect("the answer to a repeated command", self.posted.setdefault(command_id, sequence),
               sequence)

    def audit(self, process, whole=False):
        books, causes = Books(), Counter()

        def take(sequence, event):
            books.apply(sequence, event)
            if event.type == "posted":
                causes[event.cause if event.cause[0] == PRODUCER else event.cause[0]] += 1
                expect("an acknowledged sequence", self.posted.get(event.cause[0], sequence),
                       sequence)

        audited(take, process)
        items = range(1, len(self.items) + 1)
        expect_once("postings", causes,
                    [*self.posted, *((PRODUCER, n) for n in items[:self.acknowledged])],
                    [*(command for command, _ in self.commands), *((PRODUCER, n) for n in items)],
                    whole)


class MeteringLoad(FeedLoad):
    """A platform's resources: one that lives and is deleted, one that ticks."""

    NAME = "metering"
    BATCH, TICKS = 4, 44
    ONCE = ("interval.opened", "interval.closed", "meter.closed")

    def __init__(self):
        self.base = (time.time_ns() // 1000 // MINUTE_US - 60) * MINUTE_US
        account, self.living, self.ticking = (wire.uid_random() for _ in range(3))
        resource, other = wire.uid_random(), wire.uid_random()
        items = [self.item("resource.created", 0, resource=resource, account=account, kind=1),
                 self.item("replica.started", 0, resource=resource, replica=self.living,
                           account=account, tariff="nachalny", kind=1)]
        items += [self.item("usage.ticked", n, resource=other, replica=self.ticking,
                            account=account, tariff="ultra", kind=1) for n in range(self.TICKS)]
        items += [self.item("replica.stopped", 12, resource=resource, replica=self.living),
                  self.item("resource.deleted", 13, resource=resource)]
        super().__init__(items)

    def item(self, name, minutes, **fields):
        return wire.event_write(name, self.base + minutes * MINUTE_US, fields)

    def play(self, process, deadline_s, whole=False):
        feed = process.feed(PLATFORM, "platform")
        try:
            for first in range(1, len(self.items) + 1, self.BATCH):
                self.push(feed, first, deadline_s, whole)
                if not whole and self.acknowledged < first:
                    break  # refused; what follows would be a gap
        except Unanswered as silence:
            if whole:
                raise Violation(f"after a whole start: {silence}") from silence
        finally:
            feed.close()

    def audit(self, process, whole=False):
        meters, causes = Meters(), Counter()

        def take(sequence, event):
            meters.apply(sequence, event)
            if event.type in self.ONCE:
                causes[event.type] += 1

        audited(take, process)
        minutes = [self.base // MINUTE_US + n for n in range(self.TICKS)]
        causes.update((self.ticking, minute) for _, _, minute in meters.ticks)
        items = [None, "interval.opened", *((self.ticking, minute) for minute in minutes),
                 "interval.closed", "meter.closed"]  # what each item leaves behind
        expect_once("items", causes, items[1:self.acknowledged], items[1:], whole)


LOADS = {load.NAME: load for load in (LedgerLoad, MeteringLoad)}
