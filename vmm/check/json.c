/* SPDX-License-Identifier: Apache-2.0 */
/* The report for programs: docs/check.schema.json. */
#include <errno.h>
#include <jansson.h>

#include "common/version.h"
#include "vmm/check/report.h"

static void text(json_t *obj, const char *name, const char *value, bool *bad)
{
	if (json_object_set_new(obj, name, json_string(value)))
		*bad = true;
}

/* The array takes its elements; it refuses NULL. */
static void append(json_t *array, json_t *element, bool *bad)
{
	if (json_array_append_new(array, element))
		*bad = true;
}

static json_t *list(json_t *obj, const char *name, bool *bad)
{
	json_t *array = json_array();

	if (json_object_set_new(obj, name, array))
		*bad = true;
	return *bad ? NULL : array;
}

static bool is_bad(const struct check_finding *f)
{
	return f->outcome >= CHECK_LIMIT;
}

static void add_platform(
	json_t *array, const struct check_report *r, enum check_platform p, bool *bad)
{
	const enum check_verdict verdict = report_verdict(r, p);
	json_t *obj = json_object(), *because;

	append(array, obj, bad);
	text(obj, "name", report_platform_name(p), bad);
	text(obj, "verdict", report_verdict_name(verdict), bad);
	if (json_object_set_new(obj, "starts_guests",
		    json_boolean(verdict == CHECK_USABLE || verdict == CHECK_LIMITED)) ||
		json_object_set_new(obj, "protects", json_boolean((1u << p & ON_SHARED) == 0)))
		*bad = true;
	because = list(obj, "because", bad);
	for (size_t i = 0; i < r->count; i++)
		if ((r->finding[i].platforms >> p & 1) && is_bad(&r->finding[i]))
			append(because, json_string(r->finding[i].id), bad);
}

static void add_finding(json_t *array, const struct check_finding *f, bool *bad)
{
	json_t *obj = json_object(), *platforms;

	append(array, obj, bad);
	text(obj, "id", f->id, bad);
	platforms = list(obj, "platforms", bad);
	for (int p = 0; p < CHECK_PLATFORMS; p++)
		if (f->platforms >> p & 1)
			append(platforms, json_string(report_platform_name((enum check_platform)p)),
				bad);
	text(obj, "outcome", report_outcome_name(f->outcome), bad);
	if (f->outcome == CHECK_UNSURE || f->outcome == CHECK_UNKNOWN)
		if (json_object_set_new(
			    obj, "needed_to_start", json_boolean(f->outcome == CHECK_UNKNOWN)))
			*bad = true;
	text(obj, "looked_at", f->looked, bad);
	text(obj, "found", f->found, bad);
	if (*f->needed)
		text(obj, "needed", f->needed, bad);
	if (f->follows)
		text(obj, "follows_from", f->follows, bad);
	if (*f->remedy)
		text(obj, "remedy", f->remedy, bad);
}

static json_t *build(const struct check_report *r)
{
	json_t *obj = json_object(), *platforms, *findings;
	bool bad = !obj;

	text(obj, "format", "huisclos-check-1", &bad);
	text(obj, "program", "hc-vmm " HC_VERSION, &bad);
	platforms = list(obj, "platforms", &bad);
	for (int p = 0; p < CHECK_PLATFORMS; p++)
		if (r->platforms >> p & 1)
			add_platform(platforms, r, (enum check_platform)p, &bad);
	findings = list(obj, "findings", &bad);
	for (size_t i = 0; i < r->count; i++)
		add_finding(findings, &r->finding[i], &bad);
	if (!bad)
		return obj;
	json_decref(obj);
	return NULL;
}

int report_print_json(const struct check_report *r, FILE *out)
{
	json_t *obj = build(r);
	int rc;

	if (!obj) {
		errno = ENOMEM;
		return -1;
	}
	rc = json_dumpf(obj, out, JSON_INDENT(2));
	json_decref(obj);
	return rc || fputc('\n', out) == EOF || fflush(out) ? -1 : 0;
}
