/* SPDX-License-Identifier: Apache-2.0 */
/* The French catalogue as msgfmt wrote it, for common/messages.c; found below the build folder. */

__asm__("	.pushsection .rodata\n"
	"	.balign 8\n"
	"	.globl	messages_fr_mo\n"
	"	.hidden	messages_fr_mo\n"
	"messages_fr_mo:\n"
	"	.incbin	\"po/fr.mo\"\n"
	"	.byte	0\n"
	"	.popsection\n");
