# SPDX-License-Identifier: GPL-2.0
"""Our own stop core on a stock kernel, beside what test_own_core.py sees: monitor
commands, debug registers shared with perf, ranges, modules and CPUs that go,
a CPU that spins with interrupts off, an oops. All over a virtio port."""

import re

import pexpect
import pytest

from harness.gdb import CALL, Gdb, module_file, strike, struck, symbol_file

# Run with --long until they have been seen often enough to be in every check.
pytestmark = pytest.mark.long

PORT = "org.portside.gdb"
SOCKET = f"{PORT}.sock"
ONLINE = "/sys/devices/system/cpu/cpu1/online"
LOAD = f"insmod /kgdboc.ko kgdboc=vport:{PORT} core=own"


@pytest.fixture(scope="module")
def guest(boot, kernel):
    guest = boot("more", ["--port", PORT], add=[module_file(kernel)], modules=["dummy"],
                 agent=True, append="portside.getty=ttyS0",
                 expect_log=[r"Oops: ", "BUG: unable to handle", "Call Trace"])
    guest.check(LOAD)
    # CPU 0 may be made deaf: whatever calls comes to the other one.
    guest.check("for irq in /proc/irq/*/smp_affinity; do echo 2 > $irq; done 2> /dev/null; true")
    return guest


@pytest.fixture(scope="module")
def symbols(guest, tmp_path_factory):
    return symbol_file(guest, tmp_path_factory.mktemp("symbols") / "kernel.elf")


@pytest.fixture
def gdb(guest, symbols):
    gdb = Gdb(guest, SOCKET, symbols=symbols)
    yield gdb
    gdb.end()
    guest.check("true")


def stats(gdb, pattern):
    text = gdb("monitor stats")
    match = re.search(pattern, text)
    assert match, text
    return int(match[1])


# ---- monitor ----

def test_help_lists_every_command(gdb):
    listed = re.findall(r"^(\w+) ", gdb("monitor help"), re.M)
    assert listed == ["help", "bt", "cpus", "dmesg", "msr", "pci", "stats", "symbol", "tasks"]
    assert "unknown command" in gdb("monitor nonsense")


def test_the_log_is_read_while_the_kernel_stands(gdb):
    log = gdb("monitor dmesg")
    assert "Linux version " in log
    assert f"gdb over vport:{PORT} (" in log


def test_cpus_and_tasks_are_listed(gdb):
    cpus = gdb("monitor cpus")
    assert re.search(r"^cpu 0: thread 1, pid \d+ \S+ at [0-9a-f]+", cpus, re.M), cpus
    assert re.search(r"^cpu 1: thread 2, ", cpus, re.M), cpus
    tasks = gdb("monitor tasks")
    assert re.search(r"^ +100002 cpu \d+ +kthreadd ", tasks, re.M), tasks


def test_devices_on_pci_are_listed_as_the_kernel_has_them(guest, gdb):
    listed = re.findall(r"^([0-9a-f:.]+) ([0-9a-f]{4}):([0-9a-f]{4}) class", gdb("monitor pci"), re.M)
    gdb.send("continue")
    known = guest.check("cd /sys/bus/pci/devices; for d in *; do "
                        "echo ${d#0000:} $(cat $d/vendor $d/device); done").splitlines()
    gdb.interrupt()
    assert sorted(f"{at} 0x{vendor} 0x{device}" for at, vendor, device in listed) == sorted(known)


def test_registers_of_the_model_are_read(gdb):
    efer = int(re.search(r"= ([0-9a-f]+)", gdb("monitor msr c0000080"))[1], 16)
    assert efer == gdb.value("$efer") and efer & 0x500 == 0x500
    assert "hexadecimal" in gdb("monitor msr")


# ---- breakpoints ----

def test_hardware_breakpoints_stop_and_are_limited(guest, gdb):
    gdb(f"hbreak *{CALL}")
    gdb.send("continue")
    strike(guest, 3)
    for _ in range(3):
        assert CALL in gdb.answer()
        assert gdb.value("$rip") == gdb.value(f"&{CALL}")
        gdb.send("continue")
    assert struck(guest) == "3 calls"
    gdb.interrupt()
    gdb("delete")
    for offset in range(0, 20, 4):
        gdb(f"hbreak *({CALL}+{offset})")
    assert "Could not insert hardware" in gdb("stepi")


@pytest.mark.parametrize("cpus", [1, 2])
def test_a_hardware_breakpoint_stops_each_cpu(guest, gdb, cpus):
    """Also those that an NMI had stopped when it was set."""
    gdb(f"hbreak *{CALL}")
    gdb.send("continue")
    strike(guest, 2, cpus)
    seen = []
    for _ in range(2 * cpus):
        assert CALL in gdb.answer()
        seen.append(gdb.cpu())
        gdb.send("continue")
    assert sorted(seen) == [0, 0, 1, 1][:2 * cpus]
    assert struck(guest) == f"{2 * cpus} calls"
    gdb.interrupt()


