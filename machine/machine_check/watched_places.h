// SPDX-License-Identifier: GPL-2.0-only
//
// Which virtual addresses are to be watched so that no load from poisoned
// memory goes unseen: the kernel's mapping of all memory, and wherever a page
// of the device was mapped into a program. What was mapped once stays known:
// that an address means poison now and here is asked of the guest's page tables
// when it is read.
//
// Values; not thread-safe.

#ifndef DAXMEND_MACHINE_MACHINE_CHECK_WATCHED_PLACES_H_
#define DAXMEND_MACHINE_MACHINE_CHECK_WATCHED_PLACES_H_

#include <cstdint>
#include <set>
#include <unordered_map>
#include <vector>

#include "core/range.h"
#include "machine/machine_check/load_exchange.h"

namespace daxmend {

struct VirtualSpace;  // virtual addresses of the guest, of any address space
using VirtualRange = Range<VirtualSpace>;

// Tells the plugin of `watched`, whose ranges may lie in one another: a page
// that is not mapped yet, and a line of it.
void SetReads(ExpectedStops& expected, const std::set<VirtualRange>& watched);

class WatchedPlaces {
 public:
  // `direct`: where the kernel maps physical address 0.
  explicit WatchedPlaces(uint64_t direct) : direct_(direct) {}

  // A program has [at, at + bytes), whole pages, at physical `address`.
  void Mapped(uint64_t at, uint64_t address, uint64_t bytes);

  // What is to be watched when `poisoned` (in order) is. No range crosses a
  // page, of which the neighbour may be something else.
  std::set<VirtualRange> For(const std::vector<SpaRange>& poisoned) const;

 private:
  const uint64_t direct_;
  // By physical page number.
  std::unordered_map<uint64_t, std::vector<uint64_t>> pages_;
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_WATCHED_PLACES_H_
