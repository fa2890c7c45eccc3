#!/usr/bin/env python3
"""check_codes - what a number means stands in proto/codes.def, and nowhere else.

usage: check_codes.py SOURCE_DIR
       check_codes.py SOURCE_DIR --planted     plants each mistake into a copy of the tree, and fails
                                               unless each is found

Looks for numbers that a family has twice, fields of the tables that list meanings in prose, and
sources that compare a code, or set it, or switch on it, by a bare number, or that number the codes
of a family again. 0 may stand for "nothing to say" where no family of that field has a 0.
"""
import re
import shutil
import sys
import tempfile
from pathlib import Path

import lint_main

FOLDERS = ("proto", "store", "services", "tools", "tests/simulation", "tests/model")
# Plays Robokassa and knows nothing of ours: its codes are also HTTP's.
STRANGER = "tools/robokassa_sim/"
FAMILY = re.compile(r'^FAMILY\((\w+), (\w+),', re.M)
CODE = re.compile(r'^ +CODE\((\w+), (\d+),')
FIELD = re.compile(r'^ +FIELD\((?:code\((\w+)\)|\w+), *(\w+), *"(.*)"\)$', re.M)
PROSE = re.compile(r"\b\d+ [a-z][\w -]*, \d+ [a-z]")
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.S)
ENUMERATOR = re.compile(r"\b([A-Z]\w*) *= *(\d+)\b")
SEEN = {}  # (path, text, tables): what was found there; most sources are the same for each plant
NUMBER = r"(?:\(\w+\) *)?\(?(\d+)[uUlL]*\b"


def read_families(text, complain):
    """{family: (prefix, {number: name})}."""
    families, prefix, codes, names = {}, None, None, set()
    for at, line in enumerate(text.split("\n"), 1):
        opened, code = FAMILY.match(line), CODE.match(line)
        if opened:
            if opened[1] in families:
                complain("proto/codes.def", at, f"the family {opened[1]} stands here twice")
            prefix, codes = opened[2], {}
            families[opened[1]] = prefix, codes
        elif code:
            name, number = code[1], int(code[2])
            if number in codes or name in names:
                complain("proto/codes.def", at, f"{name}, {number}: the family has it already")
            if not name.startswith(prefix):
                complain("proto/codes.def", at, f"{name} does not begin with {prefix}")
            codes[number] = name
            names.add(name)
    return families


def read_fields(path, text, families, complain):
    """{field: the numbers of its families}, of the fields that are codes."""
    fields = {}
    for match in FIELD.finditer(text):
        family, name, meaning = match.groups()
        line = text.count("\n", 0, match.start()) + 1
        if family and family not in families:
            complain(path, line, f"{name}: there is no family {family}")
        elif family:
            fields.setdefault(name, set()).update(families[family][1])
        if PROSE.search(meaning):
            complain(path, line, f"{name}: what its numbers mean belongs into proto/codes.def")
    return fields


def cases(code):
    """(offset, member, number) of each case with a bare number, in switches over a member."""
    for match in re.finditer(r"\bswitch \((?:\(\w+\))?[^{;]*?(?:->|\.)(\w+)\) \{", code):
        depth, at = 1, match.end()
        while depth and at < len(code):
            depth += {"{": 1, "}": -1}.get(code[at], 0)
            at += 1
        for case in re.finditer(r"\bcase (\d+)", code[match.end():at]):
            yield match.end() + case.start(), match[1], case[1]


def bare_numbers(code, fields):
    """(offset, field, number) of each code that is compared with a number, or set to one."""
    member = r"(?:->|\.)(" + "|".join(sorted(fields)) + r")\b"
    patterns = (re.compile(member + r" *(?:[=!<>]=|[=<>]) *" + NUMBER),
                re.compile(member + r" *= *[^;,=]*\? *" + NUMBER),
                re.compile(member + r" *= *[^;,=]*\?[^;,]*: *" + NUMBER))
    for pattern in patterns:
        for match in pattern.finditer(code):
            yield match.start(), match[1], match[2]
    for match in re.finditer(r"(?<![\w.])(\d+) *[=!]= *[\w.>-]*?" + member, code):
        yield match.start(), match[2], match[1]
    for offset, name, number in cases(code):
        if name in fields:
            yield offset, name, number


