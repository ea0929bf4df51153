/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's device tree (flattened, version 17) in the HC_HOSTFDT pages: written by hc-vmm, read
 * once by the firmware, which believes nothing of it.
 *
 *   / {
 *       #address-cells = <2>; #size-cells = <2>;
 *       compatible = "huisclos,host-v1";
 *       memory@0 {                       one for each range, ascending
 *           device_type = "memory";
 *           reg = <address size>;        two 64-bit numbers, multiples of HC_RAM_ALIGN
 *       };
 *       cpus {
 *           #address-cells = <1>; #size-cells = <0>;
 *           cpu@0 {                      one for each vCPU, ascending from 0 without gap
 *               device_type = "cpu";
 *               reg = <0>;
 *           };
 *       };
 *       chosen {
 *           huisclos,kernel-offset = <u64>; bytes, in the staging window or the packed range
 *           huisclos,initrd-offset = <u64>; exactly if the manifest has an initrd
 *       };
 *   };
 *
 * Unit addresses are lower-case hex without leading zeros and equal reg. Everything shown is
 * required, nothing else is allowed: no other node or property, nothing twice, no memory
 * reservation. Properties may come in any order, and so may nodes but for what is said to ascend.
 * At most HC_RAM_RANGES_MAX ranges and HC_VCPUS_MAX vCPUs; the first range starts at 0 and is
 * HC_RAM_MIN at least.
 */
#ifndef HC_ABI_HOSTFDT_H
#define HC_ABI_HOSTFDT_H

#define HC_FDT_VERSION       17
#define HC_FDT_COMPATIBLE    "huisclos,host-v1"
#define HC_FDT_KERNEL_OFFSET "huisclos,kernel-offset"
#define HC_FDT_INITRD_OFFSET "huisclos,initrd-offset"

#endif
