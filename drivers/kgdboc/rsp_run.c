// SPDX-License-Identifier: GPL-2.0
/* Letting the target run, saying why it stopped, and the points where it does. */
#include "rsp_packet.h"

#define SIGTRAP_NUMBER 5

static void put_cause(struct rsp *rsp)
{
	static const char *const words[] = {
		[RSP_CAUSE_WATCH] = "watch:",
		[RSP_CAUSE_RWATCH] = "rwatch:",
		[RSP_CAUSE_AWATCH] = "awatch:",
	};

	switch (rsp->stop.cause) {
	case RSP_CAUSE_NONE:
		break;
	case RSP_CAUSE_SWBREAK:
		if (rsp->knows_swbreak)
			rsp_put_text(rsp, "swbreak:;");
		break;
	case RSP_CAUSE_HWBREAK:
		if (rsp->knows_hwbreak)
			rsp_put_text(rsp, "hwbreak:;");
		break;
	default:
		rsp_put_text(rsp, words[rsp->stop.cause]);
		rsp_put_number(rsp, rsp->stop.address);
		rsp_put_char(rsp, ';');
	}
}

static void put_expedited(struct rsp *rsp)
{
	const struct rsp_arch *arch = rsp->arch;
	u8 value[RSP_REGISTER_MAX];
	unsigned int i;

	for (i = 0; i < arch->nr_expedited; i++) {
		unsigned int number = arch->expedited[i];

		if (!rsp->ops->get_register(rsp->target, rsp->stop.tid, number, value))
			continue;
		rsp_put_number(rsp, number);
		rsp_put_char(rsp, ':');
		rsp_put_hex(rsp, value, arch->registers[number].bytes);
		rsp_put_char(rsp, ';');
	}
}

/**
 * rsp_put_stop - make the reply say why the target stopped
 * @rsp: the protocol
 */
void rsp_put_stop(struct rsp *rsp)
{
	u8 signal = rsp->stop.signal ? rsp->stop.signal : SIGTRAP_NUMBER;

	rsp_put_char(rsp, 'T');
	rsp_put_hex(rsp, &signal, 1);
	put_expedited(rsp);
	rsp_put_text(rsp, "thread:");
	rsp_put_number(rsp, rsp->stop.tid);
	rsp_put_char(rsp, ';');
	if (rsp->stop.cpu >= 0) {
		rsp_put_text(rsp, "core:");
		rsp_put_number(rsp, rsp->stop.cpu);
		rsp_put_char(rsp, ';');
	}
	put_cause(rsp);
}

/* Resumes, unless a thread is to be stepped that cannot be. */
static enum rsp_verdict run(struct rsp *rsp)
{
	struct rsp_resume *r = &rsp->resume;

	if (r->tid == rsp->stop.tid)
		r->tid = 0;
	if (r->tid && r->kind != RSP_CONTINUE && !rsp->ops->can_step(rsp->target, r->tid)) {
		rsp_put_error(rsp, RSP_ESRCH);
		return RSP_MORE;
	}
	return RSP_RESUME;
}

/* The arguments of c, C, s and S: [SIGNAL;][ADDRESS]. Signals mean nothing here. */
static enum rsp_verdict run_simple(struct rsp *rsp, struct rsp_cursor *c, bool with_signal,
				   enum rsp_resume_kind kind)
{
	u64 signal;

	if (with_signal && !rsp_take_number(c, &signal)) {
		rsp_put_error(rsp, RSP_EINVAL);
		return RSP_MORE;
	}
	rsp_take(c, ';');
	if (c->at != c->end) {
		/* gdb sets the program counter by itself and sends no address. */
		rsp_put_error(rsp, RSP_EINVAL);
		return RSP_MORE;
	}
	rsp->resume.kind = kind;
	rsp->resume.alone = false;
	return run(rsp);
}

/**
 * rsp_run_continue - answer c or C
 * @rsp: the protocol
 * @c: the arguments
 * @with_signal: it is C
 *
 * Return: RSP_RESUME, or RSP_MORE with an error in the reply.
 */
enum rsp_verdict rsp_run_continue(struct rsp *rsp, struct rsp_cursor *c, bool with_signal)
{
	rsp->resume.tid = 0;
	return run_simple(rsp, c, with_signal, RSP_CONTINUE);
}

/**
 * rsp_run_step - answer s or S
 * @rsp: the protocol
 * @c: the arguments
 * @with_signal: it is S
 *
 * Return: RSP_RESUME, or RSP_MORE with an error in the reply.
 */
