// SPDX-License-Identifier: GPL-2.0
/*
 * A whole agent over socket pairs, with any frames and bytes on both ports. It is
 * confined to a directory and runs no commands, as one that is not trusted with them.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "portside_fuzz.h"
#include "tools/address.h"
#include "tools/agent.h"

#define ON_DATA	      1 /* selector bits */
#define RAW	      2
#define OTHER_SESSION 4

const struct address_kind address_kinds[] = { { "fd:", address_open_fd }, { NULL, NULL } };

static char top[] = "/dev/shm/portside-fuzz-XXXXXX";
static char inside[64];

static int remove_one(const char *path, const struct stat *stat, int flag, struct FTW *level)
{
	(void)stat;
	(void)flag;
	return level->level > 0 ? remove(path) : 0;
}

static void remove_top(void)
{
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	rmdir(top);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (!mkdtemp(top))
		abort();
	atexit(remove_top);
	snprintf(inside, sizeof(inside), "%s/in", top);
	return 0;
}

static void fill(void)
{
	char path[80];
	int fd;

	mkdir(inside, 0700);
	snprintf(path, sizeof(path), "%s/file", inside);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, 3 << 20))
		abort();
	close(fd);
}

static void discard(int fd)
{
	char bytes[65536];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

/* Lets the agent work off what has come, and takes its answers. */
static void run(struct agent *agent, const int *host)
{
	for (int turn = 0; turn < 64; turn++) {
		bool moved = agent_step(agent);

		discard(host[0]);
		discard(host[1]);
		if (!moved && link_wait(&agent->link, 0) <= 0)
			break;
	}
}

static void send_step(const int *host, const struct fuzz_step *step)
{
	int fd = host[step->selector & ON_DATA];
	size_t size = step->length;
	uint8_t *frame;

	if (step->selector & RAW) {
		send(fd, step->bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		return;
	}
	frame = fuzz_frame(step, FUZZ_SESSION + !!(step->selector & OTHER_SESSION), &size);
	send(fd, frame, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t left)
{
	struct agent agent;
	struct failure failure;
	struct fuzz_step step;
	int pair[2], host[2];

	fill();
	if (agent_init(&agent, &failure))
		abort();
	agent.policy = POLICY_CONFINED;
	agent.jail.root = open(inside, O_PATH | O_DIRECTORY | O_CLOEXEC);
	agent.log_time = INT64_MAX / 16; /* silent: no tokens are earned before */
	agent.log_tokens = 0;
	for (uint32_t id = LINK_CONTROL; id <= LINK_DATA; id++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
			abort();
		agent.ports[id].address = "fd:0";
		link_use(&agent.link, id, pair[0]);
		host[id] = pair[1];
	}
	while (!agent.over && fuzz_next(&input, &left, &step)) {
		send_step(host, &step);
		run(&agent, host);
	}
	close(host[0]);
	close(host[1]);
	agent_free(&agent);
	nftw(inside, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
