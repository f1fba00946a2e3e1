// SPDX-License-Identifier: GPL-2.0
/*
 * Loads modules with what they need: dependencies, softdeps before it, the module,
 * softdeps after it. Two processes may load one module: the kernel lets the second wait
 * until the first is done.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "module_load.h"

static int load_one(struct module_index *index, struct module *module, module_insert insert);

/**
 * module_is_live() - is it in the kernel already?
 * @name: of the module, with "_"
 *
 * Return: true if it was loaded and its init has returned; false for built-in ones.
 */
bool module_is_live(const char *name)
{
	char path[128], state[8] = "";
	ssize_t length = 0;
	int fd;

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, state, sizeof(state));
		close(fd);
	}
	return length >= 4 && !memcmp(state, "live", 4);
}

/**
 * module_insert_here() - put one module into the running kernel
 * @index: where it is from
 * @module: it
 *
 * Return: 0, also if it is there already; else -1, with a line on standard error.
 */
int module_insert_here(const struct module_index *index, struct module *module)
{
	char path[512], parameters[2048];
	int fd, result = -1;

	if (module_is_live(module->name))
		return 0;
	snprintf(path, sizeof(path), "%s%s", module->line[0] == '/' ? "" : index->folder,
		 module->line);
	module_parameters(index, module->name, parameters, sizeof(parameters));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		result = syscall(SYS_finit_module, fd, parameters, 0);
		close(fd);
	}
	if (!result || errno == EEXIST)
		return 0;
	fprintf(stderr, "portside plug: cannot load %s: %s%s\n", module->name, strerror(errno),
		errno == ENODEV ? " (a built-in driver of the same name may be in the way)" : "");
	return -1;
}

static void load_wished(struct module_index *index, const char *names, module_insert insert)
{
	char alias[128];

	while (names && *(names += strspn(names, " \t"))) {
		size_t length = strcspn(names, " \t");
		const struct module_alias *match = NULL;
		struct module *module = module_named(index, names, length);

		snprintf(alias, sizeof(alias), "%.*s", (int)length, names);
		if (module)
			load_one(index, module, insert);
		while (!module && (match = module_alias_next(index, alias, match))) {
			struct module *served = module_named(index, match->module,
							     strlen(match->module));

			if (served)
				load_one(index, served, insert);
		}
		names += length;
	}
}

/* modules.dep says all that is needed, the deepest last. */
static int load_needed(struct module_index *index, const char *files, module_insert insert)
{
	const char *end = files + strlen(files);
	int result = 0;

	while (end > files) {
		const char *start, *base;
		struct module *module;

		while (end > files && strchr(" \t", end[-1]))
			end--;
		for (start = end; start > files && !strchr(" \t", start[-1]);)
			start--;
		if (start == end)
			break;
		for (base = end; base > start && base[-1] != '/';)
			base--;
		module = module_named(index, base, strstr(base, ".ko") - base);
		if (module && load_one(index, module, insert))
			result = -1;
		end = start;
	}
	return result;
}

static int load_one(struct module_index *index, struct module *module, module_insert insert)
{
	int result;

	if (module->visited)
		return 0;
	module->visited = true;
	/* In modprobe's order. */
	result = load_needed(index, module->line + strlen(module->line) + 1, insert);
	load_wished(index, module->before, insert);
	if (!result)
		result = insert(index, module);
	load_wished(index, module->after, insert);
	return result;
}

/**
 * module_load() - load a module with what it needs
 * @index: of module_index_read()
 * @module: which one
 * @insert: called for each in order; module_insert_here() loads them
 *
 * Context: May sleep as long as the drivers' probes take.
 * Return: 0, or -1 if the module or one that it depends on was not loaded; softdeps are
 * wishes.
 */
int module_load(struct module_index *index, struct module *module, module_insert insert)
{
	for (size_t i = 0; i < index->module_count; i++)
		index->modules[i].visited = false;
	return load_one(index, module, insert);
}
