#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hc-verifierd as it is started in earnest, on loopback and on a Unix socket, against guests that are
# honest and guests that are not. Evidence comes from the simulated secure processor; what is sent
# wrongly is sent with curl, so that the server is not only tested with our own client.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
B=${B:-build}
case $B in /*) ;; *) B=$root/$B ;; esac
verifierd=$B/bin/hc-verifierd guest=$B/tests/fake_guest hc_check=$B/bin/hc-check
. "$root/tests/e2e/claims.bash"

for program in "$verifierd" "$guest" "$hc_check"; do
	[ -x "$program" ] || {
		echo "ok 1 - the verifier end to end # SKIP $program is not built"
		exit 0
	}
done
t=$(mktemp -d) || exit 1
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$t"' EXIT
cd "$t" || exit 1

evidence() { tail -n 12 ./*.log answer | cut -c1-400; }
holds() { [ "$@" ]; }
children() { tr -d ' ' <"/proc/$1/task/$1/children"; }
handshake() { # $1 cipher suite of TLS 1.2
	openssl s_client -connect "$port_main" -tls1_2 -cipher "$1" </dev/null >openssl.out 2>&1
}
contains() { grep -qF -- "$1" "$2"; }
lacks() { ! grep -qiF -- "$1" "$2"; }

make_inputs() {
	local measurement ark
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key \
		-out tls.pem -days 2 -subj /CN=hc-verifierd -addext subjectAltName=DNS:hc-verifierd \
		2>openssl.out || return 1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key \
		-out other.pem -days 2 -subj /CN=hc-verifierd \
		-addext subjectAltName=DNS:hc-verifierd 2>openssl.out || return 1
	"$guest" pki "$t/sim" && "$guest" pki "$t/unknown" || return 1
	"$guest" key mine.pem && "$guest" key thief.pem || return 1
	"$verifierd" keygen --out sign.pem >sign.jwk || return 1
	mkdir -p resources/default/key resources/default/.hidden
	head -c 4000 /dev/urandom >resources/default/key/one
	echo hidden >resources/default/.hidden/one
	echo outside >outside
	ln -s ../../../outside resources/default/key/link
	measurement=$("$guest" measurement "$t/sim" alpha) || return 1
	ark=$(sha256sum sim/ark.der | cut -d' ' -f1)
	echo "{\"version\":1,\"name\":\"e2e\",\"accept\":[{\"name\":\"here\",
		\"snp\":{\"measurements\":[\"$measurement\"],\"roots\":[\"sha256:$ark\"]}}]}" >policy.json
}

config() { # $1 name, $2 jq program that changes the common configuration
	jq -n '{listen: ["127.0.0.1:0", "unix:'"$1"'.sock"],
		tls: {certificate: "tls.pem", key: "tls.key"}, policy: "policy.json",
		roots: ["sim/ark.der"], endorsements: ["sim/crl.der"], resources: "resources",
		signing_key: "sign.pem", evidence_dir: "evidence-'"$1"'", body_bytes_max: 65536,
		log: {path: "'"$1"'.log", level: "Info"}} | '"$2" >"$1.json"
}

start() { # $1 name; sets port_NAME and pid_NAME
	local i
	"$verifierd" --config "$1.json" 2>"$1.err" &
	pids+=($!)
	eval "pid_$1=$!"
	for ((i = 0; i < 200; i++)); do
		grep -q ' ready: ' "$1.log" 2>/dev/null && break
		sleep 0.05
	done
	eval "port_$1=$(grep -oE '127\.0\.0\.1:[0-9]+' "$1.log" | head -1)"
	contains ' ready: ' "$1.log"
}

# --- requests by hand; status in $status, body in answer, headers in headers ---
request() { # $1 server, $2 path, $3.. more options for curl
	local port=port_$1 path=$2
	shift 2
	status=$(curl -sS --max-time 20 --cacert tls.pem --path-as-is -o answer -D headers \
		-w '%{http_code}' --connect-to "hc-verifierd:443:${!port}" "$@" \
		"https://hc-verifierd$path" 2>curl.err)
}
auth() { # $1 server: sets cookie and nonce
	request "$1" /kbs/v0/auth -d '{"version":"0.4.0","tee":"snp","extra-params":""}'
	cookie=$(sed -nE 's/^[Ss]et-[Cc]ookie: ([^;]*);.*/\1/p' headers)
	nonce=$(jq -r .nonce answer)
}
body() { # $1 machine, $2 guest, $3 key, then as fake_guest: for the nonce just got
	local machine=$1 name=$2 key=$3
	shift 3
	"$guest" body "$t/$machine" "$name" "$key" "$nonce" "$@" >body.json
}
attest() { # $1 server, $2 cookie
	request "$1" /kbs/v0/attest -H "Cookie: $2" --data-binary @body.json
}
# A refusal is status 401, the short code, and nothing that the policy or the checks say.
refused() { # $1 code
	holds "$status" = 401 && contains "errors/$1\"" answer && [ "$(wc -c <answer)" -lt 200 ] &&
		lacks measurement answer && lacks policy answer && lacks root answer &&
		lacks signature answer
}

