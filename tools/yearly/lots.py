"""What every account has and owes, lot by lot, from the journals alone: a second opinion that knows
nothing of the ledger's own code, only docs/rules.md "Lots" and PROTOCOL.md "Postings and their
chain".

    lots.py DIR_OF_LEDGER DIR_OF_METERING

Behind every posting the account's unspent lots, less what it owes, must be the balance that the
journal states. Of every charge each kopeck is either of a lot that had it, or owed until money that
comes later pays it; no kopeck of a lot is spent twice, and older cash goes first. What metering
charged and what the ledger posted for it are the same, line by line.
"""
import sys
from array import array
from collections import deque
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/python"))

import msgpack  # noqa: E402

POSTED, CHARGED, CLOSED, CREDITED, CREDIT_MADE = 51, 40, 36, 47, 57
METERING = 1
DAY_US, MOSCOW_US = 86_400_000_000, 10_800_000_000
SYSTEMS_END = 64
CHARGE, HOLD, RELEASE = 1, 20, 21
LOTS_MAX = 16  # that a posting names
GIVEN_BACK = {11, 12}
BONUS_KINDS = {5, 12, 13}
CASH_KINDS = {2, 3, 4, 6, 7, 11, HOLD, RELEASE}


def day_of(event):
    """Of Moscow, from 1970 on."""
    return (event[1] + MOSCOW_US) // DAY_US


class Wrong(Exception):
    """An event that does not follow."""


class Wallet:
    """Cash or bonus: lots with what is left of them, in the order in which they came, and debts."""

    __slots__ = ("left", "order", "unspent", "reversed", "owed", "owes", "stated")

    def __init__(self):
        self.left = {}        # lot -> kopecks
        self.order = deque()  # of the lots of which something may be left
        self.owed = deque()   # [charge, kopecks], the oldest first
        self.unspent = self.reversed = self.owes = self.stated = 0

    @property
    def balance(self):
        return self.unspent - self.reversed - self.owes

    def first(self):
        while self.order and not self.left[self.order[0]]:
            self.order.popleft()
        return self.order[0] if self.order else None


class Account:
    __slots__ = ("cash", "bonus", "ordinal", "last")

    def __init__(self):
        self.cash, self.bonus, self.ordinal, self.last = Wallet(), Wallet(), 0, 0


