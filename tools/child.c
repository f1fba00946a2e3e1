// SPDX-License-Identifier: GPL-2.0
/*
 * Starting a program with pipes or a terminal around it, in a session of its own so
 * that signals reach all of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The far ends of the pipes, or the terminal, that the program gets. */
struct far_ends {
	int in;
	int out;
	int err;
};

/**
 * child_close() - close a descriptor once
 * @fd: open, or -1; becomes -1
 */
void child_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int open_terminal(struct child *child, struct far_ends *far)
{
	int unlock = 0;

	child->out = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (child->out < 0 || ioctl(child->out, TIOCSPTLCK, &unlock))
		return -1;
	far->in = ioctl(child->out, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (far->in < 0)
		return -1;
	far->out = far->in;
	far->err = far->in;
	child->in = fcntl(child->out, F_DUPFD_CLOEXEC, 0);
	return child->in < 0 ? -1 : 0;
}

static int open_pipe(int *near, int *far, bool to_child)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	*near = ends[to_child ? 1 : 0];
	*far = ends[to_child ? 0 : 1];
	return fcntl(*near, F_SETFL, O_NONBLOCK);
}

static int open_pipes(struct child *child, struct far_ends *far, bool with_stdin)
{
	if (open_pipe(&child->out, &far->out, false) || open_pipe(&child->err, &far->err, false))
		return -1;
	if (with_stdin)
		return open_pipe(&child->in, &far->in, true);
	far->in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return far->in < 0 ? -1 : 0;
}

static void close_far_ends(struct far_ends *far)
{
	if (far->out == far->in)
		far->out = -1;
	if (far->err == far->in)
		far->err = -1;
	child_close(&far->in);
	child_close(&far->out);
	child_close(&far->err);
}

static void run_shell(void)
{
	const char *shell = login_shell();
	const char *slash = strrchr(shell, '/');
	const char *home = getenv("HOME");
	char name[NAME_SIZE];

	if (home && chdir(home))
		home = NULL;
	snprintf(name, sizeof(name), "-%s", slash ? slash + 1 : shell);
	execl(shell, name, (char *)NULL);
}

static void set_environment(char *const *environment)
{
	if (!getenv("PATH"))
		setenv("PATH", DEFAULT_PATH, 1);
	for (; *environment; environment++)
		putenv(*environment);
}

/* What the agent was started with, or set for itself, is not the program's. */
static void default_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Why a program was not started. */
struct trouble {
	int number;
	bool directory; /* it is the working directory that is missing */
};

/* In the new process; returns only if the program could not be started. */
static void become(const struct exec_request *request, const struct far_ends *far, bool terminal,
		   struct trouble *trouble)
{
	default_signals();
	setsid();
	if (terminal && ioctl(far->in, TIOCSCTTY, 0))
		return;
	if (dup2(far->in, 0) < 0 || dup2(far->out, 1) < 0 || dup2(far->err, 2) < 0)
		return;
	set_environment(request->environment);
	trouble->directory = request->directory[0] && chdir(request->directory);
	if (trouble->directory)
		return;
	if (request->arguments[0])
		execvp(request->arguments[0], request->arguments);
	else
		run_shell();
}

/* The pipe closes when the program starts, or tells why it does not. */
static void start(struct child *child, const struct exec_request *request,
		  const struct far_ends *far, struct trouble *trouble)
{
	int report[2];
	ssize_t count;

	if (pipe2(report, O_CLOEXEC)) {
		trouble->number = errno;
		return;
	}
	child->pid = fork();
	if (child->pid == 0) {
		become(request, far, child->terminal, trouble);
		trouble->number = errno;
		count = write(report[1], trouble, sizeof(*trouble));
		_exit(count > 0 ? STATUS_NOT_FOUND : STATUS_CANNOT_EXECUTE);
	}
	if (child->pid < 0)
		trouble->number = errno;
	close(report[1]);
	do
		count = read(report[0], trouble, sizeof(*trouble));
	while (count < 0 && errno == EINTR);
	close(report[0]);
}

static void abandon(struct child *child)
{
	if (child->pid > 0)
		waitpid(child->pid, NULL, 0);
	child->pid = -1;
	child_release(child);
}

/**
 * child_start() - start a program
 * @child: receives its descriptors; to be released with child_release()
 * @request: what to start; without arguments, the login shell
 * @failure: on error, why; @failure->number is the errno of execve() if that failed
 *
 * Return: 0 or -1.
 */
int child_start(struct child *child, const struct exec_request *request,
		struct failure *failure)
{
	struct far_ends far = { -1, -1, -1 };
	struct trouble trouble = { 0 };

	*child = (struct child){ -1, -1, request->flags & EXEC_TTY, -1, -1, -1 };
	if (child->terminal ? open_terminal(child, &far) :
			      open_pipes(child, &far, !(request->flags & EXEC_NO_STDIN))) {
		fail_errno(failure, STATUS_REMOTE, "cannot make a %s for the command",
			   child->terminal ? "terminal (is /dev/pts mounted?)" : "pipe");
		close_far_ends(&far);
		abandon(child);
		return -1;
	}
	if (child->terminal)
		child_resize(child, &(struct window_size){ request->rows, request->columns });
	start(child, request, &far, &trouble);
	close_far_ends(&far);
	if (!trouble.number) {
		child->pidfd = syscall(SYS_pidfd_open, child->pid, 0);
		if (child->pidfd >= 0)
			return 0;
		trouble.number = errno;
		kill(-child->pid, SIGKILL);
	}
	errno = trouble.number;
	fail_errno(failure, STATUS_REMOTE, "%s",
		   trouble.directory ? request->directory :
		   request->arguments[0] ? request->arguments[0] : "login shell");
	if (trouble.directory)
		failure->number = 0;
	abandon(child);
	return -1;
}

/**
 * child_resize() - tell a terminal its size
 * @child: started; without a terminal nothing happens
 * @window: rows and columns; 0 means unknown
 */
void child_resize(const struct child *child, const struct window_size *window)
{
	struct winsize size = { .ws_row = window->rows, .ws_col = window->columns };

	if (child->terminal)
		ioctl(child->out, TIOCSWINSZ, &size);
}

/**
 * child_signal() - send a signal
 * @child: started; on a terminal its foreground process group gets the signal
 * @number: the signal
 */
void child_signal(const struct child *child, int number)
{
	pid_t group = child->terminal ? tcgetpgrp(child->out) : child->pid;

	if (group > 0)
		kill(-group, number);
}

/**
 * child_ended() - has it ended, and how?
 * @child: started
 * @message: receives how, if it has
 *
 * Return: true once, when it has ended.
 */
bool child_ended(struct child *child, struct exit_message *message)
{
	int status;

	if (child->pid <= 0 || waitpid(child->pid, &status, WNOHANG) != child->pid)
		return false;
	child->pid = -1;
	message->how = WIFSIGNALED(status) ? EXIT_KILLED : EXIT_EXITED;
	message->status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

/**
 * child_release() - close everything
 * @child: if it is still running it gets SIGHUP; it is to be waited for elsewhere
 */
void child_release(struct child *child)
{
	if (child->pid > 0) {
		kill(-child->pid, SIGHUP);
		kill(-child->pid, SIGCONT);
	}
	child_close(&child->pidfd);
	child_close(&child->in);
	child_close(&child->out);
	child_close(&child->err);
}
