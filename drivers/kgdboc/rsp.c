// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol's outer layer: bytes to packets, acknowledgements, and which packet
 * is answered where.
 */
#include "frame.h"
#include "rsp_packet.h"

#define INTERRUPT_BYTE 0x03
#define RESENDS_MAX 16		/* of one frame: the line is broken for good */

/**
 * rsp_init - begin to listen
 * @rsp: the protocol
 * @ops: the target's functions
 * @arch: its registers
 * @target: what the functions are called with
 */
void rsp_init(struct rsp *rsp, const struct rsp_ops *ops, const struct rsp_arch *arch,
	      void *target)
{
	memset(rsp, 0, offsetof(struct rsp, packet));
	rsp->ops = ops;
	rsp->arch = arch;
	rsp->target = target;
}

/**
 * rsp_current_tid - the thread that packets without one are about
 * @rsp: the protocol
 *
 * Return: its id.
 */
u64 rsp_current_tid(const struct rsp *rsp)
{
	return rsp->general_tid ? rsp->general_tid : rsp->stop.tid;
}

static void send_frame(struct rsp *rsp)
{
	rsp->ops->send(rsp->target, rsp->frame, rsp->frame_len);
	rsp->unacked = !rsp->no_ack;
}

/**
 * rsp_send_reply - frame the reply and send it
 * @rsp: the protocol
 */
void rsp_send_reply(struct rsp *rsp)
{
	rsp->frame_len = 0;
	if (rsp->ack_due)
		rsp->frame[rsp->frame_len++] = '+';
	rsp->ack_due = false;
	rsp->frame_len += kgdboc_frame_packed(rsp->frame + rsp->frame_len, rsp->reply,
					      rsp->reply_len);
	rsp->resends = 0;
	send_frame(rsp);
	rsp->reply_len = 0;
}

static void send_ack(struct rsp *rsp, u8 ack)
{
	rsp->ops->send(rsp->target, &ack, 1);
}

/* Someone else is on the line than before. */
static void new_client(struct rsp *rsp)
{
	rsp->no_ack = false;
	rsp->last_ack_due = false;
	rsp->knows_swbreak = false;
	rsp->knows_hwbreak = false;
	rsp->general_tid = 0;
	rsp->running = false;
	rsp->brief_threads = false;
	rsp->connected = true;
	rsp->stats.clients++;
	rsp->ops->reset(rsp->target);
}

/**
 * rsp_hang_up - the client has gone
 * @rsp: the protocol
 *
 * What it inserted is removed; the next one starts anew.
 */
void rsp_hang_up(struct rsp *rsp)
{
	if (rsp->connected)
		rsp->ops->reset(rsp->target);
	rsp->connected = false;
	rsp->running = false;
	rsp->no_ack = false;
	rsp->last_ack_due = false;
	rsp->unacked = false;
	rsp->ack_due = false;
	rsp->input = RSP_IN_IDLE;
}

/**
 * rsp_part - the target is going away
 * @rsp: the protocol
 *
 * A client that waits for a stop is told that none will come. Then as
 * rsp_hang_up().
 */
void rsp_part(struct rsp *rsp)
{
	if (rsp->connected && rsp->running) {
		rsp->reply_len = 0;
		rsp_put_text(rsp, "W00");
		rsp_send_reply(rsp);
	}
	rsp_hang_up(rsp);
}

static void select_thread(struct rsp *rsp, struct rsp_cursor *c)
{
	struct rsp_thread thread;
	bool general = rsp_take(c, 'g');
	s64 tid;

	if ((!general && !rsp_take(c, 'c')) || !rsp_take_tid(c, &tid)) {
		rsp_put_error(rsp, RSP_EINVAL);
		return;
	}
	if (tid > 0 && !rsp->ops->find_thread(rsp->target, tid, &thread)) {
		rsp_put_error(rsp, RSP_ESRCH);
		return;
	}
	if (general)
		rsp->general_tid = tid > 0 ? tid : 0;
	else
		rsp->resume.tid = tid > 0 ? tid : 0;
	rsp_put_ok(rsp);
}

static void is_alive(struct rsp *rsp, struct rsp_cursor *c)
{
	struct rsp_thread thread;
	s64 tid;

	if (rsp_take_tid(c, &tid) && tid > 0 &&
	    rsp->ops->find_thread(rsp->target, tid, &thread))
		rsp_put_ok(rsp);
	else
		rsp_put_error(rsp, RSP_ESRCH);
}

static enum rsp_verdict answer_v(struct rsp *rsp, struct rsp_cursor *c)
{
	if (rsp_take_word(c, "Cont?")) {
		rsp_put_text(rsp, "vCont;c;C;s;S;r");
	} else if (rsp_take_word(c, "Cont;")) {
		return rsp_run_vcont(rsp, c);
	} else if (rsp_take_word(c, "Kill")) {
		rsp_put_ok(rsp);
		return RSP_DETACH;
	}
	return RSP_MORE;
}

