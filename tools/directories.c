// SPDX-License-Identifier: GPL-2.0
/* Directories being received. One that existed before keeps its mode and time. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "directories.h"

static bool is_beneath(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return !strncmp(path, directory, length) && path[length] == '/';
}

/**
 * directories_enter() - a directory was received, what is in it follows
 * @directories: those it is in
 * @entry: its path, mode and time
 * @made: it did not exist before
 *
 * Return: 0, or -1 without memory.
 */
int directories_enter(struct open_directories *directories, const struct entry *entry, bool made)
{
	struct open_directory *directory = &directories->stack[directories->depth];

	directory->path = strdup(entry->path);
	if (!directory->path)
		return -1;
	directory->made = made;
	directory->mode = entry->mode;
	directory->time.tv_sec = entry->seconds;
	directory->time.tv_nsec = entry->nanoseconds;
	directories->depth++;
	return 0;
}

static bool finish(const struct open_directory *directory, struct beneath *beneath, bool flush)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, directory->time };
	int parent = beneath_parent(beneath, directory->path);
	int fd = parent < 0 ? -1 :
		 openat(parent, path_base(directory->path),
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool done;

	if (fd < 0)
		return false;
	if (flush)
		fsync(fd);
	done = !directory->made || (!fchmod(fd, directory->mode) && !futimens(fd, times));
	close(fd);
	return done;
}

/**
 * directories_leave() - finish the directories that the next entry is not in
 * @directories: the open ones
 * @beneath: the destination
 * @path: of the next entry, or "" to finish all
 * @flush: wait until they are on disk
 *
 * Context: may wait for the disk.
 * Return: how many could not be given their mode and time.
 */
unsigned int directories_leave(struct open_directories *directories, struct beneath *beneath,
			       const char *path, bool flush)
{
	unsigned int failed = 0;

	while (directories->depth) {
		struct open_directory *last = &directories->stack[directories->depth - 1];

		if (is_beneath(path, last->path))
			break;
		directories->depth--;
		failed += !finish(last, beneath, flush);
		free(last->path);
	}
	return failed;
}

/**
 * directories_free() - forget them, unfinished
 * @directories: the open ones
 */
void directories_free(struct open_directories *directories)
{
	while (directories->depth)
		free(directories->stack[--directories->depth].path);
}
