/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM of platform tdx in this process, on the model of KVM and the TDX module: the verbs one by
 * one, without threads and sandbox. No cmocka, so that fuzz targets can use it.
 */
#ifndef HC_TESTS_TDX_VM_H
#define HC_TESTS_TDX_VM_H

#include "tests/model/tdx_module.h"
#include "vmm/vm.h"

struct tdx_vm {
	struct kvm_model *m;
	struct vm_config config;
	struct log log;
	struct vm vm;
	struct error err;
};

/* Ready for platform_create: 2 vCPUs, 128 MiB, nothing configured. Aborts where that fails. */
void tdx_vm_open(struct tdx_vm *t);
void tdx_vm_close(struct tdx_vm *t);

/* Create and map_memory; then the vCPUs with their CPUID; then one measured page, reset and seal.
 * The first error. */
HC_MUST_USE int tdx_vm_create(struct tdx_vm *t);
HC_MUST_USE int tdx_vm_vcpus(struct tdx_vm *t);
HC_MUST_USE int tdx_vm_seal(struct tdx_vm *t);

/* Is `text` in the log, and how often? */
unsigned int tdx_vm_logged(struct tdx_vm *t, const char *text);

#endif
