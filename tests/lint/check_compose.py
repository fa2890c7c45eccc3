#!/usr/bin/python3
"""check_compose - holds docker-compose.yml against what each container must keep, without an engine;
check_services.py has what each process of ours needs, and tests/systems/compose runs it.

usage: check_compose.py DIRECTORY
       check_compose.py DIRECTORY --planted     makes it wrong in a copy, and fails unless each is found
"""
import shutil
import sys
import tempfile
from pathlib import Path

import lint_main
import yaml

PROFILES = ("live", "demo", "operator", "observe")
RESTARTS = {"keys": "on-failure", "demo-keys": "on-failure", "kopeck": "no"}


def part_of(names):
    """Which of the two that must not meet: what is real, or the demonstration."""
    return {"demo" if name.split("-")[0] == "demo" else "real" for name in names}


def of_one(name, service, compose):
    used = [str(volume).split(":")[0] for volume in service.get("volumes", [])]
    profiles, networks = service.get("profiles", []), list(service.get("networks", []))
    part = "demo" if profiles == ["demo"] else "real"
    yield "read_only is not true", service.get("read_only") is True
    yield "runs as root", service.get("user", "0") == "10001:10001"
    yield "capabilities are not dropped", service.get("cap_drop") == ["ALL"]
    yield "may gain privileges", "no-new-privileges:true" in service.get("security_opt", [])
    yield "assumes a start order", "depends_on" not in service
    yield "sees the Docker socket", "docker.sock" not in str(service.get("volumes"))
    yield "has a secret in its environment", "environment" not in service
    yield "uses a volume that has no name", all(volume in compose["volumes"] for volume in used)
    yield "is of no profile, or of several", len(profiles) == 1 and profiles[0] in PROFILES
    yield "is not started again", service.get("restart") == RESTARTS.get(name, "unless-stopped")
    yield "is of both, what is real and the demonstration", \
        part_of([name]) | part_of(used) | part_of(networks) <= {part}
    yield "has a port that anybody reaches", all(
        str(port).startswith(("127.0.0.1:", "${KOPECK_FEED:-127.0.0.1:"))
        for port in service.get("ports", []))


def faults(root):
    compose = yaml.safe_load((root / "docker-compose.yml").read_text())
    found = [f"{name}: {what}" for name, service in compose["services"].items()
             for what, holds in of_one(name, service, compose) if not holds]
    if "COMPOSE_PROFILES=live" not in (root / ".env").read_text().splitlines():
        found.append(".env: docker-compose up does not start the profile live")
    return found


PLANTS = [
    ("  read_only: true", "  read_only: false", "read_only"),
    ('user: "10001:10001"', 'user: "10001"', "root"),
    ("cap_drop: [ALL]", "cap_drop: [CHOWN]", "capabilities"),
    ("no-new-privileges:true", "seccomp:unconfined", "gain privileges"),
    ("    networks: [bus]\n", "    networks: [bus]\n    depends_on: [keys]\n", "start order"),
    ("      - public:/keys/public\n", "      - /var/run/docker.sock:/s\n", "socket"),
    ("    networks: [bus]\n", "    networks: [bus]\n    environment: {PASSWORD: x}\n", "environment"),
    ("  backups: {}\n", "", "no name"),
    ("    profiles: [demo]\n", "", "no profile"),
    ("  restart: unless-stopped", "  restart: on-failure", "started again"),
    ("      - demo-ledger:/var", "      - ledger:/var", "both"),
    ("    networks: [bus]\n", "    networks: [bus, demo]\n", "both"),
    ('"127.0.0.1:8080:', '"8080:', "port"),
]


def planted(root):
    missed = []
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        for name in ("docker-compose.yml", ".env"):
            shutil.copy(root / name, copy)
        missed += [f"without a plant: {fault}" for fault in faults(copy)]
        text = (root / "docker-compose.yml").read_text()
        for old, new, why in PLANTS:
            (copy / "docker-compose.yml").write_text(text.replace(old, new, 1))
            if old not in text or not any(why in fault for fault in faults(copy)):
                missed.append(f"{old!r} -> {new!r}: no fault says {why!r}")
    print(f"{len(PLANTS)} plants, {len(missed)} not found")
    return missed


if __name__ == "__main__":
    sys.exit(lint_main.run(__doc__, lambda root, _: faults(root), planted))
