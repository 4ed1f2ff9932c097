// SPDX-License-Identifier: GPL-2.0-only
//
// Clear Poison.

#include "validate/memdev/memdev_check.h"

namespace daxmend {
namespace poison_clear_checks {

constexpr char kArea[] = "Poison clearing";
constexpr char kClear[] = "CXL 3.1 §8.2.9.9.4.3";

void NeedClear(MemdevWriter& probe) {
  probe.Need({MemdevCommand::kGetPoison, MemdevCommand::kInjectPoison,
              MemdevCommand::kClearPoison});
}

void PoisonLines(MemdevWriter& probe, std::initializer_list<int64_t> lines) {
  NeedClear(probe);
  for (int64_t line : lines) probe.Poison(probe.Line(line));
}

void RequireLines(MemdevWriter& probe, std::initializer_list<int64_t> lines) {
  std::vector<uint64_t> dpas;
  for (int64_t line : lines) dpas.push_back(probe.Line(line));
  probe.RequireListed(dpas);
}

void Gone(MemdevWriter& probe) {
  PoisonLines(probe, {4});
  probe.Unpoison(probe.Line(4));
  RequireLines(probe, {});
}

void KeepsNeighbours(MemdevWriter& probe) {
  PoisonLines(probe, {2, 4, 6});
  probe.Unpoison(probe.Line(4));
  RequireLines(probe, {2, 6});
}

void KeepsTouching(MemdevWriter& probe) {
  PoisonLines(probe, {3, 4, 5});
  probe.Unpoison(probe.Line(4));
  RequireLines(probe, {3, 5});
}

void FirstOfRecord(MemdevWriter& probe) {
  PoisonLines(probe, {3, 4, 5});
  probe.Unpoison(probe.Line(3));
  RequireLines(probe, {4, 5});
}

void LastOfRecord(MemdevWriter& probe) {
  PoisonLines(probe, {3, 4, 5});
  probe.Unpoison(probe.Line(5));
  RequireLines(probe, {3, 4});
}

void Clean(MemdevWriter& probe) {
  PoisonLines(probe, {8});
  probe.Unpoison(probe.Line(4));
  RequireLines(probe, {8});
}

void Twice(MemdevWriter& probe) {
  PoisonLines(probe, {4});
  probe.Unpoison(probe.Line(4));
  probe.Unpoison(probe.Line(4));
  RequireLines(probe, {});
}

void Again(MemdevWriter& probe) {
  PoisonLines(probe, {4});
  for (int i = 0; i < 3; ++i) {
    probe.Unpoison(probe.Line(4));
    RequireLines(probe, {});
    probe.Poison(probe.Line(4));
    RequireLines(probe, {4});
  }
}

void LastLine(MemdevWriter& probe) {
  PoisonLines(probe, {-1, -2});
  probe.Unpoison(probe.Line(-1));
  RequireLines(probe, {-2});
}

void All(MemdevWriter& probe) {
  NeedClear(probe);
  std::vector<uint64_t> left;
  for (int64_t i = 0; i < 24; ++i) left.push_back(probe.Line(5 * i));
  for (uint64_t dpa : left) probe.Poison(dpa);
  // Not in the order in which they came.
  while (!left.empty()) {
    const auto at =
        left.begin() + static_cast<std::ptrdiff_t>(left.size() * 2 / 3);
    probe.Unpoison(*at);
    left.erase(at);
    if (left.size() % 8 == 0) probe.RequireListed(left);
  }
}

void Misaligned(MemdevWriter& probe) {
  PoisonLines(probe, {4});
  probe.mailbox();
  for (unsigned bit = 0; bit < 6; ++bit)
    probe.RequireCode(probe.Clear(probe.Line(4) | 1u << bit),
                      MemdevCode::kInvalidInput);
  RequireLines(probe, {4});
}

void Behind(MemdevWriter& probe) {
  PoisonLines(probe, {-1});
  probe.mailbox();
  probe.RequireCode(probe.Clear(probe.outside()), MemdevCode::kInvalidAddress);
  RequireLines(probe, {-1});
}

void FarOutside(MemdevWriter& probe) {
  PoisonLines(probe, {4});
  probe.mailbox();
  for (unsigned bit : probe.BitsOutside())
    probe.RequireCode(probe.Clear(probe.Line(4) | uint64_t{1} << bit),
                      MemdevCode::kInvalidAddress);
  RequireLines(probe, {4});
}

}  // namespace poison_clear_checks

std::vector<MemdevCheck> PoisonClearChecks() {
  using namespace poison_clear_checks;
  constexpr auto kBoth = AskedBy::kBoth;
  constexpr auto kDirect = AskedBy::kDirect;
  return {
      {{"CLR-01", "What was cleared is not listed any more", kClear, kArea},
       kBoth,
       Gone},
      {{"CLR-02", "The errors beside it stay", kClear, kArea},
       kBoth,
       KeepsNeighbours},
      {{"CLR-03", "The errors that touch it stay", kClear, kArea},
       kBoth,
       KeepsTouching},
      {{"CLR-04", "Clearing the first of three lines leaves two", kClear,
        kArea},
       kBoth,
       FirstOfRecord},
      {{"CLR-05", "Clearing the last of three lines leaves two", kClear, kArea},
       kBoth,
       LastOfRecord},
      {{"CLR-06", "Clearing what is good succeeds and changes no other", kClear,
        kArea},
       kBoth,
       Clean},
      {{"CLR-07", "Clearing twice succeeds", kClear, kArea}, kBoth, Twice},
      {{"CLR-08", "What was cleared can be injected again", kClear, kArea},
       kBoth,
       Again},
      {{"CLR-09", "The device's last line can be cleared", kClear, kArea},
       kBoth,
       LastLine},
      {{"CLR-10", "Many errors go one by one", kClear, kArea}, kBoth, All},
      {{"CLR-11", "A misaligned DPA is refused (2h) and clears nothing", kClear,
        kArea},
       kDirect,
       Misaligned},
      {{"CLR-12", "The first DPA behind the device is refused (Fh)", kClear,
        kArea},
       kDirect,
       Behind},
      {{"CLR-13", "A DPA far outside is refused (Fh)", kClear, kArea},
       kDirect,
       FarOutside},
  };
}

}  // namespace daxmend
