/* SPDX-License-Identifier: GPL-2.0-only
 *
 * libdaxmend-copy: memcpy from and to a mapping that may be poisoned, which
 * says how far it came instead of dying of SIGBUS; handlers for the faults of
 * other code; and a record of every fault in a stretch of mapped I/O.
 *
 *   if (daxmend_copy_init() != 0) ...
 *   size_t missing = daxmend_copy(buffer, mapping + offset, 4096);
 *   if (missing != 0)  // bytes [0, 4096 - missing) of buffer are good
 *
 * Units are bytes, ranges are half-open. Everything but the init, add, remove,
 * new and free functions is async-signal-safe; everything is thread-safe.
 *
 * How: the SIGBUS handler looks the instruction that faulted up in a table that
 * the copy's assembly brings along, and goes on behind it (x86-64); elsewhere
 * each copy arms a sigsetjmp and moves single bytes near a fault, which is as
 * right and slower (daxmend_copy_method() says which). The handler runs on the
 * alternate stack where the thread has one, and does not allocate.
 *
 * Limits:
 * - A thread that has SIGBUS blocked dies of a fault, whatever is installed
 *   (force_sig_info_to_task, kernel/signal.c, Linux 6.12).
 * - sigaction(SIGBUS, ...) after daxmend_copy_init() takes the faults away from
 * the library: daxmend_copy_check() tells. Call daxmend_copy_init() after
 * whoever installs a handler, or daxmend_copy_add_handler() instead of
 * sigaction().
 * - The child of a fork() has the handler, the handlers added and copies of the
 *   rings; execve() ends all of it.
 * - What a copy has written behind the bytes it returns as copied is not said.
 * - The library stays loaded once it was (dlclose() does nothing).
 */
#ifndef DAXMEND_COPY_H
#define DAXMEND_COPY_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Installs the process's SIGBUS handler; further calls do nothing. Faults that
 * are not the library's go on to the handler that was there before, with its
 * mask, its flags and its arguments; where there was none, the process dies of
 * SIGBUS as it would have. Returns 0, or a negative errno of sigaction(). */
int daxmend_copy_init(void);

/* 0 when the handler is in its place, -EINVAL before daxmend_copy_init(),
 * -EBUSY when somebody has installed another since. */
int daxmend_copy_check(void);

/* Copies `length` bytes from the front on; the ranges must not overlap. Returns
 * how many, at the end, were not copied: 0 when all were. */
size_t daxmend_copy(void *to, const void *from, size_t length);

/* The same to persistent memory that is mapped with MAP_SYNC: what was copied
 * is durable when it returns, as after pmem_memcpy_persist(). Where
 * daxmend_copy_is_durable() is 0, msync() is the caller's to do. */
size_t daxmend_copy_durable(void *to, const void *from, size_t length);
int daxmend_copy_is_durable(void);

/* "exception table" or "sigsetjmp (slow)". */
const char *daxmend_copy_method(void);

/* What is known of a fault. */
struct daxmend_copy_fault {
  const void *address; /* that could not be accessed */
  size_t length; /* how much around it the kernel calls bad: 4096, 64; 1 where
                    it does not say */
  int error;     /* EHWPOISON: bad memory (BUS_MCEERR_AR). EFAULT: the file has
                    no such page, its disk is full, or, before Linux 6.5, fsdax
                    answers for poison that is listed (BUS_ADRERR) */
};

/* Where the calling thread's last copy that was not whole has stopped.
 * `address` is NULL when there was none. */
struct daxmend_copy_fault daxmend_copy_last_fault(void);

/* Called in the SIGBUS handler, on the thread that faulted, for a fault that is
 * not a copy's. Does something about it, as siglongjmp() or mapping other
 * memory there, and returns 1, or returns 0 to pass it on: to the handler added
 * before, and at last to the one that was installed before daxmend_copy_init().
 * Must be async-signal-safe. */
typedef int (*daxmend_copy_handler)(const struct daxmend_copy_fault *fault,
                                    siginfo_t *info, void *ucontext,
                                    void *data);

/* At most 16 at a time; the newest is asked first. Return 0, -ENOSPC, -EEXIST
 * (add), -ENOENT (remove). One that is removed may still be running in another
 * thread. */
int daxmend_copy_add_handler(daxmend_copy_handler handler, void *data);
int daxmend_copy_remove_handler(daxmend_copy_handler handler, void *data);

/* A fault in a stretch of memory, whoever made it: a copy, or other code. */
struct daxmend_copy_record {
  const void *address;
  size_t length; /* as of the fault */
  int error;     /* as of the fault */
  pid_t thread;  /* gettid() of who met it */
  uint64_t when; /* CLOCK_MONOTONIC, nanoseconds */
};

/* A ring of records of the faults in [`address`, `address` + `length`); several
 * may cover the same memory. `records`, 1 to 1,048,576, is made a power of two:
 * what comes while the ring is full is counted as lost. NULL, and errno EINVAL,
 * ENOMEM or, with 64 rings, ENOSPC. The ring must not be freed while a thread
 * may fault in its stretch. */
struct daxmend_copy_ring;
struct daxmend_copy_ring *daxmend_copy_ring_new(const void *address,
                                                size_t length, size_t records);
void daxmend_copy_ring_free(struct daxmend_copy_ring *ring);

/* Takes up to `count` records, the oldest first, and returns how many. Several
 * threads may take from one ring. */
size_t daxmend_copy_ring_take(struct daxmend_copy_ring *ring,
                              struct daxmend_copy_record *records,
                              size_t count);
/* How many were lost so far. */
uint64_t daxmend_copy_ring_lost(const struct daxmend_copy_ring *ring);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
