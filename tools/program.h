/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The program around its commands: a table of them, their help, and reading the
 * options that several have in common.
 */
#ifndef PORTSIDE_PROGRAM_H
#define PORTSIDE_PROGRAM_H

#include "failure.h"

/**
 * struct subcommand - one word after "portside"
 * @name: the word
 * @arguments: what follows, for the usage line
 * @summary: what it does, one line
 * @help: its options, lines of text; fits a screen
 * @run: does it: the words after the options of the program, and enum status
 */
struct subcommand {
	const char *name;
	const char *arguments;
	const char *summary;
	const char *help;
	int (*run)(const struct subcommand *self, int argc, char **argv);
};

int program_main(const struct subcommand *const *commands, int argc, char **argv);
int program_usage(const struct subcommand *command, const char *problem);
int program_help(const struct subcommand *command);

extern const struct subcommand command_agent;
extern const struct subcommand command_put;
extern const struct subcommand command_get;
extern const struct subcommand command_exec;
extern const struct subcommand command_shell;
extern const struct subcommand command_ping;
extern const struct subcommand command_shutdown;
extern const struct subcommand command_reboot;
extern const struct subcommand command_symbols;
extern const struct subcommand command_cat;
extern const struct subcommand command_ls;
extern const struct subcommand command_check;
extern const struct subcommand command_doctor;
extern const struct subcommand command_plug;
extern const struct subcommand command_mount;

#endif
