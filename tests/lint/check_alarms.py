#!/usr/bin/env python3
"""check_alarms - each reason why a process cannot do its whole job has its row in the table of
docs/operations.md, "What the light says", and each row its test.

usage: check_alarms.py SOURCE_DIR
       check_alarms.py SOURCE_DIR --planted     plants each mistake into a copy of the tree, and
                                                fails unless each is found

A code of the family alarm in proto/codes.def, `CODE(ALARM_NAME, number, "meaning", …)`, has one row:

    | `NAME` | the meaning, word for word | what to do | `tests/…/FILE` `FUNCTION` |

The last column names the test that raises it through real processes, and that sees it end. The
file is there and stands in a CMakeLists.txt, so that it is run; the function is in it, and its body
names the alarm: "NAME", or ALARM_NAME. A row that no code has is refused, too.
"""
import re
import shutil
import sys
import tempfile
from pathlib import Path

import lint_main

CODES, PAGE, TITLE = "proto/codes.def", "docs/operations.md", "What the light says"
FAMILY = re.compile(r"^FAMILY\(alarm,.*?^FAMILY_END\(alarm\)", re.M | re.S)
CODE = re.compile(r'^ +CODE\(ALARM_(\w+), \d+,\s*"([^"]*)"', re.M)
ROW = re.compile(r"^\| `(\w+)` \|(.*)\|(.*)\|(.*)\|$")
TEST = re.compile(r"`(tests/[\w/.]+)` `(\w+)`")


def functions(path, text):
    """{name: body} of a script or a C source, as far as they are written as ours are."""
    if path.suffix == ".py":
        pattern = r"(?ms)^ *def (\w+)\((.*?)(?=^ *(?:def|class) |^[A-Za-z_#@]|\Z)"
    elif path.suffix == ".c":
        pattern = r"(?ms)^[a-z][\w *]*?\b(\w+)\([^;{]*\)\s*\{(.*?)^\}"
    else:
        pattern = r"(?ms)^(\w+)\(\) \{(.*?)^\}"
    return {match[1]: match[2] for match in re.finditer(pattern, text)}


def check_test(root, name, cell, listed):
    """What is wrong with the test that a row names."""
    named = TEST.findall(cell)
    if not named:
        yield f"{name}: no test; expected `tests/…/FILE` `FUNCTION` in the last column"
    for file, function in named:
        path = root / file
        if not path.is_file():
            yield f"{name}: there is no {file}"
            continue
        body = functions(path, path.read_text()).get(function)
        if not re.search(rf"\b{re.escape(path.stem)}\b", listed):
            yield f"{name}: {file} stands in no CMakeLists.txt of tests/: nobody runs it"
        if body is None:
            yield f"{name}: {file} has no function {function}"
        elif not re.search(rf"[\"'](?:alarm=)?{name}\b|\bALARM_{name}\b", body):
            yield f"{name}: {function} of {file} does not name \"{name}\": does it raise it?"


def check(root):
    found = []
    family = FAMILY.search((root / CODES).read_text())
    codes = dict(CODE.findall(family[0])) if family else {}
    if not codes:
        return [f"{CODES}: no family alarm"]
    sections = re.split(r"(?m)^## ", (root / PAGE).read_text())
    section = next((part for part in sections if part.startswith(TITLE + "\n")), None)
    if section is None:
        return [f"{PAGE}: no section \"{TITLE}\""]
    listed = "\n".join(path.read_text() for path in sorted((root / "tests").rglob("CMakeLists.txt")))
    rows = [match.groups() for line in section.split("\n") if (match := ROW.match(line))]
    for name, meaning, todo, test in rows:
        if name not in codes:
            found.append(f"{PAGE}: the row {name} is of no code of the family alarm")
            continue
        if meaning.strip() != codes[name]:
            found.append(f"{PAGE}: {name} means \"{codes[name]}\", and the row says "
                         f"\"{meaning.strip()}\"")
        if len(todo.strip()) < 20:
            found.append(f"{PAGE}: {name}: what is to be done?")
        found += [f"{PAGE}: {what}" for what in check_test(root, name, test, listed)]
    names = [row[0] for row in rows]
    for name in codes:
        if names.count(name) != 1:
            found.append(f"{PAGE}: \"{TITLE}\" has {names.count(name)} rows of ALARM_{name}; "
                         "expected one")
    return found


# file, what is replaced, by what
PLANTS = (
    (CODES, "FAMILY_END(alarm)", '    CODE(ALARM_PLANT, 4000, "a plant", "растение")\n'
                                 "FAMILY_END(alarm)"),
    (CODES, 'CODE(ALARM_FULL, 2, "the disk', 'CODE(ALARM_FULL, 2, "a disk'),
    (CODES, "CODE(ALARM_FULL, 2,", "CODE(ALARM_FILLED, 2,"),
    (PAGE, "| `FULL` |", "| FULL |"),
    (PAGE, "| `FULL` |", "| `FULL` | | more room is needed here | none |\n| `FULL` |"),
    (PAGE, "`tests/integration/test_lights.py` `full`", "by hand"),
    (PAGE, "`tests/integration/test_lights.py` `full`", "`tests/integration/test_dark.py` `full`"),
    (PAGE, "`tests/integration/test_lights.py` `full`", "`tests/integration/test_lights.py` `fuller`"),
    (PAGE, "`tests/integration/test_lights.py` `full`", "`tests/integration/test_lights.py` `clock`"),
    (PAGE, f"## {TITLE}\n", "## Lights\n"),
    ("tests/integration/test_lights.py", "\ndef full(", "\ndef empty("),
    ("tests/integration/CMakeLists.txt", "test_lights", "test_dark"))


def planted(root):
    """What was not found, of a mistake of each sort in a copy of the tree."""
    missed = []
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        for folder in ("proto", "docs", "tests/integration"):
            shutil.copytree(root / folder, copy / folder)
        clean = check(copy)
        for path, old, new in PLANTS:
            before = (copy / path).read_text()
            (copy / path).write_text(before.replace(old, new))
            if old not in before or not set(check(copy)) - set(clean):
                missed.append(f"{path}: {new}")
            (copy / path).write_text(before)
    print(f"{len(PLANTS)} plants, {len(missed)} not found")
    return missed


if __name__ == "__main__":
    sys.exit(lint_main.run(__doc__, lambda root, _: check(root), planted))
