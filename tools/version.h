/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PORTSIDE_VERSION_H
#define PORTSIDE_VERSION_H

#define PORTSIDE_VERSION "1.0"

#endif
