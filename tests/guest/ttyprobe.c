// SPDX-License-Identifier: GPL-2.0
/*
 * Makes single calls on a serial line, for tests that look at each result:
 *
 *	ttyprobe /dev/ttyUSB0 raw rate=115200 write=hello drain read=5,1000
 *
 * opens the line, takes the steps in order, prints "STEP RESULT" for each and
 * closes it. A result is a value or -ERRNAME. The steps are in the table at the
 * end. `hold` as the last step keeps the line open until the program is killed.
 */
#define _GNU_SOURCE
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <linux/usbdevice_fs.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static int fd;
static const char *arg;	/* what follows "=" in the step, or "" */

static void result(long ret)
{
	if (ret < 0)
		printf("-%s\n", strerrorname_np(errno));
	else
		printf("%ld\n", ret);
}

/* The numbers in "12,0x34"; those that are not there stay as they are. */
static void numbers(long *first, long *second, long *third)
{
	long *to[] = { first, second, third };
	char *at = (char *)arg;

	for (int i = 0; i < 3 && to[i] && *at; i++) {
		*to[i] = strtol(at, &at, 0);
		if (*at)
			at++;
	}
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- termios ---- */

static const struct {
	const char *name;
	int field;	/* c, i or l for the flags it is in */
	unsigned int bit;
} flags[] = {
	{ "crtscts", 'c', CRTSCTS }, { "clocal", 'c', CLOCAL }, { "hupcl", 'c', HUPCL },
	{ "parenb", 'c', PARENB }, { "parodd", 'c', PARODD }, { "cmspar", 'c', CMSPAR },
	{ "cstopb", 'c', CSTOPB }, { "cread", 'c', CREAD },
	{ "ixon", 'i', IXON }, { "ixoff", 'i', IXOFF }, { "brkint", 'i', BRKINT },
	{ "ignbrk", 'i', IGNBRK }, { "parmrk", 'i', PARMRK }, { "inpck", 'i', INPCK },
	{ "isig", 'l', ISIG }, { "icanon", 'l', ICANON }, { "echo", 'l', ECHO },
};

#define FLAGS (sizeof(flags) / sizeof(flags[0]))

static unsigned int *field_of(struct termios2 *t, int field)
{
	return field == 'c' ? &t->c_cflag : field == 'i' ? &t->c_iflag : &t->c_lflag;
}

static void change(bool on)
{
	struct termios2 t;

	for (unsigned int i = 0; i < FLAGS; i++) {
		if (strcmp(arg, flags[i].name))
			continue;
		if (ioctl(fd, TCGETS2, &t) < 0)
			return result(-1);
		if (on)
			*field_of(&t, flags[i].field) |= flags[i].bit;
		else
			*field_of(&t, flags[i].field) &= ~flags[i].bit;
		return result(ioctl(fd, TCSETS2, &t));
	}
	printf("no flag '%s'\n", arg);
}

static void do_set(void)
{
	change(true);
}

static void do_clear(void)
{
	change(false);
}

static void do_raw(void)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t) < 0)
		return result(-1);
	t.c_iflag = 0;
	t.c_oflag = 0;
	t.c_lflag = 0;
	t.c_cflag &= ~(CSIZE | PARENB | PARODD | CMSPAR | CSTOPB | CRTSCTS);
	t.c_cflag |= CS8 | CREAD | CLOCAL;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	result(ioctl(fd, TCSETS2, &t));
}

/* Prints the rate that the driver made of it. */
static void do_rate(void)
{
	struct termios2 t;

	if (*arg) {
		ioctl(fd, TCGETS2, &t);
		t.c_cflag &= ~(CBAUD | CIBAUD);
		t.c_cflag |= strcmp(arg, "0") ? BOTHER : B0;
		t.c_ispeed = t.c_ospeed = strtoul(arg, NULL, 0);
		if (ioctl(fd, TCSETS2, &t) < 0)
			return result(-1);
	}
	result(ioctl(fd, TCGETS2, &t) < 0 ? -1 : (long)t.c_ospeed);
}

