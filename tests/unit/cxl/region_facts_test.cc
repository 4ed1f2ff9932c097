// SPDX-License-Identifier: GPL-2.0-only
//
// Regions out of a sysfs of our own.

#include "device/cxl/region_facts.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "device/cxl/memdev_poison.h"
#include "inject/cxl_listing.h"
#include "machine/cxl/cedt.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

class CxlSysfs : public InScratchDirectory {
 protected:
  CxlPlaces places_{.devices = directory_ + "/devices",
                    .cedt = directory_ + "/CEDT",
                    .debug = directory_ + "/debug",
                    .tracing = directory_ + "/tracing"};

  void Put(const std::string& file, const std::string& text) {
    const fs::path path = fs::path(places_.devices) / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text << "\n";
  }
  void AddMemdev(const std::string& name, int port, const std::string& serial) {
    Put(name + "/serial", serial);
    Put(name + "/firmware_version", "daxmend 1");
    Put(name + "/pmem/size", "0x10000000");
    fs::create_directories(fs::path(places_.devices) /
                           ("endpoint" + std::to_string(port)));
    fs::create_directory_symlink(fs::path(places_.devices) / name,
                                 fs::path(places_.devices) /
                                     ("endpoint" + std::to_string(port)) /
                                     "uport");
    const std::string decoder = "decoder" + std::to_string(port) + ".0/";
    Put(decoder + "dpa_resource", "0x0");
    Put(decoder + "dpa_size", "0x10000000");
    Put(decoder + "start", "0x40000000");
  }

