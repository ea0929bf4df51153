#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hc-measure as a person calls it: what it prints where, its exit status, and that hc-vmm means the
# same guest by the same words. Needs no KVM: the image is one of the fuzzer's, marked for sim-snp.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
bin=$(cd "$root" && cd "${B:-build}/bin" && pwd -P) || exit 1
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
cd "$t" || exit 1

. "$root/tests/e2e/claims.bash"
evidence() { head -n 20 out err; }
measure() { # arguments of hc-measure; leaves out, err, status
	"$bin/hc-measure" "$@" >out 2>err
	status=$?
}
refuses() { # $1 words of the error, $2.. arguments
	local words=$1
	shift
	measure "$@"
	[ $status -eq 3 ] && [ ! -s out ] && grep -qF -- "$words" err
}
prints_a_digest() {
	[ $status -eq 0 ] && [ ! -s err ] && grep -qxE '[0-9a-f]{96}' out && [ "$(wc -l <out)" = 1 ]
}
layout() { # $1 name in layout.h
	echo "#include \"firmware/abi/layout.h\"
VALUE $1" | cpp -P -D__ASSEMBLER__ -I"$root" | awk '$1 == "VALUE" { print $2 }'
}
put() { # $1 file, $2 offset, $3 number, $4 bytes of it
	local i bytes=
	for ((i = 0; i < $4; i++)); do bytes+=$(printf '\\x%02x' $(($3 >> (8 * i) & 255))); done
	printf "$bytes" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
image() { # $1 file, $2 platform: the two regions that have their places in layout.h are put there
	cp "$root/tests/fuzz/corpus/fuzz_fw_image/sound" "$1"
	put "$1" 12 "$2" 4
	put "$1" $((32 + 3 * 32)) "$(layout HC_MANIFEST_GPA)" 8
	put "$1" $((32 + 4 * 32)) "$(layout HC_HOSTFDT_GPA)" 8
}
digest_of() {
	measure "$@"
	prints_a_digest && cat out
}

image sim.img 4
image plain.img 1
bzimage() { # $1 file, $2 filler: what of a bzImage's header hc-measure looks at
	head -c 30000 /dev/zero | tr '\0' "$2" >"$1"
	put "$1" 497 4 1
	put "$1" 510 0xaa55 2
	put "$1" 514 0x53726448 4
	put "$1" 518 0x20f 2
	put "$1" 529 1 1
	put "$1" 566 1 2
	put "$1" 600 0x1000000 8 # where it wants to be
	put "$1" 608 0x300000 4  # and how much it needs there
}
bzimage kernel k
head -c 30000000 /dev/zero >big
echo initrd >initrd
cat >guest.json <<'J'
{"boot-source": {"kernel_image_path": "kernel", "initrd_path": "initrd", "boot_args": "quiet"},
 "machine-config": {"vcpu_count": 2, "mem_size_mib": 256},
 "vsock": {"guest_cid": 3, "uds_path": "vsock.sock"},
 "confidential": {"platform": "sim-snp", "firmware": "sim.img"}}
J
basic=(snp --firmware sim.img --kernel kernel --initrd initrd --cmdline quiet --vcpus 2)

claim "an image for plain guests is refused, and why" \
	refuses "plain guests are not measured" snp --firmware plain.img --kernel kernel
claim "a file that is no image is refused" refuses "firmware image" snp --firmware kernel --kernel kernel
claim "a missing kernel is named" refuses "nowhere" snp --firmware sim.img --kernel nowhere
claim "a kernel that is no bzImage is refused, with the offset" \
	refuses "boot flag at 0x1fe" snp --firmware sim.img --kernel sim.img
printf '\177ELF' >vmlinux
claim "... and a vmlinux by its name" refuses "vmlinux" snp --firmware sim.img --kernel vmlinux
claim "no kernel is refused" refuses "kernel" snp --firmware sim.img
claim "17 vCPUs are refused" refuses "1 to 16" "${basic[@]}" --vcpus 17
claim "an unknown option is refused" refuses "--nonsense" "${basic[@]}" --nonsense
claim "an argument too many is refused" refuses "too many" "${basic[@]}" more
claim "a command it does not know is refused" refuses "usage" sev --firmware sim.img
sed 's/sim-snp/plain/' guest.json >plain.json
claim "a configuration for another platform than the image's is refused" \
	refuses "sim-snp, as the firmware image" snp --config plain.json
full() {
	"$bin/hc-measure" "${basic[@]}" >/dev/full 2>err
	[ $? -eq 3 ]
}
claim "a digest that could not be written is an error" full

measure "${basic[@]}"
claim "the digest alone goes to standard output" prints_a_digest
first=$(cat out)
differs() {
	local other
	other=$(digest_of "$@") && [ -n "$other" ] && [ "$other" != "$first" ]
}
claim "another command line gives another digest" differs "${basic[@]}" --cmdline quiet2
claim "another number of vCPUs gives another digest" differs "${basic[@]}" --vcpus 3
claim "another initrd gives another digest" differs "${basic[@]}" --initrd kernel
claim "another device gives another digest" differs "${basic[@]}" --vsock 3:vsock.sock
same() {
	[ "$(digest_of "${basic[@]}" --memory 512)" = "$first" ]
}
claim "the memory size is not in the digest unless asked for" same
measure "${basic[@]}" --explain
explained() {
	[ "$(cat out)" = "$first" ] && tail -n 1 err | grep -qE "^vmsa .* $first\$"
}
claim "--explain ends in the same digest, on standard error" explained
measure "${basic[@]}" --json --explain
json() {
	[ "$(jq -r .measurement out)" = "$first" ] && [ "$(jq -r '.steps[-1].digest' out)" = "$first" ] &&
		[ "$(jq -r .manifest.kernel.size out)" = 30000 ] &&
		[ "$(jq -r .manifest.kernel.sha384 out)" = "$(sha384sum <kernel | cut -d' ' -f1)" ]
}
claim "--json says the same, and the kernel's digest is sha384sum's" json
measure "${basic[@]}" --cmdline $'a\xff' --json
claim "a command line that is no UTF-8 is hex in JSON" \
	test "$(jq -r '.manifest.cmdline_hex, .manifest.cmdline' out | tr '\n' ' ')" = "61ff null "
from_config=$(digest_of snp --config guest.json)
claim "--config reads the guest's file" test "$from_config" = \
	"$(digest_of "${basic[@]}" --vsock 3:vsock.sock)"
vmm() {
	[ "$("$bin/hc-vmm" run --config guest.json --print-measurement 2>err)" = "$from_config" ]
}
claim "hc-vmm means the same guest by the same file" vmm
vmm_snp() {
	local want
	jq '.confidential = {"platform": "sev-snp"}' guest.json >guest-snp.json &&
		want=$(digest_of snp --config guest-snp.json) && [ -n "$want" ] &&
		[ "$want" != "$from_config" ] &&
		[ "$("$bin/hc-vmm" run --config guest-snp.json --print-measurement 2>err)" = "$want" ]
}
claim "... and on sev-snp, with the image for it" vmm_snp

own_range() {
	measure snp --config guest.json --vcpus 1-3
	[ $status -eq 0 ] && [ "$(wc -l <out)" = 3 ] && [ "$(sed -n 2p out)" = "2 $from_config" ] &&
		measure snp --config guest.json --vcpus 2-16 --json &&
		[ "$(jq -r '.measurements[0].measurement' out)" = "$from_config" ] &&
		[ "$(jq '.measurements | length' out)" = 15 ]
}
claim "a range of vCPUs gives one line for each, of our guests too" own_range
claim "... and no more than there can be" refuses "--vcpus" snp --config guest.json --vcpus 1-17
claim "... but not every step of each" refuses "--explain" snp --config guest.json --vcpus 1-2 --explain

# An image for TDX, which does not exist yet: the fuzzer's, marked so.
image tdx.img 3
own_tdx() {
	measure tdx --firmware tdx.img --kernel kernel --cmdline quiet --write-log log --write-manifest page
	[ $status -eq 0 ] && [ "$(wc -l <out)" = 5 ] && grep -qE '^mrtd [0-9a-f]{96}$' out || return 1
	tail -n 4 out >rtmrs
	measure tdx --replay log
	# shellcheck disable=SC2059
	[ $status -eq 0 ] && cmp out rtmrs && grep -q "rtmr1 $( (head -c 48 /dev/zero
		printf "$(sha384sum <page | cut -d' ' -f1 | sed 's/../\\x&/g')") | sha384sum | cut -d' ' -f1)" out
}
claim "MRTD and RTMRs of our guests; the log replays to them, and RTMR1 is the manifest's" own_tdx
same_td() { # options that change what is measured
	measure tdx --firmware tdx.img --kernel kernel "$@" && cp out td &&
		"$bin/hc-vmm" run --platform tdx --firmware tdx.img --kernel kernel "$@" --print-measurement >out 2>err &&
		cmp out td && [ "$(wc -l <out)" = 5 ]
}
claim "hc-vmm prints the same lines for a TD" same_td --cmdline quiet
mv td td-without
claim "... and with attributes of its own" same_td --cmdline quiet --td-attributes pks,perfmon
claim "... which are measured" test "$(head -n 1 td)" != "$(head -n 1 td-without)"
claim "an image of another platform has no MRTD" refuses "other guests have no MRTD" \
	tdx --firmware sim.img --kernel kernel

