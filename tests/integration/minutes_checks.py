"""`kopeck minutes`, live and from the journal alone: an hour of a resource opens to its minutes and
to the lines that charged them, and the numbers of each line come to one another."""
import time

HOUR_US = 3_600_000_000
UNITS = 43_200 * 640_000  # of a kopeck
MISSING = 66


def hour_text(hour):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(hour // 1_000_000))


def numbers_of(ranges):
    """0-29, 45 as a set."""
    found = set()
    for part in (ranges or "").split(", "):
        ends = [int(end) for end in part.split("-") if end]
        if ends:
            found |= set(range(ends[0], ends[-1] + 1))
    return found


def check_hour(check, opened):
    carry = None
    for line in opened["lines"]:
        total = line["carry_before"] + line["price"] * line["minutes"] * 640_000
        check(line["cost"] == line["price"] * line["minutes"] * 640_000, f"what it costs: {line}")
        check(total == line["amount"] * UNITS + line["carry_after"], f"a line adds up: {line}")
        check(0 <= line["carry_after"] < UNITS, f"a carry is below a kopeck: {line}")
        check(carry is None or line["carry_before"] == carry, f"carries follow: {opened}")
        carry = line["carry_after"]
    billed = sum(row["billed"] for row in opened["minutes"])
    left = sum(line["minutes"] - line["minutes_back"] for line in opened["lines"])
    check(billed == left, f"{billed} minutes are billed, the lines come to {left}")
    for row in opened["minutes"]:
        check(len(numbers_of(row["minutes"])) == row["billed"], f"as many as are named: {row}")


def live(check, cli, account, resource, lines):
    """What the statement says of each charge, opened. Answers for `offline`."""
    check({row["resource"] for row in lines} == {resource}, "the resource is named")
    check({row["tariff"] for row in lines} == {"nachalny"}, "and its tariff")
    answers, hours = [], {}
    for row in lines:
        hours[row["hour"]] = hours.get(row["hour"], 0) + row["minutes"]
    for hour, minutes in hours.items():
        opened = cli.json("minutes", account, resource, hour_text(hour + 1_000_000))
        check(opened["hour"] == hour and opened["resource"] == resource, f"the hour: {opened}")
        check(sum(row["billed"] for row in opened["minutes"]) == minutes, f"its minutes: {opened}")
        check({row["tariff"] for row in opened["minutes"] + opened["lines"]} == {"nachalny"},
              f"their tariff: {opened}")
        check_hour(check, opened)
        text = cli.text("minutes", account, resource, hour_text(hour))
        check("carry before" in text and opened["minutes"][0]["minutes"] in text, f"for people: {text}")
        answers.append(opened)
    cli.run("minutes", resource, resource, hour_text(next(iter(hours))), status=MISSING)
    return answers


def offline(check, cli, directory, account, answers):
    journal = f"{directory}/var/metering"
    for opened in answers:
        words = ("minutes", account, opened["resource"], hour_text(opened["hour"]))
        check(cli.json(*words, "--offline") == opened, "the journal says what metering said")
        check(cli.json(*words, "--metering", journal) == opened, "also by its directory")
    cli.run("minutes", account, account, hour_text(answers[0]["hour"]), "--offline", status=MISSING)
