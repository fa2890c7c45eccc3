"""tree - the files of the source tree that git knows, as they are now, copied to a place where a test may
do with them what it likes: what a fresh clone holds, and what was changed since.
"""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def _names(directory):
    found = subprocess.run(["git", "ls-files", "-z"], cwd=directory, capture_output=True, check=True)
    return {name for name in found.stdout.decode().split("\0") if name}


def copy(target):
    """Makes `target` such a tree, with a git index of its own, for the lints ask git for the names.
    What is there already and the same stays as it is, so that it need not be built again."""
    target.mkdir(parents=True, exist_ok=True)
    known = {name for name in _names(ROOT) if (ROOT / name).exists()}
    for name in known:
        place, source = target / name, ROOT / name
        place.parent.mkdir(parents=True, exist_ok=True)
        new = source.read_bytes()
        if not place.exists() or place.read_bytes() != new:
            place.write_bytes(new)
        place.chmod(source.stat().st_mode & 0o777)
    for command in (["git", "init", "-q"], ["git", "add", "-A"]):
        subprocess.run(command, cwd=target, check=True)
    for name in _names(target) - known:
        (target / name).unlink()
    subprocess.run(["git", "add", "-A"], cwd=target, check=True)