# A guest as an IGVM file. The image of the fuzzer's has pages of type ZERO.
claim "an image with pages that loaders do not agree on is not packed" refuses "type ZERO" \
	igvm pack --config guest.json --output guest.igvm
real=$bin/../firmware/huisclos-sim.img
packed() {
	local printed
	printed=$(digest_of igvm pack --config guest.json --firmware "$real" --output guest.igvm) &&
		[ "$(digest_of snp --igvm guest.igvm)" = "$printed" ] &&
		[ "$(digest_of snp --config guest.json --firmware "$real")" != "$printed" ]
}
claim "packing a guest prints the digest of the file, which is its own" packed
loaders() { # $1 image, $2 QEMU, $3 Cloud Hypervisor, $4 OpenVMM: how their lines begin
	local line
	measure igvm show "$bin/../firmware/huisclos-$1.igvm"
	for line in "QEMU *$2" "Cloud Hypervisor *$3" "OpenVMM *$4"; do
		grep -qx "  $line.*" out || return 1
	done
}
claim "igvm show says which loaders take a file for SEV-SNP" loaders snp yes no: yes
claim "... a plain one" loaders plain yes no: no:
claim "... and one for TDX" loaders tdx no: no: no:
claim "... and needs memory for kernel and initrd besides the kernel's" refuses "more memory" \
	igvm pack --config guest.json --firmware "$real" --output x --memory 64 --initrd big
