/*
 * udp-sink: receives numbered datagrams and says by sequence number what came; with -e it also sends each one back.
 *
 *   udp-sink -b IP:PORT [-s SECONDS] [-e]
 *
 * Prints "ready" when it listens, and one line of JSON at SIGTERM or after SECONDS. `overflow` counts datagrams that reached
 * this socket and found its buffer full: the fault of this tool, not of the datapath.
 */
#include "common.h"

static struct seen requests;

int main(int argc, char **argv)
{
	struct timeval tick = { .tv_usec = 100000 };
	struct sockaddr_in local = { 0 };
	uint32_t seconds = 60, overflow = 0;
	int fd, option, echo = 0, one = 1;
	uint64_t began;

	while ((option = getopt(argc, argv, "b:s:e")) != -1) {
		switch (option) {
		case 'b': local = endpoint(optarg); break;
		case 's': seconds = number(optarg, 1, SECONDS_MAX); break;
		case 'e': echo = 1; break;
		default: return 64;
		}
	}
	if (!local.sin_family) {
		fprintf(stderr, "udp-sink: -b is needed\n");
		return 64;
	}
	stop_on_signals();
	fd = udp_socket(&local);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick));
	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof(one));
	printf("ready\n");
	fflush(stdout);

	began = now_ns();
	while (!stopped && now_ns() - began < seconds * 1000000000ull) {
		uint8_t buffer[2048];
		char control[CMSG_SPACE(sizeof(uint32_t))];
		struct sockaddr_in from;
		struct iovec part = { buffer, sizeof(buffer) };
		struct msghdr message = {
			.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &part, .msg_iovlen = 1,
			.msg_control = control, .msg_controllen = sizeof(control),
		};
		ssize_t got = recvmsg(fd, &message, 0);
		struct datagram packet;

		if (got < (ssize_t)sizeof(packet))
			continue;
		memcpy(&packet, buffer, sizeof(packet));
		record(&requests, &packet);
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
			if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
				memcpy(&overflow, CMSG_DATA(c), sizeof(overflow));
		if (echo)
			sendto(fd, buffer, (size_t)got, 0, (struct sockaddr *)&from, sizeof(from));
	}

	printf("{\"received\":%llu,\"duplicate\":%llu,\"overflow\":%u}\n", (unsigned long long)requests.unique,
	       (unsigned long long)requests.duplicate, overflow);
	return 0;
}
