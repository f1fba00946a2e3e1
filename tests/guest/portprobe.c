// SPDX-License-Identifier: GPL-2.0
/*
 * Makes single system calls on ports, for tests that look at each result.
 *
 *	portprobe serve &	keeps the files, the threads and the counters
 *	portprobe do "CALL"	makes one call in the server, prints its result
 *
 * A result is a count or -ERRNAME, then what the call brought. `bg ID CALL`
 * starts a call in a thread; `wait ID MS` prints its result or "pending".
 * The calls are in the table at the end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_PATH "/tmp/portprobe.sock"
#define MAX_FILES 640
#define MAX_JOBS 16
#define REPLY 512

static int files[MAX_FILES];
static void *volatile bad_address = (void *)8;
static atomic_uint sigio_count;

struct call {
	int argc;
	char *argv[8];
	char reply[REPLY];
};

struct job {
	pthread_t thread;
	struct call call;
	bool used;
	atomic_int tid;
	atomic_bool done;
};

static struct job jobs[MAX_JOBS];

static void reply(struct call *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->reply, sizeof(c->reply), format, args);
	va_end(args);
}

static void reply_result(struct call *c, long ret)
{
	if (ret < 0)
		reply(c, "-%s", strerrorname_np(errno));
	else
		reply(c, "%ld", ret);
}

static int file_of(struct call *c)
{
	int slot = c->argc > 1 ? atoi(c->argv[1]) : -1;

	return slot >= 0 && slot < MAX_FILES ? files[slot] : -1;
}

static long number(struct call *c, int i)
{
	return i < c->argc ? atol(c->argv[i]) : 0;
}

/* The test pattern: every byte depends on its place and on the seed. */
static void pattern(uint8_t *buf, size_t len, size_t at, unsigned int seed)
{
	for (size_t i = 0; i < len; i++) {
		size_t place = at + i;

		buf[i] = place ^ place >> 8 ^ place >> 16 ^ seed;
	}
}

/* "COUNT text:..." for what is short and printable, "COUNT sum:..." otherwise. */
static void reply_data(struct call *c, const uint8_t *buf, ssize_t len)
{
	uint32_t sum = 2166136261u;
	bool text = len <= 200;
	int n;

	if (len < 0) {
		reply_result(c, len);
		return;
	}
	for (ssize_t i = 0; i < len; i++) {
		sum = (sum ^ buf[i]) * 16777619u;
		text &= buf[i] > 0x20 && buf[i] < 0x7f;
	}
	n = snprintf(c->reply, REPLY, "%zd", len);
	if (!len)
		return;
	if (text)
		snprintf(c->reply + n, REPLY - n, " text:%.*s", (int)len, (const char *)buf);
	else
		snprintf(c->reply + n, REPLY - n, " sum:%08x", sum);
}

static void call_open(struct call *c)
{
	const char *flags = c->argc > 3 ? c->argv[3] : "rw";
	int mode = strstr(flags, "rw") ? O_RDWR : strchr(flags, 'w') ? O_WRONLY : O_RDONLY;
	int slot = number(c, 1), fd;

	if (strchr(flags, 'n'))
		mode |= O_NONBLOCK;
	fd = open(c->argv[2], mode | O_CLOEXEC);
	if (fd >= 0)
		files[slot] = fd;
	reply_result(c, fd < 0 ? -1 : 0);
}

static void call_close(struct call *c)
{
	reply_result(c, close(file_of(c)));
}

static void call_nonblock(struct call *c)
{
	int flags = fcntl(file_of(c), F_GETFL);

	flags = number(c, 2) ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	reply_result(c, fcntl(file_of(c), F_SETFL, flags));
}

static void call_read(struct call *c)
{
	size_t count = number(c, 2);
	uint8_t *buf = malloc(count + 1);
	ssize_t ret = read(file_of(c), buf, count);

	reply_data(c, buf, ret);
	free(buf);
}

/* Reads until COUNT bytes are there and compares them with the pattern. */
static void call_readall(struct call *c)
{
	size_t count = number(c, 2), done = 0, chunk = number(c, 4) ?: 65536;
	uint8_t *buf = malloc(chunk), *want = malloc(chunk);

	while (done < count) {
		ssize_t n = read(file_of(c), buf, chunk < count - done ? chunk : count - done);

		if (n <= 0)
			break;
		pattern(want, n, done, number(c, 3));
		if (memcmp(buf, want, n)) {
			reply(c, "differs within %zd bytes from %zu", n, done);
			goto out;
		}
		done += n;
	}
	reply(c, "%zu", done);
out:
	free(buf);
	free(want);
}

static void call_readv(struct call *c)
{
	uint8_t buf[6] = {};
	struct iovec parts[2] = { { buf, 2 }, { buf + 2, 4 } };

	reply_data(c, buf, readv(file_of(c), parts, 2));
}

