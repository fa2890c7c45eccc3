"""The auditor: a process of its own, which reads the streams of a year beside it and holds them to
lots.py. Given a line with how far to read, it answers with one: what it found, or what is wrong.

    auditor.py DIR PLACES     (both as JSON texts; started by year.py)
"""
import json
import subprocess
import sys
from pathlib import Path

from lots import Lots, Wrong
from rules import DETAILS, kind_of
from stage import TYPES, Doors


def read_on(lots, streams, heads, samples):
    """Metering first: what the ledger posts was charged before."""
    places = {number: 4 + [field.name for field in TYPES[number].fields].index(detail)
              for number, detail in DETAILS.items()}
    lots.days = {}
    for name, take in (("metering", lots.line), ("ledger", lots.apply)):
        found = samples[name]
        for sequence, event in streams[name].rows(heads[name]):
            take(sequence, event)
            place = places.get(event[0], 0)
            kind = event[0], event[place] if place else 0
            seen = found.get(kind)
            if seen:
                seen[1] = sequence
                seen[2] += 1
            else:
                found[kind] = [sequence, sequence, 1, kind_of(event)]
    return {**lots.end(), "days": [[*key, kopecks] for key, kopecks in lots.days.items()],
            "samples": {name: {seen[3]: seen[:3] for seen in found.values() if seen[3]}
                        for name, found in samples.items()}}


class Auditor:
    """The other end: asks, and later hears."""

    def __init__(self, stage):
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__), str(stage.directory), json.dumps(stage.places)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.asked = 0

    def ask(self, heads):
        self.process.stdin.write(json.dumps(heads) + "\n")
        self.process.stdin.flush()
        self.asked += 1

    def hear(self):
        """What it found of the question before; Wrong if something does not follow."""
        self.asked -= 1
        found = json.loads(self.process.stdout.readline() or '{"wrong": "the auditor ended"}')
        if "wrong" in found:
            raise Wrong(found["wrong"])
        return found

    def close(self):
        self.process.kill()
        self.process.wait()


def main(directory, places):
    doors = Doors(directory, json.loads(places))
    lots, samples = Lots(), {name: {} for name in ("metering", "ledger")}
    streams = {name: doors.tail(name) for name in samples}
    for line in sys.stdin:
        try:
            found = read_on(lots, streams, json.loads(line), samples)
        except Wrong as wrong:
            found = {"wrong": str(wrong)}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
