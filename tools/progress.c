// SPDX-License-Identifier: GPL-2.0
/* A line on the terminal that tells how far a transfer is: share, size, rate, time left. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client.h"
#include "progress.h"
#include "text.h"

#define DRAW_EVERY_MS 200
#define SMOOTHING     0.3
#define BAR_WIDTH     20
#define LINE_SIZE     512

/**
 * progress_begin() - a transfer begins
 * @progress: receives the state
 * @name: what is transferred
 * @wanted: false if the user wants silence; nothing is drawn on anything but a terminal
 */
void progress_begin(struct progress *progress, const char *name, bool wanted)
{
	memset(progress, 0, sizeof(*progress));
	progress->shown = wanted && isatty(STDERR_FILENO);
	progress->started_ms = client_now_ms();
	progress->rate_ms = progress->started_ms;
	progress->total = UNKNOWN_TOTAL;
	text_printable(progress->name, sizeof(progress->name), name);
}

static void update_rate(struct progress *progress, int64_t now)
{
	double seconds = (now - progress->rate_ms) / 1000.0;
	double rate = (progress->bytes - progress->rate_bytes) / seconds;

	progress->rate = progress->rate > 0 ?
			 progress->rate + SMOOTHING * (rate - progress->rate) : rate;
	progress->rate_bytes = progress->bytes;
	progress->rate_ms = now;
}

static int terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

static void put_share(const struct progress *progress, char *line, size_t size)
{
	char bar[BAR_WIDTH + 1], left[32], total[32];
	double share = progress->total ? (double)progress->bytes / progress->total : 1;
	size_t used = strlen(line);

	if (share > 1)
		share = 1;
	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < share * BAR_WIDTH ? '#' : '-';
	bar[BAR_WIDTH] = '\0';
	text_seconds(left, sizeof(left),
		     progress->rate > 0 ? (progress->total * (1 - share)) / progress->rate : 0);
	snprintf(line + used, size - used, " of %s [%s] %3d%% %s left",
		 text_bytes(total, sizeof(total), progress->total), bar, (int)(share * 100), left);
}

static void draw(struct progress *progress)
{
	char line[LINE_SIZE], done[32], rate[32];

	snprintf(line, sizeof(line), "%.40s  %s/s  %s", progress->name,
		 text_bytes(rate, sizeof(rate), progress->rate),
		 text_bytes(done, sizeof(done), progress->bytes));
	if (progress->total != UNKNOWN_TOTAL)
		put_share(progress, line, sizeof(line));
	fprintf(stderr, "\r%.*s\033[K", terminal_columns() - 1, line);
	fflush(stderr);
	progress->drawn = true;
}

/**
 * progress_tick() - draw, if it is time
 * @progress: begun
 */
void progress_tick(struct progress *progress)
{
	int64_t now;

	if (!progress->shown)
		return;
	now = client_now_ms();
	if (now - progress->drawn_ms < DRAW_EVERY_MS || now <= progress->rate_ms)
		return;
	update_rate(progress, now);
	progress->drawn_ms = now;
	draw(progress);
}

/**
 * progress_erase() - make room for other text
 * @progress: begun
 */
void progress_erase(struct progress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", stderr);
	progress->drawn = false;
}