static void do_bits(void)
{
	static const unsigned int sizes[] = { CS5, CS6, CS7, CS8 };
	struct termios2 t;

	ioctl(fd, TCGETS2, &t);
	if (*arg) {
		t.c_cflag = (t.c_cflag & ~CSIZE) | sizes[(*arg - '5') & 3];
		if (ioctl(fd, TCSETS2, &t) < 0)
			return result(-1);
		ioctl(fd, TCGETS2, &t);
	}
	for (int i = 0; i < 4; i++)
		if ((t.c_cflag & CSIZE) == sizes[i])
			return result(5 + i);
}

/* Which of the flags are set. */
static void do_flags(void)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t) < 0)
		return result(-1);
	for (unsigned int i = 0; i < FLAGS; i++)
		if (*field_of(&t, flags[i].field) & flags[i].bit)
			printf("%s,", flags[i].name);
	printf("\n");
}

/* ---- data ---- */

static uint8_t pattern(long at, long seed)
{
	long block = at >> 8;

	return (at & 0xff) ^ ((block ^ block >> 8 ^ seed) & 0xff);
}

static void do_write(void)
{
	result(write(fd, arg, strlen(arg)));
}

static void print_bytes(const uint8_t *data, long count)
{
	printf("%ld ", count);
	for (long i = 0; i < count; i++)
		printf("%02x", data[i]);
	printf("\n");
}

/* COUNT,MS: up to COUNT bytes, until nothing came for so many milliseconds. */
static void do_read(void)
{
	static uint8_t data[8192];
	long want = 1, ms = 1000, have = 0;

	numbers(&want, &ms, NULL);
	while (have < want) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (poll(&p, 1, ms) != 1)
			break;
		got = read(fd, data + have, want - have);
		if (got < 0 && !have)
			return result(-1);
		if (got <= 0)
			break;
		have += got;
	}
	print_bytes(data, have);
}

struct flow {
	long count, seed, done;
};

static bool send_some(struct flow *f)
{
	uint8_t data[16384];
	long len = f->count - f->done;
	ssize_t put;

	if (len > (long)sizeof(data))
		len = sizeof(data);
	for (long i = 0; i < len; i++)
		data[i] = pattern(f->done + i, f->seed);
	put = write(fd, data, len);
	if (put < 0 && errno != EAGAIN)
		return false;
	if (put > 0)
		f->done += put;
	return true;
}

static bool receive_some(struct flow *f)
{
	uint8_t data[16384];
	long len = f->count - f->done;
	ssize_t got;

	if (len > (long)sizeof(data))
		len = sizeof(data);
	got = read(fd, data, len);
	if (got < 0)
		return errno == EAGAIN;
	for (long i = 0; i < got; i++) {
		if (data[i] == pattern(f->done + i, f->seed))
			continue;
		printf("differs at byte %ld: %02x, not %02x\n", f->done + i, data[i],
		       pattern(f->done + i, f->seed));
		exit(1);
	}
	f->done += got;
	return true;
}

/* Sends and receives patterns at once; "done MS" when both are whole. */
static void transfer(struct flow out, struct flow in)
{
	long started = now_ms(), ms;

	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	while (out.done < out.count || in.done < in.count) {
		struct pollfd p = { .fd = fd };

		p.events = (out.done < out.count ? POLLOUT : 0) | (in.done < in.count ? POLLIN : 0);
		if (poll(&p, 1, 60000) != 1 || p.revents & (POLLERR | POLLNVAL | POLLHUP) ||
		    (p.revents & POLLOUT && !send_some(&out)) ||
		    (p.revents & POLLIN && !receive_some(&in))) {
			printf("stuck: revents 0x%x, sent %ld, received %ld\n", p.revents, out.done,
			       in.done);
			exit(1);
		}
	}
	fcntl(fd, F_SETFL, O_RDWR);
	ms = now_ms() - started;
	printf("done %ld\n", ms);
}

static void do_send(void)
{
	struct flow out = {};

	numbers(&out.count, &out.seed, NULL);
	transfer(out, (struct flow){});
}

