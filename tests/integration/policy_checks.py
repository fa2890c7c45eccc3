"""`kopeck policy` against real processes: what is in force and who set it, one number changed after
the other, what is refused and how, and who may."""

USAGE, REFUSED, DENIED = 64, 65, 77
MINUTE_US = 60_000_000
NAMES = {"metering": ["settle_us", "late_us", "ahead_us", "notice_us"],
         "ledger": ["low_threshold", "lapse_notice_us"],
         "payment": [],
         "autopay": ["threshold", "interval_us", "backoff_first_us", "backoff_second_us",
                     "declines_max", "attempts_max", "pacing_us", "crowd", "prenotice_us"]}


def live(check, cli, auditor, service):
    """Of a fleet whose policies nobody has changed yet."""
    Checks(check, cli).run(auditor, service)


class Checks:
    def __init__(self, check, cli):
        self.check, self.cli = check, cli

    def run(self, auditor, service):
        self.as_they_began()
        self.changed()
        self.not_changed()
        self.refused()
        self.check(auditor.json("policy", "show") == self.cli.json("policy", "show"), "an auditor reads")
        auditor.run("policy", "set", "ledger", "low-threshold=1", status=DENIED)
        service.run("policy", "show", "ledger", status=DENIED)

    def row(self, process, name):
        return next(row for row in self.cli.json("policy", "show", process) if row["name"] == name)

    def set(self, process, *words):
        """What was before and is now, by name."""
        return {row["name"]: (row["before"], row["now"])
                for row in self.cli.json("policy", "set", process, *words)}

    def as_they_began(self):
        rows = self.cli.json("policy", "show")
        for process, names in NAMES.items():
            self.check([row["name"] for row in rows if row["process"] == process] ==
                       [*names, "alone_max", "day_max", "rules"], f"{process}: {rows}")
        self.check(all(row["value"] == row["default"] and row["certificate"] is None for row in rows),
                   f"nobody has set any: {rows}")
        for row in rows:
            limit = row["policy"] == "operators.policy"
            self.check(limit == (row["name"] in ("alone_max", "day_max", "rules")), f"which policy it is of: {row}")
            self.check((row["sequence"], row["at"] is None) == ((None, True) if limit else (2, False)),
                       f"since the journal began, or never set: {row}")

    def changed(self):
        self.check(self.set("metering", "settle-minutes=3") == {"settle_us": (2 * MINUTE_US, 3 * MINUTE_US)},
                   "what is named changes")
        row, other = self.row("metering", "settle_us"), self.row("metering", "late_us")
        self.check((row["value"], row["default"], row["certificate"]) ==
                   (3 * MINUTE_US, 2 * MINUTE_US, "operator"), f"it is in force: {row}")
        self.check(other["value"] == other["default"] and other["sequence"] == row["sequence"] > 2,
                   f"what is not named stays: {other}")
        event = self.cli.json_lines("events", "metering", "--from", str(row["sequence"]),
                                    "--to", str(row["sequence"]))[0]
        self.check((event["type"], event["at"]) == ("metering.policy_changed", row["at"]), f"{event}")
        shown = self.cli.text("policy", "show", "metering").splitlines()
        self.check([line.split()[2:5] for line in shown[1:3]] ==
                   [["settle-minutes", "3", "2"], ["late-hours", "72", "72"]], f"for people: {shown}")
        said = self.cli.text("policy", "set", "metering", "ahead-us=1500000", "late-seconds=3600")
        self.check([line.split() for line in said.splitlines()[1:]] ==
                   [["late-hours", "72", "1"], ["ahead-us", "120000000", "1500000"]], f"units: {said}")
        self.check(self.set("ledger", "low-threshold=250.50") == {"low_threshold": (10000, 25050)}, "rubles")
        self.check(self.set("autopay", "threshold=50", "crowd=65") ==
                   {"threshold": (10000, 5000), "crowd": (64, 65)}, "two at once")
        self.check(self.row("autopay", "interval_us")["value"] == 60 * MINUTE_US, "and no other")

    def not_changed(self):
        """Said twice, or said again because no answer came."""
        command = "01940000-0000-7000-8000-000000000001"
        self.cli.run("policy", "set", "autopay", "crowd=66", "--id", command, status=REFUSED)  # expired
        before = self.row("autopay", "crowd")
        out, said = self.cli.run("policy", "set", "autopay", "crowd=65", "--id", command)
        self.check("nothing was sent" in said and "crowd" not in out, f"it is so already: {out}{said}")
        self.check(self.row("autopay", "crowd") == before, "and no event says it again")

    def refused(self):
        for words, status, says in (
                (("metering", "settle-minutes=61"), REFUSED, "settle_us: expected at most an hour"),
                (("ledger", "low-threshold=-1"), REFUSED, "low_threshold: expected 0"),
                (("autopay", "pacing-hours=25"), REFUSED, "pacing_us: expected at most a day"),
                (("autopay", "declines-max=0"), REFUSED, "declines_max: expected 1 to 1000"),
                (("metering", "settle-minutes=two"), USAGE, '"settle-minutes=two": expected a whole number'),
                (("metering", "settle=2"), USAGE, "settle-minutes, late-minutes, ahead-minutes"),
                (("metering", "settle-minutes=1", "settle-us=1"), USAGE, "each name once"),
                (("metering",), USAGE, "settle-minutes"), (("payment", "x=1"), USAGE, "ledger, metering, autopay or notify"),
                ((), USAGE, "the process")):
            _, said = self.cli.run("policy", "set", *words, status=status)
            self.check(says in said, f"{words}: {said}")
        self.cli.run("policy", status=USAGE)
        self.cli.run("policy", "show", "lodger", status=USAGE)
        self.check(self.row("metering", "settle_us")["value"] == 3 * MINUTE_US, "nothing was changed")
