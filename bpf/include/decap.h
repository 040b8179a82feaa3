/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The outer headers taken away. */
#ifndef TRUEINGRESS_DECAP_H
#define TRUEINGRESS_DECAP_H

#include <stddef.h>

#include "parse.h"

#define FAMILIES_DIFFER_BY (IPV6_BYTES - IPV4_BYTES)

/*
 * FIXED_GSO as at encapsulation. Where inner and outer families differ: BPF_F_ADJ_ROOM_DECAP_L3_* is not in Linux 6.1, but
 * bpf_skb_change_proto changes what kind of packet this is there, and with it adds or removes the 20 bytes by which their headers
 * differ; neither it nor adjust_room touches the EtherType in the frame.
 */
static __always_inline bool decapsulate(struct __sk_buff *skb, __u32 outer_version, __u32 inner_version, __u32 overhead)
{
	__be16 type = inner_version == 6 ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP);
	__s32 room = overhead;

	if (topology_features & FEATURE_IPV6 && outer_version == 4 && inner_version == 6) {
		if (bpf_skb_change_proto(skb, bpf_htons(ETH_P_IPV6), 0))
			return false;
		room += FAMILIES_DIFFER_BY;
	}
	if (topology_features & FEATURE_IPV6 && outer_version == 6 && inner_version == 4)
		room -= FAMILIES_DIFFER_BY;
	if (bpf_skb_adjust_room(skb, -room, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO))
		return false;
	if (!(topology_features & FEATURE_IPV6) || outer_version == inner_version)
		return true;
	if (inner_version == 4 && bpf_skb_change_proto(skb, bpf_htons(ETH_P_IP), 0))
		return false;
	return !bpf_skb_store_bytes(skb, offsetof(struct ethhdr, h_proto), &type, sizeof(type), 0);
}

#endif
