/* SPDX-License-Identifier: GPL-2.0 */
/* What put and get have in common: their options, and going on after a lost connection. */
#ifndef PORTSIDE_TRANSFER_H
#define PORTSIDE_TRANSFER_H

#include "client.h"
#include "transcript.h"

/**
 * struct transfer - a put or a get
 * @common: options of all commands
 * @flags: enum transfer_flags
 * @digest: enum digest_kind
 * @retries: how often to connect again when the connection is lost
 * @sources: the paths to transfer
 * @count: of @sources
 * @destination: where to
 * @transcript: what is told
 */
struct transfer {
	struct common_options common;
	uint32_t flags;
	enum digest_kind digest;
	int retries;
	char **sources;
	int count;
	const char *destination;
	struct transcript transcript;
};

#define TRANSFER_HELP \
	"  -d, --digest NAME  check by xxh64 (default), sha256 or sha1, and print digests\n" \
	"  -p, --parents      make missing directories above the destination\n" \
	"  -n, --no-clobber   leave files alone that exist\n" \
	"  -c, --continue     leave files alone that exist with the same size and time\n" \
	"      --no-resume    do not use what a transfer that was cut off has left\n" \
	"      --no-sync      do not wait until files are on disk\n" \
	"      --retry N      connect again, up to N times, when the connection is lost\n"

int transfer_options(const struct subcommand *self, struct transfer *transfer, int argc,
		     char **argv);
int transfer_run(struct transfer *transfer,
		 int (*attempt)(struct transfer *transfer, struct client *client,
				struct failure *failure));
bool transfer_name(const char *path, char *name, struct failure *failure);

#endif