make_inputs || {
	echo "not ok 1 - inputs are made"
	exit 1
}
config main .
config brief '.session_seconds = 4 | .token_seconds = 4'
config rootless '.roots = []'
config small '.sessions_max = 2'

"$verifierd" --config main.json --check >check.out 2>check.err
claim "--check finds a good configuration fine" holds "$?" = 0 -a -s check.out
claim "... and names its simulated root where it was asked" contains "SIMULATED" check.err
jq '.polcy = "x"' main.json >bad.json
"$verifierd" --config bad.json --check 2>bad.err
claim "an unknown member of the configuration is refused by name" \
	holds "$?" = 1 -a "$(grep -c polcy bad.err)" = 1
jq '.roots = ["tls.key"]' main.json >bad.json
"$verifierd" --config bad.json --check 2>bad.err
claim "a root file without a certificate is refused" holds "$?" = 1
jq '.signing_key = "mine.pem"' main.json >bad.json
"$verifierd" --config bad.json --check 2>bad.err
claim "a signing key on the wrong curve is refused" holds "$?" = 1 -a -s bad.err
cp sign.pem open.pem && chmod 644 open.pem
jq '.signing_key = "open.pem"' main.json >bad.json
"$verifierd" --config bad.json --check 2>bad.err >bad.out
claim "--check says that a key is open to everybody" \
	contains "open.pem is readable by every user of this machine" bad.err
jq '.endorsements = []' main.json >bad.json
"$verifierd" --config bad.json --check 2>bad.err >bad.out
claim "--check says that no revocation list is in date" \
	contains "no revocation list in date: no guest will be trusted" bad.err
jq 'del(.accept[0].snp.measurements)' policy.json >vague.json
jq '.policy = "vague.json"' main.json >bad.json
"$verifierd" --config bad.json --check 2>bad.err >bad.out
claim "--check says that a policy lists no measurement" \
	contains "lists no measurement: no guest will be trusted" bad.err
"$verifierd" keygen --out sign.pem 2>bad.err
claim "keygen never overwrites a key" holds "$?" = 1
rm -f main.log

for server in main brief rootless small; do
	claim "server $server starts" start $server
done
# shellcheck disable=SC2154
signer=$(children "$pid_main")
if [ "$B" = "${B%san-*}" ]; then
	claim "the signer is a process of its own, behind seccomp" \
		grep -q "^Seccomp:.2" "/proc/$signer/status"
fi
claim "the daemon has no capabilities left" grep -q '^CapEff:.0*$' "/proc/$pid_main/status"
claim "the daemon gains no privileges" grep -q '^NoNewPrivs:.1' "/proc/$pid_main/status"
claim "the simulated root is announced" contains "SIMULATED - NOT HARDWARE" main.log

claim "TLS 1.2 with ECDHE and AES-GCM is spoken" handshake ECDHE-ECDSA-AES128-GCM-SHA256
handshake ECDHE-ECDSA-AES128-SHA256
claim "TLS 1.2 with CBC is not" holds "$?" != 0

# --- the way it should go ---
# shellcheck disable=SC2154
"$guest" fetch sim alpha "$port_main" tls.pem default/key/one >secret 2>fetch.err
claim "an honest guest gets its secret" cmp -s secret resources/default/key/one
claim "the log says TRUSTED, and under a simulated root" \
	grep -q 'verdict TRUSTED .*SIMULATED - NOT HARDWARE' main.log
