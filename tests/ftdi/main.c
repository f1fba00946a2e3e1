// SPDX-License-Identifier: GPL-2.0
/*
 * The commands of the model, its clock and its loop:
 *
 *	ftdi_model SOCKET	connects to the chardev of QEMU's usb-redir
 *
 * A line on standard input is a command (the table at the end), answered by
 * "= ..." or "! why not"; lines that start with "-" are events.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "model.h"

#define WORDS 8
#define LINE_SIZE 65536

struct model model = {
	.vendor = 0x0403, .manufacturer = "FTDI", .name = "Model", .serial = "M1", .max_packet = -1,
};

static char *words[WORDS];
static int count;

/**
 * now_ns() - the clock of all deadlines
 *
 * Return: ns.
 */
int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/**
 * event() - tell who drives the model that something happened
 * @format: as printf's
 */
void event(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	printf("- ");
	vprintf(format, arguments);
	printf("\n");
	va_end(arguments);
}

static long number(int word, long otherwise)
{
	return word < count ? strtol(words[word], NULL, 0) : otherwise;
}

static struct channel *channel(void)
{
	return &model.channels[number(1, 0) & (CHANNELS - 1)];
}

static bool yes(void)
{
	printf("=\n");
	return true;
}

/* ---- before it is plugged ---- */

static void choose(const struct chip *chip)
{
	model.chip = chip;
	model.bcd = chip->bcd;
	model.product = chip->product;
}

static bool do_chip(void)
{
	const struct chip *chip = count > 1 ? chip_find(words[1]) : NULL;

	if (!chip)
		return false;
	choose(chip);
	return yes();
}

/* set KEY VALUE */
static bool do_set(void)
{
	static char texts[3][64];
	const struct {
		const char *key;
		const char **text;
		uint16_t *number;
	} keys[] = {
		{ "manufacturer", &model.manufacturer, NULL }, { "product-name", &model.name, NULL },
		{ "serial", &model.serial, NULL }, { "vendor", NULL, &model.vendor },
		{ "product", NULL, &model.product }, { "bcd", NULL, &model.bcd },
	};

	for (size_t i = 0; count > 1 && i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(words[1], keys[i].key))
			continue;
		if (keys[i].text) {
			snprintf(texts[i], sizeof(texts[i]), "%s", count > 2 ? words[2] : "");
			*keys[i].text = texts[i];
		} else {
			*keys[i].number = number(2, 0);
		}
		return yes();
	}
	return false;
}

/* descriptors max-packet N | no-in | no-out | right */
static bool do_descriptors(void)
{
	model.max_packet = -1;
	model.no_in = count > 1 && !strcmp(words[1], "no-in");
	model.no_out = count > 1 && !strcmp(words[1], "no-out");
	if (count > 2)
		model.max_packet = number(2, -1);
	return yes();
}

/* eeprom BYTE-ADDRESS VALUE... */
static bool do_eeprom(void)
{
	for (int i = 2; i < count; i++) {
		int at = number(1, 0) + i - 2, shift = at % 2 * 8;
		uint16_t *word = &model.eeprom[at / 2 % EEPROM_WORDS];

		*word = (*word & ~(0xff << shift)) | (number(i, 0) & 0xff) << shift;
	}
	return yes();
}

static bool do_plug(void)
{
	if (model.plugged || !model.hello)
		return false;
	usb_plug();
	return yes();
}

static bool do_unplug(void)
{
	usb_unplug();
	return yes();
}

/* ---- the line ---- */

/* wire A B: both ways; wire A A is a loopback plug; wire A: cut */
static bool do_wire(void)
{
	int a = number(1, 0) & (CHANNELS - 1), b = number(2, -1);

	if (model.channels[a].peer >= 0)
		model.channels[model.channels[a].peer].peer = -1;
	model.channels[a].peer = b;
	if (b >= 0)
		model.channels[b].peer = a;
	for (int i = 0; i < CHANNELS; i++)
		model.channels[i].wired = 0;
	uart_rewire();
	return yes();
}

static bool do_pace(void)
{
	model.pace = number(1, 1);
	return yes();
}

/* modem CHANNEL MASK */
static bool do_modem(void)
{
	channel()->modem = number(2, 0);
	uart_rewire();
	return yes();
}

static bool do_pins(void)
{
	channel()->pins = number(2, 0);
	return yes();
}

/* receive CHANNEL HEX [LINE-STATUS] */
static bool do_receive(void)
{
	const char *hex = count > 2 ? words[2] : "";
	unsigned int byte;

	while (sscanf(hex, "%2x", &byte) == 1) {
		uart_receive(channel(), byte, number(3, 0));
		hex += strlen(hex) < 2 ? 1 : 2;
	}
	return yes();
}

/* status CHANNEL LINE-STATUS: for the next packet, which goes at once */
static bool do_status(void)
{
	channel()->latched |= number(2, 0);
	channel()->flush = true;
	return yes();
}

/* sent CHANNEL: what left on the wire since the last time */
static bool do_sent(void)
{
	struct channel *ch = channel();

	printf("= ");
	for (long i = 0; i < ch->sent_len; i++)
		printf("%02x", ch->sent[i]);
	printf("\n");
	ch->sent_len = 0;
	return true;
}

