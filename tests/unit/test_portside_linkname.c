// SPDX-License-Identifier: GPL-2.0
/* The links that names make: every row of tests/vectors/port-names.tsv. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/linkname.h"

/* \t \n \\ and \xHH of the table to bytes, in place. */
static void unescape(char *field)
{
	char *out = field;

	for (char *in = field; *in; in++) {
		if (*in != '\\') {
			*out++ = *in;
		} else if (in[1] == 'x') {
			char digits[3] = { in[2], in[3], 0 };

			*out++ = strtol(digits, NULL, 16);
			in += 3;
		} else {
			in++;
			*out++ = *in == 't' ? '\t' : *in == 'n' ? '\n' : *in;
		}
	}
	*out = '\0';
}

static void every_row_of_the_table_makes_its_link(void **state)
{
	char line[4096], link[4096];
	FILE *table = fopen("tests/vectors/port-names.tsv", "r");
	int rows = 0;

	(void)state;
	assert_non_null(table);
	while (fgets(line, sizeof(line), table)) {
		char *rest = line, *name = strsep(&rest, "\t"), *wanted = strsep(&rest, "\t");

		if (line[0] == '\n' || !strncmp(line, "# ", 2) || !strcmp(line, "#\n") ||
		    !strcmp(name, "(none)"))
			continue;
		assert_non_null(wanted);
		if (!strcmp(name, "(empty)"))
			name[0] = '\0';
		unescape(name);
		if (!strcmp(wanted, "-"))
			wanted[0] = '\0';
		unescape(wanted);
		assert_int_equal(link_name(link, sizeof(link), name), wanted[0] != '\0');
		if (strcmp(link, wanted))
			fail_msg("name '%s': link '%s', not '%s'", name, link, wanted);
		rows++;
	}
	fclose(table);
	assert_true(rows > 40);
}

static void a_small_buffer_is_never_overrun(void **state)
{
	(void)state;
	for (size_t size = 8; size < 40; size++) {
		char *link = malloc(size);

		link_name(link, size, "a name \xf0\x9f\x98\x80 / ./ that is longer than that");
		assert_true(strlen(link) < size);
		free(link);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_the_table_makes_its_link),
		cmocka_unit_test(a_small_buffer_is_never_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
