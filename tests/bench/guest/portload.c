// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's load: runs data through lines (virtio ports or ttys) against
 * hostend and prints what it cost as one line of KEY=VALUE words. All times are
 * the guest's. A transfer that is short or wrong ends it with status 1.
 *
 *	portload write|read SIZE TOTAL LINE...	all lines at once, TOTAL each
 *	portload echo SIZE COUNT LINE		round trips
 *	portload open COUNT LINE		open and close
 *	portload printk COUNT			kernel messages of 80 characters
 *	portload late TICKS			the same for so many ticks of 1 ms,
 *		and how late they are on that CPU: interrupts that are off delay them
 *	portload hold LINE...			keeps them open until it is killed
 *	portload floor write|read SIZE COUNT FILE	bare system calls, such as
 *		on /dev/null: what no driver can go below
 *
 * -v in front compares every byte that is read instead of a sample, -c SECONDS
 * ends a run that does not come to its end.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <termios.h>
#include <time.h>

#include "wire.h"

#define MAX_LINES 16
#define SAMPLE 512	/* of so many bytes eight are compared when time counts */

struct line {
	pthread_t thread;
	const char *path;
	int fd;
	uint32_t seed;
	uint8_t *period;
	uint8_t *buffer;
};

static bool compare_all;
static size_t size;
static uint64_t total;
static pthread_barrier_t start;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* What the guest has done so far. */
struct usage {
	double time;
	double idle;	/* seconds of all CPUs */
	unsigned long long interrupts;	/* of virtio and USB devices */
};

/* Of all CPUs, in steps of a clock tick. */
static double idle_ticks(void)
{
	unsigned long long user, nice, system, idle, wait;
	FILE *file = fopen("/proc/stat", "r");

	if (!file || fscanf(file, "cpu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle,
			    &wait) != 5)
		wire_die("/proc/stat");
	fclose(file);
	return (idle + wait) / (double)sysconf(_SC_CLK_TCK);
}

/* Of the one CPU there is, which cannot be idle now: to the nanosecond. */
static double idle_exactly(void)
{
	FILE *file = fopen("/proc/timer_list", "r");
	unsigned long long part, sum = 0;
	unsigned int found = 0;
	char text[256];

	if (!file)
		wire_die("/proc/timer_list");
	while (fgets(text, sizeof(text), file)) {
		if (sscanf(text, " .idle_sleeptime : %llu", &part) == 1 ||
		    sscanf(text, " .iowait_sleeptime : %llu", &part) == 1) {
			sum += part;
			found++;
		}
	}
	fclose(file);
	if (found != 2)
		wire_die("/proc/timer_list: no idle time of one CPU");
	return sum / 1e9;
}

static double idle_seconds(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN) == 1 ? idle_exactly() : idle_ticks();
}

static unsigned long long device_interrupts(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	unsigned long long sum = 0;
	char text[1024];

	if (!file)
		wire_die("/proc/interrupts");
	while (fgets(text, sizeof(text), file)) {
		char *at = strchr(text, ':'), *end;

		if (!at || (!strstr(text, "virtio") && !strstr(text, "hci")))
			continue;
		for (at++;; at = end) {
			unsigned long long count = strtoull(at, &end, 10);

			if (end == at)
				break;
			sum += count;
		}
	}
	fclose(file);
	return sum;
}

static struct usage usage_now(void)
{
	struct usage usage = { .idle = idle_seconds(), .interrupts = device_interrupts() };

	usage.time = now();
	return usage;
}

static void print_usage(struct usage before, unsigned long long bytes)
{
	double seconds = now() - before.time;
	double cpus = sysconf(_SC_NPROCESSORS_ONLN);
	double idle = idle_seconds() - before.idle;

	printf("seconds=%.6f bytes=%llu cpu=%.6f interrupts=%llu", seconds, bytes,
	       seconds * cpus - idle, device_interrupts() - before.interrupts);
}

/* A tty is made to pass every byte as it is. */
static int open_line(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY);
	struct termios termios;

	if (fd < 0)
		wire_die(path);
	if (isatty(fd)) {
		if (tcgetattr(fd, &termios))
			wire_die(path);
		cfmakeraw(&termios);
		termios.c_cc[VMIN] = 1;
		termios.c_cc[VTIME] = 0;
		termios.c_cflag |= CLOCAL | CREAD;
		cfsetspeed(&termios, B3000000);
		if (tcsetattr(fd, TCSAFLUSH, &termios))
			wire_die(path);
	}
	return fd;
}

static void send_header(struct line *line, enum wire_run run, uint64_t amount)
{
	struct wire_header header = { WIRE_MAGIC, run, amount, size, line->seed };

	wire_write(line->fd, &header, sizeof(header), "portload: header");
}

