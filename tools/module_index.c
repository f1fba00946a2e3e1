// SPDX-License-Identifier: GPL-2.0
/*
 * What depmod and modprobe.d say of this kernel's modules, read once: modules.dep,
 * modules.alias, modules.softdep; "options" and "blacklist" lines; parameters on the
 * kernel's command line. Loading is in module_load.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module_index.h"

#define BLANKS " \t"

/* A whole file as a string, or NULL with errno. */
static char *slurp(const char *folder, const char *name)
{
	char path[512];
	size_t used = 0, room = 0;
	char *text = NULL;
	ssize_t got = 1;
	int fd;

	snprintf(path, sizeof(path), "%s%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	while (got > 0) {
		if (room - used < 4096) {
			struct stat about;
			char *larger;

			room = used + 8192 + (fstat(fd, &about) ? 0 : about.st_size);
			larger = realloc(text, room);
			if (!larger) {
				free(text);
				text = NULL;
				break;
			}
			text = larger;
		}
		got = read(fd, text + used, room - used - 1);
		used += got > 0 ? got : 0;
	}
	close(fd);
	if (text)
		text[used] = '\0';
	return text;
}

static bool same_name(const char *name, const char *other, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((other[i] == '-' ? '_' : other[i]) != name[i])
			return false;
	return !name[length];
}

/**
 * module_named() - find a module by its name
 * @index: of module_index_read()
 * @name: with "-" or "_", not NUL-terminated
 * @length: of @name
 *
 * Return: the module, or NULL.
 */
struct module *module_named(const struct module_index *index, const char *name, size_t length)
{
	for (size_t i = 0; i < index->module_count; i++)
		if (length < sizeof(index->modules[i].name) &&
		    same_name(index->modules[i].name, name, length))
			return &index->modules[i];
	return NULL;
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; text && *text; text++)
		lines += *text == '\n';
	return lines + 1;
}

/* "kernel/drivers/usb/core/usbcore.ko: kernel/drivers/usb/common/usb-common.ko" */
static void take_module(struct module_index *index, char *line)
{
	struct module *module = &index->modules[index->module_count];
	char *colon = strchr(line, ':'), *base;
	size_t length;

	if (!colon)
		return;
	*colon = '\0';
	base = strrchr(line, '/') ? strrchr(line, '/') + 1 : line;
	length = strstr(base, ".ko") ? (size_t)(strstr(base, ".ko") - base) : strlen(base);
	if (length >= sizeof(module->name))
		return;
	for (size_t i = 0; i < length; i++)
		module->name[i] = base[i] == '-' ? '_' : base[i];
	module->line = line;
	index->module_count++;
}

static void take_alias(struct module_index *index, char *line)
{
	struct module_alias *alias = &index->aliases[index->alias_count];
	char *rest = NULL, *word = strtok_r(line, BLANKS, &rest);

	if (!word || strcmp(word, "alias"))
		return;
	alias->pattern = strtok_r(NULL, BLANKS, &rest);
	alias->module = strtok_r(NULL, BLANKS, &rest);
	if (!alias->module)
		return;
	alias->plain = strcspn(alias->pattern, "*?[\\");
	index->alias_count++;
}

static void append(char **list, const char *word)
{
	size_t used = *list ? strlen(*list) : 0;
	char *larger = realloc(*list, used + strlen(word) + 2);

	if (!larger)
		return;
	*list = larger;
	sprintf(larger + used, "%s%s", used ? " " : "", word);
}

/* "softdep NAME pre: A B post: C"; a module may have several such lines. */
static void take_softdep(struct module_index *index, char *line)
{
	char *rest = NULL, *word = strtok_r(line, BLANKS, &rest);
	char *name = word && !strcmp(word, "softdep") ? strtok_r(NULL, BLANKS, &rest) : NULL;
	struct module *module = name ? module_named(index, name, strlen(name)) : NULL;
	char **list = NULL;

	while (module && (word = strtok_r(NULL, BLANKS, &rest))) {
		if (!strcmp(word, "pre:"))
			list = &module->before;
		else if (!strcmp(word, "post:"))
			list = &module->after;
		else if (list)
			append(list, word);
	}
}

static bool add_parameters(struct module_index *index, char *text)
{
	size_t count = 0;
	char **larger;

	while (index->parameters && index->parameters[count])
		count++;
	larger = realloc(index->parameters, (count + 2) * sizeof(*larger));
	if (!larger)
		return false;
	index->parameters = larger;
	larger[count] = text;
	larger[count + 1] = NULL;
	return true;
}

