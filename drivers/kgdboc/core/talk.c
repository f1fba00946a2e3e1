// SPDX-License-Identifier: GPL-2.0
/*
 * The conversation with gdb while the machine is stopped: bytes between the
 * line and the protocol engine, what the engine asks of the machine, and a
 * client that has gone away, whom nobody waits for.
 */
#include <linux/kernel.h>
#include <linux/processor.h>

#include "own.h"

#define CONTROL_C 0x03
#define ANSWER_MS 15000		/* gdb asks something soon after it was told of a stop */
#define ABSENT_MS 500		/* a host's end that is closed that long has gone */
#define READ_SIZE 512

static struct rsp rsp;
static struct kgdboc_line *line;
static u8 pending[READ_SIZE];	/* read from the line, not yet fed */
static size_t pending_at, pending_len;
static bool broken;		/* the line does not take what we send */
static bool interrupted;	/* Ctrl-C came while stopped: for the next time */
static bool expected_interrupt;	/* this one is why we stopped */
static char text[512];

/* ---- what the engine asks for ---- */

static void target_send(void *target, const u8 *frame, size_t len)
{
	if (line->ops->write(line, frame, len) != len)
		broken = true;
	if (line->ops->flush)
		line->ops->flush(line);
}

static size_t target_read(void *target, u64 address, u8 *buf, size_t len)
{
	return own_memory_read(address, buf, len);
}

static size_t target_write(void *target, u64 address, const u8 *buf, size_t len)
{
	return own_memory_write(address, buf, len);
}

static bool target_get_register(void *target, u64 tid, unsigned int number, u8 *value)
{
	return own_register_get(tid, number, value);
}

static bool target_set_register(void *target, u64 tid, unsigned int number, const u8 *value)
{
	return own_register_set(tid, number, value);
}

static bool target_next_thread(void *target, struct rsp_thread *thread)
{
	return own_thread_next(thread);
}

static bool target_find_thread(void *target, u64 tid, struct rsp_thread *thread)
{
	return own_thread_find(tid, thread);
}

static int target_insert(void *target, const struct rsp_point *point)
{
	if (point->type == RSP_SOFTWARE)
		return own_text_insert(point);
	return own_debugreg_insert(point);
}

static int target_remove(void *target, const struct rsp_point *point)
{
	if (point->type == RSP_SOFTWARE)
		return own_text_remove(point->address);
	return own_debugreg_remove(point);
}

static void target_reset(void *target)
{
	own_text_reset();
	own_debugreg_reset();
	interrupted = false;
}

static bool target_can_step(void *target, u64 tid)
{
	struct own_cpu *cpu = own_thread_cpu(tid);

	return cpu && cpu->regs && !user_mode(cpu->regs);
}

static bool target_text_start(void *target, u64 *address)
{
	*address = own_text_start;
	return own_text_start != 0;
}

static bool target_monitor(void *target, const char *command)
{
	return own_monitor(command);
}

static const u8 *target_object(void *target, const char *name, size_t *len)
{
	*len = own_vmcoreinfo_len;
	return own_vmcoreinfo;
}

static const struct rsp_ops target_ops = {
	.send = target_send,
	.read = target_read,
	.write = target_write,
	.get_register = target_get_register,
	.set_register = target_set_register,
	.next_thread = target_next_thread,
	.find_thread = target_find_thread,
	.insert = target_insert,
	.remove = target_remove,
	.reset = target_reset,
	.can_step = target_can_step,
	.text_start = target_text_start,
	.monitor = target_monitor,
	.object = target_object,
};

/**
 * own_print - show text to the user of gdb
 * @format: as of printf
 */
void own_print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vscnprintf(text, sizeof(text), format, args);
	va_end(args);
	rsp_print(&rsp, text);
}

/* ---- the line ---- */

static bool refill(void)
{
	if (pending_at < pending_len)
		return true;
	pending_at = 0;
	pending_len = line->ops->read(line, pending, sizeof(pending));
	return pending_len;
}

static void hang_up(void)
{
	rsp_hang_up(&rsp);
	pending_len = 0;
	broken = false;
	interrupted = false;
}