class Lots:
    """Takes the ledger's events in their order; refuses the first that does not follow."""

    def __init__(self):
        self.accounts = {}
        self.postings = self.charges = self.charged = self.of_lots = self.repaid = 0
        self.lines = array("q", [0])  # metering's sequence -> kopecks charged and not posted yet
        self.services = array("b", [0])  # metering's sequence -> what was charged for
        self.unposted = 0
        self.days = {}  # (day in Moscow, service) -> kopecks of usage, less what was given back
        self.given_back = []  # (day, kopecks) of which credit.made is to say what for

    @property
    def owed(self):
        return sum(account.cash.owes + account.bonus.owes for account in self.accounts.values())

    def apply(self, sequence, event):
        if event[0] == POSTED:
            self.postings += 1
            if event[5] >= SYSTEMS_END or event[6] >= SYSTEMS_END:
                self._customer(sequence, event)
            if event[8] in GIVEN_BACK:
                self.given_back.append((day_of(event), event[7]))
        elif event[0] == CREDIT_MADE:
            for day, kopecks in self.given_back:
                self._count(day, self.services[event[4]], -kopecks)
            self.given_back = []

    def _count(self, day, service, kopecks):
        self.days[day, service] = self.days.get((day, service), 0) + kopecks

    def _customer(self, sequence, event):
        account = self.accounts.get(event[4])
        if account is None:
            account = self.accounts[event[4]] = Account()
        amount, kind, cash, bonus = event[7:11]
        if event[11] != account.ordinal + 1 or event[12] != account.last:
            raise Wrong(f"ledger {sequence}: it does not follow the account's posting before")
        account.ordinal, account.last = event[11], sequence
        change = cash - account.cash.stated + bonus - account.bonus.stated
        wallet = account.bonus if bonus != account.bonus.stated else account.cash
        given = event[6] >= SYSTEMS_END
        if change != (amount if given else -amount) or (
                wallet is account.bonus and cash != account.cash.stated):
            raise Wrong(f"ledger {sequence}: balances do not move by the amount")
        if kind in (BONUS_KINDS if wallet is account.cash else CASH_KINDS):
            raise Wrong(f"ledger {sequence}: kind {kind} moves the other wallet")
        account.cash.stated, account.bonus.stated = cash, bonus
        if given:
            self._give(sequence, event, wallet)
        else:
            self._take(sequence, event, wallet, wallet is account.cash)
        if wallet.balance != wallet.stated:
            raise Wrong(f"ledger {sequence}: lots less debts are {wallet.balance}, stated is "
                        f"{wallet.stated}")

    # --- a credit: a lot, less what it pays of what is owed ---

    def _give(self, sequence, event, wallet):
        lot = event[15]
        if event[8] == RELEASE:
            if lot not in wallet.left:
                raise Wrong(f"ledger {sequence}: what was held comes back to no lot")
        elif lot != sequence:
            raise Wrong(f"ledger {sequence}: a credit is the lot {lot}")
        left = event[7] - self._repay(wallet, event[7])
        if lot in wallet.left:
            wallet.order.appendleft(lot)
            wallet.order = deque(sorted(set(wallet.order)))
        else:
            wallet.order.append(lot)
        wallet.left[lot] = wallet.left.get(lot, 0) + left
        wallet.unspent += left

    def _repay(self, wallet, amount):
        """Reversal debt first, then usage, the oldest first: kopecks that this credit pays."""
        paid = min(amount, wallet.reversed)
        wallet.reversed -= paid
        while paid < amount and wallet.owed:
            debt = wallet.owed[0]
            part = min(amount - paid, debt[1])
            debt[1] -= part
            paid += part
            wallet.owes -= part
            self.repaid += part
            if not debt[1]:
                wallet.owed.popleft()
        return paid

    # --- a debit: of the lots that it names, and the rest is owed ---

    def _take(self, sequence, event, wallet, cash):
        """Of cash the oldest first; of bonus what ends first, which its lots alone do not tell."""
        amount, kind = event[7], event[8]
        named = [(event[15], amount)] if not event[16] else msgpack.unpackb(event[16])
        if not event[15]:
            named = []
        if cash and kind == CHARGE and named and wallet.first() != named[0][0]:
            raise Wrong(f"ledger {sequence}: an older lot was passed over")
        taken = self._take_of(sequence, wallet, named)
        wallet.unspent -= taken
        if taken > amount or (taken < amount and kind in (CHARGE, HOLD) and wallet.unspent):
            raise Wrong(f"ledger {sequence}: it takes {taken} of lots for {amount}, and "
                        f"{wallet.unspent} are unspent")
        if kind == CHARGE:
            self.charges += 1
            self.charged += amount
            self.of_lots += taken
            if taken < amount:
                wallet.owed.append([sequence, amount - taken])
            wallet.owes += amount - taken
            self._of_line(sequence, event)
        else:
            wallet.reversed += amount - taken

    def _take_of(self, sequence, wallet, named):
        taken = 0
        for place, (lot, kopecks) in enumerate(named, 1):
            if place == LOTS_MAX and wallet.left.get(lot, -1) < kopecks:
                kopecks -= self._take_up_to(wallet, lot, kopecks)
                taken += named[-1][1] - kopecks
            left = wallet.left.get(lot)
            if left is None or kopecks <= 0 or left < kopecks:
                raise Wrong(f"ledger {sequence}: {kopecks} kopecks of lot {lot}, which has {left}")
            wallet.left[lot] = left - kopecks
            taken += kopecks
        return taken

    @staticmethod
    def _take_up_to(wallet, last, kopecks):
        """The sixteenth that is named stands for all from there up to it."""
        taken = 0
        for lot in wallet.order:
            if lot == last or taken == kopecks:
                break
            part = min(wallet.left[lot], kopecks - taken)
            wallet.left[lot] -= part
            taken += part
        return taken

    # --- what metering charged ---

    def line(self, sequence, event):
        """Metering's next event; it comes before what the ledger posts for it."""
        amount, service = 0, 0
        if event[0] == CHARGED:
            amount, service = event[12], event[7]
        elif event[0] == CLOSED:
            amount = event[8]
        elif event[0] == CREDITED:
            service = event[8]
        if sequence != len(self.lines):
            raise Wrong(f"metering {sequence}: it follows {len(self.lines) - 1}")
        self.lines.append(amount)
        self.services.append(service)
        self.unposted += amount

    def _of_line(self, sequence, event):
        line = event[3]
        if event[2] != METERING or line >= len(self.lines) or self.lines[line] < event[7]:
            raise Wrong(f"ledger {sequence}: {event[7]} are posted for a line that charged less")
        self.lines[line] -= event[7]
        self.unposted -= event[7]
        self._count(day_of(event), self.services[line], event[7])

    def end(self):
        """Nothing that was charged waits, and each kopeck of it is of a lot, was paid by later
        money, or is still owed."""
        if self.unposted:
            raise Wrong(f"{self.unposted} kopecks of metering's lines are not posted")
        if self.charged != self.of_lots + self.repaid + self.owed:
            raise Wrong(f"{self.charged} were charged: {self.of_lots} of lots, {self.repaid} paid "
                        f"later, {self.owed} owed")
        return {"postings": self.postings, "accounts": len(self.accounts), "charges": self.charges,
                "charged": self.charged, "of_lots": self.of_lots, "paid_later": self.repaid,
                "owed": self.owed,
                "lots": sum(len(a.cash.left) + len(a.bonus.left) for a in self.accounts.values())}


def check(ledger, metering):
    """Both journals from their first events, as (sequence, event) each."""
    lots = Lots()
    for sequence, event in metering:
        lots.line(sequence, event)
    for sequence, event in ledger:
        lots.apply(sequence, event)
    return lots.end()


def of_files(directory):
    """A journal's events by PROTOCOL.md §10.1, without any process."""
    from kopeck_files import journal_read
    return [(sequence, msgpack.unpackb(raw))
            for sequence, raw in enumerate(journal_read(directory).events, 1)]


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(check(of_files(sys.argv[1]), of_files(sys.argv[2])))
