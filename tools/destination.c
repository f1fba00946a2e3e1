// SPDX-License-Identifier: GPL-2.0
/*
 * Where received files go. An existing directory receives entries under their own
 * names; anything else is the new name of the one thing that comes, as with cp.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "destination.h"

static int open_directory(const struct jail *jail, const char *path, bool make,
			  struct failure *failure)
{
	int directory = jail_open(jail, path, O_RDONLY | O_DIRECTORY);

	if (directory < 0 && errno == ENOENT && make && !jail_make_directories(jail, path))
		directory = jail_open(jail, path, O_RDONLY | O_DIRECTORY);
	if (directory < 0)
		return fail_errno(failure, STATUS_LOCAL, "%s", path);
	return directory;
}

/* The part of @path before its last component, "." if there is none. */
static void split(const char *path, char *parent, const char **base)
{
	size_t length;

	*base = path_base(path);
	length = *base - path;
	memcpy(parent, path, length);
	parent[length] = '\0';
	if (length == 0)
		strcpy(parent, ".");
}

static int as_new_name(const struct jail *jail, const char *path,
		       struct receive_options *options, struct failure *failure)
{
	char parent[PATH_SIZE];
	const char *base;

	split(path, parent, &base);
	if (!path_is_relative_and_plain(base))
		return fail(failure, STATUS_LOCAL, "%s: not a name for a file", path);
	strcpy(options->name, base);
	options->directory = open_directory(jail, parent, options->flags & TRANSFER_PARENTS,
					    failure);
	return options->directory < 0 ? -1 : 0;
}

/**
 * destination_open() - open what a transfer goes to
 * @jail: where paths begin
 * @path: directory, or new name, shorter than PATH_SIZE
 * @options: @flags say what may be done; receives @directory and @name
 * @failure: on error, why
 *
 * Return: 0 or -1.
 */
int destination_open(const struct jail *jail, const char *path, struct receive_options *options,
		     struct failure *failure)
{
	size_t length = strlen(path);
	bool must_be_directory = (options->flags & TRANSFER_INTO_DIRECTORY) ||
				 (length && path[length - 1] == '/');

	options->name[0] = '\0';
	options->directory = jail_open(jail, path, O_RDONLY | O_DIRECTORY);
	if (options->directory >= 0)
		return 0;
	if (must_be_directory) {
		options->directory = open_directory(jail, path, options->flags & TRANSFER_PARENTS,
						    failure);
		return options->directory < 0 ? -1 : 0;
	}
	if (errno != ENOENT && errno != ENOTDIR)
		return fail_errno(failure, STATUS_LOCAL, "%s", path);
	return as_new_name(jail, path, options, failure);
}
