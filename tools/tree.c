// SPDX-License-Identifier: GPL-2.0
/*
 * Walking a tree of files: an explicit stack of open directories, so that renames
 * above do not matter and no path is resolved twice.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tree.h"

/**
 * tree_begin() - start at one file, directory or other thing
 * @tree: to be ended with tree_end()
 * @top: its descriptor, opened for reading; owned by the tree from here on
 * @name: what paths begin with, shorter than PATH_SIZE
 */
void tree_begin(struct tree *tree, int top, const char *name)
{
	strcpy(tree->path, name);
	tree->depth = 0;
	tree->descend = false;
	tree->started = false;
	tree->top = top;
}

/**
 * tree_end() - close what is open
 * @tree: begun, walked to the end or not
 */
void tree_end(struct tree *tree)
{
	while (tree->depth)
		closedir(tree->levels[--tree->depth].directory);
	if (tree->top >= 0)
		close(tree->top);
	tree->top = -1;
}

static int current_directory(const struct tree *tree)
{
	return tree->depth ? dirfd(tree->levels[tree->depth - 1].directory) : -1;
}

/* Enters the directory that was returned last; returns errno. */
static int enter(struct tree *tree)
{
	int fd;

	if (tree->depth == PATH_DEPTH_MAX)
		return ELOOP;
	if (tree->depth == 0) {
		fd = tree->top;
		tree->top = -1;
	} else {
		fd = openat(current_directory(tree), path_base(tree->path),
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return errno;
	tree->levels[tree->depth].directory = fdopendir(fd);
	if (!tree->levels[tree->depth].directory) {
		int number = errno;

		close(fd);
		return number;
	}
	tree->levels[tree->depth].length = strlen(tree->path);
	tree->depth++;
	return 0;
}

static bool item_failed(struct tree *tree, struct tree_item *item, int number)
{
	item->path = tree->path;
	item->directory = -1;
	item->name = path_base(tree->path);
	item->number = number;
	return true;
}

static bool first_item(struct tree *tree, struct tree_item *item)
{
	tree->started = true;
	if (fstat(tree->top, &item->stat))
		return item_failed(tree, item, errno);
	item->path = tree->path;
	item->directory = -1;
	item->name = tree->path;
	item->number = 0;
	tree->descend = S_ISDIR(item->stat.st_mode);
	return true;
}

/* Appends the name to the path of the directory being read. */
static bool append(struct tree *tree, const char *name)
{
	size_t length = tree->levels[tree->depth - 1].length;

	if (length + 1 + strlen(name) >= PATH_SIZE) {
		tree->path[length] = '\0';
		return false;
	}
	tree->path[length] = '/';
	strcpy(tree->path + length + 1, name);
	return true;
}

static bool describe_item(struct tree *tree, const char *name, struct tree_item *item)
{
	if (!append(tree, name))
		return item_failed(tree, item, ENAMETOOLONG);
	if (fstatat(current_directory(tree), name, &item->stat, AT_SYMLINK_NOFOLLOW))
		return item_failed(tree, item, errno);
	item->path = tree->path;
	item->directory = current_directory(tree);
	item->name = path_base(tree->path);
	item->number = 0;
	tree->descend = S_ISDIR(item->stat.st_mode);
	return true;
}

/**
 * tree_next() - the next thing
 * @tree: begun
 * @item: receives it; valid until the next call
 *
 * Context: reads directories, may sleep.
 * Return: false at the end.
 */
bool tree_next(struct tree *tree, struct tree_item *item)
{
	if (!tree->started)
		return first_item(tree, item);
	if (tree->descend) {
		int number;

		tree->descend = false;
		number = enter(tree);
		if (number)
			return item_failed(tree, item, number);
	}
	while (tree->depth) {
		const struct dirent *found;

		errno = 0;
		found = readdir(tree->levels[tree->depth - 1].directory);
		if (found && (!strcmp(found->d_name, ".") || !strcmp(found->d_name, "..")))
			continue;
		if (found)
			return describe_item(tree, found->d_name, item);
		closedir(tree->levels[--tree->depth].directory);
	}
	return false;
}
