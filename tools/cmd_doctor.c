// SPDX-License-Identifier: GPL-2.0
/*
 * portside doctor: this host, and the running guest where its agent can be asked; with
 * --here this machine as a guest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "doctor.h"
#include "here.h"
#include "json.h"

/* One line that the guest's doctor printed. */
static bool pass_on(struct report_style *style, const char *line)
{
	struct json *object = json_parse(line);
	const char *event = json_string(object, "event");
	const char *about = json_string(object, "about"), *text = json_string(object, "text");
	bool known;

	if (event && about && text && !strcmp(event, "finding"))
		report_finding(style, json_true(object, "bad"), about, text,
			       json_string(object, "mend"));
	known = event;
	json_free(object);
	return known;
}

static int pass_on_all(struct report_style *style, char *text, struct failure *failure)
{
	char *rest = NULL, *line = strtok_r(text, "\n", &rest);
	bool known = line;

	for (; known && line; line = strtok_r(NULL, "\n", &rest))
		known = pass_on(style, line);
	return known ? 0 : fail(failure, STATUS_REMOTE, "the guest's answer is not what "
				"\"portside doctor --here --json\" prints");
}

/* Only a guest that can be found without asking the user is asked. */
static void ask_guest(const struct common_options *common, struct report_style *style)
{
	static char *const command[] = { "portside", "doctor", "--here", "--json", NULL };
	struct target target = { .lock = -1 };
	struct failure failure;
	char *text;
	int status, result;

	if (target_find(&target, common, &failure)) {
		if (common->guest || common->control)
			report_finding(style, true, common->guest ? common->guest : "guest",
				       failure.text, NULL);
		return;
	}
	result = capture(common, command, &text, &status, &failure);
	style->guest = target.name;
	if (!result) {
		result = pass_on_all(style, text, &failure);
		free(text);
	}
	if (result)
		report_finding(style, true, "agent", failure.text,
			       failure.status == STATUS_CONNECTION ?
			       "log in on a console and run \"portside doctor --here\"" : NULL);
	style->guest = NULL;
}

static int run_doctor(const struct subcommand *self, int argc, char **argv)
{
	struct common_options common;
	struct report_style style = { 0 };
	struct failure failure;
	char run[PATH_SIZE / 2];
	bool here;
	int status = options_read_here(self, &common, &here, argc, argv);

	if (status)
		return status;
	style.json = common.json;
	style.quiet = common.quiet;
	if (here)
		return here_doctor(&style);
	if (target_run_directory(run, sizeof(run), &failure))
		report_finding(&style, true, "run directory", failure.text,
			       "export PORTSIDE_RUN=a folder of yours");
	else
		doctor_host(&style, run);
	ask_guest(&common, &style);
	return report_end(&style, "doctor");
}

const struct subcommand command_doctor = {
	.name = "doctor",
	.arguments = "[OPTION]...",
	.summary = "Say what is missing or wrong, and what mends it",
	.help =
		"      --here         look at this machine as a guest, not as a host\n"
		COMMON_HELP
		"\n"
		"On a host it looks at QEMU, KVM and the running guests, and asks the agent of the\n"
		"guest (-g) what is wrong in there. The exit status is 1 if anything is.\n",
	.run = run_doctor,
};
