/* SPDX-License-Identifier: Apache-2.0 */
/* TCB levels of a TDX platform: the whole table of what statuses amount to, and which level counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "attest/verify/tdx_level.h"

#define UTD   TDX_TCB_UP_TO_DATE
#define SWH   TDX_TCB_SW_HARDENING_NEEDED
#define CN    TDX_TCB_CONFIGURATION_NEEDED
#define CSH   TDX_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED
#define OOD   TDX_TCB_OUT_OF_DATE
#define OCN   TDX_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED
#define TDR   TDX_TCB_TD_RELAUNCH_ADVISED
#define TRC   TDX_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
#define REV   TDX_TCB_REVOKED
#define NOT   TDX_TCB_NOT_SUPPORTED
#define UNK   TDX_TCB_UNKNOWN
#define PARTS 5

/* Rows: a platform's status, or what it amounts to. Columns: a module's or the QE's. */
static const enum tdx_tcb_status parts[PARTS] = {UTD, OOD, REV, NOT, UNK};
static const struct {
	enum tdx_tcb_status status, with[PARTS];
} table[] = {
	{UTD, {UTD, OOD, REV, NOT, UNK}},
	{SWH, {SWH, OOD, REV, NOT, UNK}},
	{CN, {CN, OCN, REV, NOT, UNK}},
	{CSH, {CSH, OCN, REV, NOT, UNK}},
	{OOD, {OOD, OOD, REV, NOT, UNK}},
	{OCN, {OCN, OCN, REV, NOT, UNK}},
	{TDR, {TDR, TDR, REV, NOT, UNK}},
	{TRC, {TRC, TRC, REV, NOT, UNK}},
	{REV, {REV, REV, REV, REV, REV}},
	{NOT, {NOT, NOT, REV, NOT, NOT}},
	{UNK, {UNK, UNK, REV, NOT, UNK}},
};
#define ROWS (sizeof(table) / sizeof(table[0]))

static enum tdx_tcb_status expected(enum tdx_tcb_status status, enum tdx_tcb_status part)
{
	for (size_t i = 0; i < ROWS; i++)
		for (size_t k = 0; k < PARTS; k++)
			if (table[i].status == status && parts[k] == part)
				return table[i].with[k];
	fail_msg("no such row");
	return UNK;
}

static void the_table_is_complete(void **state)
{
	(void)state;
	assert_int_equal(ROWS, TDX_TCB_STATUS_COUNT);
	for (size_t i = 0; i < ROWS; i++)
		for (size_t k = 0; k < PARTS; k++)
			assert_int_equal(
				tdx_level_converge(table[i].status, parts[k]), table[i].with[k]);
}

/*
 * A platform of one level (SGX 4, 2, PCESVN 13, TDX microcode 3) and a lower one, module 1.x with
 * levels 6 and 4, module 3.x with level 3, a quoting enclave with levels 8 and 4.
 */
struct scene {
	struct tdx_tcb_info info;
	struct tdx_qe_identity qe;
	uint8_t pck_svn[16], svn[16], svn2[16];
	struct tdx_level_input in;
	struct tdx_tcb tcb;
	struct tdx_level_match match;
};

