#!/usr/bin/python3
"""Does what clients saw agree with what the journals hold?

    check_history.py --history FILE [--history FILE ...] (--fleet DIR | --saved DIR) [options]

  --history FILE     lines as history.py describes them; one file for each writer
  --fleet DIR        of a running `kopeck-fleet up --dir DIR`: journals through the replay doors,
                     and Robokassa's record from its stand-in
  --saved DIR        what --save wrote
  --save DIR         keep what was read from the fleet
  --outbox ENDPOINT  with --fleet: the replay door of a platform's outbox that metering follows
  --settled          all had time to come to rest: all money that came is credited, all usage is
                     posted, every item of the outbox is taken
  --limit N          say at most N violations of each kind (5)
  --json             a line of JSON at the end

Demanded: what was acknowledged is in the journals exactly once, what was refused is not, nothing
is there that nobody asked for; each source's order; every read is a prefix, and none is older than
what was acknowledged before it began; the books balance after every event and at every sequence
read; at most one charge for a decision, by Robokassa's record too; no limit passed, nothing sent
after a revocation; what was captured is what was credited.

Exit status: 0 all holds, 1 something does not, 64 usage.
"""
import argparse
import json
import sys
import time
from collections import defaultdict

import kit  # noqa: F401  first: it finds tests/python
import zmq

import evidence
import history
from checker import Checker


def options_read(arguments):
    parser = argparse.ArgumentParser(usage=__doc__.replace("%", "%%"), add_help=False)
    parser.add_argument("--help", action="store_true")
    parser.add_argument("--history", action="append", default=[])
    for name in ("--fleet", "--saved", "--save", "--outbox"):
        parser.add_argument(name)
    parser.add_argument("--settled", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--limit", type=int, default=5)
    parser.error = lambda message: (print(f"check_history: {message}; see --help",
                                          file=sys.stderr), sys.exit(64))
    options = parser.parse_args(arguments)
    if options.help:
        print(__doc__)
        sys.exit(0)
    if not options.history or (options.fleet is None) == (options.saved is None):
        parser.error("a --history and one of --fleet and --saved are needed")
    return options


def report(checker, limit, out=sys.stdout):
    """Says what was found; true if all holds."""
    kinds = defaultdict(list)
    for kind, text in checker.violations:
        kinds[kind].append(text)
    for kind, texts in kinds.items():
        for text in texts[:limit]:
            print(f"{kind}: {text}", file=out)
        if len(texts) > limit:
            print(f"{kind}: and {len(texts) - limit} more", file=out)
    counted = ", ".join(f"{count} {what}" for what, count in sorted(checker.checked.items()))
    print(f"{len(checker.violations)} violations; checked {counted}; events "
          + ", ".join(f"{name} {len(events)}" for name, events in checker.journals.items()),
          file=out)
    return not checker.violations


def read_fleet(directory, outbox):
    context = zmq.Context()
    try:
        records = evidence.read_outbox(context, directory, outbox) if outbox else b""
        return evidence.read_fleet(context, directory, records)
    finally:
        context.term()


def main(arguments):
    options = options_read(arguments)
    began = time.monotonic()
    if options.saved:
        found = evidence.read_saved(options.saved)
    else:
        found = read_fleet(options.fleet, options.outbox)
        if options.save:
            evidence.save(found, options.save)
    checker = Checker(history.read(options.history), found, options.settled)
    checker.check()
    good = report(checker, options.limit)
    if options.json:
        print(json.dumps({"part": "history", "seconds": round(time.monotonic() - began, 1),
                          "violations": len(checker.violations), **checker.checked}))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
