# SPDX-License-Identifier: GPL-2.0
"""What is measured and how it is judged: rows of samples of two contestants,
medians, spread, ratio, and whether the ranges overlap."""

import statistics

OURS, THEIRS = "ours", "in-tree"


class Row:
    """One line of the table.

    key: what ROW= selects by, such as "vport write 64".
    unit: of the samples. higher: whether more is better.
    aim: what the ratio should be at least (1 means: no worse), or None.
    """

    def __init__(self, key, unit, higher=True, aim=None, group=""):
        self.key, self.unit, self.higher, self.aim, self.group = key, unit, higher, aim, group
        self.samples = {}
        self.note = ""

    def add(self, who, value):
        self.samples.setdefault(who, []).append(value)

    def median(self, who):
        values = self.samples.get(who)
        return statistics.median(values) if values else None

    def span(self, who):
        values = self.samples.get(who)
        return (min(values), max(values)) if values else None

    def ratio(self, ours=OURS, theirs=THEIRS):
        """How many times better ours is; above 1 is better whatever the unit."""
        mine, other = self.median(ours), self.median(theirs)
        if mine is None or other is None:
            return None
        better, worse = (mine, other) if self.higher else (other, mine)
        if worse <= 0 or better < 0:
            return None     # a difference smaller than the noise has no ratio
        return better / worse

    def overlaps(self, ours=OURS, theirs=THEIRS):
        mine, other = self.span(ours), self.span(theirs)
        return bool(mine and other and mine[0] <= other[1] and other[0] <= mine[1])

    def verdict(self):
        """One word on the aim and one on whether chance could have done it."""
        ratio = self.ratio()
        if ratio is None:
            return ""
        words = []
        if self.aim:
            met = ratio >= self.aim or (self.aim <= 1 and self.overlaps())
            words.append(f"aim {self.aim:g}x {'met' if met else 'MISSED'}")
        if self.overlaps():
            words.append("ranges overlap")
        return ", ".join(words)

    def as_json(self):
        data = {"row": self.key, "unit": self.unit, "group": self.group,
                "better": "higher" if self.higher else "lower",
                "samples": self.samples,
                "median": {who: self.median(who) for who in self.samples}}
        if self.ratio() is not None:
            data.update(ratio=self.ratio(), overlap=self.overlaps())
        if self.aim:
            data["aim"] = self.aim
        if self.note:
            data["note"] = self.note
        return data


class Table:
    """All rows of a run, in the order in which they were first seen."""

    def __init__(self, only=""):
        self.rows = {}
        self._only = only

    def wanted(self, key):
        return self._only in key

    def row(self, key, unit, **settings):
        if key not in self.rows:
            self.rows[key] = Row(key, unit, **settings)
        return self.rows[key]

    def lines(self):
        width = max([len(row.key) for row in self.rows.values()] + [4])
        head = f"{'':{width}}  {'ours':>10} {'spread':>17}  {'in-tree':>10} {'spread':>17}  " \
               f"{'ratio':>7}  unit"
        out = [head, "-" * len(head)]
        for row in self.rows.values():
            cells = []
            for who in (OURS, THEIRS):
                span = row.span(who)
                cells.append(f"{number(row.median(who)):>10}")
                cells.append(f"{number(span[0]) + '..' + number(span[1]) if span else '':>17} ")
            ratio = row.ratio()
            text = f"{ratio:.2f}x" if ratio is not None else ""
            line = f"{row.key:{width}}  {' '.join(cells)} {text:>7}  {row.unit}"
            remark = "; ".join(filter(None, [row.verdict(), row.note]))
            out.append(line + (f"  ({remark})" if remark else ""))
            for who in row.samples:
                if who not in (OURS, THEIRS):
                    span = row.span(who)
                    out.append(f"{'  ' + who:{width}}  {number(row.median(who)):>10} "
                               f"{number(span[0]) + '..' + number(span[1]):>17}")
        return out


def number(value):
    """A figure with about three digits that mean something."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 100:
        return f"{value:.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size >= 0.1:
        return f"{value:.2f}"
    return f"{value:.2g}"
