#!/usr/bin/python3
"""The details' file for Excel, opened by LibreOffice Calc as a Russian opens it: sums are numbers, times are
times, and no text becomes a formula, though formulas are looked for. Skipped without LibreOffice.

usage: test_csv_office.py CSV_CELLS
"""
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

SKIPPED = 77
TABLE, OFFICE = ("{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}" % name for name in ("table", "office"))
# Semicolons, quotes, UTF-8, from line 1, Russian; and formulas are evaluated, which is more than Calc does unasked.
AS_A_RUSSIAN = "CSV:59,34,76,1,,1049,false,true,false,false,false,0,true,false,true"


def opened(program, directory, *words):
    """The rows of the file as Calc has them, each cell as (type, value, text, formula)."""
    name = "-".join(("cells", *words))
    (directory / f"{name}.csv").write_bytes(subprocess.run([program, *words], check=True, capture_output=True).stdout)
    subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{directory}/profile", "--infilter=" + AS_A_RUSSIAN,
                    "--convert-to", "fods", "--outdir", directory, directory / f"{name}.csv"],
                   check=True, capture_output=True, timeout=300)
    rows = ElementTree.parse(directory / f"{name}.fods").iter(f"{TABLE}table-row")
    return [[(cell.get(f"{OFFICE}value-type"), cell.get(f"{OFFICE}value") or cell.get(f"{OFFICE}date-value"),
              "".join(cell.itertext()), cell.get(f"{TABLE}formula")) for cell in row.iter(f"{TABLE}table-cell")][:3]
            for row in rows]


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def main():
    if not shutil.which("soffice"):
        print("skipped: there is no soffice")
        return SKIPPED
    sums = [-7.77, 1000000.0, 0.01, -0.05, 0.0, 1234567.89, -2.01, 0.07, 0.1, -1.0]
    with tempfile.TemporaryDirectory(prefix="kopeck-csv-") as name:
        directory = Path(name)
        rows = opened(sys.argv[1], directory)
        check(len(rows) == len(sums), rows)
        for row, wanted in zip(rows, sums):
            when, text, money = row
            check(when[0] == "date" and when[1].startswith("2026-11-29T14:05"), f"a time: {when}")
            check(text[0] == "string" and text[3] is None, f"a text: {text}")
            check(money[0] == "float" and abs(float(money[1]) - wanted) < 1e-9, f"{wanted}: {money}")
        check([row[1][2].strip() for row in rows][:2] == ["потребление", "'=1+1"], f"texts are whole: {rows}")
        found = [row[1] for row in opened(sys.argv[1], directory, "raw") if row[1][3]]
        check(len(found) >= 2 and any(cell[1] == "2" for cell in found), f"the control: formulas are found: {found}")
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
