#!/usr/bin/python3
"""/metrics of real processes: all of them are told of, under every name of the table and no other, in
words that promtool and prometheus_client take; the numbers are those of `kopeck status`; nobody's
account is in it. Then the ledger is killed: it is `kopeck_up 0` and nothing else is told of it, its
followers are behind, and the alerts that ship come for exactly these series, and go when it is back.

usage: test_metrics.py BIN_DIRECTORY [WEB]
  WEB   a kopeck-web with a planted fault: fails unless it is found
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import uuid
from pathlib import Path

from light_rig import ROOT, Light, demand, expect
from process_rig import Place, SKIPPED, USAGE, Violation, clean_up_when_told, services_table, wait_until

try:
    import yaml
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as families
except ImportError as missing:  # a machine without Debian's python3-prometheus-client
    print(f"skipped: {missing}")
    sys.exit(SKIPPED)

JOURNALS = tuple(services_table.JOURNALS)
TOLD = (*JOURNALS, "web")  # the other face tells of itself
ACCOUNT = str(uuid.UUID("11111111-2222-4333-8444-555555555555"))
OPEN = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
OPEN_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PLAIN_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Not there while all is well: nobody is silent.
AT_TIMES = {"kopeck_stream_silent_seconds", "kopeck_standby_behind"}
DEADLINE_S = 60
SCRAPES = 100


class Scrapes:
    def __init__(self, light):
        self.light = light
        light.configure("web", "web", "metrics_listen = 127.0.0.1:0")
        self.port_file = light.place.path("run", "metrics.port")
        light.configure("web", "web", f"metrics_port_file = {self.port_file}")

    def fetch(self, path="/metrics", accept=OPEN, method="GET"):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port_file.read_text().strip()}{path}",
            headers={"Accept": accept}, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.headers["Content-Type"], answer.read().decode()

    def status(self, path, method="GET"):
        try:
            self.fetch(path, method=method)
            return 200
        except urllib.error.HTTPError as error:
            return error.code

    def samples(self):
        """{(name, labels as sorted pairs): value} of all that is told now."""
        kind, text = self.fetch()
        expect("content type", OPEN_TYPE, kind)
        found = {}
        for family in families(text):
            demand(family.documentation and family.type in ("gauge", "counter"), f"{family}")
            for sample in family.samples:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                demand(key not in found, f"twice: {key}")
                found[key] = sample.value
        return found


def of(samples, name, **labels):
    return samples.get((name, tuple(sorted(labels.items()))))


def table():
    """The metrics that docs/metrics.md lists."""
    rows = re.findall(r"^\| `(kopeck_\w+)` \|", (ROOT / "docs/metrics.md").read_text(), re.M)
    demand(len(rows) > 50, f"docs/metrics.md has {len(rows)} rows")
    return set(rows)


# --- all is well ---

def served(scrapes):
    """GET /metrics there and nothing else, and nowhere else."""
    expect("another path", 404, scrapes.status("/balance"))
    expect("a notice", 404, scrapes.status("/robokassa/result"))
    expect("another method", 405, scrapes.status("/metrics", method="POST"))
    try:
        with urllib.request.urlopen(f"http://{scrapes.light.place.endpoints[('web',)].split('//')[-1]}"
                                    "/metrics", timeout=20) as answer:
            raise Violation(f"/metrics where browsers come: {answer.status}")
    except urllib.error.HTTPError as error:
        expect("/metrics where browsers come", 404, error.code)


def complete(scrapes):
    samples = scrapes.samples()
    for name in TOLD:
        expect(f"{name} is up", 1, of(samples, "kopeck_up", process=name))
    for name in JOURNALS:
        expect(f"{name} is green", 1, of(samples, "kopeck_green", process=name))
        expect(f"unknown of {name}", 0, of(samples, "kopeck_counters_unknown", process=name))
    told = {name for name, _ in samples}
    expect("told and in no table", set(), told - table())
    expect("in the table and not told", AT_TIMES, table() - told)
    return samples


def steady(scrapes):
    """However fast an answer comes, it is heard."""
    for _ in range(SCRAPES):
        samples = scrapes.samples()
        expect("who answers", set(TOLD),
               {dict(labels)["process"] for (name, labels), value in samples.items()
                if name == "kopeck_up" and value == 1})


def as_status_says(scrapes):
    """The same numbers, from the other way to them; what moves by itself is not compared."""
    samples = scrapes.samples()
    for name in JOURNALS:
        rows = json.loads(scrapes.light.kopeck("--json", "status", name, "--counters").stdout)
        counters = {row["counter"]: int(row["value"]) for row in rows}
        demand(len(counters) > 25, f"counters of {name}: {counters}")
        expect(f"command ids of {name}", counters["command_ids"],
               of(samples, "kopeck_command_ids", process=name))
        expect(f"disk of {name}", counters["journal.disk_total_bytes"],
               of(samples, "kopeck_journal_disk_size_bytes", process=name))
    status = json.loads(scrapes.light.kopeck("--json", "status", "ledger").stdout)[0]
    expect("epoch", status["epoch"], of(samples, "kopeck_head_epoch", process="ledger"))


def money(scrapes):
    """What is given by hand moves the sums, which stay zero together."""
    done = scrapes.light.kopeck("post-one", "bank", ACCOUNT, "1", "correction", "--open")
    expect("a posting", 0, done.returncode)
    samples = scrapes.samples()
    bank = of(samples, "kopeck_system_kopecks", process="ledger", account="BANK")
    customers = of(samples, "kopeck_customers_kopecks", process="ledger")
    demand(bank < 0 and bank == -customers, f"bank {bank}, customers {customers}")
    expect("postings", 1, of(samples, "kopeck_postings_total", process="ledger"))
    expect("sum", 0, of(samples, "kopeck_ledger_sum_kopecks", process="ledger"))
    text = scrapes.fetch()[1]
    for form in (ACCOUNT, ACCOUNT.replace("-", "")):
        demand(form not in text, "an account is told")


def readable(scrapes):
    kind, text = scrapes.fetch(accept="*/*")
    expect("content type", PLAIN_TYPE, kind)
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                          text=True, check=False)
    demand(done.returncode == 0, f"promtool check metrics: {done.stdout}{done.stderr}")


# --- the ledger is killed ---

def killed(scrapes):
    """What was told before and what is told of it now, once a follower says that it is behind."""
    before = scrapes.samples()
    scrapes.light.processes["ledger"].kill()
    after = scrapes.samples()
    expect("the ledger is up", 0, of(after, "kopeck_up", process="ledger"))
    expect("the ledger is green", 0, of(after, "kopeck_green", process="ledger"))
    old = [key for key in after if ("process", "ledger") in key[1]]
    expect("what is told of the ledger", ["kopeck_green", "kopeck_up"], sorted(name for name, _ in old))
    expect("autopay is up", 1, of(after, "kopeck_up", process="autopay"))

    def behind():
        nonlocal after
        after = scrapes.samples()
        return of(after, "kopeck_alarms", process="autopay", alarm="BEHIND")
    demand(wait_until(behind, DEADLINE_S, 0.5), f"autopay is never behind: {after}")
    expect("autopay is green", 0, of(after, "kopeck_green", process="autopay"))
    return before, after


def series(before, after, back):
    """promtool's words for them: ten minutes as before, half an hour as after, and as it is again."""
    def values(key):
        steps = ((before, 10), (after, 30), (back, 30))
        return " ".join(f"{of_then[key]:.15g}x{count - 1}" if key in of_then else f"_x{count}"
                        for of_then, count in steps)
    keys = sorted({*before, *after, *back})
    return [{"series": key[0] + "{" + ",".join(f'{name}="{value}"' for name, value in key[1]) + "}",
             "values": values(key)} for key in keys]


