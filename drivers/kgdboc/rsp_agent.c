// SPDX-License-Identifier: GPL-2.0
/*
 * gdb's agent expressions: the conditions of breakpoints as bytecode, so that
 * a condition that does not hold costs no talk with gdb. Code comes from the
 * client: every jump, every operand and the number of steps are checked.
 * Source: the gdb manual, appendix "The GDB Agent Expression Mechanism".
 */
#include "rsp_packet.h"

#define STACK_MAX 32
#define STEPS_MAX 4096

enum {
	OP_ADD = 0x02, OP_SUB, OP_MUL, OP_DIV_SIGNED, OP_DIV_UNSIGNED, OP_REM_SIGNED,
	OP_REM_UNSIGNED, OP_LSH, OP_RSH_SIGNED, OP_RSH_UNSIGNED,
	OP_LOG_NOT = 0x0e, OP_BIT_AND, OP_BIT_OR, OP_BIT_XOR, OP_BIT_NOT, OP_EQUAL,
	OP_LESS_SIGNED, OP_LESS_UNSIGNED, OP_EXT, OP_REF8, OP_REF16, OP_REF32, OP_REF64,
	OP_IF_GOTO = 0x20, OP_GOTO, OP_CONST8, OP_CONST16, OP_CONST32, OP_CONST64, OP_REG,
	OP_END, OP_DUP, OP_POP, OP_ZERO_EXT, OP_SWAP,
	OP_PICK = 0x32, OP_ROT,
};

struct machine {
	const struct rsp_agent *agent;
	const u8 *code;
	size_t len;
	size_t at;
	unsigned int depth;
	u64 stack[STACK_MAX];
};

/* An operand of @bytes bytes, the highest first. */
static bool operand(struct machine *m, unsigned int bytes, u64 *value)
{
	*value = 0;
	if (m->len - m->at < bytes)
		return false;
	while (bytes--)
		*value = *value << 8 | m->code[m->at++];
	return true;
}

static bool push(struct machine *m, u64 value)
{
	if (m->depth == STACK_MAX)
		return false;
	m->stack[m->depth++] = value;
	return true;
}

static bool pop(struct machine *m, u64 *value)
{
	if (!m->depth)
		return false;
	*value = m->stack[--m->depth];
	return true;
}

/*
 * Divides unsigned without the compiler's help: a 32-bit kernel has no 64-bit
 * division for it to call.
 */
static u64 divide(u64 a, u64 b, u64 *rest)
{
	u64 quotient = 0, r = 0;
	int bit;

	for (bit = 63; bit >= 0; bit--) {
		bool carry = r >> 63;

		r = r << 1 | (a >> bit & 1);
		if (carry || r >= b) {
			r -= b;
			quotient |= 1ull << bit;
		}
	}
	*rest = r;
	return quotient;
}

static u64 magnitude(u64 a)
{
	return a >> 63 ? -a : a;
}

static bool division(u8 op, u64 a, u64 b, u64 *result)
{
	bool is_signed = op == OP_DIV_SIGNED || op == OP_REM_SIGNED;
	bool remainder = op == OP_REM_SIGNED || op == OP_REM_UNSIGNED;
	bool negative = is_signed && (remainder ? a >> 63 : (a ^ b) >> 63);
	u64 rest, quotient;

	if (!b)
		return false;
	quotient = divide(is_signed ? magnitude(a) : a, is_signed ? magnitude(b) : b, &rest);
	*result = remainder ? rest : quotient;
	if (negative)
		*result = -*result;
	return true;
}

static u64 shift_right_signed(u64 a, u64 n)
{
	u64 sign = a >> 63 ? ~0ull : 0;

	if (n > 63)
		return sign;
	return n ? a >> n | sign << (64 - n) : a;
}

static bool binary(struct machine *m, u8 op)
{
	u64 a, b, r = 0;

	if (!pop(m, &b) || !pop(m, &a))
		return false;
	switch (op) {
	case OP_ADD:
		r = a + b;
		break;
	case OP_SUB:
		r = a - b;
		break;
	case OP_MUL:
		r = a * b;
		break;
	case OP_LSH:
		r = b > 63 ? 0 : a << b;
		break;
	case OP_RSH_SIGNED:
		r = shift_right_signed(a, b);
		break;
	case OP_RSH_UNSIGNED:
		r = b > 63 ? 0 : a >> b;
		break;
	case OP_BIT_AND:
		r = a & b;
		break;
	case OP_BIT_OR:
		r = a | b;
		break;
	case OP_BIT_XOR:
		r = a ^ b;
		break;
	case OP_EQUAL:
		r = a == b;
		break;
	case OP_LESS_SIGNED:
		r = (s64)a < (s64)b;
		break;
	case OP_LESS_UNSIGNED:
		r = a < b;
		break;
	default:
		if (!division(op, a, b, &r))
			return false;
	}
	return push(m, r);
}

