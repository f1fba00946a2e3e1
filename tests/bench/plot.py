# SPDX-License-Identifier: GPL-2.0
"""Plots of a bench.json: throughput by size, ratios against the aims, growth
with the number of ports and of CPUs, files and boots against other tools.
Usage: plot.py BENCH.JSON FOLDER"""

import json
import re
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import matplotlib.ticker  # noqa: E402

OURS, THEIRS = "ours", "in-tree"
COLOURS = {OURS: "#1b6ca8", THEIRS: "#b0622a"}
UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20}
CPUS = {"one vCPU": 1, None: 2, "four vCPUs": 4}  # by the name of a variant


def save(figure, folder, name):
    for kind in ("svg", "png"):
        figure.savefig(folder / f"{name}.{kind}", bbox_inches="tight", dpi=110,
                       metadata={"Date": None} if kind == "svg" else None)
    plt.close(figure)


def caption(figure, about):
    figure.tight_layout()
    figure.text(0.01, -0.02, f"{about['date']}, kernel {about['kernel']}, {about['qemu']}, "
                f"{about['machine']}, TCG; {about['rounds']} rounds, bars: spread",
                fontsize=7, color="#555555")


def grown(rows, pattern, number):
    """{who: [(number, median, lowest, highest)]} of the rows that match."""
    series = {}
    for row in rows:
        match = re.fullmatch(pattern, row["row"])
        if not match:
            continue
        for who, values in row["samples"].items():
            if who in COLOURS:
                series.setdefault(who, []).append(
                    (number(match), row["median"][who], min(values), max(values)))
    return {who: sorted(points) for who, points in series.items()}


def plain_numbers(axis):
    axis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5), numticks=15))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(matplotlib.ticker.NullFormatter())


def draw_series(axes, series, label, ticks=None, linear=False):
    """Of both drivers over a number that grows; ticks: {number: its name}."""
    for who, points in series.items():
        sizes, medians, low, high = zip(*points)
        spread = [[m - l for m, l in zip(medians, low)], [h - m for m, h in zip(medians, high)]]
        axes.errorbar(sizes, medians, yerr=spread, label=who, color=COLOURS[who], marker="o",
                      markersize=4, capsize=3)
    axes.set_xscale("log", base=2)
    if linear:
        lowest = min(point[2] for points in series.values() for point in points)
        axes.set_ylim(bottom=min(0, 1.1 * lowest))
    else:
        axes.set_yscale("log")
        plain_numbers(axes.yaxis)
    ticks = ticks or {point[0]: f"{point[0]}" for point in next(iter(series.values()))}
    axes.set_xticks(list(ticks), list(ticks.values()), fontsize=8)
    axes.xaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())
    axes.tick_params(axis="y", labelsize=8)
    axes.grid(True, which="both", alpha=0.25)
    axes.set_title(label, fontsize=10)
    axes.legend(fontsize=8)


def plot_throughput(rows, about, folder):
    wanted = [("write", "guest to host, MB/s", ""), ("read", "host to guest, MB/s", ""),
              ("write", "guest to host, guest CPU s/GB", ": CPU"),
              ("read", "host to guest, guest CPU s/GB", ": CPU")]
    figure, grid = plt.subplots(2, 2, figsize=(10, 7))
    drawn = False
    for axes, (way, label, suffix) in zip(grid.flat, wanted):
        series = grown(rows, rf"vport {way} (\d+) (\w+){suffix}",
                       lambda match: int(match[1]) * UNITS[match[2]])
        if not series:
            continue
        draw_series(axes, series, label,
                    {point[0]: size_name(point[0]) for point in next(iter(series.values()))})
        drawn = True
    if drawn:
        caption(figure, about)
        save(figure, folder, "bench-throughput")
    plt.close(figure)


def size_name(size):
    for unit in ("MiB", "KiB"):
        if size >= UNITS[unit]:
            return f"{size // UNITS[unit]} {unit}"
    return f"{size} B"


