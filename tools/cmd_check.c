// SPDX-License-Identifier: GPL-2.0
/*
 * portside check: are ports, nodes, links and lines in a guest named as QEMU was told?
 * One side is QEMU's monitor or command line, the other what the guest reports through its
 * agent or has written into a file.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "guests.h"
#include "here.h"
#include "naming.h"

#define REPORT_MAX	   (4 << 20)
#define MONITOR_TIMEOUT_MS 5000

enum { OPTION_HERE = OPTION_OWN, OPTION_MONITOR, OPTION_PROCESS, OPTION_REPORT };

static const struct option options[] = {
	COMMON_OPTIONS,
	{ "here", no_argument, NULL, OPTION_HERE },
	{ "monitor", required_argument, NULL, OPTION_MONITOR },
	{ "process", required_argument, NULL, OPTION_PROCESS },
	{ "report", required_argument, NULL, OPTION_REPORT },
	{ 0 },
};

struct check {
	struct common_options common;
	bool here;
	const char *monitor;
	const char *process;
	const char *report;
};

static char *read_report(const char *path, struct failure *failure)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	char *text = fd < 0 ? NULL : malloc(REPORT_MAX);
	ssize_t count, used = 0;

	if (!text) {
		fail_errno(failure, STATUS_LOCAL, "--report %s", path);
	} else {
		while ((count = read(fd, text + used, REPORT_MAX - 1 - used)) > 0)
			used += count;
		text[used] = '\0';
	}
	if (fd >= 0)
		close(fd);
	return text;
}

static char *ask_agent(const struct common_options *common, struct failure *failure)
{
	static char *const command[] = { "portside", "ls", "--here", "--json", NULL };
	char *text;
	int status;

	if (capture(common, command, &text, &status, failure)) {
		if (failure->status == STATUS_REMOTE)
			fail(failure, STATUS_REMOTE, "the guest cannot be asked (%.400s); run "
			     "\"portside ls --here --json\" in it and give the output with --report",
			     failure->number ? "it has no portside program" : failure->text);
		return NULL;
	}
	if (!status)
		return text;
	fail(failure, STATUS_REMOTE, "\"portside ls\" in the guest failed with status %d", status);
	free(text);
	return NULL;
}

static int ask_guest(const struct check *check, struct inventory *guest, struct failure *failure)
{
	char *text = check->report ? read_report(check->report, failure) :
				     ask_agent(&check->common, failure);
	int result;

	if (!text)
		return -1;
	result = inventory_parse(guest, text, failure);
	free(text);
	return result;
}

static int ask_monitor(const char *path, struct machine *machine, struct failure *failure)
{
	struct qmp qmp;
	int result;

	if (qmp_open(&qmp, path, MONITOR_TIMEOUT_MS, failure))
		return -1;
	result = machine_ask(machine, &qmp, failure);
	qmp_close(&qmp);
	return result;
}

static int ask_qemu(const struct check *check, struct machine *machine, char *how, size_t size,
		    struct failure *failure)
{
	struct target target = { .lock = -1 };
	struct guest guest;

	how[0] = '\0';
	if (check->monitor)
		return ask_monitor(check->monitor, machine, failure);
	if (check->process)
		return machine_read_process(machine, atoi(check->process), failure);
	if (target_find(&target, &check->common, failure))
		return -1;
	if (!target.directory[0])
		return fail(failure, STATUS_USAGE, "--control does not say how to ask QEMU: give "
			    "--monitor SOCKET or --process ID too");
	guest_of(&guest, target.directory, target.name);
	return guest_describe(&guest, machine, how, size, failure);
}

static int check_naming(const struct check *check, struct report_style *style,
			struct failure *failure)
{
	struct findings findings = { .tell = here_tell, .owner = style };
	struct inventory guest = { 0 };
	struct machine machine = { 0 };
	char how[1024];
	int result = ask_qemu(check, &machine, how, sizeof(how), failure);

	if (!result)
		result = ask_guest(check, &guest, failure);
	if (!result) {
		if (how[0] && !style->json && !style->quiet)
			printf("QEMU's side is %s\n", how);
		naming_check(&machine, &guest, &findings);
	}
	inventory_free(&guest);
	machine_free(&machine);
	return result;
}

static int read_options(const struct subcommand *self, struct check *check, int argc, char **argv)
{
	int option, status = STATUS_OK;

	options_default(&check->common);
	while ((option = getopt_long(argc, argv, COMMON_LETTERS, options, NULL)) != -1) {
		if (option == OPTION_HERE)
			check->here = true;
		else if (option == OPTION_MONITOR)
			check->monitor = optarg;
		else if (option == OPTION_PROCESS)
			check->process = optarg;
		else if (option == OPTION_REPORT)
			check->report = optarg;
		else
			status = options_take(self, &check->common, option);
		if (status)
			return status;
	}
	return optind < argc ? program_usage(self, "an argument too many") : STATUS_OK;
}

static int run_check(const struct subcommand *self, int argc, char **argv)
{
	struct check check = { 0 };
	struct report_style style = { 0 };
	struct failure failure;
	int status = read_options(self, &check, argc, argv);

	if (status)
		return status;
	style.json = check.common.json;
	style.quiet = check.common.quiet;
	if (check.here)
		return here_check(&style);
	if (check_naming(&check, &style, &failure)) {
		complain(&failure);
		return failure.status;
	}
	return report_end(&style, "check");
}

const struct subcommand command_check = {
	.name = "check",
	.arguments = "[OPTION]...",
	.summary = "Check names in the guest against what QEMU was told",
	.help =
		"      --here         only whether this machine's own naming is consistent\n"
		"      --monitor SOCK ask this QMP monitor\n"
		"      --process ID   read this QEMU's command line\n"
		"      --report FILE  what \"portside ls --here --json\" printed in the guest, instead of\n"
		"                     asking its agent; - is stdin\n"
		COMMON_HELP
		"\n"
		"A line for each port and line, and for what does not fit. The exit status is 1 if\n"
		"anything does not.\n",
	.run = run_check,
};
