// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes into the remote protocol. Input that does not begin with a frame
 * of its own is also given as the payload of a correct one, so that the fuzzer
 * need not guess checksums.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/rsp_fake.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static struct fake fake;

static void feed_framed(const u8 *data, size_t size)
{
	char tail[4];
	u8 sum = 0;
	size_t i;

	for (i = 0; i < size; i++)
		sum += data[i];
	snprintf(tail, sizeof(tail), "#%02x", sum);
	fake_feed(&fake, "$", 1);
	fake_feed(&fake, (const char *)data, size);
	fake_feed(&fake, tail, 3);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const u8 *end = data + size;

	fake_init(&fake);
	fake_feed(&fake, (const char *)data, size);
	/* Several packets, separated by a byte that none begins with. */
	while (data != end) {
		const u8 *next = memchr(data, '\n', end - data);

		if (!next)
			next = end;
		fake.sent_len = 0;
		feed_framed(data, next - data);
		assert(fake.rsp.reply_len <= sizeof(fake.rsp.reply));
		assert(fake.rsp.frame_len <= sizeof(fake.rsp.frame));
		data = next == end ? end : next + 1;
	}
	return 0;
}
