#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hc-check with TDX quotes as a person uses it: fields, refusals, event logs.
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
ends() { # $1 expected status, $2.. arguments of hc-check; leaves out and err
	local want=$1 status
	shift
	"$check" "$@" >"$t/out" 2>"$t/err"
	status=$?
	[ "$status" -eq "$want" ]
}
says() { # $1 pattern, in the output
	grep -qE -- "$1" "$t/out"
}
member() { # $1 jq filter that must be true
	jq -e "$1" "$t/out" >/dev/null
}

command -v jq >/dev/null || {
	echo "ok 1 - hc-check with TDX quotes # SKIP jq is not installed"
	exit 0
}
[ -d "$vectors/tdx" ] || {
	echo "ok 1 - the TDX vectors # SKIP neither ../shared/vectors nor \$HC_VECTORS is there"
	exit 0
}

cos=$vectors/tdx/v4-spr-google-cos
log=$vectors/measure/tdx-event-log-cos-113/event_log.bin
claim "show of a quote: status 0" ends 0 show "$cos/quote.bin"
claim "... a register" says "^rtmr1 +$(jq -r .fields.rtmr1 "$cos/case.json")\$"
claim "... the quoting enclave" says '^  isvsvn +6$'
claim "... what certifies the key" says '^  kind +PCK certificate chain in PEM$'
claim "... the bytes after it, counted" says '^trailing_bytes +3065$'
claim "... and that nothing was verified" says 'Nothing was verified'
claim "show of a debug TD" ends 0 show "$vectors/tdx/v4-spr-debug-td/quote.bin" --lang fr
claim "... says what that means" says "debug +l'hôte lit et écrit la mémoire du TD"
claim "show of a TD without SEPT_VE_DISABLE" ends 0 show "$vectors/tdx/v4-spr-tcb-not-supported/quote.bin"
claim "... says what that means" says '^sept_ve_disable +not so: a page'
claim "show as JSON" ends 0 show "$vectors/tdx/v5-emr-alibaba/quote.bin" --json
claim "... has the fields of TD 1.5" member '.tee == "tdx" and .verified == false and
	.body == "TD 1.5" and (.mrservicetd | startswith("383c87d3")) and .tee_tcb_svn2.module_major == 1'
claim "show of an SGX quote: status 3" ends 3 show "$vectors/tdx/sgx-v3-not-tdx/quote.bin"
claim "... and why" grep -q 'header.version: 3, expected 4 or 5' "$t/err"
head -c 3000 "$cos/quote.bin" >"$t/cut"
claim "a quote cut short is rejected" ends 1 verify "$t/cut"
claim "... with the field and both lengths" says 'auth_data.size: 4299'

claim "event log with the quote it belongs to: status 0" ends 0 show "$cos/quote.bin" --event-log "$log"
claim "... 43 events" [ "$(grep -cE '^ *[0-9]+ rtmr[0-3] EV_' "$t/out")" -eq 43 ]
claim "... all registers match" [ "$(grep -c ' as in the quote$' "$t/out")" -eq 4 ]
claim "the same as JSON" ends 0 show "$cos/quote.bin" --event-log="$log" --json
claim "... every event and every register" member '(.event_log.events | length) == 43 and
	(.event_log.registers | length) == 4 and all(.event_log.registers[]; .match) and
	.event_log.events[2].description == "SecureBoot, 1 bytes: 00"'
other=$vectors/tdx/v4-spr-google-premai
claim "another guest's log: rejected" ends 1 verify "$other/quote.bin" --event-log "$log"
claim "... by the log" says 'FAIL tdx.event_log'
claim "... and shown against the quote" says '^rtmr1 .* not as in the quote$'
claim "in JSON too" ends 1 verify "$other/quote.bin" --event-log "$log" --json
claim "... with the registers" member '[.event_log.registers[] | select(.match | not)] | length == 3'
head -c 5000 "$log" >"$t/log"
claim "a log cut short: rejected" ends 1 verify "$cos/quote.bin" --event-log "$t/log"
claim "... shown as far as it goes, and why not further" says '^event log: event data at 0x'
claim "an event log with an SEV-SNP report: status 3" ends 3 verify \
	"$vectors/snp/genoa-v3-vcek-azure/report.bin" --event-log "$log"
claim "... whether verified or shown" ends 3 show "$vectors/snp/genoa-v3-vcek-azure/report.bin" \
	--event-log "$log"
claim "an event log twice: status 3" ends 3 show "$cos/quote.bin" --event-log "$log" --event-log "$log"

# A policy that wants this very guest, on this very platform.
at=$(jq -r .expect.at_time "$cos/case.json")
jq -n --slurpfile c "$cos/case.json" '$c[0].fields as $f | {version: 1, name: "e2e", accept: [{name: "cos",
	tdx: {mrtd: [$f.mrtd], rtmr1: [$f.rtmr1], rtmr2: [$f.rtmr2], fmspcs: [$f.fmspc],
		min_tcb_date: "2020-01-01", td_attributes: {sept_ve_disable: "required-1"}}}]}' >"$t/policy.json"
cos() {
	local want=$1
	shift
	ends "$want" verify "$cos/quote.bin" --endorsements "$cos" --at "$at" "$@"
}
claim "genuine, wanted, up to date: trusted" cos 0 --policy "$t/policy.json" --event-log "$log"
claim "... and says so" says '^verdict +TRUSTED'
claim "without a policy: undecided" cos 2
claim "another register: rejected" cos 1 --policy <(jq '.accept[0].tdx.rtmr1[0] |= ("00" + .[2:])' "$t/policy.json")
claim "... by name" says 'FAIL policy.rtmr1'
claim "another family of platforms: rejected" cos 1 \
	--policy <(jq '.accept[0].tdx.fmspcs = ["000000000000"]' "$t/policy.json")
claim "its family denied: rejected" cos 1 --policy <(jq --slurpfile c "$cos/case.json" \
	'.deny.tdx.fmspcs = [$c[0].fields.fmspc]' "$t/policy.json")
old=$vectors/tdx/v4-spr-google-cos-out-of-date
old() {
	local want=$1
	shift
	ends "$want" verify "$old/quote.bin" --endorsements "$old" \
		--at "$(jq -r .expect.at_time "$old/case.json")" "$@"
}
claim "the same guest a year later: rejected" old 1 --policy "$t/policy.json"
claim "... because its TCB is out of date, with what to do" says 'found +OutOfDate \(platform .*\): update'
jq '.accept[0].tdx.tcb_statuses = ["UpToDate", "OutOfDate"] | .accept[0].loosen = [{what: "tcb-status",
	reason: "update in March", owner: "rssi", until: "2026-04-01"}]' "$t/policy.json" >"$t/loose.json"
claim "its status accepted for now: trusted, with a warning" old 0 --policy "$t/loose.json" --json
claim "... that names who answers for it" member '[.checks[] | select(.id == "policy.tcb_status")][0] |
	.warning and (.found | contains("by rssi: update in March"))'
claim "... in French" old 0 --policy "$t/loose.json" --lang fr
claim "... the parts of the platform too" says 'plateforme OutOfDate, module OutOfDate, enclave de signature UpToDate'
claim "... and not without its loosening: status 3" old 3 --policy <(jq 'del(.accept[0].loosen)' "$t/loose.json")
claim "a revoked status cannot be listed: status 3" old 3 \
	--policy <(jq '.accept[0].tdx.tcb_statuses = ["Revoked"]' "$t/loose.json")
exit $failed