def plot_ratios(rows, about, folder):
    picked = [row for row in rows if "ratio" in row and 0 < row["ratio"] < 1e6
              and not row["row"].endswith((": interrupts", ": kicks", ": CPU", "main loop busy"))]
    if not picked:
        return
    figure, axes = plt.subplots(figsize=(9, 0.26 * len(picked) + 1))
    for place, row in enumerate(reversed(picked)):
        uncertain = row["overlap"]
        colour = "#9a9a9a" if uncertain else COLOURS[OURS] if row["ratio"] >= 1 else "#c0392b"
        axes.barh(place, row["ratio"] - 1, left=1, color=colour)
        if row.get("aim"):
            axes.plot([row["aim"]], [place], marker="|", color="black", markersize=9)
    axes.set_yticks(range(len(picked)), [row["row"] for row in reversed(picked)], fontsize=7)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    steps = [step for step in (0.1, 0.2, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50, 100)
             if axes.get_xlim()[0] <= step <= axes.get_xlim()[1]]
    axes.set_xticks(steps, [f"{step:g}x" for step in steps], fontsize=8)
    axes.xaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())
    axes.set_xlabel("times better than in-tree (right of 1); stroke: the aim; grey: ranges overlap",
                    fontsize=8)
    axes.grid(True, axis="x", which="both", alpha=0.25)
    caption(figure, about)
    save(figure, folder, "bench-ratios")


def plot_growth(rows, about, folder):
    """What a device of many ports costs, and a machine of many CPUs brings."""
    parts = [(rf"memory {pattern}", lambda match: int(match[1]), label, "ports")
             for pattern, label in ((r"load (\d+) ports?", "loading the module, s"),
                                    (r"closed port \((\d+) ports?\)", "a closed port, KiB"),
                                    (r"open port \((\d+) ports?\)", "an open port, KiB"))]
    parts += [(rf"variant (one vCPU|four vCPUs): {load} {size} B|vport {load} {name}",
               lambda match: CPUS[match[1]], f"{load} {name}, MB/s", "CPUs of the guest")
              for load, size, name in (("write", 64, "64 B"), ("write", 4096, "4 KiB"),
                                       ("read", 64, "64 B"))]
    figure, grid = plt.subplots(2, 3, figsize=(12, 6.4))
    drawn = False
    for axes, (pattern, number, label, over) in zip(grid.flat, parts):
        series = grown(rows, pattern, number)
        axes.set_xlabel(over, fontsize=8)
        if series:
            draw_series(axes, series, label, linear=True)
            drawn = True
        else:
            axes.set_axis_off()
    if drawn:
        caption(figure, about)
        save(figure, folder, "bench-growth")
    plt.close(figure)


def plot_alternatives(rows, about, folder):
    """One bar for each contestant of a row, the others of a transfer being rows too."""
    groups = {
        "16 MiB into the guest, MB/s": r"transfer put 16 MiB",
        "16 MiB out of the guest, MB/s": r"transfer get 16 MiB",
        "from QEMU's start to a prompt, s": r"boot to a prompt",
    }
    names = {OURS: "Portside", THEIRS: "in-tree driver, cat"}
    figure, grid = plt.subplots(1, len(groups), figsize=(13, 2.8))
    drawn = False
    for axes, (label, pattern) in zip(grid, groups.items()):
        bars = []
        for row in rows:
            if row["row"] == pattern:
                bars += [(names.get(who, who), values, row["median"][who])
                         for who, values in row["samples"].items()]
        axes.set_title(label, fontsize=10)
        if not bars:
            axes.set_axis_off()
            continue
        for place, (name, values, median) in enumerate(reversed(bars)):
            axes.barh(place, median, color=COLOURS[OURS if name == names[OURS] else THEIRS],
                      xerr=[[median - min(values)], [max(values) - median]], capsize=3)
        axes.set_yticks(range(len(bars)), [name for name, _, _ in reversed(bars)], fontsize=8)
        axes.grid(True, axis="x", alpha=0.25)
        drawn = True
    if drawn:
        caption(figure, about)
        save(figure, folder, "bench-alternatives")
    plt.close(figure)


def plot_all(data, folder):
    """Draws what the rows give material for."""
    folder.mkdir(parents=True, exist_ok=True)
    plt.rcParams["svg.hashsalt"] = "portside"
    for draw in (plot_throughput, plot_ratios, plot_growth, plot_alternatives):
        draw(data["rows"], data["about"], folder)


if __name__ == "__main__":
    plot_all(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
