"""engine - a Docker engine of the test's own: its data, socket and network in a directory and a
namespace that end with it, so that nothing of the machine's own engine is touched or needed.

The base image `debian:12-slim` is made by mmdebstrap, for a registry may be out of reach.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import time

START_S = 60
PROGRAMS = ("dockerd", "docker", "docker-compose", "mmdebstrap", "unshare", "iptables")


def missing():
    """Why no engine can start here, or None."""
    if os.geteuid() != 0:
        return "not root"
    absent = [name for name in PROGRAMS if not shutil.which(name)]
    return f"{', '.join(absent)} not installed" if absent else None


class CannotStart(Exception):
    """The engine does not come up on this machine."""


class Engine:
    """dockerd with everything of its own under `directory`. `network` False: without bridge or rules, in
    the machine's network, which a build needs for its packages; True: for the namespace we are in."""

    def __init__(self, directory, network):
        self.directory, self.network = pathlib.Path(directory), network
        self.directory.mkdir(parents=True, exist_ok=True)
        self.data = self.directory / "data"
        self.socket = f"unix://{self.directory}/docker.sock"
        self.environment = dict(os.environ, DOCKER_HOST=self.socket, DOCKER_BUILDKIT="0",
                                DOCKER_CONFIG=str(self.directory / "config"))
        self.process = None

    def start(self):
        arguments = ["dockerd", "--data-root", self.data, "--exec-root", self.directory / "run",
                     "--pidfile", self.directory / "docker.pid", "--host", self.socket]
        (self.directory / "docker.pid").unlink(missing_ok=True)  # of one that was killed
        if not self.network:
            arguments += ["--bridge=none", "--iptables=false", "--ip-forward=false"]
        with open(self.directory / "dockerd.log", "ab") as log:
            self.process = subprocess.Popen(list(map(str, arguments)), stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        ends = time.monotonic() + START_S
        while subprocess.run(["docker", "info"], env=self.environment, capture_output=True,
                             check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > ends:
                said = (self.directory / "dockerd.log").read_text(errors="replace")
                self.stop()
                raise CannotStart(said.strip().splitlines()[-1][:300] if said else "no word")
            time.sleep(0.2)

    def stop(self):
        """As the machine's service manager does it: the containers are told to end."""
        if not self.process:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(90)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def run(self, *words, **named):
        named = {"env": self.environment, "text": True, "capture_output": True, "check": False,
                 "stdin": subprocess.DEVNULL} | named
        if "input" in named:
            del named["stdin"]
        return subprocess.run(list(map(str, words)), **named)


def make_base(engine, mirror):
    """debian:12-slim of what Debian calls a minimal system; one that is there stays. As in the image of
    that name, dpkg does not flush each file that it unpacks: nobody needs half a layer after a power cut."""
    if engine.run("docker", "image", "inspect", "debian:12-slim").returncode == 0:
        return
    made = engine.run("bash", "-c", "set -o pipefail; mmdebstrap --quiet --variant=minbase "
                      f"--dpkgopt=force-unsafe-io bookworm - '{mirror}' | "
                      "docker import - debian:12-slim")
    if made.returncode:
        raise CannotStart(f"mmdebstrap, docker import: {made.stdout[-300:]}{made.stderr[-300:]}")