def test_another_cpu_is_stepped_and_its_registers_changed(guest, gdb):
    """The one that an NMI stopped, whose way back is another than the owner's."""
    gdb.choose(1 - gdb.cpu())
    gdb("set scheduler-locking on")
    before = gdb.value("$rip")
    gdb("stepi")
    assert gdb.value("$rip") != before
    assert gdb.value("$eflags") & 0x100 == 0
    gdb("set scheduler-locking off")


def test_reads_and_writes_are_told_apart(gdb):
    gdb("awatch *(unsigned long *)&jiffies_64")
    text = gdb("continue")
    assert "Hardware access (read/write) watchpoint" in text, text


def test_perf_keeps_what_it_holds_and_gdb_takes_the_rest(guest, symbols):
    guest.check("rm -f /tmp/go; mkfifo /tmp/go")
    guest.run_and_forget("(perfwatch 1000 < /tmp/go > /tmp/perf 2>&1; echo $? >> /tmp/perf) &")
    guest.run_and_forget("exec 7> /tmp/go")
    guest.until("grep holds /tmp/perf")
    gdb = Gdb(guest, SOCKET, symbols=symbols)
    assert stats(gdb, r"debug registers (\d+)") == 3
    gdb("watch *(unsigned long *)&jiffies_64")
    assert "Old value" in gdb("continue")
    gdb("delete")
    gdb(f"hbreak *{CALL}")
    gdb.send("continue")
    strike(guest)
    assert CALL in gdb.answer()
    gdb.send("continue")
    struck(guest)
    guest.run_and_forget("echo >&7; exec 7>&-")
    assert guest.until("grep -x 0 /tmp/perf && cat /tmp/perf").split() == \
        ["0", "holds", "1", "saw", "1000", "0"]
    gdb.interrupt()
    gdb.end()
    # With gdb gone perf has all four again.
    guest.until("echo | perfwatch 400 4 > /tmp/perf 2>&1")
    # (An emulated processor reports the fourth at each hit of the others.)
    assert guest.check("cat /tmp/perf").split()[:8] == ["holds", "4"] + ["saw", "100"] * 3


def test_next_over_a_long_function_is_a_few_packets(guest, gdb):
    gdb("break *chacha_permute")
    gdb.send("continue")
    guest.run_and_forget("dd if=/dev/urandom of=/dev/null bs=64 count=1 2> /dev/null")
    assert "chacha_permute" in gdb.answer()
    gdb("delete")
    before = stats(gdb, r"packets (\d+)")
    gdb("next")
    packets = stats(gdb, r"packets (\d+)") - before
    assert "chacha_permute" not in gdb("info symbol $rip")
    assert packets < 30, packets


def test_steps_lead_out_of_an_interrupt(gdb):
    """The stop is in one, and returns to the idle loop or to whatever it interrupted."""
    gdb("stepi 500")
    assert re.search(r"0x[0-9a-f]+ in |^\w+ \(", gdb("stepi"))


def test_a_breakpoint_in_a_module_goes_with_it(guest, gdb):
    gdb.send("continue")
    call = "ip link set dummy0 up && echo 0 > /sys/class/net/dummy0/carrier"
    guest.check("modprobe dummy")
    address = guest.check("awk '$3 == \"dummy_change_carrier\" { print $1 }' /proc/kallsyms")
    gdb.interrupt()
    gdb("set breakpoint always-inserted on")
    gdb(f"break *0x{address}")
    gdb.send("continue")
    guest.run_and_forget(call)
    assert address in gdb.answer()
    gdb.send("continue")
    guest.check("true")
    guest.check("rmmod dummy")
    gdb.interrupt()
    assert f"breakpoint {address}" not in gdb("monitor stats")
    gdb.send("continue")
    guest.check(f"modprobe dummy && {call} && rmmod dummy")
    gdb.interrupt()
    gdb("delete")
    gdb("set breakpoint always-inserted off")


@pytest.mark.parametrize("address, reason", [
    ("0x1000", "no code"), ("&linux_banner", "no code"), ("&asm_exc_page_fault", "enters the kernel")])
def test_a_place_for_no_breakpoint_is_refused_with_a_reason(gdb, address, reason):
    gdb(f"break *{address}")
    assert "Cannot insert breakpoint" in gdb("stepi")
    assert re.search(rf"last refused: [0-9a-f]+: .*{reason}", gdb("monitor stats"))


# ---- CPUs ----

def test_a_cpu_that_spins_with_interrupts_off_is_stopped(guest, gdb):
    """It is made to spin by gdb: a jump to itself, and the flag off. (A hardware
    breakpoint stands at the very start, where the jump is put.)"""
    gdb(f"hbreak *{CALL}")
    gdb.send("continue")
    strike(guest)
    assert CALL in gdb.answer()
    gdb("delete")
    assert gdb.cpu() == 0
    spot, flags, code = gdb.value("$rip"), gdb.value("$eflags"), gdb.value("*(unsigned short *)$rip")
    gdb(f"set *(unsigned short *){spot:#x} = 0xfeeb")
    try:
        gdb(f"set $eflags = {flags & ~0x200}")
        gdb.send("continue")
        guest.check("true")
        assert "SIGINT" in gdb.interrupt()
        assert gdb.cpu() == 1
        assert "lost" not in gdb("monitor cpus")
        gdb.choose(0)
        assert gdb.value("$rip") == spot
        gdb(f"set $eflags = {flags}")
    finally:
        if gdb.waits:
            gdb.interrupt()
        gdb(f"set *(unsigned short *){spot:#x} = {code:#x}")
    gdb.send("continue")
    assert struck(guest) == "1 calls"
    gdb.interrupt()


