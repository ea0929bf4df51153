/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one guest as the simulated secure processor sees it. A report is never given before
 * the launch is finished, and nothing is measured after it.
 */
#include "vmm/sim/sim_psp.h"

#include <stdlib.h>

#include "common/hex.h"
#include "vmm/sim/sim_report.h"

_Static_assert(SIM_REPORT_SIZE == SIM_PSP_REPORT_SIZE, "one size of a report");

#define POLICY_MUST_BE_ONE  (1ULL << 17)
#define POLICY_MUST_BE_ZERO (~0ULL << 26)

/* MSG_REPORT_RSP.STATUS (SNP firmware ABI, table 25). */
#define STATUS_INVALID_PARAMS 0x16
#define STATUS_INVALID_KEY    0x27

/* MSG_REPORT_REQ.KEY_SEL, bits 1:0; 2 asks for a VLEK, which is not here. */
#define KEY_SEL_ANY  0 /* VLEK if there is one; there is none */
#define KEY_SEL_VCEK 1

static const char finish_section[] = "SNP ABI, SNP_LAUNCH_FINISH";

enum state { IDLE, LAUNCHING, RUNNING };

struct sim_psp {
	enum state state;
	struct sim_pki_chip chip;
	struct bytes certificates;
	struct launch_digest digest;
	uint64_t policy;
	uint8_t host_data[32], report_id[32];
	struct snp_id_block id; /* zero without one, as in a report */
	struct snp_id_keys id_keys;
	size_t page_count;
	uint64_t pages[HC_LAUNCH_MAX_PAGES]; /* gpa of every page given */
};

int sim_psp_new(struct sim_psp **out, const char *state_dir, struct error *err)
{
	struct sim_psp *psp = calloc(1, sizeof(*psp));
	int ret;

	*out = NULL;
	if (!psp)
		return error_fail(err, HC_ENOMEM, "simulated processor", "no memory");
	ret = sim_pki_load(&psp->chip, state_dir, err);
	if (ret == 0) {
		ret = sim_report_certificates(&psp->certificates, &psp->chip);
		if (ret == 0 && psp->certificates.len > HC_SIM_CERTS_MAX)
			ret = HC_ERANGE;
		if (ret)
			error_fail(err, ret, "certificate table", "does not fit");
	}
	if (ret) {
		sim_psp_free(psp);
		return ret;
	}
	*out = psp;
	return 0;
}

void sim_psp_free(struct sim_psp *psp)
{
	if (!psp)
		return;
	sim_pki_fini(&psp->chip);
	bytes_free(&psp->certificates);
	bytes_wipe(psp, sizeof(*psp));
	free(psp);
}

static int check_state(
	const struct sim_psp *psp, enum state want, const char *where, struct error *err)
{
	static const char *const names[] = {
		"before the launch", "during the launch", "after the launch"};
	struct error unused = {0};

	if (psp->state == want)
		return 0;
	err = err ? err : &unused;
	error_fail(err, HC_ESTATE, where, "%s", names[psp->state]);
	return error_expected(err, "%s", names[want]);
}

int sim_psp_launch_start(struct sim_psp *psp, uint64_t policy, struct error *err)
{
	int ret = check_state(psp, IDLE, "SNP_LAUNCH_START", err);

	if (ret)
		return ret;
	if (!(policy & POLICY_MUST_BE_ONE) || policy & POLICY_MUST_BE_ZERO) {
		error_fail(err, HC_ERANGE, "guest policy", "0x%llx", (unsigned long long)policy);
		error_expected(err, "bit 17 set, bits 63:26 clear");
		return HC_ERANGE;
	}
	psp->policy = policy;
	launch_digest_init(&psp->digest);
	psp->state = LAUNCHING;
	return 0;
}

/* A page belongs to the guest from the first time it is given. */
static int claim_page(struct sim_psp *psp, uint64_t gpa, struct error *err)
{
	for (size_t i = 0; i < psp->page_count; i++)
		if (psp->pages[i] == gpa)
			return error_fail(err, HC_EMISMATCH, "SNP_LAUNCH_UPDATE",
				"page 0x%llx a second time", (unsigned long long)gpa);
	if (psp->page_count == HC_LAUNCH_MAX_PAGES)
		return error_fail(err, HC_ERANGE, "SNP_LAUNCH_UPDATE", "more than %d pages",
			HC_LAUNCH_MAX_PAGES);
	psp->pages[psp->page_count++] = gpa;
	return 0;
}

int sim_psp_launch_update(struct sim_psp *psp, enum hc_page_type type, uint64_t gpa,
	const uint8_t *page, struct error *err)
{
	int ret = check_state(psp, LAUNCHING, "SNP_LAUNCH_UPDATE", err);

	if (ret == 0 && type != HC_PAGE_VMSA)
		ret = claim_page(psp, gpa, err);
	if (ret)
		return ret;
	ret = launch_digest_page(&psp->digest, type, gpa, page);
	if (ret)
		return error_fail(err, ret, "SNP_LAUNCH_UPDATE", "page type %u at 0x%llx", type,
			(unsigned long long)gpa);
	return 0;
}

