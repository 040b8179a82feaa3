/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Every map, with what writes it. Configured maps are read-only to programs: a live one is never written at all, a change
 * goes to the other slot's. max_entries are floors: user space sets them before loading (src/tables, capacity).
 */
#ifndef TRUEINGRESS_MAPS_H
#define TRUEINGRESS_MAPS_H

#include <bpf/bpf_helpers.h>

#include "tables.h"

#define CONFIGURED_TABLE(name, key_type, value_type)          \
	struct {                                              \
		__uint(type, BPF_MAP_TYPE_HASH);              \
		__uint(map_flags, BPF_F_RDONLY_PROG);         \
		__uint(max_entries, 16);                      \
		__type(key, key_type);                        \
		__type(value, value_type);                    \
	} name SEC(".maps")

#define LEARNED_TABLE(name, map_type, entries, key_type, value_type) \
	struct {                                              \
		__uint(type, map_type);                       \
		__uint(max_entries, entries);                 \
		__type(key, key_type);                        \
		__type(value, value_type);                    \
	} name SEC(".maps")

CONFIGURED_TABLE(config, struct config_key, struct config_value);
CONFIGURED_TABLE(tunnel, struct tunnel_key, struct tunnel_value);
CONFIGURED_TABLE(encap, struct encap_key, struct encap_value);
CONFIGURED_TABLE(decap, struct decap_key, struct decap_value);
CONFIGURED_TABLE(verify, struct verify_key, struct verify_value);
CONFIGURED_TABLE(nat, struct nat_key, struct nat_value);
CONFIGURED_TABLE(allow, struct allow_key, struct allow_value);
CONFIGURED_TABLE(short_header, struct short_key, struct short_value);

LEARNED_TABLE(peer, BPF_MAP_TYPE_HASH, 4096, struct peer_key, struct peer_value);
LEARNED_TABLE(flow, BPF_MAP_TYPE_LRU_HASH, 65536, struct flow_key, struct flow_value);
LEARNED_TABLE(fragment, BPF_MAP_TYPE_LRU_HASH, 4096, struct fragment_key, struct fragment_value);
LEARNED_TABLE(path, BPF_MAP_TYPE_LRU_HASH, 4096, struct path_key, struct path_value);
LEARNED_TABLE(path_until, BPF_MAP_TYPE_ARRAY, 1, __u32, __u64);
LEARNED_TABLE(counter, BPF_MAP_TYPE_PERCPU_ARRAY, 256, __u32, struct counter_block);

/* Who listens, and how much they have heard; `event` itself, for which 1 MiB is a second of 3,000 packets. */
LEARNED_TABLE(capture, BPF_MAP_TYPE_ARRAY, 1, __u32, struct capture_value);
LEARNED_TABLE(captured, BPF_MAP_TYPE_PERCPU_ARRAY, 1, __u32, struct captured_value);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} event SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct meta_value);
} meta SEC(".maps");

/* Constants of a load, set before it: what is off is dead code. */
const volatile __u32 role = ROLE_GATEWAY;
/* Flags that any interface has; which one has them is in CONFIG. */
const volatile __u32 ingress_features = 0;
const volatile __u32 egress_features = 0;
/* FEATURE_* */
const volatile __u32 topology_features = 0;

/* A ring buffer has no type of its rows: named here, struct event is in the object's BTF, to be compared before the load. */
const struct event *const event_record = 0;

#endif
