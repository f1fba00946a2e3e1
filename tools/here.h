/* SPDX-License-Identifier: GPL-2.0 */
/* ls, check and doctor for the machine they run on. */
#ifndef PORTSIDE_HERE_H
#define PORTSIDE_HERE_H

#include "inventory.h"
#include "report.h"

int here_list(bool json, bool quiet);
int here_check(struct report_style *style);
int here_doctor(struct report_style *style);
void here_tell(void *owner, bool bad, const char *about, const char *text);

#endif
