// SPDX-License-Identifier: GPL-2.0-only

#include "machine/profile/firmware_methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daxmend {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FirmwareMethods, KnowsWhoseCodeAByteIs) {
  FirmwareMethods methods;
  ASSERT_TRUE(methods.Read("300/40-60-NVDR._DSM/60-100-NVDR.WIPE"));
  EXPECT_EQ(methods.NumberAt(0x1000 + 50), 0u);
  EXPECT_THAT(methods.Names(), IsEmpty());
  methods.Table(0x9000, 301);  // another one
  EXPECT_FALSE(methods.found());
  methods.Table(0x1000, 300);
  EXPECT_TRUE(methods.found());
  EXPECT_THAT(methods.Names(), ElementsAre("NVDR._DSM", "NVDR.WIPE"));
  EXPECT_EQ(methods.NumberAt(0x1000 + 39), 0u);
  EXPECT_EQ(methods.NumberAt(0x1000 + 40), 1u);
  EXPECT_EQ(methods.NumberAt(0x1000 + 59), 1u);
  EXPECT_EQ(methods.NumberAt(0x1000 + 60), 2u);
  EXPECT_EQ(methods.NumberAt(0x1000 + 100), 0u);
  EXPECT_EQ(methods.NumberAt(0), 0u);
}

TEST(FirmwareMethods, RefusesWhatIsNoList) {
  for (const char* text : {"300/40", "300/40-60", "300/x-60-A", "300 40-60-A"})
    EXPECT_FALSE(FirmwareMethods().Read(text)) << text;
  EXPECT_TRUE(FirmwareMethods().Read("300"));
}

}  // namespace
}  // namespace daxmend
