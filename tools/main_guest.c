// SPDX-License-Identifier: GPL-2.0
/* The portside program as it is in a guest: small, static, without the host's commands. */
#include <stddef.h>

#include "address.h"
#include "program.h"

const struct address_kind address_kinds[] = {
	{ "unix:", address_open_unix },
	{ "fd:", address_open_fd },
	{ NULL, NULL },
};

static const struct subcommand *const commands[] = {
	&command_agent, &command_ls, &command_check, &command_doctor, &command_cat,
	&command_plug,  &command_mount, NULL,
};

int main(int argc, char **argv)
{
	return program_main(commands, argc, argv);
}
