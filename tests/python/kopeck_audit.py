"""What an auditor derives from a replayed stream and nothing else: RFC 6962's tree over its events,
the books of the ledger, every posting and every pointer of its chain checked, and metering's lines,
every remainder recomputed (PROTOCOL.md §10, §15 to §17).
"""
import hashlib
from collections import namedtuple

from kopeck_wire import ZERO_UID, uid_text

CARRY_UNITS = 27_648_000_000
UNITS_PER_MINUTE_AND_KOPECK = 640_000
SYSTEM_NUMBERS_END = 64
METERING = 1
BONUS_KIND = 5
USAGE_KIND = 1
GIVEN_BACK, GIVEN_BACK_BONUS = 11, 12  # usage that metering took back
BETWEEN_SYSTEMS = (9, 10)
SKIP_BASE, SKIP_POWER_MAX = 16, 4
AMOUNT_MAX = 10**14
CHAIN_FIELDS = ("cash", "bonus", "ordinal", "previous", "skip")

Posting = namedtuple("Posting", "sequence time fields")


class Wrong(Exception):
    """The stream breaks a rule."""


# --- the tree ------------------------------------------------------------------------------------

def leaf_hash(raw):
    return hashlib.sha256(b"\0" + raw).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def _split(count):
    """The largest power of 2 below count."""
    return 1 << (count - 1).bit_length() - 1


def tree_root(leaves):
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = _split(len(leaves))
    return node_hash(tree_root(leaves[:k]), tree_root(leaves[k:]))


def inclusion_proof(index, leaves):
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return inclusion_proof(index, leaves[:k]) + [tree_root(leaves[k:])]
    return inclusion_proof(index - k, leaves[k:]) + [tree_root(leaves[:k])]


def inclusion_root(index, count, leaf, proof):
    """The root that the proof leads to."""
    if count == 1:
        if proof:
            raise Wrong("the proof is too long")
        return leaf
    if not proof:
        raise Wrong("the proof is too short")
    k, last = _split(count), proof[-1]
    if index < k:
        return node_hash(inclusion_root(index, k, leaf, proof[:-1]), last)
    return node_hash(last, inclusion_root(index - k, count - k, leaf, proof[:-1]))


def consistency_proof(old, leaves, whole=True):
    """That the tree of `old` leaves is the beginning of this one."""
    if old == len(leaves):
        return [] if whole else [tree_root(leaves)]
    k = _split(len(leaves))
    if old <= k:
        return consistency_proof(old, leaves[:k], whole) + [tree_root(leaves[k:])]
    return consistency_proof(old - k, leaves[k:], False) + [tree_root(leaves[:k])]


def consistency_roots(old, count, old_root, proof, whole=True):
    """(old root, new root) that the proof leads to."""
    if old == count:
        return (old_root, old_root) if whole else (proof[0], proof[0])
    k, last = _split(count), proof[-1]
    if old <= k:
        before, after = consistency_roots(old, k, old_root, proof[:-1], whole)
        return before, node_hash(after, last)
    before, after = consistency_roots(old - k, count - k, old_root, proof[:-1], False)
    return node_hash(last, before), node_hash(last, after)


# --- the books -----------------------------------------------------------------------------------

def system_uid(number):
    return bytes(6) + b"\x80\x00\x80" + bytes(6) + bytes([number])


