#!/usr/bin/python3
"""The runner of statements finds what it is for: each value of expected.tsv that is spoiled, a
document too many or too few, and a file that is refused.

usage: test_statements.py BIN
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def run(folder):
    done = subprocess.run([HERE / "statements", folder], capture_output=True, text=True, check=False,
                          env=dict(os.environ, KOPECK_BIN=sys.argv[1]))
    return done.returncode, done.stdout + done.stderr


def plants(lines):
    """(what must be said, the lines of expected.tsv with one thing wrong)."""
    names = lines[0].split("\t")
    for column, name in enumerate(names[2:], 2):
        cells = lines[1].split("\t")
        cells[column] = {"kopecks": "14000001", "date": "2026-09-02", "direction": "out",
                         "result": "SUSPENSE NO_INVOICE"}.get(name, cells[column] + "1")
        yield name.split(" (")[0], [lines[0], "\t".join(cells), *lines[2:]]
    yield "documents, expected", lines[:1] + lines[2:]
    yield "documents, expected", [*lines, lines[-1].replace("\t4\t", "\t5\t")]


def main():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "files"
        shutil.copytree(HERE / "statement_files", folder)
        for path in folder.glob("0[346]*"):
            path.unlink()
        expected = folder / "expected.tsv"
        lines = [line for line in expected.read_text(encoding="utf-8").splitlines()
                 if line.startswith(("file\t", "01_"))]
        expected.write_text("\n".join(lines) + "\n", encoding="utf-8")
        status, said = run(folder)
        assert status == 0, said
        count = 0
        for wanted, spoiled in plants(lines):
            expected.write_text("\n".join(spoiled) + "\n", encoding="utf-8")
            status, said = run(folder)
            assert status == 1 and wanted in said, f"not found: {wanted}\n{said}"
            count += 1
        expected.write_text("\n".join(lines) + "\n", encoding="utf-8")
        file = next(folder.glob("01*"))
        file.write_bytes(file.read_bytes().replace(b"=140000\r", b"=140001\r", 1))
        status, said = run(folder)
        assert status == 1 and "STATEMENT_TOTALS" in said, said
    assert run(HERE)[0] == 1  # no table of what is expected
    print(f"{count + 1} plants, all found")


main()
