// SPDX-License-Identifier: GPL-2.0
/*
 * A host command's session with an agent (docs/protocol.md, Sessions). The agent is not
 * trusted: whatever it sends ends at worst this command.
 */
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "client.h"
#include "text.h"
#include "version.h"

#define HELLO_EVERY_MS 1000
#define TICK_MS	       200
#define RETRY_MS       100

/**
 * client_now_ms() - a clock that only goes forward
 *
 * Return: milliseconds.
 */
int64_t client_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void say_hello(struct client *client)
{
	struct hello hello = { .lowest = FRAME_VERSION, .highest = FRAME_VERSION };
	const struct passwd *entry = getpwuid(getuid());
	char host[65] = "";

	gethostname(host, sizeof(host) - 1);
	snprintf(hello.client, sizeof(hello.client), "%.64s@%s portside " PORTSIDE_VERSION
		 " process %d", entry ? entry->pw_name : "?", host, (int)getpid());
	channel_message(&client->link.control, FRAME_HELLO, &hello);
	client->asked_ms = client_now_ms();
}

static int on_welcome(struct client *client, const struct frame *frame, struct failure *failure)
{
	struct welcome welcome;

	if (!message_decode(FRAME_WELCOME, frame->payload, frame->length, &welcome) ||
	    welcome.version != FRAME_VERSION)
		return fail(failure, STATUS_PROTOCOL, "the agent's welcome is malformed");
	if (client->welcomed && welcome.instance != client->welcome.instance)
		return fail(failure, STATUS_CONNECTION, "the agent in the guest was restarted");
	if (!client->welcomed)
		client->hello_ms = (seconds_now() - client->asked_at) * 1000;
	client->welcome = welcome;
	client->welcomed = true;
	frame_reader_sync(&client->link.control.reader, frame->session);
	return 0;
}

static enum status status_of_error(const struct error_message *error)
{
	switch (error->code) {
	case ERROR_REFUSED:
	case ERROR_FAILED:
		return STATUS_REMOTE;
	case ERROR_BUSY:
		return STATUS_BUSY;
	case ERROR_ENDED:
		return STATUS_CONNECTION;
	default:
		return STATUS_PROTOCOL;
	}
}

static int on_error(const struct frame *frame, struct failure *failure)
{
	struct error_message error;

	if (!message_decode(FRAME_ERROR, frame->payload, frame->length, &error))
		return fail(failure, STATUS_PROTOCOL, "the agent's error message is malformed");
	fail(failure, status_of_error(&error), "guest: %s", error.text);
	failure->number = error.number;
	return -1;
}

static int client_control(struct link *link, const struct frame *frame, struct failure *failure)
{
	struct client *client = link->owner;

	switch (frame->type) {
	case FRAME_WELCOME:
		return on_welcome(client, frame, failure);
	case FRAME_ERROR:
		return on_error(frame, failure);
	case FRAME_ACCEPTED:
		client->accepted = true;
		return 0;
	default:
		if (client->operation)
			return client->operation->ops->control(client->operation, frame, failure);
		return operation_unexpected(frame, failure);
	}
}

static int client_data(struct link *link, const struct frame *frame, struct failure *failure)
{
	struct client *client = link->owner;

	if (!client->attached) {
		client->attached = true;
		frame_reader_sync(&link->data.reader, frame->session);
		return 0;
	}
	if (client->operation)
		return client->operation->ops->data(client->operation, frame, failure);
	return operation_unexpected(frame, failure);
}

static bool client_takes_data(struct link *link)
{
	struct client *client = link->owner;
	struct operation *operation = client->operation;

	/* What follows an ACCEPTED waits for the operation that it is meant for. */
	if (!operation)
		return !client->attached;
	return !operation->ops->takes_data || operation->ops->takes_data(operation);
}

static int client_produce(struct link *link, struct failure *failure)
{
	struct client *client = link->owner;
	struct operation *operation = client->operation;

	if (!operation || !operation->ops->produce || operation->finished)
		return 0;
	return operation->ops->produce(operation, failure);
}

static void client_event(struct link *link, uint32_t id, uint32_t events)
{
	struct client *client = link->owner;
	struct signalfd_siginfo info;

	if (id != CLIENT_SIGNAL_EVENT) {
		if (client->operation && client->operation->ops->event)
			client->operation->ops->event(client->operation, id, events);
		return;
	}
	while (read(client->signals, &info, sizeof(info)) == sizeof(info))
		if (!client->on_signal || !client->on_signal(client->owner, info.ssi_signo))
			client->signal = info.ssi_signo;
}

