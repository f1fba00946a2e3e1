// SPDX-License-Identifier: GPL-2.0
/* portside plug and portside mount: how a guest of ours comes up. Only in images. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
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

/* ---- mount ---- */

struct file_system {
	const char *kind;
	const char *folder;
	unsigned long flags;
	const char *options;
	bool optional;
};

/* In this order: some folders are in others. */
static const struct file_system file_systems[] = {
	{ "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false },
	{ "sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, false },
	{ "devtmpfs", "/dev", MS_NOSUID, "mode=0755", false },
	{ "tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755", false },
	{ "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=0620,ptmxmode=0666", false },
	{ "tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777", false },
	{ "debugfs", "/sys/kernel/debug", 0, NULL, true },
};

static int run_mount(const struct subcommand *self, int argc, char **argv)
{
	struct failure failure;
	int status = STATUS_OK;

	(void)argv;
	if (argc > 1)
		return program_usage(self, "an argument too many");
	for (size_t i = 0; i < sizeof(file_systems) / sizeof(*file_systems); i++) {
		const struct file_system *system = &file_systems[i];

		mkdir(system->folder, 0755);
		/* EBUSY: the kernel itself has done it (devtmpfs). */
		if (!mount(system->kind, system->folder, system->kind, system->flags,
			   system->options) || errno == EBUSY || system->optional)
			continue;
		status = STATUS_LOCAL;
		fail_errno(&failure, status, "mounting %s", system->folder);
		complain(&failure);
	}
	mkdir("/run/portside", 0755);
	if (mkfifo(NOTICES, 0600) && errno != EEXIST) {
		status = STATUS_LOCAL;
		fail_errno(&failure, status, NOTICES);
		complain(&failure);
	}
	sethostname("portside", strlen("portside"));
	return status;
}

const struct subcommand command_mount = {
	.name = "mount",
	.arguments = "",
	.summary = "Mount what every guest has: /proc, /sys, /dev, /run",
	.help = "",
	.run = run_mount,
};
