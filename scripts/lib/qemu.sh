# shellcheck shell=sh
# The QEMU command line as a shell script: $command_file holds exactly what is
# run and what --dry-run prints. Here are quoting, the rule for identifiers,
# and the lines for consoles, ports and monitors.
#
# Wants: $command_file, $run (the run folder), wrong() and the options of
# scripts/guest.

quoted() { # $1, as one word of the shell
	case $1 in
	'' | *[!A-Za-z0-9_@%+=:,./-]*) printf "'%s'" "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")" ;;
	*) printf '%s' "$1" ;;
	esac
}

qemu() { # words: an option and its values, on a line of their own
	printf ' \\\n ' >> "$command_file"
	for qemu_word; do
		printf ' %s' "$(quoted "$qemu_word")" >> "$command_file"
	done
}

escaped() { # $1, as a value in an option list of QEMU
	printf '%s\n' "$1" | sed 's/,/,,/g'
}

# ---- identifiers ----

# The value of KEY in "a,KEY=b,c": "b". Doubled commas are part of a value.
option_value() { # option list, key
	printf '%s\n' "$1" | sed 's/,,/\x01/g' | tr ',' '\n' | sed -n "s/^$2=//p" | head -n 1 | tr '\001' ','
}

# A letter, then letters, digits, hyphen, period, underscore; each one once.
take_id() { # kind (chardev or device), id, the whole option
	case $2 in
	[A-Za-z]*) ;;
	*) wrong "id '$2' of -$1 $3: an id starts with a letter" ;;
	esac
	case $2 in
	*[!A-Za-z0-9._-]*) wrong "id '$2' of -$1 $3: after the first letter an id has letters, digits, '-', '.' and '_' only" ;;
	esac
	case "$taken_ids" in
	*" $1:$2 "*) wrong "id '$2' of -$1 $3: another -$1 has this id; give each its own" ;;
	esac
	taken_ids="$taken_ids$1:$2 "
}
taken_ids=' '

# Checks one -chardev, -device or -mon of the command line.
check_option() { # chardev, device or mon; its value
	case $2 in '{'*) return 0 ;; esac # JSON: QEMU's own words
	checked_id=$(option_value "$2" id)
	case $1 in
	chardev)
		[ -n "$checked_id" ] || wrong "-chardev $2: without id= no device can name it"
		take_id chardev "$checked_id" "$2"
		;;
	device)
		case ",$2," in *,id=*) take_id device "$checked_id" "$2" ;; esac
		;;
	mon)
		[ -n "$(option_value "$2" chardev)" ] ||
			wrong "-mon $2: chardev= says which chardev the monitor is on"
		;;
	esac
}

# Words of the user for QEMU, kept until ours are written; one that starts with
# "-" starts a line.
pass() { # words
	for passed_word; do
		case $passed_word in
		-*) printf ' \\\n  %s' "$(quoted "$passed_word")" ;;
		*) printf ' %s' "$(quoted "$passed_word")" ;;
		esac
	done >> "$work/passed"
	case $1 in -bios | -pflash | -drive) own_firmware=yes ;; esac
	# Whoever names a line for the guest's first console has it.
	case $* in
	*isa-serial* | -serial* | -nographic* | *'-chardev stdio'*) own_lines=yes ;;
	esac
	case $* in
	*'-chardev stdio'* | *mon:stdio* | '-nographic') own_stdio=yes ;;
	esac
}
own_lines=no own_stdio=no own_firmware=no
: > "$work/passed"

# A chardev of ours.
chardev() { # id, backend and its options
	take_id chardev "$1" "$2"
	qemu -chardev "${2%%,*},id=$1${2#"${2%%,*}"}"
}

unix_socket() { # id, file name in the run folder
	chardev "$1" "socket,path=$(escaped "$run/$2"),server=on,wait=off"
}

# ---- the machine ----

qemu_machine() {
	qemu -name "$(escaped "$name")" -nodefaults -no-user-config -display none
	qemu -machine "$machine" -pidfile "$run/pid"
	case $accel in
	kvm) qemu -accel kvm -cpu host ;;
	tcg) qemu -accel tcg -cpu max,-erms ;;
	esac
	qemu_firmware
	qemu -smp "$smp" -m "$memory"
	# The guest's panic is seen from outside; a reboot ends it.
	qemu -no-reboot -action panic=exit-failure
	[ "$machine" = microvm ] || qemu -device pvpanic-pci
}

