#!/usr/bin/env python3
"""check_citations - whatever a comment or a page refers to is in this tree.

usage: check_citations.py SOURCE_DIR
       check_citations.py SOURCE_DIR --planted   plants a dangling citation of each kind, and fails
                                                 unless each is found

Looked at are the comments of sources and the whole text of pages:
  FILE.md "Heading", "Another"   the page is there and has headings of these names
  FILE.md §8, §16.1              the page is there and has headings of these numbers
  §8 alone                       in PROTOCOL.md and in tests/python: a heading of PROTOCOL.md
  [text](FILE.md#anchor)         the file is there, and the heading
  folder/file.c, file.h          the file is there: from the root, beside it, or anywhere by its name
  `name_of_a_test`               in docs/rules.md and docs/robokassa.md: some source has that name
  I7                             an invariant that tests/simulation lists
  ### a rule                     in docs/rules.md: says its source
  the forms of DANGLING          cite what was never in this tree, and are refused
"""
import copy
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

import lint_main

PROTOCOL = "proto/PROTOCOL.md"
NAMED = ("docs/rules.md", "docs/robokassa.md")  # pages whose names in backticks must be somewhere
INVARIANTS = ("tests/simulation/fold.h", "tests/simulation/final.h")
SELF = "tests/lint/check_citations.py"
SKIPPED = re.compile(r"tests/(vectors|fuzz/corpus)/|LICENSE$|.*\.(png|jsonl|tsv)$|" + re.escape(SELF))
C_LIKE = (".c", ".h", ".def", ".pml")

# What is no file of ours: those of systems and libraries, and names that stand for any;
# docs/current is a test.
OUTSIDE = re.compile(r"(?:[\w-]+\.robokassa\.ru|rfc\.zeromq\.org|lmdb\.h|mdb\.c|time\.h|zmq\.h|sys/.*|"
                     r"sysexits\.h|.*(NAME|MODEL).*|\w\.c|services/X|docs/current|lib\w+(\.so)?[\w.]*)$")
DANGLING = [
    (re.compile(r"\bbilling rules(?:,|'|\.$| \(| §)"), "cite docs/rules.md and a heading of it"),
    (re.compile(r"\b(?:rules|semantics|Source:?)\b[^.\n]{0,40}\([a-j]\)"), "a letter is no heading"),
    (re.compile(r"\b[Tt]he design\b|\bdesign\.md|\bdesign, [\"§]"), "there is no page of that name"),
    (re.compile(r"(?<!'s )\b(?:findings|semantics|rules|design|issue),? (?:§|#?\d)|\bfindings\.md"),
     "there is no page of that name"),
    (re.compile(r"\b[Mm]erchant protocol,|\bRobokassa's protocol,? §"),
     "cite docs/robokassa.md and a heading of it"),
    (re.compile(r"(?<![./\w])\.\./shared\b"), "lies outside the tree"),
]
PAGE = re.compile(r'(?<![\w/.-])((?:[\w.-]+/)*[\w-]+\.md)(?!\w)((?:,? ?(?:and |to |or )?(?:"[^"\n]{1,80}"|'
                  r'§\d+(?:\.\d+)*))*)')
FILE = re.compile(r"(?<![\w/.:$*{<>\"~-])((?:\.\./)*(?:[\w-]+/)*[\w-]+\.(?:c|h|def|pml|py|cmake|sh))"
                  r"(?![\w(*-])")
