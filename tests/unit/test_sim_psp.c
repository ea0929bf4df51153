/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated secure processor: order of a launch, the digest that hc-measure predicts, and
 * reports that our verifier and openssl both take for what they are.
 */
#include "attest/verify/verify.h" /* first: cmocka has a macro check_expected */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#if HC_SIM
#include "attest/evidence/cert_table.h"
#include "attest/evidence/snp_report.h"
#include "tests/unit/sim_state.h"
#include "vmm/sim/sim_der.h"
#include "vmm/sim/sim_pki.h"
#include "vmm/sim/sim_psp.h"

static uint8_t page[4096];

static struct sim_psp *fresh(void)
{
	struct sim_psp *psp;

	assert_int_equal(sim_psp_new(&psp, sim_state_dir(), NULL), 0);
	return psp;
}

static struct sim_psp *launching(void)
{
	struct sim_psp *psp = fresh();

	assert_int_equal(sim_psp_launch_start(psp, SIM_PSP_POLICY_DEFAULT, NULL), 0);
	return psp;
}

static struct sim_psp *running(const uint8_t *host_data)
{
	struct sim_psp *psp = launching();

	assert_int_equal(sim_psp_launch_update(psp, HC_PAGE_NORMAL, HC_TEXT_GPA, page, NULL), 0);
	assert_int_equal(
		sim_psp_launch_finish(psp, &(struct sim_psp_finish){.host_data = host_data}, NULL),
		0);
	return psp;
}

static void request_of(uint8_t request[HC_SIM_REQUEST_SIZE])
{
	memset(request, 0, HC_SIM_REQUEST_SIZE);
	for (uint8_t i = 0; i < 64; i++)
		request[i] = (uint8_t)(i + 1);
}

static void refuses_a_machine_without_a_simulated_root(void **state)
{
	struct sim_psp *psp;

	(void)state;
	assert_int_equal(sim_psp_new(&psp, sim_state_temp(), NULL), HC_EMISSING);
	assert_null(psp);
	sim_psp_free(NULL);
}

static void refuses_a_launch_out_of_order(void **state)
{
	uint8_t request[HC_SIM_REQUEST_SIZE], response[SIM_PSP_RESPONSE_SIZE];
	struct sim_psp *psp = fresh();
	struct error err;

	(void)state;
	request_of(request);
	assert_int_equal(
		sim_psp_launch_update(psp, HC_PAGE_NORMAL, HC_TEXT_GPA, page, &err), HC_ESTATE);
	assert_string_equal(err.where, "SNP_LAUNCH_UPDATE");
	assert_int_equal(sim_psp_launch_finish(psp, NULL, &err), HC_ESTATE);
	assert_int_equal(sim_psp_report(psp, request, response), HC_ESTATE);
	assert_int_equal(sim_psp_launch_start(psp, SIM_PSP_POLICY_DEFAULT, &err), 0);
	assert_int_equal(sim_psp_launch_start(psp, SIM_PSP_POLICY_DEFAULT, &err), HC_ESTATE);
	assert_int_equal(sim_psp_report(psp, request, response), HC_ESTATE);
	assert_true(bytes_all_zero(response, sizeof(response)));
	assert_int_equal(sim_psp_launch_finish(psp, NULL, &err), 0);
	assert_int_equal(sim_psp_launch_finish(psp, NULL, NULL), HC_ESTATE);
	assert_int_equal(sim_psp_launch_start(psp, SIM_PSP_POLICY_DEFAULT, &err), HC_ESTATE);
	assert_int_equal(
		sim_psp_launch_update(psp, HC_PAGE_NORMAL, HC_TEXT_GPA, page, &err), HC_ESTATE);
	assert_int_equal(
		sim_psp_launch_update(psp, HC_PAGE_VMSA, SNP_VMSA_GPA, page, &err), HC_ESTATE);
	sim_psp_free(psp);
}

