/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the extensions of a VEK's certificate: what is accepted has every part in its range,
 * and says the same when it is read again.
 */
#include <stdlib.h>

#include "attest/endorse/vek.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_sound(const struct vek *vek)
{
	if (vek->product == SNP_PRODUCT_UNKNOWN || !vek->product_name[0])
		abort();
	if (vek->struct_version != (vek->product == SNP_PRODUCT_TURIN))
		abort();
	if ((vek->kind == VEK_VCEK) == (vek->csp_id[0] != '\0'))
		abort();
	if (vek->hwid_len != (vek->kind == VEK_VCEK ? snp_chip_id_size(vek->product) : 0))
		abort();
	if (vek->tcb.has_fmc != (vek->product == SNP_PRODUCT_TURIN) || !vek->tcb.has_layout)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct x509_cert cert = {.key_kind = X509_KEY_P384, .extensions = {data, size}};
	struct vek vek, again;
	struct error err;

	if (vek_parse(&vek, &cert, &err))
		return 0;
	if (!vek_recognise(&cert) || vek_parse(&again, &cert, &err))
		abort();
	assert_sound(&vek);
	if (memcmp(&vek.tcb, &again.tcb, sizeof(vek.tcb)) ||
		memcmp(vek.hwid, again.hwid, sizeof(vek.hwid)))
		abort();
	return 0;
}
