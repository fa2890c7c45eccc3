#!/usr/bin/python3
"""check_metrics - the alerts and the dashboard of tools/observe ask for metrics that there are, each
alert is tested and says in docs/operations.md, "Metrics and alerts", what to do; and promtool takes the
rules, their tests, Prometheus's configuration and each query of the dashboard.

usage: check_metrics.py SOURCE_DIR
       check_metrics.py SOURCE_DIR --planted    plants each mistake into a copy of the tree, among them
                                                alerts that never come and that always come, and
                                                fails unless each is found

Which metrics there are, docs/metrics.md says, which docs/current holds against proto/counters.def. The
tests of an alert have a moment at which it comes and one at which it does not.
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import lint_main
import yaml

OBSERVE, TITLE = "tools/observe", "Metrics and alerts"
RULES, TESTS, CONFIG, DASHBOARD = ("kopeck.rules.yml", "kopeck.rules.test.yml", "prometheus.yml",
                                   "kopeck.dashboard.json")
OF_PROMETHEUS = {"up": {"job"}, "ALERTS": {"alertstate", "alertname"}}
ROW = re.compile(r"^\| `(kopeck_\w+)` \| (\w+) \| (?:`(\w+)`)? ?\|", re.M)
NAME = re.compile(r"\b(kopeck_\w+|ALERTS|up)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~?|!=|!~)"([^"]*)"')


def metrics(root):
    """{name: its labels}"""
    return {name: {"process"} | ({label} if label else set())
            for name, _, label in ROW.findall((root / "docs/metrics.md").read_text())}


def values(root):
    """{label: what it may be}, of the labels whose values a table of ours has."""
    codes = (root / "proto/codes.def").read_text()
    names = (root / "proto/services.def").read_text()
    services = set(re.findall(r"^(?:SERVICE|FACE)\((\w+),", names, re.M))
    return {"alarm": set(re.findall(r"CODE\(ALARM_(\w+)", codes)),
            "account": set(re.findall(r"CODE\(SYSTEM_(\w+)", codes)),
            "process": services, "stream": services}


def of_query(root, where, query):
    known, words = metrics(root) | OF_PROMETHEUS, values(root)
    asked = NAME.findall(query)
    if not asked:
        yield f"{where}: asks for no metric: {query}"
    for name, matchers in asked:
        if name not in known:
            yield f"{where}: there is no metric {name}"
            continue
        for label, _, value in MATCHER.findall(matchers):
            if label not in known[name]:
                yield f"{where}: {name} has no label {label}"
            for word in value.split("|") if label in words else ():
                if word not in words[label]:
                    yield f"{where}: no {label} is {word}"


def alerts(root):
    groups = yaml.safe_load((root / OBSERVE / RULES).read_text())["groups"]
    return {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}


def queries(root):
    panels = json.loads((root / OBSERVE / DASHBOARD).read_text())["panels"]
    return [(panel["title"], target["expr"]) for panel in panels for target in panel["targets"]]


def check_names(root):
    for alert, query in alerts(root).items():
        yield from of_query(root, f"{RULES}: {alert}", query)
    panels = queries(root)
    if not panels:
        yield f"{DASHBOARD}: no queries"
    for title, query in panels:
        yield from of_query(root, f"{DASHBOARD}: {title}", query)


def check_tests(root):
    comes, stays = set(), set()
    for test in yaml.safe_load((root / OBSERVE / TESTS).read_text())["tests"]:
        for case in test.get("alert_rule_test", []):
            (comes if case["exp_alerts"] else stays).add(case["alertname"])
    for name in sorted((comes | stays) - alerts(root).keys()):
        yield f"{TESTS}: there is no alert {name}"
    for what, names in (("comes", comes), ("stays away", stays)):
        for name in sorted(alerts(root).keys() - names):
            yield f"{TESTS}: {name} {what} in no test"


def check_page(root):
    section = re.split(r"(?m)^## ", (root / "docs/operations.md").read_text())
    section = next((part for part in section if part.startswith(TITLE + "\n")), "")
    told = dict(re.findall(r"^\| `(Kopeck\w+)` \|[^|]+\|([^|]*)\|$", section, re.M))
    for name in sorted(alerts(root).keys() - told.keys()):
        yield f"docs/operations.md: no row of {name}"
    for name in sorted(told.keys() - alerts(root).keys()):
        yield f"docs/operations.md: there is no alert {name}"
    yield from (f"docs/operations.md: {name}: nothing to do" for name, what in told.items()
                if len(what.strip()) < 10)


def promtool(folder, *words):
    return subprocess.run(["promtool", *words], cwd=folder, capture_output=True, text=True,
                          check=False)


def check_promtool(root):
    """The quick ones first, and the first fault is told."""
    folder = root / OBSERVE
    with tempfile.TemporaryDirectory() as scratch:
        rules = [{"record": f"query:{number}", "expr": query}
                 for number, (_, query) in enumerate(queries(root))]
        (Path(scratch) / "queries.yml").write_text(
            yaml.safe_dump({"groups": [{"name": DASHBOARD, "rules": rules}]}))
        for where, *words in ((folder, "check", "rules", RULES), (folder, "check", "config", CONFIG),
                              (scratch, "check", "rules", "queries.yml"),
                              (folder, "test", "rules", TESTS)):
            done = promtool(where, *words)
            if done.returncode:
                return [f"promtool {' '.join(words)}: {done.stdout}{done.stderr}"]
    return []


def faults(root):
    if not metrics(root):
        return ["docs/metrics.md: no metrics"]
    found = [*check_names(root), *check_tests(root), *check_page(root)]
    return found or check_promtool(root)


PLANTS = [  # what no promtool is needed for
    (f"{OBSERVE}/{RULES}", "kopeck_full > 0", "kopeck_fully > 0", "no metric kopeck_fully"),
    (f"{OBSERVE}/{RULES}", 'account="SUSPENSE"', 'account="SUSPENCE"', "no account is SUSPENCE"),
    (f"{OBSERVE}/{RULES}", '"CLOCK|STAMPS"', '"CLOCK|STAMP"', "no alarm is STAMP"),
    (f"{OBSERVE}/{RULES}", 'outage{process=', 'outage{stream=', "no label stream"),
    (f"{OBSERVE}/{RULES}", "kopeck_up == 0", "1 == 0", "asks for no metric"),
    (f"{OBSERVE}/{RULES}", "alert: KopeckMismatch", "alert: KopeckOther", "no row of KopeckOther"),
    (f"{OBSERVE}/{RULES}", "alert: KopeckMismatch", "alert: KopeckOther", "KopeckOther stays away in no"),
    (f"{OBSERVE}/{RULES}", "alert: KopeckMismatch", "alert: KopeckOther", "no alert KopeckMismatch"),
    (f"{OBSERVE}/{DASHBOARD}", "kopeck_in_flight", "kopeck_inflight", "no metric kopeck_inflight"),
    ("docs/operations.md", "| `KopeckDiskFull` | facts", "| `KopeckDisk` | facts", "KopeckDiskFull"),
    ("docs/metrics.md", "| `kopeck_in_flight` |", "| `kopeck_flying` |", "no metric kopeck_in_flight"),
]
PLANTS_OF_PROMTOOL = [
    (f"{OBSERVE}/{RULES}", "    for: 1m", "    for: 1 minute", "check rules"),
    (f"{OBSERVE}/{RULES}", "[6h], 4", "[6h] 4", "check rules"),
    (f"{OBSERVE}/{CONFIG}", "scrape_timeout", "scrape_limit", "check config"),
    (f"{OBSERVE}/{DASHBOARD}", "rate(kopeck_events_total[5m])", "rate(kopeck_events_total)", "queries.yml"),
]


def failing(root, query):
    """What promtool says of the tests if each alert had that query, and came at once."""
    path = root / OBSERVE / RULES
    text, rules = path.read_text(), yaml.safe_load(path.read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule["expr"] = query
            rule.pop("for", None)
    path.write_text(yaml.safe_dump(rules))
    done = promtool(path.parent, "test", "rules", TESTS)
    path.write_text(text)
    return done.stdout + done.stderr


def planted_alerts(copy):
    """Each alert, if it never came, fails a test that awaits it; if it always did, one that does not."""
    for what, query, case in (("never come", "absent(up) and up", r"alertname: ?(\w+), time: ?\w+,"),
                              ("always come", "vector(1)",
                               r"alertname: ?(\w+), time: ?\w+,\s*exp: ?\[\s*\]")):
        left = set(alerts(copy)) - set(re.findall(case, failing(copy, query)))
        if left:
            yield f"alerts that {what} are not found: {sorted(left)}"


def planted(root):
    missed = []
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        for part in ("docs", "proto", OBSERVE):
            shutil.copytree(root / part, copy / part)
        missed += [f"without a plant: {fault}" for fault in faults(copy)]
        for path, old, new, why in PLANTS + PLANTS_OF_PROMTOOL:
            text = (copy / path).read_text()
            (copy / path).write_text(text.replace(old, new, 1))
            if old not in text or not any(why in fault for fault in faults(copy)):
                missed.append(f"{path}: {old!r} -> {new!r}: no fault says {why!r}")
            (copy / path).write_text(text)
        missed += planted_alerts(copy)
    print(f"{len(PLANTS + PLANTS_OF_PROMTOOL) + 2} plants, {len(missed)} not found")
    return missed


if __name__ == "__main__":
    if not shutil.which("promtool"):
        print("skipped: promtool is not installed (tools/setup)")
        sys.exit(77)
    sys.exit(lint_main.run(__doc__, lambda root, _: faults(root), planted))