static void refuses_a_policy_with_reserved_bits_wrong(void **state)
{
	struct sim_psp *psp = fresh();
	struct error err;

	(void)state;
	assert_int_equal(sim_psp_launch_start(psp, 0, &err), HC_ERANGE);
	assert_int_equal(sim_psp_launch_start(psp, 0x10000, &err), HC_ERANGE);
	for (unsigned int bit = 26; bit < 64; bit++)
		assert_int_equal(
			sim_psp_launch_start(psp, SIM_PSP_POLICY_DEFAULT | 1ULL << bit, &err),
			HC_ERANGE);
	assert_int_equal(sim_psp_launch_start(psp, SIM_PSP_POLICY_DEFAULT | 1ULL << 25, &err), 0);
	sim_psp_free(psp);
}

static void refuses_a_page_given_twice_bent_or_too_many(void **state)
{
	struct sim_psp *psp = launching();
	uint8_t before[SHA384_SIZE], after[SHA384_SIZE];
	struct error err;

	(void)state;
	assert_int_equal(sim_psp_launch_update(psp, HC_PAGE_NORMAL, HC_TEXT_GPA, page, &err), 0);
	sim_psp_digest(psp, before);
	assert_int_equal(
		sim_psp_launch_update(psp, HC_PAGE_ZERO, HC_TEXT_GPA, NULL, &err), HC_EMISMATCH);
	assert_int_equal(
		sim_psp_launch_update(psp, HC_PAGE_NORMAL, 0x200001, page, &err), HC_ERANGE);
	assert_int_equal(
		sim_psp_launch_update(psp, HC_PAGE_NORMAL, 0x201000, NULL, &err), HC_EMISSING);
	assert_int_equal(
		sim_psp_launch_update(psp, (enum hc_page_type)7, 0x202000, page, &err), HC_ERANGE);
	sim_psp_digest(psp, after);
	assert_memory_equal(before, after, SHA384_SIZE);
	sim_psp_free(psp);
	psp = launching();
	for (uint64_t i = 0; i < HC_LAUNCH_MAX_PAGES; i++)
		assert_int_equal(sim_psp_launch_update(psp, HC_PAGE_ZERO, i * 4096, NULL, &err), 0);
	assert_int_equal(sim_psp_launch_update(psp, HC_PAGE_ZERO, 0x400000, NULL, &err), HC_ERANGE);
	for (int i = 0; i < HC_VCPUS_MAX; i++)
		assert_int_equal(
			sim_psp_launch_update(psp, HC_PAGE_VMSA, SNP_VMSA_GPA, page, &err), 0);
	sim_psp_free(psp);
}

static void answers_a_bent_request_with_the_firmwares_status(void **state)
{
	static const struct {
		size_t offset;
		uint8_t value;
		uint32_t status;
	} cases[] = {{64, 4, 0x16}, {67, 0x80, 0x16}, {68, 2, 0x27}, {68, 3, 0x27}, {68, 4, 0x16},
		{71, 1, 0x16}, {72, 1, 0x16}, {95, 0x80, 0x16}};
	struct sim_psp *psp = running(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t request[HC_SIM_REQUEST_SIZE], response[SIM_PSP_RESPONSE_SIZE];

		request_of(request);
		request[cases[i].offset] = cases[i].value;
		assert_int_equal(sim_psp_report(psp, request, response), 0);
		assert_int_equal(get_le32(response), cases[i].status);
		assert_true(bytes_all_zero(response + 4, sizeof(response) - 4));
	}
	sim_psp_free(psp);
}

/* What hc-vmm does with an image: every region in order, then every vCPU. */
static void launch(struct sim_psp *psp, const struct fw_image *image, const struct hc_manifest *m)
{
	uint8_t vmsa[4096];

	for (size_t r = 0; r < image->region_count; r++) {
		const struct fw_region *region = &image->region[r];
		const uint8_t *data = region->role == HC_ROLE_MANIFEST  ? (const uint8_t *)m
				      : region->role == HC_ROLE_HOSTFDT ? page
									: region->data;

		for (uint32_t i = 0; i < region->pages; i++)
			assert_int_equal(sim_psp_launch_update(psp, region->type,
						 region->gpa + (uint64_t)i * 4096, data, NULL),
				0);
	}
	for (uint32_t i = 0; i < m->vcpu_count; i++) {
		vmsa_build(vmsa, i, SNP_SEV_FEATURES, false);
		assert_int_equal(
			sim_psp_launch_update(psp, HC_PAGE_VMSA, SNP_VMSA_GPA, vmsa, NULL), 0);
	}
}

