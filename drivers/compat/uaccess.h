/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copies from and to user space between memory whose bounds the caller has just
 * compared, and a user's that access_ok() has allowed: as the kernel's own with
 * "inatomic" in their names, but for hardened usercopy's search for the object
 * that the memory is in, which takes 130 instructions of some 850.
 */
#ifndef PORTSIDE_COMPAT_UACCESS_H
#define PORTSIDE_COMPAT_UACCESS_H

#include <linux/instrumented.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "compat_probed.h"

#ifndef HAVE_INSTRUMENT_COPY_BEFORE
#define instrument_copy_from_user_before instrument_copy_from_user
#define instrument_copy_from_user_after(to, from, n, left) do { } while (0)
#endif

/**
 * copy_from_user_bounded - copy into memory whose bounds were compared
 * @to: where to, with room for @n bytes
 * @from: the user's memory, which access_ok() has allowed
 * @n: bytes
 *
 * Context: page faults are off.
 * Return: how many bytes were not copied.
 */
static __always_inline unsigned long copy_from_user_bounded(void *to, const void __user *from,
							    unsigned long n)
{
	unsigned long left;

	instrument_copy_from_user_before(to, from, n);
	left = raw_copy_from_user(to, from, n);
	instrument_copy_from_user_after(to, from, n, left);
	return left;
}

/**
 * copy_to_user_bounded - copy from memory whose bounds were compared
 * @to: the user's memory, which access_ok() has allowed
 * @from: at least @n bytes
 * @n: bytes
 *
 * Context: page faults are off.
 * Return: how many bytes were not copied.
 */
static __always_inline unsigned long copy_to_user_bounded(void __user *to, const void *from,
							  unsigned long n)
{
	instrument_copy_to_user(to, from, n);
	return raw_copy_to_user(to, from, n);
}

/**
 * copy_to_iter_bounded - as copy_to_iter()
 * @from: at least @n bytes
 * @n: bytes
 * @to: where to
 *
 * Context: process, may sleep.
 * Return: how many bytes were copied.
 */
static inline size_t copy_to_iter_bounded(const void *from, size_t n, struct iov_iter *to)
{
	return _copy_to_iter(from, n, to);
}

#endif
