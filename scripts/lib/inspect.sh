# shellcheck shell=sh
# Looking into images that scripts/mkinitramfs made: what is in them, what
# brought it, and what differs between two. They decompress to one ordinary
# cpio archive and carry a manifest a segment.
#
# Wants: die, $work.

manifest_folder=usr/lib/portside/manifest

# SHA256 MODE SIZE PATH WHY of every file, by path; a later segment wins.
manifest() { # $1 = image
	[ -r "$1" ] || die "$1: cannot be read"
	bsdtar -xOf "$1" "./$manifest_folder/*" > "$work/manifests" 2> /dev/null ||
		die "$1 carries no manifest; was it made by scripts/mkinitramfs?"
	awk -F '\t' '{ line[$4] = $0 } END { for (path in line) print line[path] }' "$work/manifests" |
		sort -t "$tab" -k 4,4
}

inspect_why() { # image, file
	manifest "$1" > "$work/a"
	awk -F '\t' -v file="/${2#/}" '
		$4 == file || $4 == "/usr" file || (index(file, "/") == 1 && file !~ /\/.*\// && $4 ~ (file "$")) {
			print $4 ": " $5; found = 1 }
		END { exit !found }' "$work/a" ||
		die "$1 has no file $2; '$0 ls $1' lists what is there"
}

inspect_diff() { # image, image
	manifest "$1" > "$work/a"
	manifest "$2" > "$work/b"
	awk -F '\t' '
		FNR == NR { sum[$4] = $1; mode[$4] = $2; size[$4] = $3; next }
		{ seen[$4] = 1 }
		!($4 in sum) { print "+ " $4 " (" $3 " bytes: " $5 ")"; differ = 1; next }
		sum[$4] != $1 { print "! " $4 " (" size[$4] " -> " $3 " bytes)"; differ = 1; next }
		mode[$4] != $2 { print "! " $4 " (mode " mode[$4] " -> " $2 ")"; differ = 1 }
		END {
			for (path in sum) if (!(path in seen)) { print "- " path " (" size[path] " bytes)"; differ = 1 }
			exit differ }' "$work/a" "$work/b"
}

inspect() { # ls IMAGE | why IMAGE FILE | diff IMAGE IMAGE
	case $1.$# in
	ls.2) bsdtar -tvf "$2" ;;
	why.3) inspect_why "$2" "$3" ;;
	diff.3) inspect_diff "$2" "$3" ;;
	*) usage >&2; exit 2 ;;
	esac
}
