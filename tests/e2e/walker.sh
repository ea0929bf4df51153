#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A guest that walks off every edge of the devices (tests/walker): nothing but an error may come of
# it. On this machine's KVM directly, slow or not. HC_SEED=N repeats a run; the seed is in its output.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
B=${B:-build}
case $B in /*) ;; *) B=$root/$B ;; esac
vmm=$B/bin/hc-vmm
walker=$B/tests/walker/walker.bzimage
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
cd "$top" || exit 1
# The leak checker of a sanitizer build stops all threads with system calls that the sandbox forbids.
export ASAN_OPTIONS=detect_leaks=0
seed=${HC_SEED:-$((RANDOM * 32768 + RANDOM))}

. "$root/tests/e2e/claims.bash"
evidence() {
	echo "seed $seed"
	tail -n 15 out err
}
skip() { # $1 claim, $2 reason
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}
# Host programs at the other end of the vsock: one that dials in again and again, one that listens.
prod() {
	while [ ! -e status ]; do
		printf 'CONNECT 77\nhello' | timeout 1 socat -t 0.1 - UNIX-CONNECT:v.sock
		sleep 0.2
	done >/dev/null 2>&1 &
	timeout 240 socat UNIX-LISTEN:v.sock_60,fork EXEC:/bin/cat >/dev/null 2>&1 &
	listener=$!
}
walk() { # $1 platform, $2 firmware, $3 command line, $4.. more options
	local platform=$1 firmware=$B/firmware/huisclos-$2.img cmdline=$3
	shift 3
	head -c 1048576 /dev/zero >disk
	rm -f status
	prod
	timeout 240 "$vmm" run --platform "$platform" --firmware "$firmware" --kernel "$walker" \
		--cmdline "seed=$seed $cmdline" --vcpus 1 --memory 128 --drive disk --vsock 9:v.sock \
		"$@" </dev/null >out 2>err
	echo $? >status
	kill "$listener" 2>/dev/null
	wait
	rm -f v.sock_60
}
status_is() { [ "$(cat status)" = "$1" ]; }
no_report() { ! grep -qE 'ERROR: (Address|Leak|Undefined)|runtime error:|SUMMARY: ' err; }
size_is() { [ "$(stat -c %s disk)" = "$1" ]; }

for need in "$vmm" "$walker" "$B/firmware/huisclos-plain.img"; do
	if [ ! -e "$need" ]; then
		skip "a guest walks off every edge" "${need#"$B"/} is not built"
		exit 0
	fi
done
if [ ! -w /dev/kvm ]; then
	skip "a guest walks off every edge" "no access to /dev/kvm"
	exit 0
fi

walk plain plain rounds=2000
claim "hc-vmm survives a guest that walks off every edge, and ends with status 0" status_is 0
claim "the walk got to its end with every device still at work" grep -q '^WALKER DONE ' out
claim "no sanitizer had anything to say" no_report
claim "the drive kept its size" size_is 1048576
claim "the vsock path is gone" [ ! -e v.sock ]
grep '^WALKER' out | sed 's/^/# /'

if [ -e "$B/firmware/huisclos-sim.img" ] && "$vmm" sim-init --state state >/dev/null 2>err; then
	walk sim-snp sim ports-only=1 --sim-state state
	claim "the report mailbox survives misuse" status_is 0
	claim "the walk of its ports got to the end" grep -q '^WALKER DONE ' out
	claim "no sanitizer had anything to say about it" no_report
else
	skip "the report mailbox survives misuse" "this build has no simulated platform"
fi
exit $failed
