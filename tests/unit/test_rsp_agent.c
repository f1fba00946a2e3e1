// SPDX-License-Identifier: GPL-2.0
/* Agent expressions: arithmetic, jumps, and code that means no good. */
#include <stdarg.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/kgdboc/rsp.h"

static bool get_register(void *ctx, unsigned int number, u64 *value)
{
	(void)ctx;
	*value = 100 + number;
	return number < 10;
}

static bool get_memory(void *ctx, u64 address, u8 *buf, size_t len)
{
	size_t i;

	(void)ctx;
	for (i = 0; i < len; i++)
		buf[i] = address + i;
	return address < 0x1000;
}

static const struct rsp_agent agent = { get_register, get_memory, NULL };

#define EVAL(value, ...) ({						\
	static const u8 code[] = { __VA_ARGS__ };			\
	rsp_agent_eval(code, sizeof(code), &agent, value); })

#define assert_value(wanted, ...) ({					\
	u64 value;							\
	assert_true(EVAL(&value, __VA_ARGS__));				\
	assert_int_equal(value, (u64)(wanted)); })

#define assert_refused(...) ({						\
	u64 value;							\
	assert_false(EVAL(&value, __VA_ARGS__)); })

#define CONST8(n) 0x22, n
#define MINUS(n) 0x22, n, 0x22, 0, 0x2b, 0x03 /* 0 swap - */

static void constants_have_their_highest_byte_first(void **state)
{
	(void)state;
	assert_value(0x12, 0x22, 0x12, 0x27);
	assert_value(0x1234, 0x23, 0x12, 0x34, 0x27);
	assert_value(0x12345678, 0x24, 0x12, 0x34, 0x56, 0x78, 0x27);
	assert_value(0x123456789abcdef0, 0x25, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0,
		     0x27);
}

static void arithmetic_is_that_of_64_bits(void **state)
{
	(void)state;
	assert_value(7, CONST8(3), CONST8(4), 0x02, 0x27);
	assert_value(-1, CONST8(3), CONST8(4), 0x03, 0x27);
	assert_value(12, CONST8(3), CONST8(4), 0x04, 0x27);
	assert_value(4, CONST8(19), CONST8(4), 0x05, 0x27);
	assert_value(-4, MINUS(19), CONST8(4), 0x05, 0x27);
	assert_value(0x3ffffffffffffffb, MINUS(19), CONST8(4), 0x06, 0x27);
	assert_value(3, CONST8(19), CONST8(4), 0x07, 0x27);
	assert_value(-3, MINUS(19), CONST8(4), 0x07, 0x27);
	assert_value(1, MINUS(19), CONST8(4), 0x08, 0x27);
	assert_value(0x30, CONST8(3), CONST8(4), 0x09, 0x27);
	assert_value(-2, MINUS(4), CONST8(1), 0x0a, 0x27);
	assert_value(0x7ffffffffffffffe, MINUS(4), CONST8(1), 0x0b, 0x27);
	assert_value(0, CONST8(3), CONST8(64), 0x09, 0x27);
	assert_value(-1, MINUS(3), CONST8(99), 0x0a, 0x27);
}

static void logic_and_comparison(void **state)
{
	(void)state;
	assert_value(1, CONST8(0), 0x0e, 0x27);
	assert_value(0, CONST8(9), 0x0e, 0x27);
	assert_value(0x10, CONST8(0x30), CONST8(0x11), 0x0f, 0x27);
	assert_value(0x31, CONST8(0x30), CONST8(0x11), 0x10, 0x27);
	assert_value(0x21, CONST8(0x30), CONST8(0x11), 0x11, 0x27);
	assert_value(-1, CONST8(0), 0x12, 0x27);
	assert_value(1, CONST8(5), CONST8(5), 0x13, 0x27);
	assert_value(1, MINUS(1), CONST8(1), 0x14, 0x27);
	assert_value(0, MINUS(1), CONST8(1), 0x15, 0x27);
}

static void values_are_widened_with_sign_or_zeros(void **state)
{
	(void)state;
	assert_value(-1, CONST8(0xff), 0x16, 8, 0x27);
	assert_value(0x7f, CONST8(0x7f), 0x16, 8, 0x27);
	assert_value(0xff, MINUS(1), 0x2a, 8, 0x27);
	assert_value(-1, MINUS(1), 0x2a, 64, 0x27);
	assert_refused(CONST8(1), 0x16, 0, 0x27);
}

