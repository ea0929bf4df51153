/* SPDX-License-Identifier: Apache-2.0 */
/* TCB info and QE identity as Intel serves them, signed by a key of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/hex.h"
#include "common/timefmt.h"
#include "tests/unit/fake_intel.h"

#define ZEROS48                                                                                    \
	"000000000000000000000000000000000000000000000000"                                         \
	"000000000000000000000000000000000000000000000000"
#define MODULE_SIGNER                                                                              \
	"\"mrsigner\":\"" ZEROS48                                                                  \
	"\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\""

static void text(struct bytes *out, const char *s)
{
	fake_append(out, s, strlen(s));
}

static void components(struct bytes *out, const char *name, const uint8_t *svn, size_t count)
{
	char item[32];

	snprintf(item, sizeof(item), "\"%s\":[", name);
	text(out, item);
	for (size_t i = 0; i < 16; i++) {
		snprintf(item, sizeof(item), "%s{\"svn\":%u}", i ? "," : "",
			(unsigned int)(i < count ? svn[i] : 0));
		text(out, item);
	}
	text(out, "]");
}

static void platform_level(struct bytes *out, const uint8_t sgx[8], unsigned int pcesvn,
	const uint8_t tdx[3], const char *rest)
{
	char number[32];

	text(out, "{\"tcb\":{");
	components(out, "sgxtcbcomponents", sgx, 8);
	snprintf(number, sizeof(number), ",\"pcesvn\":%u,", pcesvn);
	text(out, number);
	components(out, "tdxtcbcomponents", tdx, 3);
	text(out, "},");
	text(out, rest);
	text(out, "}");
}

/* issueDate a day before the tests' time, nextUpdate 30 days later, evaluation number 19. */
static void dates(struct bytes *out)
{
	char from[TIMEFMT_SIZE], to[TIMEFMT_SIZE], line[160];

	timefmt_rfc3339(from, FAKE_INTEL_AT - 86400, -1);
	timefmt_rfc3339(to, FAKE_INTEL_AT + 29 * 86400, -1);
	snprintf(line, sizeof(line),
		"\"issueDate\":\"%s\",\"nextUpdate\":\"%s\",\"tcbEvaluationDataNumber\":19,", from,
		to);
	text(out, line);
}

struct bytes fake_tcb_info(void)
{
	static const uint8_t high[8] = {4, 4, 2, 2, 4, 1, 0, 5}, low[8] = {2, 2, 2, 2, 3, 1, 0, 5};
	static const uint8_t tdx_high[3] = {5, 0, 3}, tdx_low[3] = {5, 0, 2};
	struct bytes out = {0};

	text(&out, "{\"id\":\"TDX\",\"version\":3,");
	dates(&out);
	text(&out, "\"fmspc\":\"b0c06f000000\",\"pceId\":\"0000\",\"tcbType\":0,");
	text(&out, "\"tdxModule\":{" MODULE_SIGNER "},\"tdxModuleIdentities\":[");
	text(&out, "{\"id\":\"TDX_03\"," MODULE_SIGNER
		   ",\"tcbLevels\":[{\"tcb\":{\"isvsvn\":3},\"tcbDate\":\"2024-11-13T00:00:00Z\","
		   "\"tcbStatus\":\"UpToDate\"}]},");
	text(&out, "{\"id\":\"TDX_01\"," MODULE_SIGNER
		   ",\"tcbLevels\":[{\"tcb\":{\"isvsvn\":6},\"tcbDate\":\"2024-11-12T00:00:00Z\","
		   "\"tcbStatus\":\"UpToDate\"},"
		   "{\"tcb\":{\"isvsvn\":4},\"tcbDate\":\"2024-03-13T00:00:00Z\","
		   "\"tcbStatus\":\"OutOfDate\",\"advisoryIDs\":[\"INTEL-SA-01036\"]},"
		   "{\"tcb\":{\"isvsvn\":2},\"tcbDate\":\"2023-08-09T00:00:00Z\","
		   "\"tcbStatus\":\"Revoked\"}]}],\"tcbLevels\":[");
	platform_level(&out, high, 13, tdx_high,
		"\"tcbDate\":\"2024-11-11T00:00:00Z\",\"tcbStatus\":\"UpToDate\"");
	text(&out, ",");
	platform_level(&out, low, 5, tdx_low,
		"\"tcbDate\":\"2018-01-04T00:00:00Z\",\"tcbStatus\":\"OutOfDate\","
		"\"advisoryIDs\":[\"INTEL-SA-00106\",\"INTEL-SA-00115\"]");
	text(&out, "]}");
	return out;
}

struct bytes fake_qe_identity(void)
{
	struct bytes out = {0};

	text(&out, "{\"id\":\"TD_QE\",\"version\":2,");
	dates(&out);
	text(&out, "\"miscselect\":\"00000000\",\"miscselectMask\":\"FFFFFFFF\","
		   "\"attributes\":\"11000000000000000000000000000000\","
		   "\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\","
		   "\"mrsigner\":\""
		   "DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5\","
		   "\"isvprodid\":2,\"tcbLevels\":[{\"tcb\":{\"isvsvn\":4},"
		   "\"tcbDate\":\"2024-11-13T00:00:00Z\",\"tcbStatus\":\"UpToDate\"},"
		   "{\"tcb\":{\"isvsvn\":2},\"tcbDate\":\"2023-11-13T00:00:00Z\","
		   "\"tcbStatus\":\"OutOfDate\",\"advisoryIDs\":[\"INTEL-SA-00202\"]}]}");
	return out;
}

/* From `start`; the position after the replacement, or SIZE_MAX. */
static size_t replace_from(struct bytes *b, size_t start, const char *old, const char *new)
{
	struct bytes out = {0};
	uint8_t *at = memmem(b->data + start, b->len - start, old, strlen(old));
	size_t before;

	if (!at)
		return SIZE_MAX;
	before = (size_t)(at - b->data);
	fake_append(&out, b->data, before);
	text(&out, new);
	fake_append(&out, at + strlen(old), b->len - before - strlen(old));
	bytes_free(b);
	*b = out;
	return before + strlen(new);
}

void fake_replace(struct bytes *b, const char *old, const char *new)
{
	if (replace_from(b, 0, old, new) == SIZE_MAX)
		fail_msg("nothing to replace: %s", old);
}

void fake_replace_all(struct bytes *b, const char *old, const char *new)
{
	size_t at = replace_from(b, 0, old, new);

	assert_true(at != SIZE_MAX);
	while (at != SIZE_MAX)
		at = replace_from(b, at, old, new);
}

void fake_sign_text(
	char hex[129], const struct bytes *signed_text, const struct crypto_ec_key *signer)
{
	uint8_t digest[SHA256_SIZE], rs[64];

	assert_int_equal(crypto_hash(CRYPTO_SHA256, bytes_view(signed_text), digest), 0);
	assert_int_equal(crypto_ecdsa_sign(signer, digest, sizeof(digest), rs, rs + 32), 0);
	hex_encode(hex, rs, sizeof(rs));
}

struct bytes fake_statement(
	const char *member, const struct bytes *signed_text, const struct crypto_ec_key *signer)
{
	struct bytes out = {0};
	char hex[129];

	fake_sign_text(hex, signed_text, signer);
	text(&out, "{\"");
	text(&out, member);
	text(&out, "\":");
	fake_append(&out, signed_text->data, signed_text->len);
	text(&out, ",\"signature\":\"");
	text(&out, hex);
	text(&out, "\"}");
	return out;
}
