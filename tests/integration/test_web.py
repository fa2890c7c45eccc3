#!/usr/bin/python3
"""kopeck-web alone, with no payment behind it: which command lines and configurations it refuses,
whose notices it passes on, what it says when nobody answers, and what `kopeck ping` says of it.

usage: test_web.py KOPECK_WEB KOPECK
"""
import concurrent.futures
import http.client
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

WEB, KOPECK = sys.argv[1:3]
USAGE, UNAVAILABLE, RED, CONFIG = 64, 69, 75, 78
LISTED, STRANGER, PROXY = "192.0.2.7", "192.0.2.8", "127.0.0.1"
SECONDS = 20


def check(condition, what):
    assert condition, what


def write_config(directory, name, web=(), **changes):
    keys = directory / "keys"
    values = {"secret": keys / "secret/web.cert_secret", "certificate": keys / "payment.cert",
              "command": f"ipc://{directory}/nobody", "listen": "127.0.0.1:0", **changes}
    path = directory / f"{name}.cfg"
    lines = ["process", "    name = web", f"    ready_file = {directory}/ready",
             f"    log = {values.get('log', 'debug')}",
             "web", f"    listen = {values['listen']}",
             f"    port_file = {values.get('port_file', directory / 'port')}",
             *(f'    {line}' for line in web),
             "certificates", f"    secret = {values['secret']}",
             "payment", f"    command = {values['command']}",
             f"    certificate = {values['certificate']}"]
    path.write_text("\n".join(lines) + "\n")
    return path


def ends(what, status, *words):
    done = subprocess.run([WEB, *map(str, words)], capture_output=True, text=True, timeout=SECONDS,
                          check=False)
    check(done.returncode == status, f"{what}: exit {done.returncode}, expected {status}\n{done.stderr}")
    check(done.stderr or status == 0, f"{what}: it says why")
    return done.stdout + done.stderr


class Web:
    running = []

    def __init__(self, directory, config):
        (directory / "ready").unlink(missing_ok=True)
        self.ready = directory / "ready"
        self.process = subprocess.Popen([WEB, config], stderr=subprocess.PIPE, text=True)
        Web.running.append(self.process)
        end = time.monotonic() + SECONDS
        while not self.ready.exists():
            check(time.monotonic() < end and self.process.poll() is None, "kopeck-web is ready")
            time.sleep(0.01)
        self.port = int((directory / "port").read_text())

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        connection.request(method, path, body, {name.replace("_", "-"): value
                                                for name, value in headers.items()})
        answer = connection.getresponse()
        said = answer.read().decode()
        connection.close()
        return answer.status, said

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=SECONDS)
        check(self.process.returncode == 0, "it ends when it is told to")
        check(not self.ready.exists(), "and is ready no more")
        return log


def wrong_starts_are_refused(directory):
    ends("no config", USAGE)
    ends("two configs", USAGE, "a", "b")
    ends("an unknown option", USAGE, "--verbose")
    check("usage: kopeck-web CONFIG" in ends("help", 0, "--help"), "--help says how")
    ends("no such config", CONFIG, directory / "nowhere.cfg")
    for number, listen in enumerate(["8080", "localhost:8080", "127.0.0.1:65536", "127.0.0.1:80x",
                                     "[::1]:80", "1111.2222.3333.4444:80", "127.0.0.1:"]):
        config = write_config(directory, f"listen-{number}", listen=listen)
        if listen != "127.0.0.1:":  # an empty port is the kernel's choice
            check("listen" in ends(listen, CONFIG, config), f"{listen}: the key is named")
    ends("no certificate of payment", CONFIG,
         write_config(directory, "certificate", certificate=directory / "nobody.cert"))
    ends("no secret", CONFIG, write_config(directory, "secret", secret=directory / "keys/web.cert"))
    ends("no such transport", CONFIG, write_config(directory, "command", command="carrier://pigeon"))
    check("process/log" in ends("no such log level", CONFIG,
                                write_config(directory, "log", log="loud")), "the key is named")
    ends("an address of another machine", UNAVAILABLE,
         write_config(directory, "elsewhere", listen="192.0.2.1:8080"))
    ends("no place for the port", UNAVAILABLE,
         write_config(directory, "port", port_file=directory / "nowhere/port"))


