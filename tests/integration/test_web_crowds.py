#!/usr/bin/python3
"""kopeck-web between crowds of browsers and a payment that is silent, slow, late or gone: a notice
is answered within its own time whatever the pages do, a full queue says so at once, nobody keeps a
place by being slow, and an end leaves nobody without an answer.

usage: test_web_crowds.py KOPECK_WEB KOPECK [TRIAL]

Payment is a stand-in: a ROUTER that hears every question and answers those that it is told to.
"""
import concurrent.futures
import http.client
import multiprocessing
import os
import pathlib
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import zmq

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python"))
import kopeck_wire as wire  # noqa: E402
from kopeck_client import certificate_read  # noqa: E402

WEB, KOPECK = sys.argv[1:3]
ONLY = sys.argv[3] if len(sys.argv) > 3 else None
SECONDS = 20
# Of a question; of what waits for nobody, which a build that counts its branches is too slow for.
DEADLINE_S, AT_ONCE_S = 8.0, 5.0 if os.environ.get("KOPECK_COUNTING") else 1.0
PATIENCE_S = 10.0                 # with a slow client
SLACK_S = 1.5                     # on a machine that has other things to do
PLACES_PAGES = 128
BUSY = (503, "not now, please repeat\n")
NUMBERS = {message.number: name for name, message in wire.REQUESTS.items()}


def check(condition, what):
    assert condition, what


class Payment(threading.Thread):
    """Hears all; answers the kinds in `answers`; keeps the rest, in order, in `held`."""

    def __init__(self, directory, endpoint, answers=()):
        super().__init__(daemon=True)
        keys = certificate_read(directory / "keys/secret/payment.cert_secret")
        self.answers, self.held, self.heard = set(answers), [], []
        self.tells_all = threading.Event()
        self.over = threading.Event()
        self.door = zmq.Context.instance().socket(zmq.ROUTER)
        self.door.curve_server, self.door.linger = 1, 0
        self.door.curve_publickey, self.door.curve_secretkey = keys
        self.door.bind(endpoint)
        self.start()

    def answer(self, peer, frame):
        _, kind, number, *_ = wire.unpack_only(frame)
        name = NUMBERS[kind]
        values = {"callback": {"invoice": 77}, "status": {"ready": True}}.get(name, {})
        self.door.send_multipart([peer, wire.pack([1, number, 0, 1, "", *wire.fields_write(
            wire.REQUESTS[name].answer, values)])])

    def tell_all(self):
        """Answers what it holds, each twice, and says what answers nothing."""
        held, self.held = self.held, []
        for peer, frame in held * 2:
            self.answer(peer, frame)
            for nonsense in (b"", b"\xc1", b"\x93\x01", wire.pack([1, 2**64 - 1, 0, 1, "", 77]),
                             wire.pack([1, 0, 0, 1, ""]), wire.pack([2, 1, 0, 1, ""])):
                self.door.send_multipart([peer, nonsense])

    def run(self):
        while not self.over.is_set():
            if self.tells_all.is_set():
                self.tells_all.clear()
                self.tell_all()
            if not self.door.poll(20):
                continue
            peer, frame = self.door.recv_multipart()
            name = NUMBERS[wire.unpack_only(frame)[1]]
            self.heard.append(name)
            if name in self.answers:
                self.answer(peer, frame)
            else:
                self.held.append((peer, frame))
        self.door.close()

    def stop(self):
        self.over.set()
        self.join()

    def questions(self):
        """The numbers of the different ones among those that are held."""
        return {wire.unpack_only(frame)[2] for _, frame in list(self.held)}


class Web:
    running = []

    def __init__(self, directory, name, *lines, apart=False):
        self.directory = directory / name
        self.directory.mkdir()
        keys, self.apart = directory / "keys", apart
        self.endpoint = f"ipc://{self.directory}/payment"
        (self.directory / "web.cfg").write_text("\n".join([
            "process", "    name = web", f"    ready_file = {self.directory}/ready",
            "web", "    listen = 127.0.0.1:0", f"    port_file = {self.directory}/port",
            *(["    notices_listen = 127.0.0.1:0",
               f"    notices_port_file = {self.directory}/notices"] if apart else []),
            *(f"    {line}" for line in lines),
            "certificates", f"    secret = {keys}/secret/web.cert_secret",
            "payment", f"    command = {self.endpoint}", f"    certificate = {keys}/payment.cert",
            ""]))
        self.process = subprocess.Popen([WEB, self.directory / "web.cfg"], stderr=subprocess.PIPE,
                                        text=True)
        Web.running.append(self.process)
        ends = time.monotonic() + SECONDS
        while not (self.directory / "ready").exists():
            check(time.monotonic() < ends and self.process.poll() is None, "kopeck-web is ready")
            time.sleep(0.01)
        self.port = int((self.directory / "port").read_text())
        self.notices = int((self.directory / "notices").read_text()) if apart else self.port

    def ask(self, method, path, body=None, port=None, source="127.0.0.1"):
        """(status, text, seconds that it took)"""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=SECONDS,
                                                source_address=(source, 0))
        connection.request(method, path, body)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text, time.monotonic() - began

    def notice(self):
        return self.ask("POST", "/robokassa/result", "OutSum=1", self.notices)

    def browse(self, source="127.0.0.1"):
        return self.ask("GET", "/robokassa/success?InvId=1", source=source)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=SECONDS)
        check(self.process.returncode == 0, f"it ends when it is told to: {log}")
        return log