static void open_scene(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	s->info.level_count = 2;
	s->info.level[0] = (struct tdx_level){
		.status = UTD, .date = 900, .sgx = {4, 2}, .tdx = {5, 0, 3}, .pcesvn = 13};
	s->info.level[1] = (struct tdx_level){
		.status = OOD, .date = 500, .sgx = {3, 2}, .tdx = {4, 0, 2}, .pcesvn = 11};
	s->info.module_count = 2;
	s->info.identity[0] = (struct tdx_module_identity){.major = 1, .level_count = 2};
	s->info.identity[0].level[0] = (struct tdx_level){.status = UTD, .date = 800, .isvsvn = 6};
	s->info.identity[0].level[1] = (struct tdx_level){.status = OOD, .date = 600, .isvsvn = 4};
	s->info.identity[1] = (struct tdx_module_identity){.major = 3, .level_count = 1};
	s->info.identity[1].level[0] = (struct tdx_level){.status = UTD, .date = 850, .isvsvn = 3};
	s->info.statement.evaluation_number = 19;
	s->qe.statement.evaluation_number = 18;
	s->qe.level_count = 2;
	s->qe.level[0] = (struct tdx_level){.status = UTD, .date = 700, .isvsvn = 8};
	s->qe.level[1] = (struct tdx_level){.status = OOD, .date = 650, .isvsvn = 4};
	memcpy(s->pck_svn, "\x04\x02", 2);
	memcpy(s->svn, "\x06\x01\x03", 3);
	memcpy(s->svn2, "\x06\x01\x03", 3);
	s->in = (struct tdx_level_input){.info = &s->info,
		.qe_identity = &s->qe,
		.pck_svn = s->pck_svn,
		.pcesvn = 13,
		.tee_tcb_svn = s->svn,
		.qe_isvsvn = 8};
}

static enum tdx_tcb_status run(struct scene *s)
{
	memset(&s->tcb, 0, sizeof(s->tcb));
	tdx_level_evaluate(&s->in, &s->tcb, &s->match);
	return s->tcb.status;
}

/* Give a part this status; NOT_SUPPORTED by an SVN below its levels, UNKNOWN by their absence. */
static void set_module(struct scene *s, enum tdx_tcb_status status)
{
	s->info.identity[0].level[0].status = status;
	s->svn[0] = status == NOT ? 3 : 6;
}

static void set_qe(struct scene *s, enum tdx_tcb_status status)
{
	s->qe.level[0].status = status;
	s->in.qe_isvsvn = status == NOT ? 3 : 8;
	s->in.qe_identity = status == UNK ? NULL : &s->qe;
}

static void every_combination_of_the_three_parts(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	for (size_t p = 0; p < ROWS; p++) {
		enum tdx_tcb_status platform = table[p].status;

		if (platform == TDR || platform == TRC || platform == UNK)
			continue; /* never a level's status */
		s.info.level[0].status = platform;
		s.in.pcesvn = platform == NOT ? 10 : 13;
		for (size_t m = 0; m < PARTS - 1; m++)
			for (size_t q = 0; q < PARTS; q++) {
				set_module(&s, parts[m]);
				set_qe(&s, parts[q]);
				run(&s);
				assert_int_equal(s.tcb.platform, platform);
				assert_int_equal(s.tcb.module, parts[m]);
				assert_int_equal(s.tcb.qe, parts[q]);
				assert_int_equal(s.tcb.status,
					expected(expected(platform, parts[m]), parts[q]));
				assert_int_equal(s.tcb.launch, s.tcb.status);
				assert_false(s.tcb.has_current);
			}
	}
}

static void nothing_is_known_without_tcb_info(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	s.in.info = NULL;
	assert_int_equal(run(&s), UNK);
	assert_int_equal(s.tcb.qe, UTD);
	assert_int_equal(s.tcb.platform, UNK);
	assert_true(s.tcb.tcb_date == 0);
	assert_int_equal(s.tcb.evaluation_number, 0);
}

static void every_component_counts(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	assert_int_equal(run(&s), UTD);
	s.pck_svn[0] = 3;
	assert_int_equal(run(&s), OOD);
	s.pck_svn[0] = 2;
	assert_int_equal(run(&s), NOT);
	open_scene(&s);
	s.in.pcesvn = 12;
	assert_int_equal(run(&s), OOD);
	s.in.pcesvn = 10;
	assert_int_equal(run(&s), NOT);
	for (size_t i = 2; i < 16; i++) {
		open_scene(&s);
		s.info.level[0].tdx[i] = 9;
		s.svn[i] = 9;
		assert_int_equal(run(&s), UTD);
		s.svn[i] = 8;
		assert_int_not_equal(run(&s), UTD);
		open_scene(&s);
		s.info.level[0].sgx[i] = 9;
		assert_int_equal(run(&s), OOD);
		s.pck_svn[i] = 9;
		assert_int_equal(run(&s), UTD);
	}
}

