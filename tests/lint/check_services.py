#!/usr/bin/env python3
"""check_services - holds against proto/services.def what is written by hand for each process: its
folder, its unit, its two example configurations, its row in docker-compose.yml, and its step in the
order of upgrades (docs/operations.md "Upgrade").

usage: check_services.py SOURCE_DIR
       check_services.py SOURCE_DIR --planted     makes each of them wrong in a copy of the tree, and
                                                  fails unless each is found

What is made from the table (docs/services.md, kopeck.sysusers.conf, kopeck.cfg) is held by
docs/current.
"""
import re
import shutil
import sys
import tempfile
from pathlib import Path

import lint_main
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
import services_table  # noqa: E402

GIB_MIB = 1024
DOORS = ("command", "replay", "publish", "feed")
# What a unit says of the network, and in which networks docker-compose.yml puts the container.
UNIT_NETWORK = {
    "BUS": {"PrivateNetwork": ["yes"], "IPAddressDeny": ["any"], "IPAddressAllow": [],
            "RestrictAddressFamilies": ["AF_UNIX"]},
    "EGRESS": {"PrivateNetwork": [], "IPAddressDeny": [], "IPAddressAllow": [],
               "RestrictAddressFamilies": ["AF_UNIX AF_INET AF_INET6"]},
    "EDGE": {"PrivateNetwork": [], "IPAddressDeny": ["any"], "IPAddressAllow": ["localhost"],
             "RestrictAddressFamilies": ["AF_UNIX AF_INET"]},
}
COMPOSE_NETWORKS = {"BUS": ["bus"], "EGRESS": ["bus", "egress"], "EDGE": ["bus", "edge"]}
OPERATIONS = "docs/operations.md"
FEED = "metering"  # whose feed a platform reaches from outside of the engine


def differ(where, what, expected, found):
    if expected != found:
        yield f"{where}: {what}: expected {expected}, found {found}"


# --- folders ---

def files_of(row):
    yield from ("CMakeLists.txt", f"{row.name}_main.c", f"kopeck-{row.name}.service",
                f"kopeck-{row.name}.cfg", f"{row.name}.cfg")
    if row.stream:
        yield f"{row.name}_core.c"


def check_folders(root, rows):
    for row in rows:
        for name in files_of(row):
            if not (root / "services" / row.name / name).is_file():
                yield f"services/{row.name}: there is no {name}"
    mains = {path.parent.name for path in root.glob("services/*/*_main.c")}
    for name in sorted(mains - {row.name for row in rows}):
        yield f"services/{name}: has a program and no line in proto/services.def"


def check_reading(root, rows):
    """Did we read of the table what C does, which made the page?"""
    page = re.findall(r"^\| (\w+) \| \d* \|", (root / "docs/services.md").read_text(), re.M)
    yield from differ("docs/services.md", "processes", [row.name for row in rows], page)


def check_main(root, row):
    path = f"services/{row.name}/{row.name}_main.c"
    if row.stream and f': {row.meaning}"' not in (root / path).read_text():
        yield f"{path}: does not say \"{row.meaning}\" of itself"


# --- units ---

def check_unit(root, row):
    path = f"services/{row.name}/kopeck-{row.name}.service"
    text = (root / path).read_text()
    pairs = re.findall(r"^(\w+)=(.*)$", text, re.M)
    journal = row.stream is not None
    keeps = [f"kopeck-{row.name}"] if journal else []
    for key, values in {
            "Description": [f"Kopeck: {row.meaning}"],
            "ExecStart": [f"/usr/local/bin/kopeck-{row.name} /etc/kopeck/kopeck-{row.name}.cfg"],
            "User": [f"kopeck-{row.name}"], "Group": ["kopeck"],
            "StateDirectory": keeps, "StateDirectoryMode": ["0700"] if journal else [],
            "TimeoutStartSec": ["infinity"] if journal else [],
            "WatchdogSec": ["60"] if journal else [],
            "LimitCORE": ["0"], "LimitNOFILE": [str(row.files)],
            "LimitDATA": [f"{row.memory_mib // GIB_MIB}G"], "TasksMax": [str(row.threads)],
            "WantedBy": ["kopeck.target"], **UNIT_NETWORK[row.network]}.items():
        yield from differ(path, key, values, [value for name, value in pairs if name == key])
    secret = f"{row.name}.cert_secret:/etc/kopeck/secret/{row.name}.cert_secret"
    if ("LoadCredential", secret) not in pairs:
        yield f"{path}: no LoadCredential={secret}"
    if not text.startswith(f"# kopeck-{row.name} - {row.meaning}. "):
        yield f"{path}: its first line does not say \"{row.meaning}\""


