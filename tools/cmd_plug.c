// SPDX-License-Identifier: GPL-2.0
/* portside plug: the devices of a guest of ours. Only in images. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "module_load.h"
#include "plug.h"
#include "program.h"
#include "uevent.h"

#define NOTICES "/run/portside/events"

enum { OPTION_MODULES = 256, OPTION_SHOW, OPTION_CONFIG, OPTION_COMMAND_LINE };

static const struct option options[] = {
	{ "follow", no_argument, NULL, 'f' },
	{ "show", required_argument, NULL, OPTION_SHOW },
	{ "modules", required_argument, NULL, OPTION_MODULES },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "command-line", required_argument, NULL, OPTION_COMMAND_LINE },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* ---- plug ---- */

static int print_one(const struct module_index *index, struct module *module)
{
	char parameters[2048];

	module_parameters(index, module->name, parameters, sizeof(parameters));
	printf("%s%s%s\n", module->line, parameters[0] ? " " : "", parameters);
	return 0;
}

static int show(struct module_index *index, const char *alias)
{
	struct module *module = module_named(index, alias, strlen(alias));
	const struct module_alias *match = NULL;
	bool any = module;

	if (module)
		module_load(index, module, print_one);
	while (!module && (match = module_alias_next(index, alias, match))) {
		struct module *served = module_named(index, match->module, strlen(match->module));

		if (!served || served->blocked)
			continue;
		any = true;
		module_load(index, served, print_one);
	}
	return any ? STATUS_OK : STATUS_FINDINGS;
}

/* Goes on in a process of its own, whose words go to the kernel's log. */
static bool detach(void)
{
	pid_t child = fork();
	int null, log;

	if (child)
		return false;
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(log >= 0 ? log : null, STDERR_FILENO);
	/* A line of the log is one write. */
	setvbuf(stderr, NULL, _IOLBF, 0);
	return true;
}

static int plug(struct module_index *index, bool follow)
{
	struct failure failure;
	int events = -1;

	/* Before looking at what there is: nothing that comes meanwhile is missed. */
	if (follow && (events = uevent_open()) < 0) {
		fail_errno(&failure, STATUS_LOCAL, "listening to the kernel's events");
		complain(&failure);
		return STATUS_LOCAL;
	}
	if (follow && detach()) {
		plug_follow(index, events, NOTICES);
		exit(STATUS_LOCAL);
	}
	plug_present(index);
	return STATUS_OK;
}

static int run_plug(const struct subcommand *self, int argc, char **argv)
{
	const char *config = "/etc/modprobe.d/", *line = "/proc/cmdline", *alias = NULL;
	struct module_index index;
	struct failure failure;
	char folder[256];
	struct utsname system;
	bool follow = false;
	int option;

	uname(&system);
	snprintf(folder, sizeof(folder), "/lib/modules/%s/", system.release);
	while ((option = getopt_long(argc, argv, "fh", options, NULL)) != -1) {
		if (option == 'f')
			follow = true;
		else if (option == OPTION_SHOW)
			alias = optarg;
		else if (option == OPTION_MODULES)
			snprintf(folder, sizeof(folder), "%s/", optarg);
		else if (option == OPTION_CONFIG)
			config = optarg;
		else if (option == OPTION_COMMAND_LINE)
			line = optarg;
		else
			return option == 'h' ? program_help(self) : program_usage(self, NULL);
	}
	if (optind < argc)
		return program_usage(self, "an argument too many");
	if (module_index_read(&index, folder, config, line)) {
		fail_errno(&failure, STATUS_LOCAL, "%smodules.dep", folder);
		complain(&failure);
		if (!follow)
			return STATUS_LOCAL;
	}
	return alias ? show(&index, alias) : plug(&index, follow);
}

const struct subcommand command_plug = {
	.name = "plug",
	.arguments = "[OPTION]...",
	.summary = "Load the modules of the devices that are there",
	.help =
		"  -f, --follow       stay, and serve what is plugged later: modules, the links of\n"
		"                     /dev/virtio-ports, modes of serial lines\n"
		"      --show ALIAS   only print what would be loaded for it, in order\n"
		"      --modules DIR  instead of /lib/modules/RELEASE\n"
		"      --config DIR/  instead of /etc/modprobe.d/: \"options\" and \"blacklist\" lines\n"
		"      --command-line FILE   instead of /proc/cmdline: NAME.PARAMETER=VALUE\n",
	.run = run_plug,
};
