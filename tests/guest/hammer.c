// SPDX-License-Identifier: GPL-2.0
/*
 * Makes an exact number of a system call that nobody else makes, on each of the
 * first CPUs at once: hammer COUNT [CPUS]. Prints how many there were in all.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static long count;

static void *strike(void *cpu)
{
	cpu_set_t set;
	long i;

	CPU_ZERO(&set);
	CPU_SET((long)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		perror("sched_setaffinity");
	for (i = 0; i < count; i++)
		if (syscall(SYS_sched_get_priority_max, SCHED_FIFO) != 99)
			return NULL;
	return cpu;
}

int main(int argc, char **argv)
{
	long cpus = argc > 2 ? atol(argv[2]) : 1, cpu;
	pthread_t threads[64];

	count = argc > 1 ? atol(argv[1]) : 1;
	if (cpus < 1 || cpus > 64)
		return 2;
	for (cpu = 0; cpu < cpus; cpu++)
		if (pthread_create(&threads[cpu], NULL, strike, (void *)cpu))
			return 1;
	for (cpu = 0; cpu < cpus; cpu++)
		pthread_join(threads[cpu], NULL);
	printf("%ld calls\n", count * cpus);
	return 0;
}
