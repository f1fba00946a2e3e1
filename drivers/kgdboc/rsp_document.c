// SPDX-License-Identifier: GPL-2.0
/*
 * The qXfer packets: documents that gdb reads piece by piece. They are written
 * anew for each piece, and only the piece is kept, so that none needs memory.
 */
#include "rsp_packet.h"

static void target_document(struct rsp_window *w)
{
	const struct rsp_arch *arch = w->rsp->arch;
	unsigned int feature, i;

	rsp_window_text(w, "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
			"<target><architecture>");
	rsp_window_text(w, arch->architecture);
	rsp_window_text(w, "</architecture>");
	for (feature = 0; arch->features[feature]; feature++) {
		rsp_window_text(w, "<feature name=\"");
		rsp_window_text(w, arch->features[feature]);
		rsp_window_text(w, "\">");
		for (i = 0; i < arch->nr_registers; i++) {
			const struct rsp_register *reg = &arch->registers[i];

			if (reg->feature != feature)
				continue;
			rsp_window_text(w, "<reg name=\"");
			rsp_window_text(w, reg->name);
			rsp_window_text(w, "\" bitsize=\"");
			rsp_window_decimal(w, 8 * reg->bytes);
			rsp_window_text(w, "\" regnum=\"");
			rsp_window_decimal(w, i);
			if (reg->type) {
				rsp_window_text(w, "\" type=\"");
				rsp_window_text(w, reg->type);
			}
			rsp_window_text(w, "\"/>");
		}
		rsp_window_text(w, "</feature>");
	}
	rsp_window_text(w, "</target>");
}

/* Text from the target, which may hold anything. */
static void window_escaped(struct rsp_window *w, const char *text)
{
	for (; *text; text++) {
		char plain[2] = { *text, 0 };

		if (*text == '<')
			rsp_window_text(w, "&lt;");
		else if (*text == '&')
			rsp_window_text(w, "&amp;");
		else if (*text == '"')
			rsp_window_text(w, "&quot;");
		else
			rsp_window_text(w, *text < ' ' || *text > '~' ? "?" : plain);
	}
}

static void window_thread(struct rsp_window *w, const struct rsp_thread *thread)
{
	if (thread->cpu >= 0) {
		rsp_window_text(w, "\" core=\"");
		rsp_window_decimal(w, thread->cpu);
	}
	rsp_window_text(w, "\" name=\"");
	window_escaped(w, thread->name);
	rsp_window_text(w, "\">");
	window_escaped(w, thread->state);
	rsp_window_text(w, "</thread>");
}

static void threads_document(struct rsp_window *w)
{
	struct rsp *rsp = w->rsp;
	struct rsp_thread thread = { .tid = 0 };

	rsp_window_text(w, "<?xml version=\"1.0\"?><threads>");
	while (!w->more && rsp->ops->next_thread(rsp->target, &thread)) {
		rsp_window_text(w, "<thread id=\"");
		rsp_window_number(w, thread.tid);
		if (rsp->brief_threads)
			rsp_window_text(w, "\"/>");
		else
			window_thread(w, &thread);
	}
	rsp_window_text(w, "</threads>");
	if (!w->more)
		rsp->brief_threads = false;
}

static void object_document(struct rsp_window *w, const u8 *bytes, size_t len)
{
	struct rsp *rsp = w->rsp;
	size_t at;

	for (at = w->skip < len ? w->skip : len; at < len && w->room; at++, w->room--)
		if (!rsp_put_binary(rsp, bytes[at]))
			break;
	w->more = at < len;
}

static bool take_span(struct rsp_cursor *c, struct rsp_window *w)
{
	return rsp_take_pair(c, &w->skip, ',', &w->room) && c->at == c->end;
}

/**
 * rsp_xfer - answer qXfer:OBJECT:read:ANNEX:OFFSET,LENGTH
 * @rsp: the protocol
 * @c: what follows the first colon
 */
void rsp_xfer(struct rsp *rsp, struct rsp_cursor *c)
{
	struct rsp_window w = { .rsp = rsp };

	rsp_put_char(rsp, 'l');
	if (rsp_take_word(c, "features:read:target.xml:") && take_span(c, &w)) {
		target_document(&w);
	} else if (rsp_take_word(c, "threads:read::") && take_span(c, &w)) {
		threads_document(&w);
	} else if (rsp_take_word(c, "vmcoreinfo:read::") && take_span(c, &w)) {
		size_t len = 0;
		const u8 *bytes = rsp->ops->object(rsp->target, "vmcoreinfo", &len);

		if (!bytes) {
			rsp_put_error(rsp, RSP_EINVAL);
			return;
		}
		object_document(&w, bytes, len);
	} else {
		rsp->reply_len = 0;
		return;
	}
	if (w.more)
		rsp->reply[0] = 'm';
}
