# SPDX-License-Identifier: GPL-2.0
"""What every demonstration has: steps with a line each, PASS or FAIL, an exit
status that tells, and a recording of the terminal in asciinema's format."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pexpect

TOP = Path(__file__).resolve().parents[2]


class Failed(Exception):
    """A step did not show what it should; the message says what it showed."""


def reason(problem):
    """Why a step failed, in a few lines."""
    if isinstance(problem, Failed):
        return str(problem)
    if isinstance(problem, pexpect.ExceptionPexpect):
        lines = str(problem).splitlines()
        return "\n".join(line for line in lines
                         if line.startswith(("Timeout", "End", "before", "buffer", "    0:")))
    return f"{type(problem).__name__}: {problem}"


class Demo:
    """One run of a demonstration.

    record: a file for the recording of what is printed, or None.
    """

    def __init__(self, title, record=None):
        self._began = time.monotonic()
        self._record = open(record, "w", encoding="utf-8") if record else None
        if self._record:
            header = {"version": 2, "width": 100, "height": 40, "title": title}
            self._record.write(json.dumps(header) + "\n")
        self.passed = self.failed = 0

    def say(self, text=""):
        print(text, flush=True)
        if self._record:
            at = round(time.monotonic() - self._began, 3)
            self._record.write(json.dumps([at, "o", text.replace("\n", "\r\n") + "\r\n"]) + "\n")

    def show(self, text):
        """Material of a step, indented below it."""
        for line in text.rstrip().splitlines():
            self.say(f"      {line}")

    def step(self, title, action):
        """Runs one step; its text, if it returns one, is shown. False when it failed."""
        try:
            text = action()
        except Exception as problem:  # whatever went wrong, the other steps are still worth a look
            self.failed += 1
            self.say(f"FAIL  {title}")
            self.show(reason(problem))
            return False
        self.passed += 1
        self.say(f"PASS  {title}")
        if text:
            self.show(text)
        return True

    def relay(self, *command):
        """Runs a program that prints PASS and FAIL lines of its own, and counts them."""
        with subprocess.Popen(command, cwd=TOP, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
            before = self.failed
            for line in program.stdout:
                verdict, _, title = line.rstrip().partition(" ")
                self.passed += verdict == "PASS"
                self.failed += verdict == "FAIL"
                self.say(f"{verdict}  {title.strip()}")
            problem = program.stderr.read()
        if program.returncode and self.failed == before:
            self.failed += 1
            self.say(f"FAIL  {' '.join(command)} ended with status {program.returncode}")
        if self.failed > before:
            self.show(problem[-3000:])

    def end(self):
        """The last line and the exit status."""
        seconds = time.monotonic() - self._began
        self.say(f"\n{self.passed} passed, {self.failed} failed, {seconds:.0f} s")
        if self._record:
            self._record.close()
        return 1 if self.failed or not self.passed else 0


def need(condition, text):
    """Fails the step unless the condition holds."""
    if not condition:
        raise Failed(text)


def output_of(*command, timeout=300, **options):
    """What a command of the host says; the step fails when the command does."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                          cwd=TOP, **options)
    need(done.returncode == 0,
         f"'{' '.join(map(str, command))}': status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def plain(text):
    """Terminal output without control sequences and carriage returns."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r", "", text)


def main(run):
    """Runs a demonstration with the words of the command line."""
    sys.exit(run(sys.argv[1:]))
