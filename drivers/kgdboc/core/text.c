// SPDX-License-Identifier: GPL-2.0
/*
 * Breakpoints in code. Each is one byte, int3, written through the window of
 * memory.c: where gdb asked for it, or behind the landing pad and the tracing
 * site at the start of a function, so that tracing goes on working; gdb is then
 * told the address it knows. What gdb reads never shows the byte.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "own.h"

#define INT3 0xcc
#define TEXTS_MAX 256
#define GHOSTS_MAX 64
#define GHOST_CODE 5

struct own_text {
	bool used;
	bool planted;		/* the byte in the code is ours */
	bool lifted;		/* taken out for a while, to be put back */
	bool hardware;		/* in a debug register, the byte would not be safe */
	u8 original;
	unsigned long address;	/* as gdb asked */
	unsigned long at;	/* of the byte */
	unsigned long hits;
	size_t conditions_len;
	u8 conditions[RSP_CONDITIONS_MAX];
};

static struct own_text texts[TEXTS_MAX];
static unsigned int texts_end;	/* none is used from here on */

/*
 * Breakpoints whose code went away with its module. Gdb does not know and goes on
 * setting them; that counts again only when the same code is there again.
 */
static struct ghost {
	unsigned long address;
	u8 code[GHOST_CODE];
} ghosts[GHOSTS_MAX];
static unsigned int next_ghost;

static const char *refusal;
static unsigned long refused;

#define for_each_text(text) \
	for ((text) = texts; (text) < texts + texts_end; (text)++)

static struct own_text *find(unsigned long address)
{
	struct own_text *text;

	for_each_text(text)
		if (text->used && text->address == address)
			return text;
	return NULL;
}

static struct own_text *sharer(const struct own_text *of)
{
	struct own_text *text;

	for_each_text(text)
		if (text != of && text->used && !text->hardware && text->at == of->at)
			return text;
	return NULL;
}

static struct own_text *new_text(void)
{
	struct own_text *text;

	for_each_text(text)
		if (!text->used)
			return text;
	return texts_end < TEXTS_MAX ? &texts[texts_end++] : NULL;
}

static void keep_conditions(struct own_text *text, const struct rsp_point *point)
{
	text->conditions_len = min_t(size_t, point->conditions_len, sizeof(text->conditions));
	memcpy(text->conditions, point->conditions, text->conditions_len);
}

static const struct ghost *find_ghost(unsigned long address)
{
	unsigned int i;

	for (i = 0; i < GHOSTS_MAX; i++)
		if (ghosts[i].address == address)
			return &ghosts[i];
	return NULL;
}

/* Is there no code at an address, or other code than the breakpoint was set in? */
static bool is_gone(unsigned long address)
{
	const struct ghost *ghost = find_ghost(address);
	u8 code[GHOST_CODE];

	return ghost && (!own_memory_is_code(address) ||
			 own_memory_read_raw(address, code, sizeof(code)) != sizeof(code) ||
			 memcmp(code, ghost->code, sizeof(code)));
}

static void make_ghost(unsigned long address)
{
	struct ghost *ghost = &ghosts[next_ghost++ % GHOSTS_MAX];

	ghost->address = address;
	own_memory_read_raw(address, ghost->code, sizeof(ghost->code));
}

static bool holds_int3(unsigned long at)
{
	u8 byte;

	return own_memory_read_raw(at, &byte, 1) == 1 && byte == INT3;
}

static int plant(struct own_text *text)
{
	struct own_text *other = sharer(text);

	if (other) {
		text->original = other->original;
		text->planted = other->planted;
		text->lifted = other->lifted;
		return 0;
	}
	if (own_memory_read_raw(text->at, &text->original, 1) != 1)
		return EFAULT;
	if (text->original == INT3) {
		refusal = "a kprobe or a trap stands there already";
		return EBUSY;
	}
	text->lifted = false;
	text->planted = true;
	if (own_memory_poke(text->at, INT3))
		return 0;
	text->planted = false;
	return EFAULT;
}

/* Where the byte is not safe, a debug register may be. */
static int plant_hardware(struct own_text *text)
{
	struct rsp_point point = { .type = RSP_HARDWARE, .address = text->address, .kind = 1 };

	text->hardware = true;
	text->planted = false;
	text->lifted = false;
	text->at = 0;
	return own_debugreg_insert(&point) ? EPERM : 0;
}

/**
 * own_text_insert - set a breakpoint
 * @point: where, and under which conditions
 *
 * Return: 0, or a positive errno: EFAULT no code there, EPERM or EBUSY not safe
 * there (monitor stats tells why), ENOSPC too many.
 */
int own_text_insert(const struct rsp_point *point)
{
	struct own_text *text = find(point->address);
	int err;

	if (text) {
		keep_conditions(text, point);
		return 0;
	}
	if (is_gone(point->address))
		return 0;
	refused = point->address;
	if (!own_memory_is_code(point->address)) {
		refusal = "there is no code of the kernel";
		return EFAULT;
	}
	text = new_text();
	if (!text) {
		refusal = "there are too many breakpoints";
		return ENOSPC;
	}
	text->address = point->address;
	text->hits = 0;
	text->hardware = false;
	keep_conditions(text, point);
	switch (own_site_find(text->address, &text->at, &refusal)) {
	case OWN_SITE_FREE:
		/* Used before planted: who hits the byte finds the entry. */
		WRITE_ONCE(text->used, true);
		err = plant(text);
		break;
	case OWN_SITE_PATCHED:
		WRITE_ONCE(text->used, true);
		err = plant_hardware(text);
		break;
	default:
		err = EPERM;
	}
	if (err)
		text->used = false;
	return err;
}