claim "a file that cannot be written is named" refuses "/nowhere/guest.igvm" \
	igvm pack --config guest.json --firmware "$real" --output /nowhere/guest.igvm
claim "--output must be given" refuses "--output" igvm pack --config guest.json
claim "a guest policy without bit 17 is refused" refuses "bit 17" \
	igvm pack --config guest.json --output x --policy 0x10000

# The manifest of a release: the same bytes from another folder, and what hc-measure snp says of each launch.
release=(manifest --name clinic --firmware "$real" --vcpus 1-2,16)
"$bin/hc-measure" "${release[@]}" --config guest.json --output release.json
reproduced() {
	mkdir -p elsewhere/deep && cp kernel elsewhere/deep/k && cp initrd elsewhere/deep/i &&
		sed 's|"kernel"|"elsewhere/deep/k"|; s|"initrd"|"elsewhere/deep/i"|' guest.json >other.json &&
		measure "${release[@]}" --config other.json --vcpus 16,1-2 && [ $status -eq 0 ] && cmp out release.json
}
claim "a release's manifest is the same bytes from the same files elsewhere" reproduced
launches() {
	for n in 1 2 16; do
		[ "$(jq -r ".images[0].launches[] | select(.vcpus == $n).measurement" release.json)" = \
			"$(digest_of snp --config guest.json --firmware "$real" --vcpus $n)" ] || return 1
	done
	[ "$(jq -r .kernel.sha384 release.json)" = "$(sha384sum <kernel | cut -d' ' -f1)" ] &&
		[ "$(jq -r '.images[0].firmware.sha384' release.json)" = "$(sha384sum <"$real" | cut -d' ' -f1)" ]
}
claim "... with the launch digest of each number of vCPUs, and digests as sha384sum has them" launches
claim "... and no path or date of this machine" eval '! grep -qE "/|20[0-9][0-9]-" release.json'
block() {
	"$bin/hc-check" policy import release.json --simulated >block.json 2>err &&
		[ "$(jq -r .name block.json)" = clinic ] &&
		[ "$(jq -c .snp.measurements block.json)" = "$(jq -c '[.images[0].launches[].measurement]' release.json)" ]
}
claim "hc-check policy import makes a block of it" block
claim "... but not of what no hardware protects, unless told" eval \
	'"$bin/hc-check" policy import release.json >out 2>err; [ $? -eq 3 ] && grep -qF -- --simulated err'
