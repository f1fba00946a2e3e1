/* SPDX-License-Identifier: GPL-2.0 */
/* An ELF file with the symbols of a running kernel and nothing else. */
#ifndef PORTSIDE_SYMBOL_FILE_H
#define PORTSIDE_SYMBOL_FILE_H

#include <stdio.h>

#include "failure.h"

int symbol_file_write(FILE *kallsyms, const char *path, struct failure *failure);

#endif
