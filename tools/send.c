// SPDX-License-Identifier: GPL-2.0
/*
 * Sending files (docs/protocol.md, Transfers): walks the sources, puts contents into
 * frames with one copy, leaves holes out. What the receiver says comes on control and is
 * matched to entries in outcome.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outcome.h"
#include "partial.h"
#include "send.h"
#include "tree.h"

/* Room for anything but content. */
#define ENTRY_ROOM 16384
/* A hole is told in pieces: the zeros of each are digested in one turn. */
#define HOLE_STEP (4 * 1024 * 1024)
/* Holes in smaller files are not worth the calls. */
#define HOLE_FROM 65536
/* Entries counted in one turn, and in all before the total is called unknown. */
#define COUNT_STEP 256
#define COUNT_MAX 100000

enum state {
	COUNTING,
	WALKING, /* between entries */
	WAITING, /* for an offer */
	SKIPPING, /* digesting what the receiver has already */
	CONTENT,
	FINISHED, /* everything is sent */
};

struct send {
	struct operation operation;
	struct send_options options;
	enum state state;
	struct tree tree;
	bool in_tree;
	size_t source;
	struct total total;
	struct entry entry;
	uint32_t entries; /* sent so far */
	int fd; /* of the current file */
	uint64_t position;
	uint64_t resume_at;
	uint64_t extent_end; /* content is stored up to here */
	uint64_t zeros; /* told as holes */
	bool sparse;
	bool refused; /* the receiver does not want the current file */
	struct digest *digest;
	struct outcomes outcomes;
	struct summary summary;
};

static struct channel *data_of(const struct send *send)
{
	return &send->operation.link->data;
}

static void progress(const struct send *send, uint64_t bytes)
{
	const struct observer *observer = &send->options.observer;

	if (observer->progress)
		observer->progress(observer->owner, bytes);
}

