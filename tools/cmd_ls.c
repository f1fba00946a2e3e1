// SPDX-License-Identifier: GPL-2.0
/*
 * portside ls: on a host the running guests with their chardevs; with --here, or where
 * no guest runs and there are ports, what this machine has as a guest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests.h"
#include "here.h"
#include "target.h"
#include "text.h"

static void chardev_json(const struct guest *guest, const struct chardev *chardev,
			 const struct device *device)
{
	fputs("{\"event\":\"chardev\",\"guest\":", stdout);
	text_json_string(stdout, guest->name);
	fputs(",\"id\":", stdout);
	text_json_string(stdout, chardev->label);
	fputs(",\"target\":", stdout);
	text_json_string(stdout, chardev->target);
	printf(",\"open\":%s", chardev->open < 0 ? "null" : chardev->open ? "true" : "false");
	if (device) {
		printf(",\"device\":\"%s\"", device->type);
		if (device->named) {
			fputs(",\"name\":", stdout);
			text_json_string(stdout, device->name);
		}
		if (device->number >= 0)
			printf(",\"number\":%d", device->number);
	}
	puts("}");
}

static void chardev_text(const struct chardev *chardev, const struct device *device)
{
	char label[256], target[2048], name[2 * NAME_SIZE] = "";

	text_printable(label, sizeof(label), chardev->label);
	text_printable(target, sizeof(target), chardev->target);
	if (device)
		text_printable(name, sizeof(name), device->name);
	printf("  %-20s %-14s %s%s%s  %s\n", label, device ? device->type : "-",
	       chardev->open < 0 ? "" : chardev->open ? "open " : "closed ", name,
	       name[0] ? "" : "(no name)", target);
}

static void list_machine(const struct guest *guest, const struct machine *machine, bool json)
{
	for (size_t i = 0; i < machine->chardev_count; i++) {
		const struct chardev *chardev = &machine->chardevs[i];
		const struct device *device = machine_user(machine, chardev->label);

		if (json)
			chardev_json(guest, chardev, device);
		else
			chardev_text(chardev, device);
	}
}

static void list_guest(const struct guest *guest, bool json)
{
	struct machine machine = { 0 };
	struct failure failure;
	char how[1024];
	int result = guest_describe(guest, &machine, how, sizeof(how), &failure);

	if (json) {
		fputs("{\"event\":\"guest\",\"name\":", stdout);
		text_json_string(stdout, guest->name);
		printf(",\"process\":%d,\"directory\":", guest->process);
		text_json_string(stdout, guest->directory);
		puts("}");
	} else {
		printf("%s: process %d, sockets in %s\n", guest->name, guest->process,
		       guest->directory);
		if (how[0] && !result)
			printf("  (%s)\n", how);
	}
	if (result)
		complain(&failure);
	else
		list_machine(guest, &machine, json);
	machine_free(&machine);
}

static int list_guests(const struct common_options *common, struct failure *failure)
{
	char run[PATH_SIZE / 2];
	struct inventory here = { 0 };
	struct guest *guests;
	size_t count, shown = 0;

	if (target_run_directory(run, sizeof(run), failure))
		return -1;
	if (guests_list(&guests, &count, run))
		return fail(failure, STATUS_LOCAL, "no memory");
	for (size_t i = 0; i < count; i++) {
		if (!guests[i].running || (common->guest && strcmp(common->guest, guests[i].name)))
			continue;
		shown++;
		list_guest(&guests[i], common->json);
	}
	free(guests);
	if (shown)
		return 0;
	inventory_scan(&here);
	count = here.port_count;
	inventory_free(&here);
	if (count && !common->guest)
		return here_list(common->json, common->quiet);
	return fail(failure, STATUS_CONNECTION, "%s%sis running (looked in %s)",
		    common->guest ? common->guest : "no guest", common->guest ? ": no such guest " :
		    " ", run);
}

static int run_ls(const struct subcommand *self, int argc, char **argv)
{
	struct common_options common;
	struct failure failure;
	bool here;
	int status = options_read_here(self, &common, &here, argc, argv);

	if (status)
		return status;
	if (here)
		return here_list(common.json, common.quiet);
	if (!list_guests(&common, &failure))
		return STATUS_OK;
	complain(&failure);
	return failure.status;
}

const struct subcommand command_ls = {
	.name = "ls",
	.arguments = "[OPTION]...",
	.summary = "List running guests and their chardevs, or ports here",
	.help =
		"      --here         list the ports and serial lines of this machine\n"
		COMMON_HELP,
	.run = run_ls,
};
