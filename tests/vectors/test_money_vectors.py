#!/usr/bin/python3
"""The money vectors: every row holds; and the runner, which says so, finds
each row that was spoiled and each word that it does not know.

usage: test_money_vectors.py PROGRAM TABLE.tsv...
"""
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SHARED = HERE.parents[1].parent / "shared" / "data" / "money_vectors.tsv"
HEADER = "rule\tgiven\twhen\tthen\twhy/source\n"


def run(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def rows_of(tables):
    return [line for table in tables
            for line in pathlib.Path(table).read_text(encoding="utf-8").splitlines()[1:]]


def run_row(program, line):
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
        file.write(f"{HEADER}{line}\n")
        file.flush()
        return run(program, file.name)


def another_digit(match):
    return str((int(match.group()) + 1) % 10)


def spoiled(line):
    """The row with one thing wrong, in every way that must be found."""
    name, given, when, then, *why = line.split("\t")
    yield "\t".join([name, given, when, then + " perhaps", *why])
    yield "\t".join([name, given, when + " twice", then, *why])
    if not given.startswith("Сумма="):  # whatever stands there is the sum
        yield "\t".join([name, given + " perhaps", when, then, *why])
    yield "\t".join([name, given, when, "zlorg", *why])
    if re.search(r"\d", then):
        # the last digit of what comes out, whatever stands before it
        yield "\t".join([name, given, when, re.sub(r"\d(?=\D*$)", another_digit, then), *why])
    elif then == "valid":
        yield "\t".join([name, given, when, "INN_CHECK_DIGIT", *why])


def check_spoiled(program, rows):
    count = 0
    for line in rows:
        for bad in spoiled(line):
            status, said = run_row(program, bad)
            assert status == 1, f"passed though it was spoiled: {bad}\n{said}"
            assert bad.split(" ")[0] in said, said
            count += 1
    return count


def check_files(program):
    """What is no table is said, and is no pass."""
    assert run(program)[0] == 64
    assert run(program, "/nowhere/at/all.tsv")[0] == 66
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "table.tsv"
        for text, status in (("", 65), ("id\tgiven\n", 65), (HEADER, 1),
                             (HEADER + "inn-1 short\tINN 1\tcheck\n", 65),
                             (HEADER + "inn-1 empty\t\tcheck\tvalid\twhy\n", 65),
                             (HEADER + "inn-1 long\tINN 1\tcheck\tvalid\twhy\tmore\n", 65),
                             (HEADER + "noid\tINN 1\tcheck\tvalid\twhy\n", 65),
                             (HEADER + "new-1 family\tx\ty\tz\twhy\n", 1)):
            path.write_text(text, encoding="utf-8")
            got, said = run(program, str(path))
            assert got == status, (text, got, said)


def main():
    program, *tables = sys.argv[1:]
    status, said = run(program, *tables)
    print(said, end="")
    assert status == 0, "a row does not hold"
    print(f"{check_spoiled(program, rows_of(tables))} spoiled rows, all found")
    check_files(program)
    copy = HERE / "money_vectors.tsv"
    if not SHARED.exists():
        print(f"{SHARED} is not there: the copy was not compared")
    else:
        assert SHARED.read_bytes() == copy.read_bytes(), "the copy is not what is shared"


main()