imported() {
	jq -n --slurpfile b block.json '{version: 1, name: "p", accept: [
		{name: "other", snp: {measurements: ["'"$first"'"]}}, ($b[0] | .snp.measurements |= .[:1] | .snp.vmpl = [0])]}' >policy.json &&
		jq '.accept[1].snp.measurements = []' policy.json >before &&
		"$bin/hc-check" policy import release.json --simulated --into policy.json >out 2>err &&
		grep -q "2 launch digests added, 1 kept, 0 dropped" out &&
		[ "$(jq -c '.accept[1].snp.measurements' policy.json)" = "$(jq -c .snp.measurements block.json)" ] &&
		jq '.accept[1].snp.measurements = []' policy.json | cmp - before
}
claim "... or adds the launches to a block that is there, and changes nothing else" imported
unknown() {
	cp policy.json before
	"$bin/hc-check" policy import release.json --simulated --block none --into policy.json >out 2>err
	[ $? -eq 3 ] && grep -qF "other, clinic" err && cmp before policy.json
}
claim "... and never makes one in a policy" unknown
tdx_image=$bin/../firmware/huisclos-tdx.img
"$bin/hc-measure" manifest --name clinic --config guest.json --firmware "$tdx_image" --vcpus 1-2 --output tdx.json
tdx_block() {
	"$bin/hc-check" policy import tdx.json --tee tdx >block.json 2>err &&
		[ "$(jq -c '.tdx | keys' block.json)" = '["mrtd","rtmr1"]' ] &&
		[ "$(jq -c .tdx.mrtd block.json)" = "$(jq -c '[.images[0].launches[].mrtd]' tdx.json)" ] &&
		[ "$(jq -c .tdx.rtmr1 block.json)" = "$(jq -c '[.images[0].launches[].rtmr1]' tdx.json)" ]
}
claim "... and with --tee tdx a block with MRTD and RTMR1" tdx_block
tdx_refused() {
	"$bin/hc-check" policy import $1 >out 2>err
	[ $? -eq 3 ] && [ ! -s out ] && grep -qF -e "$2" err
}
claim "... which nobody gets without asking" tdx_refused tdx.json "--tee tdx"
claim "... nor out of a release without launches of TDX" tdx_refused "release.json --tee tdx" "platform tdx"
claim "... nor with keys of SEV-SNP" tdx_refused "tdx.json --tee tdx --keys" "--keys"
claim "... and there is no third TEE" tdx_refused "tdx.json --tee sgx" "snp or tdx"
tdx_imported() {
	jq '{version: 1, name: "p", accept: [(.tdx.mrtd |= .[:1] | .tdx.rtmr1 |= .[:1])]}' block.json >policy.json &&
		"$bin/hc-check" policy import tdx.json --tee tdx --into policy.json >out 2>err &&
		grep -q "2 values of mrtd and rtmr1 added, 2 kept, 0 dropped" out &&
		[ "$(jq -cS '.accept[0]' policy.json)" = "$(jq -cS . block.json)" ]
}
claim "... or adds both to a block that is there" tdx_imported
claim "a release needs a name" refuses "--name" manifest --config guest.json
claim "two images for one platform are refused" refuses "two for sim-snp" \
	"${release[@]}" --config guest.json --firmware sim.img
claim "plain images have no place in it" refuses "platform plain" \
	manifest --name n --config guest.json --firmware plain.img
claim "0 vCPUs are refused" refuses "--vcpus" "${release[@]}" --config guest.json --vcpus 0,1
schema() {
	python3 -c 'import json, jsonschema, sys
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' \
		"$root/docs/release.schema.json" release.json 2>&1 | sed 's/^/# /' | { ! grep .; }
}
if python3 -c 'import jsonschema' 2>/dev/null; then
	claim "it is as docs/release.schema.json says" schema
else
	echo "ok $((n += 1)) - the schema of releases # SKIP no python3 with jsonschema"
