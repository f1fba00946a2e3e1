// SPDX-License-Identifier: GPL-2.0
/*
 * The device manager of the minimal image, one process without a shell: modules for the
 * devices that are there and for those plugged later, the links of ports, the modes of
 * serial lines, and a word to the supervisor about each port and line. Nodes are made by
 * the kernel (devtmpfs).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "module_load.h"
#include "plug.h"
#include "port_links.h"
#include "uevent.h"

#define TTY_GROUP 5
#define MODULES_AT_ONCE 64

/* The modules that are wanted now; each once. */
struct wanted {
	struct module *modules[MODULES_AT_ONCE];
	pid_t loaders[MODULES_AT_ONCE];
	size_t count;
};

static void want(struct module_index *index, struct wanted *wanted, const char *alias)
{
	const struct module_alias *match = NULL;

	while ((match = module_alias_next(index, alias, match))) {
		struct module *module = module_named(index, match->module, strlen(match->module));
		size_t i = 0;

		while (i < wanted->count && wanted->modules[i] != module)
			i++;
		if (module && !module->blocked && i == wanted->count && i < MODULES_AT_ONCE &&
		    !module_is_live(module->name))
			wanted->modules[wanted->count++] = module;
	}
}

/* The alias of a device that no driver has; false if it has one, or has no alias. */
static bool alias_of(int folder, const char *device, char *alias, size_t size)
{
	char path[300], driver[8];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "%s/driver", device);
	if (readlinkat(folder, path, driver, sizeof(driver)) >= 0)
		return false;
	snprintf(path, sizeof(path), "%s/modalias", device);
	fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, alias, size - 1);
	close(fd);
	alias[length > 0 ? length : 0] = '\0';
	alias[strcspn(alias, "\n")] = '\0';
	return alias[0];
}

static void want_bus(struct module_index *index, struct wanted *wanted, const char *bus)
{
	char path[300], alias[512];
	DIR *folder;

	snprintf(path, sizeof(path), "/sys/bus/%s/devices", bus);
	folder = opendir(path);
	if (!folder)
		return;
	for (struct dirent *entry; (entry = readdir(folder));)
		if (entry->d_name[0] != '.' &&
		    alias_of(dirfd(folder), entry->d_name, alias, sizeof(alias)))
			want(index, wanted, alias);
	closedir(folder);
}

static void want_present(struct module_index *index, struct wanted *wanted)
{
	DIR *buses = opendir("/sys/bus");

	if (!buses)
		return;
	for (struct dirent *entry; (entry = readdir(buses));)
		if (entry->d_name[0] != '.')
			want_bus(index, wanted, entry->d_name);
	closedir(buses);
}

/* Loads them side by side: a probe may wait for its device. The processes' ends are the
 * caller's to wait for. */
static void load_wanted(struct module_index *index, struct wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++) {
		wanted->loaders[i] = fork();
		if (wanted->loaders[i] > 0)
			continue;
		module_load(index, wanted->modules[i], module_insert_here);
		if (!wanted->loaders[i])
			_exit(0);
	}
}

static void wait_for_loaders(const struct wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		while (wanted->loaders[i] > 0 && waitpid(wanted->loaders[i], NULL, 0) < 0 &&
		       errno == EINTR)
			;
}

/**
 * plug_present() - load what serves the devices that are there
 * @index: the modules to choose from
 *
 * A driver may bring devices to light that want a driver themselves: done when a look
 * finds no module that was not tried.
 */
void plug_present(struct module_index *index)
{
	struct wanted tried = { .count = 0 };

	for (;;) {
		struct wanted wanted = { .count = 0 }, fresh = { .count = 0 };

		want_present(index, &wanted);
		for (size_t i = 0; i < wanted.count; i++) {
			size_t k = 0;

			while (k < tried.count && tried.modules[k] != wanted.modules[i])
				k++;
			if (k == tried.count && k < MODULES_AT_ONCE) {
				tried.modules[tried.count++] = wanted.modules[i];
				fresh.modules[fresh.count++] = wanted.modules[i];
			}
		}
		if (!fresh.count)
			return;
		load_wanted(index, &fresh);
		wait_for_loaders(&fresh);
	}
}

/* ---- events ----  */

/* Serial lines, but not those of the kernel's console. */
static bool is_line(const char *node)
{
	static const char *const kinds[] = { "ttyUSB", "ttyS", "ttyAMA" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		size_t length = strlen(kinds[i]);

		if (!strncmp(node, kinds[i], length) && node[length] >= '0' && node[length] <= '9')
			return true;
	}
	return false;
}

static void give_to_group(const char *node)
{
	char path[300];

	snprintf(path, sizeof(path), "/dev/%s", node);
	if (!chown(path, 0, TTY_GROUP))
		chmod(path, 0660);
}

/* A pipe that is full has more than enough to wake the supervisor, which then looks at
 * what there is. */
static void notify(int notices, const char *what, const char *action, const char *node)
{
	char line[300];
	int length = snprintf(line, sizeof(line), "%s %s %s\n", what, action, node);

	if (notices >= 0 && write(notices, line, length) < 0 && errno != EAGAIN)
		fprintf(stderr, "portside plug: the supervisor hears nothing: %s\n",
			strerror(errno));
}

static void serve(struct module_index *index, const struct uevent *event, int notices)
{
	bool added = !strcmp(event->action, "add");

	if (!strcmp(event->subsystem, "virtio-ports")) {
		port_links_event(event->action, event->node, event->number);
		notify(notices, "ports", event->action, event->node);
	} else if (!strcmp(event->subsystem, "tty") && is_line(event->node)) {
		if (added)
			give_to_group(event->node);
		notify(notices, "tty", event->action, event->node);
	}
	if (added && event->alias[0]) {
		struct wanted wanted = { .count = 0 };

		want(index, &wanted, event->alias);
		load_wanted(index, &wanted);
	}
}

/* What events would have said that came before, or were lost. */
static void look_around(int notices)
{
	DIR *lines = opendir("/sys/class/tty");

	port_links_scan();
	notify(notices, "ports", "add", "all");
	if (!lines)
		return;
	for (struct dirent *entry; (entry = readdir(lines));)
		if (is_line(entry->d_name))
			give_to_group(entry->d_name);
	closedir(lines);
	notify(notices, "tty", "add", "all");
}

static void reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/**
 * plug_follow() - serve events of devices, for good
 * @index: the modules to choose from
 * @events: of uevent_open()
 * @notices: the named pipe that the supervisor reads
 *
 * Returns only if the socket fails, after telling so.
 */
void plug_follow(struct module_index *index, int events, const char *notices)
{
	/* For writing and reading: it stays when no supervisor runs. */
	int pipe = open(notices, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	char message[UEVENT_SIZE];
	struct uevent event;
	int result;

	look_around(pipe);
	while ((result = uevent_next(events, &event, message)) >= 0) {
		if (result) {
			serve(index, &event, pipe);
		} else {
			look_around(pipe);
			plug_present(index);
		}
		reap();
	}
	fprintf(stderr, "portside plug: no more events of devices: %s\n", strerror(errno));
}