static void measures_what_hc_measure_predicts(void **state)
{
	static const uint32_t vcpus[] = {1, 2, 3, 16};
	const struct fw_image image = {
		.platform = HC_PLATFORM_SIM_SNP,
		.region_count = 6,
		.region = {{HC_TEXT_GPA, 1, HC_PAGE_NORMAL, HC_ROLE_IMAGE, page},
			{HC_DATA_GPA, 2, HC_PAGE_ZERO, HC_ROLE_IMAGE, NULL},
			{HC_MANIFEST_GPA, 1, HC_PAGE_NORMAL, HC_ROLE_MANIFEST, NULL},
			{HC_SECRETS_GPA, 1, HC_PAGE_SECRETS, HC_ROLE_SECRETS, NULL},
			{HC_CPUID_GPA, 1, HC_PAGE_CPUID, HC_ROLE_CPUID, NULL},
			{HC_HOSTFDT_GPA, 2, HC_PAGE_UNMEASURED, HC_ROLE_HOSTFDT, NULL}},
		.total_pages = 8,
	};
	uint8_t seen[4][SHA384_SIZE];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct guest_inputs in = {
			.platform = HC_PLATFORM_SIM_SNP,
			.kernel = {page, 64},
			.cmdline = "console=ttyS0",
			.vcpu_count = vcpus[i],
		};
		uint8_t expected[SHA384_SIZE];
		struct sim_psp *psp = launching();
		struct hc_manifest m;

		assert_int_equal(manifest_build(&m, &in, NULL), 0);
		assert_int_equal(
			measure_snp(expected, &image, &m, SNP_SEV_FEATURES, NULL, NULL, NULL), 0);
		launch(psp, &image, &m);
		assert_int_equal(sim_psp_launch_finish(psp, NULL, NULL), 0);
		sim_psp_digest(psp, seen[i]);
		assert_memory_equal(seen[i], expected, SHA384_SIZE);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(seen[i], seen[k], SHA384_SIZE);
		sim_psp_free(psp);
	}
}

static void report_of(struct sim_psp *psp, uint8_t report[SIM_PSP_REPORT_SIZE])
{
	uint8_t request[HC_SIM_REQUEST_SIZE], response[SIM_PSP_RESPONSE_SIZE];

	request_of(request);
	request[64] = 2; /* VMPL */
	assert_int_equal(sim_psp_report(psp, request, response), 0);
	assert_int_equal(get_le32(response), 0);
	assert_int_equal(get_le32(response + 4), SIM_PSP_REPORT_SIZE);
	assert_true(bytes_all_zero(response + 8, 24));
	memcpy(report, response + HC_SIM_RESPONSE_HEADER, SIM_PSP_REPORT_SIZE);
}

