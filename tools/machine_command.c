// SPDX-License-Identifier: GPL-2.0
/*
 * What QEMU was told, from its command line: -chardev and -device words as QEMU reads
 * them ("key=value,key=value", a doubled comma is a comma). What was plugged later is
 * not there, and numbers that QEMU chose are worked out only where that is certain.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"

#define COMMAND_MAX (1u << 20)

/* The next part of an option list, with its commas taken out; NULL at the end. */
static const char *next_part(const char *at, char *out, size_t size)
{
	size_t used = 0;

	if (!*at)
		return NULL;
	for (; *at; at++) {
		if (*at == ',' && at[1] != ',') {
			at++;
			break;
		}
		if (*at == ',')
			at++;
		if (used + 1 < size)
			out[used++] = *at;
	}
	out[used] = '\0';
	return at;
}

/* The value of a key; the first part has the key @first. */
static bool value_of(const char *list, const char *key, const char *first, char *out,
		     size_t size)
{
	char part[PATH_SIZE];
	bool at_start = true;

	out[0] = '\0';
	while ((list = next_part(list, part, sizeof(part)))) {
		char *value = strchr(part, '=');

		if (at_start && !value && !strcmp(first, key)) {
			snprintf(out, size, "%s", part);
			return true;
		}
		at_start = false;
		if (!value)
			continue;
		*value++ = '\0';
		if (strcmp(part, key))
			continue;
		snprintf(out, size, "%s", value);
		return true;
	}
	return false;
}

static int number_value(const char *list, const char *key)
{
	char text[32], *end;
	long number;

	if (!value_of(list, key, "driver", text, sizeof(text)))
		return -1;
	number = strtol(text, &end, 0);
	return *end || number < 0 || number > 1 << 20 ? -1 : (int)number;
}

static void read_device(struct machine *machine, const char *list)
{
	char type[64], name[NAME_SIZE];
	struct device *device;

	if (!value_of(list, "driver", "driver", type, sizeof(type)))
		return;
	device = machine_add_device(machine, type);
	if (!device)
		return;
	value_of(list, "id", "driver", device->id, sizeof(device->id));
	value_of(list, "chardev", "driver", device->chardev, sizeof(device->chardev));
	value_of(list, "bus", "driver", device->bus, sizeof(device->bus));
	device->named = value_of(list, "name", "driver", name, sizeof(name)) && name[0];
	snprintf(device->name, sizeof(device->name), "%s", name);
	if (device->kind == DEVICE_USB_SERIAL)
		value_of(list, "port", "driver", device->place, sizeof(device->place));
	else
		device->number = number_value(list, device->kind == DEVICE_UART ? "index" : "nr");
}

static void read_chardev(struct machine *machine, const char *list)
{
	struct chardev *chardev = machine_add_chardev(machine);
	char backend[64], path[PATH_SIZE - 80];

	if (!chardev)
		return;
	value_of(list, "id", "backend", chardev->label, sizeof(chardev->label));
	value_of(list, "backend", "backend", backend, sizeof(backend));
	if (value_of(list, "path", "backend", path, sizeof(path)))
		snprintf(chardev->target, sizeof(chardev->target), "%s:%s", backend, path);
	else
		snprintf(chardev->target, sizeof(chardev->target), "%s", backend);
	chardev->open = -1;
}

static bool taken(const struct machine *machine, const struct device *on, int number)
{
	for (size_t i = 0; i < machine->device_count; i++) {
		const struct device *device = &machine->devices[i];

		if ((device->kind == DEVICE_PORT || device->kind == DEVICE_CONSOLE) &&
		    !strcmp(device->bus, on->bus) && device->number == number)
			return true;
	}
	return false;
}

/*
 * QEMU gives each port without nr= the lowest free number as it comes, port 0 only to a
 * console. Which bus it takes is certain only when bus= says so or there is just one.
 */
static void number_ports(struct machine *machine, size_t serial_devices)
{
	for (size_t i = 0; i < machine->device_count; i++) {
		struct device *device = &machine->devices[i];
		int number = device->kind == DEVICE_CONSOLE ? 0 : 1;

		if ((device->kind != DEVICE_PORT && device->kind != DEVICE_CONSOLE) ||
		    device->number >= 0)
			continue;
		if (serial_devices > 1 && !device->bus[0])
			continue;
		while (taken(machine, device, number))
			number++;
		device->number = number;
	}
	for (size_t i = 0; serial_devices == 1 && i < machine->device_count; i++)
		machine->devices[i].bus[0] = '\0';
}

/**
 * machine_read_command() - read a command line
 * @machine: receives what it says
 * @words: the words, each ended by a NUL, as in /proc/PID/cmdline
 * @size: of @words
 * @failure: on error, why
 *
 * Return: 0 or -1.
 */
int machine_read_command(struct machine *machine, const char *words, size_t size,
			 struct failure *failure)
{
	size_t serial_devices = 0;
	const char *option = "";

	if (!size || words[size - 1])
		return fail(failure, STATUS_LOCAL, "that is no command line");
	for (const char *word = words; word < words + size; word += strlen(word) + 1) {
		char type[64];

		if (!strcmp(option, "-device") && !strncmp(word, "virtio-serial", 13))
			serial_devices++;
		if (!strcmp(option, "-device") && *word == '{')
			return fail(failure, STATUS_LOCAL, "a -device of it is JSON, which only "
				    "QEMU's monitor can tell about");
		if (!strcmp(option, "-device") &&
		    value_of(word, "driver", "driver", type, sizeof(type)))
			read_device(machine, word);
		else if (!strcmp(option, "-chardev"))
			read_chardev(machine, word);
		option = word + (word[0] == '-' && word[1] == '-');
	}
	number_ports(machine, serial_devices);
	return 0;
}

/**
 * machine_read_process() - read the command line of a running QEMU
 * @machine: receives what it says
 * @process: its id
 * @failure: on error, why
 *
 * Return: 0 or -1.
 */
int machine_read_process(struct machine *machine, int process, struct failure *failure)
{
	char path[64], *words = malloc(COMMAND_MAX);
	ssize_t count, size = 0;
	int fd, result = -1;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", process);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (words && fd >= 0 && (count = read(fd, words + size, COMMAND_MAX - size)) > 0)
		size += count;
	if (words && size > 0)
		result = machine_read_command(machine, words, size, failure);
	else
		fail_errno(failure, STATUS_LOCAL, "%s", path);
	if (fd >= 0)
		close(fd);
	free(words);
	return result;
}
