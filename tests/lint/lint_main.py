"""lint_main - how a lint that can plant faults is run: check_NAME SOURCE_DIR [ARGUMENT ...], or
check_NAME SOURCE_DIR --planted, which fails unless each planted fault is found.
"""
import sys
from pathlib import Path


def run(usage, check, planted):
    """The exit status: 0 if check(root, arguments), or planted(root), finds nothing to say."""
    if len(sys.argv) < 2:
        print(usage, file=sys.stderr)
        return 64
    root = Path(sys.argv[1]).resolve()
    found = planted(root) if sys.argv[2:] == ["--planted"] else check(root, sys.argv[2:])
    print("\n".join(found))
    return 1 if found else 0
