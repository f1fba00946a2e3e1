/* SPDX-License-Identifier: GPL-2.0 */
/* What is missing or wrong, in words, with the command that mends it. */
#ifndef PORTSIDE_DOCTOR_H
#define PORTSIDE_DOCTOR_H

#include "inventory.h"
#include "report.h"

void doctor_guest(struct report_style *style, const struct inventory *inventory);
void doctor_host(struct report_style *style, const char *run);

#endif
