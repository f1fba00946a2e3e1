# SPDX-License-Identifier: GPL-2.0
# Fuzzers of the portside protocol: finding frames, both ends of a transfer,
# and a whole agent.

FUZZERS += fuzz_portside_frame fuzz_portside_transfer fuzz_portside_agent

fuzz_portside_frame_SOURCES := tools/frame.c tools/message.c tools/digest.c tools/text.c
fuzz_portside_frame_LIBS := -lmd
fuzz_portside_frame_SEEDS := tests/fuzz/portside_seeds frame

PORTSIDE_FUZZ_LINK := tools/channel.c tools/digest.c tools/failure.c tools/frame.c tools/link.c \
	tools/message.c tools/operation.c tools/text.c tools/directories.c tools/outcome.c \
	tools/partial.c tools/path.c tools/receive.c tools/send.c tools/tree.c

fuzz_portside_transfer_SOURCES := $(PORTSIDE_FUZZ_LINK)
fuzz_portside_transfer_LIBS := -lmd
fuzz_portside_transfer_SEEDS := tests/fuzz/portside_seeds transfer
fuzz_portside_transfer_OPTIONS := -max_len=8192

fuzz_portside_agent_SOURCES := $(PORTSIDE_FUZZ_LINK) tools/address.c tools/agent.c \
	tools/agent_ports.c tools/agent_requests.c tools/child.c tools/command.c \
	tools/destination.c tools/login_shell_minimal.c
fuzz_portside_agent_LIBS := -lmd
fuzz_portside_agent_SEEDS := tests/fuzz/portside_seeds agent
fuzz_portside_agent_OPTIONS := -max_len=8192
