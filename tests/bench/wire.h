/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the load program in the guest and the host's end of a line agree on: the
 * header that starts a run, the verdict that ends it, and the bytes in between,
 * a stream of one mebibyte that repeats and looks different for each seed.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIRE_MAGIC 0x70736231u
#define WIRE_PERIOD (1u << 20)

enum wire_run {
	WIRE_SINK = 1,		/* the guest sends, the host compares every byte */
	WIRE_SOURCE = 2,	/* the host sends */
	WIRE_ECHO = 3,		/* the host sends messages of `size` bytes back */
};

struct wire_header {
	uint32_t magic;
	uint32_t run;
	uint64_t total;
	uint32_t size;
	uint32_t seed;
};

struct wire_verdict {
	uint32_t magic;
	uint32_t seed;
	uint64_t good;		/* bytes that came and were right */
};

/* Fills a period of the stream. Every eight bytes tell their place and the seed. */
static inline void wire_fill(uint8_t *period, uint32_t seed)
{
	uint64_t *word = (uint64_t *)period;

	for (uint64_t i = 0; i < WIRE_PERIOD / 8; i++)
		word[i] = (i + 1) * 0x9e3779b97f4a7c15u ^ (uint64_t)seed << 32;
}

static inline void wire_die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "unexpected end");
	exit(1);
}

/* Reads exactly so many bytes. A line without a peer gives none for a while. */
static inline void wire_read(int fd, void *data, size_t count, const char *what)
{
	for (size_t done = 0; done < count;) {
		ssize_t n = read(fd, (char *)data + done, count - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : 0;
			wire_die(what);
		}
		done += n;
	}
}

/* Writes all, however short the single writes are. */
static inline void wire_write(int fd, const void *data, size_t count, const char *what)
{
	for (size_t done = 0; done < count;) {
		ssize_t n = write(fd, (const char *)data + done, count - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			wire_die(what);
		done += n;
	}
}

#endif
