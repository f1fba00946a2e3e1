/* SPDX-License-Identifier: GPL-2.0 */
/* A .splice_read for files that have .read_iter, under its newest name. */
#ifndef PORTSIDE_COMPAT_SPLICE_H
#define PORTSIDE_COMPAT_SPLICE_H

#include <linux/fs.h>

#include "compat_probed.h"

#ifndef HAVE_COPY_SPLICE_READ
#define copy_splice_read generic_file_splice_read
#endif

#endif
