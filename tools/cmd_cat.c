// SPDX-License-Identifier: GPL-2.0
/*
 * portside cat: stdin and stdout to a port. On a host the port is a socket of the guest's
 * folder, in a guest a node or a link below /dev/virtio-ports.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "target.h"
#include "terminal.h"

#define PIECE	    65536
#define LOOK_AGAIN_MS 200

static const struct option options[] = {
	COMMON_OPTIONS,
	{ "send", no_argument, NULL, 's' },
	{ "receive", no_argument, NULL, 'r' },
	{ 0 },
};

struct bridge {
	int port;
	bool device;
	bool input_open;
	bool receiving;
	struct escape escape;
	bool terminal;
};

/* NAME to an address: as it is, in the guest's folder, or below /dev/virtio-ports. */
static int find_port(char *address, size_t size, const char *name,
		     const struct common_options *common, struct failure *failure)
{
	struct target target = { .lock = -1 };
	char path[PATH_SIZE + NAME_SIZE + 32];
	struct stat info;

	if (strchr(name, ':') || name[0] == '/') {
		snprintf(address, size, "%s", name);
		return 0;
	}
	snprintf(path, sizeof(path), "/dev/virtio-ports/%.1000s", name);
	if (!common->guest && !stat(path, &info)) {
		snprintf(address, size, "%s", path);
		return 0;
	}
	if (target_find(&target, common, failure))
		return -1;
	snprintf(path, sizeof(path), "%s/%.200s.sock", target.directory, name);
	if (stat(path, &info))
		return fail(failure, STATUS_CONNECTION, "guest %.100s has no socket for a port "
			    "\"%.200s\" (%.600s); \"portside ls\" lists its chardevs", target.name,
			    name, path);
	snprintf(address, size, "unix:%s", path);
	return 0;
}

static int write_all(int fd, const uint8_t *bytes, size_t count)
{
	while (count) {
		ssize_t written = write(fd, bytes, count);
		struct pollfd wait = { .fd = fd, .events = POLLOUT };

		if (written < 0 && errno == EAGAIN) {
			/* A port whose host is away reports that as a hang-up at once. */
			if (poll(&wait, 1, LOOK_AGAIN_MS) > 0 && (wait.revents & POLLHUP))
				poll(NULL, 0, LOOK_AGAIN_MS);
		} else if (written < 0 && errno != EINTR) {
			return -1;
		} else if (written > 0) {
			bytes += written;
			count -= written;
		}
	}
	return 0;
}

/* One piece of input; 1 at its end or at the escape of a terminal. */
static int pass_input(struct bridge *bridge, struct failure *failure)
{
	uint8_t typed[PIECE], kept[PIECE + 1];
	ssize_t count = read(STDIN_FILENO, typed, sizeof(typed));
	size_t length = count > 0 ? count : 0;
	const uint8_t *bytes = typed;
	bool leave = false;

	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (count < 0)
		return fail_errno(failure, STATUS_LOCAL, "cannot read the input");
	if (bridge->terminal && length) {
		leave = escape_filter(&bridge->escape, typed, length, kept, &length);
		bytes = kept;
	}
	if (write_all(bridge->port, bytes, length))
		return fail_errno(failure, STATUS_CONNECTION, "cannot write to the port");
	return leave || count == 0;
}

/* One piece from the port; 1 when its other end is closed. */
static int pass_output(struct bridge *bridge, struct failure *failure)
{
	uint8_t bytes[PIECE];
	ssize_t count = read(bridge->port, bytes, sizeof(bytes));

	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (count < 0)
		return fail_errno(failure, STATUS_CONNECTION, "cannot read from the port");
	if (count == 0)
		return 1;
	if (write_all(STDOUT_FILENO, bytes, count))
		return fail_errno(failure, STATUS_LOCAL, "cannot write the output");
	return 0;
}

/* The port's other end may not be there yet: a device says so by a hang-up. */
static void wait_for_other_end(const struct bridge *bridge)
{
	struct pollfd wait = { .fd = bridge->port, .events = POLLIN | POLLOUT };

	while (bridge->device && poll(&wait, 1, LOOK_AGAIN_MS) >= 0 && (wait.revents & POLLHUP))
		poll(NULL, 0, LOOK_AGAIN_MS);
}

static int carry(struct bridge *bridge, struct failure *failure)
{
	wait_for_other_end(bridge);
	while (bridge->input_open || bridge->receiving) {
		struct pollfd ready[2] = {
			{ .fd = bridge->input_open ? STDIN_FILENO : -1, .events = POLLIN },
			{ .fd = bridge->receiving ? bridge->port : -1, .events = POLLIN },
		};
		int result = 0;

		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			return fail_errno(failure, STATUS_LOCAL, "cannot wait");
		if (ready[0].revents) {
			result = pass_input(bridge, failure);
			if (result > 0 && bridge->terminal)
				return 0;
			if (result > 0)
				bridge->input_open = false;
		}
		if (result >= 0 && ready[1].revents) {
			result = pass_output(bridge, failure);
			if (result > 0)
				return 0;
		}
		if (result < 0)
			return -1;
	}
	/* Where the driver can, wait until the host has taken everything. */
	if (bridge->device)
		fsync(bridge->port);
	return 0;
}

static int run_bridge(struct bridge *bridge, const char *address, struct failure *failure)
{
	struct stat info;
	int result;

	bridge->port = address_open(address);
	if (bridge->port < 0)
		return fail_errno(failure, errno == EBUSY ? STATUS_BUSY : STATUS_CONNECTION, "%s%s",
				  address, errno == EBUSY ? " is in use by another program "
				  "(\"portside ls --here\" tells by which)" : "");
	bridge->device = !fstat(bridge->port, &info) && S_ISCHR(info.st_mode);
	bridge->terminal = bridge->input_open && isatty(STDIN_FILENO);
	if (bridge->terminal)
		terminal_raw();
	result = carry(bridge, failure);
	if (bridge->terminal)
		terminal_restore();
	close(bridge->port);
	return result;
}

static int run_cat(const struct subcommand *self, int argc, char **argv)
{
	struct bridge bridge = { .input_open = true, .receiving = true };
	struct common_options common;
	char address[2 * PATH_SIZE];
	struct failure failure;
	int option, status = STATUS_OK;

	options_default(&common);
	while ((option = getopt_long(argc, argv, COMMON_LETTERS "sr", options, NULL)) != -1) {
		if (option == 's')
			bridge.receiving = false;
		else if (option == 'r')
			bridge.input_open = false;
		else
			status = options_take(self, &common, option);
		if (status)
			return status;
	}
	if (optind + 1 != argc)
		return program_usage(self, "give the name of one port");
	if (!bridge.input_open && !bridge.receiving)
		return program_usage(self, "--send and --receive exclude each other");
	if (!find_port(address, sizeof(address), argv[optind], &common, &failure) &&
	    !run_bridge(&bridge, address, &failure))
		return STATUS_OK;
	complain(&failure);
	return failure.status;
}

const struct subcommand command_cat = {
	.name = "cat",
	.arguments = "[OPTION]... PORT",
	.summary = "Connect stdin and stdout to a port",
	.help =
		"  -s, --send         only send stdin, and end when it has ended\n"
		"  -r, --receive      only receive, until the other end closes\n"
		COMMON_HELP
		"\n"
		"PORT is the name of a port, or an address: a node, unix:PATH or tcp:HOST:PORT.\n"
		"It ends when the other end closes; on a terminal, Enter ~ . is the way out.\n",
	.run = run_cat,
};
