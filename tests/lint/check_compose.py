#!/usr/bin/python3
"""check_compose - holds docker-compose.yml against what the design asks of it, without an engine.

usage: check_compose.py DIRECTORY
"""
import pathlib
import sys

import yaml

PROCESSES = {"metering", "ledger", "payment", "autopay", "web"}


def faults(root):
    compose = yaml.safe_load((root / "docker-compose.yml").read_text())
    services = compose["services"]
    if not PROCESSES <= set(services):
        yield f"services: expected {sorted(PROCESSES)}, found {sorted(services)}"
    for name, service in services.items():
        def expect(what, ok):
            if not ok:
                return [f"{name}: {what}"]
            return []
        yield from expect("read_only is not true", service.get("read_only") is True)
        yield from expect("runs as root", service.get("user", "0").split(":")[0] not in ("0", "root"))
        yield from expect("capabilities are not dropped", service.get("cap_drop") == ["ALL"])
        yield from expect("may gain privileges",
                          "no-new-privileges:true" in service.get("security_opt", []))
        yield from expect("assumes a start order", "depends_on" not in service)
        yield from expect("sees the Docker socket", "docker.sock" not in str(service.get("volumes")))
        yield from expect("has a secret in its environment", "environment" not in service)
        used = [str(v).split(":")[0] for v in service.get("volumes", [])]
        yield from expect("uses a volume that has no name",
                          all(v in compose["volumes"] for v in used))
        if name not in PROCESSES:
            continue
        yield from expect("has no health check", "healthcheck" in service)
        yield from expect("is not started again after a failure",
                          service.get("restart") == "on-failure")
        yield from expect("may write its keys",
                          all(str(v).endswith(":ro") for v in service["volumes"]
                              if str(v).split(":")[1].startswith("/keys")))
        foreign = [v for v in used if v.startswith("secret-") and v != f"secret-{name}"]
        yield from expect(f"sees others' secrets: {foreign}", not foreign)
        config = service["command"][1].rsplit("/", 1)[1]
        yield from expect(f"{config} is not in the tree",
                          (root / "services" / name / config).exists())
        if name in ("metering", "ledger", "autopay"):
            yield from expect("reaches the outside", service.get("networks") == ["bus"])


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    found = list(faults(pathlib.Path(sys.argv[1])))
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
