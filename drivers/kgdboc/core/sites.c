// SPDX-License-Identifier: GPL-2.0
/*
 * Where a breakpoint's byte may be. Not in code that runs on the way to a stop,
 * and not where the kernel itself changes instructions and checks what it finds:
 * static keys, static calls, optimized kprobes. At the start of a function the
 * byte goes behind the landing pad and the tracing site.
 */
#include <linux/jump_label.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/static_call_types.h>

#include "compat/ibt.h"
#include "own.h"

#define ENDBR_SIZE 4
#define CALL_SIZE 5
#define PATCH_SIZE 5		/* what a static key, a static call or a kprobe changes */
#define BLACKLIST_MAX 100000

struct entry_range {
	const char *first, *last;	/* symbols */
	unsigned long start, end;
};

/* Code that a stop passes through, from the processor's entry to our handlers. */
static struct entry_range entry_ranges[] = {
	{ "__entry_text_start", "__entry_text_end" },
	{ "__noinstr_text_start", "__noinstr_text_end" },
	{ "__kprobes_text_start", "__kprobes_text_end" },
};

static struct jump_entry *keys, *keys_end;
static struct static_call_site *calls, *calls_end;
static struct list_head *blacklist;
static struct list_head *modules;
static unsigned long tracers[3];

/**
 * own_site_in_entry_code - is an address in code that stops pass through
 * @address: the address
 *
 * Context: any.
 * Return: whether it is.
 */
bool own_site_in_entry_code(unsigned long address)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(entry_ranges); i++)
		if (address >= entry_ranges[i].start && address < entry_ranges[i].end)
			return true;
	return false;
}

/**
 * own_site_is_forbidden - is an address in code that nothing may stop
 * @address: the address
 *
 * Entry code, where the processor's state is not the kernel's yet, and the
 * debug exception itself.
 *
 * Context: any.
 * Return: whether it is.
 */
bool own_site_is_forbidden(unsigned long address)
{
	char name[KSYM_SYMBOL_LEN];

	if (address >= entry_ranges[0].start && address < entry_ranges[0].end)
		return true;
	if (!own_site_in_entry_code(address))
		return false;
	sprint_symbol_no_offset(name, address);
	return strstr(name, "exc_debug");
}

/* Functions that kprobes must not touch, which are ours to leave alone as well. */
static bool is_blacklisted(unsigned long address)
{
	struct kprobe_blacklist_entry entry;
	struct list_head *at;
	unsigned int n;

	if (!blacklist)
		return false;
	if (get_kernel_nofault(at, &blacklist->next))
		return false;
	for (n = 0; at != blacklist && n < BLACKLIST_MAX; n++) {
		if (copy_from_kernel_nofault(&entry, list_entry(at, struct kprobe_blacklist_entry,
								 list), sizeof(entry)))
			return false;
		if (address >= entry.start_addr && address < entry.end_addr)
			return true;
		at = entry.list.next;
	}
	return false;
}

static struct module *module_of(unsigned long address)
{
	struct list_head *at;

	if (within_module(address, THIS_MODULE))
		return THIS_MODULE;
	if (!modules)
		return NULL;
	for (at = modules->next; at != modules; at = at->next) {
		struct module *module = list_entry(at, struct module, list);

		if (module->state != MODULE_STATE_UNFORMED && within_module(address, module))
			return module;
	}
	return NULL;
}

static bool is_key(unsigned long address, struct jump_entry *at, struct jump_entry *end)
{
	for (; at < end; at++)
		if (address - jump_entry_code(at) < PATCH_SIZE)
			return true;
	return false;
}

static bool is_call(unsigned long address, struct static_call_site *at,
		    struct static_call_site *end)
{
	for (; at < end; at++)
		if (address - ((unsigned long)&at->addr + at->addr) < PATCH_SIZE)
			return true;
	return false;
}

/* Inside a jump to one of the kprobes' detours? */
static bool is_optimized_kprobe(unsigned long address)
{
	char name[KSYM_SYMBOL_LEN];
	unsigned int back;
	u8 bytes[PATCH_SIZE];

	for (back = 0; back < PATCH_SIZE; back++) {
		unsigned long target;
		s32 distance;

		if (own_memory_read_raw(address - back, bytes, sizeof(bytes)) != sizeof(bytes) ||
		    bytes[0] != 0xe9)
			continue;
		memcpy(&distance, bytes + 1, sizeof(distance));
		target = address - back + PATCH_SIZE + distance;
		if (target < MODULES_VADDR || target >= MODULES_END || module_of(target))
			continue;
		sprint_symbol_no_offset(name, target);
		if (strstr(name, "kprobe") || !strncmp(name, "0x", 2))
			return true;
	}
	return false;
}

