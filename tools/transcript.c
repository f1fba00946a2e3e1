// SPDX-License-Identifier: GPL-2.0
/* What put and get tell about a transfer, for people and as JSON. */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "text.h"
#include "transcript.h"

static const char *const kind_names[] = { "unknown", "file", "directory", "symlink" };
static const char *const status_names[] = { "done", "failed", "differs", "kept" };

static void print_json(const struct transcript *transcript, const struct report *report)
{
	fputs("{\"event\":\"entry\",\"path\":", stdout);
	text_json_string(stdout, report->path);
	printf(",\"kind\":\"%s\",\"status\":\"%s\",\"bytes\":%llu",
	       kind_names[report->kind <= ENTRY_SYMLINK ? report->kind : 0],
	       status_names[report->status], (unsigned long long)report->size);
	if (report->digest[0])
		printf(",\"digest\":{\"name\":\"%s\",\"value\":\"%s\"}", transcript->digest,
		       report->digest);
	if (report->text[0]) {
		printf(",\"side\":\"%s\",\"text\":",
		       report->far ? "guest" : "host");
		text_json_string(stdout, report->text);
	}
	puts("}");
}

static enum status status_of(const struct report *report)
{
	if (report->status == RESULT_DIFFERS)
		return STATUS_DIFFERS;
	return report->far ? STATUS_REMOTE : STATUS_LOCAL;
}

static void count(struct transcript *transcript, const struct report *report)
{
	switch (report->status) {
	case RESULT_DONE:
		transcript->done++;
		transcript->bytes += report->size;
		break;
	case RESULT_KEPT:
		transcript->kept++;
		break;
	default:
		if (!transcript->failed++)
			transcript->status = status_of(report);
	}
}

static void print_text(struct transcript *transcript, const struct report *report)
{
	char path[4 * PATH_SIZE], text[TEXT_SIZE];

	text_printable(path, sizeof(path), report->path);
	text_printable(text, sizeof(text), report->text);
	if (report->status == RESULT_FAILED || report->status == RESULT_DIFFERS) {
		progress_erase(&transcript->progress);
		fprintf(stderr, "portside: %s%s: %s\n", report->far ? "guest: " : "", path, text);
	} else if (transcript->each && report->digest[0] && !transcript->quiet) {
		progress_erase(&transcript->progress);
		printf("%s  %s\n", report->digest, path);
	}
}

static void on_report(void *owner, const struct report *report)
{
	struct transcript *transcript = owner;

	count(transcript, report);
	if (transcript->json)
		print_json(transcript, report);
	else
		print_text(transcript, report);
}

static void on_total(void *owner, const struct total *total)
{
	struct transcript *transcript = owner;

	transcript->progress.total = total->bytes;
}

static void on_progress(void *owner, uint64_t bytes)
{
	struct transcript *transcript = owner;

	transcript->progress.bytes += bytes;
}

/**
 * transcript_observer() - let a transfer tell its story here
 * @transcript: kept while the transfer lasts
 * @observer: receives the functions
 */
void transcript_observer(struct transcript *transcript, struct observer *observer)
{
	*observer = (struct observer){
		.owner = transcript,
		.report = on_report,
		.total = on_total,
		.progress = on_progress,
	};
}

static void summary_json(const struct transcript *transcript, double seconds, int status,
			 const char *text)
{
	printf("{\"event\":\"end\",\"command\":\"%s\",\"done\":%llu,\"kept\":%llu,\"failed\":%llu,"
	       "\"bytes\":%llu,\"seconds\":%.3f,\"exit\":%d",
	       transcript->verb, (unsigned long long)transcript->done,
	       (unsigned long long)transcript->kept, (unsigned long long)transcript->failed,
	       (unsigned long long)transcript->bytes, seconds, status);
	if (text) {
		fputs(",\"text\":", stdout);
		text_json_string(stdout, text);
	}
	puts("}");
}

static void summary_text(const struct transcript *transcript, double seconds)
{
	char size[32], rate[32];

	printf("%s: %llu %s, %s, %.2f s, %s/s, %s verified", transcript->verb,
	       (unsigned long long)transcript->done, transcript->done == 1 ? "entry" : "entries",
	       text_bytes(size, sizeof(size), transcript->bytes), seconds,
	       text_bytes(rate, sizeof(rate), seconds > 0 ? transcript->bytes / seconds : 0),
	       transcript->digest);
	if (transcript->kept)
		printf(", %llu kept", (unsigned long long)transcript->kept);
	if (transcript->failed)
		printf(", %llu failed", (unsigned long long)transcript->failed);
	putchar('\n');
}

/**
 * transcript_end() - tell about the whole
 * @transcript: of the transfer
 * @result: 0, or -1 if it was cut off
 * @failure: why, if it was
 *
 * Return: the exit status.
 */
int transcript_end(struct transcript *transcript, int result, const struct failure *failure)
{
	double seconds = (client_now_ms() - transcript->progress.started_ms) / 1000.0;
	int status = result ? (int)failure->status :
		     transcript->failed ? (int)transcript->status : STATUS_OK;

	progress_erase(&transcript->progress);
	if (transcript->json)
		summary_json(transcript, seconds, status, result ? failure->text : NULL);
	else if (result)
		complain(failure);
	else if (!transcript->quiet)
		summary_text(transcript, seconds);
	return status;
}
