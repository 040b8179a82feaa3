/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A VLAN tag is usually kept beside the frame, where the programs neither see nor touch it. One that lies in the frame is
 * first moved there, as the kernel itself does with what it receives, so that all offsets are the same.
 */
#ifndef TRUEINGRESS_VLAN_H
#define TRUEINGRESS_VLAN_H

#include "parse.h"

struct vlan_tag {
	__be16 protocol; /* 8100 or 88a8 */
	__be16 control;
	__be16 inner_protocol;
};

/* Only a single tag in front of what the programs know: with two, one of them has no place beside the frame. */
__noinline int move_tag_aside(struct __sk_buff *skb)
{
	struct vlan_tag tag;

	if (skb->vlan_present || bpf_skb_load_bytes(skb, 2 * ETH_ALEN, &tag, sizeof(tag)))
		return 0;
	if (tag.inner_protocol != bpf_htons(ETH_P_IP) && tag.inner_protocol != bpf_htons(ETH_P_IPV6))
		return 0;
	if (bpf_skb_vlan_pop(skb))
		return 0;
	return bpf_skb_vlan_push(skb, tag.protocol, bpf_ntohs(tag.control));
}

/*
 * Before a packet goes to another interface: the tag belongs to the one that it came by or was to leave by, and the kernel
 * would send it along. Zero, or negative when the kernel could not.
 */
static __always_inline int leave_tag(struct __sk_buff *skb)
{
	return skb->vlan_present ? bpf_skb_vlan_pop(skb) : 0;
}

static __always_inline void normalise_vlan(struct __sk_buff *skb)
{
	if (skb->protocol == bpf_htons(ETH_P_8021Q) || skb->protocol == bpf_htons(ETH_P_8021AD))
		move_tag_aside(skb);
}

#endif
