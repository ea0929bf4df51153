/* SPDX-License-Identifier: Apache-2.0 */
/* A whole hc-vmm on platform sev-snp, in a child under its real sandbox, on the software model of
 * KVM and the secure processor. What the model keeps is shared: the test looks at it afterwards. */
#ifndef HC_TESTS_SNP_SCENE_H
#define HC_TESTS_SNP_SCENE_H

#include "attest/crypto.h"
#include "tests/model/psp_model.h"
#include "tests/unit/tiny_guest.h"

struct snp_scene {
	struct tiny_guest guest;
	struct kvm_model *m;
	struct psp_model *psp;
};

/* `members`: of "confidential", each with its comma before it. The guest powers off at once unless
 * the test gives the model another script. */
void snp_scene_open(struct snp_scene *s, enum kvm_model_kernel kernel, unsigned int vcpus,
	uint64_t mib, const char *members);
/* A fresh model, and another configuration, for the same files. */
void snp_scene_again(struct snp_scene *s, enum kvm_model_kernel kernel, unsigned int vcpus,
	uint64_t mib, const char *members);
void snp_scene_close(struct snp_scene *s);

/* To its end: the exit status. Nothing may be left open or mapped in the model afterwards. */
int snp_scene_run(struct snp_scene *s);
/* Is `text` in the log? */
bool snp_scene_logged(const struct snp_scene *s, const char *text);

/* What hc-measure says of this guest. */
void snp_scene_predict(const struct snp_scene *s, uint8_t digest[SHA384_SIZE]);

#endif
