// SPDX-License-Identifier: GPL-2.0
/* portside agent: the guest's end as a program that runs until it is told to stop. */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "program.h"

#define CONTROL_PORT "/dev/virtio-ports/org.portside.control"
#define DATA_PORT    "/dev/virtio-ports/org.portside.data"

/* How long to wait for an event before looking whether one was lost, in milliseconds. */
#define WAIT_IN_SESSION 1000
#define WAIT_FOR_PORTS	1000
#define WAIT_FOR_HOST	5000

enum { OPTION_CONTROL = 256, OPTION_DATA, OPTION_ROOT, OPTION_READ_ONLY, OPTION_NO_EXEC };

static const struct option options[] = {
	{ "control", required_argument, NULL, OPTION_CONTROL },
	{ "data", required_argument, NULL, OPTION_DATA },
	{ "root", required_argument, NULL, OPTION_ROOT },
	{ "read-only", no_argument, NULL, OPTION_READ_ONLY },
	{ "no-exec", no_argument, NULL, OPTION_NO_EXEC },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int confine(struct agent *agent, const char *root)
{
	struct failure failure;

	agent->jail.root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	agent->policy |= POLICY_CONFINED;
	if (agent->jail.root >= 0)
		return STATUS_OK;
	fail_errno(&failure, STATUS_LOCAL, "--root %s", root);
	complain(&failure);
	return STATUS_LOCAL;
}

static int read_options(const struct subcommand *self, struct agent *agent, int argc,
			char **argv)
{
	int option;

	agent->ports[LINK_CONTROL].address = CONTROL_PORT;
	agent->ports[LINK_DATA].address = DATA_PORT;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case OPTION_CONTROL:
			agent->ports[LINK_CONTROL].address = optarg;
			break;
		case OPTION_DATA:
			agent->ports[LINK_DATA].address = optarg;
			break;
		case OPTION_ROOT:
			if (confine(agent, optarg))
				return STATUS_LOCAL;
			break;
		case OPTION_READ_ONLY:
			agent->policy |= POLICY_READ_ONLY;
			break;
		case OPTION_NO_EXEC:
			agent->policy |= POLICY_NO_EXEC;
			break;
		case 'h':
			program_help(self);
			exit(STATUS_OK);
		default:
			return program_usage(self, NULL);
		}
	}
	return optind < argc ? program_usage(self, "an argument too many") : STATUS_OK;
}

static int stop_signals(struct agent *agent)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0 || link_watch(&agent->link, fd, AGENT_STOP_EVENT, EPOLLIN))
		return -1;
	return fd;
}

/* The last words have been said: do what the host asked for. */
static void obey(struct agent *agent)
{
	struct channel *control = &agent->link.control;

	if (agent->power < 0 || control->out_start < control->out_end)
		return;
	/* A port that can tells when the host has read them; others refuse, or block briefly. */
	fsync(control->fd);
	power_down(agent->power, agent->force);
	agent->power = -1;
}

static int time_to_wait(const struct agent *agent)
{
	if (agent->in_session)
		return agent_patience(agent, WAIT_IN_SESSION);
	return agent_ports_missing(agent) ? WAIT_FOR_PORTS : WAIT_FOR_HOST;
}

static void serve(struct agent *agent, int stop)
{
	struct signalfd_siginfo info;

	while (!agent->over && read(stop, &info, sizeof(info)) < 0) {
		agent_ports_open(agent);
		if (agent_step(agent) || agent->over) {
			link_wait(&agent->link, 0);
			continue;
		}
		obey(agent);
		if (!agent->operation)
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
		if (link_wait(&agent->link, time_to_wait(agent)) == 0)
			agent->retry = true;
	}
}

static int run_agent(const struct subcommand *self, int argc, char **argv)
{
	struct agent agent;
	struct failure failure;
	int status, stop;

	if (agent_init(&agent, &failure)) {
		complain(&failure);
		return failure.status;
	}
	status = read_options(self, &agent, argc, argv);
	stop = status ? -1 : stop_signals(&agent);
	if (stop >= 0) {
		/* Modes come from the host; paths are relative to the root. */
		umask(022);
		if (chdir("/") == 0)
			serve(&agent, stop);
		close(stop);
	} else if (!status) {
		fail_errno(&failure, STATUS_LOCAL, "cannot wait for signals");
		complain(&failure);
		status = STATUS_LOCAL;
	}
	agent_free(&agent);
	return status;
}

const struct subcommand command_agent = {
	.name = "agent",
	.arguments = "[OPTION]...",
	.summary = "Serve a host from inside the guest",
	.help =
		"  --control PORT   control port (default " CONTROL_PORT ")\n"
		"  --data PORT      data port (default " DATA_PORT ")\n"
		"                   PORT is a device node, unix:PATH to connect to, or fd:NUMBER\n"
		"  --root DIR       serve files beneath DIR only, run no commands\n"
		"  --read-only      change nothing: get only\n"
		"  --no-exec        run no commands\n"
		"\n"
		"Ports that do not exist yet are waited for. Requests are logged on stderr.\n",
	.run = run_agent,
};
