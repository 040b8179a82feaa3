/*
 * udp-send: numbered datagrams at a steady rate, until a count, a time or SIGTERM ends it; then one line of JSON.
 *
 *   udp-send -t IP:PORT -r PER_SECOND -n COUNT [-s SECONDS] [-b IP:PORT] [-l BYTES] [-g TOGETHER] [-e]
 *
 * With -g the kernel is given so many at once, which it cuts as late as it can (UDP_SEGMENT), as QUIC servers do.
 * With -e the far end echoes, and replies are counted too. `sent` counts what the kernel took; `errors` what it refused
 * (an ICMP error of an earlier datagram shows up as a refusal of a later one).
 */
#include "common.h"

#include <netinet/udp.h>

#define BURST_MAX 32
#define BYTES_MAX 8192
#define TOGETHER_MAX 64
#define NAP_NS 200000
/* What is still on its way when the last datagram is sent: waited for while replies come, and not for ever. */
#define QUIET_NS 500000000u
#define DRAIN_NS 5000000000u

static struct seen replies;

/* Whether something came. */
static int receive(int fd)
{
	struct datagram packet;
	int came = 0;

	while (recv(fd, &packet, sizeof(packet), MSG_DONTWAIT | MSG_TRUNC) >= (ssize_t)sizeof(packet)) {
		record(&replies, &packet);
		came = 1;
	}
	return came;
}

/* `count` numbered datagrams of `bytes` each, from `first` on. Whether the kernel took them. */
static int send_together(int fd, uint64_t first, uint32_t count, uint32_t bytes)
{
	static uint8_t buffer[TOGETHER_MAX * BYTES_MAX];

	for (uint32_t i = 0; i < count; i++) {
		struct datagram packet = { DATAGRAM_MAGIC, (uint32_t)(first + i) };

		memcpy(buffer + i * bytes, &packet, sizeof(packet));
	}
	return send(fd, buffer, count * bytes, 0) == (ssize_t)(count * bytes);
}

int main(int argc, char **argv)
{
	struct timespec nap = { .tv_nsec = NAP_NS };
	struct endpoint to = { 0 }, local = { 0 };
	uint32_t rate = 0, count = 0, seconds = 30, bytes = 64, together = 1;
	uint64_t began, ended, last, sent = 0, errors = 0;
	int fd, option, echo = 0;

	while ((option = getopt(argc, argv, "t:r:n:s:b:l:g:e")) != -1) {
		switch (option) {
		case 't': to = endpoint(optarg); break;
		case 'r': rate = number(optarg, 1, 200000); break;
		case 'n': count = number(optarg, 1, SEQUENCES_MAX); break;
		case 's': seconds = number(optarg, 1, SECONDS_MAX); break;
		case 'b': local = endpoint(optarg); break;
		case 'l': bytes = number(optarg, sizeof(struct datagram), BYTES_MAX); break;
		case 'g': together = number(optarg, 1, TOGETHER_MAX); break;
		case 'e': echo = 1; break;
		default: return 64;
		}
	}
	if (!to.size || !rate || !count) {
		fprintf(stderr, "udp-send: -t, -r and -n are needed\n");
		return 64;
	}
	stop_on_signals();
	fd = udp_socket(to.address.ss_family, &local);
	if (together > 1 && setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &(int){ (int)bytes }, sizeof(int)))
		die("UDP_SEGMENT");
	if (connect(fd, (struct sockaddr *)&to.address, to.size))
		die("connect");

	began = now_ns();
	while (sent < count && !stopped) {
		uint64_t elapsed = now_ns() - began;
		uint64_t due = elapsed * rate / 1000000000u + 1;
		int burst = 0;

		if (elapsed > seconds * 1000000000ull)
			break;
		while (sent < due && sent < count && burst++ < BURST_MAX) {
			uint32_t next = count - sent < together ? (uint32_t)(count - sent) : together;

			if (send_together(fd, sent, next, bytes))
				sent += next;
			else if (++errors > count)
				break;
		}
		if (errors > count)
			break;
		if (echo)
			receive(fd);
		if (sent >= due)
			nanosleep(&nap, NULL);
	}
	ended = last = now_ns();
	while (echo && replies.unique < sent && now_ns() - last < QUIET_NS && now_ns() - ended < DRAIN_NS) {
		if (receive(fd))
			last = now_ns();
		nanosleep(&nap, NULL);
	}

	printf("{\"sent\":%llu,\"errors\":%llu,\"replies\":%llu,\"duplicateReplies\":%llu,\"overflow\":%u,\"milliseconds\":%llu}\n",
	       (unsigned long long)sent, (unsigned long long)errors, (unsigned long long)replies.unique,
	       (unsigned long long)replies.duplicate, overflow_of(fd), (unsigned long long)((ended - began) / 1000000));
	return 0;
}
