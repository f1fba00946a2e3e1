// SPDX-License-Identifier: GPL-2.0
/*
 * Bulk transfers: when the chip answers one and with what. Each packet towards
 * the host starts with two bytes of status; a packet that is not full goes out
 * when the latency timer expires, or at once when there is news.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define STATUS 2

static bool once(int *count)
{
	if (*count <= 0)
		return false;
	(*count)--;
	return true;
}

/**
 * packet_size() - what a packet holds, whatever the descriptors say
 *
 * Return: bytes.
 */
int packet_size(void)
{
	return model.chip->high_speed ? 512 : 64;
}

static void enqueue(struct transfer **queue, uint64_t id, uint8_t *data, uint32_t len)
{
	struct transfer *new = calloc(1, sizeof(*new));

	new->id = id;
	new->data = data;
	new->len = len;
	while (*queue)
		queue = &(*queue)->next;
	*queue = new;
}

static void dequeue(struct transfer **queue)
{
	struct transfer *first = *queue;

	*queue = first->next;
	usbredirparser_free_packet_data(model.parser, first->data);
	free(first);
}

static void end_in(struct channel *ch, uint8_t status, uint8_t *data, uint32_t len)
{
	usb_reply_bulk(0x81 + 2 * ch->number, ch->in->id, status, data, len);
	dequeue(&ch->in);
}

static void end_out(struct channel *ch, uint8_t status)
{
	usb_reply_bulk(0x02 + 2 * ch->number, ch->out->id, status, NULL, ch->out->done);
	dequeue(&ch->out);
}

/* ---- towards the host ---- */

static int capacity(const struct channel *ch)
{
	return ch->in->len / packet_size() * (packet_size() - STATUS);
}

/* One packet; the status of its characters is that of all of them. */
static int put_packet(struct channel *ch, uint8_t *packet)
{
	uint8_t line = ch->to_host_len ? ch->to_host[0] >> 8 : 0;
	int len = 0, room = packet_size() - STATUS;

	while (len < ch->to_host_len && len < room && ch->to_host[len] >> 8 == line) {
		packet[STATUS + len] = ch->to_host[len];
		len++;
	}
	ch->to_host_len -= len;
	memmove(ch->to_host, ch->to_host + len, ch->to_host_len * sizeof(ch->to_host[0]));
	ch->seen = uart_modem(ch);
	packet[0] = ch->seen | 1;
	packet[1] = uart_line(ch) | ch->latched | line;
	ch->latched = 0;
	return STATUS + len;
}

static void send_in(struct channel *ch, int64_t now)
{
	uint8_t *data = malloc(ch->in->len + packet_size());
	uint32_t len = 0;
	int packet;

	do {
		packet = put_packet(ch, data + len);
		len += packet;
	} while (packet == packet_size() && len + packet_size() <= ch->in->len);
	ch->flush = ch->to_host_len && ch->to_host_len < packet_size() && packet < packet_size();
	ch->deadline = now + (ch->latency ? ch->latency : 1) * 1000000LL;
	end_in(ch, usb_redir_success, data, len);
	free(data);
	uart_rewire();
}

/* A transfer that goes wrong on purpose. */
static bool spoil_in(struct channel *ch)
{
	struct faults *faults = &model.faults;
	uint8_t rubbish[1024] = { 1, LINE_EMPTY };

	if (once(&faults->stall_in))
		ch->halted_in = true;
	if (ch->halted_in)
		end_in(ch, usb_redir_stall, NULL, 0);
	else if (once(&faults->error_in))
		end_in(ch, usb_redir_ioerror, NULL, 0);
	else if (once(&faults->babble))
		end_in(ch, usb_redir_babble, NULL, 0);
	else if (once(&faults->empty))
		end_in(ch, usb_redir_success, rubbish, 0);
	else if (once(&faults->short_status))
		end_in(ch, usb_redir_success, rubbish, 1);
	else if (once(&faults->odd) && ch->in->len > (uint32_t)packet_size())
		end_in(ch, usb_redir_success, rubbish, packet_size() + 1);
	else
		return false;
	return true;
}

static bool is_due(const struct channel *ch, int64_t now)
{
	return ch->flush || ch->to_host_len >= capacity(ch) || now >= ch->deadline;
}

/**
 * bulk_in() - the host wants data
 * @ch: the line
 * @id: of the transfer
 * @len: bytes at most
 */
