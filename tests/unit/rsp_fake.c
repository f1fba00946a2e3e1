// SPDX-License-Identifier: GPL-2.0
/* See rsp_fake.h. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/rsp_fake.h"

static void fake_send(void *target, const u8 *frame, size_t len)
{
	struct fake *fake = target;

	if (len > sizeof(fake->sent) - fake->sent_len)
		len = sizeof(fake->sent) - fake->sent_len;
	memcpy(fake->sent + fake->sent_len, frame, len);
	fake->sent_len += len;
}

static size_t inside(u64 address, size_t len)
{
	u64 offset = address - FAKE_BASE;

	if (offset >= FAKE_SIZE)
		return 0;
	return len < FAKE_SIZE - offset ? len : FAKE_SIZE - offset;
}

static size_t fake_read(void *target, u64 address, u8 *buf, size_t len)
{
	struct fake *fake = target;

	len = inside(address, len);
	if (len)
		memmove(buf, fake->memory + (address - FAKE_BASE), len);
	return len;
}

static size_t fake_write(void *target, u64 address, const u8 *buf, size_t len)
{
	struct fake *fake = target;

	len = inside(address, len);
	if (len)
		memmove(fake->memory + (address - FAKE_BASE), buf, len);
	return len;
}

static bool fake_get_register(void *target, u64 tid, unsigned int number, u8 *value)
{
	struct fake *fake = target;

	if (tid < 1 || tid > FAKE_THREADS || number >= X86_ST0)
		return false;
	memcpy(value, &fake->registers[tid - 1][number], rsp_x86_64.registers[number].bytes);
	return true;
}

static bool fake_set_register(void *target, u64 tid, unsigned int number, const u8 *value)
{
	struct fake *fake = target;

	if (tid < 1 || tid > FAKE_THREADS || number >= X86_ST0)
		return false;
	memcpy(&fake->registers[tid - 1][number], value, rsp_x86_64.registers[number].bytes);
	return true;
}

static bool fake_find_thread(void *target, u64 tid, struct rsp_thread *thread)
{
	(void)target;
	if (tid < 1 || tid > FAKE_THREADS)
		return false;
	thread->tid = tid;
	thread->cpu = tid - 1;
	snprintf(thread->name, sizeof(thread->name), "task<%d>", (int)tid);
	snprintf(thread->state, sizeof(thread->state), "running \"%d\"", (int)tid);
	return true;
}

static bool fake_next_thread(void *target, struct rsp_thread *thread)
{
	return fake_find_thread(target, thread->tid + 1, thread);
}

static int fake_insert(void *target, const struct rsp_point *point)
{
	struct fake *fake = target;
	int i;

	if (!inside(point->address, 1))
		return 14;
	for (i = 0; i < FAKE_POINTS; i++) {
		if (fake->points[i].used)
			continue;
		fake->points[i].used = true;
		fake->points[i].point = *point;
		memcpy(fake->points[i].conditions, point->conditions, point->conditions_len);
		fake->points[i].point.conditions = fake->points[i].conditions;
		return 0;
	}
	return 28;
}

static int fake_remove(void *target, const struct rsp_point *point)
{
	struct fake *fake = target;
	int i;

	for (i = 0; i < FAKE_POINTS; i++) {
		if (!fake->points[i].used || fake->points[i].point.type != point->type ||
		    fake->points[i].point.address != point->address)
			continue;
		fake->points[i].used = false;
		return 0;
	}
	return 2;
}

static void fake_reset(void *target)
{
	struct fake *fake = target;

	memset(fake->points, 0, sizeof(fake->points));
	fake->resets++;
}

static bool fake_can_step(void *target, u64 tid)
{
	(void)target;
	return tid >= 1 && tid <= 2;
}

static bool fake_text_start(void *target, u64 *address)
{
	(void)target;
	*address = FAKE_BASE;
	return true;
}

static bool fake_monitor(void *target, const char *command)
{
	struct fake *fake = target;

	snprintf(fake->command, sizeof(fake->command), "%s", command);
	if (strcmp(command, "help"))
		return false;
	rsp_print(&fake->rsp, "there is help\n");
	return true;
}

static const u8 *fake_object(void *target, const char *name, size_t *len)
{
	static const u8 text[] = "OSRELEASE=1\n{}$#*";

	(void)target;
	(void)name;
	*len = sizeof(text) - 1;
	return text;
}

static const struct rsp_ops fake_ops = {
	.send = fake_send,
	.read = fake_read,
	.write = fake_write,
	.get_register = fake_get_register,
	.set_register = fake_set_register,
	.next_thread = fake_next_thread,
	.find_thread = fake_find_thread,
	.insert = fake_insert,
	.remove = fake_remove,
	.reset = fake_reset,
	.can_step = fake_can_step,
	.text_start = fake_text_start,
	.monitor = fake_monitor,
	.object = fake_object,
};

void fake_init(struct fake *fake)
{
	unsigned int i;

	memset(fake, 0, sizeof(*fake));
	for (i = 0; i < FAKE_SIZE / 2; i++)
		fake->memory[i] = i * 7;
	fake->memory[0x120] = FAKE_STORE;
	for (i = 0; i < FAKE_THREADS; i++) {
		fake->registers[i][X86_RIP] = FAKE_BASE + 0x100 + 0x1000 * i;
		fake->registers[i][X86_RSP] = FAKE_BASE + 0x9000 + 0x100 * i;
		fake->registers[i][X86_RDI] = i + 40;
		fake->registers[i][X86_GS_BASE] = 0xffff888000000000ull + i;
	}
	rsp_init(&fake->rsp, &fake_ops, &rsp_x86_64, fake);
	rsp_report_stop(&fake->rsp, &(struct rsp_stop){ .tid = 1, .cpu = 0, .signal = 5 });
}

static bool agent_register(void *ctx, unsigned int number, u64 *value)
{
	struct fake *fake = ctx;

	*value = 0;
	return fake_get_register(fake, fake->rsp.stop.tid, number, (u8 *)value);
}

static bool agent_memory(void *ctx, u64 address, u8 *buf, size_t len)
{
	return fake_read(ctx, address, buf, len) == len;
}

static enum rsp_cause hit(struct fake *fake, u64 rip, bool stored)
{
	struct rsp_agent agent = { agent_register, agent_memory, fake };
	int i;

	for (i = 0; i < FAKE_POINTS; i++) {
		const struct rsp_point *point = &fake->points[i].point;

		if (!fake->points[i].used)
			continue;
		if (point->type >= RSP_WRITE && stored && point->address == FAKE_COUNTER)
			return RSP_CAUSE_WATCH;
		if (point->type <= RSP_HARDWARE && point->address == rip &&
		    rsp_conditions_hold(point->conditions, point->conditions_len, &agent))
			return point->type == RSP_SOFTWARE ? RSP_CAUSE_SWBREAK :
							     RSP_CAUSE_HWBREAK;
	}
	return RSP_CAUSE_NONE;
}

void fake_run(struct fake *fake)
{
	const struct rsp_resume *resume = &fake->rsp.resume;
	struct rsp_stop stop = fake->rsp.stop;
	unsigned int steps;
	u64 *rip;

	if (resume->tid)
		stop.tid = resume->tid;
	stop.cpu = stop.tid - 1;
	stop.signal = 5;
	rip = &fake->registers[stop.tid - 1][X86_RIP];
	for (steps = 0; steps < 1000; steps++) {
		bool stored = inside(*rip, 1) && fake->memory[*rip - FAKE_BASE] == FAKE_STORE;

		if (stored)
			fake->memory[FAKE_COUNTER - FAKE_BASE]++;
		++*rip;
		stop.cause = hit(fake, *rip, stored);
		stop.address = FAKE_COUNTER;
		if (stop.cause != RSP_CAUSE_NONE || resume->kind == RSP_STEP ||
		    (resume->kind == RSP_RANGE && (*rip < resume->start || *rip >= resume->end)))
			break;
	}
	if (steps == 1000)
		stop.signal = 2;
	rsp_report_stop(&fake->rsp, &stop);
}

enum rsp_verdict fake_feed(struct fake *fake, const char *bytes, size_t len)
{
	enum rsp_verdict verdict = RSP_MORE;

	while (len--) {
		verdict = rsp_feed(&fake->rsp, (u8)*bytes++);
		if (verdict == RSP_RESUME)
			fake_run(fake);
	}
	return verdict;
}
