/*
 * net-load: loads whose speed the bench compares, one at a time, each bounded in time and in what it sends; one line of JSON.
 *
 *   net-load serve IP:PORT SECONDS            TCP and UDP there, until SECONDS or SIGTERM; says "ready"
 *   net-load up    IP:PORT SECONDS BYTES      one TCP stream to the server: what arrived, and nanoseconds
 *   net-load down  IP:PORT SECONDS BYTES      one from it
 *   net-load flood IP:PORT SECONDS COUNT      datagrams of 18 bytes: how many arrived, and nanoseconds from first to last
 *   net-load ask   IP:PORT SECONDS COUNT      a datagram of 18 bytes and its answer, by turns: nanoseconds, the median
 *
 * Client and server each have a CPU of their own, where there are two, before anything else that runs, and wait by looking
 * again while they ask: neither how long a scheduler takes to wake them nor what else the machine does is what is measured.
 */
#define _GNU_SOURCE /* sendmmsg, sched_setaffinity */
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common.h"

#define BATCH 32
#define DATAGRAM_BYTES 18
#define STREAM_BYTES (128 << 10)
#define NS_OF_SECOND 1000000000ull
/* After an answer the server looks again for so long before it sleeps. */
#define AWAKE_NS 2000000u
#define PATIENCE_NS 50000000u
#define BYTES_MAX (1ull << 40)
#define ANSWERS_MAX (1ull << 24)

enum kind { FLOOD = 'f', ASK = 'a', TELL = 't', UP = 'u', DOWN = 'd' };

/* What the server says of a flood. */
struct told {
	uint8_t kind;
	uint64_t received;
	uint64_t nanoseconds;
} __attribute__((packed));

/* What a client wants of a stream. */
struct wanted {
	uint8_t kind;
	uint64_t nanoseconds;
	uint64_t bytes;
} __attribute__((packed));

static uint8_t buffer[STREAM_BYTES];

/* Before everything of ordinary priority, which waits for as long as the load takes, a second or so. */
static void own_cpu(int cpu)
{
	struct sched_param first = { .sched_priority = 1 };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
	if (sched_setscheduler(0, SCHED_RR, &first))
		die("sched_setscheduler");
}

static int open_socket(const struct endpoint *where, int type)
{
	int fd = socket(where->address.ss_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static int connected(const struct endpoint *to, int type)
{
	int fd = open_socket(to, type);

	if (connect(fd, (const struct sockaddr *)&to->address, to->size))
		die("connect");
	return fd;
}

static int bound(const struct endpoint *at, int type)
{
	int fd = open_socket(at, type), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)&at->address, at->size))
		die("bind");
	return fd;
}

/* Sends until time or bytes are used up or the other end has gone; how many were taken. */
static uint64_t pour(int fd, uint64_t nanoseconds, uint64_t bytes)
{
	uint64_t began = now_ns(), sent = 0;

	while (sent < bytes && now_ns() - began < nanoseconds && !stopped) {
		uint64_t left = bytes - sent;
		ssize_t took = send(fd, buffer, left < sizeof(buffer) ? left : sizeof(buffer), MSG_NOSIGNAL);

		if (took < 0)
			break;
		sent += (uint64_t)took;
	}
	return sent;
}

/* Reads to the end; how many came. */
static uint64_t drain(int fd)
{
	uint64_t came = 0;
	ssize_t got;

	while ((got = recv(fd, buffer, sizeof(buffer), 0)) > 0)
		came += (uint64_t)got;
	return came;
}

static void answer_stream(int fd)
{
	struct wanted wanted;
	uint64_t came;

	if (recv(fd, &wanted, sizeof(wanted), MSG_WAITALL) != sizeof(wanted))
		return;
	if (wanted.kind == DOWN) {
		pour(fd, wanted.nanoseconds, wanted.bytes);
		return;
	}
	came = drain(fd);
	if (send(fd, &came, sizeof(came), MSG_NOSIGNAL) != sizeof(came))
		perror("send");
}