DEEP = re.compile(r"(?<![\w/.$*<>~-])(?:proto|store|services|tools|tests|docs)/[\w./\[\]-]*")
SECTION = re.compile(r"§(\d+(?:\.\d+)*)")
LINK = re.compile(r"\[[^\]\n]*(?:\n[^\]\n]*)?\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(?:(\d+(?:\.\d+)*)\.? +)?(.*?) *$", re.M)
INVARIANT = re.compile(r"\bI(\d{1,2})\b")
NAME = re.compile(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+){2,})`")


class Tree:
    """The files of the tree, their texts, and the headings of its pages."""

    def __init__(self, root):
        listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
                                capture_output=True, text=True, check=False).stdout.splitlines()
        if not listed:  # no checkout
            listed = [p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()]
            listed = [f for f in listed if not re.match(r"build|\.git/|.*__pycache__/", f)]
        self.root = root
        self.planted, self.texts = {}, {}
        self.hold({f for f in listed if (root / f).is_file()})
        listing = "\n".join(self.text(f) for f in INVARIANTS)
        self.invariants = set(re.findall(r"\bI(\d+)\b", listing))
        self.words = {word for f in self.sources() if not f.endswith(".md")
                      for word in re.findall(r"\w+", self.text(f))}

    def hold(self, files):
        self.files = set(files)
        self.folders = {str(folder) for f in files for folder in PurePosixPath(f).parents}
        self.paths = {PurePosixPath(f).name: f for f in sorted(files, reverse=True)}
        self.known_headings = {}

    def with_planted(self, planted):
        """The same tree with these texts in it; they name nothing that others may cite."""
        tree = copy.copy(self)
        tree.planted = planted
        tree.hold(self.files | set(planted))
        return tree

    def text(self, path):
        if path in self.planted:
            return self.planted[path]
        if path not in self.texts:
            self.texts[path] = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return self.texts[path]

    def sources(self):
        return [f for f in sorted(self.files) if not SKIPPED.match(f)]

    def find(self, name, beside):
        """The path that a citation means: from the root, from beside, or the one of that name."""
        for start in (PurePosixPath(), PurePosixPath(beside).parent):
            path = re.sub(r"[^/]+/\.\./", "", (start / name).as_posix())
            if path in self.files:
                return path
        return None if "/" in name else self.paths.get(name)

    def has(self, path):
        """A file or folder, from the root."""
        return path in self.files or path in self.folders

    def headings(self, page):
        """(numbers, titles, anchors) of a page."""
        if page not in self.known_headings:
            text = re.sub(r"^```.*?^```", "", self.text(page), flags=re.M | re.S)
            rows = HEADING.findall(text)
            anchors = {re.sub(r"[^\w -]", "", f"{n}. {t}" if n else t).lower().replace(" ", "-")
                       for n, t in rows}
            self.known_headings[page] = ({n for n, _ in rows}, {t for _, t in rows},
                                         {re.sub(r"^(\d+)-(\d)", r"\1\2", a) for a in anchors})
        return self.known_headings[page]


def comments(path, text):
    """(line, text) of each run of comment lines, without their marks; of a page, of all of it."""
    if path.endswith(".md"):
        yield 1, re.sub(r"\n *(?=\S)", "\n", text)
        return
    if path.endswith(C_LIKE):
        pattern = re.compile(r"/\*.*?\*/|(?:^[ \t]*//[^\n]*\n)+|//[^\n]*", re.S | re.M)
        marks = re.compile(r"^[ \t]*(?:/{2,}|/?\*+)[ \t]?|\*/", re.M)
    else:
        pattern = re.compile(r'""".*?"""|(?:^[ \t]*#[^\n]*\n)+|(?<![\'"\w${&\\])#[^\n]*', re.S | re.M)
        marks = re.compile(r'^[ \t]*#+[ \t]?|"""', re.M)
    for match in pattern.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, marks.sub("", match.group())


def check_pages(tree, path, text):
    """FILE.md with headings; what is left of the text has no such citation any more."""
    found, cited = [], []
    for match in PAGE.finditer(re.sub(r"\n", " ", text)):
        name, rest = match.groups()
        page = tree.find(name, path)
        cited.append(match.span())
        if not page:
            if not OUTSIDE.match(name):
                found.append((match.start(), f"{name}: there is no such page"))
            continue
        numbers, titles, _ = tree.headings(page)
        found += [(match.start(), f'{name}: has no heading "{title}"')
                  for title in re.findall(r'"([^"]+)"', rest) if title not in titles]
        found += [(match.start(), f"{name}: has no §{number}")
                  for number in SECTION.findall(rest) if number not in numbers]
    for begin, end in reversed(cited):
        text = text[:begin] + re.sub(r"[^\n]", " ", text[begin:end]) + text[end:]
    return found, text


def check_sections(tree, path, text):
    numbers = tree.headings(PROTOCOL)[0]
    own = path == PROTOCOL or path.startswith("tests/python/")
    for match in SECTION.finditer(text):
        if not own:
            yield match.start(), f"{match.group()}: of which page?"
        elif match.group(1) not in numbers:
            yield match.start(), f"{match.group()}: {PROTOCOL} has no such heading"


def check_rules(text):
    """Each rule of the page of rules names its source."""
    for match in re.finditer(r"^### ([^\n]*)\n(.*?)(?=^##|\Z)", text, re.M | re.S):
        if "\nSource: " not in match.group(2):
            yield match.start(), f'"{match.group(1)}" names no source'


def check_links(tree, path, text):
    for match in LINK.finditer(text):
        name, _, anchor = match.group(1).partition("#")
        if "://" in name:
            continue
        page = tree.find(name, path) if name else path
        if not page and (tree.root / PurePosixPath(path).parent / name).is_dir():
            continue
        if not page:
            yield match.start(), f"{match.group(1)}: there is no such file"
        elif anchor and anchor not in tree.headings(page)[2]:
            yield match.start(), f"{match.group(1)}: there is no such heading"


def check_text(tree, path, text):
    """(offset, what is wrong) of one comment or page."""
    for pattern, why in DANGLING:
        for match in pattern.finditer(text):
            yield match.start(), f"{match.group()}: {why}"
    if path.endswith(".md"):
        yield from check_links(tree, path, text)
        text = LINK.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    found, text = check_pages(tree, path, text)
    yield from found
    yield from check_sections(tree, path, text)
    for match in FILE.finditer(text):
        if not OUTSIDE.match(match.group(1)) and not tree.find(match.group(1), path):
            yield match.start(), f"{match.group(1)}: there is no such file"
    for match in DEEP.finditer(text):
        name = match.group().rstrip("./]").replace("[ch", "h")
        if not OUTSIDE.match(name) and not tree.has(name):
            yield match.start(), f"{name}: there is no such file or folder"
    for match in INVARIANT.finditer(text):
        if match.group(1) not in tree.invariants:
            yield match.start(), f"{match.group()}: no invariant of tests/simulation"
    if path == NAMED[0]:
        yield from check_rules(text)
    if path in NAMED or path in tree.planted:
        for match in NAME.finditer(text):
            if match.group(1) not in tree.words:
                yield match.start(), f"{match.group(1)}: no source has that name"


def check(tree, paths):
    for path in paths:
        for line, text in comments(path, tree.text(path)):
            for offset, what in check_text(tree, path, text):
                yield f"{path}:{line + text.count(chr(10), 0, offset)}: {what}"


# Path, text, and what must be said of it.
PLANTS = [
    ("store/plant.h", '// Source: docs/rules.md "Carrion".\n', "has no heading"),
    ("store/plant.h", '// docs/rules.md "Carry",\n// "Carrion".\n', "has no heading"),
    ("store/plant.h", "// as docs/nowhere.md says\n", "no such page"),
    ("store/plant.h", "// as docs/PROTOCOL.md says\n", "no such page"),
    ("store/plant.h", "// found by tests/nowhere\n", "no such file or folder"),
    ("store/plant.h", "// proto/PROTOCOL.md §99\n", "has no §99"),
    ("store/plant.h", "// see §3.1\n", "of which page"),
    ("store/plant.h", "// the fold of store/nowhere.c\n", "no such file"),
    ("store/plant.h", "// Source: the billing rules, (d).\n", "cite docs/rules.md"),
    ("store/plant.h", "// as rules (h) say\n", "no heading"),
    ("store/plant.h", "// Source: design.md §6.\n", "no page of that name"),
    ("store/plant.h", "// what the design says\n", "no page of that name"),
    ("store/plant.h", "// findings §3.3\n", "no page of that name"),
    ("store/plant.h", "// Source: merchant protocol, refund API\n", "cite docs/robokassa.md"),
    ("store/plant.h", "// Robokassa's protocol §4.1\n", "cite docs/robokassa.md"),
    ("store/plant.c", 'int a; // docs/rules.md "Carrion"\n', "has no heading"),
    ("proto/plant.def", "// I99 holds\n", "no invariant"),
    ("tests/formal/plant.pml", "/* Source: services/node/nowhere.c */\n", "no such file"),
    ("tests/python/plant.py", '"""By §99 alone."""\n', "no such heading"),
    ("tests/plant.py", "# from ../shared\n", "outside the tree"),
    ("services/web/plant.cfg", "# docs/nowhere.md\n", "no such page"),
    ("services/web/plant.service", '# README.md, "Run it nowhere"\n', "has no heading"),
    ("docs/plant.md", "[it](nowhere.md)\n", "no such file"),
    ("docs/plant.md", "[it](rules.md#carrion)\n", "no such heading"),
    ("docs/plant.md", "[it](#nowhere)\n", "no such heading"),
    ("docs/rules.md", "### Carry\n\nIt carries.\n\n### Month\n\nSource: law.\n", "names no source"),
    ("docs/plant.md", "Held by `a_test_that_nobody_wrote`.\n", "no source has that name"),
]


def planted(root):
    tree = Tree(root)
    missed = list(check(tree, tree.sources()))
    for path, text, why in PLANTS:
        if not any(why in said for said in check(tree.with_planted({path: text}), [path])):
            missed.append(f"{path}: {text!r} was not found")
    for path, text in (("store/plant.h", '// docs/rules.md "Carry",\n// "Month"; RFC 6962; record.h\n'),
                       ("docs/plant.md", "[it](rules.md#carry) [2](#here)\n\n# Here\n")):
        missed += [f"wrongly: {said}" for said in check(tree.with_planted({path: text}), [path])]
    print(f"{len(PLANTS)} plants, {len(missed)} not found")
    return missed


def check_tree(root, _):
    tree = Tree(root)
    return list(check(tree, tree.sources()))


if __name__ == "__main__":
    sys.exit(lint_main.run(__doc__, check_tree, planted))