/* COUNT,SEED,SIZE: in writes of SIZE bytes, each waited for. */
static void do_trickle(void)
{
	long count = 0, seed = 0, size = 1, put;
	uint8_t data[4096];

	numbers(&count, &seed, &size);
	for (long at = 0; at < count; at += put) {
		long len = count - at < size ? count - at : size;

		for (long i = 0; i < len; i++)
			data[i] = pattern(at + i, seed);
		put = write(fd, data, len);
		if (put < 0)
			return result(-1);
	}
	result(count);
}

static void do_receive(void)
{
	struct flow in = {};

	numbers(&in.count, &in.seed, NULL);
	transfer((struct flow){}, in);
}

/* COUNT,SEED-OUT,SEED-IN */
static void do_duplex(void)
{
	struct flow out = {}, in = {};

	numbers(&out.count, &out.seed, &in.seed);
	in.count = out.count;
	transfer(out, in);
}

/* ---- flushing, draining, stopping ---- */

static void do_drain(void)
{
	result(ioctl(fd, TCSBRK, 1));
}

static void do_drain_ms(void)
{
	long started = now_ms();

	if (ioctl(fd, TCSBRK, 1) < 0)
		return result(-1);
	result(now_ms() - started);
}

static void do_flush(void)
{
	result(ioctl(fd, TCFLSH, !strcmp(arg, "in") ? TCIFLUSH :
				 !strcmp(arg, "out") ? TCOFLUSH : TCIOFLUSH));
}

static void do_flow(void)
{
	result(ioctl(fd, TCXONC, !strcmp(arg, "off") ? TCOOFF : TCOON));
}

static void ask(unsigned long request)
{
	int value = 0;

	result(ioctl(fd, request, &value) < 0 ? -1 : value);
}

static void do_outq(void)
{
	ask(TIOCOUTQ);
}

static void do_inq(void)
{
	ask(TIOCINQ);
}

static void do_lsr(void)
{
	ask(TIOCSERGETLSR);
}

/* MS: how many milliseconds until TIOCSERGETLSR says empty. */
static void do_until_empty(void)
{
	long limit = 60000, started = now_ms();
	int value = 0;

	numbers(&limit, NULL, NULL);
	do {
		if (ioctl(fd, TIOCSERGETLSR, &value) < 0)
			return result(-1);
	} while (!value && now_ms() - started < limit);
	result(value ? now_ms() - started : -1);
}

/* ---- break, modem lines ---- */

static void do_break(void)
{
	result(ioctl(fd, strcmp(arg, "off") ? TIOCSBRK : TIOCCBRK));
}

static void do_sendbreak(void)
{
	result(ioctl(fd, TCSBRK, 0));
}

static const struct {
	const char *name;
	int bit;
} lines[] = {
	{ "dtr", TIOCM_DTR }, { "rts", TIOCM_RTS }, { "cts", TIOCM_CTS }, { "dsr", TIOCM_DSR },
	{ "ri", TIOCM_RI }, { "cd", TIOCM_CD },
};

/* The lines named in "dtr+rts". */
static int mask_of(const char *names)
{
	int mask = 0;

	for (unsigned int i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strstr(names, lines[i].name))
			mask |= lines[i].bit;
	return mask;
}

