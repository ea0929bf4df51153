#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# libhuisclos as it is installed: what it exports, what it does not do, and the example of docs/
# compiled with pkg-config, shared and static, on the report of a real machine.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
B=${B:-build}
vectors=${HC_VECTORS:-../shared/vectors}
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
export LC_ALL=C

n=0 failed=0
claim() { # $1 claim, $2.. a command that holds when the claim does
	local text=$1
	shift
	n=$((n + 1))
	if "$@" >"$t/out" 2>&1; then
		echo "ok $n - $text"
	else
		echo "not ok $n - $text"
		failed=1
		tail -n 8 "$t/out" | sed 's/^/# /'
	fi
}
skip() { # $1 claim, $2 why
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

claim "make install puts it where it is told" make -s install B="$B" DESTDIR="$t" PREFIX=/usr
claim "... with the manual pages of hc-check" cmp docs/man/hc-check.1 "$t/usr/share/man/man1/hc-check.1"
claim "... and of hc-measure" cmp docs/man/hc-measure.1 "$t/usr/share/man/man1/hc-measure.1"
claim "... that of hc-check in French too" cmp docs/man/fr/hc-check.1 "$t/usr/share/man/fr/man1/hc-check.1"
lib=$t/usr/lib
export PKG_CONFIG_PATH=$lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$t

exports_functions_of_the_header_only() {
	grep -oE '\bhc_[a-z_]+\(' "$t/usr/include/huisclos.h" | tr -d '(' | sort -u >"$t/header"
	nm -D --defined-only "$lib/libhuisclos.so.0" | awk '$2 == "T" { sub("@.*", "", $3); print $3 }' | sort >"$t/shared"
	nm --defined-only -g "$lib/libhuisclos.a" | awk 'NF == 3 { print $3 }' | sort >"$t/static"
	diff "$t/header" "$t/shared" && diff "$t/header" "$t/static"
}
claim "it exports the functions of huisclos.h and nothing else" exports_functions_of_the_header_only

keeps_no_state() {
	objdump -h "$lib/libhuisclos.a" | awk '$2 ~ /^\.(data|bss|tdata|tbss)$/ && $3 !~ /^0+$/ { print; bad = 1 } END { exit bad }'
}
claim "it has no writable data: no globals" keeps_no_state

# What it asks of the C library: memory and text, no files, clocks, sockets, environment, exits.
does_no_io() {
	nm -u "$lib/libhuisclos.a" | awk '{ print $2 }' | grep -xE \
		'f?open(at|64)?|read|write|socket|connect|time|clock_gettime|gettimeofday|getenv|secure_getenv|exit|_exit|abort|v?f?printf|puts|fopen|fputs|getrandom|syscall|system|fork|signal|sigaction|stderr|stdout|setlocale|strerror'
	[ $? -eq 1 ]
}
claim "it asks the C library for no file, clock, socket, environment or exit" does_no_io

flags="-Wall -Wextra -Wpedantic -Werror"
header_is() { # $1 compiler, $2 language, $3 standard
	echo '#include <huisclos.h>' | $1 -x "$2" -std="$3" $flags -I"$t/usr/include" -fsyntax-only -
}
claim "the header is C99" header_is cc c c99
claim "the header is C11 and C17" eval "header_is cc c c11 && header_is cc c c17"
if echo 'int main(){}' | c++ -x c++ -fsyntax-only - 2>/dev/null; then
	claim "the header is C++" header_is c++ c++ c++11
else
	skip "the header is C++" "no C++ compiler here"
fi

# shellcheck disable=SC2046,SC2086
shared() { cc -std=c11 $flags -o "$t/verify" docs/examples/verify.c $(pkg-config --cflags --libs huisclos); }
# shellcheck disable=SC2046,SC2086
static() {
	mv "$lib/libhuisclos.so" "$t/" && # so that the linker takes the archive
		cc -std=c11 $flags -o "$t/verify-static" docs/examples/verify.c $(pkg-config --static --cflags --libs huisclos)
}
claim "pkg-config's flags build the example, shared" shared
claim "pkg-config's static flags build the example" static
claim "the static one needs no libhuisclos at run time" eval '! ldd "$t/verify-static" | grep huisclos'
shorter() { [ "$(grep -cvE '^\s*(/\*.*|\{|\}|)$' docs/examples/verify.c)" -le 30 ]; }
claim "the example is 30 lines, braces and comments apart" shorter
export LD_LIBRARY_PATH=$lib
claim "without arguments it says what it needs, and does not trust" eval '! "$t/verify" && grep -q "four arguments" "$t/out"'

real=$vectors/snp/genoa-v3-vcek-azure
if [ -d "$real" ]; then
	at=$(date -u -d "$(jq -r .expect.at_time "$real/case.json")" +%s)
	mapfile -t endorsements < <(find "$real" -name '*.der')
	"$B/bin/hc-check" show "$real/report.bin" --json | jq '{version: 1, name: "example",
		accept: [{name: "it", snp: {measurements: [.measurement]}}]}' >"$t/policy.json"
	cp "$real/report.bin" "$t/report.bin" && chmod u+w "$t/report.bin"
	printf '\x01' | dd of="$t/report.bin" bs=1 seek=$((0x90)) conv=notrunc status=none
	for program in verify verify-static; do
		claim "$program trusts the report of a real machine" \
			"$t/$program" "$real/report.bin" "$t/policy.json" "$at" "${endorsements[@]}"
		claim "$program rejects it with one byte changed, and says why" eval \
			'! "$t/$program" "$t/report.bin" "$t/policy.json" "$at" "${endorsements[@]}" && grep -q "^snp.signature: " "$t/out"'
		claim "$program does not trust it without endorsements that fit" eval \
			'! "$t/$program" "$real/report.bin" "$t/policy.json" "$at" "$vectors/roots/ARK-Milan.der"'
	done
else
	skip "the example trusts the report of a real machine" "no vectors at $vectors"
fi
echo "1..$n"
exit $failed
