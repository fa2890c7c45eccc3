#!/usr/bin/python3
"""check_readme - what README.md promises by name: the programs that its lines run from build/bin are built
by `tools/demo`, which a newcomer ran before, and the directories in which its lines put keys, passwords and
journals are ignored by git.

usage: check_readme.py SOURCE_DIR
       check_readme.py SOURCE_DIR --planted     makes each of it wrong in a copy, and fails unless found
"""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import lint_main

PRIVATE = ("run/etc/kopeck.cfg", "secrets/robokassa_password1", "build/bin/kopeck")


def built(root):
    line = re.search(r"^ *ninja -C build (.*)$", (root / "tools/demo").read_text(), re.M)
    names = set(line[1].split())
    if "processes" in names:
        names |= {"robokassa-sim"} | {f"kopeck-{path.parent.name}"
                                      for path in (root / "services").glob("*/*_main.c")}
    return names


def faults(root):
    used = set(re.findall(r"build/bin/([\w-]+)", (root / "README.md").read_text()))
    found = [f"README.md runs build/bin/{name}, which tools/demo does not build"
             for name in sorted(used - built(root))]
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(root / ".gitignore", scratch)
        subprocess.run(["git", "init", "-q"], cwd=scratch, check=True)
        found += [f".gitignore does not have {name}" for name in PRIVATE if subprocess.run(
            ["git", "check-ignore", "-q", "--no-index", name], cwd=scratch, check=False).returncode]
    for name in ("secrets", "keys", ".git"):
        if name not in (root / ".dockerignore").read_text().split():
            found.append(f".dockerignore does not have {name}")
    return found


PLANTS = [("tools/demo", " kopeck-fleet", "", "kopeck-fleet, which"),
          ("tools/demo", " processes", "", "kopeck-ledger, which"),
          (".gitignore", "/run/\n", "", "run/etc"), (".gitignore", "/secrets/\n", "", "secrets/"),
          (".dockerignore", "secrets\n", "", "have secrets")]


def planted(root):
    missed = []
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        shutil.copytree(root / "services", copy / "services")
        (copy / "tools").mkdir()
        for name in ("README.md", "tools/demo", ".gitignore", ".dockerignore"):
            shutil.copy(root / name, copy / name)
        missed += [f"the tree without a plant: {fault}" for fault in faults(copy)]
        for path, old, new, why in PLANTS:
            text = (copy / path).read_text()
            (copy / path).write_text(text.replace(old, new, 1))
            if old not in text or not any(why in fault for fault in faults(copy)):
                missed.append(f"{path}: {old!r} -> {new!r}: no fault says {why!r}")
            (copy / path).write_text(text)
    print(f"{len(PLANTS)} plants, {len(missed)} not found")
    return missed


if __name__ == "__main__":
    sys.exit(lint_main.run(__doc__, lambda root, _: faults(root), planted))
