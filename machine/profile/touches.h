// SPDX-License-Identifier: GPL-2.0-only
//
// What the code of an I/O touched: lines of memory, loaded, stored to or
// executed, beside the log of what was executed (tracker.h).
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_PROFILE_TOUCHES_H_
#define DAXMEND_MACHINE_PROFILE_TOUCHES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/footprint.h"
#include "machine/profile/cache_model.h"
#include "machine/profile/code_block.h"

namespace daxmend {

struct Touch {
  enum class Kind : uint8_t { kCode, kLoad, kStore };
  uint64_t line;
  Kind kind;
  bool counts = true;  // not the second line of an access, nor code again
  CacheModel::Missed missed = {};
};

// All lines of `block`, through the caches unless they were before (null). *to
// may be null.
void AddCode(const CodeBlock& block, CacheModel* caches,
             std::vector<Touch>* to);
// The lines of an access of `bytes` bytes.
void AddData(uint64_t address, uint64_t bytes, bool store, CacheModel* caches,
             std::vector<Touch>* to);

// Of each entry of a log.
class TouchLog {
 public:
  // The next entry's.
  void Add(const std::vector<Touch>& touches);
  // The last entry ends with a branch that was taken.
  void TookBranch() {
    if (!entries_.empty()) entries_.back().branch = true;
  }
  void Clear();

  const Touch* begin(size_t entry) const {
    return touches_.data() + (entry == 0 ? 0 : entries_[entry - 1].end);
  }
  const Touch* end(size_t entry) const {
    return touches_.data() + entries_[entry].end;
  }
  bool branch(size_t entry) const { return entries_[entry].branch; }

 private:
  struct Entry {
    size_t end;  // in touches_
    bool branch = false;
  };
  std::vector<Touch> touches_;
  std::vector<Entry> entries_;
};

// What entries of a log have touched together.
class FootprintSum {
 public:
  void Add(const TouchLog& log, size_t entry);
  // Once.
  FootprintSample Take();

 private:
  uint64_t& Count(FootprintCount what) {
    return sample_[static_cast<size_t>(what)];
  }
  FootprintSample sample_ = {};
  std::vector<uint64_t> code_, data_;  // lines
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_PROFILE_TOUCHES_H_
