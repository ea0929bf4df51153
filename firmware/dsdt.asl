/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The DSDT: data only, no method. A PCI host bridge whose configuration space is reached by the ports
 * CF8 and CFC (there is no ECAM and no MCFG), one window for 32-bit BARs, the first serial
 * port without interrupt, and S5. Goes through the C preprocessor with layout.h, then iasl.
 */
#include "firmware/abi/layout.h"

DefinitionBlock ("dsdt.aml", "DSDT", 2, "HCLOS ", "HUISCLOS", 1)
{
	Name (\_S5, Package () {5, 0, 0, 0})
	Scope (\_SB)
	{
		Device (PCI0)
		{
			Name (_HID, EisaId ("PNP0A03"))
			Name (_UID, 0)
			Name (_SEG, 0)
			Name (_BBN, 0)
			Name (_CCA, 1)
			Name (_CRS, ResourceTemplate ()
			{
				WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
					0, 0, 0, 0, 1)
				IO (Decode16, HC_PORT_PCI_ADDRESS, HC_PORT_PCI_ADDRESS, 1, 8)
				DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
					NonCacheable, ReadWrite, 0, HC_PCI_MMIO32_GPA,
					HC_PCI_MMIO32_LAST, 0,
					HC_PCI_MMIO32_SIZE)
			})
		}
		Device (COM1)
		{
			Name (_HID, EisaId ("PNP0501"))
			Name (_UID, 0)
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, HC_PORT_SERIAL, HC_PORT_SERIAL, 1, 8)
			})
		}
	}
}
