"""services_table - proto/services.def as Python reads it: what it says of each process of ours.

A client of the protocol does not look here but into docs/services.md (kopeck_wire.py).
"""
import re
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# `stream` is None of a face; `peers` are the names of whom it follows or asks.
Service = namedtuple("Service", "name role stream takes_feed peers network calls files memory_mib "
                                "threads meaning")

LINE = re.compile(
    r"^(?:SERVICE\((?P<name>\w+), [A-Z_]+, (?P<role>\d+), (?P<stream>\d+), (?P<feed>FED|UNFED), FOLLOWS"
    r"|FACE\((?P<face>\w+), [A-Z_]+, (?P<face_role>\d+), ASKS)"
    r"\((?P<peers>[A-Z_, ]+)\), (?P<network>BUS|EGRESS|EDGE), (?P<calls>\w+), "
    r'(?P<files>\d+), (?P<memory>\d+), (?P<threads>\d+), "(?P<meaning>[^"]+)"\)$')


def _service(line):
    row = LINE.match(line)
    if not row:
        raise ValueError(f"proto/services.def: not a line of the table: {line}")
    peers = [word.removeprefix("STREAM_").lower() for word in row["peers"].split(", ")]
    return Service(row["name"] or row["face"], int(row["role"] or row["face_role"]),
                   int(row["stream"]) if row["stream"] else None, row["feed"] == "FED",
                   [peer for peer in peers if peer != "none"], row["network"], row["calls"],
                   int(row["files"]), int(row["memory"]), int(row["threads"]), row["meaning"])


def read(root=ROOT):
    """The processes in the order of their table, those with a journal first."""
    lines = (root / "proto/services.def").read_text().splitlines()
    rows = [_service(line) for line in lines if re.match(r"(SERVICE|FACE)\(", line)]
    return sorted(rows, key=lambda row: row.stream is None)


SERVICES = read()
NAMES = [row.name for row in SERVICES]
JOURNALS = [row.name for row in SERVICES if row.stream]
STREAMS = {row.name: row.stream for row in SERVICES if row.stream}
PROGRAMS = [f"kopeck-{name}" for name in NAMES]
