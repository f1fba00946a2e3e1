// SPDX-License-Identifier: GPL-2.0
/*
 * Between gdb and the kernel's stub: whole packets in both directions, their
 * acknowledgments, packets that the stub cannot hold, and who sees kdb's text.
 * What the stub does not know and need not know is answered here: packet size,
 * no-ack mode. Its replies go to gdb with runs of a byte encoded.
 */
#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/string.h>
#else
#include <stdio.h>
#include <string.h>
#endif

#include "stub.h"

#define MEMORY_MAX 511		/* bytes of memory whose hexadecimal fits a reply */
#define SUPPORT "PacketSize=3ff;QStartNoAckMode+"
#define INFO_VERSION "qRcmd,696e666f2076657273696f6e"	/* monitor info version */

/**
 * kgdboc_stub_init - start afresh
 * @stub: all of it
 */
void kgdboc_stub_init(struct kgdboc_stub *stub)
{
	memset(stub, 0, sizeof(*stub));
	stub->line_start = true;
}

/**
 * kgdboc_stub_stopped - the kernel has stopped
 * @stub: the state
 */
void kgdboc_stub_stopped(struct kgdboc_stub *stub)
{
	stub->from_gdb.state = STUB_IDLE;
	stub->from_stub.state = STUB_IDLE;
	stub->line_start = true;
	stub->ack_owed = false;
	stub->ack_for_stub = false;
	stub->feed_len = 0;
	stub->feed_off = 0;
}

/**
 * kgdboc_stub_connecting - a packet of gdb is about to stop the kernel
 * @stub: the state
 *
 * Nothing that is said before it is answered is meant for this gdb: neither a
 * prompt of kdb nor the stop reply that the last gdb did not wait for.
 */
void kgdboc_stub_connecting(struct kgdboc_stub *stub)
{
	stub->hide = true;
	stub->out_len = 0;
	stub->out_has_frame = false;
}

static void out_bytes(struct kgdboc_stub *stub, const u8 *bytes, size_t len)
{
	if (len > sizeof(stub->out) - stub->out_len)
		return;
	memcpy(stub->out + stub->out_len, bytes, len);
	stub->out_len += len;
}

static void out_byte(struct kgdboc_stub *stub, u8 byte)
{
	out_bytes(stub, &byte, 1);
}

static void reply(struct kgdboc_stub *stub, const u8 *data, size_t len)
{
	stub->last_len = kgdboc_frame_packed(stub->last, data, len);
	out_bytes(stub, stub->last, stub->last_len);
	stub->out_has_frame = true;
}

static void reply_text(struct kgdboc_stub *stub, const char *text)
{
	reply(stub, (const u8 *)text, strlen(text));
}

static void feed(struct kgdboc_stub *stub, const u8 *data, size_t len)
{
	stub->feed_len = kgdboc_frame(stub->feed, data, len);
	stub->feed_off = 0;
	stub->ack_owed = true;
	stub->gdb_mode = true;
	stub->leaving = len == 1 && data[0] == '3';
}

/**
 * kgdboc_stub_hang_up - gdb has gone for good: detach in its place
 * @stub: the state
 */
void kgdboc_stub_hang_up(struct kgdboc_stub *stub)
{
	stub->hide = true;
	stub->no_ack = false;
	stub->from_gdb.state = STUB_IDLE;
	feed(stub, (const u8 *)"D", 1);
}

/* ---- packets of gdb ---- */