static void memory_and_registers_are_read(void **state)
{
	(void)state;
	assert_value(105, 0x26, 0, 5, 0x27);
	assert_value(0x20, CONST8(0x20), 0x17, 0x27);
	assert_value(0x2120, CONST8(0x20), 0x18, 0x27);
	assert_value(0x23222120, CONST8(0x20), 0x19, 0x27);
	assert_value(0x2726252423222120, CONST8(0x20), 0x1a, 0x27);
	assert_refused(0x26, 0, 99, 0x27);
	assert_refused(MINUS(1), 0x17, 0x27);
}

static void the_stack_is_rearranged(void **state)
{
	(void)state;
	assert_value(6, CONST8(3), 0x28, 0x02, 0x27);
	assert_value(3, CONST8(3), CONST8(4), 0x29, 0x27);
	assert_value(3, CONST8(3), CONST8(4), 0x32, 1, 0x27);
	/* a b c rot: c a b */
	assert_value(2, CONST8(1), CONST8(2), CONST8(3), 0x33, 0x27);
	assert_value(3, CONST8(1), CONST8(2), CONST8(3), 0x33, 0x29, 0x29, 0x27);
}

static void jumps_are_followed(void **state)
{
	(void)state;
	/* if (5) 7 else 8 */
	assert_value(7, CONST8(5), 0x20, 0, 8, CONST8(8), 0x27, CONST8(7), 0x27);
	assert_value(8, CONST8(0), 0x20, 0, 8, CONST8(8), 0x27, CONST8(7), 0x27);
}

static void code_without_an_end_is_refused(void **state)
{
	(void)state;
	assert_refused(CONST8(1));
	assert_refused(0x21, 0, 0);
	assert_refused(0x21, 0xff, 0xff, 0x27);
	assert_refused(0x22);
	assert_refused(0x25, 1, 2);
	assert_refused(0x27);
}

static void the_stack_has_two_ends(void **state)
{
	static u8 code[80];

	(void)state;
	assert_refused(CONST8(1), 0x02, 0x27);
	assert_refused(0x29, 0x27);
	assert_refused(0x28, 0x27);
	assert_refused(CONST8(1), 0x2b, 0x27);
	assert_refused(CONST8(1), CONST8(1), 0x33, 0x27);
	assert_refused(CONST8(1), 0x32, 1, 0x27);
	for (size_t i = 0; i < sizeof(code) - 1; i += 2)
		code[i] = 0x22;
	code[sizeof(code) - 1] = 0x27;
	u64 value;
	assert_false(rsp_agent_eval(code, sizeof(code), &agent, &value));
}

static void nothing_is_divided_by_zero(void **state)
{
	(void)state;
	assert_refused(CONST8(1), CONST8(0), 0x05, 0x27);
	assert_refused(CONST8(1), CONST8(0), 0x08, 0x27);
	assert_value(0x8000000000000000, CONST8(1), CONST8(63), 0x09, MINUS(1), 0x05, 0x27);
}

static void floating_point_and_tracing_are_refused(void **state)
{
	(void)state;
	assert_refused(CONST8(1), 0x01, 0x27);
	assert_refused(CONST8(1), CONST8(1), 0x0c, 0x27);
	assert_refused(CONST8(1), 0x34, 0, 0, 0x27);
}

static void any_of_several_conditions_is_enough(void **state)
{
	static const u8 both[] = { 3, 0, 0x22, 0, 0x27, 3, 0, 0x22, 1, 0x27 };
	static const u8 none[] = { 3, 0, 0x22, 0, 0x27, 3, 0, 0x22, 0, 0x27 };
	static const u8 broken[] = { 3, 0, 0x22, 0, 0x27, 1, 0, 0x01 };
	static const u8 cut[] = { 3, 0, 0x22, 0, 0x27, 9, 0, 0x22 };

	(void)state;
	assert_true(rsp_conditions_hold(NULL, 0, &agent));
	assert_true(rsp_conditions_hold(both, sizeof(both), &agent));
	assert_false(rsp_conditions_hold(none, sizeof(none), &agent));
	assert_true(rsp_conditions_hold(broken, sizeof(broken), &agent));
	assert_true(rsp_conditions_hold(cut, sizeof(cut), &agent));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constants_have_their_highest_byte_first),
		cmocka_unit_test(arithmetic_is_that_of_64_bits),
		cmocka_unit_test(logic_and_comparison),
		cmocka_unit_test(values_are_widened_with_sign_or_zeros),
		cmocka_unit_test(memory_and_registers_are_read),
		cmocka_unit_test(the_stack_is_rearranged),
		cmocka_unit_test(jumps_are_followed),
		cmocka_unit_test(code_without_an_end_is_refused),
		cmocka_unit_test(the_stack_has_two_ends),
		cmocka_unit_test(nothing_is_divided_by_zero),
		cmocka_unit_test(floating_point_and_tracing_are_refused),
		cmocka_unit_test(any_of_several_conditions_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
