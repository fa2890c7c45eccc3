#!/usr/bin/python3
"""Bulk postings that are cut off, and what is said of them: killed, interrupted, without an answer,
with other runs in between and with refused rows. Each row is posted once, and what the command line
says is what the ledger holds.

usage: test_post.py KOPECK_FLEET KOPECK
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

FLEET, KOPECK = sys.argv[1:3]
REFUSED, MISSING, TEMPORARY, NO_ANSWER = 65, 66, 75, 69
ROWS, PROMO, AMOUNT_MAX = 120_000, "promo expense", 10**14
HEADER = "debit,credit,amount_kopecks,kind,reference\n"


class Failure(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failure(what)


class World:
    def __init__(self, directory):
        self.directory, self.files = directory, 0
        self.config = f"{directory}/etc/importer.cfg"

    def path(self, text):
        self.files += 1
        path = f"{self.directory}/rows-{self.files}.csv"
        with open(path, "w") as file:
            file.write(text)
        return path

    def start(self, *words):
        return subprocess.Popen([KOPECK, "--config", self.config, "--json", "post", "--open", *words],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def run(self, *words, status=0):
        """(results, what was said) of a run."""
        done = subprocess.run([KOPECK, "--config", self.config, "--json", "post", "--open", *words],
                              capture_output=True, text=True, timeout=120)
        check(done.returncode == status, f"post {words}: exit {done.returncode}, not {status}: "
              f"{done.stderr}")
        return json.loads(done.stdout or "[]"), done.stderr

    def balance(self, account):
        done = subprocess.run([KOPECK, "--config", self.config, "--json", "balance", account],
                              capture_output=True, text=True, timeout=20)
        return json.loads(done.stdout)["bonus"] if done.returncode == 0 else 0

    def ledger(self):
        with open(f"/proc/{self.fleet}/task/{self.fleet}/children") as children:
            for pid in children.read().split():
                with open(f"/proc/{pid}/cmdline") as line:
                    if "kopeck-ledger" in line.read():
                        return int(pid)
        raise Failure("there is a ledger")


def row(account, amount):
    return f"{PROMO},{account},{amount},bonus,\n"


def many(world, count=ROWS):
    """A file whose row n moves n kopecks to one account, and that account."""
    account = str(uuid.uuid4())
    return world.path(HEADER + "".join(row(account, n) for n in range(1, count + 1))), account


def id_of(said):
    return re.search(r"--id (\S+)", said).group(1)


def durable(said):
    found = re.search(r"(\d+) of (\d+) postings are durable", said)
    check(found, f"it says how many are durable: {said}")
    return int(found.group(1))


def sum_to(n):
    return n * (n + 1) // 2


def begun(process):
    """Waits until the first of a run's postings are durable: its id was said before."""
    said = process.stderr.readline()
    check("postings to go" in said, f"the id comes first: {said}")
    return id_of(said)


def wait_for_some(world, account):
    ends = time.monotonic() + 30
    while not world.balance(account):
        check(time.monotonic() < ends, "some are durable")


def goes_on_whatever_ran_since(world):
    path, account = many(world)
    first = world.start(path)
    run = begun(first)
    wait_for_some(world, account)
    first.kill()
    first.communicate()
    had = world.balance(account)
    check(0 < had < sum_to(ROWS), f"it was killed in the middle: {had}")
    other = str(uuid.uuid4())
    world.run(world.path(HEADER + row(other, 7)))  # a later run of the same producer
    results, said = world.run(path, "--id", run)
    check(durable(said) == ROWS and len(results) == ROWS, f"all are durable now: {said}")
    check(all(result["result"] == "ok" for result in results), "and are said to be")
    before = sum(result["text"] == "posted before" for result in results)
    check(sum_to(before) == had, f"{before} were posted before the kill, which come to {had}")
    check(world.balance(account) == sum_to(ROWS), "each once")
    world.run(path, "--id", run)
    check(world.balance(account) == sum_to(ROWS), "and never again")
    check(world.balance(other) == 7, "the other run stands")


def says_how_far_it_came(world):
    path, account = many(world)
    for signal_ in (signal.SIGINT, signal.SIGTERM):
        words = [path] if signal_ == signal.SIGINT else [path, "--id", run]
        process = world.start(*words)
        run = begun(process)
        wait_for_some(world, account)
        process.send_signal(signal_)
        _, said = process.communicate(timeout=30)
        count = durable(said)
        check(process.returncode == TEMPORARY, f"{signal_}: exit {process.returncode}: {said}")
        check(count < ROWS and id_of(said) == run, f"it was cut off: {said}")
        check(world.balance(account) == sum_to(count), f"as many as it says: {said}")
    world.run(path, "--id", run)
    check(world.balance(account) == sum_to(ROWS), "the rest follows")