curl -sS --max-time 10 --cacert tls.pem --unix-socket main.sock https://hc-verifierd/healthz >answer
claim "the Unix socket speaks TLS too" holds "$(cat answer)" = ok
"$guest" fetch sim alpha "$port_main" other.pem default/key/one >none 2>fetch.err
claim "a guest sends nothing to a server under another CA" \
	holds "$?" = 11 -a ! -s none -a "$(grep -c "verifier's certificate" fetch.err)" = 1
"$guest" fetch sim alpha "$port_main" tls.pem default/key/one wrong.example >none 2>fetch.err
claim "nor to one with another name" holds "$?" = 11 -a ! -s none

auth main
body sim alpha mine.pem
attest main "$cookie"
claim "by hand: evidence gives a token" holds "$status" = 200
jq -r .token answer >token
cut -d. -f2 token | tr -- -_ +/ | awk '{while (length % 4) $0 = $0 "="; print}' | base64 -d >claims
claim "the token is affirming and names its nonce" \
	holds "$(jq -r '.submods.cpu0."ear.status" + .eat_nonce' claims)" = "affirming$nonce"
claim "the token says that its root is simulated" \
	holds "$(jq -r '.submods.cpu0."ear.veraison.annotated-evidence".simulated' claims)" = true
claim "and makes no claim about hardware" \
	holds "$(jq -r '.submods.cpu0."ear.trustworthiness-vector".hardware' claims)" = 0
claim "the token carries the guest's key where KBS clients look" holds "$(jq -cS \
	'.submods.cpu0."ear.veraison.annotated-evidence".runtime_data_claims."tee-pubkey"' claims)" \
	= "$(jq -cS '."runtime-data"."tee-pubkey"' body.json)"
claim "the token says whose policy it was judged by" \
	holds "$(jq -r '.submods.cpu0."ear.appraisal-policy-id"' claims)" = \
	"sha384:$(sha384sum policy.json | cut -d' ' -f1)"
openssl ec -in sign.pem -pubout -out sign.pub 2>openssl.out
signature=$(cut -d. -f3 token | tr -- -_ +/ | base64 -d | od -An -v -tx1 | tr -d ' \n')
printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "${signature:0:96}" \
	"${signature:96}" >asn1.cnf
openssl asn1parse -genconf asn1.cnf -noout -out sig.der
cut -d. -f1,2 token | tr -d '\n' >signed
claim "openssl verifies the token with the public key" \
	openssl dgst -sha384 -verify sign.pub -signature sig.der -out openssl.out signed
request main /kbs/v0/resource/default/key/one -H "Cookie: $cookie"
"$guest" open mine.pem <answer >secret
claim "the resource opens with the attested key" cmp -s secret resources/default/key/one
"$guest" open thief.pem <answer >secret 2>open.err
claim "and with no other" holds ! -s secret
claim "the secret does not cross the wire in clear" \
	lacks "$(head -c 30 resources/default/key/one | base64 | head -c 30)" answer

request main /kbs/v0/resource/default/key/one -H "Authorization: Bearer $(cat token)"
"$guest" open mine.pem <answer >secret
claim "without a session, the token gets it too" cmp -s secret resources/default/key/one
request main /kbs/v0/resource/default/key/one -H "Authorization: Bearer $(cat signed)."
claim "a token without its signature does not" refused InvalidSession
request main /kbs/v0/resource/default/key/one \
	-H "Authorization: Bearer $(cat signed).$(cut -d. -f3 token | tr A-Za-z B-ZAb-za)"
claim "nor with another" refused InvalidSession
request main /kbs/v0/resource/default/key/one -H "Authorization: Bearer $(cat token)" \
	-H "Authorization: Bearer $(cat token)"
claim "nor two at once" refused InvalidSession
cut -d. -f2 token | tr 'A-Za-z' 'B-ZAb-za' >changed
request main /kbs/v0/resource/default/key/one \
	-H "Authorization: Bearer $(cut -d. -f1 token).$(cat changed).$(cut -d. -f3 token)"
claim "nor with its content changed" refused InvalidSession

