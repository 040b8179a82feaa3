/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* PATH: what the underlay said it carries between two addresses, for a while (RFC 1191, RFC 8201). */
#ifndef TRUEINGRESS_PATH_H
#define TRUEINGRESS_PATH_H

#include "maps.h"
#include "parse.h"

/* As long as the kernel's own route exceptions (net.ipv4.route.mtu_expires). */
#define PATH_LIFE_NS (600ULL * 1000000000)

/* Nothing was ever said: one load of a word that is hot. */
static __always_inline bool may_be_narrowed(void)
{
	__u32 first = 0;
	__u64 *until = bpf_map_lookup_elem(&path_until, &first);

	return until && *until;
}

/* Bytes of the longest outer packet that may go between the two ends; `mtu` when nothing was said. */
__noinline __u32 narrowed_mtu(const struct path_key *ends, __u32 mtu)
{
	struct path_value *row;
	struct path_key key;

	if (!ends)
		return mtu;
	/* Linux 6.1 looks up only what lies on a function's own stack. */
	key = *ends;
	row = bpf_map_lookup_elem(&path, &key);
	if (!row || row->mtu >= mtu || bpf_ktime_get_ns() >= row->until_ns)
		return mtu;
	return row->mtu;
}

static __always_inline void lower_mtu(const struct path_key *key, __u32 mtu)
{
	struct path_value heard = { .until_ns = bpf_ktime_get_ns() + PATH_LIFE_NS, .mtu = mtu };
	struct path_value *known = bpf_map_lookup_elem(&path, key);
	__u32 first = 0;

	if (known && heard.until_ns - PATH_LIFE_NS < known->until_ns && known->mtu < mtu)
		heard.mtu = known->mtu;
	bpf_map_update_elem(&path, key, &heard, BPF_ANY);
	bpf_map_update_elem(&path_until, &first, &heard.until_ns, BPF_ANY);
}

#endif
