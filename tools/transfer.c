// SPDX-License-Identifier: GPL-2.0
/* What put and get have in common. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "transfer.h"

enum { OPTION_NO_RESUME = OPTION_OWN, OPTION_NO_SYNC, OPTION_RETRY };

static const struct option options[] = {
	COMMON_OPTIONS,
	{ "digest", required_argument, NULL, 'd' },
	{ "parents", no_argument, NULL, 'p' },
	{ "no-clobber", no_argument, NULL, 'n' },
	{ "continue", no_argument, NULL, 'c' },
	{ "no-resume", no_argument, NULL, OPTION_NO_RESUME },
	{ "no-sync", no_argument, NULL, OPTION_NO_SYNC },
	{ "retry", required_argument, NULL, OPTION_RETRY },
	{ 0 },
};

static int take_digest(const struct subcommand *self, struct transfer *transfer)
{
	transfer->digest = digest_kind_by_name(optarg);
	transfer->transcript.each = true;
	if (!transfer->digest)
		return program_usage(self, "--digest takes xxh64, sha256 or sha1");
	return STATUS_OK;
}

static int take_retry(const struct subcommand *self, struct transfer *transfer)
{
	char *end;
	long retries = strtol(optarg, &end, 10);

	if (*end || end == optarg || retries < 0 || retries > INT_MAX)
		return program_usage(self, "--retry takes a number");
	transfer->retries = retries;
	return STATUS_OK;
}

static int take_option(const struct subcommand *self, struct transfer *transfer, int option)
{
	switch (option) {
	case 'd':
		return take_digest(self, transfer);
	case 'p':
		transfer->flags |= TRANSFER_PARENTS;
		return STATUS_OK;
	case 'n':
		transfer->flags |= TRANSFER_NO_CLOBBER;
		return STATUS_OK;
	case 'c':
		transfer->flags |= TRANSFER_CONTINUE;
		return STATUS_OK;
	case OPTION_NO_RESUME:
		transfer->flags |= TRANSFER_NO_RESUME;
		return STATUS_OK;
	case OPTION_NO_SYNC:
		transfer->flags |= TRANSFER_NO_SYNC;
		return STATUS_OK;
	case OPTION_RETRY:
		return take_retry(self, transfer);
	default:
		return options_take(self, &transfer->common, option);
	}
}

/**
 * transfer_options() - read the options of put and get
 * @self: the command
 * @transfer: receives them; @transfer->sources are the arguments that are left
 * @argc: as for getopt()
 * @argv: as for getopt()
 *
 * Return: STATUS_OK or STATUS_USAGE.
 */
int transfer_options(const struct subcommand *self, struct transfer *transfer, int argc,
		     char **argv)
{
	int option, status;

	memset(transfer, 0, sizeof(*transfer));
	options_default(&transfer->common);
	transfer->digest = DIGEST_XXH64;
	while ((option = getopt_long(argc, argv, COMMON_LETTERS "d:pnc", options, NULL)) != -1) {
		status = take_option(self, transfer, option);
		if (status)
			return status;
	}
	transfer->sources = argv + optind;
	transfer->count = argc - optind;
	transfer->transcript.verb = self->name;
	transfer->transcript.quiet = transfer->common.quiet;
	transfer->transcript.json = transfer->common.json;
	transfer->transcript.digest = digest_name(transfer->digest);
	return STATUS_OK;
}

static void tick(void *owner)
{
	struct transfer *transfer = owner;

	progress_tick(&transfer->transcript.progress);
}

static int one_session(struct transfer *transfer,
		       int (*attempt)(struct transfer *transfer, struct client *client,
				      struct failure *failure),
		       struct failure *failure)
{
	struct client client;
	int result;

	if (client_open(&client, &transfer->common, true, failure))
		return -1;
	client.tick = tick;
	client.owner = transfer;
	result = attempt(transfer, &client, failure);
	client_close(&client);
	return result;
}

/**
 * transfer_run() - carry a transfer through
 * @transfer: with its options
 * @attempt: does it in one session
 *
 * After a lost connection it is tried again as often as the user wants, and what has arrived
 * is not sent again.
 *
 * Return: the exit status.
 */
int transfer_run(struct transfer *transfer,
		 int (*attempt)(struct transfer *transfer, struct client *client,
				struct failure *failure))
{
	struct transcript *transcript = &transfer->transcript;
	struct failure failure;
	int result;

	progress_begin(&transcript->progress, transfer->sources[0],
		       !transfer->common.quiet && !transfer->common.json);
	result = one_session(transfer, attempt, &failure);
	while (result && failure.status == STATUS_CONNECTION && transfer->retries-- > 0) {
		transfer->flags |= TRANSFER_CONTINUE;
		transfer->common.wait = true;
		transcript->progress.bytes = 0;
		result = one_session(transfer, attempt, &failure);
	}
	return transcript_end(transcript, result, &failure);
}

/**
 * transfer_name() - the name that a source has at its destination
 * @path: of the source, as the user gave it
 * @name: receives its last component, NAME_SIZE bytes
 * @failure: on error, why
 *
 * Return: false if it has none ("/", "." or "..").
 */
bool transfer_name(const char *path, char *name, struct failure *failure)
{
	size_t end = strlen(path), begin;

	while (end > 1 && path[end - 1] == '/')
		end--;
	for (begin = end; begin > 0 && path[begin - 1] != '/'; begin--)
		;
	if (end - begin < NAME_SIZE) {
		memcpy(name, path + begin, end - begin);
		name[end - begin] = '\0';
		if (path_is_relative_and_plain(name))
			return true;
	}
	fail(failure, STATUS_USAGE, "\"%s\" has no name that it could have at the destination",
	     path);
	return false;
}
