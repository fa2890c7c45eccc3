#!/usr/bin/env python3
"""check_layers - arrows go down only, wing by wing; and what is pure knows no system.

usage: check_layers.py SOURCE_DIR [LIBRARY.a ...]
       check_layers.py SOURCE_DIR --planted      plants a forbidden include into each wing, circles
                                                 of headers and of functions, a call that nothing
                                                 pure may make and a source in no library, and
                                                 fails unless each is refused

A wing is a folder; BELOW says which wings its files may include from. No headers include each
other in a circle. The libraries are the wings as they were built, and together hold every source
but the mains: no two sources use each other's functions in a circle, whichever libraries they are
in, and what a pure one takes from outside is held against a short list.
"""
import functools
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import lint_main

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
from services_table import JOURNALS, NAMES  # noqa: E402

# wing: the wings it may include from besides itself. A main joins a core with the process around it.
BELOW = {
    "proto": [],
    "store": ["proto"],
    "services/base": ["proto"],
    "services/node": ["services/base", "store", "proto"],
    "services/process": ["services/node", "services/base", "store", "proto"],
    "services/robokassa": ["proto"],
    # of every service, and what one alone may besides
    **{f"services/{name}": ["services/base", "proto"] for name in NAMES},
    "services/payment": ["services/base", "services/documents", "services/robokassa", "proto"],
    "services/forecast": ["services/autopay", "proto"],
    "services/api": ["services/web", "services/forecast", "services/process", "services/node", "services/base", "store",
                     "proto"],
    "services/web": ["services/forecast", "services/process", "services/node", "services/base", "proto"],
}
# These know no clock, socket, store, randomness, environment or output.
PURE = ["services/base", "services/node", "services/robokassa", "services/forecast",
        *(f"services/{name}" for name in JOURNALS)]
PURE_LIBRARIES = ["base", "node", "robokassa", "documents", "promo", "forecast",
                  *(f"{name}_core" for name in JOURNALS), "web"]
MAIN_BELOW = ["services/process", "services/node", "services/base", "store", "proto"]
SYSTEM = re.compile(r"sys/|unistd|time\.h|pthread|poll|netinet|arpa|fcntl|dirent|signal|zmq|czmq|"
                    r"lmdb|curl|sodium|openssl|fenv|math|locale|threads")
INCLUDE = re.compile(r'^ *# *include +(["<])([^">]+)[">]', re.M)

# Memory, strings, assertions; snprintf and sscanf into and from memory; what the compiler puts in.
LIBC = re.compile(
    r"mem(cpy|set|move|cmp|chr|mem)|str(len|nlen|cmp|ncmp|chr|rchr|cspn|spn|str)|malloc|calloc|"
    r"realloc|free|qsort|bsearch|abort|__assert_fail|(v?snprintf|sscanf)|"
    r"__isoc(99|23)_(sscanf|strtoull?|strtoll?)|strto(u?ll?)|"
    r"__(v?snprintf|mem(cpy|set|move)|strn?cpy|strncat)_chk|__stack_chk_fail|"
    r"_GLOBAL_OFFSET_TABLE_|strn?casecmp|explicit_bzero|__explicit_bzero_chk|__popcountdi2|"
    r"__u?div(mod)?ti[34]|" # division of 128 bits
    r"bcmp|nto(hl|hs)|"  # what clang makes of memcmp; byte order, unless optimised away
    r"XML_[A-Za-z]*|"    # expat, over strings in memory
    r"__(asan|ubsan|tsan|msan|sanitizer)_.*")


def sources(root):
    for wing in ("proto", "store", "services"):
        for path in sorted((root / wing).rglob("*.[ch]")):
            yield path.relative_to(root).as_posix()


def wing_of(path):
    return max((wing for wing in BELOW if path.startswith(wing + "/")), key=len, default=None)


@functools.lru_cache(maxsize=None)
def look_at(path, text):
    """What is wrong with a source's includes, and which of ours it has; each plant leaves most as they were."""
    wing = wing_of(path)
    if not wing:
        return [f"{path}: its folder is no wing of BELOW"], set()
    found, ours, main = [], set(), path.endswith("_main.c")
    allowed = {wing, *BELOW[wing], *(MAIN_BELOW if main else [])}
    for kind, name in INCLUDE.findall(text):
        if kind == '"':
            ours.add(name)
            if wing_of(name) not in allowed:
                found.append(f"{path}: includes {name}, which is not below {wing}")
        elif wing in PURE and not main and SYSTEM.match(name):
            found.append(f"{path}: is pure and includes the system's <{name}>")
    return found, ours


def check_includes(root):
    found, headers = [], {}
    for path in sources(root):
        wrong, ours = look_at(path, (root / path).read_text())
        found += wrong
        if path.endswith(".h"):
            headers[path] = ours
    return found + find_circles(headers)