void bulk_in(struct channel *ch, uint64_t id, uint32_t len)
{
	enqueue(&ch->in, id, NULL, len);
}

/* ---- from the host ---- */

/* The SIO's packets start with a byte that counts the others. */
static void check_frame(struct channel *ch, const uint8_t *data, uint32_t len)
{
	for (uint32_t at = 0; at < len; at += packet_size()) {
		uint32_t size = len - at < (uint32_t)packet_size() ? len - at :
								     (uint32_t)packet_size();

		if (data[at] != ((size - 1) << 2 | 1))
			event("bad-frame %d 0x%02x of %u", ch->number, data[at], size);
	}
}

static void absorb(struct channel *ch, int64_t now)
{
	struct transfer *out = ch->out;

	if (!ch->from_host_len)
		ch->next_char = now + 10 * 1e9 / ch->rate;
	while (out->done < out->len && ch->from_host_len < model.chip->from_host) {
		bool head = model.chip->divider == DIVIDER_SIO && out->done % packet_size() == 0;

		if (!head)
			ch->from_host[ch->from_host_len++] = out->data[out->done];
		out->done++;
		model.out_bytes++;
	}
}

static bool spoil_out(struct channel *ch)
{
	struct faults *faults = &model.faults;

	if (once(&faults->stall_out))
		ch->halted_out = true;
	if (ch->halted_out)
		end_out(ch, usb_redir_stall);
	else if (once(&faults->error_out))
		end_out(ch, usb_redir_ioerror);
	else
		return false;
	return true;
}

/**
 * bulk_out() - the host brings data
 * @ch: the line
 * @id: of the transfer
 * @data: the bytes; now this function's
 * @len: their number
 */
void bulk_out(struct channel *ch, uint64_t id, uint8_t *data, uint32_t len)
{
	if (model.chip->divider == DIVIDER_SIO)
		check_frame(ch, data, len);
	enqueue(&ch->out, id, data, len);
}

/* ---- both ---- */

static bool run_out(struct channel *ch, int64_t now)
{
	uint32_t before = ch->out->done;

	if (model.faults.hold_out)
		return false;
	if (!before && spoil_out(ch))
		return true;
	absorb(ch, now);
	if (ch->out->done == ch->out->len)
		end_out(ch, usb_redir_success);
	else if (ch->out->done == before)
		return false;
	return true;
}

/**
 * bulk_run() - do what can be done for a line
 * @ch: the line
 * @now: ns
 */
void bulk_run(struct channel *ch, int64_t now)
{
	do {
		uart_run(ch, now);
	} while (ch->out && run_out(ch, now));
	if (model.faults.unplug_after && model.out_bytes >= model.faults.unplug_after) {
		model.faults.unplug_after = 0;
		usb_unplug();
		return;
	}
	while (ch->in && !model.faults.hold_in) {
		if (spoil_in(ch))
			continue;
		if (!is_due(ch, now))
			break;
		send_in(ch, now);
	}
}

/**
 * bulk_next() - when there is something to do
 * @ch: the line
 *
 * Return: ns, or INT64_MAX.
 */
int64_t bulk_next(const struct channel *ch)
{
	int64_t next = uart_next(ch);

	if (ch->in && !model.faults.hold_in && ch->deadline < next)
		next = ch->deadline;
	return next;
}

/**
 * bulk_cancel() - the host wants a transfer no more
 * @id: of the transfer
 *
 * Return: false when there is none (any more).
 */
bool bulk_cancel(uint64_t id)
{
	for (int i = 0; i < CHANNELS; i++) {
		struct transfer **queues[] = { &model.channels[i].in, &model.channels[i].out };

		for (int q = 0; q < 2; q++)
			for (struct transfer **t = queues[q]; *t; t = &(*t)->next) {
				uint32_t done = (*t)->done;

				if ((*t)->id != id)
					continue;
				dequeue(t);
				usb_reply_bulk(q ? 0x02 + 2 * i : 0x81 + 2 * i, id,
					       usb_redir_cancelled, NULL, done);
				return true;
			}
	}
	return false;
}

/**
 * bulk_drop() - forget all transfers: the device is gone or was reset
 * @ch: the line
 */
void bulk_drop(struct channel *ch)
{
	while (ch->in)
		dequeue(&ch->in);
	while (ch->out)
		dequeue(&ch->out);
}
