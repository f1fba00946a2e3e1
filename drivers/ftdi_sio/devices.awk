# SPDX-License-Identifier: GPL-2.0
# Turns devices.list into the entries of devices.h: one FTDI_DEVICE() line for
# each product. Whoever includes that file says what FTDI_DEVICE() means.

function fail(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
	failed = 1
	exit 1
}

function number(hex,   i, digit, value) {
	value = 0
	for (i = 1; i <= length(hex); i++) {
		digit = index("0123456789ABCDEF", toupper(substr(hex, i, 1)))
		if (!digit)
			fail("'" hex "' is not a hexadecimal number")
		value = value * 16 + digit - 1
	}
	return value
}

BEGIN {
	print "/* Made from devices.list: edit that. */"
}

{ sub(/#.*/, "") }
NF == 0 { next }

{
	vid = number($1)
	split($2, range, "-")
	first = number(range[1])
	last = range[2] == "" ? first : number(range[2])
	if (last < first || last > 65535 || vid > 65535)
		fail("'" $1 " " $2 "' is no range of ids")
	number_if = "FTDI_ANY"
	class = "FTDI_ANY, FTDI_ANY, FTDI_ANY"
	board = "PLAIN"
	for (i = 3; i <= NF; i++) {
		value = substr($i, index($i, "=") + 1)
		if ($i ~ /^if=[0-9]+$/) {
			number_if = value
		} else if ($i ~ /^class=[0-9A-F]+\/[0-9A-F]+\/[0-9A-F]+$/) {
			split(value, code, "/")
			class = "0x" code[1] ", 0x" code[2] ", 0x" code[3]
		} else if ($i ~ /^board=[A-Z0-9_]+$/) {
			board = value
		} else {
			fail("'" $i "' is not if=, class= or board=")
		}
	}
	for (pid = first; pid <= last; pid++)
		printf "FTDI_DEVICE(0x%04X, 0x%04X, %s, %s, FTDI_BOARD_%s)\n", \
			vid, pid, number_if, class, board
}

END {
	if (!failed)
		print "/* end of devices.list */"
}