# --- nonces and sessions ---
attest main "$cookie"
claim "a replayed nonce is refused: the session attested already" refused InvalidSession
auth main
body sim alpha mine.pem
cp body.json replay.json
attest main "$cookie"
auth main
cp replay.json body.json
attest main "$cookie"
claim "a replayed message in a new session is refused" refused AttestationFailed
claim "the reason is in the log" contains "not this session's nonce" main.log
auth main
body sim beta mine.pem
attest main "$cookie"
body sim alpha mine.pem
attest main "$cookie"
claim "a failed attempt burns the nonce" refused InvalidSession
auth main
first=$cookie
auth main
body sim alpha mine.pem
attest main "$first"
claim "the cookie of another session is refused" refused AttestationFailed
request main /kbs/v0/resource/default/key/one -H "Cookie: $cookie"
claim "a session that has not attested gets no resource" refused InvalidSession
request main /kbs/v0/resource/default/key/one
claim "no cookie, no resource" refused InvalidSession
request main /kbs/v0/resource/default/key/one -H "Cookie: $cookie; $first"
claim "two session cookies are no session" refused InvalidSession
request main /kbs/v0/resource/default/key/one \
	-H "Cookie: kbs-session-id=00000000000000000000000000000000"
claim "a made-up session is refused" refused InvalidSession
auth brief
body sim alpha mine.pem
sleep 5
attest brief "$cookie"
claim "an expired session is refused" refused InvalidSession
auth brief
body sim alpha mine.pem
attest brief "$cookie"
claim "within its time it is not" holds "$status" = 200
jq -r .token answer >bearer
sleep 5
request brief /kbs/v0/resource/default/key/one -H "Cookie: $cookie"
claim "an attested session expires too" refused InvalidSession
request brief /kbs/v0/resource/default/key/one -H "Authorization: Bearer $(cat bearer)"
claim "and so does its token" refused InvalidSession
auth small
body sim alpha mine.pem
kept=$cookie
auth small
auth small
attest small "$kept"
claim "the table of sessions is bounded: the oldest waiting one gives way" refused InvalidSession

# --- evidence ---
auth main
body sim alpha mine.pem claim=thief.pem
attest main "$cookie"
claim "another guest's key is refused" refused AttestationFailed
for bit in 0 640 1160 3072 3700 5400 6100; do
	auth main
	body sim alpha mine.pem flip=$bit
	attest main "$cookie"
	claim "a report with bit $bit changed is refused" refused AttestationFailed
done
auth rootless
body sim alpha mine.pem
attest rootless "$cookie"
claim "a root nobody named is refused" refused AttestationFailed
auth main
body unknown alpha mine.pem
attest main "$cookie"
claim "another machine's simulated root is refused" refused AttestationFailed
auth main
body sim alpha mine.pem no-chain
attest main "$cookie"
claim "a report without its certificates is refused" refused AttestationFailed
"$guest" fetch sim beta "$port_main" tls.pem default/key/one >none 2>fetch.err
claim "a measurement that the policy does not list gets no secret" \
	holds "$?" = 12 -a ! -s none
claim "the guest is not told why" lacks measurement fetch.err
claim "the log is, with what was found" \
	contains "policy.measurement fail" main.log
claim "and holds the measurement" contains "$("$guest" measurement sim beta)" main.log

# --- requests that are no requests ---
request main /kbs/v0/auth -d '{"version":"0.3.0","tee":"snp","extra-params":""}'
claim "another protocol version is refused" holds "$status" = 401
claim "in the words KBS clients know" contains "KBS Client Protocol Version Mismatch" answer
request main /kbs/v0/auth -d '{"version":"0.4.0","tee":"tdx","extra-params":""}'
claim "another TEE is refused" holds "$status" = 401
for bad in '' '{' '[]' 'null' '{"version":"0.4.0"}' '{"version":1,"tee":"snp"}' \
	'{"version":"0.4.0","tee":"snp","tee":"snp"}' '{"version":"0.4.0","tee":"snp","x":1}'; do
	request main /kbs/v0/auth -d "$bad"
	claim "malformed JSON is refused: $bad" holds "$status" = 400
