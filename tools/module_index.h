/* SPDX-License-Identifier: GPL-2.0 */
/* What depmod and modprobe.d say of this kernel's modules, read once. */
#ifndef PORTSIDE_MODULE_INDEX_H
#define PORTSIDE_MODULE_INDEX_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct module - one module of the index
 * @name: with "_" for every "-"
 * @line: its line of modules.dep: its file, ":" made a NUL, then what it needs
 * @before: "pre" softdeps, names or aliases parted by blanks, or NULL
 * @after: "post" softdeps, the same
 * @blocked: a "blacklist" line keeps its aliases from loading it
 * @visited: for whoever walks
 */
struct module {
	char name[64];
	char *line;
	char *before;
	char *after;
	bool blocked;
	bool visited;
};

/**
 * struct module_alias - one line of modules.alias
 * @pattern: as of fnmatch()
 * @plain: how many of its first bytes are no wildcard
 * @module: which module serves it
 */
struct module_alias {
	const char *pattern;
	size_t plain;
	const char *module;
};

/**
 * struct module_index - all of them
 * @folder: lib/modules/RELEASE, with a slash at the end
 * @modules: every module that has a file
 * @module_count: how many
 * @aliases: every line of modules.alias
 * @alias_count: how many
 * @parameters: "NAME.PARAMETER=VALUE" words of the kernel's command line, and
 *	"options NAME WORDS" lines of modprobe.d, each a string; NULL-terminated
 */
struct module_index {
	char folder[256];
	struct module *modules;
	size_t module_count;
	struct module_alias *aliases;
	size_t alias_count;
	char **parameters;
};

int module_index_read(struct module_index *index, const char *folder, const char *config,
		      const char *command_line);
struct module *module_named(const struct module_index *index, const char *name, size_t length);
const struct module_alias *module_alias_next(const struct module_index *index, const char *alias,
					     const struct module_alias *after);
void module_parameters(const struct module_index *index, const char *module, char *out,
		       size_t size);

#endif
