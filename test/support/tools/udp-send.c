/*
 * udp-send: numbered datagrams at a steady rate, until a count, a time or SIGTERM ends it; then one line of JSON.
 *
 *   udp-send -t IP:PORT -r PER_SECOND -n COUNT [-s SECONDS] [-b IP:PORT] [-l BYTES] [-e]
 *
 * With -e the far end echoes, and replies are counted too. `sent` counts what the kernel took; `errors` what it refused
 * (an ICMP error of an earlier datagram shows up as a refusal of a later one).
 */
#include "common.h"

#define BURST_MAX 32
#define BYTES_MAX 8192
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

int main(int argc, char **argv)
{
	struct timespec nap = { .tv_nsec = NAP_NS };
	struct endpoint to = { 0 }, local = { 0 };
	uint32_t rate = 0, count = 0, seconds = 30, bytes = 64;
	uint64_t began, ended, last, sent = 0, errors = 0;
	uint8_t buffer[BYTES_MAX] = { 0 };
	int fd, option, echo = 0;

	while ((option = getopt(argc, argv, "t:r:n:s:b:l:e")) != -1) {
		switch (option) {
		case 't': to = endpoint(optarg); break;
		case 'r': rate = number(optarg, 1, 200000); break;
		case 'n': count = number(optarg, 1, SEQUENCES_MAX); break;
		case 's': seconds = number(optarg, 1, SECONDS_MAX); break;
		case 'b': local = endpoint(optarg); break;
		case 'l': bytes = number(optarg, sizeof(struct datagram), BYTES_MAX); break;
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
			struct datagram packet = { DATAGRAM_MAGIC, (uint32_t)sent };

			memcpy(buffer, &packet, sizeof(packet));
			if (send(fd, buffer, bytes, 0) == (ssize_t)bytes)
				sent++;
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
