// SPDX-License-Identifier: GPL-2.0-only

#include "device/cxl/poison_feed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "core/error.h"
#include "device/cxl/memdev_list.h"

namespace daxmend {
namespace {

using Kind = CxlTraceLine::Kind;

// A kernel with devices whose lists hold single lines.
class FakeTrace : public CxlTrace {
 public:
  std::map<std::string, std::vector<uint64_t>> lists;  // DPAs
  std::vector<CxlTraceLine> pending;
  // How many records a device tells at once; it goes on with the rest, unless
  // it begins anew each time.
  size_t at_once = SIZE_MAX;
  bool forgets = false;
  bool loses = false;
  int asked = 0;

  std::vector<CxlTraceLine> Take() override {
    return std::exchange(pending, {});
  }
  void TriggerList(const std::string& memdev) override {
    ++asked;
    size_t& from = next_[memdev];
    const std::vector<uint64_t>& list = lists[memdev];
    size_t told = 0;
    for (; from < list.size() && told < at_once; ++from, ++told)
      pending.push_back(Line(Kind::kListed, memdev, list[from]));
    if (from == list.size() || forgets) from = 0;
    if (loses)
      pending.push_back({.kind = Kind::kLost, .memdev = "", .dpa = {}});
  }
  int descriptor() const override { return -1; }

  static CxlTraceLine Line(Kind kind, const std::string& memdev, uint64_t dpa) {
    return {.kind = kind,
            .memdev = memdev,
            .dpa = DpaRange::OfLength(dpa, 64),
            .source = "Injected"};
  }

 private:
  std::map<std::string, size_t> next_;
};

CxlAddressMap TwoWays() {
  return {
      .hpa = SpaRange::OfLength(0x1000'0000, 0x20'0000),
      .granularity = 256,
      .targets = {{"mem1", 1, {0, 0x10'0000}}, {"mem0", 2, {0, 0x10'0000}}}};
}

class CxlFeed : public testing::Test {
 protected:
  FakeTrace* trace_ = new FakeTrace;
  CxlPoisonFeed feed_{TwoWays(), std::unique_ptr<CxlTrace>(trace_)};