enum rsp_verdict rsp_run_step(struct rsp *rsp, struct rsp_cursor *c, bool with_signal)
{
	return run_simple(rsp, c, with_signal, RSP_STEP);
}

struct vcont_action {
	enum rsp_resume_kind kind;
	u64 start;
	u64 end;
	s64 tid;	/* -1: all the others */
};

static bool take_action(struct rsp_cursor *c, struct vcont_action *a)
{
	u64 signal;

	a->start = 0;
	a->end = 0;
	a->tid = -1;
	if (rsp_take(c, 'c')) {
		a->kind = RSP_CONTINUE;
	} else if (rsp_take(c, 's')) {
		a->kind = RSP_STEP;
	} else if (rsp_take(c, 'r')) {
		a->kind = RSP_RANGE;
		if (!rsp_take_pair(c, &a->start, ',', &a->end))
			return false;
	} else {
		a->kind = RSP_CONTINUE;
		if (!rsp_take(c, 'C')) {
			a->kind = RSP_STEP;
			if (!rsp_take(c, 'S'))
				return false;
		}
		if (!rsp_take_number(c, &signal))
			return false;
	}
	return !rsp_take(c, ':') || rsp_take_tid(c, &a->tid);
}

/**
 * rsp_run_vcont - answer vCont;ACTION[:THREAD]...
 * @rsp: the protocol
 * @c: the actions
 *
 * The first action that fits a thread is its own. One thread can be stepped;
 * the others run while it does, or stay where they are.
 *
 * Return: RSP_RESUME, or RSP_MORE with an error in the reply.
 */
enum rsp_verdict rsp_run_vcont(struct rsp *rsp, struct rsp_cursor *c)
{
	struct rsp_resume *r = &rsp->resume;
	bool others = false, chosen = false;

	*r = (struct rsp_resume){ .kind = RSP_CONTINUE };
	do {
		struct vcont_action a;

		if (!take_action(c, &a)) {
			rsp_put_error(rsp, RSP_EINVAL);
			return RSP_MORE;
		}
		if (a.tid < 0)
			others = true;
		if (chosen)
			continue;
		if (a.tid < 0 && a.kind != RSP_CONTINUE)
			a.tid = 0;
		if (a.tid >= 0) {
			*r = (struct rsp_resume){ .kind = a.kind, .tid = a.tid,
						  .start = a.start, .end = a.end };
			chosen = true;
		}
	} while (rsp_take(c, ';'));
	r->alone = !others;
	if (c->at != c->end) {
		rsp_put_error(rsp, RSP_EINVAL);
		return RSP_MORE;
	}
	return run(rsp);
}

/* ;X LENGTH,DIGITS...: kept as length, low byte first, and bytes. */
static bool take_conditions(struct rsp_cursor *c, u8 *out, size_t *len)
{
	*len = 0;
	if (!rsp_take(c, ';'))
		return true;
	while (rsp_take(c, 'X')) {
		u64 n;

		if (!rsp_take_number(c, &n) || !rsp_take(c, ',') ||
		    n > RSP_CONDITIONS_MAX - 2 || *len + 2 + n > RSP_CONDITIONS_MAX)
			return false;
		out[(*len)++] = n;
		out[(*len)++] = n >> 8;
		if (rsp_take_hex(c, out + *len, n) != n)
			return false;
		*len += n;
	}
	return true;
}

/**
 * rsp_point_change - answer Z and z TYPE,ADDRESS,KIND[;CONDITIONS]
 * @rsp: the protocol
 * @c: the arguments
 * @insert: it is Z
 */
void rsp_point_change(struct rsp *rsp, struct rsp_cursor *c, bool insert)
{
	struct rsp_point point = { .conditions = rsp->reply };
	u64 type;
	int err;

	if (!rsp_take_number(c, &type) || !rsp_take(c, ',') ||
	    !rsp_take_pair(c, &point.address, ',', &point.kind)) {
		rsp_put_error(rsp, RSP_EINVAL);
		return;
	}
	if (type > RSP_ACCESS)
		return;
	point.type = type;
	if (!take_conditions(c, rsp->reply, &point.conditions_len) || c->at != c->end) {
		rsp_put_error(rsp, RSP_EINVAL);
		return;
	}
	err = insert ? rsp->ops->insert(rsp->target, &point) :
		       rsp->ops->remove(rsp->target, &point);
	if (err)
		rsp_put_error(rsp, err);
	else
		rsp_put_ok(rsp);
}
