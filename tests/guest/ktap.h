/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KTAP output of the guest test programs: a plan, one line a test, reasons as
 * diagnostics. Nothing of what is tested.
 *
 *	int main(void)
 *	{
 *		ktap_plan(2);
 *		ktap_test("open_gives_a_descriptor", fd >= 0);
 *		ktap_skip("poll_sees_unplug", "this kernel has no hot-plug");
 *		return ktap_end();
 *	}
 */
#ifndef PORTSIDE_KTAP_H
#define PORTSIDE_KTAP_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct {
	unsigned int planned;
	unsigned int run;
	unsigned int failed;
} ktap;

/**
 * ktap_plan() - start the output
 * @tests: how many results will follow
 */
static inline void ktap_plan(unsigned int tests)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	ktap.planned = tests;
	printf("KTAP version 1\n1..%u\n", tests);
}

/**
 * ktap_note() - a diagnostic line, printed before the result it belongs to
 * @format: as printf's, without a line end
 */
__attribute__((format(printf, 1, 2))) static inline void ktap_note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	printf("# ");
	vprintf(format, arguments);
	printf("\n");
	va_end(arguments);
}

/**
 * ktap_test() - one result
 * @name: a sentence with underscores for blanks; stays the same for ever
 * @passed: the verdict
 *
 * A failed test also shows errno, which the test should not have touched since
 * the call that failed.
 *
 * Return: @passed
 */
static inline bool ktap_test(const char *name, bool passed)
{
	int error = errno;

	ktap.run++;
	if (!passed) {
		ktap.failed++;
		ktap_note("errno %d (%s)", error, strerror(error));
	}
	printf("%s %u %s\n", passed ? "ok" : "not ok", ktap.run, name);
	return passed;
}

/**
 * ktap_equal() - one result: two numbers that must be the same
 * @name: as of ktap_test()
 * @got: what came out
 * @wanted: what should have
 *
 * Return: true if they are equal
 */
static inline bool ktap_equal(const char *name, long long got, long long wanted)
{
	if (got != wanted)
		ktap_note("got %lld, wanted %lld", got, wanted);
	return ktap_test(name, got == wanted);
}

/**
 * ktap_skip() - a test that cannot run here
 * @name: as of ktap_test()
 * @reason: why not
 */
static inline void ktap_skip(const char *name, const char *reason)
{
	ktap.run++;
	printf("ok %u %s # SKIP %s\n", ktap.run, name, reason);
}

/**
 * ktap_end() - the exit status of the program
 *
 * Return: 0 if every planned test ran and none failed, else 1
 */
static inline int ktap_end(void)
{
	if (ktap.run != ktap.planned)
		ktap_note("%u tests were planned, %u ran", ktap.planned, ktap.run);
	return ktap.failed || ktap.run != ktap.planned;
}

#endif
