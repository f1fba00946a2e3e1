# SPDX-License-Identifier: GPL-2.0
"""gdb on a stock kernel through our own stop core: what a session does, over a
UART, and at the end over a virtio port. The guest is booted with KASLR as its kernel has it."""

import re
import socket

import pytest

from harness.gdb import CALL, Gdb, module_file, strike, struck, symbol_file

PORT = "org.portside.gdb"
TRACING = "/sys/kernel/tracing"


@pytest.fixture(scope="module")
def guest(boot, kernel):
    guest = boot("own", ["-chardev", "socket,id=kgdb,path={run}/kgdb.sock,server=on,wait=off",
                         "-device", "isa-serial,chardev=kgdb,irq=10",
                         "--port", PORT],
                 add=[module_file(kernel)], agent=True, append="portside.getty=ttyS0")
    guest.check("insmod /kgdboc.ko kgdboc=ttyS2 core=own")
    guest.check(f"mount -t tracefs none {TRACING} || test -d {TRACING}/events")
    return guest


@pytest.fixture(scope="module")
def symbols(guest, tmp_path_factory):
    return symbol_file(guest, tmp_path_factory.mktemp("symbols") / "kernel.elf")


@pytest.fixture
def gdb(guest, symbols):
    gdb = Gdb(guest, symbols=symbols)
    yield gdb
    gdb.end()
    guest.check("true")


def hits(gdb):
    return int(re.search(r"breakpoint \w+.*?, hits (\d+)", gdb("monitor stats"))[1])


# ---- stops ----

def test_connecting_stops_every_cpu_with_its_registers(gdb):
    threads = gdb("info threads")
    assert re.search(r"shadowCPU0", threads) and re.search(r"shadowCPU1", threads), threads
    assert "lost" not in gdb("monitor cpus")
    assert gdb.value("$cr0") & 0x80000001 == 0x80000001
    assert gdb.value("$gs_base") >> 47 == 0x1ffff


def test_the_symbols_are_where_the_kernel_is(gdb):
    assert gdb("x/s &linux_banner").split('"')[1].startswith("Linux version ")


def test_a_breakpoint_stops_at_the_function_and_the_caller_is_seen(guest, gdb):
    gdb(f"break *{CALL}")
    gdb.send("continue")
    strike(guest)
    assert CALL in gdb.answer()
    assert gdb.value("$rip") == gdb.value(f"&{CALL}")
    assert "do_syscall_64" in gdb("monitor bt 1") + gdb("monitor bt 2")
    gdb("delete")
    gdb.send("continue")
    assert struck(guest) == "1 calls"
    gdb.interrupt()


def test_memory_never_shows_the_breakpoint(guest, gdb):
    before = gdb(f"x/16xb {CALL}")
    gdb("set breakpoint always-inserted on")
    gdb(f"break *{CALL}")
    assert gdb(f"x/16xb {CALL}") == before
    gdb("delete")
    gdb("set breakpoint always-inserted off")


def test_a_step_is_one_instruction_and_interrupts_do_not_show(guest, gdb):
    gdb(f"break *{CALL}")
    gdb.send("continue")
    strike(guest)
    gdb.answer()
    gdb("delete")
    flags = gdb.value("$eflags") & 0x200
    for _ in range(8):
        line = gdb("x/2i $rip").splitlines()
        following = [int(re.search(r"0x[0-9a-f]+", text)[0], 16) for text in line if "0x" in text]
        gdb("stepi")
        ip = gdb.value("$rip")
        if not re.search(r"\t(call|ret|j)", line[-2] if len(line) > 1 else ""):
            assert ip > following[0]
        assert gdb.value("$eflags") & 0x100 == 0
    assert flags == 0x200


def test_finish_returns_to_the_caller_through_a_temporary_breakpoint(guest, gdb):
    gdb(f"break *{CALL}")
    gdb.send("continue")
    strike(guest)
    gdb.answer()
    gdb("delete")
    back = gdb.value("*(unsigned long *)$rsp")
    # Every system call returns there: this one's has this stack.
    gdb(f"tbreak *{back:#x} if $rsp == {gdb.value('$rsp') + 8:#x}")
    gdb("continue")
    assert gdb.value("$rip") == back
    assert gdb.value("$rax") == 99


def test_registers_can_be_changed(guest, gdb):
    gdb(f"break *{CALL}")
    gdb.send("continue")
    strike(guest)
    gdb.answer()
    gdb("delete")
    back = gdb.value("*(unsigned long *)$rsp")
    gdb("set $rax = 7")
    gdb("set $rsp = $rsp + 8")
    gdb(f"set $rip = {back:#x}")
    gdb.send("continue")
    guest.until("test -e /tmp/hammer && ! pidof hammer")
    gdb.interrupt()
    assert gdb.process.isalive()


def test_ctrl_c_stops_the_running_kernel(guest, gdb):
    gdb.send("continue")
    guest.check("true")  # gdb has let it run: before that, Ctrl-C is for gdb itself
    assert "SIGINT" in gdb.interrupt()


def test_a_watchpoint_names_the_write(gdb):
    gdb("watch *(unsigned long *)&jiffies_64")
    text = gdb("continue")
    assert "Hardware watchpoint" in text and "Old value" in text, text
    old, new = (int(re.search(rf"{word} value = (\d+)", text)[1]) for word in ("Old", "New"))
    assert new > old