static void *write_line(void *argument)
{
	struct line *line = argument;
	struct wire_verdict verdict;

	pthread_barrier_wait(&start);
	send_header(line, WIRE_SINK, total);
	for (uint64_t at = 0; at < total; at += size)
		wire_write(line->fd, line->period + at % WIRE_PERIOD, size, "portload: write");
	wire_read(line->fd, &verdict, sizeof(verdict), "portload: verdict");
	if (verdict.magic != WIRE_MAGIC || verdict.seed != line->seed || verdict.good != total) {
		fprintf(stderr, "portload: the host had %llu of %llu bytes right\n",
			(unsigned long long)verdict.good, (unsigned long long)total);
		exit(1);
	}
	return NULL;
}

/* Compares a piece of the stream that starts at byte @at. */
static void compare(struct line *line, uint64_t at, size_t count)
{
	size_t place = at % WIRE_PERIOD, first;

	if (compare_all) {
		for (size_t done = 0; done < count;) {
			size_t n = WIRE_PERIOD - place < count - done ? WIRE_PERIOD - place :
									count - done;

			if (memcmp(line->buffer + done, line->period + place, n))
				goto wrong;
			done += n;
			place = 0;
		}
		return;
	}
	for (first = (SAMPLE - at % SAMPLE) % SAMPLE; first + 8 <= count; first += SAMPLE) {
		if (memcmp(line->buffer + first, line->period + (at + first) % WIRE_PERIOD, 8))
			goto wrong;
	}
	return;
wrong:
	fprintf(stderr, "portload: %s: wrong bytes in the %zu behind byte %llu\n", line->path,
		count, (unsigned long long)at);
	exit(1);
}

static void *read_line(void *argument)
{
	struct line *line = argument;
	uint64_t at = 0;

	pthread_barrier_wait(&start);
	send_header(line, WIRE_SOURCE, total);
	while (at < total) {
		size_t want = size < total - at ? size : total - at;
		ssize_t n = read(line->fd, line->buffer, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : 0;
			wire_die("portload: read");
		}
		compare(line, at, n);
		at += n;
	}
	return NULL;
}

/* Nothing may come after what was asked for. */
static void check_silence(struct line *line)
{
	struct pollfd poll_line = { line->fd, POLLIN, 0 };

	if (poll(&poll_line, 1, 0) > 0 && poll_line.revents & POLLIN) {
		fprintf(stderr, "portload: %s: more bytes than there should be\n", line->path);
		exit(1);
	}
}

static void prepare(struct line *line, const char *path, unsigned int index)
{
	line->path = path;
	line->fd = open_line(path, O_RDWR);
	line->seed = 1 + index;
	line->period = malloc(WIRE_PERIOD);
	line->buffer = calloc(1, size > 4096 ? size : 4096);
	if (!line->period || !line->buffer)
		wire_die("portload: memory");
	wire_fill(line->period, line->seed);
	memset(line->buffer, 1, size);
}

static void stream(void *(*run)(void *), char **paths, unsigned int count)
{
	static struct line lines[MAX_LINES];
	struct usage before;
	unsigned int i;

	if (!count || count > MAX_LINES || !size || WIRE_PERIOD % size) {
		fprintf(stderr, "portload: 1 to %u lines, a size that divides %u\n", MAX_LINES,
			WIRE_PERIOD);
		exit(2);
	}
	total -= total % size;
	pthread_barrier_init(&start, NULL, count + 1);
	for (i = 0; i < count; i++) {
		prepare(&lines[i], paths[i], i);
		errno = pthread_create(&lines[i].thread, NULL, run, &lines[i]);
		if (errno)
			wire_die("portload: thread");
	}
	before = usage_now();
	pthread_barrier_wait(&start);
	for (i = 0; i < count; i++)
		pthread_join(lines[i].thread, NULL);
	print_usage(before, total * count);
	putchar('\n');
	for (i = 0; i < count; i++)
		check_silence(&lines[i]);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void echo(const char *path)
{
	double *times = calloc(total, sizeof(*times));
	static struct line line;
	struct usage before;

	if (!times || !total || size > WIRE_PERIOD) {
		fprintf(stderr, "portload: how many messages?\n");
		exit(2);
	}
	prepare(&line, path, 0);
	send_header(&line, WIRE_ECHO, total);
	before = usage_now();
	for (uint64_t i = 0; i < total; i++) {
		const uint8_t *message = line.period + i * 8 % (WIRE_PERIOD - size);
		double sent = now();

		wire_write(line.fd, message, size, "portload: echo");
		wire_read(line.fd, line.buffer, size, "portload: echo");
		times[i] = now() - sent;
		if (memcmp(line.buffer, message, size)) {
			fprintf(stderr, "portload: echo %llu differs\n", (unsigned long long)i);
			exit(1);
		}
	}
	print_usage(before, total * size);
	qsort(times, total, sizeof(*times), compare_doubles);
	printf(" median_us=%.2f p99_us=%.2f\n", times[total / 2] * 1e6,
	       times[total * 99 / 100] * 1e6);
	check_silence(&line);
}

static void open_close(const char *path)
{
	struct usage before = usage_now();

	for (uint64_t i = 0; i < total; i++)
		close(open_line(path, O_RDWR));
	print_usage(before, 0);
	putchar('\n');
}

static int open_kmsg(void)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		wire_die("/dev/kmsg");
	return fd;
}

