/* SPDX-License-Identifier: Apache-2.0 */
/* Every check there is: its id, its question, where it is specified, and its sentences. */
#include <string.h>

#include "attest/result/verdict.h"
#include "common/messages.h"

#define GENUINE     .group = CHECK_GROUP_AUTHENTICITY, .tee = CLAIMS_SEV_SNP, .mandatory = true
#define GENUINE_TDX .group = CHECK_GROUP_AUTHENTICITY, .tee = CLAIMS_TDX, .mandatory = true
#define POLICY      .group = CHECK_GROUP_POLICY, .mandatory = true
#define POLICY_SNP  POLICY, .tee = CLAIMS_SEV_SNP

/* clang-format off */
static const struct check_def defs[] = {
{ .id = "evidence.kind", .group = CHECK_GROUP_AUTHENTICITY, .mandatory = true,
  .section = "DESIGN 4",
  .pass = N_("The evidence is of a kind this program verifies."),
  .fail = N_("The evidence is of no kind this program verifies.") },
{ .id = "snp.size", GENUINE, .section = "SNP ABI 7.3",
  .pass = N_("The report has the exact size of an SEV-SNP report."),
  .fail = N_("The report does not have the size of an SEV-SNP report.") },
{ .id = "snp.version", GENUINE, .section = "SNP ABI 7.3 VERSION",
  .pass = N_("The report is of a version whose layout is known."),
  .fail = N_("The report is of a version that no SEV-SNP hardware in service writes.") },
{ .id = "snp.signature_algo", GENUINE, .section = "SNP ABI 10.1",
  .pass = N_("The report names ECDSA P-384 with SHA-384 as its signature algorithm."),
  .fail = N_("The report names another signature algorithm than ECDSA P-384 with SHA-384.") },
{ .id = "snp.key_info", GENUINE, .section = "SNP ABI 7.3 KEY_INFO",
  .pass = N_("The report says that it is signed, and by which kind of key."),
  .fail = N_("The report does not say that it is signed by a VCEK or a VLEK.") },
{ .id = "snp.reserved", GENUINE, .section = "SNP ABI 7.3",
  .pass = N_("All bytes without a meaning are zero."),
  .fail = N_("Bytes that must be zero are not: this report was not written by the hardware as it stands.") },
{ .id = "snp.vmpl", GENUINE, .section = "SNP ABI 7.3 VMPL",
  .pass = N_("The report was requested by the guest itself."),
  .fail = N_("The report was requested by the host, not by the guest: it binds nothing to the guest.") },
{ .id = "snp.vek", GENUINE, .section = "AMD 57230 3.1",
  .pass = N_("The certificate of the key that signed the report is at hand and well formed."),
  .fail = N_("The certificate given for the signing key is not a well formed VCEK or VLEK.") },
{ .id = "snp.signing_key", GENUINE, .section = "SNP ABI 7.3 SIGNING_KEY",
  .pass = N_("The kind of key the report names is the kind of certificate given."),
  .fail = N_("The report names one kind of key and the certificate is of the other kind.") },
{ .id = "snp.product", GENUINE, .section = "SNP ABI 7.3 CPUID_FAM_ID",
  .pass = N_("Report, certificate and root agree on the processor product."),
  .fail = N_("Report, certificate and root do not agree on a known processor product.") },
{ .id = "snp.chain", GENUINE, .section = "AMD 57230 2",
  .pass = N_("The certificates form a chain from the signing key to its root, each signed by the next."),
  .fail = N_("The certificates do not form a chain: a signature in it does not verify.") },
{ .id = "snp.root", GENUINE, .section = "DESIGN 4",
  .pass = N_("The chain ends in a root that is built in or was named by the caller."),
  .fail = N_("The chain ends in a root that is neither built in nor named by the caller.") },
{ .id = "snp.validity", GENUINE, .section = "RFC 5280 4.1.2.5",
  .pass = N_("All certificates were valid at the time of the appraisal."),
  .fail = N_("A certificate was not valid at the time of the appraisal.") },
{ .id = "snp.tcb", GENUINE, .section = "AMD 57230 3.1",
  .pass = N_("The certificate is for exactly the firmware levels that the report states."),
  .fail = N_("The certificate is for other firmware levels than the report states.") },
{ .id = "snp.chip_id", GENUINE, .section = "AMD 57230 3.1 HWID",
  .pass = N_("The certificate belongs to the chip that the report names, or names a provider's key."),
  .fail = N_("The certificate belongs to another chip than the report names.") },
{ .id = "snp.signature", GENUINE, .section = "SNP ABI 7.3 SIGNATURE",
  .pass = N_("The report is signed by the key in the certificate, byte for byte as received."),
  .fail = N_("The signature on the report does not verify: it was altered, or another key signed it.") },
{ .id = "snp.crl", .group = CHECK_GROUP_REVOCATION, .tee = CLAIMS_SEV_SNP,
  .section = "RFC 5280 6.3.3",
  .pass = N_("A revocation list signed by the root and in date is at hand."),
  .fail = N_("The revocation list given is not signed by the root.") },
{ .id = "snp.revoked", .group = CHECK_GROUP_REVOCATION, .tee = CLAIMS_SEV_SNP,
  .section = "RFC 5280 6.3.3",
  .pass = N_("The vendor has not revoked the intermediate certificate."),
  .fail = N_("The vendor has revoked the intermediate certificate.") },
{ .id = "tdx.header", GENUINE_TDX, .section = "TDX DCAP API A.3.1",
  .pass = N_("The quote is of a version, key type and kind whose layout is known."),
  .fail = N_("The quote is of a version, key type or kind that is not handled here.") },
{ .id = "tdx.body", GENUINE_TDX, .section = "TDX DCAP API A.3.2, A.4.2",
  .pass = N_("The quote holds the TDX module's report about a TD."),
  .fail = N_("The quote does not hold a whole report about a TD of a known type.") },
{ .id = "tdx.auth_data", GENUINE_TDX, .section = "TDX DCAP API A.3.8",
  .pass = N_("Signature, attestation key and quoting enclave's report are there, and all lengths add up."),
  .fail = N_("What signs the quote is cut short, or its lengths do not add up.") },
{ .id = "tdx.certification_data", GENUINE_TDX, .section = "TDX DCAP API A.3.9",
  .pass = N_("The quote says, in a known way, which PCK certificate certifies its key."),
  .fail = N_("The quote does not say in a known way which PCK certificate certifies its key.") },
{ .id = "tdx.reserved", GENUINE_TDX, .section = "TDX DCAP API A.3.1",
  .pass = N_("The bytes of the header without a meaning are zero."),
  .fail = N_("Bytes of the header that must be zero are not: this quote is of a layout not known here.") },
{ .id = "policy.root", POLICY, .section = "POLICY roots",
  .pass = N_("The policy accepts this root."),
  .fail = N_("The policy does not accept this root.") },
{ .id = "policy.product", POLICY_SNP, .section = "POLICY products",
  .pass = N_("The policy accepts this processor product."),
  .fail = N_("The policy does not accept this processor product.") },
{ .id = "policy.report_version", POLICY_SNP, .section = "POLICY report-version-2",
  .pass = N_("The policy accepts reports of this version."),
  .fail = N_("The policy does not accept version 2 reports: the product is not in what is signed.") },
{ .id = "policy.guest_policy", POLICY_SNP, .section = "SNP ABI 4.3",
  .pass = N_("The guest policy uses only bits with a known meaning."),
  .fail = N_("The guest policy uses bits without a known meaning, or lacks the one that must be set.") },
{ .id = "policy.debug", POLICY, .section = "SNP ABI 4.3 DEBUG",
  .pass = N_("The host cannot debug the guest, or the policy allows it."),
  .fail = N_("The host can debug the guest: it reads and writes all of its memory.") },
{ .id = "policy.migration", POLICY_SNP, .section = "SNP ABI 4.3 MIGRATE_MA",
  .pass = N_("The guest cannot be migrated by an agent, or the policy allows it."),
  .fail = N_("The guest may be handed to a migration agent.") },
{ .id = "policy.vmpl", POLICY_SNP, .section = "SNP ABI 7.3 VMPL",
  .pass = N_("The report comes from the privilege level that the policy asks for."),
  .fail = N_("The report comes from a less privileged level than VMPL 0.") },
{ .id = "policy.chip_identity", POLICY_SNP, .section = "DESIGN 8",
  .pass = N_("The report says which chip it comes from, or the policy does without."),
  .fail = N_("The report does not say which chip it comes from.") },
{ .id = "policy.platform_info", POLICY_SNP, .section = "SNP ABI 7.3 PLATFORM_INFO",
  .pass = N_("All platform information bits have a known meaning, or the policy ignores the others."),
  .fail = N_("The platform reports bits whose meaning is not known here.") },
{ .id = "policy.tcb_order", POLICY_SNP, .section = "SNP ABI 3.3",
  .pass = N_("The firmware levels at launch, reported and committed are not above the current ones."),
  .fail = N_("The firmware levels contradict each other: one is above the current level.") },
{ .id = "policy.revocation", POLICY, .section = "POLICY revocation",
  .pass = N_("Nothing in the chain is revoked, or the policy does without a fresh list for now."),
  .fail = N_("A certificate in the chain is revoked.") },
{ .id = "policy.report_data", .group = CHECK_GROUP_POLICY, .section = "SNP ABI 7.3 REPORT_DATA",
  .pass = N_("The report is bound to the data that the caller expects."),
  .fail = N_("The report is bound to other data than the caller expects.") },
{ .id = "policy.measurement", POLICY, .section = "POLICY measurements",
  .pass = N_("The policy lists what was started: firmware, kernel, initrd and command line."),
  .fail = N_("What was started is not on the policy's list of measurements.") },
};
/* clang-format on */

const struct check_def *check_def_at(size_t index)
{
	return index < sizeof(defs) / sizeof(defs[0]) ? &defs[index] : NULL;
}

const struct check_def *check_def_find(const char *id)
{
	for (size_t i = 0; i < sizeof(defs) / sizeof(defs[0]); i++)
		if (!strcmp(defs[i].id, id))
			return &defs[i];
	return NULL;
}