fi

# Images with the OVMF footer: known answers are in the shared vectors.
vectors=${HC_VECTORS:-$root/../shared/vectors}/measure
answer() { # $1 case, $2 index, $3 member
	jq -r ".computations[$2].expect.$3" "$vectors/$1/case.json"
}
known() { # $1 known answer, $2.. arguments
	local want=$1
	shift
	[ -n "$want" ] && [ "$want" != null ] && [ "$(digest_of "$@")" = "$want" ]
}
ovmf_range() {
	measure snp --vmm qemu --vcpu-type EPYC-v4 --vcpus 1-3 --firmware "$vectors/snp-synthetic-a/image.fd"
	[ $status -eq 0 ] && [ "$(wc -l <out)" = 3 ] &&
		[ "$(head -n 1 out)" = "1 $(answer snp-synthetic-a 0 launch_digest)" ]
}
replayed() {
	measure tdx --replay "$vectors/tdx-event-log-cos-113/event_log.bin" --json
	[ $status -eq 0 ] &&
		[ "$(jq -Sc . out)" = "$(jq -Sc '.computations[0].expect' "$vectors/tdx-event-log-cos-113/case.json")" ]
}
shown() {
	measure igvm show "$vectors/igvm-snp-and-tdx/guest.igvm"
	[ $status -eq 0 ] && grep -q "^platform sev-snp" out && grep -q "^platform tdx" out &&
		grep -q "^at 304 .*parameter insert .*gpa 0x5000 size 0x2000" out
}
debians() { # $1 case, $2 suite, $3 file, $4.. arguments for its first answer
	local image=${HC_OVMF:-$root/build/ovmf}/$2/usr/share/ovmf/$3 case=$1 member=mrtd
	[ "$4" = tdx ] || member=launch_digest
	shift 3
	if [ "$(sha256sum "$image" 2>/dev/null | cut -d' ' -f1)" = "$(jq -r .image_sha256 "$vectors/$case/case.json")" ]; then
		claim "$(jq -r .source "$vectors/$case/case.json")" known "$(answer "$case" 0 $member)" "$@" \
			--firmware "$image"
	else
		echo "ok $((n += 1)) - $case # SKIP not that image at $image: scripts/setup unpacks it"
	fi
}
key_digest() {
	measure id-block --key-digest "$vectors/snp-id-key-digest/public_key.der"
	[ $status -eq 0 ] && [ "$(cat out)" = "$(answer snp-id-key-digest 0 key_digest)" ]
}
if [ -d "$vectors" ]; then
	synthetic=$vectors/snp-synthetic-a
	claim "an OVMF image as QEMU launches it with a kernel" known "$(answer snp-synthetic-a 2 launch_digest)" \
		snp --vmm qemu --firmware "$synthetic/image.fd" --vcpus 2 --vcpu-sig 0x800f12 \
		--kernel "$synthetic/kernel.bin" --initrd "$synthetic/initrd.bin" --cmdline console=hvc0
	claim "... and as EC2 does" known "$(answer snp-synthetic-a 3 launch_digest)" \
		snp --vmm ec2 --firmware "$synthetic/image.fd" --vcpus 2
	claim "a range of vCPUs gives one line for each" ovmf_range
	claim "QEMU's CPU model must be named" refuses "CPU model is measured" \
		snp --vmm qemu --firmware "$synthetic/image.fd"
	claim "0 vCPUs are refused" refuses "--vcpus" snp --vmm ec2 --firmware "$synthetic/image.fd" --vcpus 0
	claim "an image without the footer is refused, and where it should be" refuses "at 0x3fd0" \
		snp --vmm ec2 --firmware "$vectors/bad-footer-guid/image.fd"
	claim "MRTD of a TDVF image, as KVM adds its pages" known "$(answer tdx-synthetic-a 0 mrtd)" \
		tdx --firmware "$vectors/tdx-synthetic-a/image.fd"
	claim "... and region by region" known "$(answer tdx-synthetic-a 1 mrtd)" \
		tdx --firmware "$vectors/tdx-synthetic-a/image.fd" --order region
	claim "an event log replays to the registers of its quote" replayed
	claim "an SNP image has no MRTD" refuses "no TDX metadata" \
		tdx --firmware "$vectors/snp-synthetic-a/image.fd"
	claim "a log and an image at once are refused" refuses "--replay" tdx --replay kernel --firmware kernel
	debians snp-debian-ovmf-bookworm bookworm OVMF.fd snp --vmm qemu --vcpu-type EPYC-Milan --vcpus 1
	debians tdx-debian-ovmf-bookworm bookworm OVMF.fd tdx
	debians tdx-debian-ovmf-trixie trixie OVMF.fd tdx
	debians tdx-debian-ovmf-inteltdx sid OVMF.inteltdx.ms.fd tdx
	igvm=$vectors/igvm-snp-and-tdx/guest.igvm
	claim "an IGVM file's pages for SEV-SNP" known "$(answer igvm-snp-and-tdx 0 launch_digest)" \
		snp --igvm "$igvm"
	claim "... and for TDX" known "$(answer igvm-snp-and-tdx 1 mrtd)" tdx --igvm="$igvm"
	claim "an IGVM file with a bad checksum is refused" refuses "checksum" \
		igvm show "$vectors/igvm-bad-checksum/guest.igvm"
	claim "igvm show names both platforms" shown
	claim "a key's digest is what reports carry" key_digest
