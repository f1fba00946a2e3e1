// SPDX-License-Identifier: GPL-2.0
/*
 * The host's end of the lines under test: one thread for each socket of a QEMU
 * chardev. Each waits for a header (wire.h) and then receives and compares,
 * sends, or echoes. It lives as long as its sockets, through every change of
 * driver in the guest.
 *
 *	hostend SOCKET...
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "wire.h"

#define CHUNK (256u << 10)

struct end {
	pthread_t thread;
	const char *path;
	int fd;
	uint32_t seed;
	uint8_t period[WIRE_PERIOD];
	uint8_t received[CHUNK];
};

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		wire_die(path);
	strcpy(address.sun_path, path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		wire_die(path);
	return fd;
}

static void use_seed(struct end *end, uint32_t seed)
{
	if (end->seed == seed)
		return;
	wire_fill(end->period, seed);
	end->seed = seed;
}

/* Bytes of a piece that are as they should be. */
static size_t right_bytes(const uint8_t *got, const uint8_t *want, size_t count)
{
	size_t i = 0;

	if (!memcmp(got, want, count))
		return count;
	while (got[i] == want[i])
		i++;
	return i;
}

static void sink(struct end *end, const struct wire_header *header)
{
	struct wire_verdict verdict = { WIRE_MAGIC, header->seed, 0 };
	uint64_t at = 0;

	while (at < header->total) {
		size_t place = at % WIRE_PERIOD, want = WIRE_PERIOD - place, good;
		ssize_t n;

		if (want > CHUNK)
			want = CHUNK;
		if (want > header->total - at)
			want = header->total - at;
		n = read(end->fd, end->received, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			wire_die("hostend: the guest's data");
		good = right_bytes(end->received, end->period + place, n);
		verdict.good += good;
		if (good < (size_t)n) {
			fprintf(stderr, "hostend: %s: byte %llu of %llu is wrong\n", end->path,
				(unsigned long long)(at + good), (unsigned long long)header->total);
			exit(1);
		}
		at += n;
	}
	wire_write(end->fd, &verdict, sizeof(verdict), "hostend: verdict");
}

static void source(struct end *end, const struct wire_header *header)
{
	for (uint64_t at = 0; at < header->total;) {
		size_t place = at % WIRE_PERIOD, count = WIRE_PERIOD - place;

		if (count > CHUNK)
			count = CHUNK;
		if (count > header->total - at)
			count = header->total - at;
		wire_write(end->fd, end->period + place, count, "hostend: sending");
		at += count;
	}
}

static void echo(struct end *end, const struct wire_header *header)
{
	if (header->size > CHUNK) {
		errno = EMSGSIZE;
		wire_die("hostend: echo");
	}
	for (uint64_t i = 0; i < header->total; i++) {
		wire_read(end->fd, end->received, header->size, "hostend: echo");
		wire_write(end->fd, end->received, header->size, "hostend: echo");
	}
}

static void *serve(void *argument)
{
	struct end *end = argument;

	for (;;) {
		struct wire_header header;
		ssize_t n = recv(end->fd, &header, 1, 0);

		if (!n || (n < 0 && errno == ECONNRESET))
			return NULL;	/* the guest has ended */
		if (n < 0)
			wire_die(end->path);
		wire_read(end->fd, (char *)&header + 1, sizeof(header) - 1, "hostend: header");
		if (header.magic != WIRE_MAGIC) {
			fprintf(stderr, "hostend: %s: this is no header\n", end->path);
			exit(1);
		}
		use_seed(end, header.seed);
		if (header.run == WIRE_SINK)
			sink(end, &header);
		else if (header.run == WIRE_SOURCE)
			source(end, &header);
		else
			echo(end, &header);
	}
}

int main(int argc, char **argv)
{
	struct end *ends = calloc(argc, sizeof(*ends));

	for (int i = 1; i < argc; i++) {
		ends[i].path = argv[i];
		ends[i].fd = connect_to(argv[i]);
		wire_fill(ends[i].period, 0);
	}
	for (int i = 1; i < argc; i++) {
		errno = pthread_create(&ends[i].thread, NULL, serve, &ends[i]);
		if (errno)
			wire_die("hostend: thread");
	}
	puts("connected");
	fflush(stdout);
	for (int i = 1; i < argc; i++)
		pthread_join(ends[i].thread, NULL);
	return 0;
}