static void reports_what_was_launched_in_the_hardware_format(void **state)
{
	static const uint8_t tcb[8] = {10, 0, 0, 0, 0, 0, 27, 88};
	uint8_t raw[SIM_PSP_REPORT_SIZE], host_data[32], digest[SHA384_SIZE], ones[32];
	struct bytes hwid = sim_state_read(sim_state_dir(), "chip.bin");
	struct snp_report r;
	struct sim_psp *psp;

	(void)state;
	memset(host_data, 0x77, sizeof(host_data));
	memset(ones, 0xff, sizeof(ones));
	psp = running(host_data);
	sim_psp_digest(psp, digest);
	report_of(psp, raw);
	assert_int_equal(snp_report_parse(&r, (struct view){raw, sizeof(raw)}, NULL), 0);
	assert_int_equal(snp_report_reserved_valid(&r, NULL), 0);
	assert_int_equal(r.version, 5);
	assert_int_equal(r.policy, 0x30000);
	assert_int_equal(r.vmpl, 2);
	assert_int_equal(r.signature_algo, 1);
	assert_int_equal(r.key_info, 0);
	assert_int_equal(r.report_data[0], 1);
	assert_int_equal(r.report_data[63], 64);
	assert_memory_equal(r.measurement, digest, SHA384_SIZE);
	assert_memory_equal(r.host_data, host_data, 32);
	assert_memory_equal(r.report_id_ma, ones, 32);
	assert_false(bytes_all_zero(r.report_id, 32));
	assert_memory_equal(r.current_tcb, tcb, 8);
	assert_memory_equal(r.reported_tcb, tcb, 8);
	assert_memory_equal(r.committed_tcb, tcb, 8);
	assert_memory_equal(r.launch_tcb, tcb, 8);
	assert_memory_equal(r.chip_id, hwid.data, 64);
	assert_int_equal(snp_report_product(&r), SNP_PRODUCT_GENOA);
	bytes_free(&hwid);
	sim_psp_free(psp);
}

static void two_guests_have_different_report_ids(void **state)
{
	uint8_t a[SIM_PSP_REPORT_SIZE], b[SIM_PSP_REPORT_SIZE], c[SIM_PSP_REPORT_SIZE];
	struct sim_psp *one = running(NULL), *two = running(NULL);

	(void)state;
	report_of(one, a);
	report_of(two, b);
	report_of(one, c);
	assert_memory_not_equal(a + 0x140, b + 0x140, 32);
	assert_memory_equal(a, c, 0x2a0); /* but for the signature, the same guest says the same */
	assert_memory_equal(a + 0x90, b + 0x90, 48);
	sim_psp_free(one);
	sim_psp_free(two);
}

static void gives_vcek_ask_and_ark_as_certificate_table(void **state)
{
	static const struct {
		const char *file;
		enum cert_table_kind kind;
	} want[] = {{"vcek.der", CERT_TABLE_VCEK}, {"ask.der", CERT_TABLE_ASK},
		{"ark.der", CERT_TABLE_ARK}};
	struct sim_psp *psp = fresh();
	struct view bytes = sim_psp_certificates(psp);
	struct cert_table table;

	(void)state;
	assert_int_equal(bytes.len % 4096, 0);
	assert_in_range(bytes.len, 4096, HC_SIM_CERTS_MAX);
	assert_int_equal(cert_table_parse(&table, bytes, NULL), 0);
	assert_int_equal(table.count, 3);
	for (size_t i = 0; i < 3; i++) {
		struct bytes der = sim_state_read(sim_state_dir(), want[i].file);

		assert_int_equal(table.entry[i].kind, want[i].kind);
		assert_int_equal(table.entry[i].data.len, der.len);
		assert_memory_equal(table.entry[i].data.data, der.data, der.len);
		bytes_free(&der);
	}
	sim_psp_free(psp);
}

static void judge(const uint8_t *report, const struct endorsements *set, const struct roots *roots,
	struct verdict *v)
{
	const struct appraise_input in = {
		.evidence = {report, SIM_PSP_REPORT_SIZE},
		.endorsements = set,
		.roots = roots,
		.at = SIM_STATE_NOW,
	};

	assert_int_equal(appraise(&in, v, NULL), 0);
}