static void serve_streams(int listener)
{
	while (!stopped) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		answer_stream(fd);
		close(fd);
	}
}

struct flood {
	uint64_t received;
	uint64_t first_ns;
	uint64_t last_ns;
};

static void answer_datagram(int fd, struct mmsghdr *message, struct flood *flood)
{
	uint8_t *bytes = message->msg_hdr.msg_iov->iov_base;
	struct told told = { TELL, flood->received, flood->last_ns - flood->first_ns };
	struct msghdr *from = &message->msg_hdr;

	if (bytes[0] == ASK)
		sendto(fd, bytes, message->msg_len, 0, from->msg_name, from->msg_namelen);
	if (bytes[0] != TELL)
		return;
	sendto(fd, &told, sizeof(told), 0, from->msg_name, from->msg_namelen);
	*flood = (struct flood){ 0 };
}

static void serve_datagrams(int fd)
{
	static uint8_t bytes[BATCH][64];
	struct sockaddr_storage from[BATCH];
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	struct flood flood = { 0 };
	uint64_t awake_until = 0;

	while (!stopped) {
		int flags = now_ns() < awake_until ? MSG_DONTWAIT : MSG_WAITFORONE;
		int came;

		for (int i = 0; i < BATCH; i++) {
			vectors[i] = (struct iovec){ bytes[i], sizeof(bytes[i]) };
			messages[i].msg_hdr = (struct msghdr){ &from[i], sizeof(from[i]), &vectors[i], 1, NULL, 0, 0 };
		}
		came = recvmmsg(fd, messages, BATCH, flags, NULL);
		for (int i = 0; i < came; i++) {
			if (bytes[i][0] != FLOOD) {
				answer_datagram(fd, &messages[i], &flood);
				awake_until = now_ns() + AWAKE_NS;
				continue;
			}
			flood.last_ns = now_ns();
			if (!flood.received++)
				flood.first_ns = flood.last_ns;
		}
	}
}

/* Streams in a child of its own, so that neither waits for the other. */
static void serve(const struct endpoint *at, uint32_t seconds)
{
	int listener = bound(at, SOCK_STREAM), datagrams = bound(at, SOCK_DGRAM), size = SOCKET_BUFFER_BYTES;
	struct sigaction at_end = { .sa_handler = on_stop };
	pid_t child;

	if (listen(listener, 4))
		die("listen");
	if (setsockopt(datagrams, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		die("SO_RCVBUFFORCE");
	/* As stop_on_signals: what blocks must return. */
	sigaction(SIGALRM, &at_end, NULL);
	printf("ready\n");
	fflush(stdout);
	own_cpu(1);
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		alarm(seconds);
		serve_streams(listener);
		return;
	}
	alarm(seconds);
	serve_datagrams(datagrams);
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
}

static void stream(const struct endpoint *to, enum kind kind, uint64_t nanoseconds, uint64_t bytes)
{
	struct wanted wanted = { kind, nanoseconds, bytes };
	int fd = connected(to, SOCK_STREAM);
	uint64_t began = now_ns(), came;

	if (send(fd, &wanted, sizeof(wanted), 0) != sizeof(wanted))
		die("send");
	if (kind == DOWN) {
		came = drain(fd);
	} else {
		pour(fd, nanoseconds, bytes);
		shutdown(fd, SHUT_WR);
		if (recv(fd, &came, sizeof(came), MSG_WAITALL) != sizeof(came))
			die("the server's count");
	}
	printf("{\"bytes\":%llu,\"nanoseconds\":%llu}\n", (unsigned long long)came,
	       (unsigned long long)(now_ns() - began));
}

/* Sends a datagram until an answer of its kind comes; false: none came in a second. */
static int asked(int fd, enum kind kind, void *answer, size_t size)
{
	uint8_t question[DATAGRAM_BYTES] = { kind };
	uint64_t began = now_ns();

	while (now_ns() - began < NS_OF_SECOND) {
		uint64_t sent = now_ns();

		if (send(fd, question, sizeof(question), 0) < 0 && errno != ECONNREFUSED)
			die("send");
		while (now_ns() - sent < PATIENCE_NS)
			if (recv(fd, answer, size, MSG_DONTWAIT) > 0 && *(uint8_t *)answer == kind)
				return 1;
	}
	return 0;
}

static void flood(const struct endpoint *to, uint64_t nanoseconds, uint64_t count)
{
	static uint8_t bytes[DATAGRAM_BYTES] = { FLOOD };
	struct iovec vector = { bytes, sizeof(bytes) };
	struct mmsghdr messages[BATCH] = { 0 };
	struct told told;
	int fd = connected(to, SOCK_DGRAM);
	uint64_t began, sent = 0;

	for (int i = 0; i < BATCH; i++)
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &vector, .msg_iovlen = 1 };
	/* Forgets what came before. */
	if (!asked(fd, TELL, &told, sizeof(told)))
		die("no answer");
	began = now_ns();
	while (sent < count && now_ns() - began < nanoseconds) {
		int took = sendmmsg(fd, messages, BATCH, 0);

		if (took < 0)
			die("sendmmsg");
		sent += (uint64_t)took;
	}
	if (!asked(fd, TELL, &told, sizeof(told)))
		die("no answer");
	printf("{\"sent\":%llu,\"received\":%llu,\"nanoseconds\":%llu}\n", (unsigned long long)sent,
	       (unsigned long long)told.received, (unsigned long long)told.nanoseconds);
}