/* write FD TEXT */
static void call_write(struct call *c)
{
	reply_result(c, write(file_of(c), c->argv[2], strlen(c->argv[2])));
}

/* writeall FD COUNT SEED [CHUNK]: one write() for each chunk; says where it ended. */
static void call_writeall(struct call *c)
{
	size_t count = number(c, 2), done = 0, chunk = number(c, 4) ? (size_t)number(c, 4) : count;
	uint8_t *buf = malloc(chunk);
	ssize_t n = 0;

	while (done < count) {
		size_t want = chunk < count - done ? chunk : count - done;

		pattern(buf, want, done, number(c, 3));
		n = write(file_of(c), buf, want);
		if (n < 0)
			break;
		done += n;
	}
	if (n < 0)
		reply(c, "%zu -%s", done, strerrorname_np(errno));
	else
		reply(c, "%zu", done);
	free(buf);
}

/*
 * fill FD SEED: writes the pattern until the port takes nothing for half a
 * second, without blocking; says how much that was.
 */
static void call_fill(struct call *c)
{
	struct pollfd p = { file_of(c), POLLOUT, 0 };
	uint8_t buf[4096];
	size_t done = 0;

	fcntl(p.fd, F_SETFL, fcntl(p.fd, F_GETFL) | O_NONBLOCK);
	while (poll(&p, 1, 500) == 1 && p.revents & POLLOUT) {
		ssize_t n;

		pattern(buf, sizeof(buf), done, number(c, 2));
		n = write(p.fd, buf, sizeof(buf));
		if (n > 0)
			done += n;
	}
	fcntl(p.fd, F_SETFL, fcntl(p.fd, F_GETFL) & ~O_NONBLOCK);
	reply(c, "%zu", done);
}

/* writeonce FD COUNT SEED: a single write(), whatever it takes. */
static void call_writeonce(struct call *c)
{
	size_t count = number(c, 2);
	uint8_t *buf = malloc(count);

	pattern(buf, count, 0, number(c, 3));
	reply_result(c, write(file_of(c), buf, count));
	free(buf);
}

static void call_badread(struct call *c)
{
	reply_result(c, read(file_of(c), bad_address, 16));
}

static void call_badwrite(struct call *c)
{
	reply_result(c, write(file_of(c), bad_address, number(c, 2) ?: 16));
}

static void call_poll(struct call *c)
{
	struct pollfd p = { file_of(c), POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM, 0 };
	static const struct { short bit; const char *name; } bits[] = {
		{ POLLIN, "IN" }, { POLLRDNORM, "RDNORM" }, { POLLOUT, "OUT" },
		{ POLLWRNORM, "WRNORM" }, { POLLHUP, "HUP" }, { POLLERR, "ERR" },
		{ POLLNVAL, "NVAL" },
	};
	char names[64] = "";

	if (c->argc > 3)
		p.events = strchr(c->argv[3], 'i') ? POLLIN : POLLOUT;
	if (poll(&p, 1, number(c, 2)) < 0) {
		reply_result(c, -1);
		return;
	}
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if (!(p.revents & bits[i].bit))
			continue;
		strcat(names, *names ? "," : "");
		strcat(names, bits[i].name);
	}
	reply(c, "%s", *names ? names : "none");
}

/* epollet FD MS: waits for one edge-triggered input event. */
static void call_epollet(struct call *c)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(0), n;

	epoll_ctl(ep, EPOLL_CTL_ADD, file_of(c), &event);
	n = epoll_wait(ep, &event, 1, number(c, 2));
	close(ep);
	reply_result(c, n);
}

static void call_fsync(struct call *c)
{
	reply_result(c, fsync(file_of(c)));
}

static void call_lseek(struct call *c)
{
	reply_result(c, lseek(file_of(c), 0, SEEK_SET));
}

static void call_ioctl(struct call *c)
{
	unsigned long request = !strcmp(c->argv[2], "FIONREAD") ? FIONREAD :
				!strcmp(c->argv[2], "TIOCOUTQ") ? TIOCOUTQ : TCGETS;
	char room[256] = {};
	int ret = ioctl(file_of(c), request, room);

	if (!ret && request != TCGETS)
		memcpy(&ret, room, sizeof(ret));
	reply_result(c, ret);
}

static void call_readnw(struct call *c)
{
	uint8_t buf[4096];
	struct iovec part = { buf, sizeof(buf) };

	reply_data(c, buf, preadv2(file_of(c), &part, 1, -1, RWF_NOWAIT));
}

