// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "core/error.h"

namespace daxmend {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

Machine Example(Clock clock) {
  Machine machine;
  machine.nvdimm = {.base = uint64_t{1} << 30, .size = uint64_t{256} << 20};
  machine.clock = clock;
  machine.cpus = 3;
  machine.qemu_version = "7.2.22";
  machine.nfit = "/nfit";
  machine.ssdt = "/ssdt";
  machine.kernel = "/kernel";
  machine.initrd = "/initrd";
  machine.initrd_bytes = 20 << 20;
  machine.disk = "/disk";
  return machine;
}

// What follows each `option`.
std::vector<std::string> Values(const std::vector<std::string>& arguments,
                                const std::string& option) {
  std::vector<std::string> values;
  for (size_t i = 0; i + 1 < arguments.size(); ++i)
    if (arguments[i] == option) values.push_back(arguments[i + 1]);
  return values;
}

TEST(Machine, AVirtualClockLeavesNothingToChance) {
  const auto arguments = QemuArguments(Example(Clock::kVirtual));
  EXPECT_THAT(Values(arguments, "-accel"), ElementsAre("tcg,thread=single"));
  EXPECT_THAT(Values(arguments, "-icount"),
              ElementsAre("shift=0,sleep=off,rr=record,rrfile=/dev/null"));
  EXPECT_THAT(Values(arguments, "-smp"), ElementsAre("1"));
  EXPECT_THAT(Values(arguments, "-seed"), ElementsAre("7"));
  EXPECT_THAT(Values(arguments, "-rtc"),
              ElementsAre("base=2026-01-01,clock=vm"));
  const std::string line = Values(arguments, "-append").at(0);
  EXPECT_THAT(line, HasSubstr("nokaslr norandmaps"));
  EXPECT_THAT(line, HasSubstr("daxmend.clock=virtual daxmend.qemu=7.2.22 "
                              "daxmend.accel=tcg"));
}

// Whose plugin keeps the clock still, and which nothing may keep from pausing.
TEST(Machine, WhatHasMachineChecksIsNotRecorded) {
  Machine machine = Example(Clock::kVirtual);
  machine.debugger = 7;
  machine.debugger_client = 8;
  machine.load_plugin = "/loads.so";
  machine.load_place = "/place";
  EXPECT_THAT(Values(QemuArguments(machine), "-icount"),
              ElementsAre("shift=0,sleep=off"));
  EXPECT_THAT(Values(QemuArguments(machine), "-plugin"),
              ElementsAre("/loads.so,place=/place,debugger=8"));
  machine.clock = Clock::kWall;
  EXPECT_THAT(Values(QemuArguments(machine), "-plugin"),
              ElementsAre("/loads.so,place=/place"));
}

TEST(Machine, WhatIsResetIsNotRecorded) {
  Machine machine = Example(Clock::kVirtual);
  machine.reboots = true;
  EXPECT_THAT(Values(QemuArguments(machine), "-icount"),
              ElementsAre("shift=0,sleep=off"));
}

TEST(Machine, WhatTheGuestSaysGoesToFilesThatCannotBeFull) {
  Machine machine = Example(Clock::kVirtual);
  machine.console = "/console";
  machine.output = "/output";
  machine.errors = "/errors";
  EXPECT_THAT(Values(QemuArguments(machine), "-chardev"),
              ElementsAre("file,append=on,id=console,path=/console",
                          "file,append=on,id=output,path=/output",
                          "file,append=on,id=errors,path=/errors"));
}

TEST(Machine, AWallClockHasTheProcessorsThatWereAskedForAndNoInstructionCount) {
  const auto arguments = QemuArguments(Example(Clock::kWall));
  EXPECT_THAT(Values(arguments, "-smp"), ElementsAre("3"));
  EXPECT_THAT(arguments, Not(Contains("-icount")));
  EXPECT_THAT(Values(arguments, "-append").at(0),
              HasSubstr("daxmend.clock=wall"));
}

TEST(Machine, AnEmulatedGuestIsToldHowFastTheHostsCycleCounterRuns) {
  Machine machine = Example(Clock::kWall);
  machine.host_tsc_khz = 2'594'123;
  EXPECT_THAT(KernelCommandLine(machine), HasSubstr(" tsc_early_khz=2594123"));
  machine.host_tsc_khz = 0;
  EXPECT_THAT(KernelCommandLine(machine), Not(HasSubstr("tsc_early_khz")));
}

// KVM's guests have a clock of their own, a virtual one counts instructions.
TEST(Machine, OtherGuestsAreNotToldOfTheHostsCycleCounter) {
  Machine machine = Example(Clock::kVirtual);
  machine.host_tsc_khz = 2'594'123;
  EXPECT_THAT(KernelCommandLine(machine), Not(HasSubstr("tsc_early_khz")));
  machine = Example(Clock::kWall);
  machine.host_tsc_khz = 2'594'123;
  machine.accelerator = Accelerator::kKvm;
  EXPECT_THAT(KernelCommandLine(machine), Not(HasSubstr("tsc_early_khz")));
}

TEST(Machine, KvmUsesTheHostsProcessorAndSaysSo) {
  Machine machine = Example(Clock::kWall);
  machine.accelerator = Accelerator::kKvm;
  const auto arguments = QemuArguments(machine);
  EXPECT_THAT(Values(arguments, "-accel"), ElementsAre("kvm"));
  EXPECT_THAT(Values(arguments, "-cpu"), ElementsAre("host"));
  EXPECT_THAT(Values(arguments, "-append").at(0),
              HasSubstr("daxmend.accel=kvm"));
}

TEST(Machine, CarriesBothTablesAndReservesTheRange) {
  const auto arguments = QemuArguments(Example(Clock::kWall));
  EXPECT_THAT(Values(arguments, "-acpitable"),
              ElementsAre("file=/nfit", "file=/ssdt"));
  EXPECT_THAT(Values(arguments, "-append").at(0),
              HasSubstr(ReservedMemory(Example(Clock::kWall).nvdimm)));
}

TEST(Machine, WithoutFirmwareThereAreNoTables) {
  Machine machine = Example(Clock::kWall);
  machine.nvdimm.bus = NvdimmBus::kE820;
  EXPECT_THAT(QemuArguments(machine), Not(Contains("-acpitable")));
  EXPECT_THAT(Values(QemuArguments(machine), "-append").at(0),
              HasSubstr("memmap=0x10000000!0x40000000"));
}

TEST(Machine, VirtioMemoryIsADeviceBesideTheRam) {
  Machine machine = Example(Clock::kWall);
  machine.nvdimm.bus = NvdimmBus::kVirtio;
  const auto arguments = QemuArguments(machine);
  EXPECT_THAT(arguments, Not(Contains("-acpitable")));
  EXPECT_THAT(Values(arguments, "-device"),
              Contains("virtio-pmem-pci,memdev=pmem"));
  EXPECT_THAT(Values(arguments, "-object"),
              ElementsAre("memory-backend-memfd,id=pmem,share=on,"
                          "size=268435456"));
  EXPECT_THAT(Values(arguments, "-m"), ElementsAre("1072M,maxmem=1328M"));
}

TEST(Machine, TheProcessorIsTheOneThatWasAskedForWithoutFastStrings) {
  Machine machine = Example(Clock::kVirtual);
  machine.cpu = "max,vendor=GenuineIntel";
  EXPECT_THAT(Values(QemuArguments(machine), "-cpu"),
              ElementsAre("max,vendor=GenuineIntel,-erms,-fsrm"));
}

TEST(Machine, ARangeAboveFourGiBKeepsTheLowMemorySmall) {
  Machine machine = Example(Clock::kWall);
  EXPECT_THAT(Values(QemuArguments(machine), "-machine").at(0),
              Not(HasSubstr("max-ram-below-4g")));
  machine.nvdimm.base = uint64_t{6} << 30;
  const auto arguments = QemuArguments(machine);
  EXPECT_THAT(Values(arguments, "-machine").at(0),
              HasSubstr("max-ram-below-4g=1073741824"));
  EXPECT_THAT(Values(arguments, "-m"), ElementsAre("3328M"));
}

TEST(Machine, OnlyWhatGetsInputAsItComesHasTheDevicesForThat) {
  Machine machine = Example(Clock::kWall);
  const auto without = QemuArguments(machine);
  machine.control = 17;
  machine.input = "/input";
  const auto with = QemuArguments(machine);
  ASSERT_GT(with.size(), without.size());
  EXPECT_TRUE(std::equal(without.begin(), without.end(), with.begin()));
  EXPECT_THAT(Values(with, "-chardev"), Contains("socket,id=control,fd=17"));
  EXPECT_THAT(Values(with, "-drive"), Contains(HasSubstr("file=/input")));
  for (const std::string& argument : without)
    EXPECT_THAT(argument, Not(HasSubstr("index=3")));
}

TEST(Machine, ARebootEndsItUnlessItMayBootAgain) {
  Machine machine = Example(Clock::kWall);
  EXPECT_THAT(QemuArguments(machine), Contains("-no-reboot"));
  machine.reboots = true;
  EXPECT_THAT(QemuArguments(machine), Not(Contains("-no-reboot")));
}

TEST(QemuVersion, NamesTheMissingProgramAndItsPackage) {
  EXPECT_THAT([] { QemuVersion("qemu-that-is-not-there"); },
              ThrowsMessage<Error>(HasSubstr("qemu-system-x86")));
}

TEST(QemuVersion, RefusesAProgramThatIsNotQemu) {
  EXPECT_THAT([] { QemuVersion("true"); },
              ThrowsMessage<Error>(HasSubstr("--qemu")));
}

}  // namespace
}  // namespace daxmend