static int other_digest(const struct sim_psp *psp, const uint8_t *ld, struct error *err)
{
	char found[2 * SHA384_SIZE + 1], want[2 * SHA384_SIZE + 1];

	hex_encode(found, ld, SHA384_SIZE);
	hex_encode(want, psp->digest.value, SHA384_SIZE);
	error_fail(err, HC_EMISMATCH, "ID block: launch digest", "%s", found);
	error_expected(err, "%s, which was launched", want);
	error_section(err, finish_section);
	return error_remedy(err, "launch what was signed, or have an ID block signed for this: "
				 "hc-measure id-block --measurement");
}

static int other_policy(const struct sim_psp *psp, uint64_t policy, struct error *err)
{
	error_fail(err, HC_EMISMATCH, "ID block: policy", "0x%llx", (unsigned long long)policy);
	error_expected(
		err, "0x%llx, with which this guest was launched", (unsigned long long)psp->policy);
	error_section(err, finish_section);
	return error_remedy(err, "have an ID block signed for this policy: hc-measure id-block "
				 "--policy");
}

/* In the order in which the firmware can know: what the block says, then who says it. */
static int check_id_block(struct sim_psp *psp, const struct sim_psp_finish *finish,
	struct snp_id_block *id, struct snp_id_keys *keys, struct error *err)
{
	const struct view block = {finish->id_block, SNP_ID_BLOCK_SIZE};
	const struct view auth = {finish->id_auth, SNP_ID_AUTH_SIZE};
	int ret = snp_id_block_parse(id, block, err);

	if (ret)
		return ret;
	if (memcmp(id->ld, psp->digest.value, SHA384_SIZE) != 0)
		return other_digest(psp, id->ld, err);
	if (id->policy != psp->policy)
		return other_policy(psp, id->policy, err);
	ret = snp_id_auth_verify(keys, block, auth, err);
	if (ret == HC_ESIGNATURE)
		error_remedy(err, "give both files as hc-measure id-block wrote them together");
	if (ret == 0 && finish->author_key_en && !keys->author) {
		ret = error_fail(err, HC_EMISSING, "ID authentication: author key", "none");
		error_section(err, finish_section);
		error_remedy(err, "sign with --author-key, or launch without an author key");
	}
	if (!finish->author_key_en) {
		keys->author = false;
		memset(keys->author_key_digest, 0, sizeof(keys->author_key_digest));
	}
	return ret;
}

int sim_psp_launch_finish(
	struct sim_psp *psp, const struct sim_psp_finish *finish, struct error *err)
{
	static const struct sim_psp_finish nothing;
	struct snp_id_block id = {0};
	struct snp_id_keys keys = {0};
	struct error unused = {0};
	int ret = check_state(psp, LAUNCHING, "SNP_LAUNCH_FINISH", err);

	err = err ? err : &unused;
	finish = finish ? finish : &nothing;
	if (ret == 0 && finish->id_block_en)
		ret = check_id_block(psp, finish, &id, &keys, err);
	else if (ret == 0 && finish->author_key_en)
		ret = error_fail(err, HC_EUSAGE, "SNP_LAUNCH_FINISH", "author key, no ID block");
	if (ret)
		return ret;
	ret = crypto_random(psp->report_id, sizeof(psp->report_id));
	if (ret)
		return error_fail(err, ret, "SNP_LAUNCH_FINISH", "no random bytes");
	if (finish->host_data)
		memcpy(psp->host_data, finish->host_data, sizeof(psp->host_data));
	psp->id = id;
	psp->id_keys = keys;
	psp->state = RUNNING;
	return 0;
}

void sim_psp_digest(const struct sim_psp *psp, uint8_t out[SHA384_SIZE])
{
	memcpy(out, psp->digest.value, SHA384_SIZE);
}

/* 0, or the status that the firmware would answer with. */
static uint32_t request_status(const uint8_t request[HC_SIM_REQUEST_SIZE])
{
	uint32_t key_sel = get_le32(request + 68);

	if (get_le32(request + 64) > 3 || key_sel > 3 || !bytes_all_zero(request + 72, 24))
		return STATUS_INVALID_PARAMS;
	return key_sel == KEY_SEL_ANY || key_sel == KEY_SEL_VCEK ? 0 : STATUS_INVALID_KEY;
}

int sim_psp_report(struct sim_psp *psp, const uint8_t request[HC_SIM_REQUEST_SIZE],
	uint8_t response[SIM_PSP_RESPONSE_SIZE])
{
	const struct sim_report report = {
		.policy = psp->policy,
		.vmpl = get_le32(request + 64),
		.report_data = request,
		.measurement = psp->digest.value,
		.host_data = psp->host_data,
		.report_id = psp->report_id,
		.chip_id = psp->chip.hwid,
		.id = &psp->id,
		.id_keys = &psp->id_keys,
	};
	uint32_t status = request_status(request);

	memset(response, 0, SIM_PSP_RESPONSE_SIZE);
	if (psp->state != RUNNING)
		return HC_ESTATE;
	put_le32(response, status);
	if (status)
		return 0;
	put_le32(response + 4, SIM_PSP_REPORT_SIZE);
	sim_report_encode(response + HC_SIM_RESPONSE_HEADER, &report);
	return sim_report_sign(response + HC_SIM_RESPONSE_HEADER, psp->chip.vcek_key);
}

struct view sim_psp_certificates(const struct sim_psp *psp)
{
	return bytes_view(&psp->certificates);
}
