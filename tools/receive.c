// SPDX-License-Identifier: GPL-2.0
/*
 * Receiving files (docs/protocol.md, Transfers). The sender is not trusted: its paths stay
 * beneath the destination and follow no links, and only content whose length and
 * digest are right gets its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "directories.h"
#include "partial.h"
#include "path.h"
#include "receive.h"
#include "text.h"

/* How much of a partial copy is read back, or of a hole digested, in one turn. */
#define CATCH_UP_STEP (1024 * 1024)
#define HOLE_STEP     (4 * 1024 * 1024)

enum state {
	BETWEEN, /* no file is open */
	CATCHING_UP, /* reading back what is there already */
	CONTENT, /* content is coming */
	HOLLOW, /* digesting the zeros of a hole */
	DISCARDING, /* content may come, but is not wanted */
};

struct receive {
	struct operation operation;
	struct receive_options options;
	enum state state;
	uint32_t next_index;
	struct entry entry;
	struct beneath beneath;
	struct partial partial;
	struct digest *digest;
	uint64_t caught_up;
	uint64_t hole_left;
	struct open_directories directories;
	struct summary summary;
};

static void report(struct receive *receive, const struct result *result, bool far)
{
	const struct observer *observer = &receive->options.observer;
	struct report report = {
		.path = receive->entry.path,
		.kind = receive->entry.kind,
		.status = result->status,
		.size = result->size,
		.digest = result->digest,
		.text = result->text,
		.far = far,
	};

	if (observer->report)
		observer->report(observer->owner, &report);
}

static void answer(struct receive *receive, struct result *result, bool far)
{
	result->index = receive->entry.index;
	channel_message(&receive->operation.link->control, FRAME_RESULT, result);
	if (result->status == RESULT_DONE) {
		receive->summary.done++;
		receive->summary.bytes += result->size;
	} else if (result->status != RESULT_KEPT) {
		receive->summary.failed++;
	}
	report(receive, result, far);
}

static void answer_plain(struct receive *receive, uint8_t status)
{
	struct result result = { .status = status };

	answer(receive, &result, false);
}

static void answer_failure(struct receive *receive, uint8_t status, int number, const char *what)
{
	struct result result = { .status = status, .number = number };
	struct failure failure;

	errno = number;
	if (number)
		fail_errno(&failure, STATUS_LOCAL, "%s", what);
	else
		fail(&failure, STATUS_LOCAL, "%s", what);
	strcpy(result.text, failure.text);
	answer(receive, &result, false);
}

/* Content of the current file is of no use any more. */
static void give_up(struct receive *receive, uint8_t status, int number, const char *what)
{
	partial_drop(&receive->partial);
	answer_failure(receive, status, number, what);
	receive->state = DISCARDING;
}

static void leave_directories(struct receive *receive, const char *path)
{
	bool flush = !(receive->options.flags & TRANSFER_NO_SYNC);

	receive->summary.failed +=
		directories_leave(&receive->directories, &receive->beneath, path, flush);
}

static void receive_directory(struct receive *receive, int parent, const char *base)
{
	bool made = !mkdirat(parent, base, 0700);
	struct stat stat;

	if (!made && errno != EEXIST) {
		answer_failure(receive, RESULT_FAILED, errno, "cannot make the directory");
	} else if (!made && (fstatat(parent, base, &stat, AT_SYMLINK_NOFOLLOW) ||
			     !S_ISDIR(stat.st_mode))) {
		answer_failure(receive, RESULT_FAILED, ENOTDIR,
			       "cannot make a directory where something else is");
	} else if (directories_enter(&receive->directories, &receive->entry, made)) {
		answer_failure(receive, RESULT_FAILED, ENOMEM, "cannot make the directory");
	} else {
		answer_plain(receive, RESULT_DONE);
	}
}

static int make_link(const struct entry *entry, int parent, const char *base)
{
	char temporary[PARTIAL_NAME_SIZE];
	struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT },
		{ .tv_sec = entry->seconds, .tv_nsec = entry->nanoseconds },
	};

	snprintf(temporary, sizeof(temporary), ".portside-%016llx.link",
		 (unsigned long long)digest_of(base, strlen(base)));
	unlinkat(parent, temporary, 0);
	if (symlinkat(entry->target, parent, temporary))
		return -1;
	utimensat(parent, temporary, times, AT_SYMLINK_NOFOLLOW);
	if (renameat(parent, temporary, parent, base)) {
		int number = errno;

		unlinkat(parent, temporary, 0);
		errno = number;
		return -1;
	}
	return 0;
}

