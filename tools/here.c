// SPDX-License-Identifier: GPL-2.0
/* ls, check and doctor for the machine they run on: usually a guest. */
#include "doctor.h"
#include "here.h"
#include "naming.h"

/**
 * here_list() - print ports and lines
 * @json: as objects
 * @quiet: print nothing
 *
 * Return: STATUS_OK.
 */
int here_list(bool json, bool quiet)
{
	struct inventory inventory = { 0 };

	inventory_scan(&inventory);
	if (json)
		inventory_print_json(&inventory, stdout);
	else if (!quiet)
		inventory_print_text(&inventory, stdout);
	inventory_free(&inventory);
	return STATUS_OK;
}

/**
 * here_tell() - a finding of naming.c for a report
 * @owner: struct report_style
 * @bad: something is wrong
 * @about: what it is about
 * @text: what was found
 */
void here_tell(void *owner, bool bad, const char *about, const char *text)
{
	report_finding(owner, bad, about, text, NULL);
}

/**
 * here_check() - is the naming of this machine's ports consistent?
 * @style: how it is told
 *
 * Return: enum status.
 */
int here_check(struct report_style *style)
{
	struct findings findings = { .tell = here_tell, .owner = style };
	struct inventory inventory = { 0 };

	inventory_scan(&inventory);
	naming_check_guest(&inventory, &findings);
	inventory_free(&inventory);
	return report_end(style, "check");
}

/**
 * here_doctor() - what is missing or wrong on this machine as a guest?
 * @style: how it is told
 *
 * Return: enum status.
 */
int here_doctor(struct report_style *style)
{
	struct inventory inventory = { 0 };

	inventory_scan(&inventory);
	doctor_guest(style, &inventory);
	inventory_free(&inventory);
	return report_end(style, "doctor");
}
