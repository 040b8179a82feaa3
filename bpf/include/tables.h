/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Layout of every row of every table (PROTOCOL.md section 3). This file is an ABI: user space compares it, member by
 * member, with the descriptors in src/tables through BTF, in a test and again before a map is used.
 *
 * Addresses are 16 bytes, IPv4 as v4-mapped (::ffff:a.b.c.d); all zero means "none". __be* is wire order, everything
 * else the host's. There is no implicit padding: pads are named and always zero, since hash keys are compared as bytes.
 */
#ifndef TRUEINGRESS_TABLES_H
#define TRUEINGRESS_TABLES_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stddef.h>

#define TABLE_LAYOUT_VERSION 3
#define KEY_BYTES 16
#define NAME_BYTES 16
#define TUNNELS_PER_SERVICE 4

struct ip_addr {
	__be32 word[4];
};

/* What a topology uses at all. What no topology asks for is dead code in its load. */
#define FEATURE_IPV6 1  /* any address of it is IPv6 */
#define FEATURE_VIA 2   /* a service names the interface of entry */
#define FEATURE_SHORT 4 /* a tunnel has the short header */
#define FEATURE_ECHO 8  /* echo to a proxy's address is answered or carried */

enum direction {
	DIRECTION_INGRESS = 0,
	DIRECTION_EGRESS = 1,
};

enum role {
	ROLE_GATEWAY = 1,
	ROLE_NODE = 2,
};

/* Numbers that users of the older tools know (PROTOCOL.md section 4). */
#define FLAG_GUE 1    /* ingress: accept GUE */
#define FLAG_PROXY 1  /* egress: gateway behaviour */
#define FLAG_FWD 4
#define FLAG_DUMP 8
#define FLAG_FIB 16   /* egress: look the outer destination up, rewrite the MAC addresses */

/* CONFIG: what each hook of each interface does. Written by: file. */
struct config_key {
	__u32 ifindex;
	__u32 direction; /* enum direction */
};

struct config_value {
	__u32 role;  /* enum role */
	__u32 flags; /* FLAG_* of that direction */
	__u32 instance_id;
	char name[NAME_BYTES];
};

/*
 * TUNNEL: written by: file. `epoch` is new whenever an id is created or turned to learned: see PEER. It is the wall time of
 * that moment (CLOCK_REALTIME, ns), so that a signed ping recorded before it is never taken.
 */
struct tunnel_key {
	__u32 id;
};

#define TUNNEL_LEARNED 1        /* remote comes from PEER; remote_ip and remote_port are zero */
#define TUNNEL_MTU_GIVEN 2      /* mtu is the file's and not the path's; used by user space alone */
#define TUNNEL_SHORT 4          /* short header: no key, tunnel id only; remote is static */
#define TUNNEL_STRICT 8         /* data only from the remote itself */
#define TUNNEL_HASH_PORT 16     /* outer source port from the flow hash */
#define TUNNEL_SIGNED 32        /* sign_key is set: a signed ping is checked by it, a node signs with it */
#define TUNNEL_SIGN_REQUIRED 64 /* unsigned pings are refused */
#define TUNNEL_ALLOW 128        /* pings only from the prefixes in ALLOW */

struct tunnel_value {
	__u64 epoch;
	struct ip_addr local_ip;
	struct ip_addr remote_ip;
	__be16 local_port;
	__be16 remote_port;
	__u32 counter;          /* first of its four indexes in COUNTER */
	__u32 remote_id;        /* the far end's number for this tunnel, sent in pings */
	__u32 ping_interval_ms; /* 0: none; used by user space alone */
	__u32 flags;            /* TUNNEL_* */
	__u32 mtu;              /* bytes of the longest outer packet that the path carries */
	__u32 moves_per_minute; /* of a learned remote; 0: any number */
	__u32 pad;
	__u8 sign_key[KEY_BYTES];
};

/* ALLOW (gateway): prefixes from which a tunnel's pings may come, numbered from 0 without a gap. Written by: file. */
#define ALLOWED_PER_TUNNEL 8

struct allow_key {
	__u32 tunnel;
	__u32 number;
};

