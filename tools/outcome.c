// SPDX-License-Identifier: GPL-2.0
/*
 * Outcomes of entries that were sent. Results come in the order of the entries. A
 * result "done" whose size or digest is not what was sent is turned into "differs": the
 * sender does not take the receiver's word for it.
 */
#include <stdlib.h>
#include <string.h>

#include "outcome.h"

struct awaited {
	struct awaited *next;
	uint64_t size;
	uint8_t kind;
	bool complete; /* all of the content is sent */
	char digest[DIGEST_HEX_MAX + 1];
	char path[];
};

/**
 * outcomes_init() - nothing is awaited
 * @outcomes: to be freed with outcomes_free()
 * @observer: who is told about results
 */
void outcomes_init(struct outcomes *outcomes, const struct observer *observer)
{
	memset(outcomes, 0, sizeof(*outcomes));
	outcomes->observer = observer->report ? observer : NULL;
}

static void forget_first(struct outcomes *outcomes)
{
	struct awaited *first = outcomes->first;

	outcomes->first = first->next;
	if (!outcomes->first)
		outcomes->last = NULL;
	free(first);
}

/**
 * outcomes_free() - forget what is awaited
 * @outcomes: initialised
 */
void outcomes_free(struct outcomes *outcomes)
{
	while (outcomes->first)
		forget_first(outcomes);
}

/**
 * outcomes_complete() - has every entry its result?
 * @outcomes: initialised
 *
 * Return: true if nothing is awaited.
 */
bool outcomes_complete(const struct outcomes *outcomes)
{
	return outcomes->next == outcomes->sent;
}

/**
 * outcome_expect() - an entry was announced
 * @outcomes: initialised
 * @entry: the entry
 *
 * Return: false without memory.
 */
bool outcome_expect(struct outcomes *outcomes, const struct entry *entry)
{
	struct awaited *awaited;

	outcomes->sent++;
	if (!outcomes->observer)
		return true;
	awaited = calloc(1, sizeof(*awaited) + strlen(entry->path) + 1);
	if (!awaited)
		return false;
	strcpy(awaited->path, entry->path);
	awaited->kind = entry->kind;
	if (outcomes->last)
		outcomes->last->next = awaited;
	else
		outcomes->first = awaited;
	outcomes->last = awaited;
	return true;
}

/**
 * outcome_sent() - the content of the youngest entry was sent
 * @outcomes: with at least one entry announced
 * @end: what was said at its end
 */
void outcome_sent(struct outcomes *outcomes, const struct end *end)
{
	struct awaited *last = outcomes->last;

	/* Its result may have come already, if the receiver refused it. */
	if (!last || outcomes->next > end->index)
		return;
	last->complete = end->status == END_COMPLETE;
	last->size = end->size;
	strcpy(last->digest, end->digest);
}

static void compare(const struct awaited *awaited, struct result *result)
{
	if (result->status != RESULT_DONE || awaited->kind != ENTRY_FILE)
		return;
	if (awaited->complete && result->size == awaited->size &&
	    !strcmp(result->digest, awaited->digest))
		return;
	result->status = RESULT_DIFFERS;
	strcpy(result->text, "the receiver reports another length or digest than was sent");
}

/**
 * outcome_take() - a result came
 * @outcomes: initialised
 * @result: from the receiver; its status becomes RESULT_DIFFERS if it does not fit what
 *	was sent
 *
 * Return: false if it is not the next one.
 */
bool outcome_take(struct outcomes *outcomes, struct result *result)
{
	struct awaited *first = outcomes->first;
	struct report report;

	if (result->index != outcomes->next || outcomes->next == outcomes->sent)
		return false;
	outcomes->next++;
	if (!first)
		return true;
	compare(first, result);
	report = (struct report){
		.path = first->path,
		.kind = first->kind,
		.status = result->status,
		.size = result->size,
		.digest = result->digest,
		.text = result->text,
		.far = true,
	};
	outcomes->observer->report(outcomes->observer->owner, &report);
	forget_first(outcomes);
	return true;
}
