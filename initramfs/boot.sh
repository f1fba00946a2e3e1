# Shell functions for the guest's scripts: what the kernel command line asks
# for, messages, the emergency shell. Sourced, never run.

PATH=/usr/bin
HOME=/root
export PATH HOME
state=/run/portside

# The portside.NAME=VALUE words of the command line become files, so that every
# script reads them without parsing again. A later word wins.
save_options() {
	mkdir -p "$state/options"
	read -r line < /proc/cmdline
	set -f
	for word in $line; do
		case $word in
		portside.*=*)
			key=${word%%=*}
			key=${key#portside.}
			case $key in
			*[!a-z_]*) say "portside.$key: not an option" ;;
			*) printf '%s\n' "${word#*=}" > "$state/options/$key" ;;
			esac
			;;
		esac
	done
	set +f
}

# $value of an option, or its default.
option() { # name, default
	value=$2
	[ ! -e "$state/options/$1" ] || read -r value < "$state/options/$1"
}

# $list: the words of a list with commas.
listed() { # list
	list=
	rest=${1:+$1,}
	while [ -n "$rest" ]; do
		list="${list:+$list }${rest%%,*}"
		rest=${rest#*,}
	done
}

# To the kernel's log, and so to every console, one line never torn apart.
say() {
	printf '<5>portside: %s\n' "$*" > /dev/kmsg
}

# What the host waits for: on the consoles whatever their level, with the nonce
# that makes it this guest's own.
tell_host() {
	option nonce none
	printf '<1>portside: %s %s\n' "$value" "$*" > /dev/kmsg
}

notify() { # a line for the supervisor; never blocks
	[ ! -p "$state/events" ] || printf '%s\n' "$*" 1<> "$state/events"
}

# Everything written goes out, then the power.
power_off() {
	sync
	umount -a -r 2> /dev/null
	poweroff -f
}

emergency() { # reason
	tell_host "failed $*"
	option emergency shell
	[ "$value" = shell ] || power_off
	{
		echo
		echo "portside: $*"
		echo "This is an emergency shell; 'exit' goes on booting, 'poweroff -f' ends the guest."
	} > /dev/console
	setsid -c sh < /dev/console > /dev/console 2>&1
}