struct allow_value {
	struct ip_addr ip; /* bits behind the prefix are zero */
	__u32 bits;        /* of the 128: an IPv4 /24 is 120 */
};

/* SHORT: which tunnel with the short header lies between two endpoints. Written by: file. */
struct short_key {
	struct ip_addr local_ip;
	struct ip_addr remote_ip;
	__be16 local_port;
	__be16 remote_port;
};

struct short_value {
	__u32 tunnel;
};

/*
 * ENCAP (gateway): which tunnel carries what is sent to a proxy endpoint. Beside these, one row with port 0 and tunnel 0
 * for each proxy address and protocol says that the address is ours: a fragment for it that nobody can place is dropped.
 * A row with port 0 and protocol ICMP or ICMPv6 says what becomes of echo requests to the address: tunnel 0: answered here.
 * Written by: file.
 */
#define VIA_ANY 0
#define VIA_LOCAL 0xffffffff

struct encap_key {
	struct ip_addr ip;
	__u32 ifindex; /* where the packet entered the host; VIA_LOCAL: it is the host's own; VIA_ANY */
	__be16 port;
	__u8 protocol;
	__u8 pad[1];
};

struct encap_value {
	__u8 key[KEY_BYTES];
	__u32 tunnel;
	__u32 counter; /* of the service */
	__be16 group;
	__be16 service;
};

/*
 * DECAP: local endpoints on which GUE is accepted. Beside them, a row with port 0 and no tunnels for each address from which
 * GUE is sent with the flow's hash as its source port, so that errors about it are known. Written by: file.
 */
struct decap_key {
	struct ip_addr ip;
	__be16 port;
	__u8 pad[2];
};

struct decap_value {
	__u32 tunnels; /* how many share this endpoint */
};

/* VERIFY: what a {group, service} may do. Written by: file. */
struct verify_key {
	__be16 group;
	__be16 service;
};

#define SERVICE_DSO 1          /* reply goes straight to the client */
#define SERVICE_FLOW 2         /* remember per flow which tunnel carried the request: several tunnels, or PASS, or a shared endpoint */
#define SERVICE_PASS 4         /* replies without a FLOW row are not ours (fallback: pass) */
#define SERVICE_ECHO 8         /* echo to the proxy's address is carried */
#define SERVICE_PREVIOUS_KEY 16 /* previous_key is accepted as well */
#define SERVICE_ECHO_ANSWERED 32 /* echo to the proxy's address is answered; used by user space alone, ENCAP's row says it */

struct verify_value {
	__u8 key[KEY_BYTES];
	struct ip_addr proxy_ip; /* the only inner endpoint that this key opens */
	struct ip_addr endpoint_ip; /* on a node: where the server is */
	__u32 tunnels[TUNNELS_PER_SERVICE]; /* ids it may use, the first is the fallback; 0: no more */
	__u32 counter;
	__be16 proxy_port;
	__be16 endpoint_port;
	__u8 protocol;
	__u8 flags; /* SERVICE_* */
	__u8 pad[2];
	__u8 previous_key[KEY_BYTES]; /* accepted, never sent; last, since few have one */
};

/*
 * NAT (node): {endpoint, out} -> proxy and whose it is. {proxy, in} -> endpoint only for services of tunnels with the short
 * header, whose packets name no service: others' endpoint is in VERIFY. Written by: file.
 */
#define NAT_IN 0
#define NAT_OUT 1

#define NAT_SHARED 1 /* out: several services have this endpoint, FLOW tells which; the rest of the row is zero */

struct nat_key {
	struct ip_addr ip;
	__be16 port;
	__u8 protocol;
	__u8 direction; /* NAT_* */
};

struct nat_value {
	struct ip_addr ip;
	__be16 port;
	__be16 group;
	__be16 service;
	__u8 flags; /* NAT_* */
	__u8 pad[1];
};

/*
 * PEER: where a tunnel's far end was last heard. Written by: datapath (ingress), read by egress.
 * Writers hold `lock` and make `version` odd while they write; readers take the row only if `version` was even and the
 * same before and after. `epoch` unequal to the tunnel's: the row belongs to a dead tunnel of that id, "not learned".
 */
