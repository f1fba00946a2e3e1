// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses of symbols that the kernel does not export. A kprobe that is not
 * allowed still has its address looked up, which is all that is wanted: what
 * is found here is read or compared, never called.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>

#include "compat/ibt.h"
#include "own.h"

#define SKIPPED_ENDBR 4		/* a probe of a function is put behind its landing pad */

static unsigned long look_up(const char *name)
{
	struct kprobe probe = { .symbol_name = name };
	unsigned long address;

	/* One that is allowed is taken back before anything can hit it. */
	probe.flags = KPROBE_FLAG_DISABLED;
	if (!register_kprobe(&probe))
		unregister_kprobe(&probe);
	address = (unsigned long)probe.addr;
	return address >= PAGE_OFFSET ? address : 0;
}

/**
 * own_symbol - the address of an object in the kernel's memory
 * @name: the symbol's name
 *
 * Context: process, sleeps.
 * Return: its address, 0 when there is none.
 */
unsigned long own_symbol(const char *name)
{
	return look_up(name);
}

/**
 * own_symbol_function - the address of a function, with its landing pad
 * @name: the symbol's name
 *
 * Context: process, sleeps.
 * Return: its address, 0 when there is none.
 */
unsigned long own_symbol_function(const char *name)
{
	unsigned long address = look_up(name);
	u32 before;

	if (address && own_memory_read_raw(address - SKIPPED_ENDBR, &before, 4) == 4 &&
	    compat_is_endbr(before))
		address -= SKIPPED_ENDBR;
	return address;
}