static int source_open(const struct send *send)
{
	static const struct jail whole = { .root = -1 };

	if (send->options.fd < 0)
		return jail_open_source(&whole, send->options.sources[send->source].path);
	/* A directory's position is its description's: each walk has its own. */
	if (faccessat(send->options.fd, ".", F_OK, 0))
		return fcntl(send->options.fd, F_DUPFD_CLOEXEC, 0);
	return openat(send->options.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Something could not even be started on. */
static void skip(struct send *send, const char *path, int number, const char *what)
{
	struct skipped skipped = { .number = number };
	struct failure failure;
	struct report report = {
		.path = path, .status = RESULT_FAILED, .digest = "", .text = skipped.text,
	};
	const struct observer *observer = &send->options.observer;

	errno = number;
	fail_errno(&failure, STATUS_LOCAL, "%s", what);
	strcpy(skipped.path, path);
	strcpy(skipped.text, failure.text);
	channel_message(data_of(send), FRAME_SKIPPED, &skipped);
	send->summary.failed++;
	if (observer->report)
		observer->report(observer->owner, &report);
}

/* Opens the next source as a tree; false if there is none that can be opened now. */
static bool next_source(struct send *send, bool tell)
{
	const struct send_source *source = &send->options.sources[send->source];
	int top = source_open(send);

	if (top < 0 && tell)
		skip(send, source->name, errno,
		     errno == ENOTSUP ? "neither a file nor a directory" : "cannot open");
	send->source++;
	if (top < 0)
		return false;
	tree_begin(&send->tree, top, source->name);
	send->in_tree = true;
	return true;
}

static void leave_tree(struct send *send)
{
	tree_end(&send->tree);
	send->in_tree = false;
}

static void finish_counting(struct send *send)
{
	const struct observer *observer = &send->options.observer;

	if (send->in_tree)
		leave_tree(send);
	send->source = 0;
	channel_message(data_of(send), FRAME_TOTAL, &send->total);
	if (observer->total)
		observer->total(observer->owner, &send->total);
	send->state = WALKING;
}

static void count_some(struct send *send)
{
	struct tree_item item;

	for (int i = 0; i < COUNT_STEP; i++) {
		if (send->total.entries == COUNT_MAX) {
			send->total.entries = UNKNOWN_TOTAL;
			send->total.bytes = UNKNOWN_TOTAL;
			break;
		}
		if (!send->in_tree && send->source == send->options.count)
			break;
		if (!send->in_tree && !next_source(send, false))
			continue;
		if (!tree_next(&send->tree, &item)) {
			leave_tree(send);
			continue;
		}
		send->total.entries++;
		if (!item.number && S_ISREG(item.stat.st_mode))
			send->total.bytes += item.stat.st_size;
	}
	if (send->total.entries == UNKNOWN_TOTAL ||
	    (!send->in_tree && send->source == send->options.count))
		finish_counting(send);
}

static void describe(struct send *send, const struct tree_item *item, const struct stat *stat,
		     uint8_t kind)
{
	struct entry *entry = &send->entry;

	entry->index = send->entries;
	entry->kind = kind;
	entry->flags = 0;
	entry->mode = stat->st_mode & 07777;
	entry->seconds = stat->st_mtim.tv_sec;
	entry->nanoseconds = stat->st_mtim.tv_nsec;
	entry->size = kind == ENTRY_FILE ? stat->st_size : 0;
	strcpy(entry->path, item->path);
	entry->target[0] = '\0';
}

static bool announce(struct send *send)
{
	send->entries++;
	channel_message(data_of(send), FRAME_ENTRY, &send->entry);
	return outcome_expect(&send->outcomes, &send->entry);
}

static int item_open(const struct send *send, const struct tree_item *item)
{
	if (item->directory < 0)
		return fcntl(send->tree.top, F_DUPFD_CLOEXEC, 0);
	return openat(item->directory, item->name,
		      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static bool begin_file(struct send *send, const struct tree_item *item)
{
	struct entry *entry = &send->entry;
	struct stat stat;

	send->fd = item_open(send, item);
	if (send->fd < 0 || fstat(send->fd, &stat)) {
		skip(send, item->path, errno, "cannot open");
		return true;
	}
	if (!S_ISREG(stat.st_mode)) {
		skip(send, item->path, ENOTSUP, "was replaced while it was opened");
		close(send->fd);
		send->fd = -1;
		return true;
	}
	describe(send, item, &stat, ENTRY_FILE);
	if (entry->size < PARTIAL_RESUMABLE)
		entry->flags |= ENTRY_UNSIZED;
	if (entry->size >= PARTIAL_RESUMABLE || (send->options.flags & TRANSFER_CONTINUE))
		entry->flags |= ENTRY_WAITS;
	digest_start(send->digest, send->options.digest);
	send->position = 0;
	send->extent_end = 0;
	send->sparse = entry->size >= HOLE_FROM && (uint64_t)stat.st_blocks * 512 < entry->size;
	send->refused = false;
	send->state = entry->flags & ENTRY_WAITS ? WAITING : CONTENT;
	return announce(send);
}

static bool send_link(struct send *send, const struct tree_item *item)
{
	struct entry *entry = &send->entry;
	ssize_t length;

	describe(send, item, &item->stat, ENTRY_SYMLINK);
	length = readlinkat(item->directory, item->name, entry->target, sizeof(entry->target));
	if (length < 0 || length == sizeof(entry->target)) {
		skip(send, item->path, length < 0 ? errno : ENAMETOOLONG, "cannot read the link");
		return true;
	}
	entry->target[length] = '\0';
	return announce(send);
}

static bool begin_item(struct send *send, const struct tree_item *item)
{
	if (item->number) {
		skip(send, item->path, item->number, "cannot look at it");
		return true;
	}
	if (S_ISREG(item->stat.st_mode))
		return begin_file(send, item);
	if (S_ISLNK(item->stat.st_mode))
		return send_link(send, item);
	if (S_ISDIR(item->stat.st_mode)) {
		describe(send, item, &item->stat, ENTRY_DIRECTORY);
		return announce(send);
	}
	skip(send, item->path, ENOTSUP, "neither a file, a directory nor a link");
	return true;
}

static bool walk(struct send *send)
{
	struct tree_item item;

	if (!send->in_tree && send->source == send->options.count) {
		channel_send(data_of(send), FRAME_FINISH, 0);
		send->state = FINISHED;
		return true;
	}
	if (!send->in_tree && !next_source(send, true))
		return true;
	if (tree_next(&send->tree, &item))
		return begin_item(send, &item);
	leave_tree(send);
	return true;
}

static bool end_file(struct send *send, uint8_t status, int number)
{
	struct end end = {
		.index = send->entry.index,
		.status = status,
		.number = number,
		.size = send->position,
	};
	struct failure failure;

	if (status == END_COMPLETE)
		digest_finish(send->digest, end.digest);
	if (number) {
		errno = number;
		fail_errno(&failure, STATUS_LOCAL, "cannot read");
		strcpy(end.text, failure.text);
	} else if (status == END_FAILED) {
		strcpy(end.text, "the source became shorter while it was read");
	}
	channel_message(data_of(send), FRAME_END, &end);
	outcome_sent(&send->outcomes, &end);
	close(send->fd);
	send->fd = -1;
	send->state = WALKING;
	return true;
}

/* Digests a piece of what the receiver has already. */
static bool skip_ahead(struct send *send)
{
	struct channel *data = data_of(send);
	uint64_t left = send->resume_at - send->position;
	size_t room = data->out_size - data->out_end - FRAME_HEADER_SIZE;
	ssize_t count = pread(send->fd, channel_payload(data), left < room ? left : room,
			      send->position);

	if (count <= 0)
		return end_file(send, END_FAILED, count ? errno : 0);
	digest_add(send->digest, channel_payload(data), count);
	send->position += count;
	progress(send, count);
	if (send->position == send->resume_at)
		send->state = CONTENT;
	return true;
}

/* Finds the next stored extent; sends what is a hole before it. */
static bool send_hole(struct send *send)
{
	off_t stored = lseek(send->fd, send->position, SEEK_DATA);
	off_t end = stored < 0 ? -1 : lseek(send->fd, stored, SEEK_HOLE);
	struct hole hole;

	if (stored < 0 && errno == ENXIO)
		stored = send->entry.size;
	else if (stored < 0 || end < 0)
		send->sparse = false; /* the file system cannot tell */
	if (!send->sparse || (uint64_t)stored <= send->position) {
		send->extent_end = end < 0 ? (off_t)send->entry.size : end;
		return false;
	}
	hole.length = (uint64_t)stored - send->position;
	if (hole.length > HOLE_STEP)
		hole.length = HOLE_STEP;
	digest_add_zeros(send->digest, hole.length);
	channel_message(data_of(send), FRAME_HOLE, &hole);
	send->position += hole.length;
	send->zeros += hole.length;
	progress(send, hole.length);
	return true;
}

/* How much content may come next; 0 means: until the end of the file. */
static uint64_t content_left(const struct send *send)
{
	uint64_t until = send->entry.size;

	if (send->entry.flags & ENTRY_UNSIZED)
		return UINT64_MAX;
	if (send->sparse && send->extent_end < until)
		until = send->extent_end;
	return until - send->position;
}

static bool send_content(struct send *send)
{
	struct channel *data = data_of(send);
	size_t room = data->out_size - data->out_end - FRAME_HEADER_SIZE;
	bool sized = !(send->entry.flags & ENTRY_UNSIZED);
	uint64_t left;
	ssize_t count;

	if (send->refused)
		return end_file(send, END_GIVEN_UP, 0);
	if (sized && send->position == send->entry.size)
		return end_file(send, END_COMPLETE, 0);
	if (send->sparse && sized && send->position >= send->extent_end && send_hole(send))
		return true;
	left = content_left(send);
	if (left > room)
		left = room;
	if (left > FRAME_BULK_MAX)
		left = FRAME_BULK_MAX;
	count = sized ? pread(send->fd, channel_payload(data), left, send->position) :
			read(send->fd, channel_payload(data), left);
	if (count < 0 && errno != EAGAIN)
		return end_file(send, END_FAILED, errno);
	if (count <= 0)
		return end_file(send, sized ? END_FAILED : END_COMPLETE, 0);
	digest_add(send->digest, channel_payload(data), count);
	channel_send(data, FRAME_DATA, count);
	send->position += count;
	progress(send, count);
	return true;
}

/* Returns false if memory is short. */
static bool step(struct send *send)
{
	switch (send->state) {
	case COUNTING:
		count_some(send);
		return true;
	case WALKING:
		return walk(send);
	case SKIPPING:
		return skip_ahead(send);
	case CONTENT:
		return send_content(send);
	case WAITING:
		return !send->refused || end_file(send, END_GIVEN_UP, 0);
	case FINISHED:
		break;
	}
	return true;
}

static int send_produce(struct operation *operation, struct failure *failure)
{
	struct send *send = (struct send *)operation;
	struct channel *data = data_of(send);
	int moved = 0;

	while (channel_has_room(data, ENTRY_ROOM)) {
		enum state before = send->state;
		uint64_t zeros = send->zeros;

		if (before == FINISHED || (before == WAITING && !send->refused))
			break;
		if (!step(send))
			return fail(failure, STATUS_LOCAL, "no memory for the list of files");
		moved = 1;
		/* These take time and do not fill the buffer: let others have their turn. */
		if (before == COUNTING || before == SKIPPING || send->zeros != zeros)
			break;
	}
	return moved;
}

static int on_offer(struct send *send, const struct frame *frame, struct failure *failure)
{
	struct offer offer;

	if (!message_decode(FRAME_OFFER, frame->payload, frame->length, &offer) ||
	    send->state != WAITING || offer.index != send->entry.index ||
	    offer.offset > send->entry.size)
		return fail(failure, STATUS_PROTOCOL, "protocol error: an offer out of place");
	send->resume_at = offer.offset;
	send->state = offer.offset ? SKIPPING : CONTENT;
	return 0;
}

static int on_result(struct send *send, const struct frame *frame, struct failure *failure)
{
	struct result result;

	if (!message_decode(FRAME_RESULT, frame->payload, frame->length, &result) ||
	    !outcome_take(&send->outcomes, &result))
		return fail(failure, STATUS_PROTOCOL, "protocol error: a result out of place");
	if (result.status == RESULT_DONE) {
		send->summary.done++;
		send->summary.bytes += result.size;
	} else if (result.status != RESULT_KEPT) {
		send->summary.failed++;
	}
	if (send->fd >= 0 && result.index == send->entry.index)
		send->refused = true;
	return 0;
}

static int on_summary(struct send *send, const struct frame *frame, struct failure *failure)
{
	struct summary summary;

	if (!message_decode(FRAME_SUMMARY, frame->payload, frame->length, &summary) ||
	    send->state != FINISHED || !outcomes_complete(&send->outcomes))
		return fail(failure, STATUS_PROTOCOL, "protocol error: a summary out of place");
	if (summary.failed > send->summary.failed)
		send->summary.failed = summary.failed;
	send->operation.finished = true;
	return 0;
}

static int send_control(struct operation *operation, const struct frame *frame,
			struct failure *failure)
{
	struct send *send = (struct send *)operation;

	switch (frame->type) {
	case FRAME_OFFER:
		return on_offer(send, frame, failure);
	case FRAME_RESULT:
		return on_result(send, frame, failure);
	case FRAME_SUMMARY:
		return on_summary(send, frame, failure);
	default:
		return operation_unexpected(frame, failure);
	}
}

static int send_data(struct operation *operation, const struct frame *frame,
		     struct failure *failure)
{
	(void)operation;
	return operation_unexpected(frame, failure);
}

static void send_summary(const struct operation *operation, struct summary *summary)
{
	*summary = ((const struct send *)operation)->summary;
}

static void send_release(struct operation *operation)
{
	struct send *send = (struct send *)operation;

	if (send->in_tree)
		leave_tree(send);
	if (send->fd >= 0)
		close(send->fd);
	if (send->options.fd >= 0)
		close(send->options.fd);
	outcomes_free(&send->outcomes);
	digest_free(send->digest);
	free(send);
}

static const struct operation_ops send_ops = {
	.control = send_control,
	.data = send_data,
	.produce = send_produce,
	.summary = send_summary,
	.release = send_release,
};

/**
 * send_start() - begin to send
 * @link: where the frames go
 * @options: copied; @options->fd is closed by release, or here on error
 *
 * Return: the operation, or NULL without memory.
 */
struct operation *send_start(struct link *link, const struct send_options *options)
{
	struct send *send = calloc(1, sizeof(*send));

	if (send)
		send->digest = digest_new();
	if (!send || !send->digest) {
		if (options->fd >= 0)
			close(options->fd);
		free(send);
		return NULL;
	}
	send->operation.ops = &send_ops;
	send->operation.link = link;
	send->options = *options;
	send->fd = -1;
	outcomes_init(&send->outcomes, &send->options.observer);
	return &send->operation;
}
