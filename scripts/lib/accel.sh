# shellcheck shell=sh
# KVM or TCG. That /dev/kvm exists says nothing (nested machines abort or spin
# in it), so the answer comes from booting a kernel under KVM once and is kept
# until this host boots again.
#
# Wants: $kernel_file, say(), wrong().

# A kernel without an image panics within seconds where KVM works, and with
# -no-reboot QEMU ends.
kvm_boots() {
	kvm_log=$(mktemp)
	timeout -k 2 20 qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
		-machine q35 -accel kvm -cpu host -m 256M -kernel "$kernel_file" \
		-append 'console=ttyS0 panic=-1' -chardev "file,id=log,path=$kvm_log" \
		-device isa-serial,chardev=log > /dev/null 2>&1 < /dev/null || true
	kvm_works=no
	! grep -q 'Kernel panic' "$kvm_log" || kvm_works=yes
	rm -f "$kvm_log"
	[ "$kvm_works" = yes ]
}

# Turns $accel=auto into kvm or tcg.
choose_accel() {
	case $accel in
	auto) ;;
	kvm | tcg) return ;;
	*) wrong "--accel $accel: auto, kvm or tcg" ;;
	esac
	accel=tcg
	[ -r /dev/kvm ] && [ -w /dev/kvm ] || return 0
	verdict=${PORTSIDE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/portside}/kvm-verdict
	read -r boot < /proc/sys/kernel/random/boot_id
	if ! grep -q "^$boot " "$verdict" 2> /dev/null; then
		say "trying once whether KVM boots a guest here"
		mkdir -p "${verdict%/*}"
		if kvm_boots; then
			echo "$boot kvm" > "$verdict.$$"
		else
			echo "$boot tcg" > "$verdict.$$"
		fi
		mv "$verdict.$$" "$verdict"
	fi
	accel=$(sed "s/^$boot //" "$verdict")
}
