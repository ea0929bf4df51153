/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a VM, from top to bottom: open, create, memory, devices, load, vCPUs, seal, sandbox,
 * run, and back. The rules about threads and the lock are in vm.h.
 */
#include "vmm/vm.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "vmm/cpuid.h"
#include "vmm/launch.h"
#include "vmm/ram.h"
#include "vmm/sandbox.h"
#include "vmm/terminal.h"
#include "vmm/vcpu.h"
#include "vmm/vm_devices.h"

/* The stack of a vCPU thread: exits and devices use little, the simulated processor more. */
#define VCPU_STACK_BYTES 0x40000

bool vm_stopping(const struct vm *vm)
{
	return __atomic_load_n(&vm->status, __ATOMIC_ACQUIRE) != VM_RUNNING;
}

void vm_stop(struct vm *vm, int status)
{
	const uint64_t one = 1;
	int running = VM_RUNNING;

	if (!__atomic_compare_exchange_n(
		    &vm->status, &running, status, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return;
	/* Fails only if the counter is full, and then the main thread wakes up as well. */
	(void)!write(vm->stop_fd, &one, sizeof(one));
}

static void on_stop(void *ctx, int fd, uint32_t events)
{
	uint64_t count;

	(void)ctx;
	(void)events;
	(void)!read(fd, &count, sizeof(count));
}

static void on_signal(void *ctx, int fd, uint32_t events)
{
	struct signalfd_siginfo info;
	struct vm *vm = ctx;

	(void)events;
	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return;
	log_line(vm->log, LOG_LEVEL_INFO, "stopping the guest: signal %u from process %u",
		info.ssi_signo, info.ssi_pid);
	vm_stop(vm, VMM_EXIT_STOPPED);
}

static int open_events(struct vm *vm, struct error *err)
{
	sigset_t signals;
	int rc = loop_init(&vm->loop, &vm->lock, err);

	if (rc)
		return rc;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	/* Until here a signal just ends us: there is nothing to clean up, and a wrong file name may
	 * be a pipe that nobody writes to. */
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	vm->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	vm->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (vm->stop_fd < 0 || vm->signal_fd < 0)
		return error_errno(err, "eventfd or signalfd", errno);
	rc = loop_watch(&vm->loop, vm->stop_fd, EPOLLIN, on_stop, vm);
	if (!rc)
		rc = loop_watch(&vm->loop, vm->signal_fd, EPOLLIN, on_signal, vm);
	return rc ? error_fail(err, rc, "event loop", "cannot watch signals") : 0;
}

static int choose_platform(struct vm *vm, struct error *err)
{
	enum hc_platform id;
	char built[64] = "";
	int rc = vm_config_platform(vm->config, &id, err);

	if (rc)
		return rc;
	for (const struct platform_ops *const *p = platforms; *p; p++) {
		if ((*p)->id == id) {
			vm->platform = *p;
			return 0;
		}
		snprintf(built + strlen(built), sizeof(built) - strlen(built), "%s%s",
			*built ? " or " : "", (*p)->name);
	}
	error_fail(err, HC_EUNSUPPORTED, "confidential.platform", "\"%s\"", vm->config->platform);
	error_expected(err, "%s: this hc-vmm has no other", built);
	return HC_EUNSUPPORTED;
}

/* All that can fail for the operator's reasons, before KVM is asked for anything. */
static int open_files(struct vm *vm, struct error *err)
{
	const struct vm_config *c = vm->config;
	int rc = choose_platform(vm, err);

	if (!rc)
		rc = launch_firmware(c, &vm->firmware_file, &vm->firmware, err);
	if (!rc)
		rc = staging_open(&vm->staging, c->kernel_path, c->initrd_path, err);
	if (!rc)
		rc = launch_manifest(c, &vm->staging, &vm->manifest, err);
	if (!rc)
		rc = launch_identity_read(&vm->identity, c, err);
	return rc;
}

static int map_memory(struct vm *vm, struct error *err)
{
	int rc = ram_open(&vm->mem, vm->config->ram_bytes, vm->config->huge_pages, err);

	for (size_t i = 0; i < vm->mem.count && !rc; i++)
		rc = platform_map_memory(vm, &vm->mem.ram[i], err);
	return rc;
}

static int create_vcpus(struct vm *vm, struct error *err)
{
	bool tsc_deadline = kvm_has(&vm->kvm, KVM_CAP_TSC_DEADLINE_TIMER);
	struct kvm_cpuid_table supported, own;
	int rc = kvm_supported_cpuid(&vm->kvm, &supported, err);

	for (uint32_t i = 0; i < vm->config->vcpu_count && !rc; i++) {
		rc = kvm_create_vcpu(&vm->kvm, i, &vm->vcpu[i], err);
		if (rc)
			return rc;
		vm->vcpus++;
		own = supported;
		rc = cpuid_fix(&own, i, vm->config->vcpu_count, tsc_deadline, err);
		if (!rc)
			rc = platform_fit_cpuid(vm, i, &own, err);
		if (!rc)
			rc = kvm_set_cpuid(&vm->kvm, &vm->vcpu[i], &own, err);
	}
	return rc;
}

static int reset_vcpus(struct vm *vm, struct error *err)
{
	int rc = 0;

	for (uint32_t i = 0; i < vm->vcpus && !rc; i++)
		rc = platform_reset_vcpu(vm, i, err);
	return rc;
}

static void on_kick(int signal)
{
	(void)signal; /* that KVM_RUN returns is all that is wanted */
}

static void *vcpu_thread(void *arg)
{
	struct vm_thread *self = arg;
	struct vm *vm = self->vm;
	sigset_t kick;

	sigemptyset(&kick);
	sigaddset(&kick, VCPU_KICK_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &kick, NULL);
	pthread_mutex_lock(&vm->lock);
	vm->ready++;
	pthread_cond_broadcast(&vm->start);
	while (!vm->started)
		pthread_cond_wait(&vm->start, &vm->lock);
	pthread_mutex_unlock(&vm->lock);
	vcpu_loop(vm, self->index);
	return NULL;
}

/* The C library sets a new thread up with calls that the filter forbids: wait until it has. */
static void await_threads(struct vm *vm)
{
	pthread_mutex_lock(&vm->lock);
	while (vm->ready < vm->threads)
		pthread_cond_wait(&vm->start, &vm->lock);
	pthread_mutex_unlock(&vm->lock);
}

static int make_threads(struct vm *vm, struct error *err)
{
	struct sigaction kick = {.sa_handler = on_kick};
	pthread_attr_t attr;
	int rc = 0;

	sigaction(VCPU_KICK_SIGNAL, &kick, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, VCPU_STACK_BYTES);
	for (uint32_t i = 0; i < vm->vcpus && !rc; i++) {
		vm->thread[i] = (struct vm_thread){.vm = vm, .index = i};
		rc = pthread_create(&vm->thread[i].id, &attr, vcpu_thread, &vm->thread[i]);
		vm->threads += !rc;
	}
	pthread_attr_destroy(&attr);
	await_threads(vm);
	if (!rc)
		return 0;
	error_errno(err, "thread of a vCPU", rc);
	error_remedy(err, "raise the limits on threads and memory (ulimit -u, cgroup pids.max)");
	return HC_EIO;
}

static uint32_t sandbox_features(const struct vm *vm)
{
	return (vm->config->drive_count ? SANDBOX_BLOCK : 0) |
	       (vm->config->vsock_path ? SANDBOX_VSOCK : 0) |
	       (vm->config->quote_service ? SANDBOX_QUOTE : 0) |
	       (vm->config->guest_memfd ? SANDBOX_PRIVATE : 0) | vm->platform->sandbox;
}

static void open_gate(struct vm *vm)
{
	pthread_mutex_lock(&vm->lock);
	vm->started = true;
	pthread_cond_broadcast(&vm->start);
	pthread_mutex_unlock(&vm->lock);
}

static void end_threads(struct vm *vm)
{
	/* After a failure they may still be waiting. */
	open_gate(vm);
	for (uint32_t i = 0; i < vm->threads; i++) {
		__atomic_store_n(&vm->vcpu[i].run->immediate_exit, 1, __ATOMIC_RELEASE);
		pthread_kill(vm->thread[i].id, VCPU_KICK_SIGNAL);
	}
	while (vm->threads)
		pthread_join(vm->thread[--vm->threads].id, NULL);
}

static int set_up(struct vm *vm, struct error *err)
{
	int rc = open_files(vm, err);

	if (!rc)
		rc = open_events(vm, err);
	if (!rc)
		rc = kvm_open(&vm->kvm, vm->sys, vm->sys_ctx, err);
	if (!rc)
		rc = platform_create(vm, err);
	if (!rc)
		rc = map_memory(vm, err);
	if (!rc)
		rc = vm_devices_open(vm, err);
	if (!rc)
		rc = create_vcpus(vm, err);
	if (!rc)
		rc = launch_load(vm, err);
	if (!rc)
		rc = reset_vcpus(vm, err);
	if (!rc)
		rc = platform_seal(vm, err);
	return rc;
}

static int enter_sandbox(struct vm *vm, struct error *err)
{
	int rc = sandbox_drop(err);

	if (!rc)
		rc = make_threads(vm, err);
	if (!rc)
		rc = sandbox_filter(sandbox_features(vm), err);
	return rc;
}

static int run(struct vm *vm, struct error *err)
{
	int rc = 0;

	log_line(vm->log, LOG_LEVEL_INFO, "guest starts: platform %s, %u vCPU, %llu MiB",
		vm->platform->name, vm->vcpus, (unsigned long long)(vm->config->ram_bytes >> 20));
	open_gate(vm);
	while (!vm_stopping(vm) && rc >= 0)
		rc = loop_step(&vm->loop, -1, err);
	return rc < 0 ? rc : 0;
}

static void tear_down(struct vm *vm)
{
	end_threads(vm);
	vm_devices_close(vm);
	platform_destroy(vm);
	for (uint32_t i = 0; i < vm->vcpus; i++)
		kvm_close_vcpu(&vm->kvm, &vm->vcpu[i]);
	kvm_close(&vm->kvm);
	staging_close(&vm->staging);
	ram_close(&vm->mem);
	bytes_free(&vm->firmware_file);
	loop_fini(&vm->loop);
	if (vm->stop_fd >= 0)
		close(vm->stop_fd);
	if (vm->signal_fd >= 0)
		close(vm->signal_fd);
	pthread_cond_destroy(&vm->start);
	pthread_mutex_destroy(&vm->lock);
}

static struct vm *vm_new(const struct vm_config *config, const struct log *log,
	const struct kvm_sys *sys, void *sys_ctx)
{
	struct vm *vm = calloc(1, sizeof(*vm));

	if (!vm)
		return NULL;
	vm->config = config;
	vm->log = log;
	vm->sys = sys;
	vm->sys_ctx = sys_ctx;
	vm->status = VM_RUNNING;
	vm->stop_fd = vm->signal_fd = vm->loop.epoll_fd = -1;
	pthread_mutex_init(&vm->lock, NULL);
	pthread_cond_init(&vm->start, NULL);
	vm_host_init(vm);
	return vm;
}

static const char *ending(int status)
{
	switch (status) {
	case VMM_EXIT_OFF:
		return "the guest powered off";
	case VMM_EXIT_RESET:
		return "the guest asked for a reset";
	case VMM_EXIT_REFUSED:
		return "the firmware refused to start the guest";
	case VMM_EXIT_CRASHED:
		return "the guest crashed";
	case VMM_EXIT_STOPPED:
		return "stopped from outside";
	default:
		return "hc-vmm could not go on";
	}
}

int vm_run(const struct vm_config *config, const struct log *log, const struct kvm_sys *sys,
	void *sys_ctx)
{
	struct vm *vm = vm_new(config, log, sys, sys_ctx);
	struct terminal terminal;
	struct error err = {0};
	int rc, status;

	if (!vm)
		return VMM_EXIT_ERROR;
	terminal.changed = false;
	rc = set_up(vm, &err);
	if (!rc) {
		terminal_raw(&terminal);
		rc = enter_sandbox(vm, &err);
	}
	if (!rc)
		rc = run(vm, &err);
	if (rc) {
		log_error(log, "cannot run the guest", &err);
		vm_stop(vm, VMM_EXIT_ERROR);
	}
	status = vm->status;
	tear_down(vm);
	free(vm);
	terminal_restore(&terminal);
	if (!rc)
		log_line(log, LOG_LEVEL_INFO, "%s (exit status %d)", ending(status), status);
	return status;
}
