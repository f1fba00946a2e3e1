// SPDX-License-Identifier: GPL-2.0
/* The packets that read and write the target's memory and registers. */
#include "rsp_packet.h"

#define CHUNK 256	/* bytes looked at together by qCRC and qSearch */

/*
 * Bytes on their way out wait in the last part of the reply's buffer, where
 * their digits do not reach them before they are read.
 */
static u8 *outgoing(struct rsp *rsp, u64 *len)
{
	if (*len > sizeof(rsp->reply) / 2)
		*len = sizeof(rsp->reply) / 2;
	return rsp->reply + sizeof(rsp->reply) - *len;
}

/**
 * rsp_memory_read - answer m ADDRESS,LENGTH
 * @rsp: the protocol
 * @c: the arguments
 *
 * The reply has fewer bytes than were asked for when the rest cannot be read.
 */
void rsp_memory_read(struct rsp *rsp, struct rsp_cursor *c)
{
	u64 address, len;
	size_t got;
	u8 *bytes;

	if (!rsp_take_pair(c, &address, ',', &len)) {
		rsp_put_error(rsp, RSP_EINVAL);
		return;
	}
	bytes = outgoing(rsp, &len);
	got = rsp->ops->read(rsp->target, address, bytes, len);
	if (len && !got)
		rsp_put_error(rsp, RSP_EFAULT);
	else
		rsp_put_hex(rsp, bytes, got);
}

/**
 * rsp_memory_read_binary - answer x ADDRESS,LENGTH
 * @rsp: the protocol
 * @c: the arguments
 */
void rsp_memory_read_binary(struct rsp *rsp, struct rsp_cursor *c)
{
	u64 address, len;
	size_t got, i;
	u8 *bytes;

	if (!rsp_take_pair(c, &address, ',', &len)) {
		rsp_put_error(rsp, RSP_EINVAL);
		return;
	}
	/* Every byte may be escaped, and there is the letter. */
	if (len > sizeof(rsp->reply) / 2 - 1)
		len = sizeof(rsp->reply) / 2 - 1;
	bytes = outgoing(rsp, &len);
	got = rsp->ops->read(rsp->target, address, bytes, len);
	if (len && !got) {
		rsp_put_error(rsp, RSP_EFAULT);
		return;
	}
	rsp_put_char(rsp, 'b');
	for (i = 0; i < got; i++)
		rsp_put_binary(rsp, bytes[i]);
}

static void write_bytes(struct rsp *rsp, u64 address, u64 len, const u8 *bytes, size_t have)
{
	if (have != len)
		rsp_put_error(rsp, RSP_EINVAL);
	else if (rsp->ops->write(rsp->target, address, bytes, have) != have)
		rsp_put_error(rsp, RSP_EFAULT);
	else
		rsp_put_ok(rsp);
}

/**
 * rsp_memory_write - answer M ADDRESS,LENGTH:DIGITS
 * @rsp: the protocol
 * @c: the arguments
 */
void rsp_memory_write(struct rsp *rsp, struct rsp_cursor *c)
{
	u64 address, len;
	size_t have;

	if (!rsp_take_pair(c, &address, ',', &len) || !rsp_take(c, ':')) {
		rsp_put_error(rsp, RSP_EINVAL);
		return;
	}
	have = rsp_take_hex(c, rsp->packet, sizeof(rsp->packet));
	write_bytes(rsp, address, len, rsp->packet, c->at == c->end ? have : ~(size_t)0);
}

/**
 * rsp_memory_write_binary - answer X ADDRESS,LENGTH:BYTES
 * @rsp: the protocol
 * @c: the arguments
 */
void rsp_memory_write_binary(struct rsp *rsp, struct rsp_cursor *c)
{
	u64 address, len;
	size_t have;

	if (!rsp_take_pair(c, &address, ',', &len) || !rsp_take(c, ':')) {
		rsp_put_error(rsp, RSP_EINVAL);
		return;
	}
	have = rsp_take_binary(c, rsp->packet, sizeof(rsp->packet));
	write_bytes(rsp, address, len, rsp->packet, have);
}

static u32 crc_byte(u32 crc, u8 byte)
{
	int bit;

	crc ^= (u32)byte << 24;
	for (bit = 0; bit < 8; bit++)
		crc = crc & 0x80000000 ? crc << 1 ^ 0x04c11db7 : crc << 1;
	return crc;
}

/**
 * rsp_memory_crc - answer qCRC:ADDRESS,LENGTH, for gdb's compare-sections
 * @rsp: the protocol
 * @c: the arguments
 */
