// SPDX-License-Identifier: GPL-2.0
/*
 * portside exec and portside shell: a command in the guest, with our stdin, stdout,
 * stderr, terminal and signals, and its exit status.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "client.h"
#include "terminal.h"

#define INPUT_MAX 65536
/* So many Ctrl-C go to the command; the next one ends us. */
#define INTERRUPTS_PASSED 2

enum { OPTION_CHDIR = OPTION_OWN };

static const struct option options[] = {
	COMMON_OPTIONS,
	{ "tty", no_argument, NULL, 't' },
	{ "no-stdin", no_argument, NULL, 'n' },
	{ "chdir", required_argument, NULL, 'C' },
	{ "env", required_argument, NULL, 'e' },
	{ 0 },
};

struct exec {
	struct operation operation;
	struct common_options common;
	struct exec_request request;
	char **environment; /* grows with -e */
	size_t variables;
	char term[NAME_SIZE];
	bool input_open;
	bool input_always; /* a file: never to be waited for */
	bool input_ready;
	bool left; /* by the escape */
	struct escape escape;
	int interrupts;
	struct exit_message how;
};

static int write_out(int fd, const uint8_t *bytes, size_t count, struct failure *failure)
{
	while (count) {
		ssize_t written = write(fd, bytes, count);
		struct pollfd wait = { .fd = fd, .events = POLLOUT };

		if (written < 0 && errno == EAGAIN) {
			poll(&wait, 1, -1);
		} else if (written < 0 && errno != EINTR) {
			fail_errno(failure, STATUS_LOCAL, "cannot write the command's output");
			if (failure->number == EPIPE)
				failure->status = 128 + SIGPIPE;
			return -1;
		} else if (written > 0) {
			bytes += written;
			count -= written;
		}
	}
	return 0;
}

static int exec_data(struct operation *operation, const struct frame *frame,
		     struct failure *failure)
{
	struct exec *exec = (struct exec *)operation;

	switch (frame->type) {
	case FRAME_STDOUT:
		return write_out(STDOUT_FILENO, frame->payload, frame->length, failure);
	case FRAME_STDERR:
		return write_out(STDERR_FILENO, frame->payload, frame->length, failure);
	case FRAME_EXIT:
		if (!message_decode(FRAME_EXIT, frame->payload, frame->length, &exec->how))
			break;
		operation->finished = true;
		return 0;
	}
	return operation_unexpected(frame, failure);
}

static int exec_control(struct operation *operation, const struct frame *frame,
			struct failure *failure)
{
	(void)operation;
	return operation_unexpected(frame, failure);
}

static void wait_for_input(struct exec *exec)
{
	if (!exec->input_always)
		link_rewatch(exec->operation.link, STDIN_FILENO, CLIENT_INPUT_EVENT,
			     EPOLLIN | EPOLLONESHOT);
}

static void end_input(struct exec *exec)
{
	exec->input_open = false;
	if (!exec->input_always)
		link_unwatch(exec->operation.link, STDIN_FILENO);
	channel_send(&exec->operation.link->data, FRAME_STDIN, 0);
}

static int pass_typed(struct exec *exec, const uint8_t *typed, size_t count,
		      struct failure *failure)
{
	struct channel *data = &exec->operation.link->data;
	size_t kept;

	if (escape_filter(&exec->escape, typed, count, channel_payload(data), &kept)) {
		exec->left = true;
		return fail(failure, STATUS_EXEC_FAILED, "left the command (~.)");
	}
	if (kept)
		channel_send(data, FRAME_STDIN, kept);
	return 1;
}

static int exec_produce(struct operation *operation, struct failure *failure)
{
	struct exec *exec = (struct exec *)operation;
	struct channel *data = &operation->link->data;
	bool typed = exec->request.flags & EXEC_TTY;
	uint8_t keys[1024];
	ssize_t count;

	if (!exec->input_open || (!exec->input_always && !exec->input_ready))
		return 0;
	exec->input_ready = false;
	count = typed ? read(STDIN_FILENO, keys, sizeof(keys)) :
			read(STDIN_FILENO, channel_payload(data), INPUT_MAX);
	if (count < 0 && errno != EAGAIN && errno != EINTR)
		return fail_errno(failure, STATUS_LOCAL, "cannot read stdin");
	if (count == 0) {
		end_input(exec);
		return 1;
	}
	wait_for_input(exec);
	if (count < 0)
		return 0;
	if (typed)
		return pass_typed(exec, keys, count, failure);
	channel_send(data, FRAME_STDIN, count);
	return 1;
}

static void exec_event(struct operation *operation, uint32_t id, uint32_t events)
{
	(void)events;
	if (id == CLIENT_INPUT_EVENT)
		((struct exec *)operation)->input_ready = true;
}

static void exec_release(struct operation *operation)
{
	(void)operation;
}

static const struct operation_ops exec_ops = {
	.control = exec_control,
	.data = exec_data,
	.produce = exec_produce,
	.event = exec_event,
	.release = exec_release,
};

static bool pass_signal(void *owner, int number)
{
	struct exec *exec = owner;
	struct channel *control = &exec->operation.link->control;
	struct signal_request request = { .number = number };
	struct window_size window;

	if (number == SIGWINCH) {
		terminal_size(&window);
		if (exec->request.flags & EXEC_TTY)
			channel_message(control, FRAME_RESIZE, &window);
		return true;
	}
	if (number != SIGINT || exec->interrupts++ == INTERRUPTS_PASSED)
		return false;
	return channel_message(control, FRAME_SIGNAL, &request);
}

