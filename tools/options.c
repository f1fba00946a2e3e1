// SPDX-License-Identifier: GPL-2.0
/* Options that all host commands have. */
#include <stdlib.h>

#include "options.h"

#define TIMEOUT_DEFAULT_MS 30000
#define TIMEOUT_MAX_S	   1000000.0

/**
 * options_default() - what holds without options
 * @options: receives the defaults
 */
void options_default(struct common_options *options)
{
	*options = (struct common_options){ .timeout_ms = TIMEOUT_DEFAULT_MS };
}

static int take_timeout(const struct subcommand *self, struct common_options *options)
{
	char *end;
	double seconds = strtod(optarg, &end);

	if (*end || end == optarg || !(seconds > 0 && seconds <= TIMEOUT_MAX_S))
		return program_usage(self, "--timeout takes a number of seconds");
	options->timeout_ms = seconds * 1000 + 0.5;
	return STATUS_OK;
}

/**
 * options_take() - take one option from getopt_long()
 * @self: the command, for its help
 * @options: receives the option
 * @option: what getopt_long() returned, with optarg; one that is not in COMMON_OPTIONS is
 *	a mistake of the user's. Help is printed and ends the program.
 *
 * Return: STATUS_OK or STATUS_USAGE.
 */
int options_take(const struct subcommand *self, struct common_options *options, int option)
{
	switch (option) {
	case 'g':
		options->guest = optarg;
		return STATUS_OK;
	case OPTION_CONTROL:
		options->control = optarg;
		return STATUS_OK;
	case OPTION_DATA:
		options->data = optarg;
		return STATUS_OK;
	case OPTION_TIMEOUT:
		return take_timeout(self, options);
	case 'w':
		options->wait = true;
		return STATUS_OK;
	case 'q':
		options->quiet = true;
		return STATUS_OK;
	case OPTION_JSON:
		options->json = true;
		return STATUS_OK;
	case 'h':
		exit(program_help(self));
	default:
		return program_usage(self, NULL);
	}
}

/**
 * options_read_here() - all options of a command that has, beside the common ones, --here
 * @self: the command, for its help
 * @options: receives the common ones
 * @here: receives whether --here was said
 * @argc: as main() has them
 * @argv: as main() has them; nothing but options is allowed
 *
 * Return: STATUS_OK or STATUS_USAGE.
 */
int options_read_here(const struct subcommand *self, struct common_options *options, bool *here,
		      int argc, char **argv)
{
	static const struct option known[] = {
		COMMON_OPTIONS,
		{ "here", no_argument, NULL, OPTION_OWN },
		{ 0 },
	};
	int option, status = STATUS_OK;

	options_default(options);
	*here = false;
	while ((option = getopt_long(argc, argv, COMMON_LETTERS, known, NULL)) != -1) {
		if (option == OPTION_OWN)
			*here = true;
		else
			status = options_take(self, options, option);
		if (status)
			return status;
	}
	return optind < argc ? program_usage(self, "an argument too many") : STATUS_OK;
}
