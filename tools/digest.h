/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Digests of file contents, by libxxhash (header only) and libmd, under one
 * interface. Which one is used when is decided by the requests, not here.
 */
#ifndef PORTSIDE_DIGEST_H
#define PORTSIDE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_HEX_MAX 64

enum digest_kind {
	DIGEST_XXH64 = 1,
	DIGEST_SHA256 = 2,
	DIGEST_SHA1 = 3,
};

struct digest;

struct digest *digest_new(void);
void digest_free(struct digest *digest);
void digest_start(struct digest *digest, enum digest_kind kind);
void digest_add(struct digest *digest, const void *bytes, size_t count);
void digest_add_zeros(struct digest *digest, uint64_t count);
void digest_finish(struct digest *digest, char hex[DIGEST_HEX_MAX + 1]);

enum digest_kind digest_kind_by_name(const char *name);
const char *digest_name(enum digest_kind kind);
uint64_t digest_of(const void *bytes, size_t count);

#endif
