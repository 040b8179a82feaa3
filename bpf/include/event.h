/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* EVENT: what the programs tell whoever listens (docs/DATAPATH.md section 10). */
#ifndef TRUEINGRESS_EVENT_H
#define TRUEINGRESS_EVENT_H

#include "maps.h"
#include "parse.h"
#include "verdict.h"

#define SECOND_NS 1000000000ULL

/* The rows of CAPTURE and CAPTURED, which have one each. */
static __always_inline struct capture_value *listener(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&capture, &first);
}

/* Whether this CPU may send one more event in this second. */
static __always_inline bool is_within_rate(struct captured_value *rate, __u64 now, __u32 per_second)
{
	if (now - rate->second_ns >= SECOND_NS) {
		rate->second_ns = now;
		rate->sent = 0;
	}
	if (rate->sent >= per_second) {
		rate->suppressed++;
		return false;
	}
	rate->sent++;
	return true;
}

static __always_inline void fill_event(struct event *event, struct __sk_buff *skb, __u32 kind, __u64 now)
{
	event->time_ns = now;
	event->kind = kind;
	event->ifindex = skb->ifindex;
	event->length = skb->len;
	event->captured = 0;
	event->service = 0;
	event->tunnel = 0;
	event->suppressed = 0;
	event->ingress_ifindex = skb->ingress_ifindex;
	event->remote_port = 0;
	event->hook = DIRECTION_INGRESS;
	event->verdict = 0;
	event->cpu = bpf_get_smp_processor_id();
	__builtin_memset(event->pad, 0, sizeof(event->pad));
	event->remote_ip = (struct ip_addr){};
}

static __always_inline void copy_packet(struct event *event, struct __sk_buff *skb)
{
	__u32 bytes = skb->len;

	if (bytes > EVENT_BYTES)
		bytes = EVENT_BYTES;
	/* Never so, but Linux 6.1 learns a lower bound only from a comparison like this. */
	if (bytes < ETH_HLEN)
		return;
	if (!bpf_skb_load_bytes(skb, 0, event->bytes, bytes))
		event->captured = bytes;
}

/* A function of its own, entered only when somebody listens. `what`: hook and verdict. */
__noinline int tell_packet(struct __sk_buff *skb, __u32 what, __u32 service, __u32 tunnel)
{
	struct capture_value *reader = listener();
	struct captured_value *rate;
	struct event *told;
	__u32 first = 0;
	__u64 now;

	if (!reader || !(reader->verdicts >> (what & 63) & 1))
		return 0;
	now = bpf_ktime_get_ns();
	if (now >= reader->until_ns) {
		/* It was killed. If it was only late, its next word comes within a second. */
		reader->until_ns = 0;
		return 0;
	}
	rate = bpf_map_lookup_elem(&captured, &first);
	if (!rate || !is_within_rate(rate, now, reader->per_second))
		return 0;
	told = bpf_ringbuf_reserve(&event, sizeof(*told), 0);
	if (!told) {
		rate->suppressed++;
		return 0;
	}
	fill_event(told, skb, EVENT_PACKET, now);
	told->service = service;
	told->tunnel = tunnel;
	told->suppressed = rate->suppressed;
	told->hook = what >> 8;
	told->verdict = what & 0xff;
	rate->suppressed = 0;
	copy_packet(told, skb);
	bpf_ringbuf_submit(told, 0);
	return 0;
}

static __always_inline void tell(struct __sk_buff *skb, enum direction hook, enum verdict verdict, __u32 service,
				 __u32 tunnel)
{
#ifndef NO_EVENTS
	struct capture_value *reader = listener();

	if (reader && reader->until_ns)
		tell_packet(skb, hook << 8 | verdict, service, tunnel);
#endif
}

/* A remote that was learned or moved: rare, and told whether anybody listens or not. */
static __always_inline void tell_remote(struct __sk_buff *skb, __u32 kind, __u32 tunnel, const struct packet *outer)
{
	struct event *told = bpf_ringbuf_reserve(&event, sizeof(*told), 0);

	if (!told)
		return;
	fill_event(told, skb, kind, bpf_ktime_get_ns());
	told->tunnel = tunnel;
	told->verdict = kind == EVENT_MOVED ? VERDICT_PING_MOVED : VERDICT_PING_ACCEPTED;
	told->remote_ip = outer->source;
	told->remote_port = outer->ports.source;
	bpf_ringbuf_submit(told, 0);
}

#endif
