// SPDX-License-Identifier: GPL-2.0-only
//
// What a machine, of a sysfs of our own, says of its CXL memory devices.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "tests/unit/scratch_directory.h"
#include "validate/memdev/unbound_driver.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class MemdevInSysfs : public InScratchDirectory {
 protected:
  const CxlPlaces places_{.devices = directory_ + "/devices"};

  MemdevInSysfs() {
    fs::create_directories(places_.devices + "/mem0");
    fs::create_directories(places_.devices + "/endpoint3");
    fs::create_directory_symlink(places_.devices + "/mem0",
                                 places_.devices + "/endpoint3/uport");
    SetDecoder("decoder3.0", "", "0x0");
    SetDecoder("decoder3.1", "", "0x0");
    Put("endpoint3/decoders_committed", "0");
  }
  void Put(const std::string& file, const std::string& text) {
    const fs::path path = fs::path(places_.devices) / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text << "\n";
  }
  void SetDecoder(const std::string& name, const std::string& region,
                  const std::string& size) {
    Put("endpoint3/" + name + "/region", region);
    Put("endpoint3/" + name + "/size", size);
  }
  // Why it is refused; empty where it is not.
  std::string Refusal(const std::string& memdev = "mem0", bool written = true) {
    try {
      RequireUnused(memdev, written, places_);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }
};

TEST_F(MemdevInSysfs, IsUnusedWhenNothingIsMapped) { EXPECT_EQ(Refusal(), ""); }

TEST_F(MemdevInSysfs, IsUsedByARegion) {
  SetDecoder("decoder3.1", "region7", "0x10000000");
  EXPECT_THAT(Refusal(), HasSubstr("is a part of region7"));
}

// Committed by the firmware, and system RAM, before Linux has a region for it.
TEST_F(MemdevInSysfs, IsUsedByWhatNoRegionHas) {
  SetDecoder("decoder3.0", "", "0x10000000");
  EXPECT_THAT(Refusal(), HasSubstr("decoder3.0 maps 268435456 bytes"));
  EXPECT_THAT(Refusal("mem0", false), HasSubstr("may be in use"));
}

TEST_F(MemdevInSysfs, IsNotUnusedWhenThatCannotBeRead) {
  fs::remove(fs::path(places_.devices) / "endpoint3/decoder3.1/size");
  EXPECT_THAT(Refusal(), HasSubstr("decoder3.1/size"));
  SetDecoder("decoder3.1", "", "none");
  EXPECT_THAT(Refusal(), HasSubstr("holds 'none', no number"));
  SetDecoder("decoder3.1", "", "0x0");
  // A file that no open(2) can read.
  fs::remove(fs::path(places_.devices) / "endpoint3/decoder3.1/region");
  fs::create_directory(fs::path(places_.devices) /
                       "endpoint3/decoder3.1/region");
  EXPECT_NE(Refusal(), "");
}

TEST_F(MemdevInSysfs, IsNotWrittenWhenNoDecoderIsKnown) {
  fs::create_directories(places_.devices + "/mem1");
  EXPECT_THAT(Refusal("mem1"), HasSubstr("has no decoders"));
  EXPECT_EQ(Refusal("mem1", false), "");
}

}  // namespace
}  // namespace daxmend
