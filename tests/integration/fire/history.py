"""What clients saw, as lines of JSON: one when an operation begins, one when it ends. An operation
without a second line has an unknown outcome: it may have happened or not.

    {"at":µs,"op":7,"client":"payer-1","what":"command","phase":"begin","asked":{...}}
    {"at":µs,"op":7,"client":"payer-1","what":"command","phase":"ok","got":{...}}

`phase` of the second line is ok, fail (it was refused: nothing happened) or unknown. `at` is one
clock for all clients. Ids, hashes and other bytes are hex. What each `what` carries:

  command  asked {stream, name, id, content, fields}   got {sequence, ...fields of the answer}
           content is that of PROTOCOL.md §7; sequence, here and below, that of the answer;
           the field `sequence` of the answers to post and as_of is called `of`
  read     asked {stream, name, fields}                got {sequence, ...fields of the answer}
           name: balance, totals, status, mandate, autopay, as_of or statement;
           a refused read: {sequence, failure}
  push     asked {stream, producer, epoch, first, items}     got {acknowledged, results}
           an item of the ledger's feed: [debit, credit, amount, kind]
           of metering's: ["tick", resource, replica, minute since 1970], or [name, resource, ...]
  follow   asked {stream}                              got {sequence, digest}
           digest: of every event up to there, see `chain`
"""
import hashlib
import itertools
import json
import threading
import time
from collections import namedtuple

Operation = namedtuple("Operation", "number client what begin end outcome asked got")

NEVER = float("inf")
CHAIN_BEGINS = bytes(32)


class Malformed(Exception):
    """A line that is no line of a history."""


def chain(digest, leaf):
    """The digest of one event more."""
    return hashlib.sha256(digest + leaf).digest()


def _plain(value):
    return value.hex() if isinstance(value, bytes) else str(value)


class Recorder:
    """Writes a history. Any thread; a line is in the file before the operation goes on."""

    def __init__(self, path, clock=lambda: time.monotonic_ns() // 1000):
        self.path, self.file = path, open(path, "a", buffering=1)
        self.lock, self.numbers, self.clock = threading.Lock(), itertools.count(1), clock
        self.counts = {}

    def close(self):
        self.file.close()

    def begin(self, client, what, **asked):
        """The operation's handle, for `end`."""
        with self.lock:
            number = next(self.numbers)
            self._write(number, client, what, "begin", asked=asked)
        return number, client, what

    def end(self, handle, phase, **got):
        with self.lock:
            self._write(*handle, phase, got=got)
            key = handle[2], phase
            self.counts[key] = self.counts.get(key, 0) + 1

    def _write(self, number, client, what, phase, **rest):
        line = {"at": self.clock(), "op": number, "client": client, "what": what, "phase": phase}
        self.file.write(json.dumps(line | rest, default=_plain) + "\n")


def read(paths):
    """The operations of some histories, each with numbers and clients of its own, by beginning."""
    operations = []
    for path in paths:
        operations += _read_one(path)
    return sorted(operations, key=lambda operation: operation.begin)


def _read_one(path):
    begun, ended = {}, []
    for at, text in enumerate(open(path), 1):
        try:
            line = json.loads(text)
            number, phase = line["op"], line["phase"]
            if phase == "begin":
                begun[number] = line
                continue
            first = begun.pop(number)
            if phase not in ("ok", "fail", "unknown"):
                raise KeyError(phase)
        except (ValueError, KeyError) as error:
            if not text.endswith("\n"):
                break  # the writer was killed in the middle of its last line
            raise Malformed(f"{path}:{at}: {error!r}") from error
        ended.append(Operation(number, first["client"], first["what"], first["at"], line["at"],
                               phase, first["asked"], line.get("got", {})))
    return ended + [Operation(number, line["client"], line["what"], line["at"], NEVER, "unknown",
                              line["asked"], {}) for number, line in begun.items()]
