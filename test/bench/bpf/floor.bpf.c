/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What nothing costs, what any encapsulation and what any lookup must cost: the floors beside which our programs are measured. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../../../bpf/include/tables.h"

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

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, 16);
	__type(key, struct encap_key);
	__type(value, struct encap_value);
} rows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counter_block);
} counts SEC(".maps");

/* One row found by what a packet is sent to, and one count that is the row's own: the least that many services cost. */
SEC("tc")
int lookup_count(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	struct encap_key key = { .ip.word[2] = bpf_htonl(0xffff) };
	struct counter_block *block;
	struct encap_value *row;
	struct iphdr *ip = data + ETH_HLEN;
	__u32 number;

	if (data + ETH_HLEN + sizeof(*ip) + sizeof(__u32) > (void *)(long)skb->data_end)
		return TC_ACT_SHOT;
	key.ip.word[3] = ip->daddr;
	key.port = *(__be16 *)(data + ETH_HLEN + sizeof(*ip) + sizeof(__be16));
	key.protocol = ip->protocol;
	row = bpf_map_lookup_elem(&rows, &key);
	if (!row)
		return TC_ACT_SHOT;
	number = row->counter / COUNTERS_PER_BLOCK;
	block = bpf_map_lookup_elem(&counts, &number);
	if (!block)
		return TC_ACT_SHOT;
	block->slot[row->counter % COUNTERS_PER_BLOCK].packets++;
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
