// SPDX-License-Identifier: GPL-2.0
/*
 * Paths that the other end names. Beneath a destination each component is opened by
 * itself without following links. An agent's --root is enforced by the kernel
 * (openat2 with RESOLVE_IN_ROOT, Linux 5.6).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "path.h"

static bool component_is_plain(const char *component, size_t length)
{
	if (length == 0 || length > 255)
		return false;
	if (component[0] != '.')
		return true;
	return !(length == 1 || (length == 2 && component[1] == '.'));
}

/**
 * path_is_relative_and_plain() - may this path be used beneath a destination?
 * @path: from the other end
 *
 * Return: true if it is relative, has no empty, "." or ".." component, and none is
 * longer than 255 bytes or deeper than PATH_DEPTH_MAX.
 */
bool path_is_relative_and_plain(const char *path)
{
	for (int depth = 0; depth <= PATH_DEPTH_MAX; depth++) {
		size_t length = strcspn(path, "/");

		if (!component_is_plain(path, length))
			return false;
		if (path[length] == '\0')
			return true;
		path += length + 1;
	}
	return false;
}

/**
 * path_base() - the last component
 * @path: a path that does not end in a slash
 *
 * Return: where the last component begins in @path.
 */
const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/**
 * beneath_init() - name the directory that is not to be left
 * @beneath: to be freed with beneath_free()
 * @root: its descriptor, kept open by the caller
 */
void beneath_init(struct beneath *beneath, int root)
{
	beneath->root = root;
	beneath->parent = -1;
	beneath->path[0] = '\0';
}

/**
 * beneath_free() - close what beneath_parent() opened
 * @beneath: initialised
 */
void beneath_free(struct beneath *beneath)
{
	if (beneath->parent >= 0 && beneath->parent != beneath->root)
		close(beneath->parent);
	beneath->parent = -1;
}

static int walk(int root, const char *path, size_t length)
{
	int directory = root;
	char component[256];

	while (length) {
		size_t size = strcspn(path, "/");
		int next;

		memcpy(component, path, size);
		component[size] = '\0';
		next = openat(directory, component,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (directory != root) {
			int number = errno;

			close(directory);
			errno = number;
		}
		if (next < 0)
			return -1;
		directory = next;
		length -= size;
		path += size;
		if (length) {
			length--;
			path++;
		}
	}
	return directory;
}

/**
 * beneath_parent() - open the directory that holds a path
 * @beneath: keeps the last one open: entries of one directory come together
 * @path: accepted by path_is_relative_and_plain()
 *
 * Return: the descriptor, owned by @beneath until the next call, or -1 with errno
 * (ELOOP or ENOTDIR where a link stands in the way).
 */
int beneath_parent(struct beneath *beneath, const char *path)
{
	const char *base = path_base(path);
	size_t length = base == path ? 0 : base - path - 1;

	if (beneath->parent >= 0 && strlen(beneath->path) == length &&
	    !memcmp(beneath->path, path, length))
		return beneath->parent;
	beneath_free(beneath);
	beneath->parent = walk(beneath->root, path, length);
	memcpy(beneath->path, path, length);
	beneath->path[length] = '\0';
	return beneath->parent;
}

/**
 * jail_open() - open what an agent was asked for
 * @jail: where paths begin
 * @path: absolute, or relative to the root
 * @flags: of open(); O_CLOEXEC is added. Not O_CREAT.
 *
 * Return: the descriptor, or -1 with errno; ENOSYS if the kernel is too old for --root.
 */
int jail_open(const struct jail *jail, const char *path, int flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT,
	};

	if (jail->root < 0)
		return open(path, flags | O_CLOEXEC);
	return syscall(SYS_openat2, jail->root, path, &how, sizeof(how));
}

/**
 * jail_open_source() - open something to send
 * @jail: where paths begin
 * @path: of a file or directory; a link there is followed
 *
 * Devices and pipes are not opened: that alone can have effects.
 *
 * Return: the descriptor, or -1 with errno; ENOTSUP if it is neither file nor directory.
 */
int jail_open_source(const struct jail *jail, const char *path)
{
	int probe = jail_open(jail, path, O_PATH);
	struct stat stat;
	int looked;

	if (probe < 0)
		return -1;
	looked = fstat(probe, &stat);
	close(probe);
	if (looked)
		return -1;
	if (!S_ISREG(stat.st_mode) && !S_ISDIR(stat.st_mode)) {
		errno = ENOTSUP;
		return -1;
	}
	return jail_open(jail, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

static int make_directory(const struct jail *jail, const char *path)
{
	char parent[PATH_SIZE];
	const char *base = path_base(path);
	int directory, made, number;

	memcpy(parent, path, base - path);
	strcpy(parent + (base - path), ".");
	directory = jail_open(jail, parent, O_RDONLY | O_DIRECTORY);
	if (directory < 0)
		return -1;
	made = mkdirat(directory, base, 0777);
	number = errno;
	close(directory);
	errno = number;
	return made && number != EEXIST ? -1 : 0;
}

/**
 * jail_make_directories() - make a directory and those above it
 * @jail: where paths begin
 * @path: of the directory, shorter than PATH_SIZE - 1
 *
 * Return: 0 if it is there now, or -1 with errno.
 */
int jail_make_directories(const struct jail *jail, const char *path)
{
	char prefix[PATH_SIZE];

	for (size_t i = 1; path[i - 1]; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(prefix, path, i);
		prefix[i] = '\0';
		if (prefix[i - 1] != '/' && make_directory(jail, prefix))
			return -1;
	}
	return 0;
}
