/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading a fuzzer's input as a list of steps: a selector, a length and that many
 * bytes. Checks of frames are computed here, since no fuzzer finds an XXH64.
 */
#ifndef PORTSIDE_FUZZ_H
#define PORTSIDE_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/frame.h"

#define FUZZ_SESSION 0x5e55105e55105e55ull

/**
 * struct fuzz_step - one step of the input
 * @selector: what to do, as the fuzzer likes
 * @type: of a frame
 * @bytes: payload
 * @length: of @bytes
 */
struct fuzz_step {
	uint8_t selector;
	uint8_t type;
	const uint8_t *bytes;
	size_t length;
};

static inline int fuzz_next(const uint8_t **input, size_t *left, struct fuzz_step *step)
{
	if (*left < 4)
		return 0;
	step->selector = (*input)[0];
	step->type = (*input)[1];
	step->length = (*input)[2] | (*input)[3] << 8;
	*input += 4;
	*left -= 4;
	if (step->length > *left)
		step->length = *left;
	step->bytes = *input;
	*input += step->length;
	*left -= step->length;
	return 1;
}

/* The step as a frame, in memory of its own size. */
static inline uint8_t *fuzz_frame(const struct fuzz_step *step, uint64_t session, size_t *size)
{
	uint8_t *frame = malloc(FRAME_HEADER_SIZE + step->length + 1);

	memcpy(frame + FRAME_HEADER_SIZE, step->bytes, step->length);
	frame_encode(frame, step->type, session, frame + FRAME_HEADER_SIZE, step->length);
	*size = FRAME_HEADER_SIZE + step->length;
	return frame;
}

#endif
