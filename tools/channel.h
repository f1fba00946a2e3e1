/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A channel: frames over one descriptor that never blocks, with a bounded
 * buffer each way. Who waits for the descriptor, and what the frames mean, is
 * the link's (link.h) and its owner's business.
 */
#ifndef PORTSIDE_CHANNEL_H
#define PORTSIDE_CHANNEL_H

#include "frame.h"

/**
 * struct channel - frames over a descriptor
 * @fd: non-blocking, or -1
 * @session: put into frames that are sent
 * @reader: what has arrived
 * @out: what waits to be sent
 * @out_size: of @out in bytes
 * @out_start: first byte not sent yet
 * @out_end: behind the last byte to be sent
 * @readable: reading may give something
 * @writable: writing may take something
 * @ended: the last read saw the end of the file
 * @received: bytes read in all
 * @sent: bytes written in all
 */
struct channel {
	int fd;
	uint64_t session;
	struct frame_reader reader;
	uint8_t *out;
	size_t out_size;
	size_t out_start;
	size_t out_end;
	bool readable;
	bool writable;
	bool ended;
	uint64_t received;
	uint64_t sent;
};

int channel_init(struct channel *channel, size_t in_size, size_t out_size);
void channel_free(struct channel *channel);
void channel_use(struct channel *channel, int fd);
void channel_forget(struct channel *channel);

int channel_fill(struct channel *channel);
int channel_flush(struct channel *channel);

bool channel_has_room(struct channel *channel, size_t payload);
uint8_t *channel_payload(struct channel *channel);
void channel_send(struct channel *channel, uint8_t type, size_t length);
bool channel_message(struct channel *channel, uint8_t type, const void *message);

#endif
