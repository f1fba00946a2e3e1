/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of kgdboc share: the one configuration that is in force. Lines
 * are described in line.h, cores in core.h, the parameter's grammar in config.h.
 */
#ifndef KGDBOC_H
#define KGDBOC_H

#include "config.h"
#include "core.h"
#include "line.h"

#undef pr_fmt
#define pr_fmt(fmt) "kgdboc: " fmt

/* module.c */
int kgdboc_configure(const struct kgdboc_config *config, bool may_wait);

/* screen.c */
int kgdboc_screen_attach(const struct kgdboc_config *config);
void kgdboc_screen_detach(void);
void kgdboc_screen_enter(void);
void kgdboc_screen_leave(void);

/* param.c */
const char *kgdboc_param_core(void);
bool kgdboc_param_wait(void);
int kgdboc_param_start(void);

#endif
