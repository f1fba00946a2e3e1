// SPDX-License-Identifier: GPL-2.0
/*
 * Writes bursts of small messages into a line and waits for the peer's word after
 * each, so that nothing that the driver keeps back is followed by a write that
 * would take it along: bursts ROUNDS MOST LINE. A burst is 1 to MOST messages of
 * 16 bytes: the round and the message, 32 bits each, how many there are in the
 * burst, and their inverted sum. The peer answers with a byte. Prints how many
 * messages there were in all.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

int main(int argc, char **argv)
{
	uint32_t rounds, most, round, number, state = 2463534242u;
	unsigned long all = 0;
	int line;

	if (argc != 4) {
		fprintf(stderr, "usage: bursts ROUNDS MOST LINE\n");
		return 2;
	}
	rounds = atoi(argv[1]);
	most = atoi(argv[2]);
	line = open(argv[3], O_RDWR);
	if (line < 0) {
		perror(argv[3]);
		return 1;
	}
	for (round = 0; round < rounds; round++) {
		uint32_t count = 1 + next_random(&state) % most;
		char word;

		for (number = 0; number < count; number++) {
			uint32_t message[4] = { round, number, count, ~(round + number + count) };

			if (write(line, message, sizeof(message)) != sizeof(message)) {
				perror("write");
				return 1;
			}
		}
		if (read(line, &word, 1) != 1) {
			perror("read");
			return 1;
		}
		all += count;
	}
	printf("%lu messages\n", all);
	return 0;
}
