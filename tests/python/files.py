"""An auditor with files alone: the journal of a ledger, read by PROTOCOL.md §10.1 beside its writer,
with sealed segments, and as a copy, is what its doors say; and a bit turned over is seen.

    files.py DIR ENDPOINTS

DIR is the directory of `kopeck-fleet up --dir DIR`, ENDPOINTS what it printed. Beside the fleet's
ledger one more is started, with the same keys and segments of 1024 events.
"""
import os
import re
import shutil
import subprocess
import sys
import time

import kopeck_wire as wire
from examples import Differs, equal
from kopeck_audit import Wrong, system_uid
from kopeck_client import replay_from_1
from kopeck_files import journal_read
from traveller import Traveller

PRODUCER = 200
SEGMENT_EVENTS, POSTINGS = 1024, 3000
SEALED = 2 * SEGMENT_EVENTS
WAIT_S = 15


class Files(Traveller):

    def postings(self, process, count):
        feed = self.feed(process, PRODUCER, "importer")
        account = wire.uid_random()
        equal("refused postings", {}, feed.push(
            [wire.event_write("posting.requested", 0, {
                "debit": system_uid(3), "credit": account, "amount": n, "kind": 4, "opens": True})
             for n in range(1, count + 1)], 0))
        feed.close()

    def check(self, process, directory):
        """The files say what the process says."""
        status = self.status(process)
        journal = journal_read(directory)
        events, _ = replay_from_1(self.door(process, "replay", "auditor"), status["last"])
        equal("last, root, epoch and term", [status[n] for n in ("last", "root", "epoch", "term")],
              [journal.head.last, journal.root, journal.head.epoch, journal.term])
        equal("the events", True, journal.events == events)
        equal("the head's term", journal.term, journal.head.term)
        return journal

    def step_live(self):
        self.postings("ledger", 300)
        journal = self.check("ledger", self.directory / "var/ledger")
        equal("sealed", (0, SEGMENT_EVENTS), (journal.sealed, journal.segment_events))
        return f"{len(journal.events)} events beside their writer"

    def second(self):
        """Starts the second ledger; its place is `second` wherever the first one's is `ledger`."""
        text = (self.directory / "etc/ledger.cfg").read_text()
        text = re.sub(r"/run/ledger\.", "/run/second.", text)
        text = text.replace("/var/ledger\"", "/var/second\"")
        config = self.directory / "etc/second.cfg"
        config.write_text(text)
        program = os.readlink(f"/proc/{self.pid('ledger')}/exe")
        for door in ("command", "replay", "publish", "feed"):
            self.endpoints["second", door] = self.endpoints["ledger", door].replace(
                "ledger.", "second.")
        return subprocess.Popen([program, config], stderr=subprocess.DEVNULL)

    def server(self, process):
        return super().server("ledger" if process == "second" else process)

    def step_sealed(self):
        process = self.second()
        directory = self.directory / "var/second"
        try:
            self.postings("second", POSTINGS)
            ends = time.monotonic() + WAIT_S
            while journal_read(directory).sealed < SEALED and time.monotonic() < ends:
                time.sleep(0.05)
            journal = self.check("second", directory)
            equal("sealed", (SEALED, SEGMENT_EVENTS), (journal.sealed, journal.segment_events))
        finally:
            process.terminate()
            process.wait()
        self.journal = journal_read(directory)  # with its orderly end
        return f"{len(journal.events)} events, {SEALED // SEGMENT_EVENTS} segments"

    def step_copy(self):
        copy = self.directory / "copy"
        (copy / "segments").mkdir(parents=True)
        shutil.copy(self.directory / "var/second/data.mdb", copy)
        for segment in (self.directory / "var/second/segments").glob("*.segment"):
            shutil.copy(segment, copy / "segments")
        equal("the copy", (self.journal.root, self.journal.head.last),
              (journal_read(copy).root, journal_read(copy).head.last))
        path = copy / "segments/000000000001.segment"
        data = bytearray(path.read_bytes())
        for at in (64 + 16 + 5, len(data) // 2, len(data) - 200, len(data) - 40):
            data[at] ^= 1
            path.write_bytes(data)
            try:
                journal_read(copy)
                raise Differs(f"bit 0 of byte {at} turned over, and nothing was seen")
            except (Wrong, wire.Malformed):
                data[at] ^= 1
        return "the copy is the journal, and each bit turned over in it was seen"

    STEPS = (step_live, step_sealed, step_copy)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(Files(*sys.argv[1:]).run())
