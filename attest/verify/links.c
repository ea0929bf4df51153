/* SPDX-License-Identifier: Apache-2.0 */
/* What a chain's certificates are called, in links and in checks. Judges nothing. */
#include "attest/verify/links.h"

#include "common/hex.h"
#include "common/timefmt.h"

void links_fill(struct verdict_link *link, const struct x509_cert *cert)
{
	size_t serial = sizeof(link->serial) / 2;

	if (!cert)
		return;
	link->present = true;
	x509_common_name(cert->subject, link->name, sizeof(link->name));
	hex_encode(link->serial, cert->serial.data,
		cert->serial.len < serial ? cert->serial.len : serial);
	link->not_before = cert->not_before;
	link->not_after = cert->not_after;
	memcpy(link->sha256, cert->sha256, sizeof(link->sha256));
}

enum link_signature links_signed(const struct verdict *v, const char *id)
{
	const struct check *check = verdict_find(v, id);

	if (!check)
		return LINK_SIGNATURE_UNKNOWN;
	return check->outcome == CHECK_PASS   ? LINK_SIGNATURE_GOOD
	       : check->outcome == CHECK_FAIL ? LINK_SIGNATURE_BAD
					      : LINK_SIGNATURE_UNKNOWN;
}

enum link_signature links_reached(const struct chain *chain, enum chain_state bad)
{
	return chain->state > bad    ? LINK_SIGNATURE_GOOD
	       : chain->state == bad ? LINK_SIGNATURE_BAD
				     : LINK_SIGNATURE_UNKNOWN;
}

enum link_anchor links_anchor(const struct chain *chain)
{
	return !chain->root           ? LINK_ANCHOR_UNKNOWN
	       : chain->root->builtin ? LINK_ANCHOR_BUILTIN
				      : LINK_ANCHOR_NAMED;
}

void links_describe_root(const struct chain *chain, struct verdict *v, struct check *check)
{
	char hex[65], name[64];

	check_set_expected(check, "a built-in root, or one named with --root");
	if (chain->root) {
		v->has_root = true;
		v->root = *chain->root;
		check_set_found(check, "%s%s", chain->root->name,
			chain->root->simulated ? verdict_text(v, N_(" (SIMULATED, not hardware)"))
					       : "");
		return;
	}
	hex_encode(hex, chain->ark->sha256, 32);
	/* What it calls itself proves nothing, but tells a simulated root from a forged one. */
	x509_common_name(chain->ark->subject, name, sizeof(name));
	check_set_found(check, "sha256:%s, which calls itself \"%s\"", hex, name);
}

void links_describe_window(
	const struct x509_cert *outside, const struct verdict *v, struct check *check)
{
	char name[64], from[TIMEFMT_SIZE], to[TIMEFMT_SIZE], at[TIMEFMT_SIZE];

	x509_common_name(outside->subject, name, sizeof(name));
	timefmt_rfc3339(from, outside->not_before, -1);
	timefmt_rfc3339(to, outside->not_after, -1);
	timefmt_rfc3339(at, v->at, -1);
	check_set_found(check, "%s: %s to %s", name, from, to);
	check_set_expected(check, "valid at %s", at);
}
