#!/usr/bin/python3
"""Who has which door, by which key and under which name, in real processes: what a second process of
one configuration, a lost socket, a peer's new key, odd files among the keys, a peer that moved, a
mistyped section and too few descriptors do, and what the light and the log say of it.

usage: test_places.py BIN_DIRECTORY TRIAL
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from process_rig import (PROCESSES, Place, Process, SKIPPED, USAGE, Violation, clean_up_when_told,
                         wait_until)

OK, UNAVAILABLE, TEMPFAIL, CONFIG = 0, 69, 75, 78
WAIT_S, ENDS_S = 60, 30
CURRENT_S = 8  # after 5 s without a word a stream is not current
STREAMS = ("metering", "ledger", "payment", "autopay", "documents", "notify")


def check(condition, what):
    if not condition:
        raise Violation(what)


class Platform:
    """All processes of a place, and what an operator sees of them."""

    def __init__(self, bin_directory, *fleet_options, names=PROCESSES):
        self.place = Place(bin_directory, fleet_options=fleet_options)
        self.processes = {name: Process(self.place, name) for name in names}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.kill()
        self.place.close()

    def start(self, *names, wrapper=()):
        for name in names or self.processes:
            self.processes[name].start(wrapper)
        for name in names or self.processes:
            check(self.processes[name].wait_ready(), f"{name}: {self.said(name)}")

    def said(self, name):
        return self.processes[name].said()

    def config(self, name):
        return self.place.path("etc", f"{name}.cfg")

    def kopeck(self, *words):
        return subprocess.run([self.place.bin / "kopeck", "--config", self.config("kopeck"), *words],
                              capture_output=True, text=True, timeout=WAIT_S)

    def ping(self, name):
        return self.kopeck_ping(self.config(name))

    def wait_light(self, name, wanted, why=""):
        """The exit statuses of status and ping, and what ping says; `why` is in the log too."""
        def seen():
            status, (ping, said) = self.kopeck("status", name), self.ping(name)
            return (status.returncode, ping) == (wanted, wanted) and why in said + status.stdout
        if not wait_until(seen, WAIT_S, 0.2):
            raise Violation(f"{name}: wanted {wanted} {why!r}: {self.kopeck('status', name)} "
                            f"{self.ping(name)}: {self.said(name)}")

    def wait_log(self, name, *words):
        check(wait_until(lambda: any(all(word in line for word in words)
                                     for line in self.said(name).split("\n")), WAIT_S, 0.1),
              f"{name} never says {words}: {self.said(name)}")

    def run_once(self, name, config, limit=()):
        """(exit status, what it said) of a process that is expected to end by itself."""
        try:
            done = subprocess.run([*limit, self.place.bin / f"kopeck-{name}", config],
                                  capture_output=True, text=True, timeout=ENDS_S)
        except subprocess.TimeoutExpired as lives:
            raise Violation(f"{name} does not end: {lives.stderr}") from lives
        return done.returncode, done.stderr

    def check_dark(self, name, config):
        """Nobody is there: by status and ping, of one that does not start."""
        status, (ping, said) = self.kopeck("status", name), self.kopeck_ping(config)
        check((status.returncode, ping) in ((UNAVAILABLE, UNAVAILABLE), (UNAVAILABLE, CONFIG)),
              f"{name} is not dark: {status} {ping} {said}")

    def kopeck_ping(self, config):
        done = self.kopeck("ping", config)
        return done.returncode, done.stderr


# --- doors ---

def copied(platform, name):
    """Its configuration with another journal directory, as somebody tries out a restore."""
    journal = platform.place.path("var", f"{name}-copied")
    text = platform.config(name).read_text()
    config = platform.config(f"{name}-copied")
    ours = str(platform.place.path("var", name))
    check(f'"{ours}"' in text, f"no journal {ours} in {text}")
    config.write_text(text.replace(f'"{ours}"', f'"{journal}"'))
    return config, journal


def copied_configuration(platform):
    platform.start()
    for name in STREAMS:
        platform.wait_light(name, OK)
        config, journal = copied(platform, name)
        for _ in range(2):
            status, said = platform.run_once(name, config)
            check(status == UNAVAILABLE, f"the second {name} ends with {status}: {said}")
            check("cannot start" in said and ("another process has" in said or
                                              "cannot be bound" in said), said)
        if "ipc://" in platform.place.endpoints[name, "command"]:
            check(not journal.exists(), f"the second {name} has made a journal")
        check(platform.processes[name].ready_file.exists(), f"{name}: its ready file is gone")
        platform.wait_light(name, OK)
        check(not re.search("alarm=(DOOR|HISTORY)", platform.said(name)), platform.said(name))
    # A killed process leaves sockets and locks, and nothing that keeps the next one out.
    for name in STREAMS:
        platform.processes[name].kill()
        platform.start(name)
    for name in STREAMS:
        platform.wait_light(name, OK)
        platform.processes[name].stop_whole()
    left = [str(path) for path in platform.place.path("run", "").rglob("*.lock")
            if path.name.split(".")[0] in STREAMS]
    check(not left, f"left behind: {left}")


def copied_web(platform):
    """web's ports are the kernel's to keep; its ready file was its second's to remove."""
    platform.start()
    status, said = platform.run_once("web", platform.config("web"))
    check(status == UNAVAILABLE and "another process has" in said, f"{status}: {said}")
    check(platform.processes["web"].ready_file.exists(), "web's ready file is gone")
    text = platform.config("web").read_text()
    check("ready_file" in text and "listen" in text, text)
    other = platform.config("web-other")
    other.write_text(re.sub(r"(_file = \"[^\"]*)\"", r'\1.other"', text))
    platform.place.path("run", "web.ready").stat()
    status, said = platform.run_once("web", other)
    check(status == UNAVAILABLE and "cannot listen" in said, f"{status}: {said}")
    check(platform.ping("web")[0] == OK, f"web: {platform.ping('web')}")