  CxlSysfs() {
    AddMemdev("mem1", 3, "0xda000001");
    AddMemdev("mem0", 12, "0xda000002");
    Put("region0/interleave_ways", "2");
    Put("region0/interleave_granularity", "256");
    Put("region0/resource", "0x40000000");
    Put("region0/size", "0x20000000");
    Put("region0/commit", "1");
    Put("region0/target0", "decoder3.0");
    Put("region0/target1", "decoder12.0");
  }
  std::string Refusal() {
    try {
      ReadCxlRegion("region0", places_);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
};

TEST_F(CxlSysfs, KnowsWhereARegionIs) {
  const CxlAddressMap map = ReadCxlRegion("region0", places_);
  EXPECT_EQ(map.hpa, (SpaRange{0x4000'0000, 0x6000'0000}));
  EXPECT_EQ(map.granularity, 256u);
  ASSERT_EQ(map.ways(), 2u);
  EXPECT_EQ(map.targets[0], (CxlTarget{"mem1", 0xda000001, {0, 0x1000'0000}}));
  EXPECT_EQ(map.targets[1].memdev, "mem0");
  EXPECT_EQ(CxlRegions(places_), std::vector<std::string>{"region0"});
  EXPECT_EQ(CxlMemdevs(places_), (std::vector<std::string>{"mem0", "mem1"}));
  EXPECT_EQ(ReadCxlMemdev("mem0", places_).persistent_bytes, 0x1000'0000u);
}

TEST_F(CxlSysfs, RefusesARegionThatHasNoMemory) {
  Put("region0/commit", "0");
  EXPECT_EQ(Refusal(),
            "region0 is not committed, so it has no memory: see 'cxl list -R' "
            "and 'cxl enable-region'");
}

TEST_F(CxlSysfs, RefusesAddressesThatItIsNotShown) {
  Put("region0/resource", "0x0");
  EXPECT_EQ(Refusal(), "region0 hides its addresses: run as root");
}

TEST_F(CxlSysfs, RefusesTranslatedAddressesAndCaches) {
  Put("decoder12.0/start", "0x0");
  EXPECT_NE(Refusal().find("translated addresses"), std::string::npos);
  Put("decoder12.0/start", "0x40000000");
  EXPECT_EQ(Refusal(), "");
  Put("region0/extended_linear_cache_size", "0x10000000");
  EXPECT_NE(Refusal().find("has a cache in front"), std::string::npos);
  Put("region0/extended_linear_cache_size", "0x0");
  EXPECT_EQ(Refusal(), "");
}

TEST_F(CxlSysfs, RefusesXorBetweenHostBridges) {
  std::string cedt = CedtTable(
      {.bridge_registers = 0, .base = 0x4000'0000, .bytes = 0x2000'0000});
  std::ofstream(places_.cedt) << cedt;
  EXPECT_EQ(Refusal(), "");
  constexpr size_t kWindow = 36 + 0x20;
  cedt[kWindow + 24] = 1;  // two host bridges
  EXPECT_FALSE(WindowUsesXor(cedt, 0x4000'0000));
  cedt[kWindow + 25] = 1;
  EXPECT_TRUE(WindowUsesXor(cedt, 0x4000'0000));
  EXPECT_FALSE(WindowUsesXor(cedt, 0x6000'0000));
  std::ofstream(places_.cedt) << cedt;
  EXPECT_NE(Refusal().find("XOR arithmetic"), std::string::npos);
}

TEST_F(CxlSysfs, TellsTheDisksOfCxlRegions) {
  const fs::path bus = fs::path(directory_) / "bus/ndbus0";
  const fs::path block = fs::path(directory_) / "block/pmem0";
  fs::create_directories(bus / "region0/pfn0.0");
  fs::create_directories(block);
  fs::create_directory_symlink(bus / "region0/pfn0.0", block / "device");
  const std::string blocks = directory_ + "/block";
  EXPECT_FALSE(IsCxlDisk("pmem0", blocks));
  std::ofstream(bus / "provider") << "ACPI.NFIT\n";
  EXPECT_FALSE(IsCxlDisk("pmem0", blocks));
  std::ofstream(bus / "provider") << "CXL\n";
  EXPECT_TRUE(IsCxlDisk("pmem0", blocks));
  EXPECT_FALSE(IsCxlDisk("sda", blocks));
}

TEST(CxlCedt, NoTableMakesItRead) {
  std::string table = CedtTable({});
  for (size_t length = 0; length <= table.size(); ++length)
    WindowUsesXor(table.substr(0, length), 0);
  for (size_t at = 36; at < table.size(); ++at)
    for (char value : {'\0', '\1', '\xff'}) {
      std::string other = table;
      other[at] = value;
      WindowUsesXor(other, 0);
    }
}

TEST_F(CxlSysfs, NamesWhatIsMissing) {
  fs::remove(fs::path(places_.devices) / "region0/target1");
  EXPECT_EQ(Refusal(), "region0 lacks device 2 of 2: see 'cxl list -R -T'");
  Put("region0/target1", "decoder12.0");
  fs::remove(fs::path(places_.devices) / "endpoint12/uport");
  EXPECT_EQ(Refusal(),
            "region0 decoder12.0 belongs to no memory device: see 'cxl list -R "
            "-T'");
  fs::remove_all(fs::path(places_.devices) / "region0");
  EXPECT_EQ(Refusal(), "region0 is no CXL region: see 'cxl list -R'");
  EXPECT_THROW(ReadCxlMemdev("mem7", places_), Error);
}

TEST_F(CxlSysfs, InjectsByTheFilesOfTheKernel) {
  EXPECT_EQ(InjectCxlLine("mem0", 0x1000, places_), -ENOENT);
  EXPECT_NE(WhyNoCxlInjection("mem0", places_).find("mem0 has no"),
            std::string::npos);
  const fs::path debug = fs::path(places_.debug) / "mem0";
  fs::create_directories(debug);
  std::ofstream{debug / "inject_poison"};
  std::ofstream{debug / "clear_poison"};
  EXPECT_EQ(InjectCxlLine("mem0", 0x1000, places_), 0);
  EXPECT_EQ(ClearCxlLine("mem0", 0x2000, places_), 0);
  std::string text;
  std::getline(std::ifstream(debug / "inject_poison"), text);
  EXPECT_EQ(text, "0x1000");
  std::getline(std::ifstream(debug / "clear_poison"), text);
  EXPECT_EQ(text, "0x2000");
  EXPECT_EQ(WhyNoCxlInjection("mem0", places_), "");
}

TEST(CxlListing, TellsWhatAPageIsUsedForByItsFlags) {
  const auto bit = [](unsigned at) { return uint64_t{1} << at; };
  EXPECT_EQ(PageUse(bit(20)), "");
  EXPECT_EQ(PageUse(bit(10)), "free");
  EXPECT_EQ(PageUse(bit(12) | bit(5) | bit(11)), "anonymous");
  EXPECT_EQ(PageUse(bit(5) | bit(2)), "file cache");
  EXPECT_EQ(PageUse(bit(7)), "kernel (slab)");
  EXPECT_EQ(PageUse(0), "kernel");
  EXPECT_EQ(PageUse(bit(10) | bit(19)), "free, hwpoison");
}

}  // namespace
}  // namespace daxmend
