"""Which rules of docs/rules.md a year used, how often: counted by what its journals hold. A rule that
none of it used shows nothing, and the year fails.
"""
from books import Differs
from stage import NUMBERS, TYPES

POSTED, CHARGED, WITHHELD = NUMBERS["posted"], NUMBERS["usage.charged"], NUMBERS["autopay.withheld"]
DETAILS = {POSTED: "kind", CHARGED: "reason", WITHHELD: "reason"}  # what an event is told apart by

RULES = (  # heading, what of it, process, event [and its kind or reason], from which month on
    ("Closing of an hour", "", "metering", "usage.charged 1", 1),
    ("Deletion", "", "metering", "usage.charged 2", 1),
    ("Late minutes", "billed", "metering", "usage.charged 3", 1),
    ("Late minutes", "lost", "metering", "usage.expired", 1),
    ("Corrections", "", "metering", "usage.credited", 1),
    ("Files beyond the quota", "with Tokens", "metering", "usage.counted", 1),
    ("Announced prices", "", "metering", "tariff.announced", 1),
    ("Announced prices", "withdrawn", "metering", "tariff.withdrawn", 1),
    ("Given back", "", "ledger", "credit.made", 1),
    ("Postings by hand", "", "ledger", "posted 8", 1),
    ("Bonuses that end", "", "ledger", "bonus.ended", 1),
    ("Low and exhausted", "", "ledger", "account.exhausted", 1),
    ("Low and exhausted", "restored", "ledger", "account.restored", 1),
    ("Two persons", "", "ledger", "command.proposed", 1),
    ("Top-up", "", "ledger", "posted 2", 1),
    ("Evidence", "by autopay's payments", "ledger", "posted 3", 1),
    ("Transfers in the ledger", "", "ledger", "posted 4", 1),
    ("Settlement with Robokassa", "", "ledger", "posted 9", 1),
    ("Disputes", "", "ledger", "posted 7", 1),
    ("Refunds in the ledger", "", "ledger", "refund.settled", 2),
    ("Grant for a missed level", "", "ledger", "level.granted", 3),
    ("Consent", "", "payment", "mandate.consented", 1),
    ("Revocation", "", "payment", "mandate.revoked", 1),
    ("Limits", "lowered", "payment", "mandate.changed", 1),
    ("Mismatch", "", "payment", "payment.mismatch", 2),
    ("Promo codes", "refused", "payment", "promo.refused", 1),
    ("Reserved codes", "", "payment", "promo.bound", 1),
    ("The bonus of a promo code", "", "payment", "promo.redeemed", 1),
    ("Welcome balances", "", "payment", "promo.welcomed", 1),
    ("States of a refund", "done", "payment", "refund.done", 2),
    ("Registration of receipts", "", "payment", "receipt.registered", 1),
    ("One charge for a decision", "", "autopay", "autopay.payment_requested", 1),
    ("Declines", "suspended", "autopay", "autopay.suspended", 1),
    ("Ladder", "", "notify", "ladder.moved", 1),
    ("Requisites", "", "documents", "requisites.registered", 1),
    ("Numbers of invoices", "", "documents", "invoice.issued", 1),
    ("Matching", "", "documents", "transfer.received", 1),
    ("Matching", "assigned", "documents", "transfer.assigned", 1),
    ("Acts and advance invoices", "advances", "documents", "advance.issued", 1),
    ("Acts and advance invoices", "acts", "documents", "act.issued", 1),
)


def kind_of(event):
    """Postings by their kind, decisions and lines by their reason, all else by its type."""
    message = TYPES.get(event[0])
    if message is None:
        return None
    detail = DETAILS.get(event[0])
    if not detail:
        return message.name
    return f"{message.name} {event[4 + [field.name for field in message.fields].index(detail)]}"


def used(samples, months):
    """{rule: how often}; Differs if one was never used."""
    counts = {}
    for rule, part, process, kind, month in RULES:
        if months >= month:
            name = f"{rule}, {part}" if part else rule
            counts[name] = samples.get(process, {}).get(kind, (0, 0, 0))[2]
    never = [name for name, count in counts.items() if not count]
    if never:
        raise Differs(f"rules that the year never used: {'; '.join(never)}")
    return counts
