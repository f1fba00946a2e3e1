// SPDX-License-Identifier: GPL-2.0
/* portside shutdown and portside reboot: ending or restarting the guest in good order. */
#include <poll.h>
#include <stdio.h>

#include "client.h"

/* How often a guest that is restarting is asked who it is. */
#define ASK_EVERY_MS 200

enum { OPTION_FORCE = OPTION_OWN, OPTION_NO_WAIT };

static const struct option options[] = {
	COMMON_OPTIONS,
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ "no-wait", no_argument, NULL, OPTION_NO_WAIT },
	{ 0 },
};

struct power {
	struct common_options common;
	struct power_request request;
	bool no_wait;
};

static int read_options(const struct subcommand *self, struct power *power, int argc,
			char **argv)
{
	int option, status = STATUS_OK;

	options_default(&power->common);
	while ((option = getopt_long(argc, argv, COMMON_LETTERS, options, NULL)) != -1) {
		if (option == OPTION_FORCE)
			power->request.force = 1;
		else if (option == OPTION_NO_WAIT)
			power->no_wait = true;
		else
			status = options_take(self, &power->common, option);
		if (status)
			return status;
	}
	return optind < argc ? program_usage(self, "an argument too many") : STATUS_OK;
}

/* A guest that was restarted has an agent of another instance. */
static int wait_for_another(const struct power *power, uint64_t instance,
			    struct failure *failure)
{
	int64_t deadline = client_now_ms() + power->common.timeout_ms;
	struct common_options common = power->common;
	struct client client;
	bool another;

	common.wait = true;
	while (client_now_ms() < deadline) {
		common.timeout_ms = deadline - client_now_ms();
		if (client_open(&client, &common, false, failure))
			continue;
		another = client.welcome.instance != instance;
		client_close(&client);
		if (another)
			return 0;
		poll(NULL, 0, ASK_EVERY_MS);
	}
	return fail(failure, STATUS_CONNECTION, "the guest has not come back in time");
}

static int power_guest(const struct power *power, struct failure *failure)
{
	struct client client;
	uint64_t instance;
	int result;

	if (client_open(&client, &power->common, false, failure))
		return -1;
	instance = client.welcome.instance;
	result = client_request(&client, FRAME_POWER, &power->request, failure);
	if (!result && power->request.action == POWER_OFF && !power->no_wait)
		result = client_until_gone(&client, failure);
	client_close(&client);
	if (!result && power->request.action == POWER_REBOOT && power->common.wait)
		result = wait_for_another(power, instance, failure);
	return result;
}

static int run_power(const struct subcommand *self, int argc, char **argv, uint8_t action)
{
	struct power power = { .request.action = action };
	struct failure failure;
	int status = read_options(self, &power, argc, argv);

	if (status)
		return status;
	if (power_guest(&power, &failure)) {
		complain(&failure);
		return failure.status;
	}
	if (!power.common.quiet)
		puts(action == POWER_REBOOT ? "Guest is restarting" :
		     power.no_wait ? "Guest is going down" : "Guest is down");
	return STATUS_OK;
}

static int run_shutdown(const struct subcommand *self, int argc, char **argv)
{
	return run_power(self, argc, argv, POWER_OFF);
}

static int run_reboot(const struct subcommand *self, int argc, char **argv)
{
	return run_power(self, argc, argv, POWER_REBOOT);
}

#define POWER_HELP "      --force        do not ask the guest's init system\n"

const struct subcommand command_shutdown = {
	.name = "shutdown",
	.arguments = "[OPTION]...",
	.summary = "Power the guest off, and wait until it is",
	.help = POWER_HELP "      --no-wait      do not wait until QEMU has ended\n" COMMON_HELP,
	.run = run_shutdown,
};

const struct subcommand command_reboot = {
	.name = "reboot",
	.arguments = "[OPTION]...",
	.summary = "Restart the guest; with --wait, until it answers again",
	.help = POWER_HELP COMMON_HELP,
	.run = run_reboot,
};
