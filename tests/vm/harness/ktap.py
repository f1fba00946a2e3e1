# SPDX-License-Identifier: GPL-2.0
"""Reads KTAP, as guest test programs print it."""

import re

LINE = re.compile(r"^\s*(not ok|ok) \d+(?: -)?(?: ([^#\n]*?))?\s*"
                  r"(?:# *(SKIP|XFAIL|TIMEOUT|ERROR)\b.*)?$")


class KTAP:
    """Results of one program: `passed`, `failed` and `skipped` are names,
    `problems` says what is wrong with the output itself."""

    def __init__(self, text):
        self.passed, self.failed, self.skipped, self.problems = [], [], [], []
        plan = None
        count = 0
        for line in text.splitlines():
            line = line.rstrip()
            if re.match(r"^1\.\.\d+", line):
                plan = int(line[3:].split()[0])
                continue
            match = LINE.match(line)
            if not match:
                continue
            verdict, name, directive = match.groups()
            if not line.startswith(" "):
                count += 1
            name = name or f"test {count}"
            if directive == "SKIP":
                self.skipped.append(name)
            elif directive == "XFAIL" or (verdict == "ok" and directive is None):
                self.passed.append(name)
            else:
                self.failed.append(name)
        if plan is None:
            self.problems.append("no plan line (1..N)")
        elif plan != count:
            self.problems.append(f"{plan} tests were planned, {count} reported")

    @property
    def ok(self):
        return not self.failed and not self.problems


def run_ktap(guest, program, timeout=300):
    """Runs a test program in a guest; fails with all its output unless every
    test passed, the plan was kept and the program said so by its status."""
    result = guest.run(program, timeout=timeout)
    ktap = KTAP(result.output)
    assert ktap.ok and result.status == 0, (
        f"{program}: status {result.status}, failed: {ktap.failed}, "
        f"problems: {ktap.problems}\n{result.output}")
    return ktap
