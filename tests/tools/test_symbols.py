# SPDX-License-Identifier: GPL-2.0
"""portside symbols: kallsyms in, a symbol file out that gdb understands."""

import subprocess

import pytest

from conftest import HOST_PROGRAM

KALLSYMS = """\
0000000000000000 A fixed_percpu_data
0000000000020b40 A cpu_number
ffffffff9a000000 T _stext
ffffffff9a000000 T _text
ffffffff9a002460 T do_one_initcall
ffffffff9a0024f0 t run_init_process
ffffffff9ae01d32 T _etext
ffffffff9b000000 D __start_rodata
ffffffff9ba079c0 D jiffies
ffffffff9ca00000 B _end
ffffffffc0201000 t loop_init\t[loop]
ffffffffc0202000 d loop_ops\t[loop]
"""


def symbols(tmp_path, text, output="kernel.elf"):
    return subprocess.run([HOST_PROGRAM, "symbols", "--kallsyms", "-", "-o", str(tmp_path / output)],
                          input=text, capture_output=True, text=True, check=False)


def gdb(tmp_path, *commands):
    words = ["gdb", "-nx", "-q", "-batch", str(tmp_path / "kernel.elf")]
    for command in commands:
        words += ["-ex", command]
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr


def test_gdb_finds_functions_data_and_modules_where_they_are(tmp_path):
    assert symbols(tmp_path, KALLSYMS).returncode == 0
    said = gdb(tmp_path, "info symbol 0xffffffff9a002461", "p/x &jiffies",
               "info symbol 0xffffffffc0201004", "info symbol 0xffffffff9a002500")
    assert "do_one_initcall + 1 in section .text" in said
    assert "0xffffffff9ba079c0" in said
    assert "loop_init + 4 in section .modules" in said
    assert "run_init_process + 16" in said


@pytest.mark.parametrize("text, reason", [
    ("", "no symbols"),
    ("hello\n", "not a line of kallsyms"),
    ("0000000000000000 T _stext\n", "kptr_restrict"),
])
def test_input_that_gives_no_symbols_is_refused_with_a_reason(tmp_path, text, reason):
    result = symbols(tmp_path, text)
    assert result.returncode != 0
    assert reason in result.stderr
    assert not (tmp_path / "kernel.elf").exists()


def test_an_output_that_cannot_be_written_is_named(tmp_path):
    result = symbols(tmp_path, KALLSYMS, output="no/such/folder")
    assert result.returncode != 0
    assert "no/such/folder" in result.stderr
