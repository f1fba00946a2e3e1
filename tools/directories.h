/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Directories being received: their mode and time are set when everything in them is
 * there, since both would be in the way before.
 */
#ifndef PORTSIDE_DIRECTORIES_H
#define PORTSIDE_DIRECTORIES_H

#include <time.h>

#include "path.h"

struct open_directory {
	char *path;
	bool made;
	uint32_t mode;
	struct timespec time;
};

/**
 * struct open_directories - those that the next entry may still be in
 * @stack: each is in the one before; zeroed at the beginning
 * @depth: how many
 */
struct open_directories {
	struct open_directory stack[PATH_DEPTH_MAX + 1];
	size_t depth;
};

int directories_enter(struct open_directories *directories, const struct entry *entry, bool made);
unsigned int directories_leave(struct open_directories *directories, struct beneath *beneath,
			       const char *path, bool flush);
void directories_free(struct open_directories *directories);

#endif
