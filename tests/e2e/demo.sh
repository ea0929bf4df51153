#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/demo as a new user runs it, without its set-up: what it prints, what each party has kept,
# and that nobody has what is not his.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export LC_ALL=C
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
out=build/demo/out

. tests/e2e/claims.bash
says() { grep -qE -- "$2" "$1"; } # $1 file, $2 pattern
never() { [ -s "$1" ] && ! grep -qiE -- "$2" "$1"; }
once() { [ "$(grep -cE -- "$2" "$1")" -eq 1 ]; }
nowhere() { # $1 file of secret bytes, which no file below $2 may hold, raw or in hex
	local hex
	hex=$(od -An -v -tx1 "$1" | tr -d ' \n')
	[ ${#hex} -eq 64 ] && ! find "$2" -type f -exec od -An -v -tx1 {} \; | tr -d ' \n' | grep -q "$hex" &&
		! grep -rqi "$hex" "$2"
}

HC_DEMO_SETUP=no scripts/demo >"$t/demo" 2>&1 </dev/null
status=$?
claim "the demo ends with status 0" [ $status -eq 0 ]
[ $status -eq 0 ] || sed 's/^/# /' "$t/demo" | tail -40

digest=$(grep -oE '^  [0-9a-f]{96}$' "$t/demo" | tr -d ' ')
secret=$(sha256sum <build/demo/authority/resources/demo/key/disk | cut -c1-64)
claim "hc-measure predicts one launch digest" [ ${#digest} -eq 96 ]
claim "it is the one that hc-vmm measures" says $out/vmm-good.log "launch digest \(simulated\) $digest"
claim "the guest has the secret" says "$t/demo" "guest +\| I have the secret: 32 bytes, sha256 $secret"
claim "the verifier says what it released" says "$t/demo" 'hc-verifierd +\| .*demo/key/disk .*released'
claim "the secret is in nothing that the node has kept" \
	nowhere build/demo/authority/resources/demo/key/disk $out

claim "a kernel with one bit changed is refused: KERNEL_DIGEST" says "$t/demo" 'refused: KERNEL_DIGEST \(code 0x40'
claim "an initrd with one bit changed is refused: INITRD_DIGEST" says "$t/demo" 'refused: INITRD_DIGEST \(code 0x41'
echo "consoles of both:" | cat - $out/serial-altered-{kernel,initrd}.log >"$t/altered"
claim "neither has come to Linux" never "$t/altered" 'guest:|linux'

claim "under another command line the guest has no secret" says $out/serial-cmdline.log 'guest: I have no secret'
claim "the verifier's log has the reason" once $out/verifierd.log 'policy.measurement fail'
claim "the guest's console does not" never $out/serial-cmdline.log 'measurement|policy'
claim "one resource was released in all" once $out/verifierd.log ' released$'

claim "hc-check finds the kept evidence TRUSTED" says "$t/demo" '^verdict +TRUSTED'
claim "under a banner: simulated" says "$t/demo" 'SIMULATED ROOT, NOT HARDWARE'
claim "without the root named it is REJECTED" says "$t/demo" 'without --root: REJECTED, status 1'
claim "and hc-check says why" says "$t/demo" 'FAIL snp.root'
claim "no line of the demo runs on for longer than 250 characters" never "$t/demo" '.{251}'
echo "1..$n"
exit $failed
