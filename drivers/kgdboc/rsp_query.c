// SPDX-License-Identifier: GPL-2.0
/* The q and Q packets: what each side can do, threads, offsets, monitor. */
#include "rsp_packet.h"

#define PRINT_MAX 2048		/* bytes of text in one O packet */
#define COMMAND_MAX 256		/* of a monitor command, with its NUL */

static void query_supported(struct rsp *rsp, struct rsp_cursor *c)
{
	rsp_take(c, ':');
	while (c->at != c->end) {
		if (rsp_take_word(c, "swbreak+"))
			rsp->knows_swbreak = true;
		else if (rsp_take_word(c, "hwbreak+"))
			rsp->knows_hwbreak = true;
		while (c->at != c->end && *c->at++ != ';')
			;
	}
	rsp_put_text(rsp, "PacketSize=");
	rsp_put_number(rsp, RSP_PACKET_MAX);
	rsp_put_text(rsp, ";QStartNoAckMode+;swbreak+;hwbreak+;vContSupported+"
		     ";qXfer:features:read+;qXfer:threads:read+;ConditionalBreakpoints+");
	if (!rsp->text_only)
		rsp_put_text(rsp, ";qXfer:vmcoreinfo:read+;binary-upload+");
}

/* As many thread ids as there is room for, from rsp->list_tid on. */
static void put_thread_list(struct rsp *rsp)
{
	struct rsp_thread thread = { .tid = rsp->list_tid };
	char before = 'm';

	while (rsp->reply_len < sizeof(rsp->reply) - 32 &&
	       rsp->ops->next_thread(rsp->target, &thread)) {
		rsp_put_char(rsp, before);
		rsp_put_number(rsp, thread.tid);
		before = ',';
		rsp->list_tid = thread.tid;
	}
	if (before == 'm')
		rsp_put_char(rsp, 'l');
}

static void query_thread_info(struct rsp *rsp, struct rsp_cursor *c)
{
	struct rsp_thread thread;
	s64 tid;

	if (!rsp_take_tid(c, &tid) || tid <= 0 ||
	    !rsp->ops->find_thread(rsp->target, tid, &thread)) {
		rsp_put_error(rsp, RSP_ESRCH);
		return;
	}
	rsp_put_hex(rsp, (const u8 *)thread.name, strlen(thread.name));
	rsp_put_hex(rsp, (const u8 *)" ", 1);
	rsp_put_hex(rsp, (const u8 *)thread.state, strlen(thread.state));
}

static void query_offsets(struct rsp *rsp)
{
	u64 address;

	if (!rsp->ops->text_start(rsp->target, &address))
		return;
	/* Of the first segment; gdb moves the others along. */
	rsp_put_text(rsp, "TextSeg=");
	rsp_put_number(rsp, address);
}

static void query_command(struct rsp *rsp, struct rsp_cursor *c)
{
	char command[COMMAND_MAX];
	size_t len = rsp_take_hex(c, (u8 *)command, sizeof(command) - 1);

	if (c->at != c->end) {
		rsp_put_error(rsp, RSP_EINVAL);
		return;
	}
	command[len] = 0;
	if (rsp->ops->monitor(rsp->target, command)) {
		rsp_put_ok(rsp);
		return;
	}
	rsp_print(rsp, "unknown command; 'monitor help' lists them\n");
	rsp_put_ok(rsp);
}

/**
 * rsp_print - show text to the user
 * @rsp: the protocol, answering a monitor command or with a stop owed
 * @text: the text
 */
void rsp_print(struct rsp *rsp, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		size_t n = left < PRINT_MAX ? left : PRINT_MAX;

		rsp->reply_len = 0;
		rsp_put_char(rsp, 'O');
		rsp_put_hex(rsp, (const u8 *)text, n);
		rsp_send_reply(rsp);
		text += n;
		left -= n;
	}
}

/**
 * rsp_query - answer a q packet
 * @rsp: the protocol
 * @c: what follows the letter
 */
void rsp_query(struct rsp *rsp, struct rsp_cursor *c)
{
	if (rsp_take_word(c, "Supported")) {
		query_supported(rsp, c);
	} else if (rsp_take_word(c, "Xfer:")) {
		rsp_xfer(rsp, c);
	} else if (rsp_take_word(c, "fThreadInfo")) {
		rsp->list_tid = 0;
		put_thread_list(rsp);
	} else if (rsp_take_word(c, "sThreadInfo")) {
		put_thread_list(rsp);
	} else if (rsp_take_word(c, "ThreadExtraInfo,")) {
		query_thread_info(rsp, c);
	} else if (rsp_take_word(c, "Offsets")) {
		query_offsets(rsp);
	} else if (rsp_take_word(c, "Attached")) {
		rsp_put_char(rsp, '1');
	} else if (rsp_take_word(c, "Rcmd,")) {
		query_command(rsp, c);
	} else if (rsp_take_word(c, "CRC:")) {
		rsp_memory_crc(rsp, c);
	} else if (rsp_take_word(c, "Search:memory:")) {
		rsp_memory_search(rsp, c);
	} else if (rsp_take_word(c, "Symbol::")) {
		rsp_put_ok(rsp);
	} else if (rsp_take(c, 'C') && c->at == c->end) {
		rsp_put_text(rsp, "QC");
		rsp_put_number(rsp, rsp_current_tid(rsp));
	}
}

/**
 * rsp_set - answer a Q packet
 * @rsp: the protocol
 * @c: what follows the letter
 */
void rsp_set(struct rsp *rsp, struct rsp_cursor *c)
{
	if (!rsp_take_word(c, "StartNoAckMode"))
		return;
	/* This packet and its reply are the last to be acknowledged. */
	rsp_put_ok(rsp);
	rsp_send_reply(rsp);
	rsp->silent = true;
	rsp->no_ack = true;
	rsp->unacked = false;
	rsp->last_ack_due = true;
}