def door_twice(platform):
    text = platform.config("metering").read_text()
    feed = re.search(r'feed = "?(ipc://[^"\n]*)', text).group(1)
    config = platform.config("twice")
    config.write_text(re.sub(r'command = "?ipc://[^"\n]*"?', f'command = "{feed}"', text, count=1))
    status, said = platform.run_once("metering", config)
    check(status == CONFIG and "twice" in said, f"{status}: {said}")


def lost_door(platform):
    """Somebody clears the directory of sockets, or puts another file there."""
    platform.start()
    platform.wait_light("ledger", OK)
    door = platform.place.endpoints["ledger", "publish"].removeprefix("ipc://")
    os.rename(door, door + ".away")
    platform.wait_light("ledger", TEMPFAIL, "a door's file is gone or another's")
    platform.wait_log("ledger", "alarm=DOOR", f"about={door}")
    with open(door, "w"):
        platform.wait_light("ledger", TEMPFAIL, "a door's file is gone or another's")
    os.rename(door + ".away", door)
    platform.wait_light("ledger", OK)
    platform.wait_log("ledger", "over alarm=DOOR", f"about={door}")
    os.unlink(door)
    platform.wait_light("ledger", TEMPFAIL, "a door's file is gone or another's")
    platform.processes["ledger"].stop_whole()  # what the page says
    platform.start("ledger")
    platform.wait_light("ledger", OK)


# --- what is in a configuration ---

def second_section(platform):
    for name in (*STREAMS, "web"):
        text = platform.config(name).read_text()
        line = text.count("\n") + 1
        for more, said in (("process\n    log = debug\n", f"line {line}: process is there already"),
                           ("jurnal\n", f"line {line}: jurnal = ...: expected another section"),
                           ("process/log = debug\n", f"line {line}: process/log: no name has a")):
            wrong = platform.config(f"{name}-wrong")
            wrong.write_text(text + more)
            status, error = platform.run_once(name, wrong)
            check(status == CONFIG and said in error, f"{name}: {status}: {error}")
            check(str(wrong) in error, f"{name} does not name the file: {error}")
        if name != "web":
            platform.check_dark(name, wrong)
    wrong = platform.config("kopeck-wrong")
    wrong.write_text(platform.config("kopeck").read_text() + "ledger\n    replay = ipc:///x\n")
    done = subprocess.run([platform.place.bin / "kopeck", "--config", wrong, "status"],
                          capture_output=True, text=True, timeout=WAIT_S)
    check(done.returncode == CONFIG and "ledger is there already" in done.stderr, str(done))


