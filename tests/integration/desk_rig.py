"""The operators' desk of a place: kopeck-desk under one operator's certificate, and his browser."""
import re
import subprocess

from page_rig import Browser, check, equal
from process_rig import Violation


class Desk:
    """kopeck-desk, started; `with Desk(world, "operator") as desk`."""

    def __init__(self, world, operator="operator", importer=None):
        self.world, self.operator = world, operator
        config = world.place.path("etc", f"desk-{operator}.cfg")
        config.write_text(world.place.path("etc", "kopeck.cfg").read_text().replace(
            "operator.cert_secret", f"{operator}.cert_secret"))
        self.port_file = world.place.path("run", f"desk-{operator}.port")
        self.command = [world.place.bin / "kopeck-desk", "--config", config, "--listen", "127.0.0.1:0",
                        "--port-file", self.port_file, "--sandbox", "wanted"]
        if importer:
            self.command += ["--importer", world.place.path("keys/secret", f"{importer}.cert_secret")]
        self.child = None

    def __enter__(self):
        self.log = open(self.world.place.path("log", f"desk-{self.operator}.log"), "w", encoding="utf-8")
        self.child = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.first_link = self.child.stdout.readline().strip()
        if not self.first_link:
            raise Violation(f"kopeck-desk does not start: {self.said()}")
        self.address = f"127.0.0.1:{int(self.port_file.read_text())}"
        return self

    def __exit__(self, *_):
        self.child.terminate()
        status = self.child.wait(30)
        self.log.close()
        equal("a desk ends by a signal", 0, status)

    def said(self):
        return self.world.place.path("log", f"desk-{self.operator}.log").read_text()

    def link(self):
        """Another one, made by another process."""
        return subprocess.run([*self.command, "--link"], capture_output=True, text=True, check=True).stdout.strip()

    def browser(self, language="ru"):
        browser = Browser(self.address, language)
        page = browser.look(path_of(self.link()))
        equal("the link opens the desk", (303, "/desk"), (page.status, page.location))
        return browser


def upload(browser, path, **parts):
    """A form with a file, as a browser sends it: texts and bytes by their names."""
    line, body = "----rig", b""
    for name, value in parts.items():
        is_file = isinstance(value, bytes)
        body += (f"--{line}\r\nContent-Disposition: form-data; name=\"{name}\"" + ('; filename="a"' if is_file else "") +
                 "\r\n\r\n").encode() + (value if is_file else value.encode()) + b"\r\n"
    body += f"--{line}--\r\n".encode()
    return browser.ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={line}"})


def path_of(link):
    found = re.fullmatch(r"http://127\.0\.0\.1:\d+(/enter\?k=[0-9a-fv.]+)", link)
    check(found, f"no link: {link}")
    return found[1]


def review(browser, name, **fields):
    """What the desk says would change, and the form that confirms it."""
    page = browser.post(f"/desk/check/{name}", fields)
    return page, page.forms().get(f"/desk/do/{name}")


def carry_out(browser, name, **fields):
    page, form = review(browser, name, **fields)
    check(form, f"{name}: {page.status} {page.shown}")
    done = browser.post(f"/desk/do/{name}", form)
    equal(f"{name} is carried out: {done.shown}", 303, done.status)
    return browser.get(done.location)
