/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A made-up machine under vmm/check: its files, CPUID, KVM, /dev/sev and TDX module, as tests say.
 * Starts as a machine on which a platform works (fake_node_snp, fake_node_tdx, ...); a test then
 * takes something away. Any one look at it can be made to fail.
 */
#ifndef HC_TESTS_FAKE_NODE_H
#define HC_TESTS_FAKE_NODE_H

#include "vmm/check/report.h"

#define FAKE_NODE_FILES 64

struct fake_file {
	const char *path;
	const char *text; /* NULL: it is there, and has no contents to read */
	int rc;           /* -errno of every look at it */
	unsigned int mode;
	const char *owner, *group;
};

struct fake_node {
	unsigned int looks;   /* so far */
	unsigned int fail_at; /* which look fails, from 1; 0: none */
	int fail_with;        /* errno */
	const char *failed;   /* what it was */
	int open_fds;
	struct fake_file file[FAKE_NODE_FILES];
	const char *release, *machine;
	uint32_t leaf0[4], leaf1[4], hypervisor[4], sev[4], segments[4];
	uint64_t syscfg, rmp_base, rmp_end, rmp_cfg;
	int msr_rc;
	const char *log; /* NULL: not readable */
	struct check_user user;
	struct rlimit files, processes, address_space;
	int seccomp_rc, connect_rc;
	uint64_t speed;
	int speed_rc;
	const char *connected; /* where to, last */
	/* KVM */
	uint64_t vm_types;
	bool lacks_ioeventfd, no_gmem, no_private;
	int gmem_flags; /* GUEST_MEMFD_FLAG_* that there are */
	uint64_t vmsa_features, policy_bits;
	bool has_policy_bits, has_req_certs;
	int create_rc; /* of KVM_CREATE_VM of types other than 0 */
	uint8_t snp_status[32];
	int snp_rc;
	uint32_t snp_firmware;
	uint64_t tdx_attributes, tdx_xfam;
	int tdx_rc;
};

extern const struct check_ops fake_node_ops;

/* Machines of metal on which everything is right: EPYC Genoa, Linux 7.0; Xeon, Linux 6.16. */
void fake_node_snp(struct fake_node *n);
void fake_node_tdx(struct fake_node *n);

/* Replace, add or (text NULL and rc 0: not) take away a file. */
void fake_node_file(struct fake_node *n, const char *path, const char *text);
void fake_node_refuse(struct fake_node *n, const char *path, int rc);

/* Looks and judges. hc-vmm has all platforms and images, and a simulated root. */
void fake_node_check(struct fake_node *n, struct check_report *r);
void fake_node_check_with(
	struct fake_node *n, struct check_report *r, const struct check_wants *wants);

/* The first finding with this id; NULL. */
const struct check_finding *fake_node_finding(const struct check_report *r, const char *id);

#endif
