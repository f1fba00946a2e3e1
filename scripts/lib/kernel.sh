# shellcheck shell=sh
# Finds the parts of a kernel: one that scripts/kernel brought, one that is
# installed on this machine, or a folder or file given by its path.
#
# Wants: $here, die().

# Sets $release, $kernel_file (what QEMU boots), $kernel_config and $modules
# (lib/modules/RELEASE); the last two are empty when they are not there.
find_kernel() { # series, release or path
	case $1 in
	*/*)
		[ -e "$1" ] || die "no kernel at $1"
		found=$(readlink -f "$1")
		[ -d "$found" ] || { kernel_file=$found found=$(dirname "$found"); }
		[ -e "$found/release" ] || {
			release=unknown kernel_config='' modules=''
			return
		}
		;;
	*) found=$here/build/kernels/$1 kernel_file= ;;
	esac
	if [ -e "$found/release" ]; then
		release=$(cat "$found/release")
		kernel_config=$found/config
		modules=$(readlink -f "$found/modules" || true)
		for file in vmlinux vmlinuz; do
			[ -n "${kernel_file:-}" ] || [ ! -e "$found/$file" ] || kernel_file=$found/$file
		done
	elif [ -e "/lib/modules/$1/modules.dep" ]; then
		release=$1
		kernel_config=/boot/config-$1
		modules=$(readlink -f "/lib/modules/$1")
		kernel_file=/boot/vmlinuz-$1
		[ -e "$kernel_config" ] || die "no $kernel_config, which tells how this kernel reads an image"
	else
		die "no kernel '$1' here; 'scripts/kernel fetch $1' brings a stock one"
	fi
}

# The kernel's configuration says SYMBOL=VALUE.
kernel_has() { # CONFIG_SYMBOL=VALUE
	[ -n "$kernel_config" ] && grep -qx "$1" "$kernel_config"
}
