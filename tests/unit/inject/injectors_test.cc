// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/injectors.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "core/error.h"
#include "inject/methods/badblocks_injector.h"
#include "inject/methods/mce_injector.h"
#include "system/block_device.h"
#include "system/file_io.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const InjectorDisk kNfit{.disk = "pmem0",
                         .bus = "ndbus0",
                         .provider = "ACPI.NFIT",
                         .injects = true,
                         .clears = true};
const InjectorDisk kE820{.disk = "pmem0",
                         .bus = "ndbus0",
                         .provider = "e820",
                         .injects = false,
                         .clears = true,
                         .why_own = "ndbus0 (e820) has no ARS error injection"};
const InjectorHost kIntel{
    .memory_failure = true, .mce_inject = true, .cpu_vendor = "GenuineIntel"};

InjectorChoice Choice(const std::string& name, const InjectorDisk& disk,
                      const InjectorHost& host) {
  for (const InjectorChoice& choice : JudgeInjectors(disk, host))
    if (choice.name == name) return choice;
  return {};
}

std::string Default(const InjectorDisk& disk) {
  std::string name;
  for (const InjectorChoice& choice : JudgeInjectors(disk, kIntel))
    if (choice.by_default) name += choice.name;
  return name;
}

TEST(Injectors, AllWorkOnInjectableFirmwareOfAnIntelMachine) {
  for (const InjectorChoice& choice : JudgeInjectors(kNfit, kIntel))
    EXPECT_TRUE(choice.available) << choice.name << ": " << choice.reason;
}

TEST(Injectors, FirmwareIsTheDefaultAndTheListWhereThereIsNone) {
  EXPECT_EQ(Default(kNfit), "ndctl");
  EXPECT_EQ(Default(kE820), "badblocks");
}

TEST(Injectors, NothingIsTheDefaultWhereNothingCouldBeTakenBack) {
  InjectorDisk stuck = kNfit;
  stuck.injects = stuck.clears = false;
  EXPECT_EQ(Default(stuck), "");
  for (const InjectorChoice& choice : JudgeInjectors(stuck, kIntel))
    EXPECT_FALSE(choice.available) << choice.name;
  EXPECT_THAT(Choice("badblocks", stuck, kIntel).reason,
              HasSubstr("only a reboot"));
}

TEST(Injectors, SayWhyNot) {
  EXPECT_THAT(Choice("ndctl", kE820, kIntel).reason,
              HasSubstr("ndbus0 (e820) has no ARS error injection"));
  EXPECT_THAT(Choice("mce", kE820, kIntel).reason, HasSubstr("is e820"));
  InjectorHost host = kIntel;
  host.cpu_vendor = "AuthenticAMD";
  EXPECT_FALSE(Choice("mce", kNfit, host).available);
  EXPECT_THAT(Choice("mce", kNfit, host).reason, HasSubstr("AuthenticAMD"));
  host = kIntel;
  host.mce_inject = false;
  EXPECT_THAT(Choice("mce", kNfit, host).reason,
              HasSubstr("modprobe mce-inject"));
  host.memory_failure = false;
  EXPECT_THAT(Choice("hwpoison", kNfit, host).reason,
              HasSubstr("CONFIG_MEMORY_FAILURE"));
  EXPECT_FALSE(Choice("combined", kNfit, host).available);
}

class KernelFile : public InScratchDirectory {
 protected:
  std::string Make(const std::string& name, const std::string& content) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << content;
    return path;
  }
};

TEST_F(KernelFile, BadblocksGetsOneEntryOfSectorAndLength) {
  const std::string list = Make("badblocks", "");
  BadblocksInjector(list).Inject({16, 24}, true);
  EXPECT_EQ(ReadFile(list), "16 8\n");
}

TEST_F(KernelFile, BadblocksSaysThatTheKernelsListIsFull) {
  EXPECT_THAT(
      [] {
        BadblocksInjector("/dev/full").Inject({16, 24}, true);
      },
      ThrowsMessage<Error>(HasSubstr("512 entries")));
}

// A disk that has a list and nothing else.
class Listed : public DeviceMedia {
 public:
  explicit Listed(std::string list) : list_(std::move(list)) {}
  std::string Read(SectorRange) override { return ""; }
  void Write(SectorRange, std::string_view) override {}
  bool Readable(SectorRange) override { return true; }
  PoisonView Poison() override {
    return {.units = ParseBadblocks(ReadFile(list_))};
  }

 private:
  std::string list_;
};

TEST_F(KernelFile, MceOrdersAnUncorrectedErrorOfOneSectorAtItsAddress) {
  for (const char* file : {"flags", "cpu", "addr", "misc", "status", "bank"})
    Make(file, "");
  const std::string list = Make("badblocks", "2 1\n");
  MceInjector({0x40200000, 0x50000000}, list, std::make_unique<Listed>(list),
              directory_)
      .Inject({2, 3}, true);
  EXPECT_EQ(ReadFile(directory_ + "/flags"), "sw\n");
  EXPECT_EQ(ReadFile(directory_ + "/addr"), "0x40200400\n");
  EXPECT_EQ(ReadFile(directory_ + "/misc"), "0x89\n");
  EXPECT_EQ(ReadFile(directory_ + "/status"), "0xbc0000000000009f\n");
  EXPECT_EQ(ReadFile(directory_ + "/bank"), "1\n");
}

TEST_F(KernelFile, MceSaysWhenTheKernelDoesNotHearIt) {
  for (const char* file : {"flags", "cpu", "addr", "misc", "status", "bank"})
    Make(file, "");
  const std::string list = Make("badblocks", "\n");
  MceInjector injector({0, 0x10000000}, list, std::make_unique<Listed>(list),
                       directory_);
  EXPECT_THAT(
      [&] {
        injector.Inject({2, 3}, true);
      },
      ThrowsMessage<Error>(HasSubstr("did not list")));
}

}  // namespace
}  // namespace daxmend