static void call_uring(struct call *c)
{
	bool reading = !strcmp(c->argv[2], "read");
	struct io_uring_cqe *done;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	char buf[4096];
	int ret;

	ret = io_uring_queue_init(4, &ring, 0);
	if (ret < 0) {
		errno = -ret;
		reply_result(c, -1);
		return;
	}
	sqe = io_uring_get_sqe(&ring);
	if (reading)
		io_uring_prep_read(sqe, file_of(c), buf, sizeof(buf), 0);
	else
		io_uring_prep_write(sqe, file_of(c), c->argv[3], strlen(c->argv[3]), 0);
	io_uring_submit(&ring);
	io_uring_wait_cqe(&ring, &done);
	ret = done->res;
	io_uring_queue_exit(&ring);
	errno = ret < 0 ? -ret : 0;
	if (reading)
		reply_data(c, (uint8_t *)buf, ret < 0 ? -1 : ret);
	else
		reply_result(c, ret < 0 ? -1 : ret);
}

/* splicein FD COUNT: port -> pipe -> memory */
static void call_splicein(struct call *c)
{
	uint8_t buf[65536];
	int pipes[2];
	ssize_t n;

	if (pipe(pipes))
		return;
	n = splice(file_of(c), NULL, pipes[1], NULL, number(c, 2), 0);
	if (n > 0)
		n = read(pipes[0], buf, sizeof(buf));
	reply_data(c, buf, n);
	close(pipes[0]);
	close(pipes[1]);
}

/* spliceout FD COUNT SEED: memory -> pipe -> port */
static void call_spliceout(struct call *c)
{
	uint8_t buf[65536];
	size_t count = number(c, 2), moved = 0;
	int pipes[2];

	if (pipe(pipes))
		return;
	pattern(buf, count, 0, number(c, 3));
	if (write(pipes[1], buf, count) != (ssize_t)count) {
		reply_result(c, -1);
		goto out;
	}
	while (moved < count) {
		ssize_t n = splice(pipes[0], NULL, file_of(c), NULL, count - moved, 0);

		if (n <= 0)
			break;
		moved += n;
	}
	reply(c, "%zu", moved);
out:
	close(pipes[0]);
	close(pipes[1]);
}

static void count_sigio(int signal)
{
	(void)signal;
	sigio_count++;
}

static void call_sigio(struct call *c)
{
	int fd = file_of(c);

	fcntl(fd, F_SETOWN, getpid());
	sigio_count = 0;
	reply_result(c, fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC));
}

/* sigwait N MS: waits until N signals have come since `sigio`. */
static void call_sigwait(struct call *c)
{
	struct timespec step = { 0, 1000000 };

	for (long ms = number(c, 2); sigio_count < (unsigned int)number(c, 1) && ms > 0; ms--)
		nanosleep(&step, NULL);
	reply(c, "%u", sigio_count);
}

/* waitattr PATH TEXT MS: polls a sysfs attribute until it reads TEXT. */
static void call_waitattr(struct call *c)
{
	int fd = open(c->argv[1], O_RDONLY);
	char value[64];

	if (fd < 0) {
		reply_result(c, -1);
		return;
	}
	for (;;) {
		struct pollfd p = { fd, POLLPRI | POLLERR, 0 };
		ssize_t n = pread(fd, value, sizeof(value) - 1, 0);

		value[n > 0 ? n : 0] = '\0';
		value[strcspn(value, "\n")] = '\0';
		if (!strcmp(value, c->argv[2]) || poll(&p, 1, number(c, 3)) <= 0)
			break;
	}
	reply(c, "%s", value);
	close(fd);
}

static void run(struct call *c);

static void *job_thread(void *arg)
{
	struct job *job = arg;

	job->tid = gettid();
	run(&job->call);
	job->done = true;
	return NULL;
}

static void call_bg(struct call *c)
{
	struct job *job = &jobs[number(c, 1) % MAX_JOBS];

	if (job->used) {
		reply(c, "job is still there");
		return;
	}
	memset(job, 0, sizeof(*job));
	job->used = true;
	for (int i = 2; i < c->argc; i++)
		job->call.argv[job->call.argc++] = strdup(c->argv[i]);
	pthread_create(&job->thread, NULL, job_thread, job);
	reply(c, "started");
}

static void call_wait(struct call *c)
{
	struct job *job = &jobs[number(c, 1) % MAX_JOBS];
	struct timespec step = { 0, 1000000 };

	for (long ms = number(c, 2); !job->done && ms > 0; ms--)
		nanosleep(&step, NULL);
	if (!job->done) {
		reply(c, "pending");
		return;
	}
	pthread_join(job->thread, NULL);
	memcpy(c->reply, job->call.reply, REPLY);
	job->used = false;
}

