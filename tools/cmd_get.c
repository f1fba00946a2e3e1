// SPDX-License-Identifier: GPL-2.0
/* portside get: files and directories from the guest to here. */
#include <string.h>

#include "destination.h"
#include "transfer.h"

/* The guest does not decide about more than reading, writing and running. */
#define HOST_MODE_MASK 0777

static int get_one(struct transfer *transfer, struct client *client, const char *path,
		   struct failure *failure)
{
	static const struct jail whole = { .root = -1 };
	struct receive_options options = {
		.flags = transfer->flags,
		.digest = transfer->digest,
		.mode_mask = HOST_MODE_MASK,
	};
	struct get_request get = {
		.flags = transfer->flags & TRANSFER_CONTINUE,
		.digest = transfer->digest,
	};

	if (strlen(path) >= sizeof(get.path))
		return fail(failure, STATUS_USAGE, "the path of a source is too long");
	strcpy(get.path, path);
	if (!transfer_name(path, get.name, failure))
		return -1;
	strcpy(options.expected, get.name);
	transcript_observer(&transfer->transcript, &options.observer);
	if (client_request(client, FRAME_GET, &get, failure) ||
	    destination_open(&whole, transfer->destination, &options, failure))
		return -1;
	return client_run(client, receive_start(&client->link, &options), failure);
}

static int attempt_get(struct transfer *transfer, struct client *client, struct failure *failure)
{
	for (int i = 0; i < transfer->count; i++)
		if (get_one(transfer, client, transfer->sources[i], failure))
			return -1;
	return 0;
}

static int run_get(const struct subcommand *self, int argc, char **argv)
{
	struct transfer transfer;
	int status = transfer_options(self, &transfer, argc, argv);

	if (status)
		return status;
	if (transfer.count < 1)
		return program_usage(self, "give at least one path in the guest");
	transfer.destination = ".";
	if (transfer.count > 1)
		transfer.destination = transfer.sources[--transfer.count];
	if (transfer.count > 1)
		transfer.flags |= TRANSFER_INTO_DIRECTORY;
	if (strlen(transfer.destination) >= PATH_SIZE - 1)
		return program_usage(self, "the destination's path is too long");
	return transfer_run(&transfer, attempt_get);
}

const struct subcommand command_get = {
	.name = "get",
	.arguments = "[OPTION]... SOURCE... [DESTINATION]",
	.summary = "Copy files and directories out of the guest",
	.help =
		TRANSFER_HELP
		COMMON_HELP
		"\n"
		"DESTINATION is a directory here (\".\"), or the new name of the one SOURCE.\n"
		"Relative paths of SOURCE begin at the guest's root directory.\n",
	.run = run_get,
};
