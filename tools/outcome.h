/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Outcomes: which entries a sender has sent and not yet heard about, in order, and the
 * comparison of what the receiver says with what was sent.
 */
#ifndef PORTSIDE_OUTCOME_H
#define PORTSIDE_OUTCOME_H

#include "operation.h"

struct awaited;

/**
 * struct outcomes - entries whose results are awaited
 * @observer: who is told; without one nothing is remembered but numbers
 * @first: the oldest entry remembered
 * @last: the youngest
 * @sent: entries announced
 * @next: index of the next result
 */
struct outcomes {
	const struct observer *observer;
	struct awaited *first;
	struct awaited *last;
	uint32_t sent;
	uint32_t next;
};

void outcomes_init(struct outcomes *outcomes, const struct observer *observer);
void outcomes_free(struct outcomes *outcomes);
bool outcomes_complete(const struct outcomes *outcomes);
bool outcome_expect(struct outcomes *outcomes, const struct entry *entry);
void outcome_sent(struct outcomes *outcomes, const struct end *end);
bool outcome_take(struct outcomes *outcomes, struct result *result);

#endif
