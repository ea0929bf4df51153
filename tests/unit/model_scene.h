/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-vmm with the firmware that is installed, on the model of KVM: for what SEV-SNP and TDX have in
 * common. What is left of a process is counted from outside, for at its end it may not look any
 * more.
 */
#ifndef HC_TESTS_MODEL_SCENE_H
#define HC_TESTS_MODEL_SCENE_H

#include "attest/crypto.h"
#include "tests/model/kvm_model.h"
#include "tests/unit/tiny_guest.h"

/* One of the two technologies. */
struct model_tee {
	const char *platform, *image; /* of the configuration; file in build/firmware */
	struct kvm_model *(*new_model)(enum kvm_model_kernel kernel);
	/* The launch's measurement: the model's, attest/measure's, and hc-measure's command. */
	const uint8_t *(*measured)(const struct kvm_model *m, uint32_t vm);
	void (*predict)(const char *config, uint8_t out[SHA384_SIZE]);
	const char *command;
	/* A guest takes `len` bytes of private memory at gpa for its own. */
	kvm_model_step_fn *accept;
	/* Lines of a launch's transcript, in this order. */
	const char *const *order;
};
extern const struct model_tee model_tees[];
extern const size_t model_tee_count;
/* Has this build the platform? */
bool model_tee_built(const struct model_tee *tee);

/* What a process has of the system. */
struct model_counts {
	unsigned int descriptors, threads, mappings;
	uint64_t mapped; /* bytes */
};

struct model_scene {
	const struct model_tee *tee;
	struct tiny_guest guest;
	struct kvm_model *m;
	struct model_shared *shared; /* with the child */
	struct tiny_run run;
	struct model_counts before, after;
};

/* A guest that powers off at once, on a host of its own. */
void model_scene_open(
	struct model_scene *s, const struct model_tee *tee, unsigned int vcpus, uint64_t mib);
/* The same files, other numbers, a fresh model. */
void model_scene_again(struct model_scene *s, unsigned int vcpus, uint64_t mib);
/* Another guest on the host of `first`. */
void model_scene_beside(struct model_scene *s, const struct model_scene *first);
void model_scene_close(struct model_scene *s);

/* start and finish, or both: exit status. The counts are taken around vm_run. */
void model_scene_start(struct model_scene *s);
int model_scene_finish(struct model_scene *s);
int model_scene_run(struct model_scene *s);

/* Fail the test unless nothing is left: in the model, and in the process. `threads`: the guest ran,
 * so that the C library may keep stacks and heaps of threads. */
void model_scene_check_leaks(const struct model_scene *s, bool threads);

#endif
