// SPDX-License-Identifier: GPL-2.0
/*
 * A channel: frames over one descriptor that never blocks. Writes are as large as
 * what waits, reads as large as the buffer: a port passes large ones on cheaply.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "message.h"

/**
 * channel_init() - memory for a channel
 * @channel: the channel, without a descriptor yet
 * @in_size: bytes to buffer on arrival, at least FRAME_BUFFER_MIN
 * @out_size: bytes to buffer for sending, at least FRAME_BUFFER_MIN
 *
 * Return: 0, or -1 without memory.
 */
int channel_init(struct channel *channel, size_t in_size, size_t out_size)
{
	uint8_t *in = malloc(in_size);

	memset(channel, 0, sizeof(*channel));
	channel->fd = -1;
	channel->out = malloc(out_size);
	channel->out_size = out_size;
	if (!in || !channel->out) {
		free(in);
		free(channel->out);
		return -1;
	}
	frame_reader_init(&channel->reader, in, in_size);
	return 0;
}

/**
 * channel_free() - close the descriptor and give memory back
 * @channel: from channel_init()
 */
void channel_free(struct channel *channel)
{
	channel_use(channel, -1);
	free(channel->reader.buffer);
	free(channel->out);
	channel->reader.buffer = NULL;
	channel->out = NULL;
}

/**
 * channel_use() - continue with another descriptor
 * @channel: its old descriptor is closed, its buffers are emptied
 * @fd: non-blocking, or -1; owned by the channel from here on
 */
void channel_use(struct channel *channel, int fd)
{
	if (channel->fd >= 0)
		close(channel->fd);
	channel->fd = fd;
	channel->readable = fd >= 0;
	channel->writable = fd >= 0;
	channel->ended = false;
	channel->reader.start = 0;
	channel->reader.end = 0;
	channel_forget(channel);
}

/**
 * channel_forget() - drop what has not been sent
 * @channel: possibly in the middle of a frame; the peer finds the next session's first
 */
void channel_forget(struct channel *channel)
{
	channel->out_start = 0;
	channel->out_end = 0;
}

/**
 * channel_fill() - read what is there, as far as the buffer goes
 * @channel: readable
 *
 * Clears @channel->readable when there is nothing more, sets @channel->ended at the end.
 *
 * Return: 1 if something came, 0 if not, -1 with errno on an error.
 */
int channel_fill(struct channel *channel)
{
	int moved = 0;

	while (channel->readable) {
		uint8_t *space;
		size_t room = frame_reader_space(&channel->reader, &space);
		ssize_t count;

		if (!room)
			break;
		count = read(channel->fd, space, room);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && errno != EAGAIN)
			return -1;
		channel->ended = count == 0;
		if (count <= 0) {
			channel->readable = false;
			break;
		}
		frame_reader_add(&channel->reader, count);
		channel->received += count;
		moved = 1;
	}
	return moved;
}

/**
 * channel_flush() - write what waits
 * @channel: writable
 *
 * Clears @channel->writable when the descriptor takes no more.
 *
 * Return: 1 if something went, 0 if not, -1 with errno on an error.
 */
int channel_flush(struct channel *channel)
{
	int moved = 0;

	while (channel->writable && channel->out_start < channel->out_end) {
		ssize_t count = write(channel->fd, channel->out + channel->out_start,
				      channel->out_end - channel->out_start);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && errno != EAGAIN)
			return -1;
		if (count <= 0) {
			channel->writable = false;
			break;
		}
		channel->out_start += count;
		channel->sent += count;
		moved = 1;
	}
	if (channel->out_start == channel->out_end)
		channel_forget(channel);
	return moved;
}

/**
 * channel_has_room() - can a frame be appended?
 * @channel: the channel
 * @payload: bytes of its payload
 *
 * Return: true if channel_payload() has that much room.
 */
bool channel_has_room(struct channel *channel, size_t payload)
{
	size_t need = FRAME_HEADER_SIZE + payload;

	if (channel->out_size - channel->out_end < need && channel->out_start) {
		memmove(channel->out, channel->out + channel->out_start,
			channel->out_end - channel->out_start);
		channel->out_end -= channel->out_start;
		channel->out_start = 0;
	}
	return channel->out_size - channel->out_end >= need;
}

/**
 * channel_payload() - where the payload of the next frame goes
 * @channel: with room for it
 *
 * Return: the address, valid until the next call that sends or flushes.
 */
uint8_t *channel_payload(struct channel *channel)
{
	return channel->out + channel->out_end + FRAME_HEADER_SIZE;
}

/**
 * channel_send() - append a frame whose payload is in place
 * @channel: with the payload where channel_payload() said
 * @type: enum frame_type
 * @length: of the payload in bytes
 */
void channel_send(struct channel *channel, uint8_t type, size_t length)
{
	frame_encode(channel->out + channel->out_end, type, channel->session,
		     channel_payload(channel), length);
	channel->out_end += FRAME_HEADER_SIZE + length;
}

/**
 * channel_message() - append a message
 * @channel: the channel
 * @type: a type with fields
 * @message: its structure
 *
 * Return: false if it does not fit now, or into a frame at all.
 */
bool channel_message(struct channel *channel, uint8_t type, const void *message)
{
	size_t room, length;

	if (!channel_has_room(channel, FRAME_PAYLOAD_MAX) && !channel_has_room(channel, 0))
		return false;
	room = channel->out_size - channel->out_end - FRAME_HEADER_SIZE;
	length = message_encode(type, message, channel_payload(channel),
				room < FRAME_PAYLOAD_MAX ? room : FRAME_PAYLOAD_MAX);
	if (length)
		channel_send(channel, type, length);
	return length;
}
