// SPDX-License-Identifier: GPL-2.0
/*
 * What a host can ask an agent: PUT, GET, EXEC and POWER. Each is checked against the
 * agent's policy, logged, and answered with ACCEPTED or an error before anything else.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent.h"
#include "command.h"
#include "destination.h"
#include "send.h"

static int malformed(struct failure *failure)
{
	return fail(failure, STATUS_PROTOCOL, "protocol error: a malformed request");
}

static void doing(struct agent *agent, const char *what, const char *object)
{
	snprintf(agent->doing, sizeof(agent->doing), "%s: %s %.500s", agent->client, what, object);
}

/* The beginning of what is run, for the log. */
static void doing_command(struct agent *agent, char *const *arguments)
{
	char line[512] = "a login shell";
	size_t used = 0;

	for (; *arguments && used < sizeof(line); arguments++)
		used += snprintf(line + used, sizeof(line) - used, "%s%s", used ? " " : "",
				 *arguments);
	doing(agent, "exec", line);
}

static void accept_operation(struct agent *agent, struct operation *operation)
{
	if (!operation) {
		agent_refuse(agent, ERROR_FAILED, ENOMEM, "the agent has no memory");
		return;
	}
	agent->operation = operation;
	agent_log(agent, "%s", agent->doing);
	channel_send(&agent->link.control, FRAME_ACCEPTED, 0);
}

static bool is_refused(struct agent *agent, uint32_t policies, const char *text)
{
	if (agent->operation) {
		agent_refuse(agent, ERROR_BUSY, 0, "the agent is still busy with a request");
		return true;
	}
	if (!(agent->policy & policies))
		return false;
	agent_refuse(agent, ERROR_REFUSED, 0, text);
	return true;
}

static bool lacks_data_port(struct agent *agent)
{
	if (agent->attached)
		return false;
	agent_refuse(agent, ERROR_FAILED, 0, "the data port is not connected");
	return true;
}

static int on_put(struct agent *agent, const struct frame *frame, struct failure *failure)
{
	struct receive_options options = { .mode_mask = 07777 };
	struct put_request put;
	struct failure refusal;

	if (!message_decode(FRAME_PUT, frame->payload, frame->length, &put) ||
	    !digest_name(put.digest))
		return malformed(failure);
	doing(agent, "put", put.destination);
	if (is_refused(agent, POLICY_READ_ONLY, "the agent is read-only (--read-only)") ||
	    lacks_data_port(agent))
		return 0;
	options.flags = put.flags;
	options.digest = put.digest;
	if (destination_open(&agent->jail, put.destination, &options, &refusal))
		agent_refuse(agent, ERROR_FAILED, refusal.number, refusal.text);
	else
		accept_operation(agent, receive_start(&agent->link, &options));
	return 0;
}

static int on_get(struct agent *agent, const struct frame *frame, struct failure *failure)
{
	struct send_options options = { .sources = &agent->source, .count = 1 };
	struct get_request *get = &agent->get;
	struct failure refusal;

	if (agent->operation) {
		agent_refuse(agent, ERROR_BUSY, 0, "the agent is still busy with a request");
		return 0;
	}
	if (!message_decode(FRAME_GET, frame->payload, frame->length, get) ||
	    !digest_name(get->digest) || strchr(get->name, '/') ||
	    !path_is_relative_and_plain(get->name))
		return malformed(failure);
	doing(agent, "get", get->path);
	if (lacks_data_port(agent))
		return 0;
	agent->source = (struct send_source){ .path = get->path, .name = get->name };
	options.flags = get->flags;
	options.digest = get->digest;
	options.fd = jail_open_source(&agent->jail, get->path);
	if (options.fd < 0) {
		if (errno == ENOTSUP)
			fail(&refusal, STATUS_REMOTE, "%s: neither a file nor a directory",
			     get->path);
		else
			fail_errno(&refusal, STATUS_REMOTE, "%s", get->path);
		agent_refuse(agent, ERROR_FAILED, refusal.number, refusal.text);
		return 0;
	}
	accept_operation(agent, send_start(&agent->link, &options));
	return 0;
}

static int on_exec(struct agent *agent, const struct frame *frame, struct failure *failure)
{
	struct operation *operation;
	struct exec_request exec;
	struct failure refusal;

	if (!message_decode(FRAME_EXEC, frame->payload, frame->length, &exec))
		return malformed(failure);
	doing_command(agent, exec.arguments);
	if (is_refused(agent, POLICY_READ_ONLY | POLICY_NO_EXEC | POLICY_CONFINED,
		       "the agent does not run commands (--no-exec, --read-only or --root)") ||
	    lacks_data_port(agent)) {
		exec_request_free(&exec);
		return 0;
	}
	operation = command_start(&agent->link, &exec, AGENT_COMMAND_EVENT, &refusal);
	exec_request_free(&exec);
	if (operation)
		accept_operation(agent, operation);
	else
		agent_refuse(agent, ERROR_FAILED, refusal.number, refusal.text);
	return 0;
}

static int on_power(struct agent *agent, const struct frame *frame, struct failure *failure)
{
	struct power_request power;

	if (!message_decode(FRAME_POWER, frame->payload, frame->length, &power))
		return malformed(failure);
	doing(agent, power.action == POWER_REBOOT ? "reboot" : "power off",
	      power.force ? "by force" : "");
	if (is_refused(agent, POLICY_READ_ONLY, "the agent is read-only (--read-only)"))
		return 0;
	agent_log(agent, "%s", agent->doing);
	channel_send(&agent->link.control, FRAME_ACCEPTED, 0);
	agent->power = power.action;
	agent->force = power.force;
	return 0;
}

static const struct {
	uint8_t type;
	int (*handle)(struct agent *agent, const struct frame *frame, struct failure *failure);
} requests[] = {
	{ FRAME_PUT, on_put },
	{ FRAME_GET, on_get },
	{ FRAME_EXEC, on_exec },
	{ FRAME_POWER, on_power },
};

/**
 * agent_is_request() - does a frame ask for something?
 * @type: of the frame
 *
 * Return: true if agent_request() knows it.
 */
bool agent_is_request(uint8_t type)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].type == type)
			return true;
	return false;
}

/**
 * agent_request() - begin what is asked for, or refuse it
 * @agent: in a session
 * @frame: a request
 * @failure: on error, why
 *
 * Return: 0, also when the request was refused; -1 if the frame breaks the protocol.
 */
int agent_request(struct agent *agent, const struct frame *frame, struct failure *failure)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].type == frame->type)
			return requests[i].handle(agent, frame, failure);
	return operation_unexpected(frame, failure);
}
