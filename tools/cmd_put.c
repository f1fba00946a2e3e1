// SPDX-License-Identifier: GPL-2.0
/* portside put: files and directories from here into the guest. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "send.h"
#include "transfer.h"

/* What is sent, with memory for the names. */
struct shipment {
	struct send_source *sources;
	char (*names)[NAME_SIZE];
};

/* "." and ".." have names of their own. */
static bool name_source(const char *path, char *name, struct failure *failure)
{
	char *real;
	bool named;

	if (transfer_name(path, name, failure))
		return true;
	real = realpath(path, NULL);
	named = real && transfer_name(real, name, failure);
	free(real);
	return named;
}

static int pack_up(const struct transfer *transfer, struct shipment *shipment,
		   struct failure *failure)
{
	shipment->sources = calloc(transfer->count, sizeof(*shipment->sources));
	shipment->names = calloc(transfer->count, sizeof(*shipment->names));
	if (!shipment->sources || !shipment->names)
		return fail(failure, STATUS_LOCAL, "no memory");
	for (int i = 0; i < transfer->count; i++) {
		if (!name_source(transfer->sources[i], shipment->names[i], failure))
			return -1;
		shipment->sources[i].path = transfer->sources[i];
		shipment->sources[i].name = shipment->names[i];
	}
	return 0;
}

static int send_shipment(struct transfer *transfer, struct client *client,
			 const struct shipment *shipment, struct failure *failure)
{
	struct send_options options = {
		.fd = -1,
		.sources = shipment->sources,
		.count = transfer->count,
		.flags = transfer->flags,
		.digest = transfer->digest,
	};
	struct put_request put = { .flags = transfer->flags, .digest = transfer->digest };

	if (strlen(transfer->destination) >= sizeof(put.destination))
		return fail(failure, STATUS_USAGE, "the destination's path is too long");
	strcpy(put.destination, transfer->destination);
	transcript_observer(&transfer->transcript, &options.observer);
	if (client_request(client, FRAME_PUT, &put, failure))
		return -1;
	return client_run(client, send_start(&client->link, &options), failure);
}

static int attempt_put(struct transfer *transfer, struct client *client, struct failure *failure)
{
	struct shipment shipment = { 0 };
	int result = pack_up(transfer, &shipment, failure);

	if (!result)
		result = send_shipment(transfer, client, &shipment, failure);
	free(shipment.sources);
	free(shipment.names);
	return result;
}

static int run_put(const struct subcommand *self, int argc, char **argv)
{
	struct transfer transfer;
	int status = transfer_options(self, &transfer, argc, argv);

	if (status)
		return status;
	if (transfer.count < 2)
		return program_usage(self, "give at least one source, and a destination");
	transfer.count--;
	transfer.destination = transfer.sources[transfer.count];
	if (transfer.count > 1)
		transfer.flags |= TRANSFER_INTO_DIRECTORY;
	return transfer_run(&transfer, attempt_put);
}

const struct subcommand command_put = {
	.name = "put",
	.arguments = "[OPTION]... SOURCE... DESTINATION",
	.summary = "Copy files and directories into the guest",
	.help =
		TRANSFER_HELP
		COMMON_HELP
		"\n"
		"DESTINATION is a directory in the guest, or the new name of the one SOURCE.\n"
		"Relative paths begin at the guest's root directory.\n",
	.run = run_put,
};