static void uproot(struct own_text *text)
{
	if (text->hardware) {
		struct rsp_point point = {
			.type = RSP_HARDWARE, .address = text->address, .kind = 1,
		};

		own_debugreg_remove(&point);
	} else if (text->planted && !sharer(text) && holds_int3(text->at)) {
		own_memory_poke(text->at, text->original);
	}
	text->planted = false;
	text->lifted = false;
	/* The byte first: who hit it and finds no entry finds no byte either. */
	WRITE_ONCE(text->used, false);
}

/**
 * own_text_remove - remove a breakpoint
 * @address: as gdb asked for it
 *
 * Return: 0, also when its code has gone; ENOENT there is none.
 */
int own_text_remove(unsigned long address)
{
	struct own_text *text = find(address);

	if (!text)
		return find_ghost(address) ? 0 : ENOENT;
	uproot(text);
	return 0;
}

/**
 * own_text_reset - remove all breakpoints
 */
void own_text_reset(void)
{
	struct own_text *text;

	for_each_text(text)
		if (text->used)
			uproot(text);
	texts_end = 0;
	memset(ghosts, 0, sizeof(ghosts));
}

/**
 * own_text_drop - forget breakpoints in code that goes away
 * @start: of the code
 * @end: behind it
 */
void own_text_drop(unsigned long start, unsigned long end)
{
	struct own_text *text;

	for_each_text(text) {
		if (!text->used || text->address < start || text->address >= end)
			continue;
		uproot(text);
		make_ghost(text->address);
	}
}

/**
 * own_text_at - the breakpoint whose byte stands at an address
 * @ip: the address
 *
 * Context: any; without being the owner the answer may be old.
 * Return: the breakpoint, or NULL.
 */
struct own_text *own_text_at(unsigned long ip)
{
	struct own_text *text;

	for_each_text(text)
		if (READ_ONCE(text->used) && !text->hardware && text->at == ip)
			return text;
	return NULL;
}

/**
 * own_text_hardware - the breakpoint that a debug register stands in for
 * @address: where it fired
 *
 * Return: the breakpoint, or NULL.
 */
struct own_text *own_text_hardware(unsigned long address)
{
	struct own_text *text = find(address);

	return text && text->hardware ? text : NULL;
}

/**
 * own_text_address - where gdb thinks a breakpoint is
 * @text: the breakpoint
 *
 * Return: the address.
 */
unsigned long own_text_address(const struct own_text *text)
{
	return text->address;
}

/**
 * own_text_hit - count a hit
 * @text: the breakpoint
 */
void own_text_hit(struct own_text *text)
{
	text->hits++;
}

static bool agent_register(void *ctx, unsigned int number, u64 *value)
{
	*value = 0;
	return own_register_get(*(u64 *)ctx, number, (u8 *)value);
}

static bool agent_memory(void *ctx, u64 address, u8 *buf, size_t len)
{
	return own_memory_read(address, buf, len) == len;
}

/**
 * own_text_condition - do a breakpoint's conditions hold
 * @text: the breakpoint
 * @tid: of the thread that hit it
 *
 * Return: true also when there are none, or one cannot be evaluated.
 */
bool own_text_condition(const struct own_text *text, u64 tid)
{
	struct rsp_agent agent = { agent_register, agent_memory, &tid };

	return !text->conditions_len ||
	       rsp_conditions_hold(text->conditions, text->conditions_len, &agent);
}

/**
 * own_text_lift - take the byte at an address out for a while
 * @ip: the address
 *
 * Return: whether there was one.
 */
bool own_text_lift(unsigned long ip)
{
	struct own_text *text;
	bool found = false;

	for_each_text(text) {
		if (!text->used || !text->planted || text->at != ip)
			continue;
		if (!found)
			own_memory_poke(ip, text->original);
		text->planted = false;
		text->lifted = true;
		found = true;
	}
	return found;
}

/**
 * own_text_lower - put back what own_text_lift() took out
 */
void own_text_lower(void)
{
	struct own_text *text;

	for_each_text(text) {
		if (!text->used || !text->lifted)
			continue;
		text->lifted = false;
		text->planted = true;
		if (!holds_int3(text->at))
			own_memory_poke(text->at, INT3);
	}
}

/**
 * own_text_mask - hide breakpoints in bytes that were read
 * @address: where they were read
 * @buf: the bytes
 * @len: how many
 */
void own_text_mask(unsigned long address, u8 *buf, size_t len)
{
	struct own_text *text;

	for_each_text(text)
		if (text->used && text->planted && text->at - address < len)
			buf[text->at - address] = text->original;
}

/**
 * own_text_absorb - let breakpoints take what is written below them
 * @address: where is written
 * @buf: the bytes
 * @len: how many
 *
 * Return: how many bytes can be written as they are before the next breakpoint;
 * 0: the first was taken.
 */
size_t own_text_absorb(unsigned long address, const u8 *buf, size_t len)
{
	struct own_text *text;
	bool taken = false;

	for_each_text(text) {
		if (!text->used || !text->planted)
			continue;
		if (text->at == address) {
			text->original = *buf;
			taken = true;
		} else if (text->at - address < len) {
			len = text->at - address;
		}
	}
	return taken ? 0 : len;
}

/**
 * own_text_list - print the breakpoints, for monitor stats
 */
void own_text_list(void)
{
	struct own_text *text;

	for_each_text(text)
		if (text->used)
			own_print("breakpoint %lx%s, hits %lu\n", text->address,
				  text->hardware ? " (in a debug register)" : "", text->hits);
	if (refusal)
		own_print("last refused: %lx: %s\n", refused, refusal);
}
