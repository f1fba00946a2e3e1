// SPDX-License-Identifier: GPL-2.0
/*
 * The links of /dev/virtio-ports, kept in step with the events of ports. The same rules
 * as udev/portside-links, which does it for mdev: of ports whose names make one link, the
 * one with the latest event holds it, and when it goes the one before inherits.
 * At "remove" the kernel has forgotten the name, so what each node was linked as is kept.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "linkname.h"
#include "port_links.h"

#define FOLDER "/dev/virtio-ports/"
#define CLASS  "/sys/class/virtio-ports/"
#define LINK_SIZE 1024 /* of a name as of its link */

/* One node that has a link, or wants one that another holds. */
struct held {
	struct held *next;
	unsigned long long number;
	char node[32];
	char link[LINK_SIZE];
};

static struct held *holders;

static void say(const char *node, const char *link, const char *what)
{
	fprintf(stderr, "portside plug: no link %s for %s: %s\n", link, node, what);
}

static const struct held *latest(const char *link)
{
	const struct held *best = NULL;

	for (const struct held *held = holders; held; held = held->next)
		if (!strcmp(held->link, link) && (!best || held->number >= best->number))
			best = held;
	return best;
}

/* Makes the folders that @path is in. */
static bool make_folders(char *path)
{
	for (char *slash = strchr(path + strlen("/dev/"), '/'); slash; slash = strchr(slash + 1, '/')) {
		int result;

		*slash = '\0';
		result = mkdir(path, 0755);
		*slash = '/';
		if (result && errno != EEXIST)
			return false;
	}
	return true;
}

static void point(const char *link, const char *node)
{
	char path[PATH_SIZE], fresh[PATH_SIZE + 8], target[PATH_SIZE] = "../", now[PATH_SIZE];
	struct stat present;
	ssize_t length;

	snprintf(path, sizeof(path), FOLDER "%s", link);
	if (!make_folders(path))
		return say(node, path, "another port's link is in the way");
	if (!lstat(path, &present) && S_ISDIR(present.st_mode))
		return say(node, path, "it is the folder of other ports' links");
	for (const char *slash = strchr(link, '/'); slash; slash = strchr(slash + 1, '/'))
		strncat(target, "../", sizeof(target) - strlen(target) - 1);
	strncat(target, node, sizeof(target) - strlen(target) - 1);
	length = readlink(path, now, sizeof(now));
	if (length == (ssize_t)strlen(target) && !memcmp(now, target, length))
		return;
	/* By way of a second name, so that the link is never absent. */
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	unlink(fresh);
	if (symlink(target, fresh) || rename(fresh, path))
		say(node, path, strerror(errno));
}

/* The link goes, and each folder that is empty without it. */
static void unpoint(const char *link)
{
	char path[PATH_SIZE];
	char *slash;

	snprintf(path, sizeof(path), FOLDER "%s", link);
	unlink(path);
	while ((slash = strrchr(path, '/')) >= path + strlen(FOLDER)) {
		*slash = '\0';
		if (rmdir(path))
			return;
	}
}

static void settle(const char *link)
{
	const struct held *holder = latest(link);

	if (holder)
		point(link, holder->node);
	else
		unpoint(link);
}

static void forget(const char *node)
{
	for (struct held **at = &holders; *at; at = &(*at)->next) {
		struct held *held = *at;

		if (strcmp(held->node, node))
			continue;
		*at = held->next;
		settle(held->link);
		free(held);
		return;
	}
}

static void remember(const char *node, const char *link, unsigned long long number)
{
	struct held *held = holders;

	while (held && strcmp(held->node, node))
		held = held->next;
	if (held && strcmp(held->link, link)) {
		forget(node);
		held = NULL;
	}
	if (!held) {
		held = calloc(1, sizeof(*held));
		if (!held)
			return say(node, link, strerror(errno));
		snprintf(held->node, sizeof(held->node), "%s", node);
		snprintf(held->link, sizeof(held->link), "%s", link);
		held->next = holders;
		holders = held;
	}
	if (number)
		held->number = number;
	settle(link);
}

/* False while the port has no name: the attribute may come after the "add". */
static bool read_name(const char *node, char name[LINK_SIZE])
{
	char path[PATH_SIZE];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), CLASS "%s/name", node);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, name, LINK_SIZE - 1);
	close(fd);
	name[length > 0 ? length : 0] = '\0';
	if (length > 0 && name[length - 1] == '\n')
		name[length - 1] = '\0';
	return name[0];
}

/**
 * port_links_event() - serve one event of subsystem virtio-ports
 * @action: add, change or remove
 * @node: of the port: vport0p1
 * @number: of the event
 */
void port_links_event(const char *action, const char *node, unsigned long long number)
{
	char name[LINK_SIZE], link[LINK_SIZE];

	if (strncmp(node, "vport", 5) || strlen(node) >= sizeof(holders->node))
		return;
	if (!strcmp(action, "remove") || !read_name(node, name))
		return forget(node);
	if (link_name(link, sizeof(link), name))
		return remember(node, link, number);
	fprintf(stderr, "portside plug: %s: its name makes no safe link\n", node);
	forget(node);
}

/**
 * port_links_scan() - serve the ports that are there, and forget those that are not
 *
 * For the start, and for when events were lost.
 */
void port_links_scan(void)
{
	DIR *class = opendir(CLASS);
	struct held *next;

	for (struct held *held = holders; held; held = next) {
		char path[PATH_SIZE];

		next = held->next;
		snprintf(path, sizeof(path), CLASS "%s", held->node);
		if (access(path, F_OK))
			forget(held->node);
	}
	if (!class)
		return;
	for (struct dirent *entry; (entry = readdir(class));)
		port_links_event("add", entry->d_name, 0);
	closedir(class);
}
