/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * So that TCP through a tunnel sends no segment that is too long, the MSS that a SYN offers (RFC 9293 section 3.7.1) is
 * lowered to what fits, whichever end sent it and whether it enters the tunnel or leaves it.
 */
#ifndef TRUEINGRESS_SEGMENT_H
#define TRUEINGRESS_SEGMENT_H

#include <stddef.h>

#include "parse.h"

#define TCP_OPTIONS_MAX 40
#define OPTION_END 0
#define OPTION_NO_OPERATION 1
#define OPTION_MSS 2
#define OPTION_MSS_BYTES 4
/* A SYN has five or so. A build for tests takes another number, to be another program. */
#ifndef OPTIONS_LOOKED_AT
#define OPTIONS_LOOKED_AT 12
#endif

/* From the first option to the MSS option; negative: there is none, and the sender's peer assumes 536 bytes. */
static __always_inline int find_mss(const __u8 *options, __u32 length)
{
	__u32 at = 0;

	for (int i = 0; i < OPTIONS_LOOKED_AT; i++) {
		__u32 option;

		if (at + OPTION_MSS_BYTES > length || at > TCP_OPTIONS_MAX - OPTION_MSS_BYTES)
			return -1;
		option = options[at];
		if (option == OPTION_MSS)
			return options[at + 1] == OPTION_MSS_BYTES ? (int)at : -1;
		if (option == OPTION_END || (option != OPTION_NO_OPERATION && options[at + 1] < 2))
			return -1;
		at += option == OPTION_NO_OPERATION ? 1 : options[at + 1];
	}
	return -1;
}

/* Checksums are of aligned words: at an odd offset the bytes of a value lie in two of them, which sum alike when swapped. */
static __always_inline void replace_mss(struct __sk_buff *skb, __u32 tcp_offset, __u32 at, __be16 before, __be16 after)
{
	__u32 check = tcp_offset + offsetof(struct tcphdr, check);

	if (bpf_skb_store_bytes(skb, tcp_offset + at, &after, sizeof(after), 0))
		return;
	if (at & 1) {
		before = __builtin_bswap16(before);
		after = __builtin_bswap16(after);
	}
	bpf_l4_csum_replace(skb, check, before, after, sizeof(after));
}

/* A function of its own, since a SYN is rare and its options are many ways for the verifier to go. */
__noinline int clamp_mss(struct __sk_buff *skb, __u32 tcp_offset, __u32 most)
{
	__u8 options[TCP_OPTIONS_MAX] = {};
	struct tcphdr tcp;
	__u32 length;
	__be16 offered;
	int at;

	if (bpf_skb_load_bytes(skb, tcp_offset, &tcp, sizeof(tcp)))
		return 0;
	length = tcp.doff * 4 - TCP_BYTES;
	if (length > TCP_OPTIONS_MAX)
		return 0;
	/* Or the compiler makes one comparison of both, which tells Linux 6.1 neither bound. */
	barrier_var(length);
	if (length < OPTION_MSS_BYTES)
		return 0;
	if (bpf_skb_load_bytes(skb, tcp_offset + TCP_BYTES, options, length))
		return 0;
	at = find_mss(options, length);
	if (at < 0 || at > TCP_OPTIONS_MAX - OPTION_MSS_BYTES)
		return 0;
	__builtin_memcpy(&offered, options + at + 2, sizeof(offered));
	if (bpf_ntohs(offered) > most)
		replace_mss(skb, tcp_offset, TCP_BYTES + at + 2, offered, bpf_htons(most));
	return 0;
}

static __always_inline bool is_syn(const struct packet *packet)
{
	return packet->protocol == IPPROTO_TCP && packet->tcp_flags & TCP_SYN;
}

/* The SYN is at the start of the frame. `fits`: bytes of the longest packet that the tunnel takes. */
static __always_inline void clamp_segments(struct __sk_buff *skb, const struct packet *packet, __u32 fits)
{
	clamp_mss(skb, ETH_HLEN + packet->transport, fits - header_bytes(packet->version) - TCP_BYTES);
}

#endif
