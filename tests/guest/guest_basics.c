// SPDX-License-Identifier: GPL-2.0
/*
 * What every guest program may rely on: pseudo file systems, terminals, a
 * clock. Also shows how a test program looks. Nothing of the drivers.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"

static bool is_there(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0;
}

int main(void)
{
	struct timespec now;

	ktap_plan(4);
	ktap_test("proc_and_sys_are_mounted", is_there("/proc/self") && is_there("/sys/kernel"));
	ktap_test("dev_has_null", access("/dev/null", R_OK | W_OK) == 0);
	ktap_test("pseudo_terminals_can_be_had", posix_openpt(0) >= 0);
	ktap_equal("the_monotonic_clock_runs", clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return ktap_end();
}