def wait_until(what, condition):
    ends = time.monotonic() + SECONDS
    while not condition():
        check(time.monotonic() < ends, what)
        time.sleep(0.01)


def crowd(pool, web, payment, count):
    """So many browsers, whose questions payment holds or that wait behind those."""
    waiting = [pool.submit(web.browse, f"127.0.0.{2 + number % 4}") for number in range(count)]
    wait_until(f"{count} browsers wait", lambda: len(payment.questions()) >= min(count, 64))
    return waiting


def silent(directory, pool, apart):
    """32 browsers wait for a payment that says nothing: a notice has its 503 in its own time. What
    payment says after that is late, and nobody's; then all goes on."""
    web = Web(directory, f"silent-{apart}", apart=apart)
    payment = Payment(directory, web.endpoint)
    waiting = crowd(pool, web, payment, 32)
    status, text, took = web.notice()
    check((status, text) == BUSY, f"a notice: {status} {text}")
    check(DEADLINE_S - 0.1 < took < DEADLINE_S + SLACK_S, f"a notice was answered after {took} s")
    for browser in waiting:
        status, text, took = browser.result()
        check(status == 503 and took < DEADLINE_S + SLACK_S, f"a browser: {status}, {took} s")
    check(len(payment.held) > 33, "each question was asked again")
    payment.answers |= {"callback", "success", "status"}
    payment.tells_all.set()
    wait_until("all is told", lambda: not payment.held)
    check(web.notice()[:2] == (200, "OK77"), "the next notice is taken")
    check(web.browse()[0] == 200, "and the next browser")
    payment.stop()
    late = [word for word in web.stop().split() if word.startswith("late=")]
    check(int(late[0][5:]) > 66, f"what came late was counted: {late}")


def no_room(directory, pool, apart):
    """More browsers than there are places: who finds none is told at once, and notices go on."""
    web = Web(directory, f"room-{apart}", apart=apart)
    payment = Payment(directory, web.endpoint, ("callback",))
    waiting = crowd(pool, web, payment, PLACES_PAGES)
    full = []

    def is_full():
        probe = pool.submit(web.browse, "127.0.0.9")
        done, _ = concurrent.futures.wait([probe], AT_ONCE_S)
        full.extend(done)
        waiting.extend([] if done else [probe])
        return done
    wait_until("a place is refused", is_full)
    status, _, took = full[0].result()
    check(status == 503 and took < AT_ONCE_S, f"a full queue: {status} after {took} s")
    check(web.ask("GET", "/nowhere")[0] == 404, "what asks nothing is served")
    for _ in range(20):
        status, text, took = web.notice()
        check((status, text) == (200, "OK77") and took < AT_ONCE_S,
              f"a notice before a full queue: {status} after {took} s")
    check(len(payment.questions()) == 64, "so many are out at once")
    payment.answers.add("success")
    later = [browser.result() for browser in waiting]
    check(all(status in (200, 503) and took < DEADLINE_S + SLACK_S for status, _, took in later),
          "all were answered")
    check(web.browse()[0] == 200, "there is room again")
    payment.stop()
    check("refused=" in web.stop(), "it says how many")


def gone(directory, pool, apart):
    """Payment ends with a notice in its hands and is started again."""
    web = Web(directory, f"gone-{apart}", apart=apart)
    for _ in range(2):
        payment = Payment(directory, web.endpoint)
        notice = pool.submit(web.notice)
        wait_until("it has the notice", lambda: "callback" in payment.heard)
        payment.stop()
        payment = Payment(directory, web.endpoint, ("callback", "success", "status"))
        status, text, took = notice.result()
        check((status, text) == (200, "OK77"), f"the notice: {status} {text} after {took} s")
        check(web.browse()[0] == 200, "and browsers are served")
        payment.stop()
    web.stop()


