// SPDX-License-Identifier: GPL-2.0
/*
 * Which guest a host command talks to. A running guest has a directory of its name
 * under $PORTSIDE_RUN, $XDG_RUNTIME_DIR/portside or /tmp/portside-UID. QEMU lets a
 * second client of a chardev wait without a word, so commands keep each other away by a lock.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target.h"

/**
 * target_run_directory() - where running guests are
 * @path: receives the directory
 * @size: of @path
 * @failure: on error, why
 *
 * Return: 0, or -1 if it cannot be trusted.
 */
int target_run_directory(char *path, size_t size, struct failure *failure)
{
	const char *run = getenv("PORTSIDE_RUN"), *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat stat;

	if (run && run[0])
		snprintf(path, size, "%s", run);
	else if (runtime && runtime[0])
		snprintf(path, size, "%s/portside", runtime);
	else
		snprintf(path, size, "/tmp/portside-%u", (unsigned int)getuid());
	if (!lstat(path, &stat) && (!S_ISDIR(stat.st_mode) || stat.st_uid != geteuid()))
		return fail(failure, STATUS_CONNECTION,
			    "%s is not a directory of yours: set PORTSIDE_RUN to another", path);
	return 0;
}

static pid_t read_pid(const char *directory)
{
	char path[PATH_SIZE + 8], text[32] = "";
	ssize_t count = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/pid", directory);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		count = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	return count > 0 ? atoi(text) : 0;
}

/**
 * target_is_running() - is the guest of a directory alive?
 * @directory: of the guest
 *
 * Return: false if its process has ended or it has no control socket.
 */
bool target_is_running(const char *directory)
{
	char path[PATH_SIZE + 16];
	pid_t pid = read_pid(directory);
	struct stat stat_of_socket;

	snprintf(path, sizeof(path), "%s/control.sock", directory);
	if (stat(path, &stat_of_socket) || !S_ISSOCK(stat_of_socket.st_mode))
		return false;
	return pid <= 0 || !kill(pid, 0) || errno == EPERM;
}

static int use_directory(struct target *target, const char *run, const char *name,
			 struct failure *failure)
{
	if (name[0] == '.' || strchr(name, '/') || strlen(name) >= sizeof(target->name) ||
	    strlen(run) + strlen(name) + 16 >= sizeof(target->directory))
		return fail(failure, STATUS_USAGE, "\"%s\" cannot be the name of a guest", name);
	strcpy(target->name, name);
	snprintf(target->directory, sizeof(target->directory), "%s/%s", run, name);
	snprintf(target->control, sizeof(target->control), "unix:%.4000s/control.sock",
		 target->directory);
	snprintf(target->data, sizeof(target->data), "unix:%.4000s/data.sock",
		 target->directory);
	return 0;
}

/* Collects the names of running guests; returns how many there are. */
static int list_running(const char *run, char *name, char *names, size_t size)
{
	DIR *directory = opendir(run);
	char path[2 * PATH_SIZE];
	struct dirent *entry;
	int count = 0;

	while (directory && (entry = readdir(directory))) {
		snprintf(path, sizeof(path), "%s/%s", run, entry->d_name);
		if (entry->d_name[0] == '.' || !target_is_running(path))
			continue;
		snprintf(name, NAME_SIZE, "%s", entry->d_name);
		if (strlen(names) + strlen(name) + 3 < size)
			strcat(strcat(names, count ? ", " : ""), name);
		count++;
	}
	if (directory)
		closedir(directory);
	return count;
}

static int only_running(struct target *target, const char *run, struct failure *failure)
{
	char name[NAME_SIZE], names[512] = "";
	int count = list_running(run, name, names, sizeof(names));

	if (count == 1)
		return use_directory(target, run, name, failure);
	if (count == 0)
		return fail(failure, STATUS_CONNECTION,
			    "no guest is running (looked in %s); start one, or give --control", run);
	return fail(failure, STATUS_USAGE, "several guests are running (%s): choose one with -g",
		    names);
}

static int use_addresses(struct target *target, const struct common_options *options,
			 struct failure *failure)
{
	if (strlen(options->control) >= sizeof(target->control) ||
	    (options->data && strlen(options->data) >= sizeof(target->data)))
		return fail(failure, STATUS_USAGE, "the address of a port is too long");
	strcpy(target->control, options->control);
	strcpy(target->data, options->data ? options->data : "");
	snprintf(target->name, sizeof(target->name), "%.255s", options->control);
	return 0;
}

/**
 * target_find() - which guest is meant
 * @target: receives it, not locked
 * @options: what the user said
 * @failure: on error, why
 *
 * Return: 0 or -1.
 */
int target_find(struct target *target, const struct common_options *options,
		struct failure *failure)
{
	char run[PATH_SIZE];

	memset(target, 0, sizeof(*target));
	target->lock = -1;
	if (options->control)
		return use_addresses(target, options, failure);
	if (options->data)
		return fail(failure, STATUS_USAGE, "--data needs --control");
	if (target_run_directory(run, sizeof(run), failure))
		return -1;
	if (options->guest)
		return use_directory(target, run, options->guest, failure);
	return only_running(target, run, failure);
}

/* Only sockets in the file system have a place for a lock. */
static bool lock_path(const struct target *target, char *path, size_t size)
{
	if (target->directory[0])
		snprintf(path, size, "%s/lock", target->directory);
	else if (!strncmp(target->control, "unix:", 5))
		snprintf(path, size, "%s.lock", target->control + 5);
	else
		return false;
	return true;
}

static int busy(const struct target *target, int fd, struct failure *failure)
{
	char holder[256];
	ssize_t count = pread(fd, holder, sizeof(holder) - 1, 0);

	holder[count > 0 ? count : 0] = '\0';
	close(fd);
	return fail(failure, STATUS_BUSY,
		    "guest %s is being served by another command (%s); --wait waits for it",
		    target->name, holder[0] ? holder : "unknown");
}

/**
 * target_lock() - keep other commands away
 * @target: found
 * @failure: on error, why; STATUS_BUSY if another command has it
 *
 * Where no lock file can be made there is no lock: QEMU then lets the second command wait.
 *
 * Return: 0 or -1.
 */
int target_lock(struct target *target, struct failure *failure)
{
	char path[PATH_SIZE + 16], text[64];
	int fd, length;

	if (target->lock >= 0 || !lock_path(target, path, sizeof(path)))
		return 0;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			return busy(target, fd, failure);
		close(fd);
		return 0;
	}
	length = snprintf(text, sizeof(text), "process %d", (int)getpid());
	if (ftruncate(fd, 0) || pwrite(fd, text, length, 0) != length) {
		/* The text only helps to explain: the lock is what counts. */
	}
	target->lock = fd;
	return 0;
}

/**
 * target_unlock() - let other commands have it
 * @target: found, locked or not
 */
void target_unlock(struct target *target)
{
	if (target->lock >= 0)
		close(target->lock);
	target->lock = -1;
}