static bool do_state(void)
{
	const struct channel *ch = channel();

	printf("= rate=%.0f data=0x%04x flow=%d xon=0x%04x dtr=%d rts=%d latency=%d event=0x%03x "
	       "error=0x%03x bits=0x%04x sent=%ld received=%ld lost=%ld queued=%d waiting=%d\n",
	       ch->rate, ch->data, ch->flow, ch->xon_xoff, ch->dtr, ch->rts, ch->latency,
	       ch->event_char, ch->error_char, ch->bit_mode, ch->sent_count, ch->received_count,
	       ch->lost, ch->from_host_len, ch->to_host_len);
	return true;
}

/* ---- faults ---- */

/* fault NAME [COUNT] | fault stall-request|short-request|silent-request REQUEST [COUNT] */
static bool do_fault(void)
{
	struct faults *f = &model.faults;
	const struct {
		const char *name;
		int *left, *by_request;
	} faults[] = {
		{ "stall-in", &f->stall_in, NULL }, { "stall-out", &f->stall_out, NULL },
		{ "error-in", &f->error_in, NULL }, { "error-out", &f->error_out, NULL },
		{ "babble", &f->babble, NULL }, { "empty", &f->empty, NULL },
		{ "short-status", &f->short_status, NULL }, { "odd", &f->odd, NULL },
		{ "stall-request", NULL, f->stall_request },
		{ "short-request", NULL, f->short_request },
		{ "silent-request", NULL, f->silent_request },
	};

	for (size_t i = 0; count > 1 && i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (strcmp(words[1], faults[i].name))
			continue;
		if (faults[i].left)
			*faults[i].left = number(2, 1);
		else
			faults[i].by_request[number(2, 0) & 0xff] = number(3, 1);
		return yes();
	}
	return false;
}

/* hold in|out 0|1 */
static bool do_hold(void)
{
	if (count < 3)
		return false;
	if (!strcmp(words[1], "in"))
		model.faults.hold_in = number(2, 1);
	else
		model.faults.hold_out = number(2, 1);
	return yes();
}

/* unplug-after BYTES, counted from now */
static bool do_unplug_after(void)
{
	model.faults.unplug_after = model.out_bytes + number(1, 1);
	return yes();
}

/* ---- commands ---- */

static const struct {
	const char *name;
	bool (*run)(void);
} commands[] = {
	{ "chip", do_chip }, { "set", do_set }, { "descriptors", do_descriptors },
	{ "eeprom", do_eeprom }, { "plug", do_plug }, { "unplug", do_unplug },
	{ "wire", do_wire }, { "pace", do_pace }, { "modem", do_modem }, { "pins", do_pins },
	{ "receive", do_receive }, { "status", do_status }, { "sent", do_sent },
	{ "state", do_state }, { "fault", do_fault }, { "hold", do_hold },
	{ "unplug-after", do_unplug_after },
};

static void command(char *line)
{
	count = 0;
	for (char *word = strtok(line, " "); word && count < WORDS; word = strtok(NULL, " "))
		words[count++] = word;
	for (size_t i = 0; count && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(words[0], commands[i].name))
			continue;
		if (!commands[i].run())
			printf("! %s: cannot\n", words[0]);
		return;
	}
	printf("! no such command\n");
}

/* ---- loop ---- */

static void read_commands(void)
{
	static char buffer[LINE_SIZE];
	static size_t have;
	char *end;
	ssize_t got = read(STDIN_FILENO, buffer + have, sizeof(buffer) - 1 - have);

	if (got <= 0)
		exit(0);
	have += got;
	buffer[have] = 0;
	while ((end = strchr(buffer, '\n'))) {
		*end = 0;
		have -= end + 1 - buffer;
		command(buffer);
		memmove(buffer, end + 1, have + 1);
	}
}

static int wait_ms(void)
{
	int64_t next = INT64_MAX, now = now_ns();

	for (int i = 0; i < model.chip->interfaces; i++) {
		int64_t own = bulk_next(&model.channels[i]);

		next = own < next ? own : next;
	}
	if (next == INT64_MAX)
		return -1;
	return next <= now ? 0 : (next - now + 999999) / 1000000;
}

static void run(void)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN }, { .fd = model.fd, .events = POLLIN },
	};

	for (;;) {
		fds[1].events = POLLIN |
				(usbredirparser_has_data_to_write(model.parser) ? POLLOUT : 0);
		if (poll(fds, 2, wait_ms()) < 0 && errno != EINTR)
			exit(1);
		if (fds[0].revents)
			read_commands();
		if (fds[1].revents & (POLLIN | POLLHUP) && usbredirparser_do_read(model.parser) ==
		    usbredirparser_read_io_error) {
			event("closed");
			exit(0);
		}
		if (model.plugged)
			for (int i = 0; model.plugged && i < model.chip->interfaces; i++)
				bulk_run(&model.channels[i], now_ns());
		if (usbredirparser_has_data_to_write(model.parser))
			usbredirparser_do_write(model.parser);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path)) {
		fprintf(stderr, "usage: ftdi_model SOCKET\n");
		return 2;
	}
	strcpy(address.sun_path, argv[1]);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		fprintf(stderr, "ftdi_model: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < CHANNELS; i++)
		model.channels[i].peer = -1;
	choose(chip_find("bm"));
	usb_open(fd);
	run();
	return 0;
}
