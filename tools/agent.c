// SPDX-License-Identifier: GPL-2.0
/*
 * The agent's session: who is being served, and which frames go where. A host that
 * breaks the protocol loses its session, and nothing else happens.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "text.h"
#include "version.h"

/* A hostile host may make us talk, but not without end. */
#define LOG_BURST      50
#define LOG_PER_SECOND 5

/*
 * What the next host sends may overtake the news that the last one is gone: only a
 * hang-up that lasts is an end.
 */
#define HANG_UP_MS 1000

static int64_t seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int64_t milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static bool may_log(struct agent *agent)
{
	int64_t now = seconds_now();
	int64_t earned = (now - agent->log_time) * LOG_PER_SECOND;

	if (earned > 0) {
		agent->log_time = now;
		agent->log_tokens += earned < LOG_BURST ? earned : LOG_BURST;
		if (agent->log_tokens > LOG_BURST)
			agent->log_tokens = LOG_BURST;
	}
	return agent->log_tokens-- > 0;
}

/**
 * agent_log() - tell who watches the agent
 * @agent: limits how often
 * @format: as of printf(); the text may hold any bytes
 */
void agent_log(struct agent *agent, const char *format, ...)
{
	char raw[2 * TEXT_SIZE], text[2 * TEXT_SIZE];
	va_list arguments;

	if (!may_log(agent)) {
		agent->log_tokens = 0;
		return;
	}
	va_start(arguments, format);
	vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	text_printable(text, sizeof(text), raw);
	fprintf(stderr, "portside agent: %s\n", text);
}

static void release_operation(struct agent *agent, const char *outcome)
{
	struct operation *operation = agent->operation;
	struct summary summary = { 0 };
	char size[32];

	if (operation->ops->summary) {
		operation->ops->summary(operation, &summary);
		agent_log(agent, "%s: %s: %llu done, %llu failed, %s", agent->doing, outcome,
			  (unsigned long long)summary.done, (unsigned long long)summary.failed,
			  text_bytes(size, sizeof(size), summary.bytes));
	} else {
		agent_log(agent, "%s: %s", agent->doing, outcome);
	}
	agent->operation = NULL;
	operation->ops->release(operation);
}

/**
 * agent_end_session() - serve nobody
 * @agent: in a session or not
 * @why: for the log, or NULL if there is nothing to tell
 */
void agent_end_session(struct agent *agent, const char *why)
{
	if (agent->operation)
		release_operation(agent, why ? why : "cut off");
	else if (agent->in_session && why)
		agent_log(agent, "%s: %s", agent->client, why);
	if (agent->in_session) {
		agent->ended = agent->link.control.session;
		text_printable(agent->ended_why, sizeof(agent->ended_why), why ? why : "it was closed");
	}
	agent->in_session = false;
	agent->hung_up_ms = 0;
	agent->attached = false;
	agent->connected = false;
	frame_reader_scan(&agent->link.control.reader, FRAME_HELLO, 0);
	frame_reader_scan(&agent->link.data.reader, FRAME_HELLO, 0);
	channel_forget(&agent->link.data);
}

static uint64_t uptime_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

static void say_welcome(struct agent *agent)
{
	struct welcome welcome = {
		.version = FRAME_VERSION,
		.policy = agent->policy,
		.instance = agent->instance,
		.uptime_ms = uptime_ms(),
		.agent = PORTSIDE_VERSION,
	};
	struct utsname system;

	if (!uname(&system)) {
		snprintf(welcome.host, sizeof(welcome.host), "%s", system.nodename);
		snprintf(welcome.kernel, sizeof(welcome.kernel), "%s", system.release);
	}
	channel_message(&agent->link.control, FRAME_WELCOME, &welcome);
}

static void send_error(struct channel *channel, enum error_code code, int number,
		       const char *text)
{
	struct error_message error = { .code = code, .number = number };

	text_printable(error.text, sizeof(error.text), text);
	channel_message(channel, FRAME_ERROR, &error);
}

/**
 * agent_refuse() - answer a request with an error
 * @agent: in a session
 * @code: enum error_code
 * @number: errno, or 0
 * @text: for the user at the host
 */