  std::vector<uint64_t> Bad() {
    std::vector<uint64_t> bad;
    for (const auto& [line, poison] : feed_.Now()) bad.push_back(line);
    return bad;
  }
};

TEST_F(CxlFeed, PutsTheListsOfAllDevicesInOrder) {
  // mem1 has the even turns of 256 bytes, mem0 the odd ones.
  trace_->lists["mem1"] = {0, 256};
  trace_->lists["mem0"] = {64};
  EXPECT_EQ(Bad(), (std::vector<uint64_t>{0, 5, 8}));
  EXPECT_FALSE(feed_.cut());
}

TEST_F(CxlFeed, FollowsTheTraceInsteadOfAskingAgain) {
  trace_->lists["mem1"] = {0};
  EXPECT_EQ(Bad(), std::vector<uint64_t>{0});
  const uint64_t generation = feed_.generation();
  EXPECT_EQ(Bad(), std::vector<uint64_t>{0});
  EXPECT_EQ(feed_.generation(), generation);
  const int asked = trace_->asked;
  trace_->pending = {FakeTrace::Line(Kind::kInjected, "mem0", 0),
                     FakeTrace::Line(Kind::kCleared, "mem1", 0),
                     FakeTrace::Line(Kind::kInjected, "mem9", 0)};
  EXPECT_EQ(Bad(), std::vector<uint64_t>{4});
  EXPECT_NE(feed_.generation(), generation);
  EXPECT_EQ(trace_->asked, asked);
}

TEST_F(CxlFeed, BelievesTheDeviceAndNotTheCallWhenItIsAsked) {
  trace_->lists["mem1"] = {0};
  EXPECT_EQ(Bad(), std::vector<uint64_t>{0});
  // A device that says yes and clears nothing.
  trace_->pending = {FakeTrace::Line(Kind::kCleared, "mem1", 0)};
  EXPECT_TRUE(Bad().empty());
  feed_.AskAgain();
  EXPECT_EQ(Bad(), std::vector<uint64_t>{0});
}

TEST_F(CxlFeed, KnowsWhatIsInNoRegion) {
  CxlTraceLine line = FakeTrace::Line(Kind::kInjected, "mem1", 0x20'0000);
  EXPECT_TRUE(Bad().empty());
  trace_->pending = {line};
  EXPECT_TRUE(Bad().empty());
  ASSERT_EQ(feed_.unmapped().size(), 1u);
  EXPECT_EQ(feed_.unmapped().begin()->first,
            (std::pair<std::string, uint64_t>{"mem1", 0x20'0000}));
  line.kind = Kind::kCleared;
  trace_->pending = {line};
  Bad();
  EXPECT_TRUE(feed_.unmapped().empty());
  // Of another region it says nothing here.
  line.kind = Kind::kInjected;
  line.region = "region7";
  trace_->pending = {line};
  Bad();
  EXPECT_TRUE(feed_.unmapped().empty());
}

TEST_F(CxlFeed, ListingsOfOthersSayNothingNew) {
  EXPECT_TRUE(Bad().empty());
  trace_->pending = {FakeTrace::Line(Kind::kListed, "mem0", 0)};
  EXPECT_TRUE(Bad().empty());
}

TEST_F(CxlFeed, AsksAgainWhenLinesWereLostOrADeviceHasFoundSomething) {
  EXPECT_TRUE(Bad().empty());
  trace_->lists["mem0"] = {0};
  trace_->pending = {CxlTraceLine{}};
  EXPECT_EQ(Bad(), std::vector<uint64_t>{4});
  trace_->lists["mem0"] = {};
  CxlTraceLine event = {.kind = Kind::kEvent, .memdev = "mem0", .dpa = {}};
  event.transaction = "Host Read";
  trace_->pending = {event};
  EXPECT_TRUE(Bad().empty());
  EXPECT_EQ(feed_.TakeEvents().size(), 1u);
  // Of an injection the kernel has told already.
  const int asked = trace_->asked;
  event.transaction = "Host Inject Poison";
  trace_->pending = {event};
  EXPECT_TRUE(Bad().empty());
  EXPECT_EQ(trace_->asked, asked);
}

TEST_F(CxlFeed, GoesOnWhereTheKernelStopsInALongList) {
  for (uint64_t i = 0; i < 5000; ++i) trace_->lists["mem1"].push_back(i * 128);
  trace_->at_once = 1100;
  EXPECT_EQ(Bad().size(), 5000u);
  EXPECT_FALSE(feed_.cut());
}

TEST_F(CxlFeed, SaysWhenADeviceTellsItsBeginningOnly) {
  for (uint64_t i = 0; i < 5000; ++i) trace_->lists["mem1"].push_back(i * 128);
  trace_->at_once = 1100;
  trace_->forgets = true;
  EXPECT_EQ(Bad().size(), 1100u);
  EXPECT_TRUE(feed_.cut());
}

TEST_F(CxlFeed, SaysWhenAListWasLongerThanTheTrace) {
  trace_->loses = true;
  Bad();
  EXPECT_TRUE(feed_.cut());
}

TEST_F(CxlFeed, RefusesAddressesThatTheKernelReckonsOtherwise) {
  CxlTraceLine line = FakeTrace::Line(Kind::kInjected, "mem1", 256);
  line.hpa = 0x1000'0000 + 512;
  trace_->pending = {line};
  EXPECT_EQ(Bad(), std::vector<uint64_t>{});  // asked; the list has none
  trace_->pending = {line};
  EXPECT_EQ(Bad(), std::vector<uint64_t>{8});
  line.hpa = 0x1000'0000 + 256;
  trace_->pending = {line};
  try {
    Bad();
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find(
                  "DPA 0x100 of mem1 is at 0x10000100 by the kernel's "
                  "reckoning and at 0x10000200 by ours"),
              std::string::npos)
        << e.what();
  }
}

TEST(CxlMemdevList, TellsAllOfADeviceWhereverItIs) {
  FakeTrace trace;
  for (uint64_t i = 0; i < 3000; ++i) trace.lists["mem3"].push_back(i * 128);
  trace.at_once = 1024;
  const CxlMemdevListing listing = ListCxlMemdev("mem3", trace);
  EXPECT_EQ(listing.poison.size(), 3000u);
  EXPECT_FALSE(listing.cut);
  EXPECT_EQ(listing.poison[1].dpa, (DpaRange{128, 192}));
  EXPECT_EQ(listing.poison[1].poison.source, "injected");
}

}  // namespace
}  // namespace daxmend
