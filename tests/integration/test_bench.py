#!/usr/bin/python3
"""The benchmark runs to its end, its table has every row, and money was conserved. Nothing here
looks at a time: a test that does is a test of the machine.

usage: test_bench.py KOPECK_BENCH
"""
import json
import subprocess
import sys
import tempfile

ROWS = [
    "batches of 8189, 8 under way",
    "the same, no follower",
    "the same, Zipf",
    "batches of 1000, 16 under way",
    "batches of 100, 64 under way",
    "single, 256 under way from one client",
    "single, 32 under way from one client",
    "single, one each from 32 clients",
    "single, one at a time",
    "commands, 32 under way from one client",
    "1 million accounts: batches of 8189",
    "1 million accounts, Zipf: batches of 8189",
    "1 million accounts: batches of 1000",
    "1 million accounts: single, 32 clients",
]
FIGURES = ["replay to balances", "every hash checked", "restart until every door is open",
           "bytes on disk an event", "memory after a restart", "balance queries"]
CORES = ["metering", "autopay", "ledger"]
ACCOUNTS = 300_000  # more than the quotas let one producer bring in, as the million of a real run


def main(program):
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        run = subprocess.run([program, "--quick", "--no-peers", "--json", file.name],
                             capture_output=True, text=True, timeout=300, check=False)
        assert run.returncode == 0, run.stderr
        data = json.load(file)
    assert data["conserved"] is True
    assert "conservation: good" in run.stdout, run.stdout
    measured = {row["name"]: row for row in data["rows"]}
    assert list(measured) == ROWS, list(measured)
    for name in ROWS:
        assert measured[name]["kopeck"]["per_second"] > 0, name
        assert name in run.stdout, name
        if not name.startswith("commands"):
            both = [measured[name][f"ceiling in {way}"]["per_second"] for way in ("step", "pipeline")]
            assert measured[name]["ceiling"]["per_second"] == max(both) and min(both) > 0, name
    for figure in FIGURES:
        found = [f for f in data["figures"] if figure in f["name"]]
        assert found and all(f["value"] > 0 for f in found), figure
    for core in CORES:
        run = subprocess.run([program, "--memory", core, str(ACCOUNTS)], capture_output=True, text=True,
                             timeout=300, check=False)
        assert run.returncode == 0 and int(run.stdout.split()[0]) > 0, (core, run.stdout, run.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
