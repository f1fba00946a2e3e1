# SPDX-License-Identifier: GPL-2.0
"""The tables of docs/performance.md from one or more bench.json files:
report.py BENCH.JSON..."""

import json
import sys
from pathlib import Path

from measure import OURS, THEIRS, number


def cell(row, who):
    values = row["samples"].get(who)
    if not values:
        return "-"
    return f"{number(row['median'][who])} ({number(min(values))}-{number(max(values))})"


def judgement(row):
    if "ratio" not in row:
        return ""
    words = []
    if row.get("aim"):
        met = row["ratio"] >= row["aim"] or (row["aim"] <= 1 and row["overlap"])
        words.append(("met" if met else "**missed**") + f" ({row['aim']:g}x)")
    if row["overlap"]:
        words.append("ranges overlap")
    return ", ".join(words)


def tables(data):
    """Markdown: one table a group, in the order of the rows."""
    about = data["about"]
    yield (f"`{about['command']}`, {about['date']}, tree {about['tree']}, kernel "
           f"{about['kernel']}, {about['qemu']}, {about['machine']}, {about['rounds']} rounds.")
    groups = {}
    for row in data["rows"]:
        groups.setdefault(row["group"], []).append(row)
    for group, rows in groups.items():
        yield f"\n**{group}**\n"
        yield "| | unit | ours | in-tree | ours is | aim |\n|---|---|---|---|---|---|"
        for row in rows:
            ratio = f"{row['ratio']:.2f}x" if "ratio" in row else ""
            yield (f"| {row['row']} | {row['unit']} | {cell(row, OURS)} | {cell(row, THEIRS)} | "
                   f"{ratio} | {judgement(row)} |")
            for who in row["samples"]:
                if who not in (OURS, THEIRS):
                    yield f"| {row['row']}, {who} | {row['unit']} | {cell(row, who)} | | | |"


if __name__ == "__main__":
    for path in sys.argv[1:]:
        print("\n".join(tables(json.loads(Path(path).read_text()))))
        print()
