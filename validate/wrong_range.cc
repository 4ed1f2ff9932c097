// SPDX-License-Identifier: GPL-2.0-only

#include "validate/wrong_range.h"

namespace daxmend {
namespace {

// Longer than what any machine has.
constexpr uint64_t kTooLong = uint64_t{1} << 51;
// From any address of a whole page on.
constexpr uint64_t kWraps = UINT64_MAX - kPageBytes + 1;

// Inside what the checks of clearing poison: clearing from here on would be
// seen.
uint64_t TestStart(DestructiveProbe& probe) { return probe.Units(5, 1).begin; }

}  // namespace

WrongRange NoMemory(Probe& probe) {
  const SpaRange range = probe.outside(kPageBytes);
  return {range.begin, range.length()};
}

WrongRange PastTheEnd(Probe& probe) {
  return {probe.pmem().end - kPageBytes, 2 * kPageBytes};
}

WrongRange BeforeTheBeginning(Probe& probe) {
  return {probe.pmem().begin - kPageBytes, 2 * kPageBytes};
}

WrongRange EmptyRange(Probe& probe) { return {probe.pmem().begin, 0}; }

WrongRange WrappingRange(Probe& probe) { return {probe.pmem().begin, kWraps}; }

WrongRange TestPastTheEnd(DestructiveProbe& probe) {
  return {TestStart(probe), kTooLong};
}

WrongRange EmptyTestRange(DestructiveProbe& probe) {
  return {TestStart(probe), 0};
}

WrongRange WrappingTestRange(DestructiveProbe& probe) {
  return {TestStart(probe), kWraps};
}

}  // namespace daxmend