# --- keys ---

def give_new_key(platform, name):
    """As the page says: stop, move away, make, start. What the old public file said."""
    public = platform.place.path("keys/public", f"{name}.cert")
    secret = platform.place.path("keys/secret", f"{name}.cert_secret")
    platform.processes[name].stop_whole()
    old = public.read_text()
    public.unlink()
    secret.unlink()
    done = platform.kopeck("keys", "make", f"{name}:{name}", "--public", str(public.parent),
                           "--secret", str(secret.parent))
    check(done.returncode == OK, str(done))
    return public, old


def counter(platform, name, key):
    done = platform.kopeck("status", name, "--counters")
    found = re.search(rf"{re.escape(key)}\s+(\d+)", done.stdout)
    check(found, f"{name} has no {key}: {done.stdout}")
    return int(found.group(1))


def new_key(platform):
    """Payment's file is not copied to where the others read it; then it is."""
    platform.start()
    for name in ("ledger", "autopay"):
        platform.wait_light(name, OK)
    apart = platform.place.path("keys", "apart.cert")
    for name in ("ledger", "autopay"):
        text = platform.config(name).read_text()
        path = re.search(r'"?(\S*/payment\.cert)"?', text).group(1)
        platform.processes[name].stop_whole()
        platform.config(name).write_text(text.replace(path, str(apart)))
    public, old = give_new_key(platform, "payment")
    apart.write_text(old)
    platform.start("payment", "ledger", "autopay")
    # Who is refused says so at once, with the file; the light is red.
    for name in ("ledger", "autopay"):
        platform.wait_light(name, TEMPFAIL, "a peer is not reached with the keys that we know")
        platform.wait_log(name, "alarm=KEY", "about=", "payment", str(apart))
    # Who refuses says so too, and is not flooded: web has one socket, which libzmq paces.
    platform.wait_log("payment", "connections were refused", "malformed=")
    platform.processes["web"].stop_whole()
    time.sleep(2)
    before, began = counter(platform, "payment", "shell.handshakes_malformed"), time.monotonic()
    time.sleep(14)
    rate = (counter(platform, "payment", "shell.handshakes_malformed") - before) / (
        time.monotonic() - began)
    print(f"{rate:.1f} malformed handshakes a second")
    check(rate < 10, f"payment is flooded: {rate:.1f} malformed handshakes a second")
    check(rate > 0, "nobody tries any more")
    for name in ("ledger", "autopay"):
        platform.wait_log(name, "alarm=SILENT", "payment", str(apart))
    swap = apart.with_suffix(".new")
    swap.write_text(public.read_text())
    os.rename(swap, apart)
    for name in ("ledger", "autopay"):
        platform.wait_log(name, "a peer has another key", str(apart))
        platform.wait_log(name, "over alarm=KEY", "payment")
        platform.wait_log(name, "over alarm=SILENT", "payment")
        platform.wait_light(name, OK)


def unknown_key(platform):
    """Autopay's certificate is not among the ledger's and payment's yet."""
    away = platform.place.path("keys", "away.cert")
    public = platform.place.path("keys/public", "autopay.cert")
    os.rename(public, away)
    platform.start("metering", "ledger", "payment", "autopay", "documents", "notify")
    # Nobody is kept from starting by it: payment follows autopay, and says whose key it misses.
    platform.wait_light("payment", TEMPFAIL, "a peer is not reached with the keys that we know")
    platform.wait_log("payment", "alarm=KEY", "autopay, whose key cannot be read in", str(public))
    for peer in ("ledger", "payment"):
        platform.wait_log("autopay", "alarm=KEY", f"{peer} does not know our certificate")
    os.rename(away, public)
    for peer in ("ledger", "payment"):
        platform.wait_log("autopay", "over alarm=KEY", f"{peer} does not know our certificate")
    platform.wait_log("payment", "a peer has another key", "autopay")
    for name in ("payment", "autopay"):
        platform.wait_light(name, OK)