void rsp_memory_crc(struct rsp *rsp, struct rsp_cursor *c)
{
	u64 address, len;
	u32 crc = 0xffffffff;

	if (!rsp_take_pair(c, &address, ',', &len)) {
		rsp_put_error(rsp, RSP_EINVAL);
		return;
	}
	while (len) {
		u8 *chunk = rsp->reply;
		size_t n = len < CHUNK ? len : CHUNK, i;

		if (rsp->ops->read(rsp->target, address, chunk, n) != n) {
			rsp_put_error(rsp, RSP_EFAULT);
			return;
		}
		for (i = 0; i < n; i++)
			crc = crc_byte(crc, chunk[i]);
		address += n;
		len -= n;
	}
	rsp_put_char(rsp, 'C');
	rsp_put_number(rsp, crc);
}

/**
 * rsp_memory_search - answer qSearch:memory:ADDRESS;LENGTH;PATTERN
 * @rsp: the protocol
 * @c: the arguments
 */
void rsp_memory_search(struct rsp *rsp, struct rsp_cursor *c)
{
	u8 *pattern = rsp->packet, *chunk = rsp->reply;
	u64 address, len;
	size_t wanted, i;

	if (!rsp_take_pair(c, &address, ';', &len) || !rsp_take(c, ';'))
		goto invalid;
	wanted = rsp_take_binary(c, pattern, sizeof(rsp->packet));
	if (!wanted || wanted > sizeof(rsp->reply) - CHUNK)
		goto invalid;
	while (len >= wanted) {
		size_t n = len < wanted + CHUNK ? len : wanted + CHUNK;

		if (rsp->ops->read(rsp->target, address, chunk, n) != n) {
			rsp_put_error(rsp, RSP_EFAULT);
			return;
		}
		for (i = 0; i + wanted <= n; i++) {
			if (memcmp(chunk + i, pattern, wanted))
				continue;
			rsp_put_text(rsp, "1,");
			rsp_put_number(rsp, address + i);
			return;
		}
		address += i;
		len -= i;
	}
	rsp_put_char(rsp, '0');
	return;
invalid:
	rsp_put_error(rsp, RSP_EINVAL);
}

static void put_register(struct rsp *rsp, unsigned int number)
{
	unsigned int bytes = rsp->arch->registers[number].bytes, i;
	u8 value[RSP_REGISTER_MAX];

	if (rsp->ops->get_register(rsp->target, rsp_current_tid(rsp), number, value))
		rsp_put_hex(rsp, value, bytes);
	else
		for (i = 0; i < 2 * bytes; i++)
			rsp_put_char(rsp, 'x');
}

/**
 * rsp_registers_read - answer g
 * @rsp: the protocol
 */
void rsp_registers_read(struct rsp *rsp)
{
	unsigned int i;

	for (i = 0; i < rsp->arch->nr_registers && rsp->arch->registers[i].in_g; i++)
		put_register(rsp, i);
}

/**
 * rsp_registers_write - answer G DIGITS
 * @rsp: the protocol
 * @c: the arguments
 *
 * Registers that are given as not available, or that cannot be changed, keep
 * their values.
 */
void rsp_registers_write(struct rsp *rsp, struct rsp_cursor *c)
{
	u8 value[RSP_REGISTER_MAX];
	unsigned int i;

	for (i = 0; i < rsp->arch->nr_registers && c->at != c->end; i++) {
		unsigned int bytes = rsp->arch->registers[i].bytes;

		if ((size_t)(c->end - c->at) < 2 * bytes) {
			rsp_put_error(rsp, RSP_EINVAL);
			return;
		}
		if (*c->at == 'x') {
			c->at += 2 * bytes;
			continue;
		}
		if (rsp_take_hex(c, value, bytes) != bytes) {
			rsp_put_error(rsp, RSP_EINVAL);
			return;
		}
		rsp->ops->set_register(rsp->target, rsp_current_tid(rsp), i, value);
	}
	rsp_put_ok(rsp);
}

/**
 * rsp_register_read - answer p NUMBER
 * @rsp: the protocol
 * @c: the arguments
 */
void rsp_register_read(struct rsp *rsp, struct rsp_cursor *c)
{
	u64 number;

	if (rsp_take_number(c, &number) && number < rsp->arch->nr_registers)
		put_register(rsp, number);
	else
		rsp_put_error(rsp, RSP_EINVAL);
}

/**
 * rsp_register_write - answer P NUMBER=DIGITS
 * @rsp: the protocol
 * @c: the arguments
 */
void rsp_register_write(struct rsp *rsp, struct rsp_cursor *c)
{
	u8 value[RSP_REGISTER_MAX];
	u64 number;

	if (!rsp_take_number(c, &number) || number >= rsp->arch->nr_registers ||
	    !rsp_take(c, '=') ||
	    rsp_take_hex(c, value, rsp->arch->registers[number].bytes) !=
	    rsp->arch->registers[number].bytes ||
	    !rsp->ops->set_register(rsp->target, rsp_current_tid(rsp), number, value))
		rsp_put_error(rsp, RSP_EINVAL);
	else
		rsp_put_ok(rsp);
}
