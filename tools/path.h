/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paths that the other end names: which are acceptable, and how to open
 * what they mean without leaving a directory or following a link that
 * the other end may have made.
 */
#ifndef PORTSIDE_PATH_H
#define PORTSIDE_PATH_H

#include <stdbool.h>

#include "message.h"

#define PATH_DEPTH_MAX 255

/**
 * struct beneath - a directory that is never left
 * @root: descriptor of the directory, owned by the caller
 * @parent: descriptor of the directory at @path, or -1
 * @path: of @parent, relative to @root
 */
struct beneath {
	int root;
	int parent;
	char path[PATH_SIZE];
};

/**
 * struct jail - where an agent's paths begin
 * @root: descriptor of the --root directory, or -1 for the whole system
 */
struct jail {
	int root;
};

bool path_is_relative_and_plain(const char *path);
const char *path_base(const char *path);

void beneath_init(struct beneath *beneath, int root);
void beneath_free(struct beneath *beneath);
int beneath_parent(struct beneath *beneath, const char *path);

int jail_open(const struct jail *jail, const char *path, int flags);
int jail_open_source(const struct jail *jail, const char *path);
int jail_make_directories(const struct jail *jail, const char *path);

#endif
