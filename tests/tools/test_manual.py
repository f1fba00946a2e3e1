# SPDX-License-Identifier: GPL-2.0
"""The manual pages, the completions and --help say the same, and what they say
is what the program takes and what the modules have."""
import os
import re
import shutil
import subprocess

import pexpect
import pytest

from conftest import HOST_PROGRAM, LIMIT, TOP

BUILT = TOP / "build" / "bin" / "portside"


def output(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=True, timeout=300).stdout


@pytest.fixture(scope="module")
def generated():
    return {kind: output(TOP / "scripts" / "manual", kind) for kind in ("man", "bash", "zsh")}


def commands():
    return re.findall(r"^  ([a-z]+) ", output(HOST_PROGRAM, "--help"), re.M)


def options_in_help(command):
    """Long and short options, from the lines of --help that begin with one."""
    found = set()
    for line in output(HOST_PROGRAM, command, "--help").splitlines():
        match = re.match(r" {2,6}((-\w, )?--[a-z-]+.*)", line)
        if match:
            head = re.split(r"  +", match[1])[0]
            found.update(re.findall(r"(?:^|[ ,])(--?[a-zA-Z][a-z-]*)", head))
    return found


def options_of_source(command):
    """What the tables for getopt_long() in its source have."""
    name = {"shell": "exec", "shutdown": "power", "reboot": "power"}.get(command, command)
    sources = (TOP / "tools" / f"cmd_{name}.c").read_text()
    found = set(re.findall(r'\{ "([a-z-]+)", (?:required|no)_argument', sources))
    if re.search("COMMON_OPTIONS|options_read_here", sources) or name in ("put", "get"):
        found |= set(re.findall(r'\{ "([a-z-]+)", (?:required|no)_argument',
                                (TOP / "tools" / "options.h").read_text()))
    if "options_read_here(" in sources:
        found |= set(re.findall(r'\{ "([a-z-]+)", (?:required|no)_argument',
                                (TOP / "tools" / "options.c").read_text()))
    if name in ("put", "get"):
        found |= set(re.findall(r'\{ "([a-z-]+)", (?:required|no)_argument',
                                (TOP / "tools" / "transfer.c").read_text()))
    return {f"--{option}" for option in found} - {"--help"}


@pytest.mark.parametrize("command", commands())
def test_help_has_every_option_that_the_program_takes(command):
    wanted = options_of_source(command)
    if command == "reboot":
        wanted -= {"--no-wait"}
    assert {option for option in options_in_help(command) if option.startswith("--")} == wanted


@pytest.mark.parametrize("command", commands())
def test_the_manual_and_the_completions_have_the_options_of_help(command, generated):
    wanted = options_in_help(command)
    section = re.search(rf"^\.SS portside {command} .*?(?=^\.S[SH])", generated["man"],
                        re.M | re.S)[0]
    words = re.sub(r"\\f[BIR]", "", section).replace("\\-", "-")
    in_manual = set(re.findall(r"(?:^\.B |, )(--?[a-zA-Z][a-z-]*)", words, re.M))
    assert in_manual == wanted
    bash = re.search(rf"^\s*{command}\) _portside_words \"([^\"]*)\"", generated["bash"], re.M)[1]
    assert set(bash.split()) - {"--help"} == wanted
    zsh = re.search(rf"^\t{command}\)\n(.*?);;", generated["zsh"], re.M | re.S)[1]
    assert set(re.findall(r"'(--?[a-zA-Z][a-z-]*)\[", zsh)) - {"--help"} == wanted


@pytest.mark.parametrize("command", commands())
def test_help_fits_a_screen(command):
    lines = output(HOST_PROGRAM, command, "--help").splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 94


# ---- completion, typed on a terminal ----

class Shell:
    """An interactive shell without anyone's settings."""

    def __init__(self, words, folder, environment):
        (folder / "run" / "alpha").mkdir(parents=True)
        (folder / "a file").write_text("")
        (folder / "put").mkdir()
        self.shell = pexpect.spawn(words[0], words[1:], cwd=str(folder), timeout=LIMIT,
                                   encoding="utf-8", dimensions=(40, 200),
                                   env={"PATH": os.environ["PATH"], "TERM": "dumb",
                                        "PORTSIDE_RUN": str(folder / "run"), **environment})
        self.shell.delaybeforesend = None

    def says(self, line):
        self.shell.send(f"{line}; echo 'done'-'now'\r")
        self.shell.expect("done-now\r\n")
        return self.shell.before

    def typed(self, start, end):
        """Types the start of a line and a tab; the line must become what is wanted."""
        self.shell.send("\x15" + start + "\t")
        self.shell.expect_exact(end)
        self.shell.send("\x15")

    def try_all(self):
        self.typed("portside shutd", "shutdown ")
        self.typed("portside pu", "put ")  # not "put/", though there is such a folder
        self.typed("portside put --no-c", "--no-clobber ")
        self.typed("portside exec -g al", "alpha ")
        self.typed("portside get --digest sha2", "sha256 ")
        self.typed("portside put a", r"a\ file ")


@pytest.fixture
def bash(generated, tmp_path):
    (tmp_path / "portside.bash").write_text(generated["bash"])
    bash = Shell(["bash", "--norc", "--noprofile", "-i"], tmp_path, {"PS1": "> "})
    bash.says("bind 'set enable-bracketed-paste off'; bind 'set bell-style none'; "
              ". ./portside.bash; rm portside.bash")
    yield bash
    bash.shell.close(force=True)


def test_bash_knows_the_completion(bash):
    assert "complete -o filenames -F _portside portside" in bash.says("complete -p portside")


def test_bash_completes_on_a_terminal(bash):
    bash.try_all()


@pytest.fixture
def zsh(generated, tmp_path):
    if not shutil.which("zsh"):
        pytest.skip("no zsh here (scripts/setup package)")
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "_portside").write_text(generated["zsh"])
    zsh = Shell(["zsh", "-f", "-i"], tmp_path,
                {"FPATH_MORE": str(tmp_path / "functions"), "PS1": "> ", "ZDOTDIR": str(tmp_path)})
    zsh.says("unsetopt prompt_cr prompt_sp; fpath=($FPATH_MORE $fpath); "
             "autoload -Uz compinit; compinit -u -D")
    yield zsh
    zsh.shell.close(force=True)


def test_zsh_knows_the_completion(zsh, tmp_path):
    output("zsh", "-n", tmp_path / "functions" / "_portside")
    assert "is _portside" in zsh.says("echo is $_comps[portside]")


def test_zsh_completes_on_a_terminal(zsh):
    zsh.try_all()


@pytest.mark.parametrize("module", ["virtio_console", "ftdi_sio", "kgdboc"])
def test_each_parameter_of_a_module_is_in_its_page_and_no_other(module):
    sources = "".join(path.read_text() for path in
                      sorted((TOP / "drivers" / module).rglob("*.c")))
    wanted = set(re.findall(r"module_param(?:_named|_cb|_string)?\((\w+)", sources))
    page = (TOP / "docs" / "man" / f"{module}.4").read_text()
    section = re.search(r"^\.SH PARAMETERS\n(.*?)^\.SH", page, re.M | re.S)[1]
    assert set(re.findall(r"^\.TP\n\.B (\w+)$", section, re.M)) == wanted


@pytest.mark.parametrize("page", ["portside.1", "virtio_console.4", "ftdi_sio.4", "kgdboc.4"])
def test_pages_are_free_of_formatting_errors(page, generated):
    text = generated["man"] if page == "portside.1" else \
        (TOP / "docs" / "man" / page).read_text()
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z"], input=text, text=True,
                          capture_output=True, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
