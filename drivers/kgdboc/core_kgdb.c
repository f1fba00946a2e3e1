// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own debugger as a core: the struct kgdb_io between it and a line.
 */
#include <linux/kgdb.h>
#include <linux/module.h>

#include "kgdboc.h"

static struct kgdboc_line *attached;

static bool kgdb_available(const char **why)
{
	return true;
}

static int kgdb_read_char(void)
{
	u8 byte;

	return attached->ops->read(attached, &byte, 1) ? byte : NO_POLL_CHAR;
}

static void kgdb_write_char(u8 byte)
{
	attached->ops->write(attached, &byte, 1);
}

static void kgdb_flush(void)
{
	if (attached->ops->flush)
		attached->ops->flush(attached);
}

static struct kgdb_io io = {
	.name = KBUILD_MODNAME,
	.read_char = kgdb_read_char,
	.write_char = kgdb_write_char,
	.flush = kgdb_flush,
};

static void kgdb_break_in(struct kgdboc_line *line, u8 byte)
{
	kgdb_breakpoint();
}

static int kgdb_attach(struct kgdboc_line *line, bool stop)
{
	int err;

	attached = line;
	line->break_in = kgdb_break_in;
	err = kgdb_register_io_module(&io);
	if (err)
		return err;
	kgdboc_line_watch(line);
	return 0;
}

static void kgdb_detach(void)
{
	kgdboc_line_unwatch(attached);
	kgdb_unregister_io_module(&io);
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