/* Nobody is there, or nobody who answers. */
static bool is_gone(u64 told, u64 *absent, bool owed)
{
	if (broken || (owed && own_milliseconds(told) > ANSWER_MS))
		return true;
	if (kgdboc_line_host_present(line)) {
		*absent = 0;
		return false;
	}
	if (!*absent)
		*absent = own_now();
	return own_milliseconds(*absent) > ABSENT_MS;
}

/* Feeds what has arrived up to a verdict that ends the stop. */
static enum rsp_verdict feed(void)
{
	while (refill()) {
		enum rsp_verdict verdict = rsp_feed(&rsp, pending[pending_at++]);

		if (verdict == RSP_INTERRUPT) {
			interrupted = !expected_interrupt;
			expected_interrupt = false;
		} else if (verdict != RSP_MORE) {
			return verdict;
		}
	}
	return RSP_MORE;
}

/* One exchange, from a stop to the next order to run. */
static enum own_verdict converse(const struct rsp_stop *stop)
{
	bool owed = rsp.running;
	u64 told = own_now(), absent = 0;
	unsigned long packets = rsp.stats.packets;
	unsigned int turn = 0;

	rsp_report_stop(&rsp, stop);
	for (;;) {
		enum rsp_verdict verdict = feed();

		if (verdict == RSP_DETACH) {
			interrupted = false;
			return OWN_GONE;
		}
		if (verdict == RSP_RESUME)
			return rsp.resume.kind == RSP_CONTINUE ? OWN_RUN : OWN_STEP;
		if (owed && rsp.stats.packets != packets)
			owed = false;
		if (rsp.connected && is_gone(told, &absent, owed)) {
			hang_up();
			return OWN_GONE;
		}
		own_quiet_cpu();
		own_wait_a_turn(&turn);
	}
}

/**
 * own_talk - talk to gdb until it wants the machine to run
 * @event: why the machine has stopped
 *
 * Return: what is to be done.
 */
enum own_verdict own_talk(const struct own_event *event)
{
	enum own_verdict verdict;

	/* Another stop was first and has taken what called. */
	if (event->byte && !refill())
		return OWN_RUN;
	/* A packet while the machine ran: another gdb than the one before. */
	if (event->byte == '$' && rsp.running)
		hang_up();
	if (event->byte == CONTROL_C && !rsp.connected) {
		while (refill())
			pending_len = 0;
		return OWN_RUN;
	}
	expected_interrupt = event->byte == CONTROL_C;
	verdict = converse(&event->stop);
	while (interrupted && (verdict == OWN_RUN || verdict == OWN_STEP)) {
		struct rsp_stop stop = event->stop;

		interrupted = false;
		stop.cause = RSP_CAUSE_NONE;
		stop.signal = 2;
		verdict = converse(&stop);
	}
	return verdict;
}

/**
 * own_talk_resume - how gdb wants the machine to run
 *
 * Return: its last order.
 */
const struct rsp_resume *own_talk_resume(void)
{
	return &rsp.resume;
}

/**
 * own_talk_wants_stop - has gdb said something while a range is stepped
 *
 * Return: whether it has; it is told of the stop then.
 */
bool own_talk_wants_stop(void)
{
	if (!refill())
		return false;
	if (pending[pending_at] == CONTROL_C) {
		expected_interrupt = true;
		return true;
	}
	return false;
}

/**
 * own_talk_connected - is gdb in a session
 *
 * Context: any.
 * Return: whether it is.
 */
bool own_talk_connected(void)
{
	return READ_ONCE(rsp.connected);
}

/**
 * own_talk_stats - what has gone over the line
 *
 * Return: the counts.
 */
const struct rsp_stats *own_talk_stats(void)
{
	return &rsp.stats;
}

/**
 * own_talk_attach - talk over a line from now on
 * @to: the line, open
 *
 * Context: process.
 */
void own_talk_attach(struct kgdboc_line *to)
{
	line = to;
	pending_len = 0;
	broken = false;
	interrupted = false;
	rsp_init(&rsp, &target_ops, &rsp_x86_64, NULL);
	rsp.text_only = to->changes_line_ends;
}

/**
 * own_talk_detach - tell the client to go, and forget it
 *
 * Context: the owner.
 */
void own_talk_detach(void)
{
	rsp_part(&rsp);
	hang_up();
}
