/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * An instance of layout 2, as versions before 3 made it: the same maps with the structs that they had then. Its programs pass
 * every packet; what matters is what an apply of today makes of its rows. For test/kernel/datapath/upgrade.test.ts alone.
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct ip_addr {
	__be32 word[4];
};

struct config_key {
	__u32 ifindex;
	__u32 direction;
};

struct config_value {
	__u32 role;
	__u32 flags;
	__u32 instance_id;
	char name[16];
};

struct tunnel_key {
	__u32 id;
};

struct tunnel_value {
	__u64 epoch;
	struct ip_addr local_ip;
	struct ip_addr remote_ip;
	__be16 local_port;
	__be16 remote_port;
	__u32 counter;
	__u32 remote_id;
	__u32 ping_interval_ms;
	__u32 flags;
	__u32 mtu;
};

struct encap_key {
	struct ip_addr ip;
	__u32 ifindex;
	__be16 port;
	__u8 protocol;
	__u8 pad[1];
};

struct encap_value {
	__u8 key[16];
	__u32 tunnel;
	__u32 counter;
	__be16 group;
	__be16 service;
};

struct decap_key {
	struct ip_addr ip;
	__be16 port;
	__u8 pad[2];
};

struct decap_value {
	__u32 tunnels;
};

struct verify_key {
	__be16 group;
	__be16 service;
};

struct verify_value {
	__u8 key[16];
	struct ip_addr proxy_ip;
	__u32 tunnels[4];
	__u32 counter;
	__be16 proxy_port;
	__u8 protocol;
	__u8 flags;
};

struct nat_key {
	struct ip_addr ip;
	__be16 port;
	__u8 protocol;
	__u8 direction;
};

struct nat_value {
	struct ip_addr ip;
	__be16 port;
	__be16 group;
	__be16 service;
	__u8 pad[2];
};

struct peer_key {
	__u32 tunnel;
};

struct peer_value {
	struct bpf_spin_lock lock;
	__u32 version;
	__u64 epoch;
	__u64 last_seen_ns;
	struct ip_addr remote_ip;
	__u32 moves;
	__be16 remote_port;
	__u8 pad[2];
};

struct flow_key {
	struct ip_addr endpoint_ip;
	struct ip_addr client_ip;
	__be16 endpoint_port;
	__be16 client_port;
	__u8 protocol;
	__u8 pad[3];
};

struct flow_value {
	__u32 tunnel;
	__be16 group;
	__be16 service;
};

struct fragment_key {
	struct ip_addr source_ip;
	struct ip_addr destination_ip;
	__be16 id;
	__u8 protocol;
	__u8 pad[1];
};

struct fragment_value {
	__be16 source_port;
	__be16 destination_port;
};

struct counter {
	__u64 packets;
	__u64 bytes;
};

struct counter_block {
	struct counter slot[256];
};

struct meta_value {
	__u64 generation;
	__u64 time_ns;
	__u64 netns_inode;
	__u64 activation;
	__u32 magic;
	__u32 layout_version;
	__u32 state;
	__u32 role;
	__u32 features;
	__u32 instance_id;
	char instance[16];
	char slot[4];
	__u8 pad[4];
	__u8 rows_digest[32];
	__u8 build_digest[32];
	__u8 source_digest[32];
};

#define TABLE(name, map_type, map_flag, entries, key_type, value_type) \
	struct {                                                        \
		__uint(type, map_type);                                 \
		__uint(map_flags, map_flag);                            \
		__uint(max_entries, entries);                           \
		__type(key, key_type);                                  \
		__type(value, value_type);                              \
	} name SEC(".maps")

#define CONFIGURED_TABLE(name, key_type, value_type) \
	TABLE(name, BPF_MAP_TYPE_HASH, BPF_F_RDONLY_PROG, 16, key_type, value_type)
#define LEARNED_TABLE(name, map_type, entries, key_type, value_type) \
	TABLE(name, map_type, 0, entries, key_type, value_type)

CONFIGURED_TABLE(config, struct config_key, struct config_value);
CONFIGURED_TABLE(tunnel, struct tunnel_key, struct tunnel_value);
CONFIGURED_TABLE(encap, struct encap_key, struct encap_value);
CONFIGURED_TABLE(decap, struct decap_key, struct decap_value);
CONFIGURED_TABLE(verify, struct verify_key, struct verify_value);
CONFIGURED_TABLE(nat, struct nat_key, struct nat_value);

LEARNED_TABLE(peer, BPF_MAP_TYPE_HASH, 4096, struct peer_key, struct peer_value);
LEARNED_TABLE(flow, BPF_MAP_TYPE_LRU_HASH, 1024, struct flow_key, struct flow_value);
LEARNED_TABLE(fragment, BPF_MAP_TYPE_LRU_HASH, 64, struct fragment_key, struct fragment_value);
LEARNED_TABLE(counter, BPF_MAP_TYPE_PERCPU_ARRAY, 256, __u32, struct counter_block);
LEARNED_TABLE(meta, BPF_MAP_TYPE_ARRAY, 1, __u32, struct meta_value);

SEC("tc")
int ti_ingress(struct __sk_buff *skb)
{
	(void)skb;
	return -1; /* TC_ACT_UNSPEC */
}

SEC("tc")
int ti_egress(struct __sk_buff *skb)
{
	(void)skb;
	return -1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