def test_cpus_come_and_go_during_a_session(guest, gdb):
    gdb(f"hbreak *{CALL}")
    gdb.send("continue")
    guest.check(f"echo 0 > {ONLINE}")
    gdb.interrupt()
    assert "shadowCPU1" not in gdb("info threads")
    assert "lost" not in gdb("monitor cpus")
    gdb.send("continue")
    guest.check(f"echo 1 > {ONLINE}")
    # The kernel gives the new CPU's debug registers a moment later.
    strike(guest, 1000, 2)
    seen = set()
    while seen != {0, 1}:
        assert CALL in gdb.answer()
        seen.add(gdb.cpu())
        if seen == {0, 1}:
            gdb("delete")
        gdb.send("continue")
    assert struck(guest) == "2000 calls"
    gdb.interrupt()
    assert "shadowCPU1" in gdb("info threads")


@pytest.mark.parametrize("command", ["break", "hbreak"])
def test_a_machine_that_slept_keeps_its_breakpoints(guest, gdb, command):
    """The kernel's test mode suspends every device, the line's too, and resumes."""
    gdb(f"{command} *{CALL}")
    gdb.send("continue")
    guest.check("echo 0 > /sys/module/suspend/parameters/pm_test_delay")
    guest.check("echo devices > /sys/power/pm_test")
    guest.check("echo freeze > /sys/power/state")
    strike(guest)
    assert CALL in gdb.answer()
    gdb("delete")
    gdb.send("continue")
    assert struck(guest) == "1 calls"
    gdb.interrupt()


# ---- loading and unloading ----

def test_unloading_tells_a_gdb_that_is_attached(guest, symbols):
    gdb = Gdb(guest, SOCKET, symbols=symbols)
    gdb(f"break *{CALL}")
    gdb.send("continue")
    guest.check("true")
    guest.check("rmmod kgdboc")
    assert "exited normally" in gdb.answer()
    gdb.kill()
    strike(guest, 3)
    assert struck(guest) == "3 calls"
    guest.check(LOAD)


def test_wait_stops_as_the_module_loads(guest, symbols):
    guest.check("rmmod kgdboc")
    guest.run_and_forget(f"{LOAD} wait=1")
    gdb = Gdb(guest, SOCKET, symbols=symbols)
    assert re.search(r"own_attach|kgdboc", gdb("monitor bt")), gdb.attached
    gdb.quit()
    guest.check("grep -q ^kgdboc /proc/modules")


@pytest.mark.parametrize("words, reason", [
    ("kgdboc=vport:{port} core=mine", "the cores are auto, kernel and own"),
    ("kgdboc=vport:{port} core=kernel", "built without CONFIG_KGDB"),
    ("kgdboc=nonsense core=own", "a line is a tty with its number"),
    ("kgdboc=uart:io,none core=own", "is not a number")])
def test_a_wrong_parameter_is_refused_with_a_reason(guest, words, reason):
    guest.check("rmmod kgdboc; dmesg -c > /dev/null; true")
    result = guest.run("insmod /kgdboc.ko " + words.format(port=PORT))
    log = guest.check("dmesg")
    assert reason in log, log
    assert result.status != 0, log
    guest.check(LOAD)


# ---- an oops ----

def test_an_oops_stops_and_the_kernel_goes_on(guest, gdb):
    gdb(f"break *{CALL}")
    gdb.send("continue")
    strike(guest)
    assert CALL in gdb.answer()
    gdb("delete")
    gdb("set $rip = 0x123456")
    text = gdb("continue")
    assert "SIGSEGV" in text, text
    assert gdb.value("$rip") == 0x123456
    gdb.send("continue")
    guest.until("! pidof hammer")
    gdb.interrupt()
    assert "0000000000123456" in gdb("monitor dmesg")


# ---- time, and many gdbs ----

@pytest.mark.long
def test_a_stop_of_a_minute_is_no_hang(guest, gdb):
    """The module's end looks through the log for stalls and warnings."""
    gdb.process.expect(pexpect.TIMEOUT, timeout=60)
    gdb.send("continue")
    # RCU and the watchdogs look again.
    guest.check("cat /proc/uptime; dd if=/dev/zero of=/dev/null bs=1M count=200 2> /dev/null")
    gdb.interrupt()


@pytest.mark.long
def test_a_hundred_gdbs_are_killed(guest, symbols):
    for count in range(100):
        gdb = Gdb(guest, SOCKET, symbols=symbols)
        gdb(f"break *{CALL} if $rdi == {count % 2}")
        gdb.send("continue" if count % 3 else "info threads")
        if count % 3 == 1:
            strike(guest, 1 + count % 5, 2)
        gdb.kill()
    strike(guest, 3)
    assert struck(guest) == "3 calls"
