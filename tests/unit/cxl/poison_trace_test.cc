// SPDX-License-Identifier: GPL-2.0-only
//
// Lines as Linux 6.12 and 7.3 write them.

#include "device/cxl/poison_trace.h"

#include <gtest/gtest.h>

namespace daxmend {
namespace {

using Kind = CxlTraceLine::Kind;

TEST(CxlTrace, ReadsWhatADeviceLists) {
  const auto line = ParseCxlTrace(
      "              sh-221     [000] .....    10.835729: cxl_poison: "
      "memdev=mem0 host=0000:0e:00.0 serial=3657433090 trace_type=List "
      "region=region0 region_uuid=da000000-0000-4000-8000-000000000001 "
      "hpa=0x40200100 dpa=0x100000 dpa_length=0x80 source=Injected flags= "
      "overflow_time=0");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->kind, Kind::kListed);
  EXPECT_EQ(line->memdev, "mem0");
  EXPECT_EQ(line->region, "region0");
  EXPECT_EQ(line->dpa, (DpaRange{0x100000, 0x100080}));
  EXPECT_EQ(line->hpa, 0x40200100u);
  EXPECT_EQ(line->source, "Injected");
  EXPECT_EQ(line->flags, "");
}

TEST(CxlTrace, ReadsInjectionsClearingsAndWhatIsNotMapped) {
  const auto injected = ParseCxlTrace(
      " a b-1 [000] 1.0: cxl_poison: memdev=mem1 host=h serial=1 "
      "trace_type=Inject region= region_uuid=00000000-0000-0000-0000-"
      "000000000000 hpa=0xffffffffffffffff dpa=0x40 dpa_length=0x40 "
      "source=Unknown flags= overflow_time=0");
  ASSERT_TRUE(injected);
  EXPECT_EQ(injected->kind, Kind::kInjected);
  EXPECT_EQ(injected->region, "");
  EXPECT_EQ(injected->hpa, std::nullopt);
  const auto cleared = ParseCxlTrace(
      "x: cxl_poison: memdev=mem1 trace_type=Clear dpa=0x40 dpa_length=0x40");
  ASSERT_TRUE(cleared);
  EXPECT_EQ(cleared->kind, Kind::kCleared);
}

TEST(CxlTrace, ReadsEventsWhoseAddressesAreHexadecimalWithoutSayingSo) {
  const auto line = ParseCxlTrace(
      " irq/27-0000:0e:-168     [000] .....    10.803832: cxl_general_media: "
      "memdev=mem0 host=0000:0e:00.0 serial=3657433090 log=Informational : "
      "time=1795922612086272373 uuid=fbcd0a77-c260-417f-85a9-088b1621eba6 "
      "len=128 flags='' handle=1 related_handle=0 maint_op_class=0 : "
      "dpa=100000 "
      "dpa_flags='' descriptor='UNCORRECTABLE_EVENT' type='ECC Error' "
      "transaction_type='Host Inject Poison' channel=0 rank=0");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->kind, Kind::kEvent);
  EXPECT_EQ(line->event, "cxl_general_media");
  EXPECT_EQ(line->dpa.begin, 0x100000u);
  EXPECT_EQ(line->log, "Informational");
  EXPECT_EQ(line->transaction, "Host Inject Poison");
}

TEST(CxlTrace, TellsOfLinesThatWereLost) {
  const auto line = ParseCxlTrace("CPU:0 [LOST 12 EVENTS]");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->kind, Kind::kLost);
}

TEST(CxlTrace, PassesOverWhatIsNoneOfItsLines) {
  for (const char* text :
       {"", "# tracer: nop", "x: sched_switch: prev=1",
        "x: cxl_poison: trace_type=List dpa=0x0 dpa_length=0x40",
        "x: cxl_poison: memdev=mem0 trace_type=Dream dpa=0x0 dpa_length=0x40",
        "x: cxl_poison: memdev=mem0 trace_type=List dpa=0x0 dpa_length=0x0",
        "x: cxl_poison: memdev=mem0 trace_type=List dpa=what dpa_length=0x40",
        "x: cxl_poison: memdev=mem0 trace_type=List "
        "dpa=0xffffffffffffffff dpa_length=0x40"})
    EXPECT_EQ(ParseCxlTrace(text), std::nullopt) << text;
}

}  // namespace
}  // namespace daxmend
