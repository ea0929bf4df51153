#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A packed guest, read by something that shares no code with what wrote it: od and awk take the IGVM
# file apart after the format's description, plain QEMU gets the pages at the addresses that the file
# says, and Debian's kernel has to reach /init. QEMU's own reader of such files is newer than Debian's.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
build=$(cd "${B:-build}" && pwd -P) || exit 1
guest=${HC_GUEST:-build/guest}
kernel=$guest/vmlinuz
tools=$build/tests/firmware
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT

command -v qemu-system-x86_64 >/dev/null || {
	echo "ok 1 - a packed guest under QEMU # SKIP qemu-system-x86_64 is missing: scripts/setup adds it"
	exit 0
}
[ -s "$kernel" ] || {
	echo "ok 1 - a packed guest under QEMU # SKIP no guest kernel in $guest: scripts/setup unpacks it"
	exit 0
}

. tests/e2e/claims.bash
layout() { # $1 name in layout.h
	echo "#include \"firmware/abi/layout.h\"
VALUE $1" | cpp -P -D__ASSEMBLER__ -I. | awk '$1 == "VALUE" { print $2 }'
}
u32() { od -An -v -tu4 -w4 -j "$2" -N "$3" "$1"; } # $1 file, $2 offset, $3 bytes: one number a line

# The header list as lines "gpa flags type file-offset mask" of page data, and "vp index file-offset".
headers() { # $1 file
	u32 "$1" "$(u32 "$1" 8 4)" "$(u32 "$1" 12 4)" | awk '
		{ w[NR - 1] = $1 }
		END {
			for (i = 0; i < NR; i += 2 + int((len + 7) / 8) * 2) {
				len = w[i + 1]
				if (w[i] == 770)
					printf "page %.0f %d %d %.0f\n", w[i + 2] + w[i + 3] * 4294967296,
						w[i + 6], w[i + 7] % 65536, w[i + 5]
				else if (w[i] == 772)
					printf "vp %d %.0f\n", w[i + 6] % 65536, w[i + 5]
				else
					printf "type %d\n", w[i]
			}
		}'
}
# Runs of pages that follow each other in guest and file, as files for QEMU's loader.
loads() { # $1 file
	headers "$1" | awk '$1 == "page" {
			if (pages && $2 == gpa + 4096 * pages && $5 == at + 4096 * pages) { pages++; next }
			if (pages) printf "%.0f %.0f %d\n", gpa, at, pages
			gpa = $2; at = $5; pages = 1
		} END { printf "%.0f %.0f %d\n", gpa, at, pages }'
}

cat >"$t/init" <<'END'
#!/bin/sh
. /init.common
echo "HC cmdline $(cat /proc/cmdline)" >/dev/kmsg
poweroff -f
END
scripts/initrd "$t/initrd" --kernel "$guest" --init "$t/init" || exit 1
cmdline="console=ttyS0 panic=-1 tsc_early_khz=2000000 tsc=reliable"
cat >"$t/guest.json" <<END
{"boot-source": {"kernel_image_path": "$kernel", "initrd_path": "$t/initrd", "boot_args": "$cmdline"},
 "machine-config": {"mem_size_mib": 256}}
END
pack() { # $1 image, $2 output, $3.. options
	local image=$1 out=$2
	shift 2
	"$build/bin/hc-measure" igvm pack --firmware "$build/firmware/huisclos-$image.img" \
		--config "$t/guest.json" --output "$out" "$@"
}
claim "a guest with kernel and initrd is packed" pack plain "$t/plain.igvm"
pack plain "$t/again.igvm"
claim "... twice to the same bytes" cmp "$t/plain.igvm" "$t/again.igvm"
same_digest() { # $1 image
	pack "$1" "$t/$1.igvm" --vcpus 2 >"$t/printed" &&
		[ "$(wc -c <"$t/printed")" = 97 ] &&
		[ "$("$build/bin/hc-measure" snp --igvm "$t/$1.igvm")" = "$(cat "$t/printed")" ]
}
for image in snp sim; do
	claim "$image: packing says the launch digest of the file" same_digest $image
	claim "$image: ... and a save area per vCPU" test "$(headers "$t/$image.igvm" | grep -c '^vp')" = 2
done

entry() { # the native context: rip, cr0, cr3, cr4, efer
	local at
	at=$(headers "$t/plain.igvm" | awk '$1 == "vp" && $2 == 0 { print $3 }')
	for field in "128 HC_ENTRY_BSP" "200 HC_ENTRY_CR0" "208 HC_PAGETABLE_GPA" "216 HC_ENTRY_CR4" "224 HC_ENTRY_EFER"; do
		set -- $field
		[ "$(u32 "$t/plain.igvm" $((at + $1)) 4 | tr -d ' ')" -eq $(($(layout "$2"))) ] || return 1
	done
}
claim "the entry state is that of layout.h" entry

booted() {
	local args=() gpa at pages i=0 status
	while read -r gpa at pages; do
		dd if="$t/plain.igvm" of="$t/load$i" bs=4096 skip=$((at / 4096)) count="$pages" status=none || return 1
		args+=(-device "loader,file=$t/load$i,addr=$gpa,force-raw=on")
		i=$((i + 1))
	done < <(loads "$t/plain.igvm")
	stub=$(($(layout HC_TEXT_GPA) + $(layout HC_TEXT_MAX) - $(layout HC_PAGE_SIZE)))
	timeout 60 qemu-system-x86_64 -accel tcg -cpu max -m 3583M \
		-machine pc,acpi=off,hpet=off,pit=off,vmport=off,max-ram-below-4g=3584M \
		-nodefaults -no-user-config -display none -no-reboot -bios "$tools/rom.bin" \
		-device "loader,file=$tools/stub.bin,addr=$stub,force-raw=on" "${args[@]}" \
		-device "isa-debug-exit,iobase=$(layout HC_PORT_REFUSE),iosize=4" \
		-device "isa-debug-exit,iobase=$(layout HC_PORT_RESET),iosize=2" \
		-serial "file:$t/console" </dev/null 2>"$t/stderr"
	status=$?
	[ $status -eq $((($(layout HC_SLEEP_S5) * 2 + 1) & 255)) ] && grep -qF "HC cmdline $cmdline" "$t/console" && return 0
	echo "# ended with status $status"
	tail -n 3 "$t/stderr" "$t/console" 2>/dev/null | sed 's/^/# /'
	return 1
}
claim "laid out as the file says, the kernel reaches /init with the measured command line" booted
exit $failed