done
auth main
body sim alpha mine.pem
jq -c '."init-data" = {format: "toml", body: ""}' body.json >b && mv b body.json
attest main "$cookie"
claim "init data, which nobody would appraise, is refused" holds "$status" = 400
auth main
body sim alpha mine.pem
jq -c '."tee-evidence".primary_evidence.attestation_report.extra = 1' body.json >b && mv b body.json
attest main "$cookie"
claim "an unknown member of the report is refused" holds "$status" = 400
head -c 65537 /dev/zero | tr '\0' ' ' >big
request main /kbs/v0/auth -H 'Expect: 100-continue' --data-binary @big
claim "an oversized body is refused before it is sent" holds "$status" = 413
request main /kbs/v0/auth -H 'Expect:' --data-binary @big
claim "or its connection is closed" holds "$status" = 000 -o "$status" = 413
request main /kbs/v0/auth -H 'Transfer-Encoding: chunked' -H 'Expect:' --data-binary @big
claim "an oversized chunked body is cut off" holds "$status" = 000 -o "$status" = 413
request main /kbs/v0/auth -X PUT -d x
claim "another method is refused" holds "$status" = 405
request main /nothing
claim "another path is refused" holds "$status" = 404

auth main
body sim alpha mine.pem
attest main "$cookie"
for path in default/key/two default/key default/key/one/ default/key/one/more '' \
	../../outside default/../../outside default/key/.. default/.hidden/one \
	%2e%2e/%2e%2e/outside default%2fkey%2fone default/key/link default/key/one%00 \
	default//one '/etc/passwd'; do
	request main "/kbs/v0/resource/$path" -H "Cookie: $cookie"
	claim "no resource at $path" holds "$status" = 404
done
claim "nothing outside the folder was sent" lacks outside answer
request main /kbs/v0/resource/default/key/one -H "Cookie: $cookie"
claim "the session still works after all that" holds "$status" = 200

# --- what is left behind ---
kept=$(grep -l '"verdict": "TRUSTED"' evidence-main/2*/verdict.json | head -1)
"$hc_check" verify "$(dirname "$kept")/report.bin" --endorsements "$(dirname "$kept")/endorsements" \
	--root sim/ark.der --policy policy.json \
	--report-data "$(sha384sum "$(dirname "$kept")/runtime-data.json" | cut -d' ' -f1)" >recheck.out
claim "hc-check repeats the judgement offline" holds "$?" = 0
claim "and says plainly that the root is simulated" grep -qi simulated recheck.out
kept=$(grep -l '"verdict": "REJECTED"' evidence-main/2*/verdict.json | head -1)
"$hc_check" verify "$(dirname "$kept")/report.bin" --endorsements "$(dirname "$kept")/endorsements" \
	--root sim/ark.der --policy policy.json >recheck.out
claim "a refused one is refused again" holds "$?" = 1
cat main.log evidence-main/2*/*.json >left
# shellcheck disable=SC2154
claim "no session id is in the log or the archive" lacks "${cookie#*=}" left
claim "no token is in the log or the archive" lacks "$(cut -d. -f3 token)" left

# --- the end ---
# shellcheck disable=SC2154
kill -TERM "$pid_main"
wait "$pid_main"
claim "SIGTERM is a clean end" holds "$?" = 0
claim "the socket is removed" holds ! -e main.sock
# shellcheck disable=SC2154
kill -KILL "$(children "$pid_brief")"
for ((i = 0; i < 100; i++)); do
	kill -0 "$pid_brief" 2>/dev/null || break
	sleep 0.05
done
claim "without its signer the daemon stops and says why" contains "signer has ended" brief.log

# --- hc-guest itself ---
if [ "$B" != "${B%san-*}" ]; then
	n=$((n + 1))
	echo "ok $n - hc-guest is static and small # SKIP a sanitizer build is neither"
else
	strip -o stripped "$B/bin/hc-guest"
	claim "hc-guest is below 2 MiB: $(stat -c %s stripped) bytes" \
		holds "$(stat -c %s stripped)" -lt 2097152
	readelf -l stripped >elf
	claim "hc-guest needs no interpreter" lacks INTERP elf
	readelf -d stripped >elf
	claim "hc-guest needs no library" lacks NEEDED elf
fi
"$B/bin/hc-guest" fetch --verifier example.org:443 --ca tls.pem --resource a/b/c --evidence sim \
	>none 2>guest.err
claim "hc-guest without a report source says so, and nothing on stdout" holds "$?" = 2 -a ! -s none
"$B/bin/hc-guest" fetch --verifier x >none 2>guest.err
claim "hc-guest with arguments missing is wrong usage" holds "$?" = 3

echo "1..$n"
exit $failed