def find_circles(arrows):
    """The circles that a walk through {from: {to, ...}} meets, each once."""
    state, trail, found = {}, [], []

    def visit(at):
        state[at] = "open"
        trail.append(at)
        for to in sorted(arrows.get(at, ())):
            if state.get(to) == "open":
                found.append("a circle: " + " -> ".join(trail[trail.index(to):] + [to]))
            elif to not in state:
                visit(to)
        trail.pop()
        state[at] = "done"
    for at in sorted(arrows):
        if at not in state:
            visit(at)
    return found


def members(libraries):
    """(object, name, defined) of every symbol of the libraries; an object is LIBRARY:FILE.c."""
    for library in libraries:
        text = subprocess.run(["nm", str(library)], capture_output=True, text=True,
                              check=False).stdout
        at = None
        for line in text.splitlines():
            if line.endswith(".o:"):
                at = f"{library.stem[3:]}:{line[:-3]}"
            words = line.split()
            if len(words) == 2 and words[0] == "U":
                yield at, words[1], False
            elif len(words) == 3 and words[1].isupper():
                yield at, words[2], True


def check_definitions(libraries):
    """Sources that use each other's functions in a circle."""
    rows = list(members(libraries))
    defined = {name: at for at, name, here in rows if here}
    arrows = {}
    for at, name, here in rows:
        if not here and defined.get(name, at) != at:
            arrows.setdefault(at, set()).add(defined[name])
    return find_circles(arrows)


def check_symbols(libraries):
    """What the libraries define is theirs to answer for; of a pure one, all else must be of LIBC."""
    own = {name for _, name, here in members(libraries) if here}
    found = []
    for library in libraries:
        if library.stem[3:] not in PURE_LIBRARIES:
            continue
        taken = {name for _, name, here in members([library]) if not here}
        found += [f"{library.name}: takes {name}, which nothing pure may know"
                  for name in sorted(taken - own) if not LIBC.fullmatch(name)]
    return found


def check_members(root, libraries):
    """Sources that were built into none of the libraries, and so were not looked at."""
    built = {at.split(":")[1] for at, _, _ in members(libraries)}
    return [f"{path}: is in no library that was looked at" for path in sources(root)
            if path.endswith(".c") and not path.endswith("_main.c") and
            Path(path).name not in built]


def build_library(folder, name, texts):
    """lib{name}.a of the sources {file: text}."""
    objects = []
    for file, text in texts.items():
        (folder / file).write_text(text)
        objects.append(str(folder / file) + ".o")
        subprocess.run(["cc", "-c", str(folder / file), "-o", objects[-1]], check=True)
    library = folder / f"lib{name}.a"
    subprocess.run(["ar", "rcs", str(library), *objects], check=True)
    return library


def planted_in_libraries(root):
    """Circles of functions within a library and across two, an impure call, a source left out."""
    missed = []
    call = "int {0}(void); int {1}(void); int {0}(void) {{ return {1}(); }}\n".format
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        one = build_library(folder, "one", {"a.c": call("a", "b"), "b.c": call("b", "c")})
        two = build_library(folder, "two", {"c.c": call("c", "a")})
        ring = build_library(folder, "ring", {"d.c": call("d", "e"), "e.c": call("e", "d")})
        node = build_library(folder, "node", {"f.c": call("f", "time")})
        if check_definitions([one]) or check_symbols([one]):
            missed.append("two sources in a row are refused")
        if not check_definitions([ring]):
            missed.append("a circle of two sources of a library")
        if not check_definitions([one, two]):
            missed.append("a circle through two libraries")
        if not check_symbols([node]):
            missed.append("a pure library that asks for the time")
        if not any("store/tree.c" in text for text in check_members(root, [one])):
            missed.append("a source in no library")
    return missed


def planted(root):
    """Each wing with one include that it may not have, in a copy of the tree: all are refused."""
    missed = planted_in_libraries(root)
    plants = [(wing, f'#include "{other}/plant.h"', "not below")
              for wing in BELOW for other in BELOW
              if other not in (wing, *BELOW[wing])]
    plants += [(wing, "#include <time.h>", "is pure") for wing in PURE]
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        for wing in ("proto", "store", "services"):
            shutil.copytree(root / wing, copy / wing)
        if check_includes(copy):
            missed.append("the tree without a plant is refused")
        for wing, line, why in plants:
            plant = copy / wing / "plant.c"
            plant.write_text(line + "\n")
            if not any(plant.name in text and why in text for text in check_includes(copy)):
                missed.append(f"{wing}: {line}")
            plant.unlink()
        (copy / "proto/one.h").write_text('#include "proto/two.h"\n')
        (copy / "proto/two.h").write_text('#include "proto/one.h"\n')
        if not any("a circle" in text for text in check_includes(copy)):
            missed.append("a circle of two headers")
    print(f"{len(plants) + 5} plants, {len(missed)} not found")
    return missed


def check(root, arguments):
    libraries = [Path(library) for library in arguments]
    missing = [f"{library}: there is no such library" for library in libraries
               if not library.is_file()]
    return (missing or check_symbols(libraries) + check_definitions(libraries) +
            check_members(root, libraries)) + check_includes(root)


if __name__ == "__main__":
    sys.exit(lint_main.run(__doc__, check, planted))
