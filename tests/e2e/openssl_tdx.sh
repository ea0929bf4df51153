#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A second opinion on TDX quotes: chains, lists and signatures by the OpenSSL command line, beside
# what hc-check says of the same files at the same time.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
check=${B:-build}/bin/hc-check
vectors=${HC_VECTORS:-../shared/vectors}
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
export LC_ALL=C

skip() {
	echo "ok 1 - OpenSSL's opinion on TDX # SKIP $1"
	exit 0
}
command -v jq >/dev/null || skip "jq is not installed"
command -v openssl >/dev/null || skip "openssl is not installed"
[ -d "$vectors/tdx" ] || skip "no vectors: neither ../shared/vectors nor \$HC_VECTORS is there"

n=0 failed=0
same() { # $1 what, $2 OpenSSL's opinion (yes, no), $3 ours
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1: $2"
	else
		echo "not ok $n - $1: OpenSSL says $2, hc-check $3"
		failed=1
	fi
}
opinion() { # $1.. a command: yes if it succeeds
	if "$@" >"$t/openssl" 2>&1; then echo yes; else echo no; fi
}
ours() { # $1.. ids: yes if all of them passed
	local id
	for id in "$@"; do
		jq -e --arg id "$id" 'any(.checks[]; .id == $id and .outcome == "pass")' "$t/verdict" >/dev/null ||
			{ echo no; return; }
	done
	echo yes
}

slice() { # $1 file, $2 offset, $3 bytes
	tail -c "+$(($2 + 1))" "$1" | head -c "$3"
}
u32() { # $1 file, $2 offset
	slice "$1" "$2" 4 | od -An -tu4 --endian=little | tr -d ' '
}
u16() {
	slice "$1" "$2" 2 | od -An -tu2 --endian=little | tr -d ' '
}
hex() {
	od -An -tx1 -v | tr -d ' \n'
}
unhex() { # standard input to standard output
	sed 's/../\\x&/g' | xargs -0 printf '%b'
}
der_signature() { # r || s in hex, on standard input
	local rs
	rs=$(cat)
	printf 'asn1=SEQUENCE:sig\n[sig]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "${rs:0:64}" "${rs:64:64}" >"$t/conf"
	openssl asn1parse -genconf "$t/conf" -noout -out "$t/signature" 2>/dev/null
}
signed() { # $1 key (PEM, public), $2 data; the signature is in $t/signature
	openssl dgst -sha256 -verify "$1" -signature "$t/signature" "$2"
}
key_of() { # $1 certificate (DER), $2 out
	openssl x509 -inform der -in "$1" -pubkey -noout >"$2"
}
pem() { # $1 DER file, $2 out
	openssl x509 -inform der -in "$1" >"$2"
}

# The three signatures inside a quote, by its offsets (TDX DCAP API A.3, A.4).
quote_signatures() { # $1 folder
	local q=$1/quote.bin signed_len=632 at auth
	[ "$(u16 "$q" 0)" -ne 5 ] || signed_len=$((54 + $(u32 "$q" 50)))
	at=$((signed_len + 4))
	slice "$q" 0 $signed_len >"$t/data"
	slice "$q" $at 64 | hex | der_signature
	{
		printf '3059301306072a8648ce3d020106082a8648ce3d03010703420004'
		slice "$q" $((at + 64)) 64 | hex
	} | unhex >"$t/key.der"
	openssl pkey -pubin -inform der -in "$t/key.der" -pubout -out "$t/key.pem" 2>/dev/null
	same "$name: quote signature" "$(opinion signed "$t/key.pem" "$t/data")" "$(ours tdx.signature)"

	slice "$q" $((at + 134)) 384 >"$t/data"
	slice "$q" $((at + 518)) 64 | hex | der_signature
	key_of "$1/pck.der" "$t/key.pem"
	same "$name: QE report signature" "$(opinion signed "$t/key.pem" "$t/data")" \
		"$(ours tdx.qe_report_signature)"

	auth=$(u16 "$q" $((at + 582)))
	{
		slice "$q" $((at + 64)) 64
		slice "$q" $((at + 584)) "$auth"
	} | openssl dgst -sha256 -binary | hex >"$t/want"
	same "$name: QE report data" \
		"$(opinion test "$(slice "$q" $((at + 134 + 320)) 64 | hex)" = "$(cat "$t/want")$(printf '0%.0s' {1..64})")" \
		"$(ours tdx.qe_report_data)"
}

statement() { # $1 file, $2 member, $3 folder, $4 our check
	local text
	text=$(cat "$1")
	text=${text#"{\"$2\":"}
	printf '%s' "${text%,\"signature\":*}" >"$t/data"
	jq -r .signature "$1" | der_signature
	key_of "$3/tcb_signing.der" "$t/key.pem"
	same "$name: $2" "$(opinion signed "$t/key.pem" "$t/data")" "$(ours "$4")"
}

chains() { # $1 folder, $2 time
	local at
	at=$(date -u -d "$2" +%s)
	pem "$1/root_ca.der" "$t/root.pem"
	pem "$1/pck_ca.der" "$t/ca.pem"
	pem "$1/pck.der" "$t/pck.pem"
	pem "$1/tcb_signing.der" "$t/tcb.pem"
	openssl crl -inform der -in "$1/root_crl.der" >"$t/crls.pem"
	openssl crl -inform der -in "$1/pck_crl.der" >>"$t/crls.pem"
	same "$name: PCK chain with both lists" \
		"$(opinion openssl verify -attime "$at" -crl_check_all -CAfile "$t/root.pem" \
			-untrusted "$t/ca.pem" -CRLfile "$t/crls.pem" "$t/pck.pem")" \
		"$(ours tdx.chain tdx.root tdx.validity tdx.root_crl tdx.pck_crl tdx.ca_revoked tdx.pck_revoked)"
	same "$name: TCB signing certificate with the root's list" \
		"$(opinion openssl verify -attime "$at" -crl_check -CAfile "$t/root.pem" \
			-CRLfile "$t/crls.pem" "$t/tcb.pem")" \
		"$(ours tdx.tcb_signer tdx.root_crl tdx.tcb_signer_revoked)"
}

for folder in "$vectors"/tdx/*/; do
	folder=${folder%/}
	name=$(basename "$folder")
	[ -f "$folder/tcb_info.json" ] || continue
	at=$(jq -r .expect.at_time "$folder/case.json")
	anchor=$(jq -r '.trust_anchor // empty' "$folder/case.json")
	"$check" verify "$folder/quote.bin" --endorsements "$folder" ${anchor:+--root "$folder/$anchor"} \
		--at "$at" --json >"$t/verdict" 2>/dev/null
	quote_signatures "$folder"
	statement "$folder/tcb_info.json" tcbInfo "$folder" tdx.tcb_info
	statement "$folder/qe_identity.json" enclaveIdentity "$folder" tdx.qe_identity
	chains "$folder" "$at"
done
[ $n -ge 200 ] || { n=$((n + 1)); echo "not ok $n - $n comparisons are too few"; failed=1; }
echo "1..$n"
exit $failed
