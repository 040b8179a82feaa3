/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Internet checksums (RFC 1071, RFC 1624). Sums are of words in wire order, so no byte is swapped on any machine. */
#ifndef TRUEINGRESS_CHECKSUM_H
#define TRUEINGRESS_CHECKSUM_H

#include <bpf/bpf_helpers.h>
#include <linux/ip.h>
#include <linux/types.h>

#include "address.h"

/* Folded until nothing is carried: 64 to 33 bits, 33 to 17, 17 to 16, and the carry of that. */
static __always_inline __sum16 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__sum16)~sum;
}

/* Of a header without options whose own checksum is zero. */
static __always_inline __sum16 ipv4_checksum(const struct iphdr *ip)
{
	const __u32 *word = (const __u32 *)ip;

	return fold((__u64)word[0] + word[1] + word[2] + word[3] + word[4]);
}

static __always_inline __u64 sum_of(const struct ip_addr *ip)
{
	return (__u64)ip->word[0] + ip->word[1] + ip->word[2] + ip->word[3];
}

/* What taking `before` out of a sum and `after` into it adds to it. By the helper: eight words in registers are too many. */
static __always_inline __u32 sum_of_change(const struct ip_addr *before, const struct ip_addr *after)
{
	return bpf_csum_diff((__be32 *)before, sizeof(*before), (__be32 *)after, sizeof(*after), 0);
}

/* HC' = ~(~HC + ~m + m'). */
static __always_inline __sum16 checksum_after(__sum16 check, __u64 change)
{
	return fold((__u64)(__u16)~check + change);
}

static __always_inline __u64 change_of(__be32 before, __be32 after)
{
	return (__u64)(__u32)~before + after;
}

#endif
