/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates for extended guest requests (KVM_EXIT_SNP_REQ_CERTS): the guest gets the chain of
 * the key that signs its report together with the report, and nobody has to ask AMD for it. The
 * files are opened once, before the sandbox, and read again at each request, since keys change with
 * the firmware. A tool that changes them takes a write lock (F_OFD_SETLK) on the table, or in a
 * folder on vcek.der or vlek.der, and writes to the files themselves: one that is replaced is an
 * error. hc-vmm holds a read lock from reading them until KVM has the
 * report (Documentation/virt/kvm/api.rst, KVM_EXIT_SNP_REQ_CERTS), and never waits for it.
 */
#ifndef HC_VMM_PLATFORM_SNP_CERTS_H
#define HC_VMM_PLATFORM_SNP_CERTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"
#include "common/log.h"
#include "vmm/guest_memory.h"

/* Linux guests offer this much (drivers/virt/coco/sev-guest): more than it would never be taken. */
#define SNP_CERTS_MAX 0x4000u

enum snp_cert { SNP_CERT_VCEK, SNP_CERT_VLEK, SNP_CERT_ASK, SNP_CERT_ARK, SNP_CERT_KINDS };

/*
 * The table of GHCB 2.03, 4.1.8.1 out of one certificate of each kind (len 0: none): entries of
 * GUID, offset and length, an entry of zeros, the certificates. HC_ERANGE past `cap` bytes.
 */
HC_MUST_USE int snp_certs_build(uint8_t *out, size_t cap, size_t *len,
	const struct view cert[SNP_CERT_KINDS], struct error *err);

/*
 * Is it such a table: entries up to one of zeros, each with data inside the table and behind the
 * entries, a VCEK or VLEK among them? HC_EFORMAT or HC_ETRUNCATED. What the data is, the guest
 * checks.
 */
HC_MUST_USE int snp_certs_check(struct view table, struct error *err);

struct snp_certs {
	int file[SNP_CERT_KINDS]; /* a folder's; -1: not there */
	int table;                /* or one file with all; -1: a folder */
	int lock_file;            /* one of these; -1: not open */
	const struct log *log;
	pthread_mutex_t lock; /* what follows */
	unsigned int holders; /* vCPUs between answer and release */
	bool complained;      /* of the files, since they were last good */
	bool complained_of_guest;
	uint8_t part[SNP_CERT_KINDS][SNP_CERTS_MAX], blob[SNP_CERTS_MAX];
};

/*
 * Open a table, or the files of a folder: vcek.der or vlek.der, one of the two, ask.der (a VLEK's
 * is the ASVK) and ark.der. Reads all of it once, so that what is wrong with it is said before the
 * guest starts. close is safe at any time after init.
 */
void snp_certs_init(struct snp_certs *c);
HC_MUST_USE int snp_certs_open(
	struct snp_certs *c, const char *path, const struct log *log, struct error *err);
void snp_certs_close(struct snp_certs *c);

/*
 * One request: the table goes to shared memory at `gpa`, where *npages pages are offered. Returns
 * what snp_req_certs.ret shall be: 0, and release has to follow once KVM has the report; ENOSPC,
 * with *npages what it takes; EAGAIN, somebody changes the files; EIO. Any thread; allocates
 * nothing.
 */
uint64_t snp_certs_answer(
	struct snp_certs *c, const struct guest_memory *mem, uint64_t gpa, uint64_t *npages);
void snp_certs_release(struct snp_certs *c);

#endif