else
	echo "ok $((n += 1)) - known answers # SKIP no vectors: neither ../shared/vectors nor \$HC_VECTORS is there"
fi

# ID blocks, with keys of the moment.
signed() {
	measure id-block --key id.pem --author-key author.pem --measurement "$first" --block block --auth auth
	[ $status -eq 0 ] && [ "$(stat -c %s block)" = 96 ] && [ "$(stat -c %s auth)" = 4096 ] &&
		grep -qxF "id-block $(base64 -w 0 block)" out
}
read_back() {
	measure id-block --verify --block block --auth auth --measurement "$first"
	[ $status -eq 0 ] && grep -qxF "policy 0x30000" out &&
		grep -qxF "id-key-digest $("$bin/hc-measure" id-block --key-digest id.pub)" out &&
		grep -qxF "author-key-digest $("$bin/hc-measure" id-block --key-digest author.pem)" out
}
packed_signed() {
	local in=(--config guest.json --firmware "$real")
	"$bin/hc-measure" igvm pack "${in[@]}" --output unsigned.igvm >packed || return 1
	measure id-block --key id.pem --measurement "$(cat packed)" --block b2 --auth a2
	measure igvm pack "${in[@]}" --id-block b2 --id-auth a2 --output signed.igvm
	[ $status -eq 0 ] && cmp -s out packed && "$bin/hc-measure" igvm show signed.igvm | grep -q "SNP ID block" &&
		refuses "not this file's" igvm pack "${in[@]}" --id-block block --id-auth auth --output x
}
if command -v openssl >/dev/null; then
	for k in id author; do openssl ecparam -name secp384r1 -genkey -noout -out $k.pem; done
	openssl pkey -in id.pem -pubout -out id.pub
	claim "an ID block is made for the digest" signed
	claim "... and verifies, with the digests of its keys" read_back
	claim "... and goes into an IGVM file, if it is for that guest" packed_signed
	claim "... not for another digest" refuses "another one" id-block --verify --block block --auth auth \
		--measurement "${first%??}00"
	printf '\001' | dd of=block bs=1 seek=84 conv=notrunc status=none
	claim "... and not after a change" refuses "signature" id-block --verify --block block --auth auth
else
	echo "ok $((n += 1)) - ID blocks # SKIP no openssl to make keys with"
fi

help() {
	measure snp --help
	[ $status -eq 0 ] && grep -q guest-features out || return 1
	measure --help
	[ $status -eq 0 ] && [ ! -s err ] && grep -q "Exit status" out
}
claim "--help goes to standard output" help
paged() { # every option that a --help has is in the manual page
	local command option missing=
	for command in snp tdx igvm id-block manifest; do
		for option in $("$bin/hc-measure" $command --help | grep -oE -- "--[a-z-]+" | sort -u); do
			[ "$option" != --manifest ] || continue # hc-vmm's
			grep -qE -- "Fl -${option#--}( |\$)" "$root/docs/man/hc-measure.1" || missing+=" $command $option"
		done
	done
	[ -z "$missing" ] || { echo "not in the page:$missing" >out && false; }
}
claim "the manual page has every option" paged
exit $failed
