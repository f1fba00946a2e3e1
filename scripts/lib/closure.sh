# shellcheck shell=sh
# Which kernel modules an image needs: the closure of names over depends,
# softdep and weakdep, with our own modules in the place of the kernel's. Each
# line of the result tells who asked for the module. Copying and packing are
# not here (scripts/mkinitramfs).
#
# Wants: $work (a scratch folder), $release, $modules (lib/modules/RELEASE of
# the kernel), $ours (the folder of our .ko files), $driver (ours or in-tree),
# $work/without (modules that softdeps and weakdeps do not bring), die() and
# unpack_module().

# $work/names: NAME<TAB>FILE of every module of this kernel, ours first, and
# NAME<TAB>builtin. The first line of a name counts.
closure_index() {
	: > "$work/names"
	if [ "$driver" = ours ]; then
		for closure_file in "$ours"/*.ko; do
			[ -e "$closure_file" ] || continue
			printf '%s\n' "$closure_file" >> "$work/names"
		done
	fi
	sed -n "s,^\([^:]*\):.*,$modules/\1,p" "$modules/modules.dep" >> "$work/names"
	sed 's,$,|builtin,' "$modules/modules.builtin" >> "$work/names"
	awk -v OFS='\t' '
		{ file = $0; builtin = sub(/\|builtin$/, "", file)
		  name = file; sub(/.*\//, "", name); sub(/\.ko.*/, "", name); gsub(/-/, "_", name)
		  if (!(name in seen)) print name, builtin ? "builtin" : file
		  seen[name] = 1 }' "$work/names" > "$work/names.new"
	mv "$work/names.new" "$work/names"
}

# An alias (a softdep may name one) to the module that serves it.
closure_alias() { # $1 = name or alias
	modprobe -S "$release" -d "${modules%/lib/modules/*}" -q -R "$1" 2> /dev/null | head -n 1
}

# Fields of the given modules that lead to others, as NAME<TAB>KIND<TAB>WHO.
# KIND "need" must be found; "wish" (softdep, weakdep) may be absent.
closure_edges() { # stdin: what modinfo says of them
	awk -v OFS='\t' '
		function list(kind, words, why,   n, i, w) {
			n = split(words, w, /[ ,]+/)
			for (i = 1; i <= n; i++)
				if (w[i] != "" && w[i] !~ /:$/) edge[++edges] = w[i] OFS kind OFS why }
		function flush(   i) {
			for (i = 1; i <= edges; i++) print edge[i] " of " name
			edges = 0 }
		{ key = $1; value = $0; sub(/^[^:]*:[ \t]*/, "", value) }
		key == "filename:" { flush(); name = value; sub(/.*\//, "", name); sub(/\.ko.*/, "", name) }
		key == "depends:" { list("need", value, "dependency") }
		key == "softdep:" { list("wish", value, "softdep") }
		key == "weakdep:" { list("wish", value, "weakdep") }
		END { flush() }'
}

# One step: takes $work/todo (NAME KIND WHY), appends what is new to
# $work/closure (NAME FILE WHY) and leaves its files in $work/new.
closure_step() {
	awk -F '\t' -v OFS='\t' -v closure="$work/closure" -v names="$work/names" -v without="$work/without" '
		BEGIN {
			while ((getline line < names) > 0) { split(line, f, "\t"); file[f[1]] = f[2] }
			while ((getline line < closure) > 0) { split(line, f, "\t"); done[f[1]] = 1 }
			while ((getline line < without) > 0) unwished[line] = 1 }
		{ name = $1; gsub(/-/, "_", name)
		  if (name in done || $2 == "wish" && name in unwished) next
		  done[name] = 1
		  print name, (name in file) ? file[name] : "missing", $2, $3 }' "$work/todo" > "$work/step"
	: > "$work/new"
	while IFS="$tab" read -r closure_name closure_file closure_kind closure_why; do
		if [ "$closure_file" = missing ]; then
			closure_real=$(closure_alias "$closure_name")
			closure_file=$(awk -F '\t' -v name="$closure_real" '$1 == name { print $2; exit }' "$work/names")
			if [ -z "$closure_file" ]; then
				[ "$closure_kind" = wish ] && continue
				die "kernel $release has no module '$closure_name' ($closure_why)"
			fi
			cut -f 1 "$work/closure" | grep -qx "$closure_real" && continue
			closure_name=$closure_real
		fi
		printf '%s\t%s\t%s\n' "$closure_name" "$closure_file" "$closure_why" >> "$work/closure"
		[ "$closure_file" = builtin ] || printf '%s\n' "$closure_file" >> "$work/new"
	done < "$work/step"
}

# Files of modules to files that every modinfo reads: not all of them unpack.
closure_plain() {
	mkdir -p "$work/plain"
	while read -r closure_file; do
		closure_unpacked=$work/plain/$(basename "${closure_file%.ko*}").ko
		case $closure_file in
		*.ko) closure_unpacked=$closure_file ;;
		*) unpack_module "$closure_file" "$closure_unpacked" ;;
		esac
		printf '%s\0' "$closure_unpacked"
	done
}

# The closure of $work/todo into $work/closure: NAME<TAB>FILE|builtin<TAB>WHY.
closure_run() {
	closure_index
	: > "$work/closure"
	while [ -s "$work/todo" ]; do
		closure_step
		: > "$work/todo"
		[ -s "$work/new" ] || break
		closure_plain < "$work/new" > "$work/new0"
		xargs -0 modinfo < "$work/new0" | closure_edges > "$work/todo"
	done
}
