// SPDX-License-Identifier: GPL-2.0-only
//
// Functions of the kernel whose instructions depend on what the machine did
// before, or on what time it is, and not on the I/O that they are called for:
// upkeep (records/profile_record.h). What they call is a part of it.
//
// Found by boots of one build whose guests differ in files that nobody reads
// (results/reference/aa_builds.sh): what was not the same in them.
//
// Pure; thread-safe.

#ifndef DAXMEND_IOENGINE_KERNEL_UPKEEP_H_
#define DAXMEND_IOENGINE_KERNEL_UPKEEP_H_

#include <algorithm>
#include <string_view>

namespace daxmend {

// Beginnings of the names by which they are called, and of those that they may
// be compiled into; Linux 6.1 to 7.3.
inline constexpr std::string_view kKernelUpkeep[] = {
    // Memory: mm/slub.c
    "kmem_cache_", "__kmem_cache_", "kmalloc_", "__kmalloc", "kfree",
    "krealloc", "kvmalloc", "kvfree", "slab_", "__slab_", "___slab_",
    "new_slab", "allocate_slab", "deactivate_slab", "put_cpu_partial",
    "__unfreeze_partials",
    // mm/page_alloc.c
    "alloc_pages", "__alloc_pages", "__get_free_pages", "get_zeroed_page",
    "get_page_from_freelist", "free_pages", "__free_pages", "free_unref_page",
    // mm/vmalloc.c
    "alloc_vmap_area", "insert_vmap_area", "free_vmap_area", "find_vmap_area",
    "merge_or_add_vmap_area", "free_unmap_vmap_area", "get_vm_area",
    "__get_vm_area", "remove_vm_area", "vmalloc", "__vmalloc", "vfree",
    "__vfree", "vunmap", "__vunmap",
    // Where addresses and names are: arch/x86/mm/pat/memtype.c, mm/usercopy.c,
    // fs/dcache.c
    "memtype_", "__check_object_size", "__d_lookup",
    // Who runs next: kernel/sched, kernel/workqueue.c, kernel/rcu
    "schedule", "__schedule", "preempt_schedule", "__cond_resched",
    "try_to_wake_up", "wake_up_", "__wake_up", "default_wake_function", "ttwu_",
    "queue_work_", "__queue_work", "queue_delayed_work_", "call_rcu",
    "__call_rcu", "rcu_segcblist_",
    // Timers: kernel/time
    "mod_timer", "__mod_timer", "add_timer", "del_timer", "__del_timer",
    "timer_delete", "hrtimer_",
    // Where interrupts come in that were held back, and what they ask for:
    // kernel/locking, kernel/softirq.c, kernel/entry, kernel/rseq.c
    "_raw_spin_unlock", "_raw_read_unlock", "_raw_write_unlock",
    "__local_bh_enable", "exit_to_user_mode_", "__rseq_",
    // What a file's times want, once a tick, and the rate of its writes:
    // fs/inode.c, fs/fs-writeback.c
    "touch_atime", "atime_needs_update", "file_modified", "file_update_time",
    "generic_update_time", "wbc_detach_inode"};

inline bool IsKernelUpkeep(std::string_view name) {
  return std::ranges::any_of(kKernelUpkeep, [name](std::string_view begins) {
    return name.starts_with(begins);
  });
}

}  // namespace daxmend

#endif  // DAXMEND_IOENGINE_KERNEL_UPKEEP_H_
