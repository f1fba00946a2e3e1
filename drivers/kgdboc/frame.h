/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames of gdb's remote protocol: "$data#sum". Pure code, also compiled in user
 * space for the unit tests.
 */
#ifndef KGDBOC_FRAME_H
#define KGDBOC_FRAME_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
typedef uint8_t u8;
#endif

#define KGDBOC_FRAME_OVERHEAD 4	/* '$', '#' and two digits */

size_t kgdboc_frame(u8 *frame, const u8 *data, size_t len);
size_t kgdboc_frame_packed(u8 *frame, const u8 *data, size_t len);

#endif
