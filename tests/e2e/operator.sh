#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hc-vmm and an operator's mistakes: each ends at once, with its exit status and a line that says what
# to do. What comes after KVM is opened is skipped where there is none.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
B=${B:-build}
case $B in /*) ;; *) B=$root/$B ;; esac
vmm=$B/bin/hc-vmm
walker=$B/tests/walker/walker.bzimage
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
cd "$top" || exit 1
export ASAN_OPTIONS=detect_leaks=0

. "$root/tests/e2e/claims.bash"
evidence() { tail -n 5 err; }
ends() { # $1 status, $2 text of the log, $3.. options
	local status=$1 text=$2 got
	shift 2
	timeout -s KILL 60 "$vmm" run "$@" </dev/null >out 2>err
	got=$?
	[ $got -eq "$status" ] && grep -qF -- "$text" err && return
	echo "# status $got, not $status with \"$text\""
	return 1
}
# Firecracker's own example, as its guides have it; $1 is the kernel.
firecracker() {
	cat >guest.json <<-END
		{"boot-source": {"kernel_image_path": "$1", "initrd_path": null,
		  "boot_args": "console=ttyS0 reboot=k panic=1 pci=off"},
		 "drives": [{"drive_id": "rootfs", "path_on_host": "disk", "is_root_device": true,
		  "partuuid": null, "is_read_only": false, "cache_type": "Unsafe", "io_engine": "Sync",
		  "rate_limiter": null}],
		 "machine-config": {"vcpu_count": 2, "mem_size_mib": 1024, "smt": false,
		  "track_dirty_pages": false, "huge_pages": "None"},
		 "cpu-config": null, "balloon": null, "network-interfaces": [], "vsock": null,
		 "logger": null, "metrics": null, "mmds-config": null, "entropy": null}
	END
}

mkfifo pipe
printf '\177ELF\2\1\1' >vmlinux.bin
truncate -s 1M disk
: >empty
firecracker vmlinux.bin
claim "Firecracker's example is read, and its vmlinux refused with what to do" \
	ends 1 "vmlinuz" --config guest.json
claim "a kernel that is not there is an error that names the member" \
	ends 1 "kernel_image_path" --kernel absent
claim "a kernel that is a named pipe is an error and not a wait" ends 1 "not a regular file" --kernel pipe
claim "a kernel that is a folder is an error" ends 1 "not a regular file" --kernel .
claim "an empty kernel is an error" ends 1 "0 bytes" --kernel empty
claim "an empty path is wrong usage" ends 3 "kernel_image_path" --kernel ""
claim "an option that is unknown is wrong usage" ends 3 "--network" --network tap0
claim "a log that cannot be written is wrong usage" ends 3 "cannot open the log" --kernel pipe --log .
claim "a log that is a pipe without a reader is an error and not a wait" \
	ends 3 "cannot open the log" --kernel pipe --log pipe
claim "a platform that there is not names those that are" \
	ends 3 "plain, sev-snp, tdx or sim-snp" --kernel empty --platform sev-es

# Waiting for a pipe, it has nothing to clean up and can be ended.
stops() {
	timeout -s TERM -k 10 1 "$vmm" run --config pipe </dev/null >out 2>err
	[ $? -eq 124 ]
}
claim "SIGTERM ends it while it waits for its configuration" stops

if [ -e "$walker" ]; then
	measures() {
		"$vmm" run --kernel "$walker" --platform sim-snp --print-measurement >/dev/full 2>err
		[ $? -eq 1 ]
	}
	[ ! -e "$B/firmware/huisclos-sim.img" ] ||
		claim "a measurement that cannot be printed is an error" measures
fi
if [ ! -e "$walker" ] || [ ! -e "$B/firmware/huisclos-plain.img" ] || [ ! -w /dev/kvm ]; then
	echo "ok $((n + 1)) - mistakes with devices # SKIP no access to /dev/kvm, or no walker"
	exit $failed
fi
claim "a drive that is a named pipe is an error and not a wait" \
	ends 1 'drive "drive0"' --kernel "$walker" --drive pipe,ro
claim "a drive that is empty is an error that names it" \
	ends 1 'check empty, the path_on_host' --kernel "$walker" --drive empty
claim "a vsock in a folder that is not there is an error" \
	ends 1 "vsock.uds_path" --kernel "$walker" --vsock 3:absent/v
: >taken
claim "a vsock path that exists is an error, and the file is left alone" \
	ends 1 "taken exists" --kernel "$walker" --vsock 3:taken
claim "the file is still there" [ -e taken ]
# The guest's words go nowhere, least of all into the drive.
closed() {
	local got
	cp disk before
	timeout -s KILL 120 "$vmm" run --kernel "$walker" --cmdline "seed=5 ports-only=1" --drive disk <&- >&- 2>&-
	got=$?
	[ $got -eq 0 ] && cmp disk before
}
claim "without standard descriptors a guest runs to its end" closed
# The pipe of the log is full and nobody reads it. What the guest does wrong is logged, if it can be.
stalled() {
	local got
	mkfifo full && exec 3<>full || return 1
	timeout 1 dd if=/dev/zero of=full bs=4k status=none
	timeout -s KILL 120 "$vmm" run --kernel "$walker" --memory 128 --cmdline "seed=5 rounds=20" \
		--drive disk </dev/null >out 2>full
	got=$?
	exec 3<&-
	return $got
}
claim "a reader of the log that stalls does not stop the guest" stalled
limited() {
	timeout -s KILL 120 prlimit --fsize=2048 "$vmm" run --kernel "$walker" --memory 128 \
		--cmdline "seed=5 rounds=1" --drive disk </dev/null >out 2>err
}
claim "a write beyond the limit on file sizes is the guest's error and not the end" limited
exit $failed
