// SPDX-License-Identifier: GPL-2.0
/* The portside program as it is on a host, or in a guest with a distribution in it. */
#include <stddef.h>

#include "address.h"
#include "program.h"

const struct address_kind address_kinds[] = {
	{ "unix:", address_open_unix },
	{ "tcp:", address_open_tcp },
	{ "fd:", address_open_fd },
	{ NULL, NULL },
};

static const struct subcommand *const commands[] = {
	&command_ls,	&command_check,	   &command_doctor, &command_ping,
	&command_put,	&command_get,	   &command_exec,   &command_shell,
	&command_cat,	&command_shutdown, &command_reboot, &command_agent,
	&command_symbols,
	NULL,
};

int main(int argc, char **argv)
{
	return program_main(commands, argc, argv);
}