static void receive_link(struct receive *receive, int parent, const char *base)
{
	if (make_link(&receive->entry, parent, base))
		answer_failure(receive, RESULT_FAILED, errno, "cannot make the symbolic link");
	else
		answer_plain(receive, RESULT_DONE);
}

static void offer(struct receive *receive)
{
	struct offer offer = {
		.index = receive->entry.index,
		.offset = receive->partial.position,
	};

	channel_message(&receive->operation.link->control, FRAME_OFFER, &offer);
	receive->state = CONTENT;
}

static void progress(struct receive *receive, uint64_t bytes)
{
	const struct observer *observer = &receive->options.observer;

	if (observer->progress)
		observer->progress(observer->owner, bytes);
}

static void receive_file(struct receive *receive, int parent, const char *base)
{
	const struct entry *entry = &receive->entry;
	bool resume = (entry->flags & ENTRY_WAITS) &&
		      !(receive->options.flags & TRANSFER_NO_RESUME);

	if (partial_open(&receive->partial, parent, base, entry, resume)) {
		answer_failure(receive, RESULT_FAILED, errno,
			       errno == EBUSY ? "another transfer is writing this file" :
						"cannot create a file");
		receive->state = DISCARDING;
		return;
	}
	digest_start(receive->digest, receive->options.digest);
	receive->caught_up = 0;
	if (receive->partial.position)
		receive->state = CATCHING_UP;
	else if (entry->flags & ENTRY_WAITS)
		offer(receive);
	else
		receive->state = CONTENT;
}

/* Is there something already that is to stay? */
static bool is_kept(const struct receive *receive, int parent, const char *base)
{
	const struct entry *entry = &receive->entry;
	struct stat stat;

	if (entry->kind == ENTRY_DIRECTORY ||
	    !(receive->options.flags & (TRANSFER_NO_CLOBBER | TRANSFER_CONTINUE)) ||
	    fstatat(parent, base, &stat, AT_SYMLINK_NOFOLLOW))
		return false;
	if (receive->options.flags & TRANSFER_NO_CLOBBER)
		return true;
	return entry->kind == ENTRY_FILE && S_ISREG(stat.st_mode) &&
	       (uint64_t)stat.st_size == entry->size && stat.st_mtim.tv_sec == entry->seconds &&
	       stat.st_mtim.tv_nsec == entry->nanoseconds;
}

static void place(struct receive *receive)
{
	const struct entry *entry = &receive->entry;
	const char *base = path_base(entry->path);
	int parent;

	leave_directories(receive, entry->path);
	parent = beneath_parent(&receive->beneath, entry->path);
	receive->state = entry->kind == ENTRY_FILE ? DISCARDING : BETWEEN;
	if (parent < 0)
		answer_failure(receive, RESULT_FAILED, errno, "cannot open the directory for it");
	else if (is_kept(receive, parent, base))
		answer_plain(receive, RESULT_KEPT);
	else if (entry->kind == ENTRY_DIRECTORY)
		receive_directory(receive, parent, base);
	else if (entry->kind == ENTRY_SYMLINK)
		receive_link(receive, parent, base);
	else
		receive_file(receive, parent, base);
}

/* Puts the name of the destination in place of the first component. */
static bool rename_top(const struct receive_options *options, char *path)
{
	size_t old = strcspn(path, "/"), new = strlen(options->name), rest = strlen(path + old);

	if (options->expected[0] &&
	    (strlen(options->expected) != old || memcmp(options->expected, path, old) != 0))
		return false;
	if (!options->name[0])
		return true;
	if (new + rest >= PATH_SIZE)
		return false;
	memmove(path + new, path + old, rest + 1);
	memcpy(path, options->name, new);
	return true;
}

static int on_entry(struct receive *receive, const struct frame *frame, struct failure *failure)
{
	struct entry *entry = &receive->entry;

	if (receive->state != BETWEEN)
		return fail(failure, STATUS_PROTOCOL, "protocol error: an entry inside a file");
	if (!message_decode(FRAME_ENTRY, frame->payload, frame->length, entry) ||
	    entry->kind < ENTRY_FILE || entry->index != receive->next_index)
		return fail(failure, STATUS_PROTOCOL, "protocol error: a malformed entry");
	if (!path_is_relative_and_plain(entry->path) || !rename_top(&receive->options, entry->path))
		return fail(failure, STATUS_PROTOCOL,
			    "the other end named a path that was not asked for: %s", entry->path);
	entry->mode &= receive->options.mode_mask;
	receive->next_index++;
	place(receive);
	return 0;
}

