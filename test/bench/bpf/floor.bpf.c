/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What nothing costs, and what any encapsulation must cost: the two floors beside which our programs are measured. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

/* Outer IPv4, UDP, GUE header with group, service and key. */
#define OVERHEAD 52

SEC("tc")
int empty(struct __sk_buff *skb)
{
	return TC_ACT_UNSPEC;
}

/* Room for the outer headers, made as bpf/include/encap.h makes it, and filled with constants. */
SEC("tc")
int room_store(struct __sk_buff *skb)
{
	__u64 flags = BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP | BPF_F_ADJ_ROOM_FIXED_GSO;
	if (bpf_skb_adjust_room(skb, OVERHEAD, BPF_ADJ_ROOM_MAC, flags) != 0)
		return TC_ACT_SHOT;
	void *outer = (void *)(long)skb->data + ETH_HLEN;
	if (outer + OVERHEAD > (void *)(long)skb->data_end)
		return TC_ACT_SHOT;
	__builtin_memset(outer, 0x45, OVERHEAD);
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