def check_source(path, text, families, fields, complain):
    code = NOISE.sub(lambda match: "\n" * match.group().count("\n"), text)
    for offset, name, number in bare_numbers(code, fields):
        if int(number) or 0 in fields[name]:
            complain(path, code.count("\n", 0, offset) + 1,
                     f"{name} and the bare number {number}; expected a name of proto/codes.def")
    for match in ENUMERATOR.finditer(code):
        for family, (prefix, codes) in families.items():
            name = codes.get(int(match[2]))
            if name and match[1].startswith(prefix) and \
                    set(name[len(prefix):].split("_")) <= set(match[1][len(prefix):].split("_")):
                complain(path, code.count("\n", 0, match.start()) + 1,
                         f"{match[1]} = {match[2]} is {name} of the family {family}")


def check(root):
    found = []

    def complain(path, line, what):
        found.append(f"{path}:{line}: {what}")
    families = read_families((root / "proto/codes.def").read_text(), complain)
    fields = {}
    for path in ("proto/events.def", "proto/requests.def"):
        for name, numbers in read_fields(path, (root / path).read_text(), families,
                                         complain).items():
            fields.setdefault(name, set()).update(numbers)
    tables = repr((families, fields))
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.[ch]")):
            name = path.relative_to(root).as_posix()
            if not name.startswith(STRANGER):
                key = name, path.read_text(), tables
                if key not in SEEN:
                    before = len(found)
                    check_source(*key[:2], families, fields, complain)
                    SEEN[key] = found[before:]
                else:
                    found += SEEN[key]
    return found


PLANTS = (
    ("services/ledger/plant.c", "bool f(e_t *e) { return e->kind == 2; }"),
    ("services/payment/plant.c", "bool f(e_t *e) { return e->why != 2 && e->what; }"),
    ("services/payment/plant.h", "static bool f(e_t e)\n{\n    return e.state != 5;\n}"),
    ("tools/kopeck/plant.c", "void f(r_t *r) { r->payment_resolve.outcome = 1; }"),
    ("tools/plant.c", "e_t e = {.account = a, .kind = (uint64_t)1};"),
    ("tests/model/plant.c", "void f(m_t *m) { m->state = live ? 1 : 2; }"),
    ("tests/model/plant.c", "void f(m_t *m) { m->state = live ? MANDATE_LIVE : 2; }"),
    ("tests/simulation/plant.c", "bool f(e_t *e) { return 13 == e->reason; }"),
    ("tests/simulation/plant.c", "bool f(e_t *e) { return e->verdict == 0; }"),
    ("services/autopay/plant.c", "void f(e_t *e)\n{\n    switch (e->why) {\n    case 2:\n    }\n}"),
    ("tools/kopeck/plant.c", "enum { EVIDENCE_BY_OPERATOR = 4 };"),
    ("store/plant.h", "typedef enum { POSTING_CHARGE = 1 } kind_t;"))
EDITS = (
    ("proto/codes.def", "CODE(OUTCOME_DECLINED, 2,", "CODE(OUTCOME_DECLINED, 1,"),
    ("proto/codes.def", "CODE(OUTCOME_DECLINED, 2,", "CODE(DECLINED, 2,"),
    ("proto/codes.def", "FAMILY(outcome, ", "FAMILY(decline, "),
    ("proto/events.def", "FIELD(code(outcome), outcome,", "FIELD(code(income), outcome,"),
    ("proto/requests.def", "FIELD(code(outcome), outcome, \"",
     "FIELD(u64, outcome, \"1 succeeded, 2 declined; "))


def planted(root):
    """What was not found, of a mistake of each sort in a copy of the tree."""
    missed = []
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        for folder in FOLDERS:
            shutil.copytree(root / folder, copy / folder)
        clean = check(copy)
        if clean:
            missed.append("the tree without a plant is refused")
        for path, text in PLANTS:
            (copy / path).write_text(text + "\n")
            if not any(line.startswith(path + ":") for line in check(copy)):
                missed.append(f"{path}: {text}")
            (copy / path).unlink()
        for path, old, new in EDITS:
            before = (copy / path).read_text()
            (copy / path).write_text(before.replace(old, new))
            if old not in before or check(copy) == clean:
                missed.append(f"{path}: {new}")
            (copy / path).write_text(before)
    print(f"{len(PLANTS) + len(EDITS)} plants, {len(missed)} not found")
    return missed


if __name__ == "__main__":
    sys.exit(lint_main.run(__doc__, lambda root, _: check(root), planted))