struct peer_key {
	__u32 tunnel;
};

struct peer_value {
	struct bpf_spin_lock lock;
	__u32 version;
	__u64 epoch;
	__u64 last_seen_ns; /* CLOCK_MONOTONIC */
	__u64 sequence;     /* of the last signed ping; 0: none yet */
	__u64 minute_ns;    /* CLOCK_MONOTONIC: when the minute began in which moves are counted */
	struct ip_addr remote_ip;
	__u32 moves; /* how often the remote changed after the first time */
	__u32 moves_in_minute;
	__be16 remote_port;
	__u8 pad[6];
};

/* FLOW (node): the tunnel that carried a request, keyed by the reply as it is before SNAT. LRU; a hint. Written by: datapath. */
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

/* FRAGMENT: ports of first fragments, for their later ones, which have none. LRU. Written by: datapath. */
struct fragment_key {
	struct ip_addr source_ip;
	struct ip_addr destination_ip;
	__be32 id; /* IPv4: the last two bytes */
	__u8 protocol;
	__u8 pad[3];
};

struct fragment_value {
	__be16 source_port;
	__be16 destination_port;
};

/* PATH: what the underlay said it carries between two addresses. LRU. Written by: datapath. */
struct path_key {
	struct ip_addr local_ip;
	struct ip_addr remote_ip;
};

struct path_value {
	__u64 until_ns; /* CLOCK_MONOTONIC */
	__u32 mtu;      /* bytes of the longest outer packet */
	__u32 pad;
};

/* PATH_UNTIL: one row: when the last row of PATH ends (CLOCK_MONOTONIC, ns; 0: there never was one). Written by: datapath. */

/* CAPTURE: one row: who listens to EVENT. Written by: user space (`dump`) for as long as it reads; a word that ended: datapath. */
struct capture_value {
	__u64 until_ns;   /* CLOCK_MONOTONIC: when the reader's word ends; 0: nobody listens */
	__u64 verdicts;   /* bit n: packets with verdict n are told, others count for no rate */
	__u32 per_second; /* events at most, on each CPU */
	__u32 pad;
};

/* CAPTURED: one row, per CPU: what became of the rate. Written by: datapath. */
struct captured_value {
	__u64 second_ns;  /* CLOCK_MONOTONIC: when the second began in which events are counted */
	__u32 sent;       /* in this second */
	__u32 suppressed; /* since the last event, for the rate's sake or since EVENT was full */
};

/*
 * EVENT: ring buffer. The header, then `captured` bytes of the packet as it leaves the hook. Written by: datapath.
 * service and tunnel are their first counter indexes, as in outcome; user space knows whose they are.
 */
#define EVENT_PACKET 1
#define EVENT_LEARNED 2
#define EVENT_MOVED 3
#define EVENT_BYTES 256 /* of a packet, at most */

struct event {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u32 kind;    /* EVENT_* */
	__u32 ifindex;
	__u32 length;   /* of the frame, bytes */
	__u32 captured; /* bytes that follow the header */
	__u32 service;
	__u32 tunnel;
	__u32 suppressed; /* events left out before this one on this CPU */
	__u32 ingress_ifindex;
	__be16 remote_port; /* LEARNED, MOVED: the new remote; `tunnel` is the id then */
	__u8 hook;    /* enum direction */
	__u8 verdict; /* enum verdict */
	__u16 cpu;
	__u8 pad[2];
	struct ip_addr remote_ip;
	__u8 bytes[EVENT_BYTES];
};

/*
 * COUNTER: per CPU, flat indexes packed 256 to a block, since creating one small per-CPU element for each index costs
 * a kernel allocation each. Index n is block n / 256, slot n % 256.
 *   hook * 64 + verdict                              for hook 0 (ingress), 1 (egress)
 *   row.counter + hook * 2 + (dropped ? 1 : 0)       four for each service and tunnel, from COUNTER_FIRST on
 * Written by: datapath; zeroed by user space when a service or tunnel is gone.
 */
#define COUNTERS_PER_BLOCK 256
#define COUNTERS_PER_HOOK 64
#define COUNTER_FIRST 128
#define COUNTERS_PER_ROW 4

