/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every guest-physical address, port and limit of the boot contract (DESIGN.md section 5), shared
 * by firmware (C, assembly and linker script), hc-vmm and hc-measure. Only preprocessor constants
 * here.
 */
#ifndef HC_ABI_LAYOUT_H
#define HC_ABI_LAYOUT_H

#ifdef __ASSEMBLER__
#define HC_U64(x) x
#else
#define HC_U64(x) x##ULL
#endif

#define HC_PAGE_SIZE 0x1000

/* Low memory: usable by Linux below 0x9f000 (its trampolines), reserved to 1 MiB. */
#define HC_LOW_RAM_END  0x0009f000
#define HC_LOW_RESERVED 0x00100000

/* Launch pages: measured unless said otherwise, reserved for the life of the VM. */
#define HC_TEXT_GPA         0x00100000 /* R-X; 8 pages at most */
#define HC_TEXT_MAX         0x00008000
#define HC_DATA_GPA         0x00108000 /* 8 pages at most, in three parts */
#define HC_DATA_MAX         0x00008000
#define HC_RODATA_GPA       0x00108000 /* R-NX */
#define HC_RODATA_MAX       0x00002000
#define HC_BSS_GPA          0x0010a000 /* RW-NX; measured as zeros */
#define HC_BSS_MAX          0x00002000
#define HC_STACK_GPA        0x0010e000 /* RW-NX; measured as zeros; the page below is never mapped */
#define HC_STACK_MAX        0x00002000
#define HC_PAGETABLE_GPA    0x00110000 /* PML4 first; CR3 at entry */
#define HC_PAGETABLE_MAX    0x00008000
#define HC_MANIFEST_GPA     0x00118000
#define HC_SECRETS_GPA      0x00119000 /* SNP page type SECRETS */
#define HC_CPUID_GPA        0x0011a000 /* SNP page type CPUID */
#define HC_HOSTFDT_GPA      0x0011b000 /* unmeasured: content is the host's */
#define HC_HOSTFDT_SIZE     0x00002000
#define HC_LAUNCH_END       0x0011d000
#define HC_LAUNCH_MAX_PAGES 32

/* Accepted and zeroed by the firmware, then filled by it. */
#define HC_MAILBOX_GPA    0x0011e000 /* TDX processor wake-up */
#define HC_ACPI_GPA       0x00120000
#define HC_ACPI_SIZE      0x00004000
#define HC_BOOTPARAM_GPA  0x00124000 /* zero page first */
#define HC_CMDLINE_GPA    0x00125000 /* with its NUL */
#define HC_SETUP_DATA_GPA 0x00126000 /* for Linux, of the platform; one page */
#define HC_CCEL_LOG_GPA   0x00128000 /* event log of a TDX guest */
#define HC_CCEL_LOG_MAX   0x00002000
#define HC_EFI_GPA        0x00134000 /* unaccepted memory, for Linux */
#define HC_EFI_SIZE       0x0001c000
#define HC_BOOTPARAM_SIZE 0x0002c000
#define HC_FIRMWARE_END   0x00150000

/* Fixed entry points in the text. */
#define HC_ENTRY_BSP 0x00100000 /* 64-bit */
#define HC_ENTRY_AP  0x00100040 /* 64-bit: parks for ever */
#define HC_ENTRY_TDX 0x00100080 /* 32-bit, jumped to from the reset page */

/* RAM is [0, min(size, 3 GiB)) and [4 GiB, 4 GiB + size - 3 GiB). The page tables map all of it. */
#define HC_RAM_LOW_END   HC_U64(0xc0000000)
#define HC_RAM_HIGH_BASE HC_U64(0x100000000)
#define HC_RAM_HIGH_END  HC_U64(0x10040000000) /* with HC_RAM_MAX: 1 TiB + 1 GiB */
#define HC_RAM_MIN       HC_U64(0x04000000)    /* 64 MiB */
#define HC_RAM_MAX       HC_U64(0x10000000000) /* 1 TiB */
#define HC_RAM_ALIGN     HC_U64(0x200000)

/* Host memory, always shared, never RAM: kernel and initrd lie here until they are copied. */
#define HC_STAGING_GPA  HC_U64(0xc0000000)
#define HC_STAGING_SIZE HC_U64(0x20000000)

#define HC_PCI_MMIO32_GPA  HC_U64(0xe0000000)
#define HC_PCI_MMIO32_SIZE HC_U64(0x1e000000)
#define HC_PCI_MMIO32_LAST HC_U64(0xfdffffff) /* its last byte */
#define HC_LAPIC_GPA       HC_U64(0xfee00000)
#define HC_TDX_RESET_GPA   HC_U64(0xfffff000)

#define HC_KERNEL_GPA HC_U64(0x01000000) /* pref_address of a stock kernel */
#define HC_BLOBS_END  HC_U64(0x40000000) /* kernel and initrd lie below, on every machine */
#define HC_EAGER_END  HC_BLOBS_END       /* with HC_MANIFEST_LAZY Linux accepts what is above */

#define HC_VCPUS_MAX      16
#define HC_CMDLINE_MAX    2047 /* bytes, without the NUL */
#define HC_DEVICES_MAX    32
#define HC_PCI_SLOT_MAX   31 /* of bus 0; slot 0 is the host bridge */
#define HC_RAM_RANGES_MAX 8

/* Ports. */
#define HC_PORT_SERIAL       0x3f8
#define HC_PORT_PCI_ADDRESS  0xcf8
#define HC_PORT_PCI_DATA     0xcfc
#define HC_PORT_CMOS_INDEX   0x70
#define HC_PORT_CMOS_DATA    0x71
#define HC_PORT_RESET        0x600 /* 8 bits: write HC_RESET_VALUE */
#define HC_PORT_SLEEP_CTRL   0x601 /* ACPI SLEEP_CONTROL_REG; 0x34 is S5 */
#define HC_PORT_SLEEP_STATUS 0x602
#define HC_PORT_REFUSE       0x604 /* 32 bits, write only: a refusal of the firmware (codes.h) */
#define HC_RESET_VALUE       0x01
#define HC_SLEEP_S5          0x34

/* State of a 64-bit vCPU at entry (plain, sim, SNP): section 6, and the VMSA of attest/measure. */
#define HC_ENTRY_CR0    HC_U64(0x80010033) /* PG WP NE ET MP PE */
#define HC_ENTRY_CR4    HC_U64(0x60)       /* PAE MCE; KVM adds MCE by itself on SNP */
#define HC_ENTRY_EFER   HC_U64(0xd00)      /* LME LMA NXE; KVM adds SVME on SNP */
#define HC_ENTRY_RFLAGS HC_U64(2)
#define HC_ENTRY_CS     0x10
#define HC_ENTRY_DS     0x18
#define HC_SNP_CBIT     51

#endif
