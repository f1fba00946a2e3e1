// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes what passes between gdb and the kernel's stub: the input is cut into
 * runs of bytes from the line and from the stub, as its first byte of each run
 * says. Nothing may be fed to the stub that it cannot hold.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/kgdboc/stub.h"

static struct kgdboc_stub stub;

/* Reads as the stub does: at most as much between two '$' as it can hold. */
static void drain(void)
{
	size_t packet = 0;
	int byte;

	while ((byte = kgdboc_stub_next(&stub)) >= 0) {
		packet = byte == '$' ? 0 : packet + 1;
		if (packet > STUB_FRAME_MAX + 128)	/* and what a person types behind it */
			abort();
	}
	if (stub.out_len > sizeof(stub.out))
		abort();
	stub.out_len = 0;
	stub.out_has_frame = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kgdboc_stub_init(&stub);
	kgdboc_stub_stopped(&stub);
	while (size > 1) {
		size_t run = data[0] >> 1;
		int from_line = data[0] & 1;

		if (data[0] == 0xfe)
			kgdboc_stub_connecting(&stub);
		if (data[0] == 0xfc)
			kgdboc_stub_hang_up(&stub);
		data++;
		size--;
		if (run > size)
			run = size;
		if (from_line) {
			stub.raw_off = 0;
			stub.raw_len = run;
			memcpy(stub.raw, data, run);
		} else {
			for (size_t i = 0; i < run; i++)
				kgdboc_stub_output(&stub, data[i]);
		}
		drain();
		data += run;
		size -= run;
	}
	return 0;
}