static const struct link_ops client_link_ops = {
	.control = client_control,
	.data = client_data,
	.takes_data = client_takes_data,
	.produce = client_produce,
	.event = client_event,
};

static int watch_signals(struct client *client, struct failure *failure)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGWINCH);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	client->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (client->signals < 0 ||
	    link_watch(&client->link, client->signals, CLIENT_SIGNAL_EVENT, EPOLLIN))
		return fail_errno(failure, STATUS_LOCAL, "cannot wait for signals");
	return 0;
}

/* Something moved, or else the guest is asked, or given up. */
static int check_silence(struct client *client, struct failure *failure)
{
	const struct link *link = &client->link;
	uint64_t traffic = link->control.received + link->data.received + link->data.sent;
	int64_t now = client_now_ms();
	int64_t every = client->welcomed ? client->timeout_ms / 3 : HELLO_EVERY_MS;

	if (traffic != client->traffic) {
		client->traffic = traffic;
		client->moved_ms = now;
		client->asked_ms = now;
		return 0;
	}
	if (now - client->moved_ms >= client->timeout_ms)
		return fail(failure, STATUS_CONNECTION,
			    client->welcomed ? "guest %s has stopped answering" :
					       "guest %s does not answer: is the agent running in it, "
					       "and no other program connected?",
			    client->target.name);
	if (now - client->asked_ms >= every && link->control.out_start == link->control.out_end)
		say_hello(client);
	return 0;
}

static int check_connection(struct client *client, struct failure *failure)
{
	if (client->link.control.ended || client->link.data.ended)
		return fail(failure, STATUS_CONNECTION, "guest %s closed the connection",
			    client->target.name);
	return 0;
}

static int one_turn(struct client *client, struct failure *failure)
{
	int moved = link_turn(&client->link, failure);

	if (client->tick)
		client->tick(client->owner);
	if (client->signal) {
		fail(failure, STATUS_LOCAL, "stopped by signal %d", client->signal);
		failure->status = 128 + client->signal;
		return -1;
	}
	if (moved < 0)
		return -1;
	if (moved) {
		link_wait(&client->link, 0);
		return 0;
	}
	return 1;
}

/* 0: done; 1: the time is over; -1: it failed. */
static int until_time(struct client *client, const bool *done, int64_t end_ms,
		      struct failure *failure)
{
	client->moved_ms = client_now_ms();
	while (!*done) {
		int idle = one_turn(client, failure);

		if (idle < 0)
			return -1;
		if (*done || !idle)
			continue;
		if (check_connection(client, failure) || check_silence(client, failure))
			return -1;
		if (client_now_ms() >= end_ms)
			return 1;
		link_wait(&client->link, TICK_MS);
	}
	return 0;
}

static int until(struct client *client, const bool *done, struct failure *failure)
{
	return until_time(client, done, INT64_MAX, failure);
}

/*
 * Opens a port. It may not be there yet, if the user wants to wait; and a socket whose
 * queue is full (EAGAIN) has other clients, which may go.
 */
static int open_port(struct client *client, uint32_t id, const char *address, int64_t deadline,
		     struct failure *failure)
{
	int64_t patience = client_now_ms() + client->timeout_ms;
	int fd;

	for (;;) {
		fd = address_open(address);
		if (fd >= 0 || client_now_ms() >= (errno == EAGAIN ? patience : deadline))
			break;
		poll(NULL, 0, RETRY_MS);
	}
	if (fd < 0 && errno == EAGAIN)
		return fail(failure, STATUS_BUSY, "%s: other programs are connected", address);
	if (fd < 0)
		return fail_errno(failure, STATUS_CONNECTION, "cannot connect to %s", address);
	if (link_use(&client->link, id, fd))
		return fail_errno(failure, STATUS_CONNECTION, "cannot use %s", address);
	return 0;
}

/* Finds and locks the guest; waits for both if the user wants to. */
static int find(struct client *client, const struct common_options *options, int64_t deadline,
		struct failure *failure)
{
	for (;;) {
		if (!target_find(&client->target, options, failure) &&
		    !target_lock(&client->target, failure))
			return 0;
		if (!options->wait || failure->status == STATUS_USAGE ||
		    client_now_ms() >= deadline)
			return -1;
		poll(NULL, 0, RETRY_MS);
	}
}

/* Answers on the control port say nothing about the data port: this wait ends by itself. */
static int attach(struct client *client, struct failure *failure)
{
	int done;

	channel_send(&client->link.data, FRAME_ATTACH, 0);
	done = until_time(client, &client->attached, client_now_ms() + client->timeout_ms,
			  failure);
	if (done <= 0)
		return done;
	return fail(failure, STATUS_CONNECTION, "guest %s does not answer on its data port",
		    client->target.name);
}