static const char *patcher(unsigned long address)
{
	struct module *module = module_of(address);

	if (is_key(address, keys, keys_end))
		return "a static key is switched there";
	if (is_call(address, calls, calls_end))
		return "a static call is switched there";
	if (module && is_key(address, module->jump_entries,
			     module->jump_entries + module->num_jump_entries))
		return "a static key of its module is switched there";
	if (module && is_call(address, module->static_call_sites,
			      module->static_call_sites + module->num_static_call_sites))
		return "a static call of its module is switched there";
	if (is_optimized_kprobe(address))
		return "an optimized kprobe stands there";
	return NULL;
}

/* A call that tracing has put at the start of a function. */
static bool calls_tracer(unsigned long address, const u8 *bytes)
{
	unsigned long target;
	unsigned int i;
	s32 distance;

	memcpy(&distance, bytes + 1, sizeof(distance));
	target = address + CALL_SIZE + distance;
	for (i = 0; i < ARRAY_SIZE(tracers); i++)
		if (target == tracers[i])
			return true;
	/* A trampoline made at run time. */
	return target >= MODULES_VADDR && target < MODULES_END && !module_of(target);
}

/* A tracing site that is off. Before 5.13 the kernel chose its nop by the processor. */
static bool is_nop(const u8 *bytes)
{
	static const u8 nops[][CALL_SIZE] = {
		{ 0x0f, 0x1f, 0x44, 0x00, 0x00 },
		{ 0x66, 0x66, 0x66, 0x66, 0x90 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nops); i++)
		if (!memcmp(bytes, nops[i], CALL_SIZE))
			return true;
	return false;
}

static unsigned long behind_entry(unsigned long address)
{
	u8 bytes[CALL_SIZE];
	u32 first;

	if (own_memory_read_raw(address, &first, sizeof(first)) == sizeof(first) &&
	    compat_is_endbr(first))
		address += ENDBR_SIZE;
	if (own_memory_read_raw(address, bytes, sizeof(bytes)) != sizeof(bytes))
		return address;
	if (is_nop(bytes) || (bytes[0] == 0xe8 && calls_tracer(address, bytes)))
		address += CALL_SIZE;
	return address;
}

/**
 * own_site_find - where the byte of a breakpoint goes
 * @address: where gdb wants it
 * @at: set to where it goes
 * @why: set to a reason when it may not
 *
 * Return: whether the place is free, patched by the kernel, or not to be touched.
 */
enum own_site own_site_find(unsigned long address, unsigned long *at, const char **why)
{
	const char *reason;

	if (within_module(address, THIS_MODULE)) {
		*why = "that is the debugger itself";
		return OWN_SITE_REFUSED;
	}
	if (own_site_is_forbidden(address)) {
		*why = "this is how the processor enters the kernel";
		return OWN_SITE_REFUSED;
	}
	/* An int3 there would come to itself; a debug exception keeps others off. */
	if (own_site_in_entry_code(address) || is_blacklisted(address)) {
		*why = "a stop passes through this code, and no debug register is free";
		return OWN_SITE_PATCHED;
	}
	reason = patcher(address);
	if (!reason) {
		*at = behind_entry(address);
		reason = *at != address ? patcher(*at) : NULL;
	}
	if (reason) {
		*why = reason;
		return OWN_SITE_PATCHED;
	}
	return OWN_SITE_FREE;
}

/* The list's head, if it is the one that our own module hangs in. */
static struct list_head *find_modules(void)
{
	struct list_head *head = (struct list_head *)own_symbol("modules");
	struct list_head *at;

	if (!head)
		return NULL;
	rcu_read_lock();
	at = THIS_MODULE->list.next;
	while (at != head && at != &THIS_MODULE->list)
		at = at->next;
	rcu_read_unlock();
	return at == head ? head : NULL;
}

/**
 * own_sites_init - look up what is needed to judge an address
 *
 * Context: process, sleeps.
 * Return: 0, or -ENOENT: this kernel does not show where entry code lies.
 */
int own_sites_init(void)
{
	static const char *const names[] = { "ftrace_caller", "ftrace_regs_caller", "__fentry__" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(entry_ranges); i++) {
		entry_ranges[i].start = own_symbol(entry_ranges[i].first);
		entry_ranges[i].end = own_symbol(entry_ranges[i].last);
	}
	if (!entry_ranges[0].start || !entry_ranges[0].end)
		return -ENOENT;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		tracers[i] = own_symbol_function(names[i]);
	keys = (void *)own_symbol("__start___jump_table");
	keys_end = (void *)own_symbol("__stop___jump_table");
	calls = (void *)own_symbol("__start_static_call_sites");
	calls_end = (void *)own_symbol("__stop_static_call_sites");
	blacklist = (void *)own_symbol("kprobe_blacklist");
	modules = find_modules();
	return 0;
}