static int by_size(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static void ask(const struct endpoint *to, uint64_t nanoseconds, uint64_t count)
{
	uint64_t *took = calloc(count < ANSWERS_MAX ? count : ANSWERS_MAX, sizeof(*took));
	uint8_t answer[64];
	int fd = connected(to, SOCK_DGRAM);
	uint64_t began = now_ns(), answers = 0;

	if (!took)
		die("memory for the answers' times");
	while (answers < count && answers < ANSWERS_MAX && now_ns() - began < nanoseconds) {
		uint64_t sent = now_ns();

		if (!asked(fd, ASK, answer, sizeof(answer)))
			die("no answer");
		took[answers++] = now_ns() - sent;
	}
	qsort(took, answers, sizeof(*took), by_size);
	printf("{\"answers\":%llu,\"median\":%llu,\"low\":%llu}\n", (unsigned long long)answers,
	       (unsigned long long)took[answers / 2], (unsigned long long)took[answers / 10]);
}

int main(int argc, char **argv)
{
	struct endpoint where;
	uint64_t nanoseconds, most;

	if (argc != 4 + (argc > 1 && strcmp(argv[1], "serve") != 0)) {
		fprintf(stderr, "usage: net-load serve|up|down|flood|ask IP:PORT SECONDS [BYTES|COUNT]\n");
		return 64;
	}
	where = endpoint(argv[2]);
	nanoseconds = number(argv[3], 1, SECONDS_MAX * 10) * NS_OF_SECOND;
	stop_on_signals();
	if (!strcmp(argv[1], "serve")) {
		serve(&where, number(argv[3], 1, SECONDS_MAX * 10));
		return 0;
	}
	own_cpu(0);
	most = strtoull(argv[4], NULL, 10);
	if (!most || most > BYTES_MAX)
		return 64;
	if (!strcmp(argv[1], "up"))
		stream(&where, UP, nanoseconds, most);
	else if (!strcmp(argv[1], "down"))
		stream(&where, DOWN, nanoseconds, most);
	else if (!strcmp(argv[1], "flood"))
		flood(&where, nanoseconds, most);
	else if (!strcmp(argv[1], "ask"))
		ask(&where, nanoseconds, most);
	else
		return 64;
	return 0;
}
