/* SPDX-License-Identifier: GPL-2.0 */
/* How check and doctor tell what they found: a line each, or an object each. */
#ifndef PORTSIDE_REPORT_H
#define PORTSIDE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct report_style - how findings are told, and how many there were
 * @json: one object a line
 * @quiet: bad ones only
 * @guest: the guest that they are about, or NULL
 * @bad: told so far
 * @good: told so far
 */
struct report_style {
	bool json;
	bool quiet;
	const char *guest;
	size_t bad;
	size_t good;
};

void report_finding(struct report_style *style, bool bad, const char *about, const char *text,
		    const char *mend);
void __attribute__((format(printf, 5, 6)))
report_tell(struct report_style *style, bool bad, const char *about, const char *mend,
	    const char *format, ...);
int report_end(const struct report_style *style, const char *what);

#endif
