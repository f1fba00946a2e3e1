// SPDX-License-Identifier: GPL-2.0
/* ls, check and doctor as they are in an image: of the machine itself only. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "here.h"
#include "program.h"

static const struct option options[] = {
	{ "here", no_argument, NULL, 'H' },  { "json", no_argument, NULL, 'j' },
	{ "quiet", no_argument, NULL, 'q' }, { "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int read_options(const struct subcommand *self, struct report_style *style, int argc,
			char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "qh", options, NULL)) != -1) {
		if (option == 'j')
			style->json = true;
		else if (option == 'q')
			style->quiet = true;
		else if (option == 'h')
			exit(program_help(self));
		else if (option != 'H')
			return program_usage(self, NULL);
	}
	return optind < argc ? program_usage(self, "an argument too many") : STATUS_OK;
}

static int run_here(const struct subcommand *self, int argc, char **argv)
{
	struct report_style style = { 0 };
	int status = read_options(self, &style, argc, argv);

	if (status)
		return status;
	if (!strcmp(self->name, "ls"))
		return here_list(style.json, style.quiet);
	return !strcmp(self->name, "check") ? here_check(&style) : here_doctor(&style);
}

#define HERE_HELP \
	"      --here   this machine (in an image that is always so)\n" \
	"  -q, --quiet  print errors only\n" \
	"      --json   print JSON, one object a line\n"

const struct subcommand command_ls = {
	.name = "ls",
	.arguments = "[OPTION]...",
	.summary = "List ports and serial lines",
	.help = HERE_HELP,
	.run = run_here,
};

const struct subcommand command_check = {
	.name = "check",
	.arguments = "[OPTION]...",
	.summary = "Check the naming of ports",
	.help = HERE_HELP,
	.run = run_here,
};

const struct subcommand command_doctor = {
	.name = "doctor",
	.arguments = "[OPTION]...",
	.summary = "Say what is missing or wrong, and what mends it",
	.help = HERE_HELP,
	.run = run_here,
};
