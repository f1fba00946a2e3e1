// SPDX-License-Identifier: GPL-2.0
/*
 * gdb itself against the protocol over a socket, and a dialogue of gdb's that
 * was recorded (data/rsp-dialogue.txt) replayed without it. Set RSP_RECORD to a
 * file name to record it anew.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/rsp_fake.h"

#define DIALOGUE "tests/unit/data/rsp-dialogue.txt"

static struct fake fake;
static FILE *record;
static char output[1 << 16];

/* A line for all that one side says before the other does. */
static void write_record(char who, const u8 *bytes, size_t len)
{
	static char last;

	if (!record)
		return;
	if (who != last)
		fprintf(record, last ? "\n%c " : "%c ", who);
	last = who;
	while (len--) {
		u8 byte = *bytes++;

		fprintf(record, byte < ' ' || byte > '~' || byte == '\\' ? "\\%02x" : "%c", byte);
	}
}

/* Serves one client and ends with it. */
static void serve(int listener)
{
	int line = accept(listener, NULL, NULL);
	char byte;

	fake_init(&fake);
	while (read(line, &byte, 1) == 1) {
		write_record('>', (u8 *)&byte, 1);
		fake_feed(&fake, &byte, 1);
		if (fake.sent_len) {
			write_record('<', fake.sent, fake.sent_len);
			if (write(line, fake.sent, fake.sent_len) != (ssize_t)fake.sent_len)
				break;
			fake.sent_len = 0;
		}
	}
	if (record)
		fclose(record);
	_exit(0);
}

/* What gdb prints for a list of commands, separated by newlines. */
static const char *gdb(const char *commands)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char folder[] = "/tmp/rsp-XXXXXX", script[64], command[256];
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	FILE *file;
	size_t len;
	pid_t pid;

	assert_non_null(mkdtemp(folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", folder);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (!pid)
		serve(listener);
	close(listener);

	snprintf(script, sizeof(script), "%s/gdb", folder);
	file = fopen(script, "w");
	fprintf(file, "set confirm off\nset pagination off\ntarget remote %s\n%s\n",
		address.sun_path, commands);
	fclose(file);
	snprintf(command, sizeof(command), "gdb -q -nx -batch -x %s < /dev/null 2>&1", script);
	file = popen(command, "r");
	len = fread(output, 1, sizeof(output) - 1, file);
	output[len] = 0;
	pclose(file);
	waitpid(pid, NULL, 0);
	unlink(script);
	unlink(address.sun_path);
	rmdir(folder);
	return output;
}

static void assert_says(const char *text)
{
	if (!strstr(output, text))
		fail_msg("gdb did not say '%s' but:\n%s", text, output);
}

static void gdb_attaches_and_reads(void **state)
{
	(void)state;
	gdb("p/x $rip\np/x $gs_base\np/x $rdi\nx/4xb 0xffffffff81000000\ndetach");
	assert_says("$1 = 0xffffffff81000100");
	assert_says("= 0xffff888000000000");
	assert_says("$3 = 0x28");
	assert_says("0xffffffff81000000:\t0x00\t0x07\t0x0e\t0x15");
	assert_says("detached");
}

static void gdb_lists_threads_with_names_and_states(void **state)
{
	(void)state;
	gdb("info threads\nthread 3\np/x $rip");
	assert_says("\"task<1>\" (running \"1\")");
	assert_says("\"task<3>\"");
	assert_says("= 0xffffffff81002100");
}

static void gdb_lists_the_same_threads_after_a_step(void **state)
{
	(void)state;
	gdb("stepi\ninfo threads\nthread 3");
	assert_says("\"task<1>\" (running \"1\")");
	assert_says("Switching to thread 3 (Thread 3)");
}

static void gdb_stops_at_breakpoints_and_steps(void **state)
{
	(void)state;
	gdb("break *0xffffffff81000110\ncontinue\nstepi\np/x $rip\nthbreak *0xffffffff81000118\n"
	    "continue\np/x $rip");
	assert_says("Breakpoint 1, 0xffffffff81000110");
	assert_says("= 0xffffffff81000111");
	assert_says("Temporary breakpoint 2, 0xffffffff81000118");
}

static void gdb_says_what_a_watchpoint_saw(void **state)
{
	(void)state;
	gdb("watch *(long *)0xffffffff81008000\ncontinue\np/x $rip");
	assert_says("Hardware watchpoint 1");
	assert_says("Old value = 0");
	assert_says("New value = 1");
	assert_says("= 0xffffffff81000121");
}

static void gdb_sends_conditions_that_we_evaluate(void **state)
{
	(void)state;
	gdb("break *0xffffffff81000110 if $rdi == 40\ncontinue\np/x $rip\n"
	    "break *0xffffffff81000118 if $rdi == 41\ncontinue");
	assert_says("= 0xffffffff81000110");
	assert_says("received signal SIGINT");
}

static void gdb_changes_memory_and_registers(void **state)
{
	(void)state;
	gdb("set var *(int *)0xffffffff81009000 = 0x24232a7d\np/x *(int *)0xffffffff81009000\n"
	    "set $rax = 77\nflushregs\np $rax\n"
	    "find /w 0xffffffff81008000, +0x2000, 0x24232a7d\nmonitor help");
	assert_says("= 0x24232a7d");
	assert_says("= 77");
	assert_says("0xffffffff81009000");
	assert_says("there is help");
}

static int recorded_byte(const char **at)
{
	unsigned int byte = (u8)*(*at)++;

	if (byte == '\\') {
		assert_int_equal(sscanf(*at, "%2x", &byte), 1);
		*at += 2;
	}
	return byte;
}

static void a_recorded_dialogue_is_answered_as_then(void **state)
{
	static char text[1 << 18], want[1 << 17];
	FILE *file = fopen(DIALOGUE, "r");
	unsigned int lines = 0;

	(void)state;
	assert_non_null(file);
	fake_init(&fake);
	while (fgets(text, sizeof(text), file)) {
		const char *at = text + 2;

		lines++;
		if (text[0] == '>') {
			while (*at && *at != '\n') {
				char byte = recorded_byte(&at);

				fake_feed(&fake, &byte, 1);
			}
		} else {
			size_t len = 0;

			while (*at && *at != '\n')
				want[len++] = recorded_byte(&at);
			assert_int_equal(fake.sent_len, len);
			assert_memory_equal(fake.sent, want, len);
			fake.sent_len = 0;
		}
	}
	assert_int_equal(fake.sent_len, 0);
	assert_true(lines > 50);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gdb_attaches_and_reads),
		cmocka_unit_test(gdb_lists_threads_with_names_and_states),
		cmocka_unit_test(gdb_lists_the_same_threads_after_a_step),
		cmocka_unit_test(gdb_stops_at_breakpoints_and_steps),
		cmocka_unit_test(gdb_says_what_a_watchpoint_saw),
		cmocka_unit_test(gdb_sends_conditions_that_we_evaluate),
		cmocka_unit_test(gdb_changes_memory_and_registers),
		cmocka_unit_test(a_recorded_dialogue_is_answered_as_then),
	};

	if (getenv("RSP_RECORD")) {
		record = fopen(getenv("RSP_RECORD"), "w");
		gdb("info threads\nbreak *0xffffffff81000110 if $rdi == 40\ncontinue\nstepi\n"
		    "watch *(long *)0xffffffff81008000\ncontinue\ninfo registers\n"
		    "set $rax = 77\nset var *(int *)0xffffffff81009000 = 0x24232a7d\n"
		    "x/64xb 0xffffffff81000000\nthread 2\np/x $rip\nmonitor help\ndetach");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