void agent_refuse(struct agent *agent, enum error_code code, int number, const char *text)
{
	agent_log(agent, "%s: refused: %s", agent->doing, text);
	send_error(&agent->link.control, code, number, text);
}

/**
 * agent_say_ended() - tell the host that its session is over
 * @agent: after agent_end_session()
 *
 * A session that ended must not begin again without what was under way in it.
 */
void agent_say_ended(struct agent *agent)
{
	char text[TEXT_SIZE + 32];

	snprintf(text, sizeof(text), "the session has ended: %s", agent->ended_why);
	send_error(&agent->link.control, ERROR_ENDED, 0, text);
}

static void begin_session(struct agent *agent, const struct frame *frame,
			  const struct hello *hello)
{
	struct link *link = &agent->link;

	if (agent->in_session)
		agent_end_session(agent, "another host came");
	channel_forget(&link->control);
	link->control.session = frame->session;
	link->data.session = frame->session;
	frame_reader_sync(&link->control.reader, frame->session);
	frame_reader_scan(&link->data.reader, FRAME_ATTACH, frame->session);
	agent->in_session = true;
	text_printable(agent->client, sizeof(agent->client), hello->client);
	snprintf(agent->doing, sizeof(agent->doing), "%s", agent->client);
}

static void on_hello(struct agent *agent, const struct frame *frame)
{
	struct channel *control = &agent->link.control;
	struct hello hello;

	if (!message_decode(FRAME_HELLO, frame->payload, frame->length, &hello))
		return;
	if (agent->in_session && frame->session == control->session) {
		say_welcome(agent);
		return;
	}
	if (frame->session == agent->ended) {
		agent_say_ended(agent);
		return;
	}
	begin_session(agent, frame, &hello);
	if (hello.lowest <= FRAME_VERSION && hello.highest >= FRAME_VERSION) {
		say_welcome(agent);
		return;
	}
	send_error(control, ERROR_VERSION, 0,
		   "the agent (" PORTSIDE_VERSION ") speaks version 1 of the protocol only");
	agent_end_session(agent, "speaks another version of the protocol");
}

static void settle(struct agent *agent)
{
	if (agent->operation && agent->operation->finished)
		release_operation(agent, "finished");
}

static int agent_control(struct link *link, const struct frame *frame, struct failure *failure)
{
	struct agent *agent = link->owner;
	int done = 0;

	if (frame->type == FRAME_HELLO)
		on_hello(agent, frame);
	else if (frame->type == FRAME_BYE)
		agent_end_session(agent, NULL);
	else if (agent_is_request(frame->type))
		done = agent_request(agent, frame, failure);
	else if (agent->operation)
		done = agent->operation->ops->control(agent->operation, frame, failure);
	else if (frame->type != FRAME_SIGNAL && frame->type != FRAME_RESIZE)
		done = operation_unexpected(frame, failure);
	settle(agent);
	return done;
}

/* A host that reaches the data port first has the two mixed up. */
static void on_wrong_port(struct agent *agent, const struct frame *frame)
{
	struct channel *data = &agent->link.data;

	data->session = frame->session;
	send_error(data, ERROR_WRONG_PORT, 0,
		   "this is the data port: control and data are swapped");
}

static int agent_data(struct link *link, const struct frame *frame, struct failure *failure)
{
	struct agent *agent = link->owner;
	int done = 0;

	if (!agent->in_session) {
		on_wrong_port(agent, frame);
		return 0;
	}
	if (!agent->attached) {
		agent->attached = true;
		frame_reader_sync(&link->data.reader, frame->session);
		channel_send(&link->data, FRAME_ATTACHED, 0);
	} else if (agent->operation) {
		done = agent->operation->ops->data(agent->operation, frame, failure);
	} else if (frame->type != FRAME_STDIN) {
		done = operation_unexpected(frame, failure);
	}
	settle(agent);
	return done;
}

static bool agent_takes_data(struct link *link)
{
	struct agent *agent = link->owner;
	struct operation *operation = agent->operation;

	if (!channel_has_room(&link->data, ANSWER_ROOM))
		return agent->in_session;
	return !operation || !operation->ops->takes_data || operation->ops->takes_data(operation);
}