static int hex_value(u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* A hexadecimal number at *@p, which moves behind it. */
static bool take_hex(const u8 **p, u64 *value)
{
	const u8 *start = *p;

	*value = 0;
	while (hex_value(**p) >= 0 && *p - start < 16)
		*value = *value << 4 | (unsigned int)hex_value(*(*p)++);
	return *p != start;
}

static size_t unescaped_len(const u8 *data, size_t len)
{
	size_t n = 0, i;

	for (i = 0; i < len; i++, n++)
		if (data[i] == '}')
			i++;
	return n;
}

/*
 * gdb follows what looks like a pointer. An address that the processor does not even
 * try would be a warning in the kernel's log.
 */
static bool is_address(const struct kgdboc_stub *stub, u64 address)
{
	unsigned int unused = 64 - stub->address_bits;

	return !stub->address_bits || (s64)(address << unused) >> unused == (s64)address;
}

/* m<address>,<length>: as much as the stub can answer. */
static void feed_read(struct kgdboc_stub *stub, struct stub_packet *packet)
{
	const u8 *p = packet->data + 1;
	u64 address, len;
	int n;

	if (!take_hex(&p, &address) || *p++ != ',' || !take_hex(&p, &len) || *p) {
		reply_text(stub, "E22");
		return;
	}
	if (!is_address(stub, address)) {
		reply_text(stub, "E14");
		return;
	}
	if (len > MEMORY_MAX) {
		n = snprintf((char *)packet->data, sizeof(packet->data), "m%llx,%x",
			     (unsigned long long)address, MEMORY_MAX);
		packet->len = n;
	}
	feed(stub, packet->data, packet->len);
}

/* M and X: the stub of 6.1 believes the length it is told. */
static void feed_write(struct kgdboc_stub *stub, struct stub_packet *packet)
{
	const u8 *end = packet->data + packet->len, *p = packet->data + 1;
	u64 address, len;
	bool right = take_hex(&p, &address) && *p++ == ',' && take_hex(&p, &len) && *p++ == ':';

	if (right && packet->data[0] == 'M')
		right = len <= MEMORY_MAX && (size_t)(end - p) == 2 * len;
	else if (right)
		right = len <= STUB_PACKET_MAX && unescaped_len(p, end - p) == len;
	if (!right)
		reply_text(stub, "E22");
	else if (!is_address(stub, address))
		reply_text(stub, "E14");
	else
		feed(stub, packet->data, packet->len);
}

static bool packet_is(const struct stub_packet *packet, const char *text)
{
	return packet->len == strlen(text) && !memcmp(packet->data, text, packet->len);
}

static bool packet_starts(const struct stub_packet *packet, const char *text)
{
	return packet->len >= strlen(text) && !memcmp(packet->data, text, strlen(text));
}

static void gdb_packet(struct kgdboc_stub *stub, struct stub_packet *packet)
{
	bool support = packet_starts(packet, "qSupported");

	packet->data[packet->len] = '\0';
	stub->hide = false;
	/* The first packet of every gdb, which expects acknowledgments. */
	if (support)
		stub->no_ack = false;
	if (!stub->no_ack)
		out_byte(stub, '+');
	stub->asked_support = support;

	if (packet->too_long) {
		reply_text(stub, "E22");
	} else if (packet_is(packet, "QStartNoAckMode")) {
		reply_text(stub, "OK");
		stub->no_ack = true;
	} else if (packet_is(packet, INFO_VERSION)) {
		/* gdb scripts take a target that knows this for QEMU. */
		reply_text(stub, "E01");
	} else if (packet->data[0] == 'm') {
		feed_read(stub, packet);
	} else if (packet->data[0] == 'X' && stub->no_binary) {
		reply_text(stub, "");
	} else if (packet->data[0] == 'M' || packet->data[0] == 'X') {
		feed_write(stub, packet);
	} else {
		feed(stub, packet->data, packet->len);
	}
}

static void packet_begin(struct stub_packet *packet)
{
	packet->state = STUB_PACKET;
	packet->len = 0;
	packet->sum = 0;
	packet->too_long = false;
}

/* Takes a byte of a packet; true when it was the last. */
static bool packet_take(struct stub_packet *packet, u8 byte)
{
	switch (packet->state) {
	case STUB_PACKET:
		if (byte == '#') {
			packet->state = STUB_SUM1;
			return false;
		}
		packet->sum += byte;
		if (packet->len < STUB_PACKET_MAX)
			packet->data[packet->len++] = byte;
		else
			packet->too_long = true;
		return false;
	case STUB_SUM1:
		packet->bad = hex_value(byte) < 0;
		packet->told = (hex_value(byte) & 15) << 4;
		packet->state = STUB_SUM2;
		return false;
	default:
		packet->bad |= hex_value(byte) < 0;
		packet->told |= hex_value(byte) & 15;
		packet->bad |= packet->told != packet->sum;
		packet->state = STUB_IDLE;
		return true;
	}
}

static void feed_character(struct kgdboc_stub *stub, u8 byte)
{
	stub->feed[0] = byte;
	stub->feed_len = 1;
	stub->feed_off = 0;
}

/* Between packets: acknowledgments, or a person who speaks to kdb. */
static void idle_byte(struct kgdboc_stub *stub, u8 byte)
{
	if (byte == '$' && stub->line_start) {
		packet_begin(&stub->from_gdb);
		return;
	}
	if (byte == 0x03)
		return;		/* the kernel has stopped already */
	if (stub->line_start && byte == '+')
		return;
	if (stub->line_start && byte == '-') {
		if (stub->last_len && !stub->no_ack) {
			out_bytes(stub, stub->last, stub->last_len);
			stub->out_has_frame = true;
		}
		return;
	}
	stub->line_start = byte == '\r' || byte == '\n';
	feed_character(stub, byte);
}

static void raw_byte(struct kgdboc_stub *stub, u8 byte)
{
	struct stub_packet *packet = &stub->from_gdb;

	if (packet->state == STUB_IDLE) {
		idle_byte(stub, byte);
	} else if (packet->state == STUB_PACKET && byte == '$') {
		/* '$' is escaped in data: gdb has given up on what it began. */
		packet_begin(packet);
	} else if (packet_take(packet, byte)) {
		if (!packet->bad)
			gdb_packet(stub, packet);
		else if (!stub->no_ack)
			out_byte(stub, '-');
	}
}

/**
 * kgdboc_stub_next - the next byte for the stub or kdb
 * @stub: the state; @stub->raw holds what the line has brought
 *
 * Return: the byte, or -1 when the line has to bring more.
 */
int kgdboc_stub_next(struct kgdboc_stub *stub)
{
	if (stub->ack_for_stub) {
		stub->ack_for_stub = false;
		return '+';
	}
	while (stub->feed_off == stub->feed_len) {
		/* Room for an answer: the caller sends what there is first. */
		if (stub->raw_off == stub->raw_len ||
		    stub->out_len > sizeof(stub->out) - 2 * STUB_FRAME_MAX)
			return -1;
		raw_byte(stub, stub->raw[stub->raw_off++]);
	}
	return stub->feed[stub->feed_off++];
}

/**
 * kgdboc_stub_attention - is there more for a kernel that is about to run
 * @stub: the state
 * @byte: set to what there is, '$' or 0x03
 *
 * Return: true when it has to stop again.
 */
bool kgdboc_stub_attention(const struct kgdboc_stub *stub, u8 *byte)
{
	size_t i;

	for (i = stub->raw_off; i < stub->raw_len; i++) {
		if (stub->raw[i] != '$' && stub->raw[i] != 0x03)
			continue;
		*byte = stub->raw[i];
		return true;
	}
	return false;
}

/* ---- output of the stub and of kdb ---- */

static void stub_packet_done(struct kgdboc_stub *stub, struct stub_packet *packet)
{
	static const char support[] = SUPPORT;
	size_t len = packet->len;

	stub->ack_for_stub = true;
	if (stub->hide)
		return;
	if (stub->asked_support && len + sizeof(support) < STUB_PACKET_MAX) {
		if (len)
			packet->data[len++] = ';';
		memcpy(packet->data + len, support, sizeof(support) - 1);
		len += sizeof(support) - 1;
	}
	stub->asked_support = false;
	reply(stub, packet->data, len);
}

/**
 * kgdboc_stub_output - a byte from the stub or from kdb
 * @stub: the state; @stub->out has room for a frame
 * @byte: the byte
 */
void kgdboc_stub_output(struct kgdboc_stub *stub, u8 byte)
{
	struct stub_packet *packet = &stub->from_stub;

	if (packet->state != STUB_IDLE) {
		if (packet_take(packet, byte))
			stub_packet_done(stub, packet);
		return;
	}
	if (stub->ack_owed) {
		/* kdb says its part before it hands over to the stub. */
		if (byte != '+')
			return;
		stub->ack_owed = false;
		if (stub->leaving)
			stub->gdb_mode = false;
		return;
	}
	if (stub->gdb_mode && byte == '$')
		packet_begin(packet);
	else if (!stub->hide)
		out_byte(stub, byte);
}
