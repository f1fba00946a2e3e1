// SPDX-License-Identifier: GPL-2.0
/*
 * Running a command for the host: its output into frames, the host's input into its
 * stdin, its end into EXIT. Nothing is read that cannot be passed on, so a slow
 * reader slows the writer down.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "command.h"

/* Ids of what is watched, from the first one that the session gave. */
enum { EVENT_IN, EVENT_OUT, EVENT_ERR, EVENT_END };

/* What one frame of output carries at most: more than a pipe holds. */
#define OUTPUT_MAX (128 * 1024)

struct command {
	struct operation operation;
	struct child child;
	uint32_t first_event;
	bool in_ready;
	bool out_ready;
	bool err_ready;
	bool ended;
	struct exit_message how;
	const uint8_t *input; /* in the data channel's buffer, not yet passed on */
	size_t input_left;
};

static void forget_input(struct command *command)
{
	command->input_left = 0;
	if (command->child.in >= 0)
		link_unwatch(command->operation.link, command->child.in);
	child_close(&command->child.in);
}

static void pass_input(struct command *command)
{
	while (command->input_left && command->in_ready) {
		ssize_t count = write(command->child.in, command->input, command->input_left);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && errno == EAGAIN) {
			command->in_ready = false;
		} else if (count < 0) {
			forget_input(command); /* the command does not read any more */
		} else {
			command->input += count;
			command->input_left -= count;
		}
	}
}

/* On a terminal the end of the input is a character. */
static void end_input(struct command *command)
{
	static const uint8_t end_of_transmission[1] = { 4 };

	if (!command->child.terminal) {
		forget_input(command);
		return;
	}
	command->input = end_of_transmission;
	command->input_left = 1;
	pass_input(command);
}

static int command_data(struct operation *operation, const struct frame *frame,
			struct failure *failure)
{
	struct command *command = (struct command *)operation;

	if (frame->type != FRAME_STDIN)
		return operation_unexpected(frame, failure);
	if (command->child.in < 0)
		return 0;
	if (frame->length == 0) {
		end_input(command);
		return 0;
	}
	command->input = frame->payload;
	command->input_left = frame->length;
	pass_input(command);
	return 0;
}

static bool command_takes_data(struct operation *operation)
{
	return ((struct command *)operation)->input_left == 0;
}

static int command_control(struct operation *operation, const struct frame *frame,
			   struct failure *failure)
{
	struct command *command = (struct command *)operation;
	struct signal_request request;
	struct window_size window;

	switch (frame->type) {
	case FRAME_SIGNAL:
		if (!message_decode(FRAME_SIGNAL, frame->payload, frame->length, &request))
			break;
		child_signal(&command->child, request.number);
		return 0;
	case FRAME_RESIZE:
		if (!message_decode(FRAME_RESIZE, frame->payload, frame->length, &window))
			break;
		child_resize(&command->child, &window);
		return 0;
	}
	return operation_unexpected(frame, failure);
}

/* Reads one piece of output into a frame; true if there was one. */
static bool pass_output(struct command *command, int *fd, bool *ready, uint8_t type)
{
	struct channel *data = &command->operation.link->data;
	ssize_t count;

	if (*fd < 0 || !*ready || !channel_has_room(data, OUTPUT_MAX))
		return false;
	do
		count = read(*fd, channel_payload(data), OUTPUT_MAX);
	while (count < 0 && errno == EINTR);
	if (count > 0) {
		channel_send(data, type, count);
		return true;
	}
	*ready = false;
	if (count == 0 || errno != EAGAIN) {
		link_unwatch(command->operation.link, *fd);
		child_close(fd);
	}
	return false;
}

/* A terminal says EIO only when everything that was written has been read. */
static bool output_is_over(const struct command *command)
{
	const struct child *child = &command->child;

	if (child->terminal)
		return child->out < 0;
	return (child->out < 0 || !command->out_ready) && (child->err < 0 || !command->err_ready);
}

static int command_produce(struct operation *operation, struct failure *failure)
{
	struct command *command = (struct command *)operation;
	struct child *child = &command->child;
	bool again;
	int moved = 0;

	(void)failure;
	do {
		bool out = pass_output(command, &child->out, &command->out_ready, FRAME_STDOUT);
		bool err = pass_output(command, &child->err, &command->err_ready, FRAME_STDERR);

		again = out || err;
		moved |= again;
	} while (again);
	if (!command->ended || moved || !output_is_over(command))
		return moved;
	channel_message(&operation->link->data, FRAME_EXIT, &command->how);
	operation->finished = true;
	return 1;
}

static void command_event(struct operation *operation, uint32_t id, uint32_t events)
{
	struct command *command = (struct command *)operation;

	(void)events;
	switch (id - command->first_event) {
	case EVENT_IN:
		command->in_ready = true;
		pass_input(command);
		break;
	case EVENT_OUT:
		command->out_ready = true;
		break;
	case EVENT_ERR:
		command->err_ready = true;
		break;
	case EVENT_END:
		if (!child_ended(&command->child, &command->how))
			break;
		command->ended = true;
		command->out_ready = true;
		command->err_ready = true;
		link_unwatch(operation->link, command->child.pidfd);
		break;
	}
}

static void unwatch(struct link *link, int fd)
{
	if (fd >= 0)
		link_unwatch(link, fd);
}

static void command_release(struct operation *operation)
{
	struct command *command = (struct command *)operation;

	unwatch(operation->link, command->child.in);
	unwatch(operation->link, command->child.out);
	unwatch(operation->link, command->child.err);
	unwatch(operation->link, command->child.pidfd);
	child_release(&command->child);
	free(command);
}

static const struct operation_ops command_ops = {
	.control = command_control,
	.data = command_data,
	.takes_data = command_takes_data,
	.produce = command_produce,
	.event = command_event,
	.release = command_release,
};

static int watch(struct command *command, int fd, uint32_t event, uint32_t events)
{
	if (fd < 0)
		return 0;
	return link_watch(command->operation.link, fd, command->first_event + event,
			  events | EPOLLET);
}

/**
 * command_start() - start what EXEC asks for
 * @link: where input comes from and output goes
 * @request: what to start
 * @first_event: four ids from here on are for the command's descriptors
 * @failure: on error, why
 *
 * Return: the operation or NULL.
 */
struct operation *command_start(struct link *link, const struct exec_request *request,
				uint32_t first_event, struct failure *failure)
{
	struct command *command = calloc(1, sizeof(*command));
	struct child *child;

	if (!command) {
		fail(failure, STATUS_REMOTE, "no memory for a command");
		return NULL;
	}
	child = &command->child;
	if (child_start(child, request, failure)) {
		free(command);
		return NULL;
	}
	command->operation.ops = &command_ops;
	command->operation.link = link;
	command->first_event = first_event;
	if (watch(command, child->in, EVENT_IN, EPOLLOUT) ||
	    watch(command, child->out, EVENT_OUT, EPOLLIN) ||
	    watch(command, child->err, EVENT_ERR, EPOLLIN) ||
	    watch(command, child->pidfd, EVENT_END, EPOLLIN)) {
		fail_errno(failure, STATUS_REMOTE, "cannot watch the command");
		command_release(&command->operation);
		return NULL;
	}
	return &command->operation;
}
