// SPDX-License-Identifier: GPL-2.0
/*
 * A link: both channels of one end, waited for by epoll. The channels are watched
 * edge-triggered: a port whose host is away reports a hang-up for as long as it lasts,
 * and only the edge says that a host has come.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "link.h"

/* Room for bulk frames of 1 MiB with one write; the rest is for small messages. */
#define CONTROL_IN  (FRAME_BUFFER_MIN + 4096)
#define CONTROL_OUT (2 * FRAME_BUFFER_MIN)
#define DATA_IN	    (256 * 1024)
#define DATA_OUT    (512 * 1024)

/* Frames handled before control has its turn again: each may wait for a disk. */
#define DATA_FRAMES_PER_TURN 32

/**
 * link_init() - make a link without descriptors
 * @link: the link
 * @ops: what to do with frames
 * @owner: for @ops
 * @failure: on error, why
 *
 * Return: 0 or -1.
 */
int link_init(struct link *link, const struct link_ops *ops, void *owner,
	      struct failure *failure)
{
	memset(link, 0, sizeof(*link));
	link->ops = ops;
	link->owner = owner;
	link->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (link->epoll < 0)
		return fail_errno(failure, STATUS_LOCAL, "epoll_create1");
	if (channel_init(&link->control, CONTROL_IN, CONTROL_OUT) ||
	    channel_init(&link->data, DATA_IN, DATA_OUT)) {
		close(link->epoll);
		return fail(failure, STATUS_LOCAL, "no memory for the buffers of a connection");
	}
	return 0;
}

/**
 * link_free() - close everything
 * @link: from link_init()
 */
void link_free(struct link *link)
{
	channel_free(&link->control);
	channel_free(&link->data);
	close(link->epoll);
}

static struct channel *channel_of(struct link *link, uint32_t id)
{
	return id == LINK_CONTROL ? &link->control : &link->data;
}

/**
 * link_use() - give a channel a descriptor
 * @link: the link
 * @id: LINK_CONTROL or LINK_DATA
 * @fd: non-blocking, or -1; owned by the link from here on
 *
 * Return: 0, or -1 with errno if it cannot be waited for.
 */
int link_use(struct link *link, uint32_t id, int fd)
{
	link->hangup[id] = false;
	channel_use(channel_of(link, id), fd);
	if (fd < 0)
		return 0;
	return link_watch(link, fd, id, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

/**
 * link_watch() - wait for another descriptor too
 * @link: the link
 * @fd: the descriptor
 * @id: LINK_OTHERS or higher, given to the event callback
 * @events: EPOLLIN and so on
 *
 * Return: 0, or -1 with errno; EPERM for a file, which is always ready.
 */
int link_watch(struct link *link, int fd, uint32_t id, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u32 = id };

	return epoll_ctl(link->epoll, EPOLL_CTL_ADD, fd, &event);
}

/**
 * link_rewatch() - wait for other events of a descriptor
 * @link: the link
 * @fd: watched
 * @id: as before
 * @events: the events from now on, 0 for none but errors
 */
void link_rewatch(struct link *link, int fd, uint32_t id, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u32 = id };

	epoll_ctl(link->epoll, EPOLL_CTL_MOD, fd, &event);
}

/**
 * link_unwatch() - wait for a descriptor no longer
 * @link: the link
 * @fd: watched, and still open
 */
void link_unwatch(struct link *link, int fd)
{
	epoll_ctl(link->epoll, EPOLL_CTL_DEL, fd, NULL);
}

static int broken(struct link *link, struct channel *channel, struct failure *failure)
{
	link->broken = channel;
	return fail_errno(failure, STATUS_CONNECTION, "the %s connection broke",
			  channel == &link->control ? "control" : "data");
}

static int out_of_step(struct channel *channel, struct failure *failure)
{
	return fail(failure, STATUS_PROTOCOL, "protocol error: %s", channel->reader.why);
}

