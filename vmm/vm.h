/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One virtual machine and its life. What is where, and who may touch it:
 *
 *   Threads   One thread a vCPU, and the main thread, which is the device thread: it sets
 * everything up, runs the event loop while the guest runs, and takes everything down. Nobody else
 *             makes threads.
 *   Before    Up to the start gate the vCPU threads do nothing: the main thread owns all of
 *             struct vm. The sandbox is complete before the gate opens, so before the first
 *             instruction of the guest.
 *   lock      The device lock. Held for every access to `ports` and `mmio`, for every call into a
 *             device from either kind of thread, for the loop's table and for dropping the staging
 *             window. Nothing that can wait for long is done under it: descriptors are used when
 *             they are ready, and a vCPU that waits for its quote gives the lock up meanwhile. It
 *             is the only lock but the simulated processor's own (sim.c), that of conversions
 *             (private_memory.c) and that of certificates (snp_certs.c); no thread ever holds two.
 *   Free      `kvm` (its calls for MSI and doorbells are the kernel's to order), `mem` and
 *             `config` (constant while the guest runs), `status` (atomic), `log` (a line is one
 *             write).
 *   vcpu[i]   Its own thread only, but for run->immediate_exit, which the main thread sets to kick.
 *             A thread that clears it (snp_exit.c) asks for `status` after a full barrier.
 *   Processes This one alone, but for the dialler of a guest with a quote service, which is
 *             forked before guest memory exists (quote_dialler.h) and ends with us.
 *   Ending    vm_stop() by any thread, first status wins. The main thread then kicks every vCPU
 *             (immediate_exit, then a signal), joins all, and only then takes devices down. One
 *             that waits for a quote comes back by itself, QUOTE_WAIT_MS later at most.
 *   Memory    Nothing is allocated between the gate and the join, except by the simulated
 *             processor for its signatures.
 */
#ifndef HC_VMM_VM_H
#define HC_VMM_VM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "attest/measure/measure.h"
#include "common/bytes.h"
#include "common/error.h"
#include "common/log.h"
#include "vmm/config.h"
#include "vmm/device/bus.h"
#include "vmm/device/host.h"
#include "vmm/exit.h"
#include "vmm/guest_memory.h"
#include "vmm/kvm.h"
#include "vmm/launch_identity.h"
#include "vmm/loop.h"
#include "vmm/platform/platform.h"
#include "vmm/staging.h"

struct vm_devices; /* vmm/vm_devices.h */

/* Memory slots: RAM ranges from 0, then the staging window, then one of the platform's own. */
#define VM_SLOT_STAGING  HC_RAM_RANGES_MAX
#define VM_SLOT_PLATFORM (HC_RAM_RANGES_MAX + 1)

enum vm_phase { VM_NEW, VM_CREATED, VM_MAPPED, VM_LOADED, VM_RESET, VM_SEALED };

struct vm_thread {
	struct vm *vm;
	uint32_t index;
	pthread_t id;
};

struct vm {
	const struct vm_config *config;
	const struct log *log;
	const struct kvm_sys *sys;
	void *sys_ctx;

	const struct platform_ops *platform;
	void *platform_state; /* the platform's own, made by create, freed by destroy */
	enum vm_phase phase;  /* kept by platform.c */

	struct kvm kvm;
	uint32_t vcpus; /* created */
	struct kvm_vcpu vcpu[HC_VCPUS_MAX];

	struct guest_memory mem;
	struct staging staging;
	struct bytes firmware_file;
	struct fw_image firmware; /* points into firmware_file */
	struct hc_manifest manifest;
	struct launch_identity identity;

	pthread_mutex_t lock;
	struct bus ports, mmio;
	struct device_host host;
	struct vm_devices *devices;
	struct loop loop;

	uint32_t threads; /* started */
	struct vm_thread thread[HC_VCPUS_MAX];
	uint32_t ready; /* threads that wait at the gate; under lock, as is the gate */
	bool started;
	pthread_cond_t start;
	int status;  /* enum vmm_exit, or VM_RUNNING; atomic */
	int stop_fd; /* eventfd: readable once status is set */
	int signal_fd;
	int64_t last_complaint_s; /* under lock; seconds of the monotonic clock */
	const char *last_complainer;
	unsigned int complaints; /* in that second */
};

#define VM_RUNNING             (-1)
#define VM_COMPLAINTS_A_SECOND 8

/*
 * Run a guest from its configuration (checked) to its end, and return hc-vmm's exit status. Blocks
 * SIGTERM and SIGINT once there is something to clean up, and they stay blocked. Logs; the
 * configuration and the log outlive the call.
 */
int vm_run(const struct vm_config *config, const struct log *log, const struct kvm_sys *sys,
	void *sys_ctx);

/* End the guest with an exit status; the first call decides. Any thread. */
void vm_stop(struct vm *vm, int status);
bool vm_stopping(const struct vm *vm);

/* The device_host of this VM (vm_host.c). */
void vm_host_init(struct vm *vm);

#endif