# --- examples ---

def zpl(path):
    """{"follow/ledger/replay": value}: the keys of a configuration; of a section, None."""
    keys, trail = {}, []
    for line in path.read_text().splitlines():
        row = re.match(r"( *)([\w.-]+)(?: *= *(.*))?$", line)
        if row:
            trail[len(row[1]) // 4:] = [row[2]]
            keys["/".join(trail)] = row[3]
    return keys


def check_example(root, row, path, port_of):
    """`port_of` says where a door is bound, by stream, name and number of the door."""
    keys = zpl(root / path)
    yield from differ(path, "process/name", row.name, keys.get("process/name", row.name))
    if not row.stream:
        for peer in row.peers:
            for key in ("command", "certificate"):
                if not keys.get(f"{peer}/{key}"):
                    yield f"{path}: no {peer}/{key}"
        return
    for number, door in enumerate(DOORS):
        there = row.takes_feed or door != "feed"
        yield from differ(path, f"endpoints/{door}",
                          port_of(row, door, number) if there else None,
                          keys.get(f"endpoints/{door}"))
    follows = {key.split("/")[1] for key in keys if key.startswith("follow/")}
    yield from differ(path, "follow", sorted(row.peers), sorted(follows))


def tcp(row, _, number):
    return f"tcp://0.0.0.0:{7000 + 100 * row.stream + 1 + number}"


def ipc(row, door, _):
    return f"ipc:///run/kopeck/{row.name}.{door}"


# --- containers ---

def check_container(compose, row):
    name, where = row.name, f"docker-compose.yml: {row.name}"
    service = compose["services"].get(name)
    if not service:
        yield f"{where}: there is no such service"
        return
    config = f"/etc/kopeck/{name}.cfg"
    networks = COMPOSE_NETWORKS[row.network] + (["feed"] if name == FEED else [])
    volumes = ["public:/keys/public:ro", f"secret-{name}:/keys/secret/{name}:ro"]
    volumes += [f"{name}:/var/lib/kopeck"] if row.stream else []
    yield from differ(where, "command", [f"kopeck-{name}", config], service.get("command"))
    yield from differ(where, "healthcheck", ["CMD", "kopeck", "ping", config],
                      service.get("healthcheck", {}).get("test"))
    yield from differ(where, "restart", "unless-stopped", service.get("restart"))
    yield from differ(where, "volumes", volumes, service.get("volumes"))
    yield from differ(where, "networks", networks, service.get("networks"))
    if service["ulimits"]["nofile"] < row.files:
        yield f"{where}: nofile is below the {row.files} of the table"
    if f"secret-{name}:/keys/secret/{name}" not in compose["services"]["keys"]["volumes"]:
        yield f"{where}: keys does not put its secret into secret-{name}"
    yield from check_twin(compose, service, name, volumes)


def check_twin(compose, service, name, volumes):
    """The same process in the demonstration, which meets nothing of what is real."""
    where, twin = f"docker-compose.yml: demo-{name}", compose["services"].get(f"demo-{name}", {})
    for key in ("image", "restart", "user", "read_only", "cap_drop", "security_opt", "ulimits"):
        yield from differ(where, key, service.get(key), twin.get(key))
    yield from differ(where, "volumes", [f"demo-{volume}" for volume in volumes],
                      [volume for volume in twin.get("volumes", []) if "robokassa" not in volume])
    yield from differ(where, "networks", {"demo": {"aliases": [name]}}, twin.get("networks"))
    yield from differ(where, "healthcheck", twin.get("command", [""])[-1],
                      twin.get("healthcheck", {}).get("test", [""])[-1])


# --- upgrades ---

def check_upgrade(root, rows):
    """Who follows is upgraded before or with whom he follows, and a face after all that it asks."""
    where = "docs/operations.md: Upgrade"
    text = (root / OPERATIONS).read_text().split("\n## Upgrade\n", 1)[-1].split("\n## ", 1)[0]
    steps = {name: int(step) for step, names in re.findall(r"^\| (\d+) \| ([\w, ]+) \|", text, re.M)
             for name in names.split(", ")}
    yield from differ(where, "processes", sorted(row.name for row in rows), sorted(steps))
    for row in rows:
        for peer in row.peers:
            mine, his = steps.get(row.name, 0), steps.get(peer, 0)
            if row.stream and mine > his:
                yield f"{where}: {row.name} follows {peer}, and comes behind it"
            elif not row.stream and mine <= his:
                yield f"{where}: {row.name} asks {peer}, and does not come behind it"


# --- all ---

def faults(root):
    rows = services_table.read(root)
    found = [*check_reading(root, rows), *check_folders(root, rows)]
    if found:  # the rest reads these files
        return found
    compose = yaml.safe_load((root / "docker-compose.yml").read_text())
    for row in rows:
        folder = f"services/{row.name}"
        found += check_main(root, row)
        found += check_unit(root, row)
        found += check_example(root, row, f"{folder}/{row.name}.cfg", tcp)
        found += check_example(root, row, f"{folder}/kopeck-{row.name}.cfg", ipc)
        found += check_container(compose, row)
    return found + [*check_upgrade(root, rows)]


TABLE, COMPOSE = "proto/services.def", "docker-compose.yml"
# (file, what stands there, what is planted, what the fault says)
PLANTS = [
    (TABLE, '65536, 8192, 64, "every', '65535, 8192, 64, "every', "LimitNOFILE"),
    (TABLE, '16384, 4096, 64, "when', '16384, 8192, 64, "when', "LimitDATA"),
    (TABLE, "EDGE, NONE, 8192", "EDGE, NONE, 65537", "nofile"),
    (TABLE, "STREAM_LEDGER), EGRESS", "STREAM_LEDGER), BUS", "PrivateNetwork"),
    (TABLE, "STREAM_LEDGER), EGRESS", "STREAM_LEDGER), BUS", "networks"),
    (TABLE, "FOLLOWS(STREAM_AUTOPAY, ", "FOLLOWS(STREAM_METERING, ", "follow"),
    ("services/web/web.cfg", "    command = tcp://ledger:7201\n", "", "no ledger/command"),
    (TABLE, "2, 2, FED", "2, 2, UNFED", "endpoints/feed"),
    (TABLE, "AUTOPAY, 4, 4,", "AUTOPAY, 4, 5,", "endpoints/command"),
    (TABLE, "invoices, mandates", "invoices, mandate", "Description"),
    (TABLE, "SERVICE(autopay, ", " SERVICE(autopay, ", "docs/services.md"),
    (TABLE, "SERVICE(autopay, ", "SERVICE(autopays, ", "has a program and no line"),
    (TABLE, "SERVICE(autopay, ", "SERVICE(autopays, ", "there is no autopays_main.c"),
    (COMPOSE, "  autopay:\n    <<", "  autopays:\n    <<", "no such service"),
    (COMPOSE, '"kopeck-ledger", "/etc', '"kopeck-ledger", "/var', "command"),
    (COMPOSE, '"ping", "/etc/kopeck/ledger.cfg"', '"ping", "/etc/kopeck/web.cfg"', "healthcheck"),
    (COMPOSE, "  restart: unless-stopped", "  restart: on-failure", "restart"),
    (COMPOSE, "- secret-ledger:/keys/secret/ledger:ro", "- secret-ledger:/keys/secret/ledger", "volumes"),
    (COMPOSE, "- secret-ledger:/keys/secret/ledger:ro", "- secret-web:/keys/secret/web:ro", "volumes"),
    (COMPOSE, "demo-ledger:/var/lib", "ledger:/var/lib", "demo-ledger: volumes"),
    (COMPOSE, "aliases: [ledger]", "aliases: [books]", "demo-ledger: networks"),
    (COMPOSE, "networks: [bus, feed]", "networks: [bus]", "networks"),
    (COMPOSE, "      - ledger:/var/lib/kopeck\n", "", "volumes"),
    (COMPOSE, "networks: [bus, egress]", "networks: [bus]", "networks"),
    (COMPOSE, "      - secret-web:/keys/secret/web\n", "", "keys does not put"),
    (OPERATIONS, "| 1 | notify |", "| 3 | notify |", "notify follows ledger, and comes behind"),
    (OPERATIONS, "| 3 | metering, documents |", "| 1 | metering, documents |", "ledger follows documents"),
    (OPERATIONS, "| 4 | web, api |", "| 3 | web, api |", "web asks documents, and does not come"),
    (OPERATIONS, "| 4 | web, api |", "| 4 | web |", "processes"),
    (TABLE, "UNFED, FOLLOWS(STREAM_NONE)", "UNFED, FOLLOWS(STREAM_NOTIFY)", "documents follows notify"),
]
# (what stands there, what is planted, what the fault says) of each unit; {} is the process.
PLANTS_OF_UNITS = [
    ("User=kopeck-{}", "User=root", "User"),
    ("Group=kopeck", "Group=root", "Group"),
    ("ExecStart=/usr/local/bin/kopeck-", "ExecStart=/usr/bin/kopeck-", "ExecStart"),
    ("LimitCORE=0", "LimitCORE=1", "LimitCORE"),
    ("LimitNOFILE=", "LimitNOFILE=1", "LimitNOFILE"),
    ("LimitDATA=", "LimitDATA=1", "LimitDATA"),
    ("TasksMax=", "TasksMax=1", "TasksMax"),
    ("RestrictAddressFamilies=", "RestrictAddressFamilies=AF_NETLINK ", "RestrictAddressFamilies"),
    ("LoadCredential={}", "LoadCredential=x{}", "LoadCredential"),
    ("# kopeck-{} - ", "# kopeck-{} - what ", "first line"),
    ("WantedBy=kopeck.target", "WantedBy=multi-user.target", "WantedBy"),
]
PLANTS_OF_JOURNALS = [
    ("StateDirectory=", "Nothing=", "StateDirectory"),
    ("WatchdogSec=", "Nothing=", "WatchdogSec"),
    ("TimeoutStartSec=", "Nothing=", "TimeoutStartSec"),
]


def plants(rows):
    yield from PLANTS
    for row in rows:
        example = f"services/{row.name}/{row.name}.cfg"
        unit = f"services/{row.name}/kopeck-{row.name}"
        for old, new, why in PLANTS_OF_UNITS + (PLANTS_OF_JOURNALS if row.stream else []):
            yield f"{unit}.service", old.format(row.name), new.format(row.name), why
        yield example, "name = ", "name = x", "process/name"
        if row.stream:
            yield f"services/{row.name}/{row.name}_main.c", f'{row.meaning}"', 'other"', "of itself"
            yield example, "replay = tcp://0.0.0.0:7", "replay = tcp://0.0.0.0:8", "endpoints/replay"
            door = f"{row.name}.replay"
            yield f"{unit}.cfg", f"/run/kopeck/{door}", f"/run/{door}", "endpoints/replay"


def planted(root):
    missed, count = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        for part in ("proto", "services", "docs"):
            shutil.copytree(root / part, copy / part)
        shutil.copy(root / COMPOSE, copy)
        missed += [f"the tree without a plant: {fault}" for fault in faults(copy)]
        for path, old, new, why in plants(services_table.read(root)):
            count += 1
            text = (copy / path).read_text()
            (copy / path).write_text(text.replace(old, new, 1))
            if old not in text or not any(why in fault for fault in faults(copy)):
                missed.append(f"{path}: {old!r} -> {new!r}: no fault says {why!r}")
            (copy / path).write_text(text)
    print(f"{count} plants, {len(missed)} not found")
    return missed


if __name__ == "__main__":
    sys.exit(lint_main.run(__doc__, lambda root, _: faults(root), planted))
