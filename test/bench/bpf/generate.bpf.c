/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Packets made in the kernel: run as BPF_F_TEST_XDP_LIVE_FRAMES, each run of `generate` is one more packet that the device
 * receives, so that a hook runs a program thousands of times a system call. Of a frame the first bytes are written anew each
 * time, since the pages are used again and the programs under test change them.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define HEAD_BYTES_MAX 192

struct head {
	__u8 bytes[HEAD_BYTES_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct head);
} heads SEC(".maps");

const volatile __u32 head_bytes = 64;

/*
 * With services, each packet is of one of them, chosen by chance. How they are numbered: test/bench/scaled.ts. Made here and
 * not read from a table of frames, which would push the tables under test out of the caches. Offset 0: the frame has none.
 */
const volatile __u32 services = 0;
const volatile __u32 services_of_group = 1;
const volatile __u32 ports_of_address = 1;
const volatile __u32 first_address = 0;
const volatile __u32 first_port = 0;
const volatile __u32 name_offset = 0;
const volatile __u32 key_number_offset = 0;
const volatile __u32 address_offset = 0;
const volatile __u32 port_offset = 0;

static __always_inline long choose_service(struct xdp_md *context)
{
	__u32 service = bpf_get_prandom_u32() % services;
	__be32 address = bpf_htonl(first_address + service / ports_of_address);
	__be16 port = bpf_htons(first_port + service % ports_of_address);
	__be16 name[2] = {
		bpf_htons(service / services_of_group + 1),
		bpf_htons(service % services_of_group + 1),
	};
	__be32 number = bpf_htonl(service);
	long failed = bpf_xdp_store_bytes(context, address_offset, &address, sizeof(address)) |
		      bpf_xdp_store_bytes(context, port_offset, &port, sizeof(port));

	if (name_offset)
		failed |= bpf_xdp_store_bytes(context, name_offset, name, sizeof(name)) |
			  bpf_xdp_store_bytes(context, key_number_offset, &number, sizeof(number));
	return failed;
}

SEC("xdp")
int generate(struct xdp_md *context)
{
	__u32 first = 0;
	struct head *head = bpf_map_lookup_elem(&heads, &first);

	if (!head || bpf_xdp_store_bytes(context, 0, head->bytes, head_bytes))
		return XDP_ABORTED;
	if (services && choose_service(context))
		return XDP_ABORTED;
	return XDP_PASS;
}

/* What a device receives goes out of it again: so egress gets packets as well. */
SEC("tc")
int reflect(struct __sk_buff *skb)
{
	return bpf_redirect(skb->ifindex, 0);
}

/* Behind the program under test: nothing of it is to go further. */
SEC("tc")
int drop(struct __sk_buff *skb)
{
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
