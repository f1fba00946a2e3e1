// SPDX-License-Identifier: GPL-2.0
/*
 * A watchpoint of perf's in the hands of a program: perfwatch COUNT [EVENTS].
 * Opens that many (default one), waits for a line on standard input, writes
 * COUNT times, prints how many writes perf has seen.
 */
#define _GNU_SOURCE
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EVENTS_MAX 4

static volatile uint64_t watched[EVENTS_MAX];

static int watch(volatile uint64_t *where)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_W,
		.bp_addr = (uintptr_t)where,
		.bp_len = HW_BREAKPOINT_LEN_8,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 1, events = argc > 2 ? atol(argv[2]) : 1, i;
	int fds[EVENTS_MAX];
	char line[16];

	if (events < 1 || events > EVENTS_MAX)
		return 2;
	for (i = 0; i < events; i++) {
		fds[i] = watch(&watched[i]);
		if (fds[i] < 0) {
			perror("perf_event_open");
			return 1;
		}
	}
	printf("holds %ld\n", events);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	for (i = 0; i < count; i++)
		watched[i % events] = i;
	for (i = 0; i < events; i++) {
		uint64_t seen = 0;

		if (read(fds[i], &seen, sizeof(seen)) != sizeof(seen))
			return 1;
		printf("saw %llu\n", (unsigned long long)seen);
	}
	return 0;
}