struct counter {
	__u64 packets;
	__u64 bytes;
};

struct counter_block {
	struct counter slot[COUNTERS_PER_BLOCK];
};

/*
 * META: one row that says what a generation is. Bound to both programs, so that a hook alone leads to it. Not read by
 * the datapath. Written by: user space.
 */
#define META_MAGIC 0x54494e47 /* "TING" */
#define META_STAGING 1  /* rows are being brought in */
#define META_COMPLETE 2 /* all rows are there and were probed */
#define META_LIVED 3    /* complete, and hooks have run it: what `revert` may go back to */

struct meta_value {
	__u64 generation;
	__u64 time_ns;        /* CLOCK_REALTIME of staging */
	__u64 netns_inode;    /* network namespace that the instance belongs to */
	__u64 activation;     /* counts up over both slots at each switch; 0: hooks never ran it */
	__u32 magic;
	__u32 layout_version; /* TABLE_LAYOUT_VERSION */
	__u32 state;          /* META_* */
	__u32 role;           /* the constant of this load */
	__u32 features;       /* the constants of this load: ingress flags | egress flags << 16 */
	__u32 instance_id;
	char instance[NAME_BYTES];
	char slot[4];         /* "a" or "b" */
	__u32 topology_features; /* the constant of this load: FEATURE_* */
	__u8 rows_digest[32]; /* SHA-256 over the configured rows, sorted: unequal to what is read back means edited by hand */
	__u8 build_digest[32]; /* SHA-256 of the object file */
	__u8 source_digest[32]; /* SHA-256 of the topology files' text */
};

/* A size that changes is a change of the ABI: a new TABLE_LAYOUT_VERSION, an ADR, a line in CHANGELOG. */
_Static_assert(sizeof(struct config_key) == 8, "ABI");
_Static_assert(sizeof(struct config_value) == 28, "ABI");
_Static_assert(sizeof(struct tunnel_key) == 4, "ABI");
_Static_assert(sizeof(struct tunnel_value) == 88, "ABI");
_Static_assert(sizeof(struct encap_key) == 24, "ABI");
_Static_assert(sizeof(struct encap_value) == 28, "ABI");
_Static_assert(sizeof(struct allow_key) == 8, "ABI");
_Static_assert(sizeof(struct allow_value) == 20, "ABI");
_Static_assert(sizeof(struct short_key) == 36, "ABI");
_Static_assert(sizeof(struct short_value) == 4, "ABI");
_Static_assert(sizeof(struct decap_key) == 20, "ABI");
_Static_assert(sizeof(struct decap_value) == 4, "ABI");
_Static_assert(sizeof(struct verify_key) == 4, "ABI");
_Static_assert(sizeof(struct verify_value) == 92, "ABI");
_Static_assert(sizeof(struct nat_key) == 20, "ABI");
_Static_assert(sizeof(struct nat_value) == 24, "ABI");
_Static_assert(sizeof(struct peer_key) == 4, "ABI");
_Static_assert(sizeof(struct peer_value) == 72, "ABI");
_Static_assert(sizeof(struct flow_key) == 40, "ABI");
_Static_assert(sizeof(struct flow_value) == 8, "ABI");
_Static_assert(sizeof(struct fragment_key) == 40, "ABI");
_Static_assert(sizeof(struct fragment_value) == 4, "ABI");
_Static_assert(sizeof(struct path_key) == 32, "ABI");
_Static_assert(sizeof(struct path_value) == 16, "ABI");
_Static_assert(sizeof(struct capture_value) == 24, "ABI");
_Static_assert(sizeof(struct captured_value) == 16, "ABI");
_Static_assert(COUNTERS_PER_HOOK <= 64, "verdicts are bits of a word");
_Static_assert(offsetof(struct event, bytes) == 64, "ABI");
_Static_assert(sizeof(struct event) == 64 + EVENT_BYTES, "ABI");
_Static_assert(sizeof(struct counter_block) == 4096, "ABI");
_Static_assert(sizeof(struct meta_value) == 176, "ABI");

#endif
