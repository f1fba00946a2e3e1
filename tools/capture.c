// SPDX-License-Identifier: GPL-2.0
/* Running a command in a guest for what it prints: bounded, and not trusted. */
#include <stdlib.h>
#include <string.h>

#include "capture.h"

#define OUTPUT_MAX (4u << 20)

struct capture {
	struct operation operation;
	char *output;
	size_t used;
	struct exit_message how;
};

static int keep(struct capture *capture, const struct frame *frame, struct failure *failure)
{
	char *larger;

	if (capture->used + frame->length > OUTPUT_MAX)
		return fail(failure, STATUS_REMOTE, "the guest's answer is longer than %u bytes",
			    OUTPUT_MAX);
	larger = realloc(capture->output, capture->used + frame->length + 1);
	if (!larger)
		return fail(failure, STATUS_LOCAL, "no memory");
	capture->output = larger;
	memcpy(larger + capture->used, frame->payload, frame->length);
	capture->used += frame->length;
	larger[capture->used] = '\0';
	return 0;
}

static int capture_data(struct operation *operation, const struct frame *frame,
			struct failure *failure)
{
	struct capture *capture = (struct capture *)operation;

	switch (frame->type) {
	case FRAME_STDOUT:
		return keep(capture, frame, failure);
	case FRAME_STDERR:
		return 0;
	case FRAME_EXIT:
		if (!message_decode(FRAME_EXIT, frame->payload, frame->length, &capture->how))
			break;
		operation->finished = true;
		return 0;
	}
	return operation_unexpected(frame, failure);
}

static int capture_control(struct operation *operation, const struct frame *frame,
			   struct failure *failure)
{
	(void)operation;
	return operation_unexpected(frame, failure);
}

/* The caller keeps it. */
static void capture_release(struct operation *operation)
{
	(void)operation;
}

static const struct operation_ops capture_ops = {
	.control = capture_control,
	.data = capture_data,
	.release = capture_release,
};

/**
 * capture() - run a command in a guest and keep what it prints
 * @options: which guest
 * @arguments: the command, NULL-terminated
 * @output: receives its standard output, NUL-terminated, for free(); NULL on error
 * @status: receives its exit status, 128 + N if signal N ended it
 * @failure: on error, why
 *
 * Return: 0 or -1.
 */
int capture(const struct common_options *options, char *const *arguments, char **output,
	    int *status, struct failure *failure)
{
	struct capture capture = { .operation.ops = &capture_ops };
	char *none[] = { NULL };
	struct exec_request request = {
		.flags = EXEC_NO_STDIN,
		.arguments = (char **)arguments,
		.environment = none,
	};
	struct client client;
	int result;

	*output = NULL;
	if (client_open(&client, options, true, failure))
		return -1;
	capture.operation.link = &client.link;
	result = client_request(&client, FRAME_EXEC, &request, failure);
	if (!result)
		result = client_run(&client, &capture.operation, failure);
	client_close(&client);
	if (!result && !capture.output)
		capture.output = strdup("");
	if (result) {
		free(capture.output);
		return -1;
	}
	*output = capture.output;
	*status = capture.how.how == EXIT_KILLED ? 128 + capture.how.status : capture.how.status;
	return 0;
}
