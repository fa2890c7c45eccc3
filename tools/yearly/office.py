"""The platform's own people: campaigns, prices, and each working day what machines leave to people.

What is above one person's limits two do: `boss` agrees to what the operator proposed.
"""
from cloud import HOUR_US, MINUTE_US
from stage import Failure, wire

DAY_US = 24 * HOUR_US
GIFT, PERCENT, FIXED = 1, 2, 3
SUCCEEDED, DECLINED = 1, 2
CARDS = [  # of a thousand thousand
    {"fault": "decline", "on": "recurring", "probability_ppm": 30_000},
    {"fault": "late_decision", "on": "recurring", "probability_ppm": 10_000, "delay_ms": 1_500_000},
    {"fault": "timeout_after_accept", "on": "recurring", "probability_ppm": 3_000},
    {"fault": "callback_late", "on": "initial", "probability_ppm": 10_000, "delay_ms": 600_000},
    {"fault": "callback_never", "on": "initial", "probability_ppm": 10_000},
    {"fault": "callback_duplicate", "on": "initial", "probability_ppm": 20_000, "times": 2},
    {"fault": "callback_wrong_amount", "on": "initial", "probability_ppm": 3_000},
    {"fault": "callback_wrong_signature", "on": "initial", "probability_ppm": 2_000},
    {"fault": "server_error", "on": "receipt", "probability_ppm": 10_000},
    {"fault": "timeout_after_accept", "on": "refund", "probability_ppm": 60_000},
]
RATES = [  # kind, code, kopecks, MiB that cost nothing
    *((3, tariff, 3500, 5120) for tariff in
      ("probny", "nachalny", "nachalny_plus", "standartny", "ultra")),
    *((kind, f"kopeck-{size}", price, 0) for size, kind, price in
      (("small", 4, 4_000), ("small", 5, 12_000), ("large", 4, 30_000), ("large", 5, 90_000)))]


class Office:
    def __init__(self, stage, agenda, customers, seed):
        self.stage, self.agenda, self.customers, self.seed = stage, agenda, customers, seed
        self.done = {}

    def count(self, what):
        self.done[what] = self.done.get(what, 0) + 1

    def command(self, process, request, **fields):
        """The answer; above one's limits another agrees at once. None if it is refused."""
        identity = wire.uuid7()
        door = self.stage.door(process)
        try:
            answer = door.ask(request, identity, **fields).fields
        except Failure as failure:
            self.count(f"{request} refused: {failure.name}")
            return None
        self.count(request)
        if answer.get("pending"):
            self.count(f"{request} by two")
            agreed = self.stage.door(process, name="deputy").ask("approve", wire.uuid7(),
                                                                  command=identity)
            answer["sequence"] = agreed.sequence
        return answer

    # --- the first day ---

    def open(self, now):
        self.stage.faults(self.seed, CARDS)
        for kind, code, price, included in RATES:
            self.command("metering", "rate.define", kind=kind, code=code, title=code, price=price,
                         included=included, effective=now + MINUTE_US)
        self.campaign("GIFTFORYOU", kind=GIFT, value=5_000, in_all=10_000, per_account=1,
                      life_us=30 * DAY_US)
        self.campaign("TWENTYPERCENT", kind=PERCENT, value=2_000, cap=30_000, in_all=3_000,
                      per_account=3)
        self.campaign("FIRST100", kind=FIXED, value=10_000, topup_min=30_000, in_all=2_000,
                      per_account=1, first_topup=True, life_us=60 * DAY_US)
        self.campaign("SHORTSUMMER", kind=PERCENT, value=1_000, cap=10_000, in_all=50,
                      per_account=1, ends=now + 45 * DAY_US)
        made = self.stage.kopeck("promo", "create", "gift", "77", "--in-all", "100", "--bonus-days",
                                 "10")
        self.customers.codes += [
            row["code"] for row in self.stage.kopeck("promo", "codes", made["campaign"], "100")]

    def campaign(self, word, **terms):
        answer = self.command("payment", "promo.begin", **terms)
        campaign = answer["campaign"] or len(self.customers.words) + 1
        self.command("payment", "promo.add", campaign=campaign, code=word)
        self.customers.words.append(word)

    # --- what is heard between ---

    def hear_payment(self, name, fields, now):
        if name == "payment.mismatch":
            self.agenda.at(now + 3 * HOUR_US, self.resolve, fields["invoice"], SUCCEEDED,
                           fields["expected"])
        elif name == "payment.overdue" and fields["level"] == 2:
            self.agenda.at(now + HOUR_US, self.resolve, fields["invoice"], DECLINED, 0)

    def resolve(self, invoice, outcome, amount, _now):
        self.command("payment", "payment.resolve", invoice=invoice, outcome=outcome, amount=amount)
