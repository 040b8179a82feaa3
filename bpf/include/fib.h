/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * `fib`: the next hop of the outer packet, asked before anything is changed. Without it a frame keeps the MAC addresses
 * that the route to the proxy address gave it.
 */
#ifndef TRUEINGRESS_FIB_H
#define TRUEINGRESS_FIB_H

#include "maps.h"
#include "parse.h"

#define FAMILY_IPV4 2

enum hop_kind {
	HOP_AS_IS = 0,
	HOP_KNOWN = 1,
	HOP_UNRESOLVED = 2,
	HOP_NONE = 3,
};

struct hop {
	enum hop_kind kind;
	__u32 ifindex;      /* HOP_UNRESOLVED: where it leaves */
	struct ethhdr macs; /* HOP_KNOWN */
	__u8 pad[2];
};

/* Whether this interface has the feature. When none has it, the constant makes this and all that follows dead code. */
static __always_inline bool has_feature(struct __sk_buff *skb, enum direction direction, __u32 features, __u32 flag)
{
	struct config_key key = { .ifindex = skb->ifindex, .direction = direction };
	struct config_value *row;

	if (!(features & flag))
		return false;
	row = bpf_map_lookup_elem(&config, &key);
	return row && row->flags & flag;
}

/*
 * OUTPUT, since the outer packet is this host's own; the kernel then looks only at routes of this interface. `tot_len`
 * stays 0: with the length of a segmentation-offload packet the answer would be "fragmentation needed".
 */
static __always_inline void find_hop(struct __sk_buff *skb, __be32 source, __be32 destination, __u8 tos,
				     struct hop *hop)
{
	struct bpf_fib_lookup query = {
		.family = FAMILY_IPV4,
		.l4_protocol = IPPROTO_UDP,
		.ifindex = skb->ifindex,
		.tos = tos,
		.ipv4_src = source,
		.ipv4_dst = destination,
	};

	switch (bpf_fib_lookup(skb, &query, sizeof(query), BPF_FIB_LOOKUP_OUTPUT)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
		hop->kind = HOP_KNOWN;
		__builtin_memcpy(hop->macs.h_dest, query.dmac, ETH_ALEN);
		__builtin_memcpy(hop->macs.h_source, query.smac, ETH_ALEN);
		hop->macs.h_proto = bpf_htons(ETH_P_IP);
		break;
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		/* Dropping would never make the kernel ask for the address: a black hole for ever. */
		hop->kind = HOP_UNRESOLVED;
		hop->ifindex = query.ifindex;
		break;
	default:
		hop->kind = HOP_NONE;
	}
}

/* Sends the finished packet on. The action to return, 0 for "as the verdict says", negative when the kernel could not. */
static __always_inline int take_hop(struct __sk_buff *skb, const struct hop *hop)
{
	switch (hop->kind) {
	case HOP_KNOWN:
		return bpf_skb_store_bytes(skb, 0, &hop->macs, sizeof(hop->macs), 0);
	case HOP_UNRESOLVED:
		/*
		 * The kernel routes by the outer destination. With a next hop named here the packet would keep the route to the
		 * proxy address, and a packet that waited for its neighbour follows that one: to the wrong host.
		 */
		return bpf_redirect_neigh(hop->ifindex, NULL, 0, 0);
	default:
		return 0;
	}
}

#endif
