/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/evidence/tdx_quote_abi.h"
#include "common/hex.h"
#include "tests/unit/fake_quote.h"
#include "tests/unit/vectors.h"

static struct tdx_quote q;
static struct error err;

static int parse(const struct bytes *b)
{
	memset(&err, 0, sizeof(err));
	return tdx_quote_parse(&q, bytes_view(b), &err);
}

/* Every refusal says where, what was found, what was expected and at which byte. */
static void assert_refused(
	const struct bytes *b, int code, enum tdx_quote_part part, const char *where, size_t offset)
{
	assert_int_equal(parse(b), code);
	assert_int_equal(q.part, part);
	assert_string_equal(err.where, where);
	assert_true(err.has_offset);
	assert_int_equal(err.offset, offset);
	assert_true(err.found[0] && err.expected[0] && err.section[0]);
	assert_int_equal(tdx_quote_parse(&q, bytes_view(b), NULL), code);
}

/* --- what is refused --- */

static void refuses_every_truncation_of_every_shape(void **state)
{
	static const struct fake_quote_shape shapes[] = {
		{.version = 4},
		{.version = 5, .body_type = TDX_BODY_TD10},
		{.version = 5, .body_type = TDX_BODY_TD15, .cert_type = 1},
		{.version = 5, .body_type = TDX_BODY_TD15_EX, .cert_type = 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct fake_quote_places at;
		struct bytes b = {0};

		fake_quote(&b, &shapes[i], &at);
		assert_int_equal(b.len, at.end);
		assert_int_equal(parse(&b), 0);
		for (size_t len = 0; len < at.end; len++) {
			struct bytes cut = {b.data, len, len};

			assert_int_equal(parse(&cut), HC_ETRUNCATED);
			assert_true(err.has_offset && err.offset <= len);
			assert_true(err.where[0] && err.found[0] && err.expected[0]);
			assert_int_equal(q.part, len < 48             ? TDX_PART_HEADER
						 : len < at.auth_size ? TDX_PART_BODY
								      : TDX_PART_AUTH);
		}
		bytes_free(&b);
	}
}

static void refuses_more_bytes_than_it_keeps(void **state)
{
	struct fake_quote_shape shape = {0};
	struct fake_quote_places at;
	struct bytes b = {0};

	(void)state;
	fake_quote(&b, &shape, &at);
	bytes_free(&b);
	shape.trailing = TDX_QUOTE_SIZE_MAX - at.end;
	fake_quote(&b, &shape, NULL);
	assert_int_equal(parse(&b), 0);
	assert_int_equal(q.trailing, shape.trailing);
	assert_int_equal(bytes_append(&b, "", 1), 0);
	assert_int_equal(parse(&b), HC_ERANGE);
	assert_int_equal(q.part, TDX_PART_SIZE);
	assert_string_equal(err.expected, "at most 65536 bytes");
	bytes_free(&b);
}

/* One number of a good quote set to something else. */
static void refuses_with(const struct fake_quote_shape *shape, size_t at, unsigned int width,
	uint32_t value, int code, enum tdx_quote_part part, const char *where)
{
	struct bytes b = {0};

	fake_quote(&b, shape, NULL);
	if (width == 2)
		put_le16(b.data + at, (uint16_t)value);
	else
		put_le32(b.data + at, value);
	assert_refused(&b, code, part, where, at);
	bytes_free(&b);
}

static void refuses_a_header_of_another_kind(void **state)
{
	static const uint32_t versions[] = {0, 1, 2, 3, 6, 0x104, 0xffff};
	static const uint32_t key_types[] = {0, 1, 3, 4, 0x102, 0xffff};
	static const uint32_t tee_types[] = {0, 1, 0x80, 0x82, 0x8100, 0x00810081, UINT32_MAX};
	const struct fake_quote_shape shape = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		refuses_with(&shape, 0, 2, versions[i], HC_EUNSUPPORTED, TDX_PART_HEADER,
			"header.version");
	for (size_t i = 0; i < sizeof(key_types) / sizeof(key_types[0]); i++)
		refuses_with(&shape, 2, 2, key_types[i], HC_EUNSUPPORTED, TDX_PART_HEADER,
			"header.att_key_type");
	for (size_t i = 0; i < sizeof(tee_types) / sizeof(tee_types[0]); i++)
		refuses_with(&shape, 4, 4, tee_types[i], HC_EUNSUPPORTED, TDX_PART_HEADER,
			"header.tee_type");
}

static void refuses_every_other_qe_vendor(void **state)
{
	const struct fake_quote_shape shape = {0};
	struct bytes b = {0};

	(void)state;
	fake_quote(&b, &shape, NULL);
	for (size_t bit = 0; bit < 128; bit++) {
		b.data[12 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_refused(&b, HC_EUNSUPPORTED, TDX_PART_HEADER, "header.qe_vendor_id", 12);
		b.data[12 + bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	bytes_free(&b);
}

static void refuses_body_types_and_sizes_that_do_not_belong_together(void **state)
{
	static const uint32_t sizes[] = {
		0, 1, 384, 583, 584, 585, 647, 648, 649, 884, 885, 886, 0x288 << 16, UINT32_MAX};

	(void)state;
	for (unsigned int type = 2; type <= 4; type++) {
		const struct fake_quote_shape shape = {.version = 5, .body_type = type};
		const uint32_t good = type == 2 ? 584 : type == 3 ? 648 : 885;

		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			if (sizes[i] != good)
				refuses_with(&shape, 50, 4, sizes[i], HC_EFORMAT, TDX_PART_BODY,
					"body.size");
		for (unsigned int other = 2; other <= 4; other++)
			if (other != type) {
				struct bytes b = {0};

				fake_quote(&b, &shape, NULL);
				put_le16(b.data + 48, (uint16_t)other);
				assert_refused(&b, HC_EFORMAT, TDX_PART_BODY, "body.size", 50);
				bytes_free(&b);
			}
		refuses_with(&shape, 48, 2, 0, HC_EUNSUPPORTED, TDX_PART_BODY, "body.type");
		refuses_with(&shape, 48, 2, 1, HC_EUNSUPPORTED, TDX_PART_BODY, "body.type");
		refuses_with(&shape, 48, 2, 5, HC_EUNSUPPORTED, TDX_PART_BODY, "body.type");
		refuses_with(&shape, 48, 2, 0x300, HC_EUNSUPPORTED, TDX_PART_BODY, "body.type");
	}
}

/* A length field that says anything but what is there. */
static void refuses_length(size_t at, unsigned int width, uint32_t good, bool shorter_moves_on,
	const char *where, enum tdx_quote_part part)
{
	static const int64_t deltas[] = {-32, -2, -1, 1, 2, 32, 0x10000, 0x7fffffff};
	const uint8_t auth[32] = {0};
	const struct fake_quote_shape shape = {.qe_auth = {auth, sizeof(auth)}};

	for (size_t i = 0; i < sizeof(deltas) / sizeof(deltas[0]); i++) {
		int64_t value = (int64_t)good + deltas[i];
		struct bytes b = {0};

		if (value < 0 || (width == 2 && value > 0xffff))
			continue;
		fake_quote(&b, &shape, NULL);
		if (width == 2)
			put_le16(b.data + at, (uint16_t)value);
		else
			put_le32(b.data + at, (uint32_t)value);
		if (shorter_moves_on) {
			/* What follows is read one part further on and is wrong there. */
			assert_int_not_equal(parse(&b), 0);
			assert_true(q.part >= part && err.has_offset && err.where[0]);
		} else {
			assert_refused(
				&b, deltas[i] < 0 ? HC_EFORMAT : HC_ETRUNCATED, part, where, at);
		}
		bytes_free(&b);
	}
}

static void refuses_every_length_that_does_not_add_up(void **state)
{
	const uint8_t auth[32] = {0};
	const struct fake_quote_shape shape = {.qe_auth = {auth, sizeof(auth)}};
	struct fake_quote_places at;
	struct bytes b = {0};

	(void)state;
	fake_quote(&b, &shape, &at);
	refuses_length(at.auth_size, 4, get_le32(b.data + at.auth_size), true, "auth_data.size",
		TDX_PART_AUTH);
	refuses_length(at.outer_size, 4, get_le32(b.data + at.outer_size), false,
		"certification_data.size", TDX_PART_AUTH);
	refuses_length(at.qe_auth_size, 2, 32, true, "qe.auth", TDX_PART_AUTH);
	refuses_length(at.inner_size, 4, get_le32(b.data + at.inner_size), false,
		"qe.certification_data.size", TDX_PART_CERT);
	bytes_free(&b);
}

static void refuses_certification_data_it_does_not_know(void **state)
{
	static const uint32_t outer[] = {0, 1, 2, 3, 4, 5, 7, 0x106, 0xffff};
	static const uint32_t inner[] = {0, 6, 7, 8, 0x105, 0xffff};
	const struct fake_quote_shape shape = {0};
	struct fake_quote_places at;
	struct bytes b = {0};

	(void)state;
	fake_quote(&b, &shape, &at);
	bytes_free(&b);
	for (size_t i = 0; i < sizeof(outer) / sizeof(outer[0]); i++)
		refuses_with(&shape, at.outer_type, 2, outer[i], HC_EUNSUPPORTED, TDX_PART_AUTH,
			"certification_data.type");
	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
		refuses_with(&shape, at.inner_type, 2, inner[i], HC_EUNSUPPORTED, TDX_PART_CERT,
			"qe.certification_data.type");
}

static void refuses_a_chain_called_something_it_cannot_be(void **state)
{
	static const uint8_t text[3000] = "-----BEGIN CERTIFICATE-----";
	static const uint8_t nuls[4];
	struct fake_quote_places at;

	(void)state;
	for (unsigned int type = 1; type <= 5; type++) {
		const struct fake_quote_shape shape = {
			.cert_type = type, .cert = {text, sizeof(text)}};
		struct bytes b = {0};

		fake_quote(&b, &shape, &at);
		if (type <= 3)
			assert_refused(&b, HC_EFORMAT, TDX_PART_CERT, "qe.certification_data.size",
				at.inner_size);
		else
			assert_int_equal(parse(&b), 0);
		bytes_free(&b);
	}
	for (size_t len = 0; len <= sizeof(nuls); len++) {
		const struct fake_quote_shape shape = {.cert = {nuls, len}};
		struct bytes b = {0};

		fake_quote(&b, &shape, &at);
		assert_refused(
			&b, HC_EFORMAT, TDX_PART_CERT, "qe.certification_data.size", at.inner_size);
		bytes_free(&b);
	}
}

/* --- what is read --- */

static bool is(struct tdx_range range, size_t off, size_t len)
{
	return range.off == off && range.len == len;
}

static void shows_every_range_where_it_was_received(void **state)
{
	static const uint8_t auth[1000] = {7};
	static const size_t auth_sizes[] = {0, 1, 32, 33, 1000};
	static const size_t bodies[] = {0, 0, 584, 648, 885};

	(void)state;
	for (unsigned int type = 2; type <= 4; type++) {
		for (size_t i = 0; i < sizeof(auth_sizes) / sizeof(auth_sizes[0]); i++) {
			const struct fake_quote_shape shape = {.version = 5,
				.body_type = type,
				.qe_auth = {auth, auth_sizes[i]},
				.trailing = 3 * i};
			struct fake_quote_places at;
			struct bytes b = {0};

			fake_quote(&b, &shape, &at);
			assert_int_equal(parse(&b), 0);
			assert_int_equal(q.part, TDX_PART_DONE);
			assert_true(is(q.signed_part, 0, 54 + bodies[type]));
			assert_true(is(q.signature, at.signature, 64));
			assert_true(is(q.att_key, at.att_key, 64));
			assert_true(is(q.qe_report, at.qe_report, 384));
			assert_true(is(q.qe_report_signature, at.qe_signature, 64));
			assert_true(is(q.qe_auth, at.qe_auth, auth_sizes[i]));
			assert_true(is(q.cert_data, at.cert, 1));
			assert_int_equal(q.size, at.end);
			assert_int_equal(q.trailing, 3 * i);
			assert_memory_equal(q.raw, b.data, at.end);
			assert_true(bytes_all_zero(q.raw + at.end, sizeof(q.raw) - at.end));
			bytes_free(&b);
		}
	}
}

static void takes_the_nuls_off_a_chain_and_off_nothing_else(void **state)
{
	static const uint8_t text[] = {'P', 0, 'E', 'M', 0, 0, 0};

	(void)state;
	for (size_t nuls = 0; nuls <= 3; nuls++) {
		struct fake_quote_shape shape = {.cert = {text, 4 + nuls}};
		struct bytes b = {0};

		fake_quote(&b, &shape, NULL);
		assert_int_equal(parse(&b), 0);
		assert_int_equal(q.cert_data.len, 4);
		assert_int_equal(q.size, b.len);
		bytes_free(&b);
		shape.cert_type = TDX_CERT_PCK_LEAF;
		fake_quote(&b, &shape, NULL);
		assert_int_equal(parse(&b), 0);
		assert_int_equal(q.cert_data.len, 4 + nuls);
		bytes_free(&b);
	}
}

static void decodes_each_field_from_its_place(void **state)
{
	const struct fake_quote_shape shape = {.version = 5, .body_type = TDX_BODY_TD15_EX};
	struct fake_quote_places at;
	struct bytes b = {0};
	const uint8_t *p, *qe;

	(void)state;
	fake_quote(&b, &shape, &at);
	assert_int_equal(parse(&b), 0);
	p = b.data + at.body;
	qe = b.data + at.qe_report;
	assert_true(q.body.has_td15 && q.body.has_ex);
	assert_memory_equal(q.body.tee_tcb_svn, p, 16);
	assert_memory_equal(q.body.mrseam, p + 16, 48);
	assert_memory_equal(q.body.mrsignerseam, p + 64, 48);
	assert_true(q.body.seamattributes == get_le64(p + 112));
	assert_true(q.body.tdattributes == get_le64(p + 120));
	assert_true(q.body.xfam == get_le64(p + 128));
	assert_memory_equal(q.body.mrtd, p + 136, 48);
	assert_memory_equal(q.body.mrconfigid, p + 184, 48);
	assert_memory_equal(q.body.mrowner, p + 232, 48);
	assert_memory_equal(q.body.mrownerconfig, p + 280, 48);
	for (size_t i = 0; i < 4; i++)
		assert_memory_equal(q.body.rtmr[i], p + 328 + 48 * i, 48);
	assert_memory_equal(q.body.report_data, p + 520, 64);
	assert_memory_equal(q.body.tee_tcb_svn2, p + 584, 16);
	assert_memory_equal(q.body.mrservicetd, p + 600, 48);
	assert_int_equal(q.body.ex.vm_id, p[648]);
	assert_memory_equal(q.body.ex.td_id, p + 649, 32);
	assert_memory_equal(q.body.ex.device_info, p + 681, 48);
	assert_memory_equal(q.body.ex.init_servtd_hash, p + 729, 48);
	assert_true(q.body.ex.init_servtd_attributes == get_le64(p + 777));
	assert_memory_equal(q.body.ex.init_cpusvn, p + 785, 16);
	assert_memory_equal(q.body.ex.init_tee_tcb_svn, p + 801, 16);
	assert_memory_equal(q.body.ex.init_fmspc, p + 817, 12);
	assert_memory_equal(q.body.ex.cur_servtd_hash, p + 829, 48);
	assert_true(q.body.ex.cur_servtd_attributes == get_le64(p + 877));
	assert_memory_equal(q.qe.cpusvn, qe, 16);
	assert_true(q.qe.miscselect == get_le32(qe + 16));
	assert_memory_equal(q.qe.attributes, qe + 48, 16);
	assert_memory_equal(q.qe.mrenclave, qe + 64, 32);
	assert_memory_equal(q.qe.mrsigner, qe + 128, 32);
	assert_int_equal(q.qe.isvprodid, get_le16(qe + 256));
	assert_int_equal(q.qe.isvsvn, get_le16(qe + 258));
	assert_memory_equal(q.qe.report_data, qe + 320, 64);
	bytes_free(&b);
}

static void says_which_bodies_have_the_fields_of_td_1_5(void **state)
{
	(void)state;
	for (unsigned int type = 2; type <= 4; type++) {
		const struct fake_quote_shape shape = {.version = 5, .body_type = type};
		struct bytes b = {0};

		fake_quote(&b, &shape, NULL);
		assert_int_equal(parse(&b), 0);
		assert_int_equal(q.body.type, type);
		assert_int_equal(q.body.has_td15, type >= 3);
		assert_int_equal(q.body.has_ex, type == 4);
		bytes_free(&b);
	}
	assert_string_equal(tdx_body_type_name(TDX_BODY_TD15_EX), "TD 1.5 Ex");
	assert_string_equal(tdx_body_type_name((enum tdx_body_type)9), "unknown");
	assert_string_equal(tdx_cert_type_name(5), "PCK certificate chain in PEM");
	assert_string_equal(tdx_cert_type_name(0), "unknown");
	assert_string_equal(tdx_cert_type_name(8), "unknown");
}

static void finds_each_reserved_byte_of_the_header(void **state)
{
	const struct fake_quote_shape shape = {0};

	(void)state;
	for (size_t at = 0; at < 48; at++) {
		struct bytes b = {0};

		fake_quote(&b, &shape, NULL);
		b.data[at] ^= at >= 8 && at < 12 ? 0x80 : 0;
		b.data[at] ^= at >= 28 ? 0x80 : 0;
		assert_int_equal(parse(&b), 0);
		assert_int_equal(
			tdx_quote_reserved_valid(&q, &err), at >= 8 && at < 12 ? HC_EFORMAT : 0);
		bytes_free(&b);
	}
}

/* --- real quotes --- */

static int is_case(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* For each case of tdx/; those of version 3 are not TDX quotes. */
static void each_case(void (*fn)(const char *name, const struct bytes *quote, json_t *fields))
{
	struct dirent **entries;
	char path[512];
	int n;

	snprintf(path, sizeof(path), "%s/tdx", vectors_dir());
	n = scandir(path, &entries, is_case, alphasort);
	assert_true(n > 30);
	for (int i = 0; i < n; i++) {
		struct bytes quote;
		json_t *json;

		snprintf(path, sizeof(path), "tdx/%s/quote.bin", entries[i]->d_name);
		quote = vectors_read(path);
		snprintf(path, sizeof(path), "tdx/%s/case.json", entries[i]->d_name);
		json = vectors_json(path);
		fn(entries[i]->d_name, &quote, json_object_get(json, "fields"));
		json_decref(json);
		bytes_free(&quote);
		free(entries[i]);
	}
	free(entries);
}

static void same_int(const char *name, json_t *fields, const char *key, int64_t value)
{
	json_t *field = json_object_get(fields, key);

	if (!json_is_integer(field) || json_integer_value(field) != value)
		fail_msg("%s: %s", name, key);
}

static void same_hex(
	const char *name, json_t *fields, const char *key, const uint8_t *data, size_t len)
{
	const char *expected = json_string_value(json_object_get(fields, key));
	char hex[2 * 64 + 1];

	hex_encode(hex, data, len);
	if (!expected || strcmp(hex, expected))
		fail_msg("%s: %s is %s, not %s", name, key, hex, expected ? expected : "there");
}

static void same_le64(const char *name, json_t *fields, const char *key, uint64_t value)
{
	uint8_t le[8];

	put_le64(le, value);
	same_hex(name, fields, key, le, sizeof(le));
}

static void compare_body(const char *name, json_t *f)
{
	static const char *const rtmrs[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
	const struct tdx_body *b = &q.body;

	same_hex(name, f, "tee_tcb_svn", b->tee_tcb_svn, 16);
	same_hex(name, f, "mrseam", b->mrseam, 48);
	same_hex(name, f, "mrsignerseam", b->mrsignerseam, 48);
	same_le64(name, f, "seam_attributes", b->seamattributes);
	same_le64(name, f, "td_attributes", b->tdattributes);
	same_le64(name, f, "xfam", b->xfam);
	same_hex(name, f, "mrtd", b->mrtd, 48);
	same_hex(name, f, "mrconfigid", b->mrconfigid, 48);
	same_hex(name, f, "mrowner", b->mrowner, 48);
	same_hex(name, f, "mrownerconfig", b->mrownerconfig, 48);
	for (size_t i = 0; i < TDX_RTMRS; i++)
		same_hex(name, f, rtmrs[i], b->rtmr[i], 48);
	same_hex(name, f, "report_data", b->report_data, 64);
	if (b->has_td15) {
		same_hex(name, f, "tee_tcb_svn2", b->tee_tcb_svn2, 16);
		same_hex(name, f, "mrservicetd", b->mrservicetd, 48);
	}
}

static void compare_qe(const char *name, json_t *f)
{
	uint8_t misc[4];

	put_le32(misc, q.qe.miscselect);
	same_hex(name, f, "cpusvn", q.qe.cpusvn, 16);
	same_hex(name, f, "miscselect", misc, 4);
	same_hex(name, f, "attributes", q.qe.attributes, 16);
	same_hex(name, f, "mrenclave", q.qe.mrenclave, 32);
	same_hex(name, f, "mrsigner", q.qe.mrsigner, 32);
	same_int(name, f, "isvprodid", q.qe.isvprodid);
	same_int(name, f, "isvsvn", q.qe.isvsvn);
}

static void compare(const char *name, const struct bytes *quote, json_t *f)
{
	if (json_integer_value(json_object_get(f, "version")) == 3) {
		assert_refused(quote, HC_EUNSUPPORTED, TDX_PART_HEADER, "header.version", 0);
		return;
	}
	if (parse(quote))
		fail_msg("%s: %s: %s, not %s", name, err.where, err.found, err.expected);
	same_int(name, f, "version", q.version);
	same_int(name, f, "ak_type", q.att_key_type);
	same_int(name, f, "tee_type", q.tee_type);
	same_hex(name, f, "header_bytes_8_11", q.reserved, 4);
	same_hex(name, f, "qe_vendor", q.qe_vendor_id, 16);
	same_hex(name, f, "user_data", q.user_data, 20);
	if (q.version == 5) {
		same_int(name, f, "body_type", q.body.type);
		same_int(name, f, "body_size", q.signed_part.len - 54);
	}
	same_int(name, f, "sig_len", (int64_t)q.size - q.signed_part.len - 4);
	same_int(name, f, "quote_size", (int64_t)quote->len);
	same_int(name, f, "trailing_bytes", (int64_t)q.trailing);
	same_int(name, f, "cert_data_type", q.cert_type);
	compare_body(name, f);
	compare_qe(name, json_object_get(f, "qe_report"));
	assert_int_equal(tdx_quote_reserved_valid(&q, NULL), 0);
	assert_memory_equal(q.raw, quote->data, q.size);
}

static void reads_every_field_of_every_real_quote(void **state)
{
	(void)state;
	vectors_needed();
	each_case(compare);
}

static void cut_everywhere(const char *name, const struct bytes *quote, json_t *f)
{
	size_t end;

	if (json_integer_value(json_object_get(f, "version")) == 3)
		return;
	assert_int_equal(parse(quote), 0);
	end = q.size;
	for (size_t len = 0; len < quote->len; len += len < end ? 1 : 97) {
		struct bytes cut = {quote->data, len, len};
		int rc = parse(&cut);

		if (rc != (len < end ? HC_ETRUNCATED : 0))
			fail_msg("%s cut to %zu: %d", name, len, rc);
	}
}

static void refuses_every_truncation_of_every_real_quote(void **state)
{
	(void)state;
	vectors_needed();
	each_case(cut_everywhere);
}

/*
 * Whatever bit is flipped: refused, or the same ranges as before and the flipped bit where it was,
 * so that it reaches the signature that covers it. Lengths that would move a range do not add up.
 */
static void flip_everywhere(const char *name, const struct bytes *quote, json_t *f)
{
	static struct tdx_quote before;

	if (json_integer_value(json_object_get(f, "version")) == 3)
		return;
	assert_int_equal(parse(quote), 0);
	before = q;
	for (size_t at = 0; at < before.size; at++) {
		quote->data[at] ^= (uint8_t)(1 << at % 8);
		if (!parse(quote)) {
			if (memcmp(&q.signed_part, &before.signed_part, sizeof(q.signed_part)) ||
				memcmp(&q.qe_report, &before.qe_report, sizeof(q.qe_report)) ||
				q.size != before.size || q.raw[at] != quote->data[at])
				fail_msg("%s: byte %zu moved a range", name, at);
			if (at >= before.signed_part.len && at < before.signature.off)
				fail_msg("%s: length at byte %zu changed unseen", name, at);
		}
		quote->data[at] ^= (uint8_t)(1 << at % 8);
	}
}

static void no_flipped_bit_moves_what_is_signed(void **state)
{
	(void)state;
	vectors_needed();
	each_case(flip_everywhere);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_every_truncation_of_every_shape),
		cmocka_unit_test(refuses_more_bytes_than_it_keeps),
		cmocka_unit_test(refuses_a_header_of_another_kind),
		cmocka_unit_test(refuses_every_other_qe_vendor),
		cmocka_unit_test(refuses_body_types_and_sizes_that_do_not_belong_together),
		cmocka_unit_test(refuses_every_length_that_does_not_add_up),
		cmocka_unit_test(refuses_certification_data_it_does_not_know),
		cmocka_unit_test(refuses_a_chain_called_something_it_cannot_be),
		cmocka_unit_test(shows_every_range_where_it_was_received),
		cmocka_unit_test(takes_the_nuls_off_a_chain_and_off_nothing_else),
		cmocka_unit_test(decodes_each_field_from_its_place),
		cmocka_unit_test(says_which_bodies_have_the_fields_of_td_1_5),
		cmocka_unit_test(finds_each_reserved_byte_of_the_header),
		cmocka_unit_test(reads_every_field_of_every_real_quote),
		cmocka_unit_test(refuses_every_truncation_of_every_real_quote),
		cmocka_unit_test(no_flipped_bit_moves_what_is_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
