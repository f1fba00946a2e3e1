/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host command's session with an agent: connecting, asking, and carrying an
 * operation through, with an eye on the time.
 */
#ifndef PORTSIDE_CLIENT_H
#define PORTSIDE_CLIENT_H

#include "operation.h"
#include "target.h"

#define CLIENT_SIGNAL_EVENT (LINK_OTHERS + 0)
#define CLIENT_INPUT_EVENT  (LINK_OTHERS + 1)

/**
 * struct client - a session
 * @link: both channels
 * @target: the guest
 * @welcome: what the agent said about itself
 * @welcomed: it has said so
 * @asked_at: when the first HELLO was sent, in seconds
 * @attached: the data channel is in step
 * @accepted: the last request was accepted
 * @operation: what is going on, or NULL
 * @timeout_ms: how long the guest may be silent
 * @moved_ms: when something was last heard or passed on
 * @asked_ms: when a HELLO was last sent
 * @hello_ms: how long the first answer took, in milliseconds
 * @traffic: bytes moved until @moved_ms
 * @signals: descriptor that signals arrive on, or -1
 * @signal: a signal that came and was not taken by @on_signal, or 0
 * @on_signal: returns true if it takes a signal; or NULL
 * @tick: called several times a second while waiting; or NULL
 * @owner: for @on_signal and @tick
 */
struct client {
	struct link link;
	struct target target;
	struct welcome welcome;
	bool welcomed;
	double asked_at;
	bool attached;
	bool accepted;
	struct operation *operation;
	int timeout_ms;
	int64_t moved_ms;
	int64_t asked_ms;
	double hello_ms;
	uint64_t traffic;
	int signals;
	int signal;
	bool (*on_signal)(void *owner, int number);
	void (*tick)(void *owner);
	void *owner;
};

int client_open(struct client *client, const struct common_options *options, bool with_data,
		struct failure *failure);
int client_request(struct client *client, uint8_t type, const void *message,
		   struct failure *failure);
int client_run(struct client *client, struct operation *operation, struct failure *failure);
int client_until_gone(struct client *client, struct failure *failure);
void client_close(struct client *client);
int64_t client_now_ms(void);

#endif