static int on_content(struct receive *receive, const struct frame *frame,
		      struct failure *failure)
{
	const struct entry *entry = &receive->entry;

	if (receive->state == DISCARDING)
		return 0;
	if (receive->state != CONTENT)
		return fail(failure, STATUS_PROTOCOL, "protocol error: content without a file");
	if (!(entry->flags & ENTRY_UNSIZED) &&
	    frame->length > entry->size - receive->partial.position) {
		give_up(receive, RESULT_DIFFERS, 0, "more content came than was announced");
		return 0;
	}
	digest_add(receive->digest, frame->payload, frame->length);
	if (partial_write(&receive->partial, frame->payload, frame->length))
		give_up(receive, RESULT_FAILED, errno, "cannot write");
	progress(receive, frame->length);
	return 0;
}

/* A piece of a hole; the rest follows when others have had their turn. */
static void pass_hole(struct receive *receive)
{
	uint64_t count = receive->hole_left < HOLE_STEP ? receive->hole_left : HOLE_STEP;

	digest_add_zeros(receive->digest, count);
	progress(receive, count);
	receive->hole_left -= count;
	if (partial_skip(&receive->partial, count))
		give_up(receive, RESULT_FAILED, errno, "cannot write");
	else if (!receive->hole_left)
		receive->state = CONTENT;
}

static int on_hole(struct receive *receive, const struct frame *frame, struct failure *failure)
{
	const struct entry *entry = &receive->entry;
	struct hole hole;

	if (!message_decode(FRAME_HOLE, frame->payload, frame->length, &hole))
		return fail(failure, STATUS_PROTOCOL, "protocol error: a malformed hole");
	if (receive->state == DISCARDING)
		return 0;
	if (receive->state != CONTENT)
		return fail(failure, STATUS_PROTOCOL, "protocol error: content without a file");
	if (receive->partial.position > entry->size ||
	    hole.length > entry->size - receive->partial.position) {
		give_up(receive, RESULT_DIFFERS, 0, "more content came than was announced");
		return 0;
	}
	receive->hole_left = hole.length;
	receive->state = HOLLOW;
	pass_hole(receive);
	return 0;
}

static void verify_and_commit(struct receive *receive, const struct end *end)
{
	const struct entry *entry = &receive->entry;
	struct result result = { .status = RESULT_DONE, .size = receive->partial.position };
	uint64_t size = entry->flags & ENTRY_UNSIZED ? end->size : entry->size;

	digest_finish(receive->digest, result.digest);
	if (result.size != size || end->size != size)
		give_up(receive, RESULT_DIFFERS, 0, "the length is not what was announced");
	else if (strcmp(result.digest, end->digest) != 0)
		give_up(receive, RESULT_DIFFERS, 0, "the digest differs from the sender's");
	else if (partial_commit(&receive->partial, path_base(entry->path), entry,
				!(receive->options.flags & TRANSFER_NO_SYNC)))
		give_up(receive, RESULT_FAILED, errno, "cannot put the file in place");
	else
		answer(receive, &result, false);
}

static void sender_failed(struct receive *receive, const struct end *end)
{
	struct result result = { .status = RESULT_FAILED, .number = end->number };

	partial_drop(&receive->partial);
	text_printable(result.text, sizeof(result.text),
		       end->text[0] ? end->text : "the sender gave up");
	answer(receive, &result, true);
}

static int on_end(struct receive *receive, const struct frame *frame, struct failure *failure)
{
	struct end end;

	if (!message_decode(FRAME_END, frame->payload, frame->length, &end) ||
	    (receive->state != CONTENT && receive->state != DISCARDING) ||
	    end.index != receive->entry.index)
		return fail(failure, STATUS_PROTOCOL, "protocol error: a malformed end of file");
	if (receive->state == CONTENT && end.status == END_COMPLETE)
		verify_and_commit(receive, &end);
	else if (receive->state == CONTENT)
		sender_failed(receive, &end);
	receive->state = BETWEEN;
	return 0;
}

static int on_finish(struct receive *receive, struct failure *failure)
{
	if (receive->state != BETWEEN)
		return fail(failure, STATUS_PROTOCOL, "protocol error: the end inside a file");
	leave_directories(receive, "");
	if (!(receive->options.flags & TRANSFER_NO_SYNC))
		fsync(receive->options.directory);
	channel_message(&receive->operation.link->control, FRAME_SUMMARY, &receive->summary);
	receive->operation.finished = true;
	return 0;
}

