// SPDX-License-Identifier: GPL-2.0
/* How check and doctor tell what they found. Colours on a terminal only. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "failure.h"
#include "report.h"
#include "text.h"

static bool with_colours(void)
{
	const char *no_colour = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (!no_colour || !no_colour[0]);
}

static void json_member(const char *key, const char *value)
{
	printf(",\"%s\":", key);
	text_json_string(stdout, value);
}

static void tell_json(const struct report_style *style, bool bad, const char *about,
		      const char *text, const char *mend)
{
	printf("{\"event\":\"finding\",\"bad\":%s", bad ? "true" : "false");
	if (style->guest)
		json_member("guest", style->guest);
	json_member("about", about);
	json_member("text", text);
	if (mend && mend[0])
		json_member("mend", mend);
	puts("}");
}

/**
 * report_finding() - tell one
 * @style: how; counts it
 * @bad: something is missing or wrong
 * @about: what it is about
 * @text: what was found
 * @mend: the command that mends it, or NULL
 */
void report_finding(struct report_style *style, bool bad, const char *about, const char *text,
		    const char *mend)
{
	char subject[1024], what[4096], how[4096] = "";
	bool colours = with_colours();

	if (bad)
		style->bad++;
	else
		style->good++;
	if (style->quiet && !bad)
		return;
	text_printable(subject, sizeof(subject), about);
	text_printable(what, sizeof(what), text);
	text_printable(how, sizeof(how), mend ? mend : "");
	if (style->json) {
		tell_json(style, bad, subject, what, how);
		return;
	}
	printf("%s%s%s %s%s%s: %s\n", !colours ? "" : bad ? "\033[31m" : "\033[32m",
	       bad ? "BAD" : "ok ", colours ? "\033[0m" : "", style->guest ? style->guest : "",
	       style->guest ? ": " : "", subject, what);
	if (how[0])
		printf("    to mend it: %s\n", how);
}

/**
 * report_tell() - tell one, in words that are put together
 * @style: how; counts it
 * @bad: something is missing or wrong
 * @about: what it is about
 * @mend: the command that mends it, or NULL
 * @format: what was found, as for printf()
 */
void report_tell(struct report_style *style, bool bad, const char *about, const char *mend,
		 const char *format, ...)
{
	char text[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	report_finding(style, bad, about, text, mend);
}

/**
 * report_end() - tell how it ended
 * @style: with its counts
 * @what: what was done: "check"
 *
 * Return: STATUS_OK, or STATUS_FINDINGS if anything was bad.
 */
int report_end(const struct report_style *style, const char *what)
{
	if (style->json)
		printf("{\"event\":\"%s\",\"bad\":%zu,\"good\":%zu}\n", what, style->bad,
		       style->good);
	else if (!style->quiet)
		printf("%s: %zu bad, %zu good\n", what, style->bad, style->good);
	return style->bad ? STATUS_FINDINGS : STATUS_OK;
}
