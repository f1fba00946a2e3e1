# SPDX-License-Identifier: GPL-2.0
"""The manual pages, the completions and --help say the same, and what they say
is what the program takes and what the modules have."""
import re
import subprocess

import pytest

from conftest import HOST_PROGRAM, TOP

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
    if "COMMON_OPTIONS" in sources or name in ("put", "get"):
        found |= set(re.findall(r'\{ "([a-z-]+)", (?:required|no)_argument',
                                (TOP / "tools" / "options.h").read_text()))
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
    bash = re.search(rf"^\s*{command}\) COMPREPLY=.*-W \"([^\"]*)\"", generated["bash"], re.M)[1]
    assert set(bash.split()) - {"--help"} == wanted
    zsh = re.search(rf"^\t{command}\)\n(.*?);;", generated["zsh"], re.M | re.S)[1]
    assert set(re.findall(r"'(--?[a-zA-Z][a-z-]*)\[", zsh)) - {"--help"} == wanted


@pytest.mark.parametrize("command", commands())
def test_help_fits_a_screen(command):
    lines = output(HOST_PROGRAM, command, "--help").splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 94


def test_bash_completion_completes(generated, tmp_path):
    script = tmp_path / "portside.bash"
    script.write_text(generated["bash"])
    done = output("bash", "-c", f". {script}; COMP_WORDS=(portside pu); COMP_CWORD=1; _portside; "
                  'echo "${COMPREPLY[@]}"; COMP_WORDS=(portside put --no-); COMP_CWORD=2; _portside; '
                  'echo "${COMPREPLY[@]}"')
    assert done.splitlines() == ["put", "--no-clobber --no-resume --no-sync"]


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
