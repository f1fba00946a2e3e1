// SPDX-License-Identifier: GPL-2.0
/*
 * Data to frames, as it is or with run-length encoding. Only gdb decodes runs, so
 * what goes to it may have them, what goes to a stub may not.
 */
#include "frame.h"

#define RUN_MIN 4		/* a run shorter than this is not worth its encoding */
#define RUN_MAX 98		/* 97 repeats are '~', the last printable count */
#define RUN_BASE 28		/* a count is sent as itself + 29, less the first byte */

static const char digits[] = "0123456789abcdef";

static u8 *finish(u8 *out, u8 sum)
{
	*out++ = '#';
	*out++ = digits[sum >> 4];
	*out++ = digits[sum & 15];
	return out;
}

/**
 * kgdboc_frame - frame data as it is
 * @frame: room for @len + KGDBOC_FRAME_OVERHEAD bytes
 * @data: the data, escaped where it has to be
 * @len: bytes
 *
 * Context: any.
 * Return: the frame's bytes.
 */
size_t kgdboc_frame(u8 *frame, const u8 *data, size_t len)
{
	u8 sum = 0, *out = frame;
	size_t i;

	*out++ = '$';
	for (i = 0; i < len; i++)
		sum += *out++ = data[i];
	return finish(out, sum) - frame;
}

static size_t run_length(const u8 *at, const u8 *end)
{
	const u8 *p = at + 1;

	while (p != end && *p == *at && p - at < RUN_MAX)
		p++;
	return p - at;
}

/* A run of @n equal bytes: the byte, '*', the count. '#' and '$' are no counts. */
static size_t run_cut(size_t n)
{
	u8 count = n + RUN_BASE;

	if (count == '#' || count == '$')
		return '#' - 1 - RUN_BASE;
	return n;
}

/**
 * kgdboc_frame_packed - frame data for gdb, runs of a byte encoded
 * @frame: room for @len + KGDBOC_FRAME_OVERHEAD bytes
 * @data: the data, escaped where it has to be
 * @len: bytes
 *
 * Context: any.
 * Return: the frame's bytes, never more than kgdboc_frame() makes.
 * Source: "Overview" of the remote protocol, gdb's documentation.
 */
size_t kgdboc_frame_packed(u8 *frame, const u8 *data, size_t len)
{
	const u8 *at = data, *end = data + len;
	u8 sum = 0, *out = frame;
	size_t n;

	*out++ = '$';
	while (at != end) {
		u8 byte = *at;

		sum += *out++ = byte;
		/* What follows an escape belongs to it. */
		n = byte == '}' ? 1 : run_length(at, end);
		if (n < RUN_MIN) {
			at++;
			continue;
		}
		n = run_cut(n);
		out[0] = '*';
		out[1] = n + RUN_BASE;
		sum += '*' + out[1];
		out += 2;
		at += n;
	}
	return finish(out, sum) - frame;
}