/* asleep ID MS: waits until a job's thread sleeps in the kernel or is done. */
static void call_asleep(struct call *c)
{
	struct job *job = &jobs[number(c, 1) % MAX_JOBS];
	struct timespec step = { 0, 1000000 };
	char path[64], line[512];

	for (long ms = number(c, 2); !job->done && ms > 0; ms--) {
		snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)job->tid);
		FILE *stat = job->tid ? fopen(path, "r") : NULL;
		const char *state = NULL;

		if (stat && fgets(line, sizeof(line), stat))
			state = strrchr(line, ')');
		if (stat)
			fclose(stat);
		if (state && state[2] == 'S')
			break;
		nanosleep(&step, NULL);
	}
	reply(c, "0");
}

/* kill ID: interrupts a job with a signal. */
static void call_kill(struct call *c)
{
	pthread_kill(jobs[number(c, 1) % MAX_JOBS].thread, SIGUSR1);
	reply(c, "0");
}

/* cancel: ends all jobs, which a failed test may have left behind. */
static void call_cancel(struct call *c)
{
	struct timespec step = { 0, 1000000 };

	for (int i = 0; i < MAX_JOBS; i++) {
		if (!jobs[i].used)
			continue;
		while (!jobs[i].done) {
			pthread_kill(jobs[i].thread, SIGUSR1);
			nanosleep(&step, NULL);
		}
		pthread_join(jobs[i].thread, NULL);
		jobs[i].used = false;
	}
	reply(c, "0");
}

static void call_ping(struct call *c)
{
	reply(c, "pong");
}

static const struct {
	const char *name;
	int args;
	void (*make)(struct call *c);
} calls[] = {
	{ "open", 2, call_open }, { "close", 1, call_close },
	{ "nonblock", 2, call_nonblock }, { "read", 2, call_read },
	{ "readall", 3, call_readall }, { "readv", 1, call_readv },
	{ "write", 2, call_write }, { "writeall", 3, call_writeall },
	{ "writeonce", 3, call_writeonce },
	{ "fill", 2, call_fill }, { "badread", 1, call_badread }, { "badwrite", 1, call_badwrite },
	{ "poll", 2, call_poll }, { "epollet", 2, call_epollet },
	{ "fsync", 1, call_fsync }, { "lseek", 1, call_lseek },
	{ "ioctl", 2, call_ioctl }, { "readnw", 1, call_readnw },
	{ "uring", 2, call_uring }, { "splicein", 2, call_splicein },
	{ "spliceout", 3, call_spliceout }, { "sigio", 1, call_sigio },
	{ "sigwait", 2, call_sigwait }, { "waitattr", 3, call_waitattr },
	{ "bg", 2, call_bg }, { "asleep", 2, call_asleep }, { "wait", 2, call_wait }, { "kill", 1, call_kill },
	{ "cancel", 0, call_cancel }, { "ping", 0, call_ping },
};

static void run(struct call *c)
{
	for (size_t i = 0; c->argc && i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, c->argv[0]) || c->argc <= calls[i].args)
			continue;
		calls[i].make(c);
		return;
	}
	reply(c, "no such call: %s with %d arguments", c->argc ? c->argv[0] : "", c->argc - 1);
}

static int listen_or_connect(bool server)
{
	struct sockaddr_un name = { AF_UNIX, SOCKET_PATH };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (server)
		unlink(SOCKET_PATH);
	if ((server ? bind(fd, (void *)&name, sizeof(name)) || listen(fd, 4) :
		      connect(fd, (void *)&name, sizeof(name)))) {
		perror("portprobe: " SOCKET_PATH);
		exit(2);
	}
	return fd;
}

static void ignore(int signal)
{
	(void)signal;
}

static int serve(void)
{
	int listener = listen_or_connect(true);
	struct sigaction wake = { .sa_handler = ignore };

	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, count_sigio);
	sigaction(SIGUSR1, &wake, NULL);
	if (daemon(1, 0))
		return 2;
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		struct call c = {};
		char line[256], *word, *rest = line;
		ssize_t n;

		if (fd < 0)
			continue;
		n = read(fd, line, sizeof(line) - 1);
		line[n > 0 ? n : 0] = '\0';
		while ((word = strsep(&rest, " ")) && c.argc < 8)
			c.argv[c.argc++] = word;
		run(&c);
		if (write(fd, c.reply, strlen(c.reply) + 1) < 0)
			perror("portprobe");
		close(fd);
	}
}

static int ask(const char *line)
{
	char answer[REPLY] = "";
	int fd = listen_or_connect(false);

	if (write(fd, line, strlen(line)) < 0 || read(fd, answer, sizeof(answer) - 1) < 0) {
		perror("portprobe");
		return 2;
	}
	puts(answer);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "serve"))
		return serve();
	if (argc == 3 && !strcmp(argv[1], "do"))
		return ask(argv[2]);
	fputs("usage: portprobe serve | portprobe do \"CALL\"\n", stderr);
	return 2;
}
