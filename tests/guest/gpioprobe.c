// SPDX-License-Identifier: GPL-2.0
/*
 * Uses the lines of a GPIO chip as a program does, over its character device:
 *
 *	gpioprobe ftdi-cbus in=2 out=1,1 in=1
 *
 * finds the chip by its label, requests a line for each step, prints "in LEVEL"
 * or "out 0", or -ERRNAME, and gives it back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int open_chip(const char *label)
{
	char path[32];

	for (int i = 0; i < 16; i++) {
		struct gpiochip_info info = {};
		int fd;

		snprintf(path, sizeof(path), "/dev/gpiochip%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!ioctl(fd, GPIO_GET_CHIPINFO_IOCTL, &info) && !strcmp(info.label, label))
			return fd;
		close(fd);
	}
	return -1;
}

static int request(int chip, unsigned int line, unsigned long flags, unsigned int level)
{
	struct gpio_v2_line_request r = {
		.offsets = { line }, .num_lines = 1, .consumer = "gpioprobe",
		.config.flags = flags,
	};

	if (flags & GPIO_V2_LINE_FLAG_OUTPUT) {
		r.config.num_attrs = 1;
		r.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
		r.config.attrs[0].attr.values = level;
		r.config.attrs[0].mask = 1;
	}
	return ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &r) < 0 ? -1 : r.fd;
}

static void take(int chip, const char *step)
{
	char *rest;
	int is_in = !strncmp(step, "in=", 3);
	unsigned long line = strtoul(strchr(step, '=') + 1, &rest, 0);
	unsigned long level = *rest ? strtoul(rest + 1, NULL, 0) : 0;
	struct gpio_v2_line_values values = { .mask = 1 };
	/* Without a direction a line keeps the one it has. */
	int fd = request(chip, line, is_in ? 0 : GPIO_V2_LINE_FLAG_OUTPUT, level);

	printf("%s ", is_in ? "in" : "out");
	if (fd < 0 || (is_in && ioctl(fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) < 0))
		printf("-%s\n", strerrorname_np(errno));
	else
		printf("%d\n", is_in ? (int)values.bits : 0);
	close(fd);
}

int main(int argc, char **argv)
{
	int chip = argc > 1 ? open_chip(argv[1]) : -1;

	if (chip < 0) {
		printf("no chip '%s'\n", argc > 1 ? argv[1] : "");
		return 1;
	}
	for (int i = 2; i < argc; i++)
		if (strchr(argv[i], '='))
			take(chip, argv[i]);
	return 0;
}
