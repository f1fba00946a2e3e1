// SPDX-License-Identifier: GPL-2.0
/*
 * One thread polls while another reads a stream byte by byte. Data is left after
 * every read but the last, so every poll has to return at once, also the one
 * that looks in the moment in which the reader has the buffer in its hands.
 *
 *	pollread PORT COUNT	the host has to send COUNT bytes
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

#include "ktap.h"

#define LOST_MS 20000	/* a poller that sleeps so long was not woken */

static int port;
static long count;
static sem_t reading, seen;
static long lost;

static void *poller(void *unused)
{
	struct pollfd p = { .fd = port, .events = POLLIN };

	for (long i = 0; i < count - 1; i++) {
		sem_wait(&reading);
		if (poll(&p, 1, LOST_MS) != 1 || !(p.revents & POLLIN))
			lost++;
		sem_post(&seen);
		if (lost)
			break;
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	long got = 0;
	char byte;

	if (argc != 3) {
		fputs("usage: pollread PORT COUNT\n", stderr);
		return 2;
	}
	count = atol(argv[2]);
	port = open(argv[1], O_RDONLY);
	ktap_plan(3);
	ktap_test("the_port_opens", port >= 0);
	sem_init(&reading, 0, 0);
	sem_init(&seen, 0, 0);
	pthread_create(&thread, NULL, poller, NULL);
	while (got < count && !lost) {
		if (got < count - 1)
			sem_post(&reading);
		if (read(port, &byte, 1) != 1)
			break;
		got++;
		if (got < count)
			sem_wait(&seen);
	}
	pthread_join(thread, NULL);
	ktap_equal("every_byte_is_read", got, count);
	ktap_equal("no_poll_misses_what_is_left", lost, 0);
	return ktap_end();
}
