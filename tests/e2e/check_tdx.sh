#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hc-check on TDX quotes as a person uses it: folders as Intel's service fills them, the state file,
# exit statuses, both languages.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
check=${B:-build}/bin/hc-check
vectors=${HC_VECTORS:-../shared/vectors}
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
export LC_ALL=C

. tests/e2e/claims.bash
evidence() { tail -n 5 "$t/out" "$t/err"; }
ends() { # $1 expected status, $2.. arguments
	local want=$1
	shift
	"$check" "$@" >"$t/out" 2>"$t/err"
	[ $? -eq "$want" ]
}
judged() { # $1.. arguments: a verdict was reached, and without a policy it is not "trusted"
	"$check" "$@" >"$t/out" 2>"$t/err"
	local status=$?
	[ $status -eq 1 ] || [ $status -eq 2 ]
}
outcome() { # $1 id, $2 outcome: in the JSON of the last run
	[ "$(jq -r --arg id "$1" '.checks[] | select(.id == $id) | .outcome' "$t/out")" = "$2" ]
}
member() { # $1 jq filter that must be true
	jq -e "$1" "$t/out" >/dev/null
}
pem_line() { # $1 DER certificate: as Intel's headers have it
	openssl x509 -inform der -in "$1" | sed 's/+/%2B/g; s/ /%20/g; s/=/%3D/g' | sed 's/$/%0A/' | tr -d '\n'
}

skip() {
	echo "ok 1 - hc-check on TDX # SKIP $1"
	exit 0
}
command -v jq >/dev/null || skip "jq is not installed"
command -v openssl >/dev/null || skip "openssl is not installed"
[ -d "$vectors/tdx" ] || skip "no vectors: neither ../shared/vectors nor \$HC_VECTORS is there"

d=$vectors/tdx/v4-emr-near-2026 at=2026-08-22T00:00:00Z

# A folder as a script fills it that saves what the service says: dumps with headers, and a PCCS's hex.
mkdir "$t/saved"
{
	printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTCB-Info-Issuer-Chain: '
	pem_line "$d/tcb_signing.der"
	pem_line "$d/root_ca.der"
	printf '\r\nWarning: none\r\n\r\n'
	cat "$d/tcb_info.json"
} >"$t/saved/tcb"
{
	printf 'HTTP/2 200\n\n'
	cat "$d/qe_identity.json"
} >"$t/saved/identity"
od -An -tx1 -v "$d/pck_crl.der" | tr -d ' \n' >"$t/saved/pckcrl"
openssl crl -inform der -in "$d/root_crl.der" >"$t/saved/rootcrl"
claim "a folder of dumps, hex and PEM: nothing is trusted without a policy" \
	judged verify "$d/quote.bin" --endorsements "$t/saved" --at $at --json
claim "... and the quote is authentic" member '.authentic == "yes" and .revocation == "good"'
claim "... under Intel's root" member '.root.name == "intel-sgx-root" and .root.builtin'
claim "... and nothing was left out" test ! -s "$t/err"
claim "... with its chain" member '[.chain[].kind] == ["PCK", "PCK CA", "SGX root"]'

# One JSON bundle of everything.
jq -n --rawfile tcb "$d/tcb_info.json" --rawfile qe "$d/qe_identity.json" \
	--arg crl "$(od -An -tx1 -v "$d/pck_crl.der" | tr -d ' \n')" \
	--arg root "$(base64 -w0 <"$d/root_crl.der")" --arg chain "$(openssl x509 -inform der -in "$d/tcb_signing.der")" \
	'{tcb_info: $tcb, qe_identity: $qe, pck_crl: $crl, root_ca_crl: $root, tcb_info_issuer_chain: $chain}' >"$t/bundle.json"
claim "a bundle in one file" judged verify "$d/quote.bin" --endorsements "$t/bundle.json" --at $at --json
claim "... is as good" member '.authentic == "yes" and .revocation == "good"'

claim "without endorsements: undecided" judged verify "$d/quote.bin" --at $at --json
claim "... and it says where they are" grep -q 'tcb?fmspc=b0c06f000000' "$t/out"
claim "a month later: undecided, not rejected" \
	judged verify "$d/quote.bin" --endorsements "$d" --at 2026-10-22T00:00:00Z --json
claim "... for its dates" outcome tdx.tcb_info_date undecided
claim "another platform's TCB info is rejected" ends 1 verify "$vectors/tdx/v4-emr-phala-wrong-fmspc/quote.bin" \
	--endorsements "$vectors/tdx/v4-emr-phala-wrong-fmspc" --at 2025-06-26T00:00:00Z --json
claim "... by its FMSPC" outcome tdx.fmspc fail
claim "a lab's quote is rejected" ends 1 verify "$vectors/tdx/lab-uptodate/quote.bin" \
	--endorsements "$vectors/tdx/lab-uptodate" --at 2026-06-01T00:00:00Z
claim "in French" judged verify "$d/quote.bin" --endorsements "$d" --at $at --lang fr
claim "... too" grep -q "Le quote est signé par la clé d'attestation" "$t/out"

# Intel publishes two evaluations at a time: going back to the earlier number is noticed.
late=$vectors/tdx/v4-spr-google-evaluation-21 early=$vectors/tdx/v4-spr-google-evaluation-19
claim "a state is made" judged verify "$d/quote.bin" --endorsements "$d" --at $at --state "$t/state" --json
claim "... of four things" test "$(jq '.seen | length' "$t/state")" = 4
claim "... for its owner alone" test "$(stat -c %a "$t/state")" = 600
"$check" verify "$late/quote.bin" --endorsements "$late" --at 2026-06-27T22:00:00Z --state "$t/state2" >/dev/null 2>&1
claim "an older TCB info is refused" ends 1 verify "$early/quote.bin" --endorsements "$early" \
	--at 2026-07-15T08:00:00Z --state "$t/state2" --json
claim "... by what was seen" outcome tdx.not_older fail
claim "... and not without a state" judged verify "$early/quote.bin" --endorsements "$early" \
	--at 2026-07-15T08:00:00Z --json
claim "... where it is not looked at" outcome tdx.not_older skipped
echo '{"version":1,"seen":[],"more":1}' >"$t/bad"
claim "a state that is none: status 3" ends 3 verify "$d/quote.bin" --state "$t/bad"
claim "... and it stays as it is" grep -q more "$t/bad"
claim "a state in a folder that is not there: status 3" \
	ends 3 verify "$d/quote.bin" --endorsements "$d" --at $at --state "$t/absent/state"

echo "1..$n"
exit $failed
