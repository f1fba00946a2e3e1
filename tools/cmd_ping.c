// SPDX-License-Identifier: GPL-2.0
/* portside ping: is the agent in the guest there, who is it, how quick is it? */
#include <stdio.h>

#include "client.h"
#include "text.h"

static const struct option options[] = { COMMON_OPTIONS, { 0 } };

static const struct {
	uint32_t bit;
	const char *name;
} policies[] = {
	{ POLICY_READ_ONLY, "read-only" },
	{ POLICY_NO_EXEC, "no-exec" },
	{ POLICY_CONFINED, "confined" },
};

static void print_text(const struct client *client, double took_ms)
{
	const struct welcome *welcome = &client->welcome;
	char host[NAME_SIZE], kernel[NAME_SIZE], agent[NAME_SIZE], uptime[32];

	text_printable(host, sizeof(host), welcome->host);
	text_printable(kernel, sizeof(kernel), welcome->kernel);
	text_printable(agent, sizeof(agent), welcome->agent);
	text_seconds(uptime, sizeof(uptime), welcome->uptime_ms / 1000.0);
	printf("Guest is up: %s, Linux %s, up %s, agent %s", host, kernel, uptime, agent);
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
		if (welcome->policy & policies[i].bit)
			printf(", %s", policies[i].name);
	printf(", answered in %.1f ms\n", took_ms);
}

static void print_json(const struct client *client, double took_ms)
{
	const struct welcome *welcome = &client->welcome;
	const char *comma = "";

	fputs("{\"event\":\"up\",\"host\":", stdout);
	text_json_string(stdout, welcome->host);
	fputs(",\"kernel\":", stdout);
	text_json_string(stdout, welcome->kernel);
	fputs(",\"agent\":", stdout);
	text_json_string(stdout, welcome->agent);
	printf(",\"uptime\":%.3f,\"instance\":\"%016llx\",\"policy\":[",
	       welcome->uptime_ms / 1000.0, (unsigned long long)welcome->instance);
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		if (!(welcome->policy & policies[i].bit))
			continue;
		printf("%s\"%s\"", comma, policies[i].name);
		comma = ",";
	}
	printf("],\"milliseconds\":%.1f}\n", took_ms);
}

static int run_ping(const struct subcommand *self, int argc, char **argv)
{
	struct common_options common;
	struct failure failure;
	struct client client;
	int option, status;

	options_default(&common);
	while ((option = getopt_long(argc, argv, COMMON_LETTERS, options, NULL)) != -1) {
		status = options_take(self, &common, option);
		if (status)
			return status;
	}
	if (optind < argc)
		return program_usage(self, "an argument too many");
	if (client_open(&client, &common, false, &failure)) {
		complain(&failure);
		return failure.status;
	}
	if (common.json)
		print_json(&client, client.hello_ms);
	else if (!common.quiet)
		print_text(&client, client.hello_ms);
	client_close(&client);
	return STATUS_OK;
}

const struct subcommand command_ping = {
	.name = "ping",
	.arguments = "[OPTION]...",
	.summary = "Ask whether the guest is up",
	.help = COMMON_HELP,
	.run = run_ping,
};