static int on_skipped(struct receive *receive, const struct frame *frame,
		      struct failure *failure)
{
	const struct observer *observer = &receive->options.observer;
	struct skipped skipped;
	struct report report = {
		.path = skipped.path, .status = RESULT_FAILED, .digest = "", .text = skipped.text,
		.far = true,
	};

	if (!message_decode(FRAME_SKIPPED, frame->payload, frame->length, &skipped))
		return fail(failure, STATUS_PROTOCOL, "protocol error: a malformed frame");
	if (observer->report)
		observer->report(observer->owner, &report);
	return 0;
}

static int on_total(struct receive *receive, const struct frame *frame, struct failure *failure)
{
	const struct observer *observer = &receive->options.observer;
	struct total total;

	if (!message_decode(FRAME_TOTAL, frame->payload, frame->length, &total))
		return fail(failure, STATUS_PROTOCOL, "protocol error: a malformed total");
	if (observer->total)
		observer->total(observer->owner, &total);
	return 0;
}

static int receive_data(struct operation *operation, const struct frame *frame,
			struct failure *failure)
{
	struct receive *receive = (struct receive *)operation;

	switch (frame->type) {
	case FRAME_TOTAL:
		return on_total(receive, frame, failure);
	case FRAME_ENTRY:
		return on_entry(receive, frame, failure);
	case FRAME_DATA:
		return on_content(receive, frame, failure);
	case FRAME_HOLE:
		return on_hole(receive, frame, failure);
	case FRAME_END:
		return on_end(receive, frame, failure);
	case FRAME_SKIPPED:
		return on_skipped(receive, frame, failure);
	case FRAME_FINISH:
		return on_finish(receive, failure);
	default:
		return operation_unexpected(frame, failure);
	}
}

static int receive_control(struct operation *operation, const struct frame *frame,
			   struct failure *failure)
{
	(void)operation;
	return operation_unexpected(frame, failure);
}

static bool receive_takes_data(struct operation *operation)
{
	enum state state = ((struct receive *)operation)->state;

	return state != CATCHING_UP && state != HOLLOW;
}

/* Reads a piece of what is there already, for the digest of the whole. */
static void catch_up(struct receive *receive)
{
	struct partial *partial = &receive->partial;
	uint8_t *piece = malloc(CATCH_UP_STEP);
	ssize_t count = piece ? pread(partial->fd, piece, CATCH_UP_STEP, receive->caught_up) : -1;

	if (count > 0) {
		digest_add(receive->digest, piece, count);
		receive->caught_up += count;
		progress(receive, count);
	}
	free(piece);
	if (count <= 0)
		give_up(receive, RESULT_FAILED, count ? errno : EIO, "cannot read back");
	else if (receive->caught_up >= partial->position)
		offer(receive);
}

static int receive_produce(struct operation *operation, struct failure *failure)
{
	struct receive *receive = (struct receive *)operation;

	(void)failure;
	if (!channel_has_room(&operation->link->control, ANSWER_ROOM))
		return 0;
	if (receive->state == CATCHING_UP)
		catch_up(receive);
	else if (receive->state == HOLLOW)
		pass_hole(receive);
	else
		return 0;
	return 1;
}

static void receive_summary(const struct operation *operation, struct summary *summary)
{
	*summary = ((const struct receive *)operation)->summary;
}

static void receive_release(struct operation *operation)
{
	struct receive *receive = (struct receive *)operation;

	if (receive->state == CONTENT || receive->state == CATCHING_UP ||
	    receive->state == HOLLOW)
		partial_keep(&receive->partial);
	directories_free(&receive->directories);
	beneath_free(&receive->beneath);
	close(receive->options.directory);
	digest_free(receive->digest);
	free(receive);
}

static const struct operation_ops receive_ops = {
	.control = receive_control,
	.data = receive_data,
	.takes_data = receive_takes_data,
	.produce = receive_produce,
	.summary = receive_summary,
	.release = receive_release,
};

/**
 * receive_start() - begin to receive
 * @link: where the frames come from
 * @options: copied; @options->directory is closed by release, or here on error
 *
 * Return: the operation, or NULL without memory.
 */
struct operation *receive_start(struct link *link, const struct receive_options *options)
{
	struct receive *receive = calloc(1, sizeof(*receive));

	if (receive)
		receive->digest = digest_new();
	if (!receive || !receive->digest) {
		close(options->directory);
		free(receive);
		return NULL;
	}
	receive->operation.ops = &receive_ops;
	receive->operation.link = link;
	receive->options = *options;
	receive->partial.fd = -1;
	beneath_init(&receive->beneath, options->directory);
	return &receive->operation;
}