# A firmware that does no more than start the kernel, where QEMU brings it and
# nobody names another one. (microvm has one of its own.)
qemu_firmware() {
	[ "$own_firmware" = no ] && [ "$machine" != microvm ] || return 0
	for firmware_folder in /usr/share/qemu /usr/share/qemu-kvm; do
		[ ! -e "$firmware_folder/qboot.rom" ] || {
			qemu -bios "$firmware_folder/qboot.rom"
			return
		}
	done
}

# The device suffix of this machine: microvm has no PCI.
virtio() { # serial, 9p, rng ...
	if [ "$machine" = microvm ]; then echo "virtio-$1-device"; else echo "virtio-$1-pci"; fi
}

# ---- lines ----

# The frontend of the console line on the chardev $1.
qemu_console_line() { # chardev, line
	case $2 in
	ttyS0) qemu -device "isa-serial,chardev=$1" ;;
	hvc0) qemu -device "virtconsole,chardev=$1" ;;
	ttyUSB0) qemu -device "usb-serial,chardev=$1,always-plugged=on" ;;
	esac
}

# What this terminal shows, and where the rest of the consoles go.
qemu_consoles() {
	if [ "$has_command" = yes ]; then
		# The command's output alone on this terminal, the kernel's log and
		# the result in a file.
		chardev portside-output stdio,signal=on
		qemu -device isa-serial,chardev=portside-output
		chardev portside-log "file,path=$(escaped "$run/console.log")"
		qemu -device isa-serial,chardev=portside-log
		return
	fi
	case $console in
	none) ;;
	ttyS0)
		chardev portside-console stdio,mux=on,signal=off
		qemu -mon chardev=portside-console,mode=readline
		qemu_console_line portside-console ttyS0
		;;
	*)
		chardev portside-log "file,path=$(escaped "$run/console.log")"
		qemu -device isa-serial,chardev=portside-log
		chardev portside-console stdio,mux=on,signal=off
		qemu -mon chardev=portside-console,mode=readline
		qemu_console_line portside-console "$console"
		;;
	esac
}

# The file of a port's socket: its name where that makes a plain file name.
port_socket() { # name, number
	case $1 in
	'' | .* | -* | *[!A-Za-z0-9._-]*) echo "port-$2.sock" ;;
	control | data | qmp | usb-serial | gdb) echo "port-$2.sock" ;;
	*) echo "$1.sock" ;;
	esac
}

needs_virtio_serial() {
	[ "$agent" = yes ] || [ -n "$ports$virtio_serial" ] || [ "$console" = hvc0 ]
}

qemu_virtio_serial() {
	needs_virtio_serial || return 0
	qemu -device "$(virtio serial),id=portside-serial${virtio_serial:+,$virtio_serial}"
	take_id device portside-serial "of scripts/guest"
}

qemu_ports() {
	if [ "$agent" = yes ]; then
		unix_socket portside-control control.sock
		qemu -device virtserialport,bus=portside-serial.0,chardev=portside-control,name=org.portside.control
		unix_socket portside-data data.sock
		qemu -device virtserialport,bus=portside-serial.0,chardev=portside-data,name=org.portside.data
	fi
	number=0
	printf '%s' "$ports" | while IFS= read -r port; do
		number=$((number + 1))
		unix_socket "portside-port$number" "$(port_socket "$port" "$number")"
		qemu -device "virtserialport,bus=portside-serial.0,chardev=portside-port$number,name=$(escaped "$port")"
	done
}

qemu_usb() {
	[ "$usb_serial" = yes ] || [ "$console" = ttyUSB0 ] || return 0
	[ "$machine" != microvm ] || wrong "--machine microvm has no PCI, and so no USB controller; take q35 or pc"
	qemu -device qemu-xhci
}

qemu_usb_serial() {
	[ "$usb_serial" = yes ] || return 0
	unix_socket portside-usb usb-serial.sock
	qemu_console_line portside-usb ttyUSB0
}

qemu_monitors() {
	unix_socket portside-qmp qmp.sock
	qemu -mon chardev=portside-qmp,mode=control
	# A second one, which scripts/guest reads for the way the guest ends.
	chardev portside-events "pipe,path=$(escaped "$run/events")"
	qemu -mon chardev=portside-events,mode=control
	[ "$gdb" = no ] || {
		unix_socket portside-gdb gdb.sock
		qemu -gdb chardev:portside-gdb
	}
}

qemu_share() {
	[ -n "$share" ] || return 0
	[ -d "$share" ] || wrong "--share $share: no such directory"
	grep -q '^CONFIG_NET_9P_VIRTIO=' "$kernel_config" ||
		wrong "--share: kernel $release has no 9p"
	qemu -fsdev "local,id=portside-share,path=$(escaped "$(readlink -f "$share")"),security_model=none"
	qemu -device "$(virtio 9p),fsdev=portside-share,mount_tag=host"
}