def slow(directory, pool, apart):
    """Who sends a byte now and then, a head, a body or nothing at all, keeps no place."""
    web = Web(directory, f"slow-{apart}", "connections = 6", apart=apart)
    payment = Payment(directory, web.endpoint, ("callback", "success", "status"))
    began = time.monotonic()
    idle = http.client.HTTPConnection("127.0.0.1", web.port, timeout=SECONDS)
    idle.request("GET", "/health")  # and keeps its connection
    check(idle.getresponse().read() == b"ok\n", "an honest one")
    slow_ones = []
    for number in range(5):
        one = socket.create_connection(("127.0.0.1", web.port), SECONDS)
        one.sendall(b"POST /robokassa/success HTTP/1.1\r\nHost: a\r\n"
                    + (b"Content-Length: 9999\r\n\r\nOutSum=" if number % 2 else b"X"))
        slow_ones.append(one)
    waits = pool.submit(web.ask, "GET", "/health")
    if apart:
        check(web.notice()[:2] == (200, "OK77"), "notices have places of their own")
    open_ones = set(slow_ones)
    while open_ones:
        check(time.monotonic() - began < PATIENCE_S + 2 * SLACK_S, "a slow client keeps its place")
        for one in list(open_ones):
            try:
                one.send(b"1")
                one.settimeout(0.05)
                if not one.recv(4096):
                    raise ConnectionError
            except TimeoutError:
                pass
            except OSError:
                open_ones.discard(one)
        time.sleep(0.2)
    check(time.monotonic() - began > PATIENCE_S - 1, "but it has some time")
    status, _, took = waits.result()
    check(status == 200 and took > 1, f"who waited for a place has it: {status} after {took} s")
    for one in (*slow_ones, idle):
        one.close()
    payment.stop()
    web.stop()


def one_place(directory, pool, apart):
    """There is one place and one who says nothing has it: who waits gets it after him."""
    web = Web(directory, f"place-{apart}", "connections = 1", apart=apart)
    payment = Payment(directory, web.endpoint, ("callback", "success", "status"))
    silent_one = socket.create_connection(("127.0.0.1", web.port), SECONDS)
    time.sleep(0.2)
    status, _, took = pool.submit(web.ask, "GET", "/health").result()
    check(status == 200 and PATIENCE_S - 1 < took < PATIENCE_S + SLACK_S,
          f"who waits for the one place: {status} after {took} s")
    silent_one.close()
    payment.stop()
    web.stop()


def ended(directory, pool, apart):
    """SIGTERM with requests suspended: each is answered, and the process ends."""
    web = Web(directory, f"ended-{apart}", apart=apart)
    payment = Payment(directory, web.endpoint)
    waiting = crowd(pool, web, payment, 40)
    notice = pool.submit(web.notice)
    wait_until("the notice waits", lambda: "callback" in payment.heard)
    began = time.monotonic()
    web.stop()
    took = time.monotonic() - began
    check(took < 1 + SLACK_S, f"it ended after {took} s")
    check(notice.result()[:2] == BUSY, "the notice will come again")
    check(all(browser.result()[0] == 503 for browser in waiting), "all were told")
    payment.stop()


def routes(directory, pool, apart):
    """Which listener serves what."""
    del pool
    web = Web(directory, f"routes-{apart}", apart=apart)
    payment = Payment(directory, web.endpoint, ("callback", "success", "status"))
    wait_until("payment is connected to", lambda: web.ask("GET", "/health")[0] == 200)
    check(web.notice()[:2] == (200, "OK77"), "a notice")
    status = web.ask("POST", "/robokassa/result", "OutSum=1")[0]
    check(status == (404 if apart else 200), f"a notice beside the pages: {status}")
    for path in ("/health", "/robokassa/success", "/robokassa/fail"):
        status = web.ask("GET", path, port=web.notices)[0]
        check(status == (404 if apart else 200), f"{path} beside the notices: {status}")
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=SECONDS)
    connection.request("POST", "/health", "")
    answer = connection.getresponse()
    check((answer.status, answer.getheader("Allow")) == (405, "GET"), "it says what it takes")
    connection.close()
    payment.stop()
    web.stop()


# --- thousands ---

SLOW_ONES = FLOODING_ONES = 1000
CROWD_S, EACH_BYTE_S, RSS_MAX_KIB = 6, 2.0, 256 * 1024
FLOOD = b"GET /robokassa/success?InvId=1 HTTP/1.1\r\nHost: a\r\n\r\n"