/* TEE_TCB_SVN[0] and [1] count as the module's, not as components, once there is a major version.
 */
static void the_first_two_components_are_the_modules_from_version_1_on(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	s.info.level[0].tdx[0] = 7; /* above the SVN's 6 */
	s.info.level[0].tdx[1] = 2;
	assert_int_equal(run(&s), UTD);
	s.svn[1] = 0; /* a module 1.0: now they are compared */
	s.info.level[1].status = SWH;
	s.info.level[0].tdx[1] = 0;
	assert_int_equal(run(&s), SWH);
	s.svn[0] = 7;
	assert_int_equal(run(&s), UTD);
	assert_int_equal(s.tcb.module, UTD);
	assert_null(s.match.module);
	assert_null(s.match.identity);
	s.svn[0] = 3;
	assert_int_equal(run(&s), NOT);
}

static void a_module_that_is_not_listed_has_no_level(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	s.svn[1] = 2;
	assert_int_equal(run(&s), NOT);
	assert_int_equal(s.tcb.module, NOT);
	assert_null(s.match.identity);
	assert_true(s.tcb.tcb_date == 0);
	s.svn[1] = 3;
	s.svn[0] = 3;
	assert_int_equal(run(&s), UTD);
	assert_ptr_equal(s.match.module, &s.info.identity[1].level[0]);
}

static void the_earliest_date_and_the_lower_number_count(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	run(&s);
	assert_true(s.tcb.tcb_date == 700);
	assert_int_equal(s.tcb.evaluation_number, 18);
	s.qe.level[0].date = 1000;
	s.qe.statement.evaluation_number = 20;
	run(&s);
	assert_true(s.tcb.tcb_date == 800);
	assert_int_equal(s.tcb.evaluation_number, 19);
	s.info.level[0].date = 100;
	run(&s);
	assert_true(s.tcb.tcb_date == 100);
	s.info.level[0].date = 900;
	s.info.identity[0].level[0].date = 2000;
	run(&s);
	assert_true(s.tcb.tcb_date == 900);
}

