/*
 * run-packets: what a packet costs in loaded programs, by turns, from a process that does nothing else.
 *
 *   run-packets ROUNDS RUNS PROGRAM_ID:FRAME_BYTES:FRAMES_FILE...
 *
 * In each round every program runs RUNS packets by BPF_PROG_TEST_RUN, one a call: a repeated run would get what the first
 * one made of the packet. FRAMES_FILE holds frames of FRAME_BYTES each, taken in order and over again, also across rounds.
 * A line for each program: nanoseconds a packet in each round as the kernel's own statistics have them, the first round
 * (caches, branch predictors) left out. What the clock itself takes is in them: subtract those of an empty program.
 */
#define _GNU_SOURCE /* sched_setaffinity */
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common.h"

#define CONTESTANTS_MAX 64
#define ROUNDS_MAX 1000u
#define RUNS_MAX 10000000u
#define FRAME_MAX 65535u
/* The loopback device, which every namespace has. */
#define IFINDEX 1

struct contestant {
	int program;
	uint8_t *frames;
	size_t frame_bytes;
	size_t count;
	size_t next;
	double ns[ROUNDS_MAX + 1];
};

static struct contestant contestants[CONTESTANTS_MAX];

static int call(int command, union bpf_attr *attribute)
{
	return syscall(__NR_bpf, command, attribute, sizeof(*attribute));
}

/* The kernel counts runs and their time until the descriptor is closed. */
static void enable_statistics(void)
{
	union bpf_attr attribute = { .enable_stats.type = BPF_STATS_RUN_TIME };

	if (call(BPF_ENABLE_STATS, &attribute) < 0)
		die("BPF_ENABLE_STATS");
}

/* So that counters, caches and clock are one CPU's. */
static void stay_on_this_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

static int program_of(const char *id)
{
	union bpf_attr attribute = { .prog_id = number(id, 1, UINT32_MAX) };
	int fd = call(BPF_PROG_GET_FD_BY_ID, &attribute);

	if (fd < 0)
		die("BPF_PROG_GET_FD_BY_ID");
	return fd;
}

static void read_frames(struct contestant *contestant, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat file;

	if (fd < 0 || fstat(fd, &file))
		die(path);
	contestant->count = (size_t)file.st_size / contestant->frame_bytes;
	if (!contestant->count || (size_t)file.st_size % contestant->frame_bytes) {
		fprintf(stderr, "%s does not hold frames of %zu bytes\n", path, contestant->frame_bytes);
		exit(64);
	}
	contestant->frames = mmap(NULL, file.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (contestant->frames == MAP_FAILED)
		die("mmap");
	close(fd);
}

/* Its parts are separated by colons; a path may hold more of them. */
static void read_contestant(struct contestant *contestant, char *text)
{
	char *bytes = strchr(text, ':');
	char *path = bytes ? strchr(bytes + 1, ':') : NULL;

	if (!path) {
		fprintf(stderr, "%s is not PROGRAM_ID:FRAME_BYTES:FRAMES_FILE\n", text);
		exit(64);
	}
	*bytes++ = '\0';
	*path++ = '\0';
	contestant->program = program_of(text);
	contestant->frame_bytes = number(bytes, 14, FRAME_MAX);
	read_frames(contestant, path);
}

/* Zeroed for each query: the kernel reads lengths and pointers from it. */
static struct bpf_prog_info info_of(int program)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attribute = {
		.info = { .bpf_fd = program, .info_len = sizeof(info), .info = (uintptr_t)&info },
	};

	if (call(BPF_OBJ_GET_INFO_BY_FD, &attribute))
		die("BPF_OBJ_GET_INFO_BY_FD");
	return info;
}

static void run_one(struct contestant *contestant)
{
	struct __sk_buff context = { .ifindex = IFINDEX, .ingress_ifindex = IFINDEX };
	union bpf_attr run = {
		.test = {
			.prog_fd = contestant->program,
			.data_in = (uintptr_t)(contestant->frames + contestant->next * contestant->frame_bytes),
			.data_size_in = contestant->frame_bytes,
			.ctx_in = (uintptr_t)&context,
			.ctx_size_in = sizeof(context),
			.repeat = 1,
		},
	};

	if (call(BPF_PROG_TEST_RUN, &run))
		die("BPF_PROG_TEST_RUN");
	if (++contestant->next == contestant->count)
		contestant->next = 0;
}

static double measure(struct contestant *contestant, uint32_t runs)
{
	struct bpf_prog_info before = info_of(contestant->program);
	struct bpf_prog_info after;

	for (uint32_t i = 0; i < runs; i++)
		run_one(contestant);
	after = info_of(contestant->program);
	return (double)(after.run_time_ns - before.run_time_ns) / (double)(after.run_cnt - before.run_cnt);
}

int main(int argc, char **argv)
{
	uint32_t rounds, runs;
	int count = argc - 3;

	if (count < 1 || count > CONTESTANTS_MAX) {
		fprintf(stderr, "usage: run-packets ROUNDS RUNS PROGRAM_ID:FRAME_BYTES:FRAMES_FILE...\n");
		return 64;
	}
	rounds = number(argv[1], 1, ROUNDS_MAX);
	runs = number(argv[2], 1, RUNS_MAX);
	for (int i = 0; i < count; i++)
		read_contestant(&contestants[i], argv[3 + i]);
	stay_on_this_cpu();
	enable_statistics();
	for (uint32_t round = 0; round <= rounds; round++)
		for (int i = 0; i < count; i++)
			contestants[i].ns[round] = measure(&contestants[i], runs);
	for (int i = 0; i < count; i++)
		for (uint32_t round = 1; round <= rounds; round++)
			printf("%.2f%c", contestants[i].ns[round], round == rounds ? '\n' : ' ');
	return 0;
}