static void our_verifier_takes_its_reports_as_authentic_under_the_named_root_only(void **state)
{
	static struct verdict v;
	struct bytes ark = sim_state_read(sim_state_dir(), "ark.der");
	struct bytes crl = sim_state_read(sim_state_dir(), "crl.der");
	struct sim_psp *psp = running(NULL);
	uint8_t report[SIM_PSP_REPORT_SIZE];
	struct endorsements *set;
	struct roots roots;

	(void)state;
	report_of(psp, report);
	assert_int_equal(endorsements_new(&set), 0);
	assert_int_equal(endorsements_add(set, sim_psp_certificates(psp), NULL, NULL), 0);
	assert_int_equal(endorsements_add(set, bytes_view(&crl), NULL, NULL), 0);
	assert_int_equal(roots_init(&roots), 0);
	judge(report, set, &roots, &v);
	assert_int_not_equal(v.authentic, AUTHENTIC_YES);
	assert_int_equal(roots_add(&roots, bytes_view(&ark), NULL), 0);
	assert_true(roots.item[roots.count - 1].simulated);
	judge(report, set, &roots, &v);
	assert_int_equal(v.authentic, AUTHENTIC_YES);
	assert_int_equal(v.revocation, REVOCATION_GOOD);
	assert_int_not_equal(v.value, VERDICT_TRUSTED); /* no policy */
	report[0x90] ^= 1;
	judge(report, set, &roots, &v);
	assert_int_not_equal(v.authentic, AUTHENTIC_YES);
	roots_fini(&roots);
	endorsements_free(set);
	bytes_free(&ark);
	bytes_free(&crl);
	sim_psp_free(psp);
}

/* ECDSA-Sig-Value (RFC 3279, 2.2.3) of a report's little-endian R and S. */
static struct bytes signature_der(const uint8_t *report)
{
	struct sim_der der = {0};
	uint8_t be[72];
	size_t seq = sim_der_open(&der, DER_SEQUENCE);

	bytes_reverse(be, report + 0x2a0, 72);
	sim_der_big(&der, be, 72);
	bytes_reverse(be, report + 0x2e8, 72);
	sim_der_big(&der, be, 72);
	sim_der_close(&der, seq);
	assert_int_equal(der.code, 0);
	return der.out;
}

static void openssl_verifies_the_signature_of_a_report(void **state)
{
	static const char command[] =
		"dgst -sha384 -verify vcek.pub -signature report.sig report.tbs";
	struct sim_psp *psp = running(NULL);
	uint8_t report[SIM_PSP_REPORT_SIZE];
	struct bytes sig;

	(void)state;
	if (sim_state_openssl("version") != 0) {
		print_message("openssl is not installed\n");
		sim_psp_free(psp);
		skip();
	}
	report_of(psp, report);
	sig = signature_der(report);
	sim_state_write(sim_state_dir(), "report.sig", sig.data, sig.len, 0600);
	sim_state_write(sim_state_dir(), "report.tbs", report, 0x2a0, 0600);
	assert_int_equal(
		sim_state_openssl("x509 -inform der -in vcek.der -noout -pubkey -out vcek.pub"), 0);
	assert_int_equal(sim_state_openssl(command), 0);
	report[0x29f] ^= 1;
	sim_state_write(sim_state_dir(), "report.tbs", report, 0x2a0, 0600);
	assert_int_not_equal(sim_state_openssl(command), 0);
	bytes_free(&sig);
	sim_psp_free(psp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_a_machine_without_a_simulated_root),
		cmocka_unit_test(refuses_a_launch_out_of_order),
		cmocka_unit_test(refuses_a_policy_with_reserved_bits_wrong),
		cmocka_unit_test(refuses_a_page_given_twice_bent_or_too_many),
		cmocka_unit_test(answers_a_bent_request_with_the_firmwares_status),
		cmocka_unit_test(measures_what_hc_measure_predicts),
		cmocka_unit_test(reports_what_was_launched_in_the_hardware_format),
		cmocka_unit_test(two_guests_have_different_report_ids),
		cmocka_unit_test(gives_vcek_ask_and_ark_as_certificate_table),
		cmocka_unit_test(
			our_verifier_takes_its_reports_as_authentic_under_the_named_root_only),
		cmocka_unit_test(openssl_verifies_the_signature_of_a_report),
	};

	return cmocka_run_group_tests_name("sim_psp", tests, sim_state_setup, sim_state_teardown);
}
#else
int main(void)
{
	puts("1..1\nok 1 - sim_psp # SKIP built with SIM=0");
	return 0;
}
#endif