def carried(price, minutes, carry=0, kind="compute"):
    """(whole kopecks, carry after); prices of files are for 1024 MiB and 43 200 minutes, of tokens
    for a million"""
    of = {"disk": 1024 * 43_200, "input tokens": 10**6, "output tokens": 10**6}.get(kind, 43_200)
    return divmod(carry + price * minutes * (CARRY_UNITS // of), CARRY_UNITS)


class Account:
    def __init__(self, number):
        self.number, self.cash, self.bonus = number, 0, 0
        self.postings = []


class Books:
    """Applies the ledger's events one by one and refuses the first that does not follow."""

    def __init__(self):
        self.numbers = {}      # number -> balance, of every account
        self.accounts = {}     # uid -> Account, customers' only
        self.by_number = {}
        self.usage = {}        # metering's sequence -> kopecks posted for it
        self.noted = {}        # metering's sequence of a credit -> its credit.noted
        self.made = {}         # the same -> kopecks given back
        self.back = 0          # given back since the last credit.made
        self.time = 0

    @property
    def sum(self):
        return sum(self.numbers.values())

    @property
    def customers(self):
        return sum(a.cash + a.bonus for a in self.accounts.values())

    def apply(self, sequence, event):
        if event.time < self.time:
            raise Wrong(f"event {sequence}: time {event.time} after {self.time}")
        self.time = event.time
        if event.type == "account.opened":
            self._opened(sequence, event.fields)
        elif event.type == "posted":
            if event.cause[0] == METERING:
                line = event.cause[1]
                self.usage[line] = self.usage.get(line, 0) + event.fields["amount"]
            if event.fields["kind"] in (GIVEN_BACK, GIVEN_BACK_BONUS):
                self.back += event.fields["amount"]
            self._posted(Posting(sequence, event.time, event.fields))
        elif event.type == "credit.noted":
            self.noted[event.fields["credit"]] = event.fields
        elif event.type == "credit.made":
            self._made(sequence, event.fields)
        if self.sum != 0:
            raise Wrong(f"event {sequence}: the sum over all accounts is {self.sum}")

    def _made(self, sequence, fields):
        """What was noted is given back once, in full, by the postings before it."""
        credit, back = fields["credit"], self.back
        self.back = 0
        if credit in self.made or credit not in self.noted:
            raise Wrong(f"event {sequence}: credit {credit} was not noted, or is made already")
        if not back == self.noted[credit]["amount"] == sum(
                fields[name] for name in ("cash", "bonus", "suspense")):
            raise Wrong(f"event {sequence}: {fields}, posted {back} of {self.noted[credit]}")
        self.made[credit] = back

    def _opened(self, sequence, fields):
        number, uid = fields["number"], fields["account"]
        if uid in self.accounts or number in self.by_number:
            raise Wrong(f"event {sequence}: {uid_text(uid)} or {number} is open already")
        if number < SYSTEM_NUMBERS_END:
            raise Wrong(f"event {sequence}: account number {number}")
        self.accounts[uid] = self.by_number[number] = Account(number)

    def _posted(self, posting):
        f, at = posting.fields, f"event {posting.sequence}"
        if not 0 < f["amount"] <= AMOUNT_MAX or f["debit"] == f["credit"]:
            raise Wrong(f"{at}: {f['amount']} from {f['debit']} to {f['credit']}")
        for side, sign in (("debit", -1), ("credit", 1)):
            self.numbers[f[side]] = self.numbers.get(f[side], 0) + sign * f["amount"]
        customers = [n for n in (f["debit"], f["credit"]) if n >= SYSTEM_NUMBERS_END]
        if not customers:
            if f["account"] != ZERO_UID or any(f[n] for n in CHAIN_FIELDS):
                raise Wrong(f"{at}: between system accounts, but not zero: {f}")
            return
        if len(customers) != 1 or f["kind"] in BETWEEN_SYSTEMS:
            raise Wrong(f"{at}: customers {customers}, kind {f['kind']}")
        account = self.accounts.get(f["account"])
        if account is None or account.number != customers[0]:
            raise Wrong(f"{at}: account {uid_text(f['account'])} is not {customers[0]}")
        self._balances(at, account, posting)
        self._chain(at, account, posting)
        account.postings.append(posting)

    def _balances(self, at, account, posting):
        f = posting.fields
        signed = f["amount"] if f["credit"] == account.number else -f["amount"]
        cash, bonus = f["cash"] - account.cash, f["bonus"] - account.bonus
        if cash and bonus or cash + bonus != signed:
            raise Wrong(f"{at}: balances moved by {cash} and {bonus}, posted {signed}")
        of_bonus = f["kind"] in (BONUS_KIND, GIVEN_BACK_BONUS)
        if of_bonus and cash or not of_bonus and f["kind"] != USAGE_KIND and bonus:
            raise Wrong(f"{at}: kind {f['kind']} moved cash {cash}, bonus {bonus}")
        if f["kind"] == USAGE_KIND and (account.bonus > 0 if cash else f["bonus"] < 0):
            raise Wrong(f"{at}: usage moved cash {cash}, bonus {bonus}, of bonus {account.bonus}")
        account.cash, account.bonus = f["cash"], f["bonus"]

    def _chain(self, at, account, posting):
        n = len(account.postings) + 1
        expected = {"ordinal": n,
                    "previous": account.postings[-1].sequence if account.postings else 0,
                    "skip": self.skip(account.postings, n)}
        found = {name: posting.fields[name] for name in expected}
        if found != expected:
            raise Wrong(f"{at}: chain {found}, expected {expected}")

    @staticmethod
    def skip(postings, n):
        """The sequence that posting `n`, from 1, must name (§16)."""
        target = n - n % SKIP_BASE
        if target == n:
            power = max(k for k in range(SKIP_POWER_MAX + 1) if n % SKIP_BASE**k == 0)
            target = n - SKIP_BASE**power
        return postings[target - 1].sequence if target > 0 else 0

    def as_of(self, uid, sequence=0, at=0):
        """The newest posting at or before that sequence, or that time; None if there is none."""
        newest = None
        for posting in self.accounts[uid].postings:
            if posting.sequence <= sequence if sequence else posting.time <= at:
                newest = posting
        return newest

    def statement(self, uid, side=0, begin=0, end=0):
        """Newest first."""
        account = self.accounts[uid]
        sides = {0: ("debit", "credit"), 1: ("debit",), 2: ("credit",)}[side]
        return [p for p in reversed(account.postings)
                if any(p.fields[s] == account.number for s in sides)
                and begin <= p.time and (end == 0 or p.time < end)]



# --- the meters ----------------------------------------------------------------------------------

class Meters:
    """Applies metering's events: minutes by replica, and each line's carry (§15, §17)."""

    def __init__(self):
        self.carry = {}      # meter number, or account when the meter is closed -> carry units
        self.closed = set()
        self.replicas = {}   # dense number -> the platform's id
        self.ticks = set()   # (replica's id, tariff version, minute since 1970)
        self.lines = {}      # sequence -> kopecks to post
        self.charged = {}    # sequence -> [minutes left, kopecks given back] of a line
        self.owed = {}       # meter number -> minutes taken back and not given back
        self.credits = {}    # sequence -> kopecks to give back
        self.meters = {}     # dense number of a replica -> its meter

    def apply(self, sequence, event):
        f = event.fields
        if event.type == "replica.opened":
            self.replicas[f["replica"]] = f["id"]
            self.meters[f["replica"]] = f["meter"]
        elif event.type == "meter.opened":  # a forgotten one's number is given again
            self.closed.discard(f["meter"])
            self.carry.pop(f["meter"], None)
        elif event.type == "usage.accepted":
            self._accepted(sequence, f)
        elif event.type == "usage.charged":
            whose = f["account"] if f["meter"] in self.closed else f["meter"]
            self._carry(sequence, whose, carried(f["price"], f["minutes"],
                                                 self.carry.get(whose, 0), f["kind"]), f)
            self.charged[sequence] = [f["minutes"], 0]
        elif event.type == "usage.overbilled":
            for replica, _, _, mask in masks_read(f["masks"]):
                meter = self.meters[replica]
                self.owed[meter] = self.owed.get(meter, 0) + mask.bit_count()
        elif event.type == "usage.credited":
            self._credited(sequence, f)
        elif event.type == "meter.closed":
            moved = self.carry.pop(f["meter"], 0)
            if f["moved"] != moved:
                raise Wrong(f"event {sequence}: moved {f['moved']}, the meter has {moved}")
            self.closed.add(f["meter"])
            carry = self.carry.get(f["account"], 0) + moved
            self._carry(sequence, f["account"], divmod(carry, CARRY_UNITS), f)

    def _credited(self, sequence, f):
        """Minutes of a line that it has left; what remains is what fewer minutes would have left."""
        whose = f["account"] if f["meter"] in self.closed else f["meter"]
        before = self.carry.get(whose, 0)
        units = f["price"] * f["minutes"] * UNITS_PER_MINUTE_AND_KOPECK
        if before - units + f["amount"] * CARRY_UNITS != f["remainder"] or not (
                0 <= f["remainder"] < CARRY_UNITS):
            raise Wrong(f"event {sequence}: {f}, carry before it {before}")
        self.carry[whose] = f["remainder"]
        line = self.charged[f["original"]]
        self.owed[f["meter"]] -= f["minutes"]
        if f["minutes"] > line[0] or f["before"] != line[1] or self.owed[f["meter"]] < 0:
            raise Wrong(f"event {sequence}: {f}, the line has {line}")
        line[0] -= f["minutes"]
        line[1] += f["amount"]
        if f["amount"]:
            self.credits[sequence] = f["amount"]

    def _carry(self, sequence, whose, expected, fields):
        if expected != (fields["amount"], fields["remainder"]):
            raise Wrong(f"event {sequence}: {fields}, expected amount and remainder {expected}")
        self.carry[whose] = expected[1]
        if fields["amount"]:
            self.lines[sequence] = fields["amount"]

    def _accepted(self, sequence, fields):
        entries = masks_read(fields["masks"])
        ordered = [entry[:3] for entry in entries]
        if len(entries) != fields["count"] or ordered != sorted(set(ordered)):
            raise Wrong(f"event {sequence}: {fields['count']} entries announced, found {entries}")
        for replica, version, hour, mask in entries:
            if not 0 < mask < 1 << 60:
                raise Wrong(f"event {sequence}: mask {mask:#x}")
            new = {(self.replicas[replica], version, hour * 60 + minute)
                   for minute in range(60) if mask >> minute & 1}
            if new & self.ticks:
                raise Wrong(f"event {sequence}: minutes that were not new")
            self.ticks |= new


def masks_read(data):
    """[(replica, version, hour, mask), ...]"""
    octets, entries = iter(data), []

    def varint():
        value = shift = 0
        while True:
            octet = next(octets)
            value |= (octet & 0x7F) << shift
            shift += 7
            if octet < 0x80:
                return value

    replica = version = hour = mask = 0
    for control in octets:
        step, kind = control & 7, control >> 5
        if kind > 3:
            raise Wrong(f"control byte {control:#x}")
        replica += varint() if step == 7 else step
        version = varint() if control & 8 else version
        if control & 16:
            z = varint()
            hour += z >> 1 ^ -(z & 1)
        if kind == 1:
            mask = 1 << next(octets)
        elif kind == 2:
            begin, count = next(octets), next(octets)
            mask = (1 << count) - 1 << begin
        elif kind == 3:
            mask = varint()
        entries.append((replica, version, hour, mask))
    return entries