def only_listed_addresses_notify(directory):
    """Whoever is not listed is answered at once, as a forger is; who is, waits for payment."""
    def status(web, **headers):
        return web.ask("POST", "/robokassa/result", "OutSum=1", **headers)[0]

    web = Web(directory, write_config(directory, "from", [f'notices_from = "{LISTED} {STRANGER}0"']))
    check(status(web) == 400, "another address is refused")
    check(status(web, X_Real_IP=LISTED) == 400, "nobody says himself who he is")
    web.stop()
    web = Web(directory, write_config(directory, "proxy", [f'notices_from = "{LISTED} {STRANGER}0"',
                                                           f"proxy = {PROXY}"]))
    check(status(web) == 400, "the proxy itself is not listed")
    check(status(web, X_Real_IP=STRANGER) == 400, "a part of an address is not the address")
    check(status(web, X_Real_IP=f"{LISTED} {STRANGER}0") == 400, "nor is the list")
    check(status(web, X_Real_IP=LISTED) == 503, "who is listed is let through")
    web.stop()
    web = Web(directory, write_config(directory, "own", [f'notices_from = "{PROXY}"',
                                                         "proxy = 192.0.2.9"]))
    check(status(web, X_Real_IP=STRANGER) == 503, "a header counts from the proxy alone")
    log = web.stop()
    check("status=503" in log, "a notice is logged")


def without_payment_nothing_is_promised(directory):
    web = Web(directory, write_config(directory, "alone", listen="127.0.0.1:", log="info"))
    with concurrent.futures.ThreadPoolExecutor() as pool:  # each is answered when its time is out
        health = pool.submit(web.ask, "GET", "/health")
        english = pool.submit(web.ask, "GET", "/robokassa/success?InvId=1", Accept_Language="en-GB")
        russian = pool.submit(web.ask, "GET", "/robokassa/success?InvId=1", Accept_Language="de")
        check(pool.submit(web.ask, "GET", "/robokassa/fail").result()[0] == 503, "without a query")
    check(health.result() == (503, "payment does not answer\n"), "not healthy")
    check(english.result()[0] == russian.result()[0] == 503, "nobody knows")
    check("right now" in english.result()[1] and "Сейчас" in russian.result()[1],
          "in the reader's language")
    check(web.ask("GET", "/nowhere")[0] == 404, "no such page")
    check(web.ask("GET", "/robokassa/%73uccess")[0] == 404, "a path is not decoded")
    check(web.ask("DELETE", "/health")[0] == 405, "no such method")
    check(web.ask("POST", "/robokassa/result", "OutSum=%zz") == (400, "bad sign\n"), "a broken form")
    check(web.ask("POST", "/robokassa/result", "a" * 16385) == (400, "bad sign\n"), "a long body")
    check(web.ask("GET", "/robokassa/result?" + "a" * 16385)[0] == 400, "a long query")
    web.stop()


def ping(config):
    """(exit status, what it said, seconds)"""
    began = time.monotonic()
    done = subprocess.run([KOPECK, "ping", config], capture_output=True, text=True, timeout=SECONDS)
    return done.returncode, done.stderr, time.monotonic() - began


def a_ping_asks_web_itself(directory):
    """Without payment it is red; frozen or dead it is dark, whoever else is well."""
    for name, lines in (("one", []), ("two", ["notices_listen = 127.0.0.1:0",
                                              f"notices_port_file = {directory}/notices"])):
        config = write_config(directory, f"ping-{name}", lines)
        (directory / "port").unlink(missing_ok=True)
        check(ping(config)[0] == UNAVAILABLE, "before it runs nobody knows its port")
        web = Web(directory, config)
        status, said, took = ping(config)
        check((status, said) == (RED, "kopeck: payment does not answer\n"), f"ping: {status} {said}")
        check(took < 4, f"a health check is over in time: {took} s")
        web.process.send_signal(signal.SIGSTOP)
        status, said, took = ping(config)
        check((status, said) == (UNAVAILABLE, "kopeck: no answer\n"), f"frozen: {status} {said}")
        check(took < 4, f"and in time: {took} s")
        web.process.send_signal(signal.SIGCONT)
        check(ping(config)[0] == RED, "it goes on")
        web.stop()
        check(ping(config)[0] == UNAVAILABLE, "it has ended")
    (directory / "port").write_text("0\n")
    check(ping(config)[0] == UNAVAILABLE, "a port file without a port")
    status, said, _ = ping(write_config(directory, "ping-listen", listen="8080"))
    check(status == CONFIG and "listen" in said, f"a wrong address: {status} {said}")


def main():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="kopeck-web-"))
    try:
        for name in ("keys", "keys/secret"):
            os.mkdir(directory / name, 0o700)
        subprocess.run([KOPECK, "keys", "make", "web:web", "payment:payment", "--public",
                        directory / "keys", "--secret", directory / "keys/secret"], check=True,
                       stdout=subprocess.DEVNULL)
        wrong_starts_are_refused(directory)
        only_listed_addresses_notify(directory)
        without_payment_nothing_is_promised(directory)
        a_ping_asks_web_itself(directory)
    finally:
        for process in Web.running:
            process.kill()
        shutil.rmtree(directory, ignore_errors=True)
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
