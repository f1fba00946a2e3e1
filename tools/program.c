// SPDX-License-Identifier: GPL-2.0
/* The program around its commands. Which ones there are is decided by main_*.c. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "program.h"
#include "version.h"

static int list_commands(const struct subcommand *const *commands, FILE *out)
{
	fputs("usage: portside COMMAND [OPTION]... [ARGUMENT]...\n\n", out);
	for (; *commands; commands++)
		fprintf(out, "  %-9s %s\n", (*commands)->name, (*commands)->summary);
	fputs("\nportside COMMAND --help tells more; so does portside(1).\n", out);
	return out == stdout ? STATUS_OK : STATUS_USAGE;
}

/**
 * program_help() - print what a command can do
 * @command: the command
 *
 * Return: STATUS_OK.
 */
int program_help(const struct subcommand *command)
{
	printf("usage: portside %s %s\n%s.\n\n%s", command->name, command->arguments,
	       command->summary, command->help);
	return STATUS_OK;
}

/**
 * program_usage() - complain about a command line
 * @command: the command
 * @problem: what is wrong, or NULL if getopt has said so
 *
 * Return: STATUS_USAGE.
 */
int program_usage(const struct subcommand *command, const char *problem)
{
	if (problem)
		fprintf(stderr, "portside %s: %s\n", command->name, problem);
	fprintf(stderr, "usage: portside %s %s\nportside %s --help tells more.\n", command->name,
		command->arguments, command->name);
	return STATUS_USAGE;
}

/**
 * program_main() - run the command that the command line names
 * @commands: what there is, NULL-terminated
 * @argc: of main()
 * @argv: of main()
 *
 * Return: the exit status.
 */
int program_main(const struct subcommand *const *commands, int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2)
		return list_commands(commands, stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return list_commands(commands, stdout);
	if (!strcmp(argv[1], "--version")) {
		puts("portside " PORTSIDE_VERSION);
		return STATUS_OK;
	}
	for (const struct subcommand *const *command = commands; *command; command++)
		if (!strcmp(argv[1], (*command)->name))
			return (*command)->run(*command, argc - 1, argv + 1);
	fprintf(stderr, "portside: there is no command \"%s\"\n", argv[1]);
	return list_commands(commands, stderr);
}
