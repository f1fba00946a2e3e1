// SPDX-License-Identifier: GPL-2.0
/*
 * The inventory of the machine this runs on, from sysfs, debugfs and /dev. Nothing is
 * opened but terminals, and those without waiting or becoming their reader.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "inventory.h"

#define PORTS	"/sys/class/virtio-ports"
#define LINKS	"/dev/virtio-ports"
#define DEBUGFS "/sys/kernel/debug/virtio-ports"

/* The content of a small file without its last line end; false if it cannot be read. */
static bool read_file(char *out, size_t size, const char *directory, const char *name)
{
	char path[PATH_SIZE];
	ssize_t count = -1;
	int fd;

	out[0] = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		count = read(fd, out, size - 1);
		close(fd);
	}
	if (count < 0)
		return false;
	out[count] = '\0';
	if (count && out[count - 1] == '\n')
		out[count - 1] = '\0';
	return true;
}

static long long read_number(const char *directory, const char *name)
{
	char text[32];

	return read_file(text, sizeof(text), directory, name) && text[0] ? atoll(text) : -1;
}

/* ".../0000:00:03.0/virtio1/virtio-ports/vport1p1": number and place of the device. */
static void find_device(struct port *port, const char *directory)
{
	char *real = realpath(directory, NULL), *virtio = NULL, *end;

	for (char *at = real; at && (at = strstr(at, "/virtio")); at++)
		if (at[7] >= '0' && at[7] <= '9')
			virtio = at;
	port->virtio = virtio ? atoi(virtio + 7) : -1;
	if (virtio) {
		*virtio = '\0';
		end = strrchr(real, '/');
		snprintf(port->device, sizeof(port->device), "%s", end ? end + 1 : real);
	}
	free(real);
}

/* Older drivers tell these in debugfs only. */
static void read_debugfs(struct port *port)
{
	char text[1024], *rest = NULL;

	if (!read_file(text, sizeof(text), DEBUGFS, port->node))
		return;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *value = strstr(line, ": ");

		if (!value)
			continue;
		*value = '\0';
		value += 2;
		if (!strcmp(line, "is_console"))
			port->console = !strcmp(value, "yes");
		else if (!strcmp(line, "console_vtermno"))
			port->vterm = atoi(value);
		else if (!strcmp(line, "host_connected") && port->host_connected < 0)
			port->host_connected = atoi(value);
		else if (!strcmp(line, "guest_connected") && port->guest_connected < 0)
			port->guest_connected = atoi(value);
		else if (!strcmp(line, "bytes_sent") && port->sent < 0)
			port->sent = atoll(value);
		else if (!strcmp(line, "bytes_received") && port->received < 0)
			port->received = atoll(value);
	}
}

static void read_port(struct port *port, const char *node)
{
	char directory[PATH_SIZE], statistics[PATH_SIZE];
	struct stat stat_of_node;

	snprintf(port->node, sizeof(port->node), "%s", node);
	if (sscanf(node, "vport%dp%d", &port->index, &port->id) != 2)
		port->index = port->id = -1;
	snprintf(directory, sizeof(directory), PORTS "/%.200s", node);
	snprintf(statistics, sizeof(statistics), PORTS "/%.200s/statistics", node);
	port->named = read_file(port->name, sizeof(port->name), directory, "name");
	read_file(port->device_number, sizeof(port->device_number), directory, "dev");
	find_device(port, directory);
	port->host_connected = read_number(directory, "host_connected");
	port->guest_connected = read_number(directory, "guest_connected");
	port->sent = read_number(statistics, "bytes_sent");
	port->received = read_number(statistics, "bytes_received");
	port->lost = read_number(statistics, "bytes_lost");
	port->console = -1;
	read_debugfs(port);
	snprintf(directory, sizeof(directory), "/dev/%.200s", node);
	if (!stat(directory, &stat_of_node) && S_ISCHR(stat_of_node.st_mode)) {
		snprintf(port->node_number, sizeof(port->node_number), "%u:%u",
			 major(stat_of_node.st_rdev), minor(stat_of_node.st_rdev));
		port->mode = stat_of_node.st_mode & 07777;
	}
}

/* Notes a link of LINKS for the port it leads to. */
static void note_link(struct inventory *inventory, const char *path)
{
	char *real = realpath(path, NULL);

	for (size_t i = 0; real && i < inventory->port_count; i++) {
		struct port *port = &inventory->ports[i];

		if (!strncmp(real, "/dev/", 5) && !strcmp(real + 5, port->node))
			snprintf(port->link, sizeof(port->link), "%s", path + sizeof(LINKS));
	}
	free(real);
}

