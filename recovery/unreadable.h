// SPDX-License-Identifier: GPL-2.0-only
//
// Finding bad media by reading it, for where no list says which it is: what the
// kernel shows of a disk's list is one page of text (block/badblocks.c,
// badblocks_show), some 450 of 512 entries.
//
// Thread-safe if `read` is.

#ifndef DAXMEND_RECOVERY_UNREADABLE_H_
#define DAXMEND_RECOVERY_UNREADABLE_H_

#include <vector>

#include "core/range.h"
#include "recovery/retry.h"

namespace daxmend {

// Adds the parts of `range` that cannot be read to *bad, in whole units (a
// power of two; `range` is aligned to it). `read` reads a part, and returns 0
// or -errno. -errno when one could not be read for another reason than being
// bad.
template <class Space, class Read>
int FindUnreadable(Range<Space> range, uint64_t unit, Read read,
                   std::vector<Range<Space>>* bad) {
  if (range.empty()) return 0;
  const int error = Retry([&] { return read(range); });
  if (error == 0) return 0;
  if (!IsMediaError(error)) return error;
  if (range.length() <= unit) {
    bad->push_back(range);
    return 0;
  }
  const uint64_t middle =
      range.begin + (range.length() / 2 + unit - 1) / unit * unit;
  const int first =
      FindUnreadable(Range<Space>{range.begin, middle}, unit, read, bad);
  return first != 0
             ? first
             : FindUnreadable(Range<Space>{middle, range.end}, unit, read, bad);
}

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_UNREADABLE_H_
