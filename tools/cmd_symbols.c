// SPDX-License-Identifier: GPL-2.0
/*
 * portside symbols: a symbol file for gdb, made of the guest's own
 * /proc/kallsyms, so with the addresses that KASLR and the loading of modules
 * gave. Writing the ELF file is symbol_file.c's part.
 */
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"
#include "symbol_file.h"

enum {
	OPTION_KALLSYMS = OPTION_OWN,
};

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "kallsyms", required_argument, NULL, OPTION_KALLSYMS },
	COMMON_OPTIONS,
	{ 0 },
};

/* Has the guest's agent print its symbols, through this program's own exec. */
static FILE *ask_guest(const struct common_options *common, pid_t *child)
{
	const struct {
		const char *option, *value;
	} passed[] = {
		{ "--guest", common->guest },
		{ "--control", common->control },
		{ "--data", common->data },
	};
	const char *words[12] = { "portside", "exec" };
	int ends[2], n = 2;

	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		if (!passed[i].value)
			continue;
		words[n++] = passed[i].option;
		words[n++] = passed[i].value;
	}
	words[n++] = "cat";
	words[n++] = "/proc/kallsyms";
	if (pipe(ends))
		return NULL;
	*child = fork();
	if (*child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv("/proc/self/exe", (char **)words);
		_exit(STATUS_LOCAL);
	}
	close(ends[1]);
	if (*child < 0) {
		close(ends[0]);
		return NULL;
	}
	return fdopen(ends[0], "r");
}

static int end_guest(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
		return STATUS_LOCAL;
	return WEXITSTATUS(status);
}

static int make(const struct common_options *common, const char *kallsyms,
		const char *output)
{
	struct failure failure;
	pid_t child = 0;
	FILE *input;
	int err, status = STATUS_OK;

	if (kallsyms)
		input = strcmp(kallsyms, "-") ? fopen(kallsyms, "r") : stdin;
	else
		input = ask_guest(common, &child);
	if (!input) {
		fprintf(stderr, "portside symbols: %s: %s\n", kallsyms ? kallsyms : "the guest",
			strerror(errno));
		return STATUS_LOCAL;
	}
	err = symbol_file_write(input, output, &failure);
	fclose(input);
	if (child)
		status = end_guest(child);
	if (status)
		return status;
	if (err) {
		complain(&failure);
		return failure.status;
	}
	return STATUS_OK;
}

static int run_symbols(const struct subcommand *self, int argc, char **argv)
{
	const char *kallsyms = NULL, *output = NULL;
	struct common_options common;
	int option, status;

	options_default(&common);
	while ((option = getopt_long(argc, argv, COMMON_LETTERS "o:", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			output = optarg;
			break;
		case OPTION_KALLSYMS:
			kallsyms = optarg;
			break;
		default:
			status = options_take(self, &common, option);
			if (status)
				return status;
		}
	}
	if (optind < argc)
		return program_usage(self, "an argument too many");
	if (!output)
		return program_usage(self, "-o FILE says where the symbols go");
	return make(&common, kallsyms, output);
}

const struct subcommand command_symbols = {
	.name = "symbols",
	.arguments = "-o FILE [OPTION]...",
	.summary = "Make a symbol file for gdb of the guest's kernel and modules",
	.help = "  -o, --output FILE  the ELF file to write; in gdb: file FILE\n"
		"      --kallsyms FILE\n"
		"                     take this copy of /proc/kallsyms (- for the standard input)\n"
		"                     instead of asking the guest's agent\n" COMMON_HELP,
	.run = run_symbols,
};
