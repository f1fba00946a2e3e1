// SPDX-License-Identifier: GPL-2.0
/*
 * Both ends of a transfer against any peer: a receiver that gets any data frames, and
 * a sender that gets any control frames. Whatever comes, the files beside the
 * destination stay as they are.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "portside_fuzz.h"
#include "tools/receive.h"
#include "tools/send.h"

static char top[] = "/dev/shm/portside-fuzz-XXXXXX";
static char inside[64], beside[64];
static struct link link_;
static struct operation *current;

static int remove_one(const char *path, const struct stat *stat, int flag, struct FTW *level)
{
	(void)stat;
	(void)flag;
	/* What was received may have any mode; only its directory counts here. */
	return level->level > 0 ? remove(path) : 0;
}

static void remove_top(void)
{
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	rmdir(top);
}

static int no_frame(struct link *link, const struct frame *frame, struct failure *failure)
{
	(void)link;
	return operation_unexpected(frame, failure);
}

static bool always(struct link *link)
{
	(void)link;
	return true;
}

static int nothing(struct link *link, struct failure *failure)
{
	(void)link;
	(void)failure;
	return 0;
}

static const struct link_ops ops = {
	.control = no_frame, .data = no_frame, .takes_data = always, .produce = nothing,
};

static void make_surroundings(void)
{
	FILE *file;

	if (!mkdtemp(top))
		abort();
	atexit(remove_top);
	snprintf(inside, sizeof(inside), "%s/in", top);
	snprintf(beside, sizeof(beside), "%s/beside", top);
	file = fopen(beside, "w");
	fputs("precious", file);
	fclose(file);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct failure failure;

	(void)argc;
	(void)argv;
	make_surroundings();
	return link_init(&link_, &ops, NULL, &failure);
}

static void check_surroundings(void)
{
	char text[16] = "";
	FILE *file = fopen(beside, "r");

	if (!file || !fgets(text, sizeof(text), file) || strcmp(text, "precious") != 0)
		abort();
	fclose(file);
	if (access(top, F_OK) || access(inside, F_OK))
		abort();
}

static void drop_output(void)
{
	channel_forget(&link_.control);
	channel_forget(&link_.data);
}

static int step_of(const struct fuzz_step *step)
{
	struct frame frame = {
		.version = FRAME_VERSION,
		.type = step->type,
		.session = FUZZ_SESSION,
		.length = step->length,
	};
	uint8_t *exact = malloc(step->length + 1);
	struct failure failure;
	int result;

	memcpy(exact, step->bytes, step->length);
	frame.payload = exact;
	if (step->selector & 1)
		result = current->ops->control(current, &frame, &failure);
	else if (!current->ops->takes_data || current->ops->takes_data(current))
		result = current->ops->data(current, &frame, &failure);
	else
		result = 0;
	free(exact);
	/* The output goes nowhere: a bounded number of turns. */
	for (int turn = 0; turn < 4 && !result && !current->finished && current->ops->produce;
	     turn++) {
		drop_output();
		if (current->ops->produce(current, &failure) <= 0)
			break;
	}
	drop_output();
	return result;
}

static struct operation *start_receiving(uint8_t flags)
{
	struct receive_options options = {
		.directory = open(inside, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.expected = "f",
		.flags = (flags & TRANSFER_ALL) | TRANSFER_NO_SYNC,
		.digest = DIGEST_XXH64,
		.mode_mask = 0777,
	};

	if (flags & 64)
		strcpy(options.name, "renamed");
	return receive_start(&link_, &options);
}

static struct operation *start_sending(uint8_t flags)
{
	static const struct send_source sources[] = { { "/etc/hostname", "f" }, { inside, "d" } };
	struct send_options options = {
		.fd = -1,
		.sources = sources,
		.count = 2,
		.flags = flags & TRANSFER_CONTINUE,
		.digest = DIGEST_XXH64,
	};

	return send_start(&link_, &options);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t left)
{
	struct fuzz_step step;

	if (left < 1)
		return 0;
	mkdir(inside, 0700);
	current = *input & 128 ? start_sending(*input) : start_receiving(*input);
	input++;
	left--;
	while (fuzz_next(&input, &left, &step) && !step_of(&step) && !current->finished)
		;
	current->ops->release(current);
	check_surroundings();
	nftw(inside, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