def flood(port, there, stop):
    """A thousand who send a byte now and then, and a thousand who ask again as soon as they are answered; a
    process of its own, so that who measures is not slowed down by it. Answers how often they were answered."""
    places, answered, waits, parent = select.epoll(), 0, time.monotonic(), os.getppid()
    ones = {}

    def begin(number, fast):
        one = socket.socket()
        one.settimeout(SECONDS)
        one.bind((f"127.0.0.{2 + number % 40}", 0))  # 64 of one address are taken
        one.connect(("127.0.0.1", port))
        one.setblocking(False)
        one.send(FLOOD if fast else b"GET /nowhere HTTP/1.1\r\nX: ")
        ones[one.fileno()] = (one, number, fast)
        places.register(one, select.EPOLLIN)

    for number in range(SLOW_ONES + FLOODING_ONES):
        begin(number, number >= SLOW_ONES)
    there.set()
    while not stop.is_set() and os.getppid() == parent:
        for descriptor, _ in places.poll(0.05):
            one, number, fast = ones[descriptor]
            try:
                said = one.recv(65536)
                if said and fast:
                    answered += 1
                    one.send(FLOOD)
            except OSError:
                said = b""
            if not said:  # who was dropped comes again
                del ones[descriptor]
                one.close()
                begin(number, fast)
        if time.monotonic() - waits > EACH_BYTE_S:
            waits = time.monotonic()
            for one, _, fast in list(ones.values()):
                if not fast:
                    try:
                        one.send(b"1")
                    except OSError:
                        pass
    print(f"the flood was answered {answered} times", flush=True)
    os._exit(0 if answered > FLOODING_ONES and len(ones) == SLOW_ONES + FLOODING_ONES else 1)


def peak_kib(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


def look_between(web):
    """Notices and pages in the crowd; how long each took."""
    notices, pages, ends = [], [], time.monotonic() + CROWD_S
    while time.monotonic() < ends:
        status, text, took = web.notice()
        check((status, text) == (200, "OK77") and took < AT_ONCE_S, f"a notice: {status} {text} after {took} s")
        notices.append(took)
        status, _, took = web.ask("GET", "/nowhere")
        check(status == 404 and took < AT_ONCE_S, f"a page: {status} after {took} s")
        pages.append(took)
    return notices, pages


def thousands(directory, apart):
    """1000 slow clients and 1000 that flood what payment is silent about: notices are answered within a second,
    pages too, and memory is bounded."""
    web = Web(directory, f"thousands-{apart}", "connections = 2600", apart=apart)
    payment = Payment(directory, web.endpoint, ("callback",))
    fork = multiprocessing.get_context("fork")
    there, stop = fork.Event(), fork.Event()
    crowd_of = fork.Process(target=flood, args=(web.port, there, stop), daemon=True)
    crowd_of.start()
    try:
        check(there.wait(SECONDS), "all are there")
        wait_until("payment is flooded", lambda: len(payment.questions()) >= 64)
        notices, pages = look_between(web)
    finally:
        stop.set()
        crowd_of.join(SECONDS)
    check(crowd_of.exitcode == 0, "the crowd was there to the end")
    peak = peak_kib(web.process.pid)
    print(f"of {len(notices)} notices the last took {max(notices) * 1000:.0f} ms, of as many pages 99 % "
          f"{sorted(pages)[len(pages) * 99 // 100] * 1000:.0f} ms; {peak // 1024} MiB at most", flush=True)
    check(peak < RSS_MAX_KIB, f"memory: {peak} KiB")
    payment.stop()
    web.stop()


def run_thousands(directory):
    """After the others, for it wants the machine."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < 2 * (SLOW_ONES + FLOODING_ONES):
        print(f"thousands: skipped, {most} descriptors are all that this machine gives")
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for apart in (False, True):
        thousands(directory, apart)
        print("thousands", "apart" if apart else "together", "good", flush=True)


TRIALS = (silent, no_room, gone, slow, one_place, ended, routes)


def run_trials(directory):
    """All at once, for they mostly wait. 1 if one failed; those that are left then end early."""
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(TRIALS) * 2) as trials, \
            concurrent.futures.ThreadPoolExecutor(800) as pool:
        under_way = {trials.submit(trial, directory, pool, apart): (trial.__name__, apart)
                     for trial in TRIALS for apart in (False, True)}
        for done in concurrent.futures.as_completed(under_way):
            name, apart = under_way[done]
            print(name, "apart" if apart else "together", done.exception() or "good", flush=True)
            if done.exception():
                failed = 1
                for process in Web.running:
                    process.kill()
    return failed


def main():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="kopeck-crowds-"))
    try:
        for name in ("keys", "keys/secret"):
            os.mkdir(directory / name, 0o700)
        subprocess.run([KOPECK, "keys", "make", "web:web", "payment:payment", "--public",
                        directory / "keys", "--secret", directory / "keys/secret"], check=True,
                       stdout=subprocess.DEVNULL)
        failed = ONLY != "thousands" and run_trials(directory)
        if not failed:
            run_thousands(directory)
    finally:
        for process in Web.running:  # those that a failure has left
            process.kill()
        shutil.rmtree(directory, ignore_errors=True)
    print("failed" if failed else "ok")
    return failed


if __name__ == "__main__":
    sys.exit(main())