/* A launch with an old module (SVN 4), and the module in memory by SVN2. */
static void a_relaunch_is_advised_where_the_module_was_updated(void **state)
{
	static const struct {
		enum tdx_tcb_status platform, qe;
		uint8_t svn2[3];
		enum tdx_tcb_status launch, current, all;
	} cases[] = {
		{UTD, UTD, {6, 1, 3}, OOD, UTD, TDR},
		{UTD, UTD, {7, 1, 4}, OOD, UTD, TDR},
		{UTD, UTD, {3, 3, 3}, OOD, UTD, TDR},
		{SWH, UTD, {6, 1, 3}, OOD, SWH, TDR},
		{CN, UTD, {6, 1, 3}, OCN, CN, TRC},
		{CSH, UTD, {6, 1, 3}, OCN, CSH, TRC},
		{OOD, UTD, {6, 1, 3}, OOD, OOD, OOD},
		{OCN, UTD, {6, 1, 3}, OCN, OCN, OCN},
		{REV, UTD, {6, 1, 3}, REV, REV, REV},
		{UTD, UTD, {5, 1, 3}, OOD, OOD, OOD}, /* not at the highest level */
		{UTD, UTD, {4, 1, 3}, OOD, OOD, OOD},
		{UTD, UTD, {6, 1, 2}, OOD, OOD,
			OOD}, /* microcode too low: another platform level */
		{UTD, UTD, {6, 2, 3}, OOD, NOT, NOT}, /* a module that is not listed */
		{UTD, OOD, {6, 1, 3}, OOD, OOD, OOD},
		{UTD, REV, {6, 1, 3}, REV, REV, REV},
		{UTD, NOT, {6, 1, 3}, NOT, NOT, NOT},
		{UTD, UNK, {6, 1, 3}, UNK, UNK, UNK},
		{UTD, UTD, {5, 0, 3}, OOD, UTD,
			TDR}, /* a module 1.0, by the platform's own level */
		{UTD, UTD, {4, 0, 3}, OOD, OOD, OOD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;

		open_scene(&s);
		s.svn[0] = 4;
		s.info.level[0].status = cases[i].platform;
		set_qe(&s, cases[i].qe);
		s.in.tee_tcb_svn2 = s.svn2;
		memcpy(s.svn2, cases[i].svn2, 3);
		/* Without the SVN2 there is no advice. */
		run(&s);
		if (s.tcb.launch != cases[i].launch || s.tcb.current != cases[i].current ||
			s.tcb.status != cases[i].all)
			fail_msg("case %zu: %s, %s, %s", i, tdx_tcb_status_name(s.tcb.launch),
				tdx_tcb_status_name(s.tcb.current),
				tdx_tcb_status_name(s.tcb.status));
		assert_true(s.tcb.has_current);
		s.in.tee_tcb_svn2 = NULL;
		assert_int_equal(run(&s), cases[i].launch);
	}
}

/* The platform itself below its best TDX level, though SGX is fine: the platform is not the module.
 */
static void no_relaunch_mends_a_platform_that_is_out_of_date(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	s.svn[0] = 4;
	s.pck_svn[0] = 3;
	s.in.tee_tcb_svn2 = s.svn2;
	assert_int_equal(run(&s), OOD);
	assert_int_equal(s.tcb.current, OOD);
}

static json_t *list(const char *a, const char *b)
{
	return json_pack("[ss]", a, b);
}

static void advisories_are_united_sorted_and_each_once(void **state)
{
	json_t *a = list("INTEL-SA-00900", "INTEL-SA-00100"),
	       *b = list("INTEL-SA-00500", "INTEL-SA-00100"), *many = json_array();
	struct scene s;

	(void)state;
	open_scene(&s);
	s.info.level[0].advisories = a;
	s.info.level[1].advisories = list("X", "Y");
	s.info.identity[0].level[0].advisories = b;
	s.qe.level[0].advisories = a;
	run(&s);
	assert_int_equal(s.tcb.advisory_count, 3);
	assert_string_equal(s.tcb.advisory[0], "INTEL-SA-00100");
	assert_string_equal(s.tcb.advisory[1], "INTEL-SA-00500");
	assert_string_equal(s.tcb.advisory[2], "INTEL-SA-00900");
	assert_false(s.tcb.advisories_cut);
	for (int i = 0; i < TDX_ADVISORIES_MAX; i++) {
		char id[TDX_ADVISORY_SIZE];

		snprintf(id, sizeof(id), "INTEL-SA-%05d", 1000 + i);
		json_array_append_new(many, json_string(id));
	}
	s.qe.level[0].advisories = many;
	run(&s);
	assert_int_equal(s.tcb.advisory_count, TDX_ADVISORIES_MAX);
	assert_true(s.tcb.advisories_cut);
	json_decref((json_t *)(uintptr_t)s.info.level[1].advisories);
	json_decref(a);
	json_decref(b);
	json_decref(many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_complete),
		cmocka_unit_test(every_combination_of_the_three_parts),
		cmocka_unit_test(nothing_is_known_without_tcb_info),
		cmocka_unit_test(every_component_counts),
		cmocka_unit_test(the_first_two_components_are_the_modules_from_version_1_on),
		cmocka_unit_test(a_module_that_is_not_listed_has_no_level),
		cmocka_unit_test(the_earliest_date_and_the_lower_number_count),
		cmocka_unit_test(a_relaunch_is_advised_where_the_module_was_updated),
		cmocka_unit_test(no_relaunch_mends_a_platform_that_is_out_of_date),
		cmocka_unit_test(advisories_are_united_sorted_and_each_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