def odd_certificates(platform):
    """What editors, copies and mistakes leave among the keys, before a start and while it runs."""
    public = platform.place.path("keys/public", "")
    ledger = (public / "ledger.cert").read_text()
    reader = (public / "operator.cert").read_text()
    (public / "ledger.cert~").write_text(ledger)
    (public / ".ledger.cert.swp").write_bytes(b"b0VIM 9.0\0")
    (public / "#ledger.cert#").write_text(ledger)
    (public / "old.cert").mkdir()
    os.symlink("/nonexistent/x.cert", public / "nowhere.cert")
    (public / "mine.cert").write_text("no certificate\n")
    odd = {"ledger.cert~": "is not named NAME.cert", ".ledger.cert.swp": "is not named NAME.cert",
           "#ledger.cert#": "is not named NAME.cert", "old.cert": "is a directory",
           "nowhere.cert": "No such file", "mine.cert": "is no certificate"}
    platform.start()
    for name in STREAMS:
        platform.wait_light(name, TEMPFAIL, "a file among the certificates is not taken")
        for file, why in odd.items():
            platform.wait_log(name, "alarm=CERTIFICATES", f"{file}: {why}")
    for file in odd:
        (public / file).rmdir() if (public / file).is_dir() else (public / file).unlink()
    for name in STREAMS:
        platform.wait_light(name, OK)
        platform.wait_log(name, "over alarm=CERTIFICATES", "mine.cert")
    # While it runs: said without anybody coming, and nobody else is concerned.
    (public / "web-copy.cert").write_text((public / "web.cert").read_text())
    for name in STREAMS:
        platform.wait_log(name, "alarm=CERTIFICATES", "has the key of another")
        platform.wait_light(name, TEMPFAIL, "has the key of another")
    (public / "web-copy.cert").unlink()
    for name in STREAMS:
        platform.wait_light(name, OK)
    check((public / "operator.cert").read_text() == reader, "the operator's key is as it was")


# --- names ---

def in_etc(name, text):
    """As an installer does it: another file under the name."""
    with open(f"/etc/{name}.new", "w") as file:
        file.write(text)
    os.rename(f"/etc/{name}.new", f"/etc/{name}")


def moved_peer(platform):
    """The ledger moves to another address of its name: autopay and payment find it there, and web
    finds payment."""
    hosts = open("/etc/hosts").read()
    in_etc("hosts", hosts + "127.0.0.1 ledger.internal payment.internal\n")
    moved = {"ledger": "127.0.0.2", "payment": "127.0.0.3"}
    for config in platform.place.path("etc", "").glob("*.cfg"):
        text = config.read_text()
        for name in moved:
            if config.stem != name:  # its own doors stay addresses
                for door in ("command", "replay", "publish", "feed"):
                    endpoint = platform.place.endpoints.get((name, door))
                    if endpoint:
                        text = text.replace(endpoint,
                                            endpoint.replace("127.0.0.1", f"{name}.internal"))
        config.write_text(text)
    platform.start()
    for name in STREAMS:
        platform.wait_light(name, OK)
    check(platform.ping("web")[0] == OK, f"web: {platform.ping('web')}")
    for name, address in moved.items():
        platform.processes[name].stop_whole()
        config = platform.config(name)
        text = config.read_text()
        for door in ("command", "replay", "publish", "feed"):
            endpoint = platform.place.endpoints.get((name, door))
            if endpoint:
                text = text.replace(endpoint, endpoint.replace("127.0.0.1", address))
        config.write_text(text)
    in_etc("hosts", hosts + "".join(f"{address} {name}.internal\n"
                                    for name, address in moved.items()))
    platform.start(*moved)
    time.sleep(CURRENT_S)  # then who has found nobody says so
    for name in STREAMS:
        check(wait_until(lambda: is_current(platform, name), WAIT_S, 0.5),
              f"{name} finds nobody: {platform.kopeck('status', name)}")
        platform.wait_light(name, OK)
    check(platform.ping("web")[0] == OK, f"web: {platform.ping('web')}")
    check(web_asks(platform) != 503, "web does not find payment")


