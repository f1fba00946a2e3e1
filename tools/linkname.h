/* SPDX-License-Identifier: GPL-2.0 */
/* The link below /dev/virtio-ports that a port's name makes. */
#ifndef PORTSIDE_LINKNAME_H
#define PORTSIDE_LINKNAME_H

#include <stdbool.h>
#include <stddef.h>

bool link_name(char *out, size_t size, const char *name);

#endif