def alerts_come_and_go(before, after, back):
    rules = ROOT / "tools/observe/kopeck.rules.yml"
    silent = {"exp_labels": {"severity": "page", "process": "ledger"},
              "exp_annotations": {"summary": "ledger does not answer"}}
    up = [{"series": 'up{job="kopeck"}', "values": "1x70"}]
    expressions = [("KopeckSilent", 'process="ledger"'),
                   ("KopeckFollowerBehind", 'process="autopay",alarm="BEHIND"')]
    count = 'count(ALERTS{alertstate="firing",alertname="%s",%s}) or vector(0)'
    test = {"interval": "1m", "input_series": up + series(before, after, back),
            "alert_rule_test": [{"alertname": "KopeckSilent", "eval_time": time,
                                 "exp_alerts": [silent] if time == "20m" else []}
                                for time in ("9m", "20m", "45m")],
            "promql_expr_test": [{"expr": count % row, "eval_time": time,
                                  "exp_samples": [{"labels": "{}", "value": int(time == "20m")}]}
                                 for row in expressions for time in ("9m", "20m", "45m")]
            # Before and behind it nothing is said at all.
            + [{"expr": 'count(ALERTS{alertstate="firing"}) or vector(0)', "eval_time": time,
                "exp_samples": [{"labels": "{}", "value": 0}]} for time in ("9m", "69m")]}
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(rules, scratch)
        (Path(scratch) / "recorded.yml").write_text(yaml.safe_dump(
            {"rule_files": [rules.name], "evaluation_interval": "1m", "tests": [test]}))
        done = subprocess.run(["promtool", "test", "rules", "recorded.yml"], cwd=scratch,
                              capture_output=True, text=True, check=False)
        demand(done.returncode == 0, f"promtool test rules: {done.stdout}{done.stderr}"[:4000])


def all_of_it(light):
    scrapes = Scrapes(light)
    light.start()
    light.green(*JOURNALS)
    served(scrapes)
    complete(scrapes)
    steady(scrapes)
    as_status_says(scrapes)
    money(scrapes)
    readable(scrapes)
    before, after = killed(scrapes)
    light.processes["ledger"].start_whole()
    light.green(*JOURNALS)
    alerts_come_and_go(before, after, complete(scrapes))


def main():
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return USAGE
    if not shutil.which("promtool"):
        print("skipped: promtool is not installed (tools/setup)")
        return SKIPPED
    clean_up_when_told()
    planted = sys.argv[2:]
    place = Place(sys.argv[1])
    light = Light(place, {"web": Path(planted[0]).resolve()} if planted else {})
    try:
        all_of_it(light)
    except Violation as violation:
        print(violation)
        return 0 if planted else 1
    finally:
        light.close()
        place.close()
    return 1 if planted else 0


if __name__ == "__main__":
    sys.exit(main())