def test_a_sleeping_task_stands_where_it_sleeps(guest, gdb):
    threads = gdb("info threads")
    init = re.search(r"\n\s*(\d+)\s+Thread 100001 ", threads)
    assert init, threads
    gdb(f"thread {init[1]}")
    assert "schedule" in gdb("info symbol $rip")
    assert "do_" in gdb("monitor bt 100001")


# ---- exactness ----

def test_no_hit_on_two_cpus_is_lost(guest, gdb):
    """Conditions are evaluated in the kernel, so thousands of hits are cheap."""
    count = 5000
    gdb("set breakpoint always-inserted on")  # or the count goes with the breakpoint
    gdb(f"break *{CALL} if $rdi == 0x7777")
    gdb.send("continue")
    # None of these stops, so the shell can wait for them.
    assert guest.check(f"hammer {count} 2", timeout=1000) == f"{2 * count} calls"
    gdb.interrupt()
    assert hits(gdb) == 2 * count, gdb("monitor stats")
    gdb("set breakpoint always-inserted off")


def test_a_condition_that_holds_stops(guest, gdb):
    gdb(f"break *{CALL} if *(long *)($rdi + 0x70) == 1")
    gdb.send("continue")
    strike(guest)
    assert CALL in gdb.answer()


def test_tracing_the_function_of_a_breakpoint_works(guest, gdb):
    gdb("set breakpoint always-inserted on")
    gdb(f"break *{CALL}")
    gdb.send("continue")
    guest.check(f"echo {CALL} > {TRACING}/set_ftrace_filter && "
                f"echo function > {TRACING}/current_tracer")
    strike(guest)
    assert CALL in gdb.answer()
    gdb.send("continue")
    struck(guest)
    assert CALL in guest.check(f"cat {TRACING}/trace")
    guest.check(f"echo nop > {TRACING}/current_tracer; echo > {TRACING}/set_ftrace_filter")
    gdb.interrupt()
    gdb("set breakpoint always-inserted off")


def test_a_kprobe_on_the_function_of_a_breakpoint_works(guest, gdb):
    gdb(f"break *{CALL}")
    gdb.send("continue")
    guest.check(f"echo 'p:own {CALL}' > {TRACING}/kprobe_events && "
                f"echo 1 > {TRACING}/events/kprobes/own/enable")
    strike(guest)
    assert CALL in gdb.answer()
    gdb("delete")
    gdb.send("continue")
    struck(guest)
    guest.check(f"echo 0 > {TRACING}/events/kprobes/own/enable")
    assert "own: " in guest.check(f"cat {TRACING}/trace")
    guest.check(f"echo > {TRACING}/kprobe_events")  # empties the trace as well
    gdb.interrupt()


def test_code_that_stops_pass_through_is_refused_with_a_reason(gdb):
    gdb("break *asm_exc_int3")
    assert "Cannot insert breakpoint" in gdb("stepi")
    assert "enters the kernel" in gdb("monitor stats")
    gdb("delete")


# ---- clients that go away ----

def test_a_killed_gdb_leaves_a_running_kernel_and_the_next_one_attaches(guest, symbols):
    first = Gdb(guest, symbols=symbols)
    first(f"break *{CALL} if $rdi == 0x7777")
    first.send("continue")
    strike(guest, 3)
    assert struck(guest) == "3 calls"
    first.kill()
    strike(guest, 5)
    assert struck(guest) == "5 calls"
    second = Gdb(guest, symbols=symbols)
    assert "shadowCPU0" in second("info threads")
    assert "hits" not in second("monitor stats")
    second.quit()


def test_unloading_restores_everything(guest, symbols):
    first = Gdb(guest, symbols=symbols)
    before = first(f"x/32xb {CALL}")
    first(f"break *{CALL} if $rdi == 0x7777")
    first.send("continue")
    strike(guest, 3)
    struck(guest)
    first.kill()
    guest.check("rmmod kgdboc")
    strike(guest, 3)
    assert struck(guest) == "3 calls"
    guest.check("insmod /kgdboc.ko kgdboc=ttyS2 core=own")
    second = Gdb(guest, symbols=symbols)
    assert second(f"x/32xb {CALL}") == before
    second.quit()


# ---- a virtio port ----

@pytest.fixture(scope="module")
def port(guest):
    """The line's socket; the module is on the port from here on."""
    guest.check(f"rmmod kgdboc && insmod /kgdboc.ko kgdboc=vport:{PORT} core=own")
    return f"{PORT}.sock"


def test_a_packet_that_comes_after_its_acknowledgment_is_seen(guest, port):
    """gdb sends both when it connects; they may arrive one by one."""
    interrupts = "awk '/virtio/ { n += $2 + $3 } END { print n }' /proc/interrupts"
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(100)
        line.connect(f"{guest.run_folder}/{port}")
        before = guest.check(interrupts)
        line.sendall(b"+")
        guest.until(f"test $({interrupts}) -gt {before}")
        line.sendall(b"$qSupported#37")
        answer = b""
        while b"PacketSize" not in answer:
            answer += line.recv(4096)
    guest.check("true")


def test_gdb_over_a_virtio_port(guest, symbols, port):
    gdb = Gdb(guest, line=port, symbols=symbols)
    assert "shadowCPU1" in gdb("info threads")
    gdb(f"break *{CALL}")
    gdb.send("continue")
    strike(guest)
    assert CALL in gdb.answer()
    gdb("delete")
    gdb.send("continue")
    assert struck(guest) == "1 calls"
    assert "SIGINT" in gdb.interrupt()
    gdb.quit()
    guest.check("true")
