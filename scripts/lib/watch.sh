# shellcheck shell=sh
# Runs QEMU and watches over it: it never outlives scripts/guest, its terminal
# and run folder are put in order again, and from four witnesses (the result
# line with the guest's nonce, the events on QMP, the time limit, QEMU's exit
# status) comes one word on how the guest ended.
#
# Wants: $run, $work, $nonce, $seconds, $has_command, $result, say().

qemu_pid='' events_pid='' terminal=''

# Ends what runs, on every way out of the script.
leave() {
	status=$?
	trap - EXIT
	trap '' HUP INT TERM
	[ -z "$qemu_pid" ] || {
		kill "$qemu_pid" 2> /dev/null || true
		wait "$qemu_pid" || true
	}
	[ -z "$events_pid" ] || kill "$events_pid" 2> /dev/null || true
	[ -z "$terminal" ] || stty "$terminal" <&5 || true
	[ ! -e "$run/watcher" ] || [ "$(cat "$run/watcher")" != $$ ] || rm -rf "$run"
	rm -rf "$work"
	exit "$status"
}

# QMP on a pair of pipes: one line in, every event out to a file.
watch_events() {
	mkfifo "$run/events.in" "$run/events.out"
	exec 4<> "$run/events.in"
	echo '{"execute":"qmp_capabilities"}' >&4
	cat "$run/events.out" > "$work/events" 4<&- 5<&- &
	events_pid=$!
}

# QEMU in the background of this shell, so that signals are served at once;
# it dies with the shell, however that ends.
start_qemu() {
	set -- setpriv --pdeathsig TERM sh "$run/command"
	[ -z "$seconds" ] || set -- setpriv --pdeathsig TERM timeout --foreground -k 10 "$seconds" "$@"
	if [ "$has_command" = yes ]; then
		"$@" < /dev/null 4<&- 5<&- &
	else
		"$@" <&5 4<&- 5<&- &
	fi
	qemu_pid=$!
}

# How it ended: "exit N", "failed WHY", "panic", "timeout", "lost", "off" (the
# guest or the monitor ended it, and no result was asked for) or "qemu N".
how_it_ended() { # QEMU's status
	said=$(tr -d '\r' 2> /dev/null < "$run/console.log" |
		sed -n "s/.*portside: $nonce \(exit [0-9]*\|failed .*\)\$/\1/p" | tail -n 1) || true
	if grep -q '"event": "GUEST_PANICKED"' "$work/events"; then
		echo panic
	elif [ -n "$seconds" ] && [ "$1" = 124 ]; then
		echo timeout
	elif [ "$1" != 0 ]; then
		echo "qemu $1"
	elif [ -n "$said" ]; then
		echo "$said"
	elif [ "$has_command" = yes ]; then
		echo lost
	else
		echo off
	fi
}

show_log() {
	[ ! -s "$run/console.log" ] || {
		say "the end of the guest's log:"
		tail -n 25 "$run/console.log" | tr -d '\r' >&2
	}
}

# The exit status for that word, with a sentence where it is not the command's.
finish() { # how it ended
	[ -z "$result" ] || echo "$1" > "$result"
	case $1 in
	off) exit 0 ;;
	"exit "*) exit "${1#exit }" ;;
	panic) show_log; say "the guest's kernel panicked"; exit 120 ;;
	lost) show_log; say "the guest ended without a result of the command"; exit 121 ;;
	"failed "*) say "the guest could not run the command: ${1#failed }"; exit 122 ;;
	timeout) show_log; say "the guest was not done after $seconds seconds; it was ended"; exit 124 ;;
	*) say "QEMU failed (status ${1#qemu })"; exit 125 ;;
	esac
}

watch_guest() {
	exec 5<&0
	terminal=$(stty -g <&5 2> /dev/null || true)
	watch_events
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	[ "$has_command" = yes ] || say "guest '$name'; its sockets are in $run"
	start_qemu
	status=0
	wait "$qemu_pid" || status=$?
	qemu_pid=
	# QEMU closed the pipe: the last event is in the file when cat ends.
	[ "$status" = 0 ] && wait "$events_pid" || kill "$events_pid" 2> /dev/null || true
	events_pid=
	finish "$(how_it_ended "$status")"
}