/* Keeps the lowest @bits bits of the top, widened with its sign or with zeros. */
static bool extend(struct machine *m, bool with_sign)
{
	u64 bits, a;

	if (!operand(m, 1, &bits) || !bits || !pop(m, &a))
		return false;
	if (bits < 64) {
		a <<= 64 - bits;
		a = with_sign ? shift_right_signed(a, 64 - bits) : a >> (64 - bits);
	}
	return push(m, a);
}

static bool fetch(struct machine *m, unsigned int bytes)
{
	u64 address, value = 0;
	u8 raw[8];

	if (!pop(m, &address) || !m->agent->memory(m->agent->ctx, address, raw, bytes))
		return false;
	while (bytes--)
		value = value << 8 | raw[bytes];
	return push(m, value);
}

static bool jump(struct machine *m, bool conditional)
{
	u64 target, condition = 1;

	if (!operand(m, 2, &target) || (conditional && !pop(m, &condition)))
		return false;
	if (!condition)
		return true;
	m->at = target;
	return target < m->len;
}

static bool constant(struct machine *m, u8 op)
{
	u64 value;

	return operand(m, 1u << (op - OP_CONST8), &value) && push(m, value);
}

static bool read_register(struct machine *m)
{
	u64 number, value;

	return operand(m, 2, &number) && m->agent->reg(m->agent->ctx, number, &value) &&
	       push(m, value);
}

static bool rearrange(struct machine *m, u8 op)
{
	u64 *top = m->stack + m->depth, n, third;

	switch (op) {
	case OP_DUP:
		return m->depth && push(m, top[-1]);
	case OP_POP:
		return pop(m, &n);
	case OP_PICK:
		return operand(m, 1, &n) && n < m->depth && push(m, top[-1 - (int)n]);
	case OP_SWAP:
		if (m->depth < 2)
			return false;
		n = top[-1];
		top[-1] = top[-2];
		top[-2] = n;
		return true;
	default:
		/* rot: the top goes below the two under it */
		if (m->depth < 3)
			return false;
		third = top[-3];
		top[-3] = top[-1];
		top[-1] = top[-2];
		top[-2] = third;
		return true;
	}
}

static bool unary(struct machine *m, u8 op)
{
	u64 a;

	return pop(m, &a) && push(m, op == OP_LOG_NOT ? !a : ~a);
}

static bool execute(struct machine *m, u8 op)
{
	switch (op) {
	case OP_LOG_NOT:
	case OP_BIT_NOT:
		return unary(m, op);
	case OP_ADD ... OP_RSH_UNSIGNED:
	case OP_BIT_AND ... OP_BIT_XOR:
	case OP_EQUAL ... OP_LESS_UNSIGNED:
		return binary(m, op);
	case OP_EXT:
	case OP_ZERO_EXT:
		return extend(m, op == OP_EXT);
	case OP_REF8 ... OP_REF64:
		return fetch(m, 1u << (op - OP_REF8));
	case OP_IF_GOTO:
	case OP_GOTO:
		return jump(m, op == OP_IF_GOTO);
	case OP_CONST8 ... OP_CONST64:
		return constant(m, op);
	case OP_REG:
		return read_register(m);
	case OP_DUP:
	case OP_POP:
	case OP_SWAP:
	case OP_PICK:
	case OP_ROT:
		return rearrange(m, op);
	}
	return false;
}

/**
 * rsp_agent_eval - evaluate an agent expression
 * @code: the bytecode
 * @len: its length in bytes
 * @agent: where registers and memory are read
 * @value: the result
 *
 * Context: any.
 * Return: false when the code is wrong, too long in running, or asks for what
 * cannot be read.
 */
bool rsp_agent_eval(const u8 *code, size_t len, const struct rsp_agent *agent, u64 *value)
{
	struct machine m = { .agent = agent, .code = code, .len = len };
	unsigned int steps;

	for (steps = 0; steps < STEPS_MAX && m.at < m.len; steps++) {
		u8 op = m.code[m.at++];

		if (op == OP_END)
			return pop(&m, value);
		if (!execute(&m, op))
			return false;
	}
	return false;
}

/**
 * rsp_conditions_hold - does a breakpoint with conditions stop
 * @conditions: expressions, each after its length in two bytes, the low one first
 * @len: bytes of all
 * @agent: where registers and memory are read
 *
 * Context: any.
 * Return: true when there is no condition, one holds, or one cannot be
 * evaluated.
 */
bool rsp_conditions_hold(const u8 *conditions, size_t len, const struct rsp_agent *agent)
{
	size_t at = 0;

	if (!len)
		return true;
	while (len - at >= 2) {
		size_t n = conditions[at] | conditions[at + 1] << 8;
		u64 value;

		at += 2;
		if (n > len - at || !rsp_agent_eval(conditions + at, n, agent, &value) || value)
			return true;
		at += n;
	}
	return false;
}