static void read_links(struct inventory *inventory, const char *path, int depth)
{
	DIR *directory = depth < 16 ? opendir(path) : NULL;
	char below[PATH_SIZE];
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) >=
			    (int)sizeof(below))
			continue;
		if (entry->d_type == DT_LNK)
			note_link(inventory, below);
		else if (entry->d_type == DT_DIR)
			read_links(inventory, below, depth + 1);
	}
	if (directory)
		closedir(directory);
}

/* The process that has a port open, by the links of /proc; only root sees them all. */
static void find_user(struct inventory *inventory, const char *process)
{
	char path[PATH_SIZE], target[64], name[48];
	struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", process);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		ssize_t length = readlinkat(dirfd(directory), entry->d_name, target,
					    sizeof(target) - 1);

		if (length < 0)
			continue;
		target[length] = '\0';
		if (strncmp(target, "/dev/vport", 10))
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s", process);
		read_file(name, sizeof(name), path, "comm");
		for (size_t i = 0; i < inventory->port_count; i++)
			if (!strcmp(target + 5, inventory->ports[i].node))
				snprintf(inventory->ports[i].user, sizeof(inventory->ports[i].user),
					 "%.32s (process %.16s)", name, process);
	}
	if (directory)
		closedir(directory);
}

static void find_users(struct inventory *inventory)
{
	DIR *directory = inventory->port_count ? opendir("/proc") : NULL;
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			find_user(inventory, entry->d_name);
	if (directory)
		closedir(directory);
}

static bool opens(const char *tty)
{
	char path[PATH_SIZE];
	struct termios settings;
	bool good;
	int fd;

	snprintf(path, sizeof(path), "/dev/%.200s", tty);
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	good = !tcgetattr(fd, &settings);
	close(fd);
	return good;
}

static bool is_console(const char *tty)
{
	char list[512], *rest = NULL;

	if (read_file(list, sizeof(list), "/sys/class/tty/console", "active"))
		for (char *name = strtok_r(list, " ", &rest); name;
		     name = strtok_r(NULL, " ", &rest))
			if (!strcmp(name, tty))
				return true;
	return false;
}

/* The device of a USB line is its port; above are the interface and the device. */
static void read_usb(struct line *line)
{
	char path[PATH_SIZE], *real, *end;

	snprintf(path, sizeof(path), "/sys/class/tty/%s/device/driver", line->tty);
	real = realpath(path, NULL);
	end = real ? strrchr(real, '/') : NULL;
	snprintf(line->driver, sizeof(line->driver), "%s", end ? end + 1 : "?");
	free(real);
	snprintf(path, sizeof(path), "/sys/class/tty/%s/device/../..", line->tty);
	real = realpath(path, NULL);
	if (!real)
		return;
	end = strrchr(real, '/');
	snprintf(line->place, sizeof(line->place), "%s", end ? end + 1 : real);
	read_file(line->product, sizeof(line->product), real, "product");
	read_file(line->serial, sizeof(line->serial), real, "serial");
	read_file(line->vendor, sizeof(line->vendor), real, "idVendor");
	read_file(line->code, sizeof(line->code), real, "idProduct");
	free(real);
}

/* Lines without a chip or a port behind them are as good as not there. */
static void read_line(struct inventory *inventory, const char *tty)
{
	bool usb = !strncmp(tty, "ttyUSB", 6), works = opens(tty);
	struct line *line;

	if (!usb && !works)
		return;
	line = inventory_add_line(inventory);
	if (!line)
		return;
	snprintf(line->tty, sizeof(line->tty), "%.31s", tty);
	line->opens = works;
	line->console = is_console(tty);
	if (usb)
		read_usb(line);
}

/**
 * inventory_scan() - what this machine has
 * @inventory: receives it; without memory, less of it
 */
void inventory_scan(struct inventory *inventory)
{
	static const char *const kinds[] = { "ttyUSB", "hvc", "ttyS", "ttyAMA" };
	DIR *directory = opendir(PORTS);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (!strncmp(entry->d_name, "vport", 5)) {
			struct port *port = inventory_add_port(inventory);

			if (port)
				read_port(port, entry->d_name);
		}
	if (directory)
		closedir(directory);
	read_links(inventory, LINKS, 0);
	find_users(inventory);
	directory = opendir("/sys/class/tty");
	while (directory && (entry = readdir(directory)))
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			size_t length = strlen(kinds[i]);

			if (!strncmp(entry->d_name, kinds[i], length) &&
			    entry->d_name[length] >= '0' && entry->d_name[length] <= '9')
				read_line(inventory, entry->d_name);
		}
	if (directory)
		closedir(directory);
	inventory_sort(inventory);
}
