// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own debugger as a core: the struct kgdb_io between it and a line.
 * What passes is looked at in stub.c; here are the moments at which it passes,
 * breaking in, and gdbs that go away.
 */
#include <linux/kdb.h>
#include <linux/kgdb.h>
#include <linux/module.h>
#include <linux/serial_core.h>
#include <linux/timekeeping.h>

#include "../compat/irq_work.h"
#include "../compat/kgdb.h"
#include "kgdboc.h"
#include "stub.h"

#define GRACE_NS (5ull * NSEC_PER_SEC)	/* for a gdb that has gone to come back */

/*
 * Used by whoever holds the kernel stopped, and in process context while no
 * debugger is registered.
 */
static struct kgdboc_line *line;
static struct kgdboc_stub stub;
static unsigned int stops;
static bool was_present;	/* somebody has been at the host's end */
static u64 absent_ns;		/* for how long nobody has been */
static u64 looked_ns;
static u8 calling;		/* what is about to stop the kernel: '$', 0x03 or nothing */

/* ---- the line ---- */

static void send_out(void)
{
	if (stub.out_len) {
		line->ops->write(line, stub.out, stub.out_len);
		if (line->ops->flush)
			line->ops->flush(line);
	}
	stub.out_len = 0;
	stub.out_has_frame = false;
}

/* gdb's end was closed while the kernel stands, and stays closed. */
static bool has_gone(void)
{
	u64 now = ktime_get_mono_fast_ns();
	u64 passed = now > looked_ns ? now - looked_ns : 0;

	looked_ns = now;
	if (kgdboc_line_host_present(line)) {
		was_present = true;
		absent_ns = 0;
		return false;
	}
	if (!was_present || !stub.gdb_mode)
		return false;
	absent_ns += min_t(u64, passed, NSEC_PER_SEC);
	return absent_ns > GRACE_NS;
}

static bool fill_raw(void)
{
	if (stub.raw_off == stub.raw_len) {
		stub.raw_off = 0;
		stub.raw_len = line->ops->read(line, stub.raw, sizeof(stub.raw));
	}
	return stub.raw_len;
}

static int io_read_char(void)
{
	int byte = kgdboc_stub_next(&stub);

	if (byte >= 0)
		return byte;
	send_out();
	if (!fill_raw() && has_gone()) {
		was_present = false;
		kgdboc_stub_hang_up(&stub);
	}
	byte = kgdboc_stub_next(&stub);
	return byte >= 0 ? byte : NO_POLL_CHAR;
}

static void io_write_char(u8 byte)
{
	if (stub.out_len > sizeof(stub.out) - STUB_FRAME_MAX)
		send_out();
	kgdboc_stub_output(&stub, byte);
}

/* An acknowledgment alone waits for the reply that follows it. */
static void io_flush(void)
{
	if (stub.out_has_frame)
		send_out();
}

/* ---- stops ---- */

static void irq_break(struct irq_work *work)
{
	kgdb_breakpoint();
}
static struct irq_work break_work = IRQ_WORK_INIT_HARD(irq_break);

static void io_pre_exception(void)
{
	stops++;
	kgdboc_line_hush(line, true);
	looked_ns = ktime_get_mono_fast_ns();
	absent_ns = 0;
	kgdboc_stub_stopped(&stub);
	/* Unless another stop was first and has taken what called. */
	if (calling == '$' && fill_raw())
		kgdboc_stub_connecting(&stub);
	calling = 0;
	kgdboc_screen_enter();
	/* A session keeps the module. */
	if (!kgdb_connected)
		try_module_get(THIS_MODULE);
}

static void io_post_exception(void)
{
	u8 byte;

	send_out();
	kgdboc_line_hush(line, false);
	if (!kgdb_connected)
		module_put(THIS_MODULE);
	kgdboc_screen_leave();
	/* What was read ahead of the packet that lets the kernel run. */
	if (kgdboc_stub_attention(&stub, &byte)) {
		calling = byte;
		irq_work_queue(&break_work);
	}
}

static struct kgdb_io io = {
	.name = KBUILD_MODNAME,
	.read_char = io_read_char,
	.write_char = io_write_char,
	.flush = io_flush,
	.pre_exception = io_pre_exception,
	.post_exception = io_post_exception,
};

static void kgdb_break_in(struct kgdboc_line *from, u8 byte)
{
	/* A locked down kernel lets nobody in but kdb, and that by SysRq. */
	if (compat_kgdb_locked_down())
		return;
	calling = byte;
	kgdb_breakpoint();
}

/* ---- the core's operations ---- */

static bool kgdb_available(const char **why)
{
	return true;
}

static int kgdb_attach(struct kgdboc_line *new_line, bool stop)
{
	unsigned int before = stops;
	int err;

	line = new_line;
	was_present = false;
	calling = 0;
	kgdboc_stub_init(&stub);
	stub.no_binary = line->config.keyboard;
	stub.address_bits = compat_address_bits();
	io.cons = line->console;
	err = kgdboc_screen_attach(&line->config);
	if (err)
		return err;
	line->break_in = kgdb_break_in;
	/* Stops by itself when kgdbwait is on the kernel's command line. */
	err = kgdb_register_io_module(&io);
	if (err) {
		kgdboc_screen_detach();
		return err;
	}
	if (kgdboc_line_watch(line))
		pr_info("%s: only SysRq g breaks in\n", line->config.text);
	if (stop && stops == before)
		kgdb_breakpoint();
	return 0;
}

static void kgdb_detach(void)
{
	kgdboc_line_unwatch(line);
	irq_work_sync(&break_work);
	kgdb_unregister_io_module(&io);
	kgdboc_screen_detach();
}

static bool kgdb_busy(void)
{
	return kgdb_connected;
}

static void kgdb_stop(void)
{
	kgdb_breakpoint();
}

const struct kgdboc_core_ops kgdboc_core_kgdb = {
	.name = "kernel",
	.available = kgdb_available,
	.attach = kgdb_attach,
	.detach = kgdb_detach,
	.busy = kgdb_busy,
	.stop = kgdb_stop,
};
