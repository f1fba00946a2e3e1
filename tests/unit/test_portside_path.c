// SPDX-License-Identifier: GPL-2.0
/* Paths that the other end names: which are accepted, and that none leads outside. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/path.h"

static char top[] = "/tmp/portside-path-XXXXXX";

/* A directory "in" with a subdirectory and links that lead out of it. */
static int setup(void **state)
{
	char command[256];

	(void)state;
	strcpy(top, "/tmp/portside-path-XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(command, sizeof(command),
		 "cd %s && mkdir -p in/sub out && echo secret > out/file && ln -s ../out in/out && "
		 "ln -s / in/root && ln -s ../../out/file in/sub/file && ln -s sub in/inner",
		 top);
	return system(command);
}

static int teardown(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

static int open_inside(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/in", top);
	return open(path, O_RDONLY | O_DIRECTORY);
}

static void plain_relative_paths_are_accepted(void **state)
{
	(void)state;
	assert_true(path_is_relative_and_plain("a"));
	assert_true(path_is_relative_and_plain("a/b/c"));
	assert_true(path_is_relative_and_plain("..."));
	assert_true(path_is_relative_and_plain(".hidden/..x/x.."));
	assert_true(path_is_relative_and_plain("\xff\xfe"));
}

static void paths_that_lead_elsewhere_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "/", "/a", "a/", "a//b", ".", "..", "./a", "../a", "a/.", "a/..", "a/../b", "a/./b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(path_is_relative_and_plain(bad[i]));
}

static void components_and_depth_have_limits(void **state)
{
	char name[300], deep[1024] = "";

	(void)state;
	memset(name, 'x', sizeof(name));
	name[255] = '\0';
	assert_true(path_is_relative_and_plain(name));
	name[255] = 'x';
	name[256] = '\0';
	assert_false(path_is_relative_and_plain(name));
	for (int i = 0; i < PATH_DEPTH_MAX; i++)
		strcat(deep, "d/");
	strcat(deep, "f");
	assert_true(path_is_relative_and_plain(deep));
	strcat(deep, "/f");
	assert_false(path_is_relative_and_plain(deep));
}

static void no_link_is_followed_beneath_a_destination(void **state)
{
	struct beneath beneath;
	int root = open_inside();

	(void)state;
	beneath_init(&beneath, root);
	assert_int_equal(beneath_parent(&beneath, "file"), root);
	assert_true(beneath_parent(&beneath, "sub/file") >= 0);
	assert_int_equal(beneath_parent(&beneath, "out/file"), -1);
	assert_true(errno == ELOOP || errno == ENOTDIR);
	assert_int_equal(beneath_parent(&beneath, "inner/file"), -1);
	assert_int_equal(beneath_parent(&beneath, "root/etc/passwd"), -1);
	assert_int_equal(beneath_parent(&beneath, "missing/file"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(beneath_parent(&beneath, "file"), root);
	beneath_free(&beneath);
	close(root);
}

static void a_jail_keeps_every_path_inside(void **state)
{
	static const char *const paths[] = {
		"../out/file", "/../out/file", "out/file", "/out/file", "sub/file",
		"root/../out/file", "sub/../../out/file",
	};
	struct jail jail = { .root = open_inside() };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(jail_open(&jail, paths[i], O_RDONLY), -1);
	close(jail.root);
}

static void in_a_jail_links_lead_to_what_they_name_inside(void **state)
{
	struct jail jail = { .root = open_inside() };
	int fd = jail_open(&jail, "/root/inner", O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	close(jail.root);
}

static void directories_are_made_inside_the_jail_only(void **state)
{
	struct jail jail = { .root = open_inside() };
	char path[128];

	(void)state;
	assert_int_equal(jail_make_directories(&jail, "/new/deep/er"), 0);
	assert_int_equal(jail_make_directories(&jail, "/new/deep/er"), 0);
	snprintf(path, sizeof(path), "%s/in/new/deep/er", top);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(jail_make_directories(&jail, "../../outside/x"), 0);
	snprintf(path, sizeof(path), "%s/outside", top);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof(path), "%s/in/outside/x", top);
	assert_int_equal(access(path, F_OK), 0);
	close(jail.root);
}

static void devices_and_pipes_are_not_opened_as_sources(void **state)
{
	static const struct jail whole = { .root = -1 };
	char path[128];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/fifo", top);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(jail_open_source(&whole, path), -1);
	assert_int_equal(errno, ENOTSUP);
	assert_int_equal(jail_open_source(&whole, "/dev/null"), -1);
	assert_int_equal(errno, ENOTSUP);
	fd = jail_open_source(&whole, "/etc/passwd");
	assert_true(fd >= 0);
	close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_relative_paths_are_accepted),
		cmocka_unit_test(paths_that_lead_elsewhere_are_refused),
		cmocka_unit_test(components_and_depth_have_limits),
		TEST(no_link_is_followed_beneath_a_destination),
		TEST(a_jail_keeps_every_path_inside),
		TEST(in_a_jail_links_lead_to_what_they_name_inside),
		TEST(directories_are_made_inside_the_jail_only),
		TEST(devices_and_pipes_are_not_opened_as_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
