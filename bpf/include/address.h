/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* IPv4 addresses in the tables' 16 bytes: ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2). */
#ifndef TRUEINGRESS_ADDRESS_H
#define TRUEINGRESS_ADDRESS_H

#include <bpf/bpf_endian.h>
#include <linux/in.h>

#include "tables.h"

#define MAPPED bpf_htonl(0xffff)

static __always_inline struct ip_addr mapped(__be32 address)
{
	return (struct ip_addr){ .word = { 0, 0, MAPPED, address } };
}

static __always_inline bool same_address(const struct ip_addr *row, __be32 address)
{
	return row->word[3] == address && row->word[2] == MAPPED && !(row->word[0] | row->word[1]);
}

struct endpoint {
	__be32 ip;
	__be16 port;
	__u8 pad[2];
};

#endif