def a_later_run_ends_an_earlier_one(world):
    path, account = many(world)
    process = world.start(path)
    run = begun(process)
    wait_for_some(world, account)
    world.run(world.path(HEADER + row(str(uuid.uuid4()), 1)))
    _, said = process.communicate(timeout=30)
    check(process.returncode == REFUSED and "another run" in said, f"the earlier one ends: {said}")
    check(world.balance(account) == sum_to(durable(said)), f"as many as it says: {said}")
    world.run(path, "--id", run)
    check(world.balance(account) == sum_to(ROWS), "and goes on later")


def without_an_answer(world):
    """A ledger that does not answer: at least so many are durable; then that answers twice."""
    path, account = many(world)
    slow = world.directory + "/slow.cfg"
    with open(world.config) as file, open(slow, "w") as out:
        out.write(re.sub(r"(?m)^timeout_ms.*$", "", file.read()) + "\ntimeout_ms = 1500\n")
    process = subprocess.Popen([KOPECK, "--config", slow, "post", "--open", path],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    run = begun(process)
    wait_for_some(world, account)
    pid = world.ledger()
    os.kill(pid, signal.SIGSTOP)
    try:
        _, said = process.communicate(timeout=30)
    finally:
        os.kill(pid, signal.SIGCONT)
    check(process.returncode == NO_ANSWER and "at least" in said, f"no answer: {said}")
    check(id_of(said) == run and "answer is missing" in said, f"and how it goes on: {said}")
    check(sum_to(durable(said)) <= world.balance(account) < sum_to(ROWS), "at least so many")
    _, said = world.run(path, "--id", run)
    check(durable(said) == ROWS and world.balance(account) == sum_to(ROWS), "each once")


def tells_the_truth_of_batches_sent_twice(world):
    """A batch's second answer says what is acceptable in itself, not what became of it: of a balance
    near its range's end it would say that rows are refused which are posted."""
    account, count = str(uuid.uuid4()), 40_000
    rows = [f"bank,{account},{AMOUNT_MAX},bank transfer,\n" if n % 10 else
            "bank,revenue,1,bonus,\n" for n in range(1, count + 1)]
    process = subprocess.Popen([KOPECK, "--config", world.config, "--json", "post", "--open",
                                world.path(HEADER + "".join(rows))],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    begun(process)
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(process.communicate, timeout=90)
        pid = world.ledger()
        while not ended.done():  # no batch is answered before it is sent again
            os.kill(pid, signal.SIGSTOP)
            time.sleep(0.6)
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.01)
        out, said = ended.result()
    check(process.returncode == REFUSED, f"some are refused: {said}")
    for n, result in enumerate(json.loads(out), 1):
        check((result["result"] == "ok") == (n % 10 != 0), f"row {n}: {result}")
    check(durable(said) == count - count // 10, f"counted: {said}")
    done = subprocess.run([KOPECK, "--config", world.config, "--json", "balance", account],
                          capture_output=True, text=True, timeout=20)
    check(json.loads(done.stdout)["cash"] == AMOUNT_MAX * (count - count // 10), "posted")


def an_id_binds_its_rows(world):
    """The row that was refused is mended in a file of its own; the id never stands for it."""
    account = str(uuid.uuid4())
    good, bad, mended = row(account, 5), f"bank,{account},9,fee,\n", row(account, 9)
    path, rest = world.path(HEADER + good + bad), f"{world.directory}/refused.csv"
    results, said = world.run(path, "--refused", rest, status=REFUSED)
    check([result["result"] for result in results] == ["ok", "FAIL_INVALID"], f"{results}")
    check(durable(said) == 1 and "1 refused" in said, f"one of two: {said}")
    run = id_of(said)
    _, said = world.run(world.path(HEADER + good + mended), "--id", run, status=REFUSED)
    check("other postings" in said and world.balance(account) == 5, f"other rows: {said}")
    _, said = world.run(world.path(HEADER + good), "--id", run, status=REFUSED)
    check("other postings" in said, f"fewer rows: {said}")
    results, said = world.run(path, "--id", run, status=REFUSED)
    check([result["result"] for result in results] == ["ok", "FAIL_INVALID"],
          f"the same rows say the same again: {results}")
    check(durable(said) == 1 and world.balance(account) == 5, f"nothing was posted: {said}")
    with open(rest) as file:
        left = file.read()
    check(left.count("\n") == 2 and account in left, f"the refused row stands apart: {left}")
    with open(rest, "w") as file:
        file.write(left.replace(",10,", ",5,").replace(left.split("\n")[1].split(",")[0],
                                                       "00000000-0000-8000-8000-000000000005"))
    world.run(rest)
    check(world.balance(account) == 14, "and is posted when it is mended")
    world.run(path, "--refused", rest, status=73)
    check(world.balance(account) == 14, "a file that is there is not written over")
    as_json = "".join(json.dumps({"debit": PROMO, "credit": account, "amount": n,
                                  "kind": "bonus"}) + "\n" for n in (1, 2))
    _, said = world.run(world.path(HEADER + row(account, 1) + row(account, 2)))
    world.run(world.path(as_json), "--id", id_of(said))
    check(world.balance(account) == 17, "the same rows in another form are the same")


def an_id_stays_with_its_producer(world):
    account = str(uuid.uuid4())
    path = world.path(HEADER + row(account, 3))
    mine = time_ordered()
    world.run(path, "--id", mine)
    _, said = world.run(path, "--id", mine, "--producer", "201", status=REFUSED)
    check("--producer" in said and world.balance(account) == 3, f"another producer: {said}")
    ahead = time_ordered(3600)
    _, said = world.run(path, "--id", ahead, status=REFUSED)
    check("future" in said and world.balance(account) == 3, f"an id of the future: {said}")


def opens_what_is_meant(world):
    """Thousands of new accounts at once, some of them known by then."""
    accounts = [str(uuid.uuid4()) for _ in range(3000)]
    config = [KOPECK, "--config", world.config, "post"]
    world.run(world.path(HEADER + "".join(row(account, 1) for account in accounts[::2])))
    path = world.path(HEADER + "".join(row(account, 1) for account in accounts))
    done = subprocess.run([*config, path], capture_output=True, text=True, timeout=60)
    check(done.returncode == MISSING and "1499 more" in done.stderr, f"1500 are new: {done.stderr}")
    check(done.stderr.count("--id") == 0 and world.balance(accounts[0]) == 1, "nothing was sent")
    _, said = world.run(path)
    check(durable(said) == 3000, f"--open opens them: {said}")
    done = subprocess.run([*config, path], capture_output=True, text=True, timeout=60)
    check(done.returncode == 0, f"now all are known: {done.stderr}")
    check(world.balance(accounts[0]) == 3 and world.balance(accounts[1]) == 2, "and are posted to")


def all_or_nothing(world):
    account = str(uuid.uuid4())
    path = world.path(HEADER + row(account, 3) + row(account, 4))
    _, said = world.run(path, "--atomic")
    world.run(world.path(HEADER + row(account, 1)))
    _, again = world.run(path, "--atomic", "--id", id_of(said))
    check(durable(again) == 2 and world.balance(account) == 8, f"all are there: {again}")


def time_ordered(ahead_s=0):
    milliseconds = int((time.time() + ahead_s) * 1000)
    random = uuid.uuid4().int & ((1 << 80) - 1)
    value = milliseconds << 80 | random
    value = value & ~(0xf << 76) | 7 << 76
    return str(uuid.UUID(int=value & ~(3 << 62) | 2 << 62))


def main():
    directory = tempfile.mkdtemp(prefix="kopeck-post-")
    fleet = subprocess.Popen([FLEET, "up", "--importers", "--dir", directory], stdout=subprocess.DEVNULL)
    try:
        ends = time.monotonic() + 60
        while not os.path.exists(f"{directory}/run/ledger.ready"):
            check(time.monotonic() < ends, "the ledger is ready")
            time.sleep(0.05)
        world = World(directory)
        world.fleet = fleet.pid
        for step in (goes_on_whatever_ran_since, says_how_far_it_came,
                     a_later_run_ends_an_earlier_one, without_an_answer, an_id_binds_its_rows,
                     an_id_stays_with_its_producer, opens_what_is_meant, all_or_nothing,
                     tells_the_truth_of_batches_sent_twice):
            step(world)
            print(f"{step.__name__}: ok", flush=True)
        # As an operator: an importer is let in at the ledger alone.
        config = f"{directory}/etc/kopeck.cfg"
        done = subprocess.run([KOPECK, "--config", config, "verify"], capture_output=True,
                              text=True, timeout=120)
        check(done.returncode == 0, f"verify: {done.stdout}{done.stderr}")
    except Failure as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    finally:
        fleet.terminate()
        fleet.wait(timeout=60)
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