static void do_modem(void)
{
	int now = 0;

	if (ioctl(fd, TIOCMGET, &now) < 0)
		return result(-1);
	for (unsigned int i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (now & lines[i].bit)
			printf("%s,", lines[i].name);
	printf("\n");
}

static void do_up(void)
{
	int mask = mask_of(arg);

	result(ioctl(fd, TIOCMBIS, &mask));
}

static void do_down(void)
{
	int mask = mask_of(arg);

	result(ioctl(fd, TIOCMBIC, &mask));
}

static void do_lines(void)
{
	int mask = mask_of(arg);

	result(ioctl(fd, TIOCMSET, &mask));
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* LINES: waits for a change of one of them, a minute at most. */
static void do_miwait(void)
{
	struct sigaction action = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &action, NULL);
	alarm(60);
	result(ioctl(fd, TIOCMIWAIT, mask_of(arg)));
	alarm(0);
}

static void do_icount(void)
{
	struct serial_icounter_struct c = {};

	if (ioctl(fd, TIOCGICOUNT, &c) < 0)
		return result(-1);
	printf("cts=%d dsr=%d rng=%d dcd=%d rx=%d tx=%d frame=%d overrun=%d parity=%d brk=%d buf=%d\n",
	       c.cts, c.dsr, c.rng, c.dcd, c.rx, c.tx, c.frame, c.overrun, c.parity, c.brk,
	       c.buf_overrun);
}

/* ---- struct serial ---- */

static void do_serial(void)
{
	struct serial_struct s = {};

	if (ioctl(fd, TIOCGSERIAL, &s) < 0)
		return result(-1);
	printf("line=%d flags=0x%x baud_base=%d divisor=%d close_delay=%d closing_wait=%d\n",
	       s.line, s.flags, s.baud_base, s.custom_divisor, s.close_delay, s.closing_wait);
}

/* FLAGS,DIVISOR,CLOSING_WAIT in hundredths of a second */
static void do_setserial(void)
{
	struct serial_struct s = {};
	long new_flags, divisor, wait;

	if (ioctl(fd, TIOCGSERIAL, &s) < 0)
		return result(-1);
	new_flags = s.flags;
	divisor = s.custom_divisor;
	wait = s.closing_wait;
	numbers(&new_flags, &divisor, &wait);
	s.flags = new_flags;
	s.custom_divisor = divisor;
	s.closing_wait = wait;
	result(ioctl(fd, TIOCSSERIAL, &s));
}

/* ---- steps ---- */

static void do_user(void)
{
	result(setuid(strtol(arg, NULL, 0)));
}

/* NODE of usbfs: resets the device, as drivers and programs may. */
static void do_usb_reset(void)
{
	int device = open(arg, O_RDWR);

	result(device < 0 ? -1 : ioctl(device, USBDEVFS_RESET));
	close(device);
}

static void do_hold(void)
{
	printf("holding\n");
	for (;;)
		pause();
}

/* Until the other end hangs up: "hangup" or what poll said instead. */
static void do_hangup(void)
{
	struct pollfd p = { .fd = fd };

	poll(&p, 1, 120000);
	printf("%s\n", p.revents & POLLHUP ? "hangup" : "none");
}

static const struct {
	const char *name;
	void (*take)(void);
} steps[] = {
	{ "set", do_set }, { "clear", do_clear }, { "raw", do_raw }, { "rate", do_rate },
	{ "bits", do_bits }, { "flags", do_flags }, { "write", do_write }, { "read", do_read },
	{ "send", do_send }, { "trickle", do_trickle }, { "receive", do_receive },
	{ "duplex", do_duplex }, { "drain", do_drain }, { "drain-ms", do_drain_ms },
	{ "flush", do_flush }, { "flow", do_flow }, { "outq", do_outq }, { "inq", do_inq },
	{ "lsr", do_lsr }, { "until-empty", do_until_empty }, { "break", do_break },
	{ "sendbreak", do_sendbreak }, { "modem", do_modem }, { "up", do_up }, { "down", do_down },
	{ "lines", do_lines }, { "miwait", do_miwait }, { "icount", do_icount },
	{ "serial", do_serial }, { "setserial", do_setserial }, { "user", do_user },
	{ "hold", do_hold }, { "hangup", do_hangup }, { "usb-reset", do_usb_reset },
};

static bool take_step(const char *step)
{
	size_t len = strcspn(step, "=");

	arg = step[len] ? step + len + 1 : "";
	for (unsigned int i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strlen(steps[i].name) == len && !strncmp(steps[i].name, step, len)) {
			printf("%s ", steps[i].name);
			fflush(stdout);
			steps[i].take();
			return true;
		}
	}
	printf("%s is not a step\n", step);
	return false;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2) {
		fprintf(stderr, "usage: ttyprobe LINE STEP...\n");
		return 2;
	}
	fd = open(argv[1], O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		printf("open -%s\n", strerrorname_np(errno));
		return 1;
	}
	fcntl(fd, F_SETFL, O_RDWR);
	for (int i = 2; i < argc; i++)
		if (!take_step(argv[i]))
			return 2;
	return 0;
}