static int shake_hands(struct client *client, bool with_data, struct failure *failure)
{
	struct link *link = &client->link;
	uint64_t session = 0;

	while (!session)
		if (getrandom(&session, sizeof(session), 0) < 0 && errno != EINTR)
			return fail_errno(failure, STATUS_LOCAL, "getrandom");
	link->control.session = session;
	link->data.session = session;
	link->control.reader.refusal = FRAME_ERROR;
	frame_reader_scan(&link->control.reader, FRAME_WELCOME, session);
	frame_reader_scan(&link->data.reader, FRAME_ATTACHED, session);
	client->asked_at = seconds_now();
	say_hello(client);
	if (until(client, &client->welcomed, failure))
		return -1;
	if (!with_data)
		return 0;
	return attach(client, failure);
}

static int connect_and_greet(struct client *client, const struct common_options *options,
			     bool with_data, struct failure *failure)
{
	int64_t deadline = options->wait ? client_now_ms() + options->timeout_ms : 0;

	if (watch_signals(client, failure) || find(client, options, deadline, failure))
		return -1;
	if (with_data && !client->target.data[0])
		return fail(failure, STATUS_USAGE, "--control without --data: this needs both");
	if (open_port(client, LINK_CONTROL, client->target.control, deadline, failure))
		return -1;
	if (with_data &&
	    open_port(client, LINK_DATA, client->target.data, deadline, failure))
		return -1;
	return shake_hands(client, with_data, failure);
}

/**
 * client_open() - begin a session
 * @client: receives it; to be closed with client_close() on success
 * @options: which guest, how long to wait
 * @with_data: the data port is needed
 * @failure: on error, why
 *
 * Context: waits. SIGINT, SIGTERM, SIGHUP and SIGWINCH are blocked from here on.
 * Return: 0 or -1.
 */
int client_open(struct client *client, const struct common_options *options, bool with_data,
		struct failure *failure)
{
	memset(client, 0, sizeof(*client));
	client->timeout_ms = options->timeout_ms;
	client->signals = -1;
	client->target.lock = -1;
	if (link_init(&client->link, &client_link_ops, client, failure))
		return -1;
	if (!connect_and_greet(client, options, with_data, failure))
		return 0;
	client_close(client);
	return -1;
}

/**
 * client_request() - ask for something
 * @client: in a session
 * @type: of the request
 * @message: its structure
 * @failure: why it was refused
 *
 * Return: 0 if it was accepted, or -1.
 */
int client_request(struct client *client, uint8_t type, const void *message,
		   struct failure *failure)
{
	client->accepted = false;
	if (!channel_message(&client->link.control, type, message))
		return fail(failure, STATUS_USAGE, "the request is longer than 64 KiB");
	return until(client, &client->accepted, failure);
}

/**
 * client_run() - carry an operation through
 * @client: in a session
 * @operation: released before this returns
 * @failure: why it ended early
 *
 * Return: 0 when it is finished, or -1.
 */
int client_run(struct client *client, struct operation *operation, struct failure *failure)
{
	int done;

	if (!operation)
		return fail(failure, STATUS_LOCAL, "no memory");
	client->operation = operation;
	done = until(client, &operation->finished, failure);
	client->operation = NULL;
	operation->ops->release(operation);
	return done;
}

/**
 * client_until_gone() - wait until QEMU has ended
 * @client: in a session
 * @failure: why this cannot be waited for
 *
 * Return: 0 when the connection has ended, -1 if it has not in time.
 */
int client_until_gone(struct client *client, struct failure *failure)
{
	int64_t deadline = client_now_ms() + client->timeout_ms;

	while (client_now_ms() < deadline) {
		int idle = one_turn(client, failure);

		if (idle < 0)
			return client->link.broken ? 0 : -1;
		if (client->link.control.ended)
			return 0;
		if (idle)
			link_wait(&client->link, TICK_MS);
	}
	return fail(failure, STATUS_CONNECTION, "guest %s is still running after %d s",
		    client->target.name, client->timeout_ms / 1000);
}

/* Last words are sent if they can be without waiting. */
static void say_goodbye(struct client *client)
{
	struct channel *control = &client->link.control;

	if (!client->welcomed || control->fd < 0 || !channel_has_room(control, 0))
		return;
	channel_send(control, FRAME_BYE, 0);
	channel_flush(control);
}

/**
 * client_close() - end the session
 * @client: opened
 */
void client_close(struct client *client)
{
	say_goodbye(client);
	if (client->signals >= 0)
		close(client->signals);
	link_free(&client->link);
	target_unlock(&client->target);
}
