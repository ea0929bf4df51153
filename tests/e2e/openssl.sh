#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A second reading: OpenSSL's command line verifies the certificate chains, the revocation lists and
# the report signatures of the SEV-SNP vectors, and has to come to the same answers as hc-check.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
check=${B:-build}/bin/hc-check
vectors=${HC_VECTORS:-../shared/vectors}
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
export LC_ALL=C

. tests/e2e/claims.bash
evidence() { tail -n 3 "$t/openssl" "$t/err"; }
for tool in jq openssl; do
	command -v $tool >/dev/null || {
		echo "ok 1 - a second reading by OpenSSL # SKIP $tool is not installed"
		exit 0
	}
done
if [ ! -d "$vectors/snp" ]; then
	echo "ok 1 - a second reading by OpenSSL # SKIP neither ../shared/vectors nor \$HC_VECTORS is there"
	exit 0
fi

pem() { # $1 x509|crl, $2.. DER files
	local kind=$1
	shift
	for f in "$@"; do
		[ ! -f "$f" ] || openssl "$kind" -inform der -in "$f" || return 1
	done
}

# Does the leaf chain to a root at the time given? Signatures, names, CA flags, windows, and the
# root's own signature. Nothing is ignored: no -partial_chain, no -ignore_critical, no -no_check_time.
chain_holds() { # $1 leaf, $2 roots, $3 untrusted, $4 seconds since 1970
	openssl verify -attime "$4" -check_ss_sig -CAfile "$2" -no-CApath -no-CAstore \
		-untrusted "$3" "$1" >"$t/openssl" 2>&1
}
# Is the intermediate good by the root's list? A list that is not in date or not the root's is none.
list_holds() { # $1 intermediate, $2 roots, $3 lists, $4 seconds since 1970
	openssl verify -attime "$4" -crl_check -CRLfile "$3" -check_ss_sig -CAfile "$2" \
		-no-CApath -no-CAstore "$1" >"$t/openssl" 2>&1
}
# r and s: 48 bytes each, little-endian at 0x2a0 and 0x2e8; signed are the first 0x2a0 bytes.
number() { # $1 report, $2 offset
	tail -c +$(($2 + 1)) "$1" | head -c 48 | od -An -v -tx1 -w1 | tac | tr -d ' \n'
}
signature_holds() { # $1 report, $2 leaf
	head -c 672 "$1" >"$t/signed"
	printf 'asn1=SEQUENCE:pair\n[pair]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' \
		"$(number "$1" 0x2a0)" "$(number "$1" 0x2e8)" >"$t/asn1"
	openssl asn1parse -genconf "$t/asn1" -noout -out "$t/signature" >"$t/openssl" 2>&1 &&
		openssl x509 -in "$2" -noout -pubkey >"$t/key" 2>"$t/openssl" &&
		openssl dgst -sha384 -verify "$t/key" -signature "$t/signature" "$t/signed" \
			>"$t/openssl" 2>&1
}

passed() { # $1.. ids of checks that must all have passed
	local id
	for id in "$@"; do
		jq -e --arg id "$id" 'any(.checks[]; .id == $id and .outcome == "pass")' "$t/out" \
			>/dev/null || return 1
	done
}
# A certificate without what AMD's extensions have to say is refused before its signature is looked at;
# OpenSSL knows nothing of those. The other way round there is no such excuse.
agree() { # $1 status of OpenSSL, $2.. ids
	local theirs=$1
	shift
	if ! passed snp.vek; then
		! passed "$@"
		return
	fi
	if passed "$@"; then
		[ "$theirs" -eq 0 ]
	else
		[ "$theirs" -ne 0 ]
	fi
}
# A refusal has to be about what was verified, not about how it was asked.
understood() { # $1 status of OpenSSL
	[ "$1" -eq 0 ] || grep -qE 'error [0-9]+ at [0-9]+ depth lookup|Verification failure' "$t/openssl"
}
says() { [ "$1" -eq 0 ] && echo holds || echo "does not hold"; }

pem x509 "$vectors"/roots/ARK-{Milan,Genoa,Turin}.der >"$t/amd.pem" || exit 1
accepted=0 refused=0 bare=0
for folder in "$vectors"/snp/*/; do
	folder=${folder%/}
	name=$(basename "$folder")
	at=$(jq -r .expect.at_time "$folder/case.json")
	seconds=$(date -u -d "$at" +%s)
	anchor=$(jq -r '.trust_anchor // empty' "$folder/case.json")
	leaf=$(find "$folder" -name vcek.der -o -name vlek.der)
	[ -n "$leaf" ] || {
		bare=$((bare + 1))
		continue
	}
	roots=$t/amd.pem
	[ -z "$anchor" ] || {
		roots=$t/lab.pem
		pem x509 "$folder/$anchor" >"$roots"
	}
	pem x509 "$leaf" >"$t/leaf.pem" 2>"$t/openssl"
	pem x509 "$folder"/{ask,asvk}.der >"$t/intermediate.pem"
	pem crl "$folder/crl.der" >"$t/crl.pem"
	"$check" verify "$folder/report.bin" --endorsements "$folder" --at "$at" \
		${anchor:+--root "$folder/$anchor"} --json >"$t/out" 2>"$t/err"

	chain_holds "$t/leaf.pem" "$roots" "$t/intermediate.pem" "$seconds"
	chain=$?
	claim "$name: chain and dates: $(says $chain)" eval understood $chain '&&' \
		agree $chain snp.chain snp.root snp.intermediate snp.validity
	signature_holds "$folder/report.bin" "$t/leaf.pem"
	signature=$?
	claim "$name: report signature: $(says $signature)" eval understood $signature '&&' agree $signature snp.signature
	if [ $chain -eq 0 ] && [ -s "$t/crl.pem" ]; then
		list_holds "$t/intermediate.pem" "$roots" "$t/crl.pem" "$seconds"
		list=$?
		claim "$name: revocation list: $(says $list)" eval understood $list '&&' agree $list snp.crl snp.revoked
	fi
	if [ $chain -eq 0 ] && [ $signature -eq 0 ]; then
		accepted=$((accepted + 1))
	else
		refused=$((refused + 1))
	fi
done
echo "# $accepted cases hold for both, $refused do not, $bare have no certificate"
claim "there were cases of both kinds" [ "$accepted" -ge 20 -a "$refused" -ge 5 ]
exit $failed