static void print_line(int fd, uint64_t number)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "<2>bench-line %06llu %057d\n",
			 (unsigned long long)number, 0);

	wire_write(fd, text, n, "/dev/kmsg");
}

static void printk_lines(void)
{
	int fd = open_kmsg();
	struct usage before = usage_now();

	for (uint64_t i = 0; i < total; i++)
		print_line(fd, i);
	print_usage(before, total * 80);
	putchar('\n');
}

#define TICK_NS 1000000
#define MAX_TICKS 100000

static struct {
	pthread_t thread;
	double late[MAX_TICKS];
	volatile size_t ticks;
} timer;

static void *tick(void *unused)
{
	struct timespec at;

	(void)unused;
	clock_gettime(CLOCK_MONOTONIC, &at);
	while (timer.ticks < total) {
		at.tv_nsec += TICK_NS;
		if (at.tv_nsec >= 1000000000) {
			at.tv_nsec -= 1000000000;
			at.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		timer.late[timer.ticks] = now() - at.tv_sec - at.tv_nsec / 1e9;
		timer.ticks++;
		clock_gettime(CLOCK_MONOTONIC, &at);
	}
	return NULL;
}

static void printk_late(void)
{
	struct sched_param first = { .sched_priority = 50 };
	int fd = open_kmsg();
	struct usage before;
	uint64_t count = 0;
	pthread_attr_t attributes;
	cpu_set_t cpu;

	if (!total || total > MAX_TICKS) {
		fprintf(stderr, "portload: how many ticks?\n");
		exit(2);
	}
	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &first);
	if (sched_setaffinity(0, sizeof(cpu), &cpu) ||
	    pthread_create(&timer.thread, &attributes, tick, NULL))
		wire_die("portload: late");
	before = usage_now();
	while (timer.ticks < total)
		print_line(fd, count++);
	pthread_join(timer.thread, NULL);
	print_usage(before, count * 80);
	qsort(timer.late, total, sizeof(double), compare_doubles);
	printf(" messages=%llu median_us=%.2f p99_us=%.2f\n", (unsigned long long)count,
	       timer.late[total / 2] * 1e6, timer.late[total * 99 / 100] * 1e6);
}

static void floor_of(const char *way, const char *path)
{
	uint64_t count = total;
	struct usage before;
	char *buffer;
	int fd;

	fd = open_line(path, O_RDWR);
	buffer = calloc(1, size);
	before = usage_now();
	for (uint64_t i = 0; i < count; i++) {
		ssize_t n = *way == 'w' ? write(fd, buffer, size) : read(fd, buffer, size);

		if (n != (ssize_t)size)
			wire_die("portload: floor");
	}
	print_usage(before, count * size);
	putchar('\n');
}

static void hold(char **paths, int count)
{
	for (int i = 0; i < count; i++)
		open_line(paths[i], O_RDWR);
	printf("holding=%d\n", count);
	fflush(stdout);
	for (;;)
		pause();
}

static void usage(void)
{
	fprintf(stderr, "usage: portload [-v] [-c SECONDS] write|read SIZE TOTAL LINE...\n"
			"       portload [-c SECONDS] echo SIZE COUNT LINE\n"
			"       portload open COUNT LINE\n"
			"       portload printk COUNT\n"
			"       portload late TICKS\n"
			"       portload hold LINE...\n"
			"       portload floor write|read SIZE COUNT FILE\n");
	exit(2);
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "vc:")) >= 0) {
		if (option == 'v')
			compare_all = true;
		else if (option == 'c')
			alarm(atoi(optarg));
		else
			usage();
	}
	argv += optind;
	argc -= optind;
	if (argc >= 2 && !strcmp(argv[0], "hold")) {
		hold(argv + 1, argc - 1);
	} else if (argc == 2 && !strcmp(argv[0], "printk")) {
		total = strtoull(argv[1], NULL, 0);
		printk_lines();
	} else if (argc == 2 && !strcmp(argv[0], "late")) {
		total = strtoull(argv[1], NULL, 0);
		printk_late();
	} else if (argc == 3 && !strcmp(argv[0], "open")) {
		total = strtoull(argv[1], NULL, 0);
		open_close(argv[2]);
	} else if (argc == 5 && !strcmp(argv[0], "floor")) {
		size = strtoull(argv[2], NULL, 0);
		total = strtoull(argv[3], NULL, 0);
		floor_of(argv[1], argv[4]);
	} else if (argc >= 4) {
		size = strtoull(argv[1], NULL, 0);
		total = strtoull(argv[2], NULL, 0);
		if (!strcmp(argv[0], "write"))
			stream(write_line, argv + 3, argc - 3);
		else if (!strcmp(argv[0], "read"))
			stream(read_line, argv + 3, argc - 3);
		else if (!strcmp(argv[0], "echo"))
			echo(argv[3]);
		else
			usage();
	} else {
		usage();
	}
	return 0;
}