/* A line of modprobe.d; of its other words ("install", "alias") there is no use here. */
static void take_setting(struct module_index *index, char *line)
{
	char *word = line + strspn(line, BLANKS);
	size_t length = strcspn(word, BLANKS);
	char *name = word + length + strspn(word + length, BLANKS);
	struct module *module;

	if (length == 7 && !strncmp(word, "options", 7)) {
		add_parameters(index, word);
	} else if (length == 9 && !strncmp(word, "blacklist", 9)) {
		module = module_named(index, name, strcspn(name, BLANKS));
		if (module)
			module->blocked = true;
	}
}

static void each_line(struct module_index *index, char *text,
		      void (*take)(struct module_index *index, char *line))
{
	char *rest = NULL;

	for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		take(index, line);
}

static void read_settings(struct module_index *index, const char *config)
{
	DIR *folder = opendir(config);

	if (!folder)
		return;
	for (struct dirent *entry; (entry = readdir(folder));) {
		size_t length = strlen(entry->d_name);

		if (length > 5 && !strcmp(entry->d_name + length - 5, ".conf"))
			each_line(index, slurp(config, entry->d_name), take_setting);
	}
	closedir(folder);
}

/* Words end at blanks outside of quotes. */
static void read_command_line(struct module_index *index, char *text)
{
	while (text && *text) {
		char *word = text += strspn(text, " \t\n");
		bool quoted = false;

		while (*text && (quoted || !strchr(" \t\n", *text)))
			quoted ^= *text++ == '"';
		if (*text)
			*text++ = '\0';
		/* "NAME.PARAMETER": a word with a dot before the "=" */
		if (strcspn(word, ".") < strcspn(word, "="))
			add_parameters(index, word);
	}
}

/**
 * module_index_read() - read what there is
 * @index: receives it; it stays for the life of the program
 * @folder: lib/modules/RELEASE, with a slash at the end
 * @config: modprobe.d, with a slash at the end; it may be absent
 * @command_line: file with the kernel's command line
 *
 * Return: 0, or -1 with errno if there is no modules.dep.
 */
int module_index_read(struct module_index *index, const char *folder, const char *config,
		      const char *command_line)
{
	char *modules, *aliases;

	*index = (struct module_index){ 0 };
	snprintf(index->folder, sizeof(index->folder), "%s", folder);
	modules = slurp(folder, "modules.dep");
	if (!modules)
		return -1;
	aliases = slurp(folder, "modules.alias");
	index->modules = calloc(count_lines(modules), sizeof(*index->modules));
	index->aliases = calloc(count_lines(aliases), sizeof(*index->aliases));
	if (!index->modules || !index->aliases)
		return -1;
	each_line(index, modules, take_module);
	each_line(index, aliases, take_alias);
	each_line(index, slurp(folder, "modules.softdep"), take_softdep);
	read_settings(index, config);
	read_command_line(index, slurp(command_line, ""));
	return 0;
}

/**
 * module_alias_next() - which module serves an alias
 * @index: of module_index_read()
 * @alias: what a device or a softdep says: "virtio:d00000003v00001AF4"
 * @after: the one before, or NULL for the first
 *
 * Return: the line of modules.alias that matches, or NULL if there is none any more.
 */
const struct module_alias *module_alias_next(const struct module_index *index, const char *alias,
					     const struct module_alias *after)
{
	const struct module_alias *end = index->aliases + index->alias_count;

	for (after = after ? after + 1 : index->aliases; after < end; after++)
		if (!strncmp(after->pattern, alias, after->plain) &&
		    !fnmatch(after->pattern, alias, 0))
			return after;
	return NULL;
}

/**
 * module_parameters() - what a module is to be told when it is loaded
 * @index: of module_index_read()
 * @module: its name, with "_"
 * @out: receives "PARAMETER=VALUE ...", of modprobe.d and then of the command line
 * @size: of @out
 */
void module_parameters(const struct module_index *index, const char *module, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (char **word = index->parameters; word && *word; word++) {
		const char *name = *word, *value;
		bool setting = !strncmp(name, "options", 7) && strchr(BLANKS, name[7]);

		if (setting)
			name += 7 + strspn(name + 7, BLANKS);
		value = name + strcspn(name, setting ? BLANKS : ".");
		if (!same_name(module, name, value - name) || !*value)
			continue;
		used += snprintf(out + used, size - used, "%s%s", used ? " " : "", value + 1);
		if (used >= size)
			used = size - 1;
	}
}
