/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Addresses of both families in the tables' 16 bytes; IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2). */
#ifndef TRUEINGRESS_ADDRESS_H
#define TRUEINGRESS_ADDRESS_H

#include <bpf/bpf_endian.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <stdbool.h>

#include "maps.h"

#define MAPPED bpf_htonl(0xffff)

struct endpoint {
	struct ip_addr ip;
	__be16 port;
	__u8 pad[2];
};

static __always_inline struct ip_addr mapped(__be32 address)
{
	return (struct ip_addr){ .word = { 0, 0, MAPPED, address } };
}

static __always_inline struct ip_addr address_of(const struct in6_addr *address)
{
	return *(const struct ip_addr *)address;
}

/* Dead code unless an address of the topology is IPv6. */
static __always_inline bool is_ipv4(const struct ip_addr *ip)
{
	if (!(topology_features & FEATURE_IPV6))
		return true;
	return ip->word[2] == MAPPED && !(ip->word[0] | ip->word[1]);
}

static __always_inline bool same_ip(const struct ip_addr *a, const struct ip_addr *b)
{
	return !((a->word[3] ^ b->word[3]) | (a->word[2] ^ b->word[2]) | (a->word[1] ^ b->word[1]) |
		 (a->word[0] ^ b->word[0]));
}

/* Of an IPv6 header: what the tables would take for IPv4, or for "none". */
static __always_inline bool is_no_ipv6(const struct ip_addr *ip)
{
	return !(ip->word[0] | ip->word[1]) && (ip->word[2] == MAPPED || !(ip->word[2] | ip->word[3]));
}

#endif
