// SPDX-License-Identifier: GPL-2.0
/*
 * The guests that run on this host, and what QEMU was told for each: by its monitor, or
 * by its command line while another program has the monitor.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guests.h"

#define MONITOR_TIMEOUT_MS 2000

static int read_process(const char *directory)
{
	char path[PATH_SIZE + 8];
	int process = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/pid", directory);
	file = fopen(path, "re");
	if (file && fscanf(file, "%d", &process) != 1)
		process = 0;
	if (file)
		fclose(file);
	return process;
}

/**
 * guest_of() - the guest of a folder
 * @guest: receives it
 * @directory: the folder
 * @name: the guest's name
 *
 * Return: false if the folder is none of a guest.
 */
bool guest_of(struct guest *guest, const char *directory, const char *name)
{
	struct stat stat_of_folder;

	*guest = (struct guest){ .process = read_process(directory) };
	snprintf(guest->name, sizeof(guest->name), "%s", name);
	snprintf(guest->directory, sizeof(guest->directory), "%s", directory);
	guest->running = guest->process > 0 && (!kill(guest->process, 0) || errno == EPERM);
	return !stat(directory, &stat_of_folder) && S_ISDIR(stat_of_folder.st_mode);
}

static int by_name(const void *left, const void *right)
{
	return strverscmp(((const struct guest *)left)->name, ((const struct guest *)right)->name);
}

/**
 * guests_list() - all folders of the run directory
 * @guests: receives them, by name, for free()
 * @count: receives how many
 * @run: the run directory
 *
 * Return: 0, or -1 without memory. A directory that is not there has none.
 */
int guests_list(struct guest **guests, size_t *count, const char *run)
{
	DIR *directory = opendir(run);
	char path[PATH_SIZE + NAME_SIZE];
	struct dirent *entry;

	*guests = NULL;
	*count = 0;
	while (directory && (entry = readdir(directory))) {
		struct guest guest, *larger;

		snprintf(path, sizeof(path), "%s/%s", run, entry->d_name);
		if (entry->d_name[0] == '.' || strlen(path) >= PATH_SIZE ||
		    !guest_of(&guest, path, entry->d_name))
			continue;
		larger = realloc(*guests, (*count + 1) * sizeof(guest));
		if (!larger) {
			closedir(directory);
			return -1;
		}
		*guests = larger;
		larger[(*count)++] = guest;
	}
	if (directory)
		closedir(directory);
	if (*guests)
		qsort(*guests, *count, sizeof(**guests), by_name);
	return 0;
}

/**
 * guest_describe() - what QEMU was told
 * @guest: running
 * @machine: receives it
 * @how: receives where that is from, a line; "" if from the monitor
 * @size: of @how
 * @failure: on error, why
 *
 * Return: 0 or -1.
 */
int guest_describe(const struct guest *guest, struct machine *machine, char *how, size_t size,
		   struct failure *failure)
{
	char path[PATH_SIZE + 16];
	struct qmp qmp;
	int result;

	how[0] = '\0';
	snprintf(path, sizeof(path), "%s/qmp.sock", guest->directory);
	if (!qmp_open(&qmp, path, MONITOR_TIMEOUT_MS, failure)) {
		result = machine_ask(machine, &qmp, failure);
		qmp_close(&qmp);
		return result;
	}
	if (!guest->process)
		return -1;
	snprintf(how, size, "from QEMU's command line (%.600s)", failure->text);
	return machine_read_process(machine, guest->process, failure);
}
