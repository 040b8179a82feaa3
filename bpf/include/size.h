/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What is too long for a tunnel. Adding a header does not fail near the MTU: such packets vanish later without a word. So
 * the sender is told (RFC 1191: fragmentation needed), as a router at the tunnel's mouth would, or the packet is dropped.
 */
#ifndef TRUEINGRESS_SIZE_H
#define TRUEINGRESS_SIZE_H

#include <stddef.h>

#include "checksum.h"
#include "parse.h"

#define IPV4_MAX_BYTES 65535
#define ICMP_TTL 64
/* Internetwork control, as the kernel's own ICMP errors have it. */
#define ICMP_TOS 0xc0

/* linux/icmp.h wants the C library's headers. */
#define ICMP_UNREACHABLE 3
#define ICMP_FRAGMENTATION_NEEDED 4

struct icmp_too_big {
	__u8 type;
	__u8 code;
	__sum16 check;
	__be16 unused;
	__be16 mtu; /* of the next hop (RFC 1191 section 4) */
};

/* What goes in front of the quoted packet. */
struct icmp_error {
	struct iphdr ip;
	struct icmp_too_big icmp;
};

/* What a segmentation-offload packet will be cut into has its headers and at most gso_size bytes. */
static __always_inline bool is_too_big(struct __sk_buff *skb, const struct packet *packet, __u32 fits)
{
	struct tcphdr *tcp;
	void *data;

	if (skb->len - ETH_HLEN <= fits)
		return false;
	if (!skb->gso_size)
		return true;
	if (packet->protocol != IPPROTO_TCP)
		return IPV4_BYTES + UDP_BYTES + skb->gso_size > fits;
	data = first_bytes(skb, ETH_HLEN + IPV4_BYTES + sizeof(*tcp));
	if (!data)
		return true;
	tcp = data + ETH_HLEN + IPV4_BYTES;
	return IPV4_BYTES + tcp->doff * 4 + skb->gso_size > fits;
}

/*
 * Checksum of the ICMP part: its header's first words and the quoted bytes. When the quoted transport checksum is
 * unfinished (CHECKSUM_PARTIAL: its field is the pseudo header's sum), the kernel or the device still fills it in on the
 * way out, from the bytes that are left: the sum must be of what will stand there, or the answer is dropped as broken.
 */
static __always_inline __sum16 sum_of_error(const struct __sk_buff *skb, const struct packet *packet,
					    const struct icmp_too_big *icmp, void *quoted, __u32 transport_bytes)
{
	const __u32 *head = (const __u32 *)icmp;
	__u32 length = skb->len - ETH_HLEN - IPV4_BYTES;
	__sum16 *field = quoted + IPV4_BYTES +
			 (transport_bytes == UDP_BYTES ? offsetof(struct udphdr, check) : offsetof(struct tcphdr, check));
	__u64 sum = (__u64)head[0] + head[1];
	__u64 transport;

	sum += (__u32)bpf_csum_diff(NULL, 0, quoted, IPV4_BYTES, 0);
	transport = (__u32)bpf_csum_diff(NULL, 0, quoted + IPV4_BYTES, transport_bytes, 0);
	sum += transport;
	if (*field == (__sum16)~fold((__u64)packet->source + packet->destination + bpf_htonl(packet->protocol) +
				     bpf_htonl(length))) {
		__sum16 filled = fold(transport);

		sum += (__u64)(__u16)~*field + (filled ? filled : 0xffff);
	}
	return fold(sum);
}

/*
 * Turns the packet into the answer to its sender, in the name of whom it was sent to: the sender has a route to that, and
 * comes past no reverse path filter otherwise. False: the kernel could not.
 */
static __always_inline bool become_answer(struct __sk_buff *skb, const struct packet *packet, __u32 fits,
					  __u32 transport_bytes)
{
	struct icmp_error error = {
		.ip = {
			.version = 4,
			.ihl = IPV4_BYTES / 4,
			.tos = ICMP_TOS,
			.tot_len = bpf_htons(sizeof(error) + IPV4_BYTES + transport_bytes),
			.frag_off = DONT_FRAGMENT,
			.ttl = ICMP_TTL,
			.protocol = IPPROTO_ICMP,
			.saddr = packet->destination,
			.daddr = packet->source,
		},
		.icmp = {
			.type = ICMP_UNREACHABLE,
			.code = ICMP_FRAGMENTATION_NEEDED,
			.mtu = bpf_htons(fits),
		},
	};
	__u32 quoted = ETH_HLEN + IPV4_BYTES + transport_bytes;
	void *data = first_bytes(skb, quoted);

	if (!data)
		return false;
	error.ip.check = ipv4_checksum(&error.ip);
	error.icmp.check = sum_of_error(skb, packet, &error.icmp, data + ETH_HLEN, transport_bytes);
	if (bpf_skb_change_tail(skb, quoted, 0))
		return false;
	if (bpf_skb_adjust_room(skb, sizeof(error), BPF_ADJ_ROOM_MAC, 0))
		return false;
	data = first_bytes(skb, ETH_HLEN + sizeof(error));
	if (!data)
		return false;
	*(struct icmp_error *)(data + ETH_HLEN) = error;
	return true;
}

/* What this host sends itself is answered at the device's ingress, whose address is the frame's source. */
static __always_inline int send_back(struct __sk_buff *skb)
{
	struct ethhdr macs;
	struct ethhdr *eth;
	void *data;

	if (skb->ingress_ifindex)
		return bpf_redirect_neigh(skb->ingress_ifindex, NULL, 0, 0);
	data = first_bytes(skb, ETH_HLEN);
	if (!data)
		return TC_ACT_SHOT;
	eth = data;
	macs = *eth;
	__builtin_memcpy(eth->h_dest, macs.h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, macs.h_dest, ETH_ALEN);
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
}

/*
 * Without DF a sender wants routers to make fragments, and behind the stack nobody makes them any more. One that makes them
 * itself cuts at its own interface's MTU: told once, at a first fragment, it cuts shorter from then on, where otherwise
 * nothing of it would ever fit. About a later fragment no error is sent (RFC 1812 section 4.3.2.7).
 */
static __always_inline enum verdict refuse_too_big(struct __sk_buff *skb, const struct packet *packet, __u32 fits,
						   int *action)
{
	bool done;

	if (is_later_fragment(packet))
		return VERDICT_TOO_BIG;
	if (!(packet->fragment & DONT_FRAGMENT) && !is_first_fragment(packet))
		return VERDICT_TOO_BIG;
	done = packet->protocol == IPPROTO_TCP ? become_answer(skb, packet, fits, sizeof(struct tcphdr))
					       : become_answer(skb, packet, fits, UDP_BYTES);
	if (!done)
		return VERDICT_ROOM_FAILED;
	*action = send_back(skb);
	return VERDICT_TOO_BIG_ANSWERED;
}

#endif
