#!/usr/bin/python3
"""tools/prove over made-up parts: what one finds, fails at or lacks is told, recorded, shown on the
page and makes the run fail; and every real part knows the options that it is run with.

usage: test_prove.py BUILD
"""
import contextlib
import importlib.machinery
import importlib.util
import io
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else ROOT / "build").resolve()
PAGE = "before\n<!-- figures: made by tools/prove -->\nold\n<!-- end of figures -->\nafter\n"
WAIT_S = 20


def prove_load():
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("prove", str(ROOT / "tools" / "prove"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("prove", loader))
    loader.exec_module(module)
    return module


class MadeUp(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.prove = pathlib.Path(folder.name), prove_load()
        self.prove.RECORD, self.prove.PAGE = self.folder / "record", self.folder / "page"
        self.prove.RECORD.write_text("")
        self.prove.PAGE.write_text(PAGE)
        self.prove.PARTS = []
        self.prove.build = lambda directory: None
        self.prove.commit = lambda: "c0ffee"
        for number in (signal.SIGINT, signal.SIGTERM):
            self.addCleanup(signal.signal, number, signal.getsignal(number))

    def part(self, name, script, counts, share=0, cores=1, turns=1):
        """A part that is a shell script; in `share`d ones {seconds} is $1."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        self.prove.PARTS.append(self.prove.Part(name, share, cores, f"{path} {{seconds}} {{seed}}",
                                                counts, turns))

    def run_all(self, *words):
        """(exit status, what was said)"""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            status = self.prove.main(["--hours", "1", "--seed", "7", "--build-dir",
                                      str(self.folder), *words])
        return status, said.getvalue()

    def lines(self):
        return [json.loads(line) for line in self.prove.RECORD.read_text().splitlines()]

    def row(self, name):
        """What the first table says of a part that counts one thing."""
        found = re.findall(rf"^\| {name} \| (.*) \|$", self.prove.PAGE.read_text(), re.M)
        return found[0].split(" | ")

    def test_a_part_that_finds_nothing_is_recorded_and_shown(self):
        self.part("calm", """echo words
                  echo '{"part":"x","seconds":1.5,"violations":0,"n":1234}'""", {"n": "things"})
        status, said = self.run_all()
        self.assertEqual(status, 0, said)
        self.assertIn("calm: 0 violations, 1 234 things", said)
        line, = self.lines()
        self.assertEqual((line["part"], line["seed"], line["n"], line["commit"], line["status"]),
                         ("calm", 7, 1234, "c0ffee", 0))
        self.assertEqual(self.row("calm"), ["things", "1 234", "1 234", "0 / 0"])
        page = self.prove.PAGE.read_text()
        self.assertTrue(page.startswith("before\n") and page.endswith("\nafter\n"), page)
        self.assertNotIn("old", page)

    def test_a_part_that_finds_something_fails_the_run_and_is_shown(self):
        self.part("calm", """echo '{"violations":0,"n":1}'""", {"n": "things"})
        self.part("finder", """echo '{"violations":3,"n":5}'; exit 1""", {"n": "things"})
        status, said = self.run_all("--json")
        self.assertEqual(status, 1)
        self.assertIn("finder: 3 violations, 5 things", said)
        self.assertEqual(json.loads(said.splitlines()[-1])["violations"], 3)
        self.assertEqual(self.row("finder"), ["things", "5", "5", "3 / 3"])
        self.assertEqual(self.row("calm")[-1], "0 / 0")

    def expect_failure(self, script, why):
        self.part("bad", script, {"n": "things"})
        status, said = self.run_all()
        self.assertEqual(status, 1, said)
        self.assertIn(f"failed: {why}", said)
        self.assertIn(f"(failed: {why}", self.row("bad")[-1])
        self.assertIn(why, self.lines()[-1]["failed"])

    def test_a_part_that_lacks_what_it_counts_fails(self):
        self.expect_failure("""echo '{"violations":0,"m":1}'""", "it does not count n")

    def test_a_part_that_lacks_its_violations_fails(self):
        self.expect_failure("""echo '{"n":1}'""", "it does not count violations")

    def test_a_part_without_a_line_fails_though_it_ends_with_0(self):
        self.expect_failure("echo all is well", "exit status 0: all is well")

    def test_a_part_that_breaks_down_fails_with_its_last_words(self):
        self.expect_failure("echo Trace >&2; echo 'E: a|b' >&2; exit 3", "exit status 3: E: a")

    def test_a_part_that_fails_without_a_violation_fails(self):
        self.expect_failure("""echo '{"violations":0,"n":1}'; exit 1""",
                            "exit status 1 with 0 violations")

    def test_a_part_that_cannot_be_started_fails(self):
        self.part("bad", "", {"n": "things"})
        self.prove.PARTS[0].command[0] = str(self.folder / "nowhere")
        status, said = self.run_all()
        self.assertEqual(status, 1, said)
        self.assertIn("nowhere", self.lines()[-1]["failed"])

    def test_a_part_that_hangs_is_killed_and_fails(self):
        self.prove.PATIENCE_S = 0
        self.expect_failure("sleep 60", "exit status -9")

    def test_a_part_that_cannot_run_here_is_named_with_its_reason(self):
        self.part("needy", "echo 'skipped: missing: qemu'; exit 77", {"n": "things"})
        status, said = self.run_all()
        self.assertEqual(status, 0, said)
        self.assertEqual(self.row("needy")[0], "skipped: missing: qemu")
        self.part("needy", """echo '{"violations":0,"n":2}'""", {"n": "things"})
        self.prove.PARTS.pop(0)
        self.run_all()
        self.assertEqual(self.row("needy"), ["things", "2", "2", "0 / 0"])

    def test_runs_add_up_but_not_what_is_the_same_in_each(self):
        self.part("adds", """echo '{"violations":1,"n":{"a":2,"b":3}}'; exit 1""", {"n": "things"})
        self.part("same", """echo '{"violations":0,"n":5}'""", {"n": self.prove.Same("things")})
        for _ in range(3):
            self.run_all()
        self.assertEqual(self.row("adds"), ["things", "5", "15", "1 / 3"])
        self.assertEqual(self.row("same"), ["things", "5", "", "0 / 0"])

    def test_only_runs_what_it_names(self):
        self.part("one", """echo '{"violations":0,"n":1}'""", {"n": "things"})
        self.part("other", """echo '{"violations":0,"n":1}'""", {"n": "things"})
        self.run_all("--only", "other")
        self.assertEqual([line["part"] for line in self.lines()], ["other"])
        self.assertEqual(self.row("one")[0], "not run yet")
        with self.assertRaises(SystemExit) as end, contextlib.redirect_stderr(io.StringIO()):
            self.run_all("--only", "nobody")
        self.assertEqual(end.exception.code, 64)

    def test_parts_share_the_hours_and_have_a_second_at_least(self):
        script = """echo '{"violations":0,"n":'$1'}'"""
        self.part("alone", script, {"n": "s"}, share=30, cores=2)
        for name, turns in (("left", 1), ("right", 10), ("many", 1000)):
            self.part(name, script, {"n": "s"}, share=10, turns=turns)
        self.run_all()
        took = {line["part"]: line["n"] for line in self.lines()}
        for name, seconds in (("alone", 3600 * 3 / 5), ("left", 720), ("right", 72), ("many", 1)):
            self.assertAlmostEqual(took[name], seconds, delta=2)

    def expect_interrupted(self, slow):
        """Interrupted while `slow` runs: it is gone, and what was complete before is recorded."""
        self.part("quick", """echo '{"violations":0,"n":1}'""", {"n": "things"})
        self.part("slow", f"{slow}; sleep 60 & echo $! > {self.folder}/child; wait; wait",
                  {"n": "things"}, 1)

        def interrupt():
            ends = time.monotonic() + WAIT_S
            while not (self.folder / "child").exists() and time.monotonic() < ends:
                time.sleep(0.01)
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt, daemon=True).start()
        began = time.monotonic()
        status, said = self.run_all()
        self.assertLess(time.monotonic() - began, WAIT_S)
        self.assertEqual(status, 0, said)
        self.assertEqual([line["part"] for line in self.lines()], ["quick"])
        child = pathlib.Path("/proc", (self.folder / "child").read_text().strip(), "stat")

        def is_gone():
            try:
                return child.read_text().split()[2] == "Z"
            except OSError:
                return True

        while not is_gone() and time.monotonic() - began < WAIT_S:
            time.sleep(0.01)
        self.assertTrue(is_gone())

    def test_an_interrupted_run_ends_its_parts_and_keeps_what_is_complete(self):
        self.expect_interrupted("true")

    def test_an_interrupted_part_that_does_not_end_is_killed(self):
        self.prove.GRACE_S = 1
        self.expect_interrupted("trap '' TERM")

    def test_without_hours_it_says_what_is_wanted(self):
        for words in ([], ["--hours", "0"], ["--hours", "one"]):
            with self.assertRaises(SystemExit) as end, contextlib.redirect_stderr(io.StringIO()):
                self.prove.main(words)
            self.assertEqual(end.exception.code, 64)


class Real(unittest.TestCase):
    def test_every_part_knows_its_options(self):
        prove, help_of = prove_load(), {}
        for part in prove.PARTS:
            words = [word.replace("{bin}", str(BUILD / "bin")) for word in part.command]
            program = words[:2] if words[0].endswith("python3") else words[:1]
            if program[-1] not in help_of:
                done = subprocess.run([*program, "--help"], cwd=ROOT, capture_output=True,
                                      text=True)
                self.assertEqual(done.returncode, 0, f"{program}: {done.stderr}")
                help_of[program[-1]] = set(re.findall(r"--[a-z][a-z-]*", done.stdout))
            wanted = {word for word in words if word.startswith("--")}
            self.assertIn("--json", wanted)
            self.assertLessEqual(wanted, help_of[program[-1]], part.name)

    def test_the_page_is_the_records(self):
        prove = prove_load()
        self.assertTrue(prove.figures() in prove.PAGE.read_text(), "tools/prove --page makes it")


if __name__ == "__main__":
    unittest.main()
