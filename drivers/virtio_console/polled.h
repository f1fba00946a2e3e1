/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A port for a debugger. The module exports one symbol, vcon_polled_api, which
 * kgdboc takes with symbol_get(), so that neither module needs the other.
 */
#ifndef VCON_POLLED_H
#define VCON_POLLED_H

#include <linux/types.h>

struct vcon_polled;

/* Told in an interrupt of what has arrived; it stays there for get. */
typedef void (*vcon_polled_input_fn)(void *data, const u8 *bytes, size_t len);

struct vcon_polled_api {
	/*
	 * Takes a port by its name or its node's. Error pointers: -ENODEV no port
	 * has this name now, -EBUSY it is open, -ENXIO it is a console, -ENOMEM,
	 * -EAGAIN the host has not read what an earlier opener wrote.
	 */
	struct vcon_polled *(*claim)(const char *name);
	void (*release)(struct vcon_polled *polled);
	/* 0, or -EOPNOTSUPP when the ring cannot be looked into. NULL ends it. */
	int (*watch)(struct vcon_polled *polled, vcon_polled_input_fn input, void *data);

	/*
	 * For the debugger, one caller at a time, in any context. None takes a
	 * lock or allocates; a port that has gone takes and gives nothing.
	 */
	size_t (*get)(struct vcon_polled *polled, u8 *buf, size_t len);
	size_t (*put)(struct vcon_polled *polled, const u8 *buf, size_t len);
	void (*kick)(struct vcon_polled *polled);
	/* No interrupt for input while the kernel stands; what came meanwhile calls then. */
	void (*hush)(struct vcon_polled *polled, bool stands);
	bool (*host_connected)(struct vcon_polled *polled);
};

extern const struct vcon_polled_api vcon_polled_api;

#endif