static int watch_input(struct exec *exec, struct failure *failure)
{
	if (exec->request.flags & EXEC_NO_STDIN)
		return 0;
	exec->input_open = true;
	if (!link_watch(exec->operation.link, STDIN_FILENO, CLIENT_INPUT_EVENT,
			EPOLLIN | EPOLLONESHOT))
		return 0;
	exec->input_always = errno == EPERM;
	if (exec->input_always)
		return 0;
	return fail_errno(failure, STATUS_LOCAL, "cannot wait for stdin");
}

static int run_in_session(struct exec *exec, struct client *client, struct failure *failure)
{
	bool raw = exec->request.flags & EXEC_TTY;
	int result;

	exec->operation.ops = &exec_ops;
	exec->operation.link = &client->link;
	if (client_request(client, FRAME_EXEC, &exec->request, failure) ||
	    watch_input(exec, failure))
		return -1;
	client->on_signal = pass_signal;
	client->owner = exec;
	if (raw)
		terminal_raw();
	result = client_run(client, &exec->operation, failure);
	terminal_restore();
	return result;
}

static int status_of_failure(const struct failure *failure)
{
	if (failure->status != 128 + SIGPIPE)
		complain(failure);
	if (failure->status >= 128)
		return failure->status;
	if (failure->status == STATUS_REMOTE && failure->number == ENOENT)
		return STATUS_NOT_FOUND;
	if (failure->status == STATUS_REMOTE && failure->number)
		return STATUS_CANNOT_EXECUTE;
	return STATUS_EXEC_FAILED;
}

static int run(struct exec *exec)
{
	struct failure failure;
	struct client client;
	struct window_size window;
	int result;

	terminal_size(&window);
	exec->request.rows = window.rows;
	exec->request.columns = window.columns;
	if (client_open(&client, &exec->common, true, &failure))
		return status_of_failure(&failure);
	result = run_in_session(exec, &client, &failure);
	client_close(&client);
	free(exec->environment);
	if (result)
		return status_of_failure(&failure);
	return exec->how.how == EXIT_KILLED ? 128 + (int)exec->how.status : (int)exec->how.status;
}

static void add_variable(struct exec *exec, char *variable)
{
	char **grown = realloc(exec->environment, (exec->variables + 2) * sizeof(*grown));

	if (!grown)
		abort();
	exec->environment = grown;
	exec->environment[exec->variables++] = variable;
	exec->environment[exec->variables] = NULL;
	exec->request.environment = grown;
}

static int read_options(const struct subcommand *self, struct exec *exec, int argc, char **argv)
{
	int option, status = STATUS_OK;

	options_default(&exec->common);
	while ((option = getopt_long(argc, argv, "+" COMMON_LETTERS "tnC:e:", options, NULL)) !=
	       -1) {
		if (option == 't')
			exec->request.flags |= EXEC_TTY;
		else if (option == 'n')
			exec->request.flags |= EXEC_NO_STDIN;
		else if (option == 'C' && strlen(optarg) < PATH_SIZE)
			strcpy(exec->request.directory, optarg);
		else if (option == 'e' && strchr(optarg, '='))
			add_variable(exec, optarg);
		else
			status = options_take(self, &exec->common, option);
		if (status)
			return STATUS_EXEC_FAILED;
	}
	exec->request.arguments = argv + optind;
	return STATUS_OK;
}

/* The guest's programs are to know what terminal they are drawing on. */
static void pass_term(struct exec *exec)
{
	const char *term = getenv("TERM");

	if (!(exec->request.flags & EXEC_TTY) || !term)
		return;
	snprintf(exec->term, sizeof(exec->term), "TERM=%s", term);
	add_variable(exec, exec->term);
}

static int run_exec(const struct subcommand *self, int argc, char **argv)
{
	struct exec exec = { 0 };
	int status = read_options(self, &exec, argc, argv);

	if (status)
		return status;
	if (!exec.request.arguments[0]) {
		program_usage(self, "give a command to run");
		return STATUS_EXEC_FAILED;
	}
	pass_term(&exec);
	return run(&exec);
}

static int run_shell(const struct subcommand *self, int argc, char **argv)
{
	struct exec exec = { 0 };
	int status;

	if (isatty(STDIN_FILENO))
		exec.request.flags = EXEC_TTY;
	status = read_options(self, &exec, argc, argv);
	if (status)
		return status;
	if (exec.request.arguments[0]) {
		program_usage(self, "an argument too many; exec runs a command");
		return STATUS_EXEC_FAILED;
	}
	pass_term(&exec);
	return run(&exec);
}

#define EXEC_HELP \
	"  -t, --tty          give it a terminal; Enter ~ . is the way out\n" \
	"  -n, --no-stdin     do not read stdin\n" \
	"  -C, --chdir DIR    run it in this directory of the guest\n" \
	"  -e, --env NAME=VALUE\n" \
	"                     set a variable for it\n" \
	COMMON_HELP \
	"\n" \
	"The exit status is the command's, 128+N if signal N ended it; 127 if it was not\n" \
	"found, 126 if it could not be run, 125 if portside itself failed.\n"

const struct subcommand command_exec = {
	.name = "exec",
	.arguments = "[OPTION]... COMMAND [ARGUMENT]...",
	.summary = "Run a command in the guest",
	.help = EXEC_HELP,
	.run = run_exec,
};

const struct subcommand command_shell = {
	.name = "shell",
	.arguments = "[OPTION]...",
	.summary = "Run a login shell in the guest",
	.help = EXEC_HELP,
	.run = run_shell,
};
