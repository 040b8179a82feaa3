/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The least that a tunnel in BPF can do: a header of as many bytes as ours pushed on and taken off, without a lookup, a
 * check or a count, between two ends that never change (test/bench/roads.ts). No use but as a floor beside our road.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../../../bpf/include/checksum.h"

#define GATEWAY bpf_htonl(0xac090004) /* 172.9.0.4 */
#define NODE bpf_htonl(0xac090003)    /* 172.9.0.3 */
#define SERVER bpf_htonl(0x01010104)  /* 1.1.1.4 */
#define PORT bpf_htons(6090)
#define TTL 64

struct outer {
	struct iphdr ip;
	struct udphdr udp;
	__u8 rest[24];
};

SEC("tc")
int out(struct __sk_buff *skb)
{
	__u64 flags = BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP | BPF_F_ADJ_ROOM_FIXED_GSO;
	void *data = (void *)(long)skb->data;
	struct iphdr *ip = data + ETH_HLEN;
	__u32 bytes = skb->len - ETH_HLEN + sizeof(struct outer);
	struct outer *outer;
	bool request;

	if (skb->protocol != bpf_htons(ETH_P_IP) || data + ETH_HLEN + sizeof(*ip) > (void *)(long)skb->data_end)
		return TC_ACT_UNSPEC;
	request = ip->daddr == SERVER;
	if (!request && ip->saddr != SERVER)
		return TC_ACT_UNSPEC;
	if (bpf_skb_adjust_room(skb, sizeof(*outer), BPF_ADJ_ROOM_MAC, flags))
		return TC_ACT_SHOT;
	data = (void *)(long)skb->data;
	if (data + ETH_HLEN + sizeof(*outer) > (void *)(long)skb->data_end)
		return TC_ACT_SHOT;
	outer = data + ETH_HLEN;
	*outer = (struct outer){
		.ip = {
			.version = 4,
			.ihl = sizeof(struct iphdr) / 4,
			.tot_len = bpf_htons(bytes),
			.ttl = TTL,
			.protocol = IPPROTO_UDP,
			.saddr = request ? GATEWAY : NODE,
			.daddr = request ? NODE : GATEWAY,
		},
		.udp = { .source = PORT, .dest = PORT, .len = bpf_htons(bytes - sizeof(struct iphdr)) },
	};
	outer->ip.check = ipv4_checksum(&outer->ip);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int in(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	struct iphdr *ip = data + ETH_HLEN;
	struct udphdr *udp = (void *)(ip + 1);

	if (skb->protocol != bpf_htons(ETH_P_IP) || (void *)(udp + 1) > (void *)(long)skb->data_end)
		return TC_ACT_UNSPEC;
	if (ip->protocol != IPPROTO_UDP || udp->dest != PORT)
		return TC_ACT_UNSPEC;
	if (bpf_skb_adjust_room(skb, -(__s32)sizeof(struct outer), BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO))
		return TC_ACT_SHOT;
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
