/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The agent: the guest's end of the protocol. agent.c is the session, agent_requests.c
 * what can be asked, agent_ports.c the ports it waits for, cmd_agent.c the program.
 */
#ifndef PORTSIDE_AGENT_H
#define PORTSIDE_AGENT_H

#include "operation.h"
#include "path.h"
#include "send.h"

/* Ids of watched descriptors. */
#define AGENT_PORTS_EVENT   (LINK_OTHERS + 0)
#define AGENT_STOP_EVENT    (LINK_OTHERS + 1)
#define AGENT_COMMAND_EVENT (LINK_OTHERS + 2)

/**
 * struct agent_port - one of the two ports
 * @address: what to open
 * @said: errno that was logged when it could not be opened, 0 after success
 * @device: a character device: its end of file is a host that went away
 */
struct agent_port {
	const char *address;
	int said;
	bool device;
};

/**
 * struct agent - the guest's end
 * @link: both channels
 * @ports: what they are connected to, by LINK_CONTROL and LINK_DATA
 * @watch: inotify descriptor for ports that do not exist yet
 * @retry: it is time to try to open missing ports again
 * @over: the agent's ports were inherited and are gone
 * @jail: where paths begin
 * @policy: enum policy
 * @instance: random, the same until the agent ends
 * @in_session: a host is being served
 * @connected: its connection has been seen, so that a hang-up means its end
 * @hung_up_ms: since when the control port has been hung up in this session, or 0
 * @ended: the session before, which cannot be taken up again
 * @ended_why: why it ended, printable
 * @attached: the data channel is in step too
 * @client: who is served, printable
 * @operation: what is going on, or NULL
 * @get: what is being sent, while something is
 * @source: the same for the sender
 * @doing: the request in words, for the log
 * @power: what to do after the session's last words, or -1
 * @force: do it without the init system
 * @log_tokens: messages that may still be logged now
 * @log_time: when @log_tokens was last filled up, in seconds
 */
struct agent {
	struct link link;
	struct agent_port ports[2];
	int watch;
	bool retry;
	bool over;
	struct jail jail;
	uint32_t policy;
	uint64_t instance;
	bool in_session;
	bool connected;
	int64_t hung_up_ms;
	uint64_t ended;
	char ended_why[TEXT_SIZE];
	bool attached;
	char client[NAME_SIZE];
	struct operation *operation;
	struct get_request get;
	struct send_source source;
	char doing[TEXT_SIZE];
	int power;
	bool force;
	int log_tokens;
	int64_t log_time;
};

int agent_init(struct agent *agent, struct failure *failure);
void agent_free(struct agent *agent);
bool agent_step(struct agent *agent);
int agent_patience(const struct agent *agent, int most_ms);
void agent_end_session(struct agent *agent, const char *why);
void agent_say_ended(struct agent *agent);
void agent_log(struct agent *agent, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

bool agent_is_request(uint8_t type);
int agent_request(struct agent *agent, const struct frame *frame, struct failure *failure);
void agent_refuse(struct agent *agent, enum error_code code, int number, const char *text);

int agent_ports_init(struct agent *agent, struct failure *failure);
void agent_ports_open(struct agent *agent);
bool agent_ports_missing(const struct agent *agent);
void agent_port_lost(struct agent *agent, uint32_t id, const char *why);
void agent_ports_event(struct agent *agent);

void power_down(int action, bool force);

#endif
