/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every refusal of the firmware: number, name, what it means and what to do. The numbers are
 * stable. plain and sim: one 32-bit write to HC_PORT_REFUSE, HC_REFUSE_MAGIC << 16 | detail << 8 |
 * code. SNP: GHCB MSR termination, reason set 2, reason = code; an EXCEPTION in reason set 3, where
 * the reason is its vector. TDX: ReportFatalError.
 */
#ifndef HC_ABI_CODES_H
#define HC_ABI_CODES_H

#define HC_REFUSE_MAGIC          0x4843
#define HC_REFUSE_SNP_REASON_SET 2
#define HC_REFUSE_SNP_VECTOR_SET 3

/* X(number, NAME, "meaning", "remedy") */
#define HC_REFUSALS(X)                                                                             \
	X(0x01, EXCEPTION, "an exception happened in the firmware (detail: vector)",               \
		"this is a bug or a hostile host; keep the log and report it")                     \
	X(0x02, WRONG_PLATFORM, "this image was built for another platform",                       \
		"give the firmware image of the platform that is configured")                      \
	X(0x03, NOT_GENUINE_PLATFORM, "the processor is not in the state this platform promises",  \
		"check that the platform is enabled on this machine")                              \
	X(0x04, BROKEN, "the firmware found its own stack overwritten",                            \
		"this is a bug or a hostile host; keep the log and report it")                     \
	X(0x05, FEATURES, "the processor's features for this guest are not the measured ones",     \
		"launch with the features that the manifest names")                                \
	X(0x06, NOT_VMPL0, "the guest does not run at VMPL 0",                                     \
		"launch it without an SVSM in front")                                              \
	X(0x07, SECRETS_PAGE, "the secrets page is not that of a guest without SVSM",              \
		"launch it without an SVSM in front")                                              \
	X(0x08, CPUID_PAGE, "the CPUID page is malformed or has another C-bit",                    \
		"check the CPUID table of the launch")                                             \
	X(0x10, MANIFEST_MAGIC, "the manifest page has no valid magic, version or length",         \
		"firmware and hc-vmm are of different releases")                                   \
	X(0x11, MANIFEST_RESERVED, "reserved bytes of the manifest are not zero",                  \
		"the manifest was altered, or made by a newer release")                            \
	X(0x12, MANIFEST_RANGE, "a value of the manifest is out of range",                         \
		"build the manifest with this release")                                            \
	X(0x20, FDT_FORMAT, "the host's device tree is malformed",                                 \
		"the host is broken or hostile")                                                   \
	X(0x21, FDT_SCHEMA, "the host's device tree has a node or property that is not allowed",   \
		"the host is broken or hostile, or hc-vmm is of another release")                  \
	X(0x22, FDT_RAM, "the RAM ranges are not aligned, ascending, disjoint or in bounds",       \
		"choose a memory size that the manifest allows")                                   \
	X(0x23, FDT_CPUS, "the number of vCPUs is not the manifest's",                             \
		"start as many vCPUs as were measured")                                            \
	X(0x24, FDT_BLOBS, "kernel or initrd lie outside the staging window or overlap",           \
		"the host is broken or hostile")                                                   \
	X(0x30, ACCEPT, "a page of memory could not be accepted",                                  \
		"the host did not give the memory it promised, or is hostile")                     \
	X(0x31, ACCEPTED_BEFORE, "a page of memory had been accepted before its turn",             \
		"the host is broken or hostile")                                                   \
	X(0x40, KERNEL_DIGEST, "the kernel is not the one that was measured",                      \
		"start with the kernel the manifest was made from")                                \
	X(0x41, INITRD_DIGEST, "the initrd is not the one that was measured",                      \
		"start with the initrd the manifest was made from")                                \
	X(0x42, NO_ROOM, "kernel and initrd do not fit into the guest's memory",                   \
		"give the guest more memory")                                                      \
	X(0x43, MEASURE, "the run-time measurement register could not be extended",                \
		"this is a bug; keep the log and report it")                                       \
	X(0x50, KERNEL_FORMAT, "the kernel is no bzImage with a 64-bit entry",                     \
		"use a 64-bit bzImage, boot protocol 2.12 or later")                               \
	X(0x51, KERNEL_CMDLINE, "the command line is longer than the kernel takes",                \
		"shorten the command line")

#define HC_REFUSAL_ENUM(number, name, meaning, remedy) HC_REFUSE_##name = (number),
enum hc_refusal { HC_REFUSALS(HC_REFUSAL_ENUM) };
#undef HC_REFUSAL_ENUM

#endif