static int control_turn(struct link *link, struct failure *failure)
{
	struct channel *control = &link->control;
	enum frame_verdict verdict = FRAME_MORE;
	struct frame frame;
	int moved = channel_fill(control);

	if (moved < 0)
		return broken(link, control, failure);
	while (channel_has_room(control, ANSWER_ROOM) &&
	       (verdict = frame_reader_next(&control->reader, &frame)) == FRAME_READY) {
		moved = 1;
		if (link->ops->control(link, &frame, failure))
			return -1;
	}
	return verdict == FRAME_BAD ? out_of_step(control, failure) : moved;
}

static int data_turn(struct link *link, struct failure *failure)
{
	struct channel *data = &link->data;
	enum frame_verdict verdict = FRAME_MORE;
	struct frame frame;
	int moved, frames = DATA_FRAMES_PER_TURN;

	if (!link->ops->takes_data(link))
		return 0;
	moved = channel_fill(data);
	if (moved < 0)
		return broken(link, data, failure);
	while (frames-- && channel_has_room(&link->control, ANSWER_ROOM) &&
	       link->ops->takes_data(link) &&
	       (verdict = frame_reader_next(&data->reader, &frame)) == FRAME_READY) {
		moved = 1;
		if (link->ops->data(link, &frame, failure))
			return -1;
	}
	return verdict == FRAME_BAD ? out_of_step(data, failure) : moved;
}

static int flush_turn(struct link *link, struct channel *channel, struct failure *failure)
{
	int moved = channel_flush(channel);

	return moved < 0 ? broken(link, channel, failure) : moved;
}

/**
 * link_turn() - do what can be done without waiting
 * @link: the link
 * @failure: on error, why
 *
 * Control comes first, so that it never waits for data.
 *
 * Return: 1 if something moved, 0 if it is time to wait, -1 if the link is over.
 */
int link_turn(struct link *link, struct failure *failure)
{
	int moved = 0, step;

	link->broken = NULL;
	step = control_turn(link, failure);
	if (step < 0)
		return -1;
	moved |= step;
	step = data_turn(link, failure);
	if (step < 0)
		return -1;
	moved |= step;
	if (link->data.out_start == link->data.out_end) {
		step = link->ops->produce(link, failure);
		if (step < 0)
			return -1;
		moved |= step;
	}
	step = flush_turn(link, &link->control, failure);
	if (step < 0)
		return -1;
	moved |= step;
	step = flush_turn(link, &link->data, failure);
	return step < 0 ? -1 : moved | step;
}

static void channel_event(struct link *link, uint32_t id, uint32_t events)
{
	struct channel *channel = channel_of(link, id);

	link->hangup[id] = events & EPOLLHUP;
	if (events & ~(uint32_t)EPOLLOUT)
		channel->readable = true;
	if (events & EPOLLOUT)
		channel->writable = true;
}

/* A driver may lose a wake-up: whoever waits looks again now and then. */
static void look_again(struct channel *channel)
{
	channel->readable = channel->fd >= 0;
	channel->writable = channel->fd >= 0;
}

/**
 * link_wait() - wait until something can be done
 * @link: the link
 * @timeout_ms: at most so long in milliseconds, -1 for ever
 *
 * Context: may sleep; calls the event callback.
 * Return: the number of events; 0 after the time, -1 if a signal came.
 */
int link_wait(struct link *link, int timeout_ms)
{
	struct epoll_event events[16];
	int count = epoll_wait(link->epoll, events, 16, timeout_ms);

	for (int i = 0; i < count; i++) {
		uint32_t id = events[i].data.u32;

		if (id < LINK_OTHERS)
			channel_event(link, id, events[i].events);
		else
			link->ops->event(link, id, events[i].events);
	}
	if (count == 0 && timeout_ms > 0) {
		look_again(&link->control);
		look_again(&link->data);
	}
	return count;
}
