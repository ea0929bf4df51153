/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the shared vectors in tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/file.h"
#include "common/timefmt.h"
#include "tests/unit/vectors.h"

const char *vectors_dir(void)
{
	const char *named = getenv("HC_VECTORS");
	const char *dir = named && named[0] ? named : "../shared/vectors";

	return access(dir, R_OK) ? NULL : dir;
}

void vectors_needed(void)
{
	if (vectors_dir())
		return;
	printf("# SKIP no vectors: neither ../shared/vectors nor $HC_VECTORS is there\n");
	skip();
}

struct bytes vectors_read(const char *path)
{
	struct bytes out = {0};
	struct error err = {0};
	char full[512];

	snprintf(full, sizeof(full), "%s/%s", vectors_dir(), path);
	if (file_read(&out, full, 1 << 20, &err))
		fail_msg("%s: %s", full, err.found);
	return out;
}

json_t *vectors_json(const char *path)
{
	struct bytes text = vectors_read(path);
	json_error_t where;
	json_t *out = json_loadb((const char *)text.data, text.len, 0, &where);

	bytes_free(&text);
	if (!out)
		fail_msg("%s: %s", path, where.text);
	return out;
}

bool vectors_is_evidence(const char *file)
{
	return !strcmp(file, "report.bin") || !strcmp(file, "quote.bin");
}

static void add_endorsements(struct vectors_case *c, const char *folder, const char *name)
{
	const char *file;
	json_t *what;

	json_object_foreach(json_object_get(c->json, "files"), file, what)
	{
		struct bytes bytes;
		char path[256];

		snprintf(path, sizeof(path), "%s/%s/%s", folder, name, file);
		bytes = vectors_read(path);
		if (vectors_is_evidence(file)) {
			c->report = bytes;
			continue;
		}
		if (strstr(file, ".der") || (strstr(file, ".json") && !strcmp(folder, "tdx")))
			assert_int_equal(
				endorsements_add(c->endorsements, bytes_view(&bytes), NULL, NULL),
				0);
		bytes_free(&bytes);
	}
}

void vectors_case_open_in(
	struct vectors_case *out, const char *folder, const char *name, bool lab_root)
{
	json_t *expect;
	const char *anchor;
	char path[256];

	memset(out, 0, sizeof(*out));
	snprintf(path, sizeof(path), "%s/%s/case.json", folder, name);
	out->json = vectors_json(path);
	assert_int_equal(endorsements_new(&out->endorsements), 0);
	assert_int_equal(roots_init(&out->roots), 0);
	add_endorsements(out, folder, name);
	anchor = json_string_value(json_object_get(out->json, "trust_anchor"));
	if (anchor && lab_root) {
		struct bytes root;

		snprintf(path, sizeof(path), "%s/%s/%s", folder, name, anchor);
		root = vectors_read(path);
		assert_int_equal(roots_add(&out->roots, bytes_view(&root), NULL), 0);
		bytes_free(&root);
	}
	expect = json_object_get(out->json, "expect");
	out->accept = !strcmp(json_string_value(json_object_get(expect, "verdict")), "accept");
	assert_int_equal(timefmt_parse(&out->at,
				 json_string_value(json_object_get(expect, "at_time")), NULL),
		0);
}

void vectors_case_open(struct vectors_case *out, const char *name, bool lab_root)
{
	vectors_case_open_in(out, "snp", name, lab_root);
}

void vectors_case_close(struct vectors_case *c)
{
	json_decref(c->json);
	bytes_free(&c->report);
	endorsements_free(c->endorsements);
	roots_fini(&c->roots);
}

static int is_case(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

char **vectors_cases(const char *folder)
{
	struct dirent **entries;
	char path[512], **names;
	int n;

	snprintf(path, sizeof(path), "%s/%s", vectors_dir(), folder);
	n = scandir(path, &entries, is_case, alphasort);
	assert_true(n > 0);
	names = calloc((size_t)n + 1, sizeof(*names));
	assert_non_null(names);
	for (int i = 0; i < n; i++) {
		names[i] = strdup(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return names;
}

char **vectors_snp_cases(void)
{
	return vectors_cases("snp");
}

void vectors_appraise(const struct vectors_case *c, const struct policy *policy, struct verdict *v)
{
	const struct appraise_input in = {
		.evidence = bytes_view(&c->report),
		.endorsements = c->endorsements,
		.roots = &c->roots,
		.policy = policy,
		.at = c->at,
		.memo = c->memo,
	};
	struct error err = {0};

	if (appraise(&in, v, &err))
		fail_msg("%s: %s", err.where, err.found);
}