def is_current(platform, name):
    rows = json.loads(platform.kopeck("--json", "status", name).stdout)
    return (rows if isinstance(rows, list) else [rows])[0]["current"]


def web_asks(platform):
    """The status of a page that payment must be asked for."""
    address = platform.place.endpoints[("web",)]
    url = f"{address if '://' in address else 'http://' + address}/robokassa/result"
    try:
        with urllib.request.urlopen(url, data=b"OutSum=1&InvId=1&SignatureValue=0",
                                    timeout=WAIT_S) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def enter_namespace():
    """An /etc of its own, which is gone with the test; False where it may not be."""
    if os.environ.get("KOPECK_OWN_ETC"):
        return True
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], check=False,
                                           capture_output=True).returncode != 0:
        return False
    os.environ["KOPECK_OWN_ETC"] = tempfile.mkdtemp(prefix="kopeck-etc-")
    command = ('cp -a /etc/. "$KOPECK_OWN_ETC" && mount --bind "$KOPECK_OWN_ETC" /etc && "$@"; '
               'status=$?; umount -l /etc; rm -rf "$KOPECK_OWN_ETC"; exit $status')
    return os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "sh", "-c",
                                 command, "sh", sys.executable, *sys.argv])


# --- descriptors ---

def few_descriptors(platform):
    """Every number of them either serves, or is refused by name: nothing aborts in a library."""
    for name in (*STREAMS, "web"):
        for limit in (8, 10, 12, 16, 20, 24, 28, 32, 48, 64, 95):
            status, said = platform.run_once(name, platform.config(name),
                                             ("prlimit", f"--nofile={limit}"))
            check(status == CONFIG and "RLIMIT_NOFILE" in said and str(limit) in said,
                  f"{name} with {limit}: {status}: {said}")
        check(not platform.place.path("var", name).exists(), f"{name} has made something")
        if name != "web":
            platform.check_dark(name, platform.config(name))
    for limit in (10, 20, 32):
        done = subprocess.run(["prlimit", f"--nofile={limit}", platform.place.bin / "kopeck",
                               "--config", platform.config("kopeck"), "status"],
                              capture_output=True, text=True, timeout=WAIT_S)
        check(done.returncode == CONFIG and "RLIMIT_NOFILE" in done.stderr, str(done))
    # As many as the refusal names are enough.
    for name in platform.processes:
        _, said = (0, "needs 64") if name == "sim" else platform.run_once(
            name, platform.config(name), ("prlimit", "--nofile=16"))
        needed = int(re.search(r"needs (\d+)", said).group(1))
        platform.start(name, wrapper=("prlimit", f"--nofile={needed}"))
    for name in STREAMS:
        platform.wait_light(name, OK)
    platform.processes["payment"].kill()  # and to connect anew
    for name in ("ledger", "autopay"):
        platform.wait_log(name, "alarm=SILENT", "payment")
    platform.start("payment", wrapper=("prlimit", "--nofile=256"))
    for name in STREAMS:
        platform.wait_light(name, OK)


TRIALS = {"copied_configuration": (copied_configuration, ()),
          "copied_configuration_tcp": (copied_configuration, ("--tcp",)),
          "copied_web": (copied_web, ()), "door_twice": (door_twice, ()),
          "lost_door": (lost_door, ()), "second_section": (second_section, ()),
          "new_key": (new_key, ()), "unknown_key": (unknown_key, ()),
          "moved_peer": (moved_peer, ("--tcp",)),
          "odd_certificates": (odd_certificates, ()), "few_descriptors": (few_descriptors, ())}


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in TRIALS:
        print(__doc__, "trials:", " ".join(TRIALS))
        return USAGE
    if sys.argv[2] == "moved_peer" and not enter_namespace():
        print("skipped: no mount namespace of its own: not root?")
        return SKIPPED
    clean_up_when_told()
    trial, options = TRIALS[sys.argv[2]]
    with Platform(sys.argv[1], *options) as platform:
        trial(platform)
    print(f"{sys.argv[2]}: as it should be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
