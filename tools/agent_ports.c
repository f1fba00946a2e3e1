// SPDX-License-Identifier: GPL-2.0
/*
 * The agent's ports: opened when they appear, given up when they are unplugged, and
 * looked for again. Directories on the way to them are watched, so that a port
 * is found as soon as its link is made; a slow timer is the safety net.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "agent.h"

static const char *port_name(uint32_t id)
{
	return id == LINK_CONTROL ? "control" : "data";
}

/* Watches every directory above the port: whichever is missing will appear in one. */
static void watch_directories(struct agent *agent, const char *path)
{
	char directory[PATH_SIZE];
	size_t length;

	if (!strncmp(path, "unix:", 5))
		path += 5;
	length = strlen(path);
	if (path[0] != '/' || length >= sizeof(directory))
		return;
	strcpy(directory, path);
	while (length > 1) {
		while (length > 1 && directory[length - 1] != '/')
			length--;
		if (length > 1)
			length--;
		directory[length] = '\0';
		inotify_add_watch(agent->watch, directory, IN_CREATE | IN_MOVED_TO | IN_ATTRIB);
	}
}

static void say_missing(struct agent *agent, uint32_t id, int number)
{
	struct agent_port *port = &agent->ports[id];

	if (port->said == number)
		return;
	port->said = number;
	agent_log(agent, "%s port %s: %s; waiting for it", port_name(id), port->address,
		  strerror(number));
}

static void open_port(struct agent *agent, uint32_t id)
{
	struct agent_port *port = &agent->ports[id];
	struct stat stat;
	int fd;

	/* Watch first: what appears in between is not missed. */
	watch_directories(agent, port->address);
	fd = address_open(port->address);
	if (fd >= 0 && fstat(fd, &stat)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0) {
		say_missing(agent, id, errno);
		return;
	}
	port->device = S_ISCHR(stat.st_mode);
	port->said = 0;
	if (link_use(&agent->link, id, fd)) {
		say_missing(agent, id, errno);
		link_use(&agent->link, id, -1);
		return;
	}
	agent_log(agent, "%s port %s is open", port_name(id), port->address);
}

/**
 * agent_ports_init() - get ready to watch for ports
 * @agent: with its link
 * @failure: on error, why
 *
 * Return: 0 or -1.
 */
int agent_ports_init(struct agent *agent, struct failure *failure)
{
	agent->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (agent->watch < 0 ||
	    link_watch(&agent->link, agent->watch, AGENT_PORTS_EVENT, EPOLLIN))
		return fail_errno(failure, STATUS_LOCAL, "cannot watch for ports");
	agent->retry = true;
	return 0;
}

/**
 * agent_ports_missing() - is there anything to wait for?
 * @agent: initialised
 *
 * Return: true if a port is not open.
 */
bool agent_ports_missing(const struct agent *agent)
{
	return agent->link.control.fd < 0 || agent->link.data.fd < 0;
}

/**
 * agent_ports_open() - open the ports that are missing
 * @agent: initialised; nothing happens before it is time to try again
 */
void agent_ports_open(struct agent *agent)
{
	if (!agent->retry)
		return;
	agent->retry = false;
	if (agent->link.control.fd < 0)
		open_port(agent, LINK_CONTROL);
	if (agent->link.data.fd < 0)
		open_port(agent, LINK_DATA);
}

/**
 * agent_port_lost() - a port was unplugged
 * @agent: the session ends
 * @id: LINK_CONTROL or LINK_DATA
 * @why: for the log
 */
void agent_port_lost(struct agent *agent, uint32_t id, const char *why)
{
	bool in_session = agent->in_session;

	agent_end_session(agent, why);
	if (in_session && id == LINK_DATA)
		agent_say_ended(agent);
	agent_log(agent, "%s port %s: %s", port_name(id), agent->ports[id].address, why);
	link_use(&agent->link, id, -1);
	agent->retry = true;
	agent->over = !strncmp(agent->ports[id].address, "fd:", 3);
}

/**
 * agent_ports_event() - something appeared in a watched directory
 * @agent: initialised
 */
void agent_ports_event(struct agent *agent)
{
	char events[4096];

	while (read(agent->watch, events, sizeof(events)) > 0)
		agent->retry = true;
}