/* Fills the reply; an unknown packet's stays empty, as the protocol wants it. */
static enum rsp_verdict answer(struct rsp *rsp, u8 letter, struct rsp_cursor *c)
{
	switch (letter) {
	case '?':
		rsp_put_stop(rsp);
		break;
	case 'g':
		rsp_registers_read(rsp);
		break;
	case 'G':
		rsp_registers_write(rsp, c);
		break;
	case 'p':
		rsp_register_read(rsp, c);
		break;
	case 'P':
		rsp_register_write(rsp, c);
		break;
	case 'm':
		rsp_memory_read(rsp, c);
		break;
	case 'M':
		rsp_memory_write(rsp, c);
		break;
	case 'x':
		rsp_memory_read_binary(rsp, c);
		break;
	case 'X':
		rsp_memory_write_binary(rsp, c);
		break;
	case 'H':
		select_thread(rsp, c);
		break;
	case 'T':
		is_alive(rsp, c);
		break;
	case 'q':
		rsp_query(rsp, c);
		break;
	case 'Q':
		rsp_set(rsp, c);
		break;
	case 'Z':
	case 'z':
		rsp_point_change(rsp, c, letter == 'Z');
		break;
	case 'c':
	case 'C':
		return rsp_run_continue(rsp, c, letter == 'C');
	case 's':
	case 'S':
		return rsp_run_step(rsp, c, letter == 'S');
	case 'v':
		return answer_v(rsp, c);
	case 'D':
		rsp_put_ok(rsp);
		return RSP_DETACH;
	case 'k':
		rsp->silent = true;
		return RSP_DETACH;
	}
	return RSP_MORE;
}

static enum rsp_verdict handle_packet(struct rsp *rsp)
{
	struct rsp_cursor c = { rsp->packet + 1, rsp->packet + rsp->packet_len };
	enum rsp_verdict verdict = RSP_MORE;

	rsp->stats.packets++;
	rsp->packet[rsp->packet_len] = 0;
	rsp->reply_len = 0;
	rsp->silent = false;
	if (!rsp->connected)
		new_client(rsp);
	if (rsp->too_long)
		rsp_put_error(rsp, RSP_EINVAL);
	else if (rsp->packet_len)
		verdict = answer(rsp, rsp->packet[0], &c);
	if (verdict == RSP_RESUME) {
		rsp->silent = true;
		rsp->running = true;
	}
	if (!rsp->silent)
		rsp_send_reply(rsp);
	else if (rsp->ack_due)
		send_ack(rsp, '+');
	rsp->ack_due = false;
	if (verdict == RSP_DETACH)
		rsp_hang_up(rsp);
	return verdict;
}

static enum rsp_verdict feed_idle(struct rsp *rsp, u8 byte)
{
	switch (byte) {
	case '$':
		rsp->input = RSP_IN_PACKET;
		rsp->packet_len = 0;
		rsp->sum = 0;
		rsp->too_long = false;
		break;
	case '+':
		/* Without acknowledgements only a client that begins says this. */
		if (rsp->no_ack && !rsp->last_ack_due)
			rsp_hang_up(rsp);
		rsp->last_ack_due = false;
		rsp->unacked = false;
		break;
	case '-':
		if (!rsp->unacked)
			break;
		rsp->stats.resent++;
		if (rsp->resends++ < RESENDS_MAX)
			send_frame(rsp);
		break;
	case INTERRUPT_BYTE:
		return RSP_INTERRUPT;
	}
	return RSP_MORE;
}

static enum rsp_verdict finish_packet(struct rsp *rsp)
{
	rsp->input = RSP_IN_IDLE;
	rsp->unacked = false;
	if (rsp->sum != rsp->told_sum) {
		rsp->stats.bad++;
		send_ack(rsp, '-');
		return RSP_MORE;
	}
	if (rsp->too_long)
		rsp->stats.bad++;
	rsp->ack_due = !rsp->no_ack;
	return handle_packet(rsp);
}

/**
 * rsp_feed - take one byte from the client
 * @rsp: the protocol
 * @byte: the byte
 *
 * Replies are sent from here. After RSP_RESUME a stop is owed: the next packet
 * is answered when rsp_report_stop() has been called.
 *
 * Context: any; takes no lock, allocates nothing.
 * Return: what it means for the target.
 */
enum rsp_verdict rsp_feed(struct rsp *rsp, u8 byte)
{
	switch (rsp->input) {
	case RSP_IN_IDLE:
		return feed_idle(rsp, byte);
	case RSP_IN_PACKET:
		if (byte == '#') {
			rsp->input = RSP_IN_SUM1;
		} else if (byte == '$') {
			/* The rest of the last packet was lost. */
			rsp->stats.bad++;
			return feed_idle(rsp, byte);
		} else {
			rsp->sum += byte;
			if (rsp->packet_len < RSP_PACKET_MAX)
				rsp->packet[rsp->packet_len++] = byte;
			else
				rsp->too_long = true;
		}
		return RSP_MORE;
	case RSP_IN_SUM1:
		rsp->told_sum = rsp_hex_digit(byte) << 4;
		rsp->input = RSP_IN_SUM2;
		return RSP_MORE;
	case RSP_IN_SUM2:
		rsp->told_sum |= rsp_hex_digit(byte) & 15;
		return finish_packet(rsp);
	}
	return RSP_MORE;
}

/**
 * rsp_report_stop - the target has stopped
 * @rsp: the protocol
 * @stop: who, why
 *
 * Sends the stop reply if one is owed; otherwise the client will ask. gdb asks
 * for all threads after each step, only to learn which have gone: that list is
 * brief. Whoever looks at threads makes gdb ask once more.
 */
void rsp_report_stop(struct rsp *rsp, const struct rsp_stop *stop)
{
	rsp->stop = *stop;
	rsp->general_tid = 0;
	if (!rsp->running)
		return;
	rsp->running = false;
	rsp->brief_threads = rsp->resume.kind != RSP_CONTINUE && stop->cause == RSP_CAUSE_NONE;
	rsp->reply_len = 0;
	rsp_put_stop(rsp);
	rsp_send_reply(rsp);
}