static int agent_produce(struct link *link, struct failure *failure)
{
	struct agent *agent = link->owner;
	int moved = 0;

	if (agent->operation && agent->operation->ops->produce)
		moved = agent->operation->ops->produce(agent->operation, failure);
	settle(agent);
	return moved;
}

static void agent_event(struct link *link, uint32_t id, uint32_t events)
{
	struct agent *agent = link->owner;

	if (id == AGENT_PORTS_EVENT)
		agent_ports_event(agent);
	else if (agent->operation && agent->operation->ops->event)
		agent->operation->ops->event(agent->operation, id, events);
}

static const struct link_ops agent_link_ops = {
	.control = agent_control,
	.data = agent_data,
	.takes_data = agent_takes_data,
	.produce = agent_produce,
	.event = agent_event,
};

static void on_failure(struct agent *agent, const struct failure *failure)
{
	struct link *link = &agent->link;

	if (link->broken) {
		agent_port_lost(agent, link->broken == &link->data, failure->text);
		return;
	}
	send_error(&link->control, ERROR_PROTOCOL, 0, failure->text);
	agent_end_session(agent, failure->text);
}

/* The host's end of a port that is a device comes and goes; a socket goes for good. */
static void look_for_ends(struct agent *agent)
{
	struct link *link = &agent->link;

	if (link->control.fd >= 0 && link->control.ended && !agent->ports[LINK_CONTROL].device)
		agent_port_lost(agent, LINK_CONTROL, "the control port was closed");
	if (link->data.fd >= 0 && link->data.ended && !agent->ports[LINK_DATA].device)
		agent_port_lost(agent, LINK_DATA, "the data port was closed");
	if (!agent->in_session || !agent->connected ||
	    !(link->hangup[LINK_CONTROL] || link->control.ended))
		agent->hung_up_ms = 0;
	else if (!agent->hung_up_ms)
		agent->hung_up_ms = milliseconds_now();
	else if (milliseconds_now() - agent->hung_up_ms >= HANG_UP_MS)
		agent_end_session(agent, "the host disconnected");
}

/**
 * agent_patience() - how long the agent may sleep
 * @agent: initialised
 * @most_ms: when nothing is due, in milliseconds
 *
 * Return: milliseconds.
 */
int agent_patience(const struct agent *agent, int most_ms)
{
	int64_t left;

	if (!agent->hung_up_ms)
		return most_ms;
	left = agent->hung_up_ms + HANG_UP_MS - milliseconds_now();
	if (left < 1)
		return 1;
	return left < most_ms ? left : most_ms;
}

/**
 * agent_step() - do what can be done without waiting
 * @agent: initialised
 *
 * Return: false if it is time to wait.
 */
bool agent_step(struct agent *agent)
{
	struct failure failure;
	int moved;

	if (agent->in_session && !agent->link.hangup[LINK_CONTROL])
		agent->connected = true;
	moved = link_turn(&agent->link, &failure);
	if (moved < 0)
		on_failure(agent, &failure);
	look_for_ends(agent);
	return moved;
}

/**
 * agent_init() - an agent without ports
 * @agent: receives the state; ports and policy are for the caller to set
 * @failure: on error, why
 *
 * Return: 0 or -1.
 */
int agent_init(struct agent *agent, struct failure *failure)
{
	memset(agent, 0, sizeof(*agent));
	agent->jail.root = -1;
	agent->power = -1;
	agent->log_tokens = LOG_BURST;
	agent->log_time = seconds_now();
	if (getrandom(&agent->instance, sizeof(agent->instance), GRND_NONBLOCK) < 0)
		agent->instance = uptime_ms() << 20 ^ getpid();
	if (link_init(&agent->link, &agent_link_ops, agent, failure))
		return -1;
	agent->link.control.reader.interrupt = FRAME_HELLO;
	agent_end_session(agent, NULL);
	return agent_ports_init(agent, failure);
}

/**
 * agent_free() - end what is going on and close everything
 * @agent: initialised
 */
void agent_free(struct agent *agent)
{
	agent_end_session(agent, "the agent ends");
	link_free(&agent->link);
	close(agent->watch);
	if (agent->jail.root >= 0)
		close(agent->jail.root);
}
