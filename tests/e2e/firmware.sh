#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The firmware images under plain QEMU, whose devices, loader and device tree compiler are not ours: a
# Debian kernel reaches /init with the tables that the firmware built, and one bit changed in anything
# that the host supplies ends in the exact refusal. tests/firmware/trampoline.S sets the entry state.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
build=$(cd "${B:-build}" && pwd -P) || exit 1
guest=${HC_GUEST:-build/guest}
kernel=$guest/vmlinuz
tools=$build/tests/firmware
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT

for need in qemu-system-x86_64 dtc; do
	command -v $need >/dev/null || {
		echo "ok 1 - firmware under QEMU # SKIP $need is missing: scripts/setup adds it"
		exit 0
	}
done
[ -s "$kernel" ] || {
	echo "ok 1 - firmware under QEMU # SKIP no guest kernel in $guest: scripts/setup unpacks it"
	exit 0
}

n=0 failed=0
check() { # $1 claim, $2.. a command that holds when the claim does
	local claim=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $claim"
	else
		echo "not ok $n - $claim"
		failed=1
	fi
}

# Addresses and numbers come from the headers that the firmware is built from.
layout() { # $1 name in layout.h or paging.h
	echo $(($(echo "#include \"firmware/paging.h\"
VALUE $1" | cpp -P -D__ASSEMBLER__ -I. | sed -n 's/^VALUE //p')))
}
code() { # $1 name of a refusal
	echo $(($(grep -oE "X\(0x[0-9a-f]+, $1," firmware/abi/codes.h | grep -oE '0x[0-9a-f]+')))
}
staging=$(layout HC_STAGING_GPA)
stub=$(($(layout HC_TEXT_GPA) + $(layout HC_TEXT_MAX) - $(layout HC_PAGE_SIZE)))
refuse_port=$(layout HC_PORT_REFUSE)
power_port=$(layout HC_PORT_RESET)
s5=$(($(layout HC_SLEEP_S5)))
initrd_offset=0x4000000
lazy='' # or "lazy": Linux accepts memory above 1 GiB
mkdir "$t/plain"

# /dev/kmsg, since output of a program to a serial port without interrupt is slow to leave.
cat >"$t/init" <<'END'
#!/bin/sh
. /init.common
say() { echo "HC $*" >/dev/kmsg; }
say cpus $(nproc)
say cmdline $(cat /proc/cmdline)
grep -E '^[0-9a-f]' /proc/iomem | while read -r line; do say iomem "$line"; done
for t in FACP APIC DSDT; do say table $t $(sha256sum </sys/firmware/acpi/tables/$t | cut -d' ' -f1); done
say tables $(ls /sys/firmware/acpi/tables | grep '^[A-Z]*$' | sort)
poweroff -f
END
scripts/initrd "$t/initrd" --kernel "$guest" --init "$t/init" || exit 1

# $1 folder, $2 image, $3 vCPUs, $4 memory nodes, $5 properties of chosen besides the kernel's
make_boot() {
	mkdir -p "$1"
	"$tools/mkboot" "$build/firmware/$2.img" "$kernel" "$t/initrd" "$cmdline" "$3" "$1" $lazy || exit 1
	{
		echo '/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;'
		echo "compatible = \"huisclos,host-v1\"; $4"
		echo 'cpus { #address-cells = <1>; #size-cells = <0>;'
		for ((i = 0; i < $3; i++)); do
			printf 'cpu@%x { device_type = "cpu"; reg = <%d>; };\n' $i $i
		done
		echo "}; chosen { huisclos,kernel-offset = <0 0>; $5 }; };"
	} >"$1/host.dts"
	dtc -q -I dts -O dtb -o "$1/hostfdt" "$1/host.dts" || exit 1
	cp "$kernel" "$1/kernel"
	cp "$t/initrd" "$1/initrd"
}

# $1 folder, $2 vCPUs, $3 seconds; the console to $1/console; status as QEMU ends
run() {
	local args=() file gpa
	while read -r file gpa; do
		args+=(-device "loader,file=$1/$file,addr=$gpa,force-raw=on")
	done <"$1/loads"
	# One thread for all vCPUs: with more, Linux runs instructions that it is patching (see scripts/node).
	# RAM must reach over the staging window: 3583 MiB is what this machine puts below 3.5 GiB.
	timeout "$3" qemu-system-x86_64 -accel tcg,thread=single -cpu max -smp "$2" -m 3583M \
		-machine pc,acpi=off,hpet=off,pit=off,vmport=off,max-ram-below-4g=3584M \
		-nodefaults -no-user-config -display none -no-reboot -bios "$tools/rom.bin" \
		-device "loader,file=$tools/stub.bin,addr=$stub,force-raw=on" "${args[@]}" \
		-device "loader,file=$1/kernel,addr=$staging,force-raw=on" \
		-device "loader,file=$1/initrd,addr=$((staging + initrd_offset)),force-raw=on" \
		-device "isa-debug-exit,iobase=$refuse_port,iosize=4" \
		-device "isa-debug-exit,iobase=$power_port,iosize=2" \
		-serial "file:$1/console" </dev/null 2>"$1/stderr"
}
ends_with() { # $1 folder, $2 vCPUs, $3 the number written to a port (isa-debug-exit doubles it)
	run "$1" "$2" 90
	local status=$?
	[ $status -eq $((($3 * 2 + 1) & 255)) ] && return 0
	echo "# ended with status $status, expected $((($3 * 2 + 1) & 255))"
	tail -n 3 "$1/stderr" "$1/console" 2>/dev/null | sed 's/^/# /'
	return 1
}
said() { # $1 folder, $2 what follows "HC "
	grep -qF "HC $2" "$1/console" || { echo "# not on the console: HC $2"; return 1; }
}
no_warning() { # $1 folder
	! grep -E 'ACPI (BIOS )?(Error|Warning)|ACPI: \[Firmware|Incorrect checksum|BUG:|Call Trace' "$1/console" |
		sed 's/^/# /' | grep .
}
e820_is() { # $1 folder; standard input: "start-end type" as the kernel prints it
	grep -oE 'BIOS-e820: .*' "$1/console" | tr -d '\r' |
		sed -E 's/BIOS-e820: \[mem 0x0*([0-9a-f]+)-0x0*([0-9a-f]+)\] /\1-\2 /; s/^-/0-/' |
		diff - /dev/stdin | sed 's/^/# /' | { ! grep .; }
}

# What mkimage makes of a linked file that is not what link.ld makes: $1 claim, $2 offset, $3 byte
not_an_image() {
	rm -f "$t/img"
	cp "$build/fw/plain.elf" "$t/elf"
	# shellcheck disable=SC2059
	printf "\\x$3" | dd of="$t/elf" bs=1 seek="$2" conv=notrunc status=none
	check "mkimage refuses $1" eval \
		'"$build/fw/mkimage" plain "$t/elf" "$t/img" >/dev/null 2>&1; [ $? -eq 1 ] && [ ! -e "$t/img" ]'
}
# The program headers are 56 bytes each from byte 64 on, in the order of link.ld: the third is bss.
not_an_image "code of another processor" 18 b7
not_an_image "32-bit code" 4 01
not_an_image "a segment whose size does not fit a number of pages" $((64 + 2 * 56 + 40 + 5)) 10
not_an_image "a segment that reaches into the next" $((64 + 2 * 56 + 40 + 1)) 21
not_an_image "a segment at an address that nobody measures" $((64 + 2 * 56 + 16 + 2)) 30

# What scripts/stack-bound makes of a program with $2 in it: $1 claim, $2 C, $3 what it has to say
not_bounded() {
	printf '%s\n' 'typedef void fn(void); struct { fn *f; } platform; char exception_stack[1024];' \
		'char stack[8192] __attribute__((section(".stack"))); void exception_any(void) {}' \
		'__attribute__((noipa)) void use(char *p) { *p = 1; }' "$2" 'void entry_bsp(void) { boot_main(); use(stack); }' |
		"${CC:-cc}" -xc -O1 -w -nostdlib -static -fno-stack-protector -fcf-protection=none -fno-pic -no-pie \
			-Wl,-e,entry_bsp -o "$t/stack" - || return 1
	check "no bound of the stack where $1" eval \
		"! scripts/stack-bound x '$t/stack' >'$t/out' 2>&1 && grep -q '$3' '$t/out'"
}
not_bounded "a function calls itself" \
	'void boot_main(void) { char b[8]; use(b); if (b[0]) boot_main(); use(b + 1); }' recursion
not_bounded "its size is known at run time only" \
	'void boot_main(void) { char b[(int)stack[0]]; use(b); }' 'moves the stack'
not_bounded "a call goes to a pointer that nobody knows" \
	'void boot_main(void) { fn *f = *(fn **)stack; f(); use(stack); }' 'calls by a pointer'
not_bounded "it is over half" 'void boot_main(void) { char b[4096]; use(b); use(b + 1); }' 'over half'

cmdline="console=ttyS0 earlyprintk=ttyS0 panic=-1 tsc_early_khz=2000000 tsc=reliable"
initrd_prop="huisclos,initrd-offset = <0 $initrd_offset>;"
one='memory@0 { device_type = "memory"; reg = <0 0 0 0x10000000>; };'
two="$one memory@20000000 { device_type = \"memory\"; reg = <0 0x20000000 0 0x8000000>; };"

booted() { # $1 folder, $2 vCPUs
	check "$1: Linux reaches /init and powers off through the sleep port" \
		ends_with "$t/$1" "$2" "$s5"
	check "$1: /init runs on $2 of $2 vCPUs" said "$t/$1" "cpus $2"
	check "$1: the command line is the manifest's" said "$t/$1" "cmdline $cmdline"
	for table in FACP APIC DSDT; do
		check "$1: the guest's $table is what the firmware's code builds here" \
			said "$t/$1" "table $table $(sha256sum <"$t/$1/acpi-$table" | cut -d' ' -f1)"
	done
	check "$1: there is no other ACPI table" said "$t/$1" "tables APIC DSDT FACP"
	check "$1: the kernel has nothing to say against the tables" no_warning "$t/$1"
}
make_boot "$t/plain" huisclos-plain 1 "$one" "$initrd_prop"
booted plain 1
check "plain: the kernel's memory map is the firmware's" e820_is "$t/plain" <<'END'
0-fff reserved
1000-9efff usable
9f000-11ffff reserved
120000-123fff ACPI data
124000-14ffff reserved
150000-fffffff usable
END
check "plain: PCI has the window of layout.h" \
	said "$t/plain" "iomem e0000000-fdffffff : PCI Bus 0000:00"

make_boot "$t/sim" huisclos-sim 4 "$two" "$initrd_prop"
booted sim 4
check "sim: a second RAM range is in the kernel's memory map" e820_is "$t/sim" <<'END'
0-fff reserved
1000-9efff usable
9f000-11ffff reserved
120000-123fff ACPI data
124000-14ffff reserved
150000-fffffff usable
20000000-27ffffff usable
END

# One bit, or one word of the device tree, at a time; each starts from the boot that works.
flip() { # $1 file, $2 byte offset, $3 bit
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	# shellcheck disable=SC2059
	printf "\\x$(printf %02x $((byte ^ (1 << $3))))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
offset_of() { # $1 file, $2 text
	grep -obUaF -- "$2" "$1" | head -1 | cut -d: -f1
}
manifest_at() { # $1 field of struct hc_manifest as firmware/abi/manifest.h asserts it
	grep -oE "HC_MANIFEST_AT\($1, [0-9]+\)" firmware/abi/manifest.h | grep -oE '[0-9]+\)$' | tr -d ')'
}
refused() { # $1 claim, $2 name of the refusal, $3.. a command that changes folder $t/bad
	local claim=$1 name=$2
	shift 2
	rm -rf "$t/bad"
	cp -r "$t/plain" "$t/bad"
	"$@"
	check "$claim: $name" ends_with "$t/bad" 1 "$(code "$name")"
}
# Changes the text of the device tree and compiles it again: $1 sed script
retree() {
	sed -i "$1" "$t/bad/host.dts"
	dtc -q -f -I dts -O dtb -o "$t/bad/hostfdt" "$t/bad/host.dts"
}
m=$t/bad/manifest f=$t/bad/hostfdt
refused "a bit of the kernel" KERNEL_DIGEST flip "$t/bad/kernel" 5000001 3
refused "a bit of the kernel's header" KERNEL_DIGEST flip "$t/bad/kernel" 529 0
refused "a bit of the initrd" INITRD_DIGEST flip "$t/bad/initrd" 70001 7
refused "a bit of the manifest's magic" MANIFEST_MAGIC flip "$m" 0 0
refused "a bit of the manifest's platform" WRONG_PLATFORM flip "$m" "$(manifest_at platform)" 1
refused "a reserved bit of the manifest" MANIFEST_RESERVED flip "$m" "$(manifest_at reserved1)" 0
refused "a bit of the manifest's RAM bounds" MANIFEST_RANGE flip "$m" $(($(manifest_at ram_min) + 7)) 6
refused "a bit of the manifest's vCPU count" FDT_CPUS flip "$m" $(($(manifest_at cmdline_len) - 4)) 1
refused "a bit of the manifest's kernel digest" KERNEL_DIGEST flip "$m" $(($(manifest_at kernel) + 8)) 0
refused "a bit of the manifest's initrd digest" INITRD_DIGEST flip "$m" $(($(manifest_at initrd) + 55)) 7
refused "a bit of the command line's length" MANIFEST_RESERVED flip "$m" "$(manifest_at cmdline_len)" 0
refused "a bit behind the command line" MANIFEST_RESERVED flip "$m" $(($(manifest_at reserved2) - 1)) 0
refused "a bit that makes a NUL in the command line" MANIFEST_RANGE \
	eval 'at=$(($(manifest_at cmdline) + 7)); printf "\001" | dd of="$m" bs=1 seek=$at conv=notrunc status=none; flip "$m" $at 0'
refused "a bit of the device tree's magic" FDT_FORMAT flip "$f" 0 0
refused "a bit of the device tree's size" FDT_FORMAT flip "$f" 5 1
refused "a bit of a property's name" FDT_SCHEMA \
	eval 'flip "$f" "$(offset_of "$f" device_type)" 0'
refused "a bit of a node's name" FDT_SCHEMA eval 'flip "$f" "$(offset_of "$f" memory@0)" 0'
refused "a node that nobody asked for" FDT_SCHEMA retree 's/cpus {/extra { }; cpus {/'
refused "a memory reservation" FDT_SCHEMA retree 's,/dts-v1/;,& /memreserve/ 0x1000 0x1000;,'
refused "RAM that is not aligned" FDT_RAM retree 's/0x10000000>/0x10001000>/'
refused "RAM over the staging window" FDT_RAM retree 's/0 0x10000000>/0 0xd0000000>/'
refused "more vCPUs than the manifest has" FDT_CPUS \
	retree 's/cpu@0 {/cpu@1 { device_type = "cpu"; reg = <1>; }; cpu@0 {/'
refused "a kernel outside the window" FDT_BLOBS retree 's/kernel-offset = <0 0>/kernel-offset = <0 0x1fffffff>/'
refused "a kernel offset that wraps" FDT_BLOBS \
	retree 's/kernel-offset = <0 0>/kernel-offset = <0xffffffff 0xfffff000>/'
refused "a kernel that lies elsewhere" KERNEL_DIGEST retree 's/kernel-offset = <0 0>/kernel-offset = <0 1>/'
refused "too little memory" NO_ROOM retree 's/0 0x10000000>/0 0x4000000>/'
# The entry of the device tree's first page, in the table that maps the first 2 MiB.
page_entry() { # $1 gpa: offset of its entry in the page tables
	echo $(($(layout PAGING_PT) - $(layout PAGING_PML4) + $1 / $(layout HC_PAGE_SIZE) * 8))
}
refused "a page that is not there when it is read" EXCEPTION \
	eval 'flip "$t/bad/region-4" "$(page_entry "$(layout HC_HOSTFDT_GPA)")" 0'

# Memory that Linux accepts, on Debian 13's kernel. Acceptance is simulated, by a kernel that goes on where
# it would stop for want of TDX or SNP (tests/firmware/simaccept.c): what it is told, when it accepts
# what, and by which rules is the distribution's.
trixie=${HC_GUEST_TRIXIE:-build/guest-trixie}
if [ ! -s "$trixie/vmlinuz" ] || [ ! -s "$trixie/vmlinux" ]; then
	echo "ok $((n + 1)) - Linux accepts memory # SKIP no kernel of Debian 13 in $trixie: scripts/setup unpacks it"
	exit $failed
fi
"$tools/simaccept" "$trixie/vmlinuz" "$trixie/vmlinux" "$t/simulated" || exit 1
# 1024 units of 2 MiB from 1 GiB on; the bitmap is read where the firmware left it.
cat >"$t/init" <<END
#!/bin/sh
. /init.common
say() { echo "HC \$*" >/dev/kmsg; }
meminfo() { awk '/^Unaccepted:/ { print \$2 / 2048 }' /proc/meminfo; }
bitmap() {
	dd if=/dev/mem bs=4096 skip=$((($(layout HC_EFI_GPA) + 4096) / 4096)) count=1 2>/dev/null |
		od -An -v -tu1 -j 24 -N 128 |
		awk '{ for (i = 1; i <= NF; i++) for (b = \$i; b; b = int(b / 2)) n += b % 2 } END { print n + 0 }'
}
say meminfo \$(meminfo)
say bitmap \$(bitmap)
mount -t tmpfs -o size=90% none /tmp
dd if=/dev/zero of=/tmp/fill bs=1M count=768 2>/dev/null
say meminfo-later \$(meminfo)
say bitmap-later \$(bitmap)
poweroff -f
END
scripts/initrd "$t/initrd" --kernel "$trixie" --init "$t/init" || exit 1
kernel=$t/simulated
three='memory@0 { device_type = "memory"; reg = <0 0 0 0x10000000>; };
	memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x80000000>; };'
told() { # $1 folder, $2 word: the number that the guest said after it
	grep -oaE "HC $2 [0-9]+" "$1/console" | awk '{ print $3 }'
}
# Linux counts whole free blocks of 4 MiB, and accepts one unit more behind what it takes: the two differ by a few.
accepts_lazily() { # $1 folder: some are left, fewer later, and the bitmap follows
	local m b m2 b2
	m=$(told "$1" meminfo) b=$(told "$1" bitmap) m2=$(told "$1" meminfo-later) b2=$(told "$1" bitmap-later)
	echo "# of 1024 units of 2 MiB Linux had left $m unaccepted at /init, $m2 after 768 MiB were used (bitmap: $b, $b2)"
	[ $((b - m)) -ge -8 ] && [ $((b - m)) -le 8 ] && [ $((b2 - m2)) -ge -8 ] && [ $((b2 - m2)) -le 8 ] &&
		[ "$b" -lt 1024 ] && [ "$m2" -gt 256 ] && [ "$m2" -le $((m - 64)) ]
}
make_boot "$t/eager" huisclos-sim 2 "$three" "$initrd_prop"
check "Debian 13: Linux reaches /init, all memory accepted for it" ends_with "$t/eager" 2 "$s5"
check "Debian 13: it is told of no unaccepted memory" [ "$(told "$t/eager" meminfo)" = 0 ]
lazy=lazy
make_boot "$t/lazy" huisclos-sim 2 "$three" "$initrd_prop"
check "Debian 13: Linux reaches /init with memory that it has to accept" ends_with "$t/lazy" 2 "$s5"
check "Debian 13: it accepts memory when it needs it, and keeps the firmware's bitmap" accepts_lazily "$t/lazy"
kernel=$trixie/vmlinuz
make_boot "$t/stock" huisclos-sim 2 "$three" "$initrd_prop"
stops_in_the_decompressor() {
	run "$t/stock" 2 15
	grep -qa "Cannot accept memory: unknown platform" "$t/stock/console"
}
check "Debian 13: the same kernel unchanged finds the table, and stops since this is no TDX or SNP" \
	stops_in_the_decompressor
exit $failed
