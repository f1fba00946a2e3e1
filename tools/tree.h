/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Walking a tree of files to send it: each thing once, a directory before what
 * it holds. Links inside the tree are not followed.
 */
#ifndef PORTSIDE_TREE_H
#define PORTSIDE_TREE_H

#include <dirent.h>
#include <sys/stat.h>

#include "path.h"

/**
 * struct tree_item - one thing found
 * @path: relative, begins with the name given to tree_begin()
 * @directory: descriptor of the directory that holds it, or -1 for the top itself
 * @name: in @directory
 * @stat: of the thing, a link's own
 * @number: errno if it could not be looked at; then @stat is not valid
 */
struct tree_item {
	const char *path;
	int directory;
	const char *name;
	struct stat stat;
	int number;
};

/**
 * struct tree - a walk under way
 * @path: of the last item
 * @length: of the directory part of @path that is being read
 * @depth: open directories
 * @levels: the open directories and how long their paths are
 * @descend: the last item is a directory to be entered next
 * @top: descriptor of the top until it is entered or the walk ends, or -1
 * @started: the top has been returned
 */
struct tree {
	char path[PATH_SIZE];
	int depth;
	struct {
		DIR *directory;
		size_t length;
	} levels[PATH_DEPTH_MAX];
	bool descend;
	bool started;
	int top;
};

void tree_begin(struct tree *tree, int top, const char *name);
bool tree_next(struct tree *tree, struct tree_item *item);
void tree_end(struct tree *tree);

#endif
