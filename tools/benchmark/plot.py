#!/usr/bin/python3
"""plot - draws the rows of a benchmark's JSON as bars on a logarithmic scale.

usage: plot.py FIGURES.json PICTURE.png
"""
import json
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot


def main(figures, picture):
    with open(figures, encoding="utf-8") as file:
        data = json.load(file)
    rows = data["rows"]
    measured = {name for row in rows for name in row if name != "name" and not name.startswith("ceiling in")}
    names = ["kopeck", "ceiling"] + sorted(measured - {"kopeck", "ceiling"})
    height = 0.85 / len(names)
    _, axes = pyplot.subplots(figsize=(11, 1.5 + 0.75 * len(rows)))
    for i, name in enumerate(names):
        places = [n + i * height for n, row in enumerate(rows) if name in row]
        values = [row[name]["per_second"] for row in rows if name in row]
        quoted = any(not row[name].get("measured_here", True) for row in rows if name in row)
        axes.barh(places, values, height, label=name + (" (not of this run)" if quoted else ""))
    axes.set_yticks([n + 0.4 for n in range(len(rows))], [row["name"] for row in rows])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel(f"durable postings a second, {data['cores']} cores, {data['at']}")
    axes.grid(axis="x", which="both", alpha=0.3)
    axes.legend()
    pyplot.tight_layout()
    pyplot.savefig(picture, dpi=110)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
