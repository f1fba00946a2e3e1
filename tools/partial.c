// SPDX-License-Identifier: GPL-2.0
/*
 * A file being received. The temporary name is made from the source's name, size and
 * time, so what was left by a transfer that was cut off is found again, and is
 * never taken for another source's. A lock keeps two receivers apart.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "partial.h"

/* Writing back to disk starts each time so much has come, not all at the end. */
#define FLUSH_STEP (32 * 1024 * 1024)

static void name_for(char *out, const char *name, const struct entry *entry)
{
	uint8_t key[3 * 8 + 256];
	uint64_t numbers[3] = {
		htole64(entry->size),
		htole64(entry->seconds),
		htole64(entry->nanoseconds),
	};
	size_t length = strlen(name);

	memcpy(key, numbers, sizeof(numbers));
	memcpy(key + sizeof(numbers), name, length);
	snprintf(out, PARTIAL_NAME_SIZE, ".portside-%016llx.part",
		 (unsigned long long)digest_of(key, sizeof(numbers) + length));
}

static int close_with(struct partial *partial, int number)
{
	close(partial->fd);
	partial->fd = -1;
	errno = number;
	return -1;
}

/* Another receiver may have renamed the file between our opening and our lock. */
static bool has_its_name(const struct partial *partial, const struct stat *stat)
{
	struct stat named;

	return !fstatat(partial->directory, partial->name, &named, AT_SYMLINK_NOFOLLOW) &&
	       named.st_dev == stat->st_dev && named.st_ino == stat->st_ino;
}

/* What is there must be a file of ours, and nobody else may be writing it. */
static int take(struct partial *partial, const struct entry *entry, bool resume)
{
	struct stat stat;

	if (flock(partial->fd, LOCK_EX | LOCK_NB))
		return close_with(partial, errno == EWOULDBLOCK ? EBUSY : errno);
	if (fstat(partial->fd, &stat))
		return close_with(partial, errno);
	if (!has_its_name(partial, &stat))
		return close_with(partial, EBUSY);
	if (!S_ISREG(stat.st_mode) || stat.st_uid != geteuid() || stat.st_nlink != 1)
		return close_with(partial, EEXIST);
	if (resume && partial->resumable && (uint64_t)stat.st_size <= entry->size)
		partial->position = stat.st_size;
	else if (ftruncate(partial->fd, 0))
		return close_with(partial, errno);
	partial->flushed = partial->position;
	return 0;
}

/**
 * partial_open() - begin to receive a file, or continue
 * @partial: receives the state; @partial->position says how much is there already
 * @directory: descriptor of the directory of the destination, kept open by the caller
 * @name: final name, one component
 * @entry: what the sender says about the source
 * @resume: what was left by an earlier transfer may be used
 *
 * Return: 0, or -1 with errno; EBUSY if another process is receiving the same file.
 */
int partial_open(struct partial *partial, int directory, const char *name,
		 const struct entry *entry, bool resume)
{
	partial->directory = directory;
	partial->position = 0;
	partial->resumable = !(entry->flags & ENTRY_UNSIZED) && entry->size >= PARTIAL_RESUMABLE;
	name_for(partial->name, name, entry);
	partial->fd = openat(directory, partial->name,
			     O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (partial->fd < 0)
		return -1;
	return take(partial, entry, resume);
}

static void start_flushing(struct partial *partial)
{
	if (partial->position - partial->flushed < FLUSH_STEP)
		return;
	sync_file_range(partial->fd, partial->flushed, partial->position - partial->flushed,
			SYNC_FILE_RANGE_WRITE);
	partial->flushed = partial->position;
}

/**
 * partial_write() - append content
 * @partial: open
 * @bytes: the content
 * @count: of @bytes
 *
 * Context: writes to a file, may sleep.
 * Return: 0, or -1 with errno.
 */
int partial_write(struct partial *partial, const uint8_t *bytes, size_t count)
{
	while (count) {
		ssize_t written = pwrite(partial->fd, bytes, count, partial->position);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return -1;
		partial->position += written;
		bytes += written;
		count -= written;
	}
	start_flushing(partial);
	return 0;
}

/**
 * partial_skip() - append a hole
 * @partial: open
 * @count: bytes in it
 *
 * Return: 0, or -1 with errno.
 */
int partial_skip(struct partial *partial, uint64_t count)
{
	if (ftruncate(partial->fd, partial->position + count))
		return -1;
	partial->position += count;
	return 0;
}

/* A rename must not put a file where something else than a file is. */
static int may_replace(int directory, const char *name)
{
	struct stat stat;

	if (fstatat(directory, name, &stat, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -1;
	if (S_ISREG(stat.st_mode) || S_ISLNK(stat.st_mode))
		return 0;
	errno = S_ISDIR(stat.st_mode) ? EISDIR : EEXIST;
	return -1;
}

/**
 * partial_commit() - give a whole file its attributes and its name
 * @partial: open, with all of the content; closed on success
 * @name: final name in the directory
 * @entry: its mode and time
 * @flush: wait until it is on disk before it gets its name
 *
 * Context: may wait for the disk.
 * Return: 0, or -1 with errno; EEXIST or EISDIR if something that is not a file has the name.
 */
int partial_commit(struct partial *partial, const char *name, const struct entry *entry,
		   bool flush)
{
	struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT },
		{ .tv_sec = entry->seconds, .tv_nsec = entry->nanoseconds },
	};

	if (ftruncate(partial->fd, partial->position) || may_replace(partial->directory, name) ||
	    fchmod(partial->fd, entry->mode) || futimens(partial->fd, times) ||
	    (flush && fsync(partial->fd)) ||
	    renameat(partial->directory, partial->name, partial->directory, name))
		return -1;
	close(partial->fd);
	partial->fd = -1;
	return 0;
}

/**
 * partial_drop() - remove the temporary file
 * @partial: open, or already closed
 */
void partial_drop(struct partial *partial)
{
	if (partial->fd < 0)
		return;
	unlinkat(partial->directory, partial->name, 0);
	close(partial->fd);
	partial->fd = -1;
}

/**
 * partial_keep() - the transfer was cut off: keep what can be resumed
 * @partial: open, or already closed
 */
void partial_keep(struct partial *partial)
{
	if (!partial->resumable || partial->position == 0) {
		partial_drop(partial);
		return;
	}
	if (partial->fd >= 0)
		close(partial->fd);
	partial->fd = -1;
}
