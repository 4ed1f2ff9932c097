// SPDX-License-Identifier: GPL-2.0-only

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "machine/machine_check/announce.h"
#include "machine/machine_check/gdb_stub.h"
#include "machine/machine_check/load_watch.h"
#include "machine/machine_check/page_tables.h"
#include "machine/machine_check/poisoned_units.h"
#include "machine/machine_check/watched_places.h"
#include "machine/qemu_file.h"

namespace daxmend {
namespace {

using testing::ElementsAre;

TEST(GdbPacket, HasASum) {
  EXPECT_EQ(GdbPacket("g"), "$g#67");
  EXPECT_EQ(GdbPacket(""), "$#00");
}

TEST(TakeGdbPacket, TakesOneAfterTheOther) {
  std::string received = "+$OK#9a+$T05thread:01;#";
  EXPECT_EQ(TakeGdbPacket(&received), "OK");
  EXPECT_EQ(TakeGdbPacket(&received), std::nullopt);
  received += "07";
  EXPECT_EQ(TakeGdbPacket(&received), "T05thread:01;");
  EXPECT_EQ(TakeGdbPacket(&received), std::nullopt);
}

TEST(TakeGdbPacket, DropsWhatIsNone) {
  std::string received = "++++";
  EXPECT_EQ(TakeGdbPacket(&received), std::nullopt);
  EXPECT_EQ(received, "");
}

TEST(ParseStop, SaysWhatWasWatched) {
  EXPECT_EQ(ParseStop("T05thread:01;rwatch:ffff888041213000;").watched,
            0xffff888041213000);
  EXPECT_EQ(ParseStop("T05thread:01;watch:5ead00000000;").watched,
            0x5ead00000000u);
  EXPECT_EQ(ParseStop("T05thread:01;").watched, std::nullopt);
  EXPECT_FALSE(ParseStop("T05thread:01;").paused);
  EXPECT_TRUE(ParseStop("T02thread:01;").paused);
  EXPECT_THROW(ParseStop("W00"), GuestGone);
  EXPECT_THROW(ParseStop("T05thread:01;rwatch:;"), Error);
  EXPECT_THROW(ParseStop("OK"), Error);
}

// As QEMU answers 'g'.
std::string RegistersText() {
  std::string bytes(212, '\0');
  const auto set = [&](size_t at, uint64_t value, size_t size) {
    std::memcpy(bytes.data() + at, &value, size);
  };
  for (size_t i = 0; i < 16; ++i) set(i * 8, 0x1000 + i, 8);
  set(128, 0xffffffff81000000, 8);
  set(140, 0x33, 4);
  set(204, 0x6552000, 8);
  std::string text;
  for (char byte : bytes)
    text += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  return text;
}

TEST(ParseRegisters, TakesThemInTheProtocolsOrder) {
  const GuestRegisters registers = ParseRegisters(RegistersText());
  EXPECT_EQ(registers[Gpr::kRax], 0x1000u);
  EXPECT_EQ(registers[Gpr::kRsi], 0x1004u);
  EXPECT_EQ(registers.instruction, 0xffffffff81000000);
  EXPECT_EQ(registers.page_tables, 0x6552000u);
  EXPECT_TRUE(registers.in_program());
  EXPECT_THROW(ParseRegisters("00ff"), Error);
  EXPECT_THROW(ParseRegisters("E01"), Error);
}

// Answers each packet by the next of `answers`.
class Answering {
 public:
  explicit Answering(std::vector<std::string> answers) {
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends_) != 0) abort();
    thread_ = std::thread([this, answers = std::move(answers)] {
      std::string received;
      for (const std::string& answer : answers) {
        std::optional<std::string> packet;
        while (!(packet = TakeGdbPacket(&received))) {
          char buffer[4096];
          const ssize_t n = read(ends_[1], buffer, sizeof buffer);
          if (n <= 0) return;
          received.append(buffer, static_cast<size_t>(n));
        }
        asked_.push_back(*packet);
        if (write(ends_[1], answer.data(), answer.size()) < 0) return;
      }
      close(ends_[1]);
    });
  }
  ~Answering() {
    if (thread_.joinable()) thread_.join();
    close(ends_[0]);
  }
  int socket() const { return ends_[0]; }
  std::vector<std::string> Asked() {
    thread_.join();
    return asked_;
  }

 private:
  int ends_[2];
  std::thread thread_;
  std::vector<std::string> asked_;
};

TEST(GdbStub, AsksAndTakesAnswers) {
  Answering qemu({"+$OK#9a", "+" + GdbPacket("0df0"), "+" + GdbPacket("E14"),
                  "+" + GdbPacket("OK"), "+" + GdbPacket(RegistersText())});
  GdbStub stub(qemu.socket(), -1);
  stub.Watch(0xffff888041213000, 256);
  EXPECT_EQ(stub.Memory(0x1000, 2), std::string("\x0d\xf0"));
  EXPECT_EQ(stub.Memory(0, 2), std::nullopt);
  stub.SetGeneral(Gpr::kRcx, 0x1000);
  EXPECT_EQ(stub.Registers()[Gpr::kRdi], 0x1005u);
  EXPECT_THAT(qemu.Asked(), ElementsAre("Z3,ffff888041213000,100", "m1000,2",
                                        "m0,2", "P2=0010000000000000", "g"));
}

TEST(GdbStub, CollectsWhatTheMonitorPrints) {
  Answering qemu(
      {"+" + GdbPacket("O6162") + GdbPacket("O0a") + GdbPacket("OK")});
  GdbStub stub(qemu.socket(), -1);
  EXPECT_EQ(stub.Monitor("mce"), "ab\n");
  EXPECT_THAT(qemu.Asked(), ElementsAre("qRcmd,6d6365"));
}

TEST(GdbStub, RefusesWhatIsNoAnswer) {
  Answering qemu({"+$E22#a9"});
  GdbStub stub(qemu.socket(), -1);
  EXPECT_THROW(stub.Watch(1, 1), Error);
}

TEST(GdbStub, TheGuestsEndIsNoError) {
  Answering qemu({"+$OK#9a"});
  GdbStub stub(qemu.socket(), -1);
  stub.Watch(1, 1);
  EXPECT_THROW(stub.Registers(), GuestGone);
}

// QEMU takes whatever comes while the guest runs for an interruption.
TEST(GdbStub, DoesNotAcknowledgeAPause) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const std::string stops =
      GdbPacket("T02thread:01;") + GdbPacket("T05thread:01;rwatch:1000;");
  ASSERT_EQ(write(ends[1], stops.data(), stops.size()),
            static_cast<ssize_t>(stops.size()));
  GdbStub stub(ends[0], -1);
  EXPECT_TRUE(stub.WaitForStop().paused);
  char sent[8];
  EXPECT_EQ(recv(ends[1], sent, sizeof sent, MSG_DONTWAIT), -1);
  EXPECT_EQ(stub.WaitForStop().watched, 0x1000u);
  EXPECT_EQ(recv(ends[1], sent, sizeof sent, MSG_DONTWAIT), 1);
  close(ends[0]);
  close(ends[1]);
}

// A page that is not mapped yet, and lines of it and of others.
TEST(ExpectedStops, FindsReadsInRangesThatLieInOneAnother) {
  const auto expected = std::make_unique<ExpectedStops>();
  SetReads(*expected, {{0x1000, 0x201000},
                       {0x2000, 0x2040},
                       {0x9000, 0x9040},
                       {0x300000, 0x300040}});
  EXPECT_FALSE(expected->AtRead(0xff8, 8));
  EXPECT_TRUE(expected->AtRead(0xff9, 8));
  EXPECT_TRUE(expected->AtRead(0x100000, 1));
  EXPECT_TRUE(expected->AtRead(0x200fff, 1));
  EXPECT_FALSE(expected->AtRead(0x201000, 8));
  EXPECT_TRUE(expected->AtRead(0x30003f, 1));
  EXPECT_FALSE(expected->AtRead(0x300040, 1));
  SetReads(*expected, {});
  EXPECT_FALSE(expected->AtRead(0x2000, 8));
}

TEST(WatchedPlaces, AreWhereverThePageIsMapped) {
  WatchedPlaces places(0x100000000);
  places.Mapped(0x7000, 0x41000, 2 * kPageBytes);
  places.Mapped(0x7000, 0x41000, kPageBytes);  // again
  places.Mapped(0x20000, 0x42000, kPageBytes);
  EXPECT_THAT(places.For({{0x40f00, 0x41000}}),
              ElementsAre(VirtualRange{0x100040f00, 0x100041000}));
  EXPECT_THAT(
      places.For({{0x41f00, 0x42100}}),
      ElementsAre(VirtualRange{0x7f00, 0x8000}, VirtualRange{0x8000, 0x8100},
                  VirtualRange{0x20000, 0x20100},
                  VirtualRange{0x100041f00, 0x100042000},
                  VirtualRange{0x100042000, 0x100042100}));
}

TEST(PhysicalAddressOf, WalksTheTables) {
  std::vector<std::byte> memory(0x6000);
  const auto set = [&](uint64_t table, uint64_t index, uint64_t entry) {
    std::memcpy(memory.data() + table + index * 8, &entry, sizeof entry);
  };
  set(0x1000, 1, 0x2000 | 7);
  set(0x2000, 2, 0x3000 | 7);
  set(0x3000, 3, 0x4000 | 7);
  set(0x4000, 4, 0x8000000041213000 | 7);  // not executable
  set(0x3000, 5, 0x40200000 | 0x87);       // of two megabytes
  set(0x3000, 6, 0x7fff000 | 7);           // outside
  const uint64_t base = uint64_t{1} << 39 | uint64_t{2} << 30;
  const auto at = [&](uint64_t address) {
    return PhysicalAddressOf({.bytes = memory}, 0x1000 | 0x18, address);
  };
  EXPECT_EQ(at(base | 3 << 21 | 4 << 12 | 0x123), 0x41213123u);
  EXPECT_EQ(at(base | 3 << 21 | 5 << 12), std::nullopt);
  EXPECT_EQ(at(base | 5 << 21 | 0x54321), 0x40254321u);
  EXPECT_EQ(at(base | 6 << 21), std::nullopt);
  EXPECT_EQ(at(0), std::nullopt);
}

TEST(GuestRam, IsInTwoPiecesAroundTheHole) {
  std::vector<std::byte> memory(0x3000);
  memory[0x2008] = std::byte{7};
  const GuestRam ram = {.bytes = memory, .low = 0x2000};
  EXPECT_EQ(ram.Word(0x1ff8), 0u);
  EXPECT_EQ(ram.Word(0x2000), std::nullopt);
  EXPECT_EQ(ram.Word(kFourGiB + 8), 7u);
  EXPECT_EQ(ram.Word(kFourGiB + 0xff8), 0u);
  EXPECT_EQ(ram.Word(kFourGiB + 0xffc), std::nullopt);
  EXPECT_EQ(ram.Word(UINT64_MAX), std::nullopt);
}

TEST(MachineChecksJson, HasTheOffsetInTheNvdimm) {
  RaisedChecks raised;
  raised.checks = {
      {.address = 0x40000100, .instruction = 16, .in_program = true},
      {.address = 0x40000000, .instruction = 32, .in_program = false}};
  EXPECT_EQ(
      ToJson(raised, 0x40000000),
      "{\n  \"schema\": 1,\n  \"clock_moved\": 0,\n  \"machine_checks\": [\n"
      "    {\"address\": 1073742080, \"offset\": 256, \"instruction\": "
      "16, \"in\": \"program\"},\n"
      "    {\"address\": 1073741824, \"offset\": 0, \"instruction\": 32, "
      "\"in\": \"kernel\"}\n  ]\n}\n");
  EXPECT_EQ(ToJson({}, 0),
            "{\n  \"schema\": 1,\n  \"clock_moved\": 0,\n  \"machine_checks\": "
            "[]\n}\n");
  EXPECT_EQ(Summary(raised), "2 machine checks, 1 of them in the kernel");
  raised.clock_moved = 2;
  EXPECT_EQ(Summary(raised),
            "2 machine checks, 1 of them in the kernel; the clock moved on to "
            "its next timer up to 2 times, where QEMU was stopped unforeseen");
}

TEST(PoisonedUnits, AreThoseOfTheFirmwaresTable) {
  const NvdimmParameters nvdimm = {.base = uint64_t{512} << 20,
                                   .size = uint64_t{64} << 20};
  const ErrorTable table = PlaceErrorTable(nvdimm);
  MemoryFile ram("memory");
  ram.Resize(static_cast<off_t>(nvdimm.base + nvdimm.size));
  const auto set = [&](uint32_t unit) {
    uint32_t index = unit;
    for (size_t level = 0; level < 4; ++level) {
      const uint32_t bit = index % 32;
      index /= 32;
      uint32_t dword = 0;
      const auto at =
          static_cast<off_t>(table.level_address[level] + 4 * index);
      ASSERT_EQ(pread(ram.fd(), &dword, 4, at), 4);
      dword |= 1u << bit;
      ASSERT_EQ(pwrite(ram.fd(), &dword, 4, at), 4);
    }
  };
  const PoisonedUnits units(nvdimm, ram.fd());
  EXPECT_TRUE(units.Ranges().empty());
  for (uint32_t unit : {0u, 31u, 32u, table.units - 1}) set(unit);
  const uint64_t base = nvdimm.base;
  EXPECT_THAT(
      units.Ranges(),
      ElementsAre(SpaRange{base, base + 256},
                  SpaRange{base + 31 * 256, base + 33 * 256},
                  SpaRange{base + nvdimm.size - 256, base + nvdimm.size}));
  EXPECT_TRUE(units.IsPoisoned(base + 255));
  EXPECT_FALSE(units.IsPoisoned(base + 256));
  EXPECT_TRUE(units.IsPoisoned(base + 33 * 256 - 1));
  EXPECT_FALSE(units.IsPoisoned(base - 1));
  EXPECT_FALSE(units.IsPoisoned(base + nvdimm.size));
}

constexpr char kSymbols[] =
    "ffffffff81000000 T _text\n"
    "ffffffff813d94f0 T dax_iomap_fault\n"
    "ffffffff813d94f1 t __pfx_dax_iomap_fault\n"
    "ffffffff82415740 D page_offset_base\n"
    "ffffffff81030000 t do_machine_check\n"
    "ffffffff815f2070 T acpi_ex_exit_interpreter\n"
    "ffffffffc0000000 t nfit_probe\t[nfit]\n";
constexpr char kProcessor[] =
    "vendor_id\t: GenuineIntel\nflags\t\t: fpu mce mca erms\n";

TEST(DescribeMachine, FindsSymbolsByTheirWholeNames) {
  const Announcement announcement =
      DescribeMachine(AnnouncementKind::kBegin, kSymbols, kProcessor, "");
  EXPECT_EQ(announcement.problem, AnnouncedProblem::kNone);
  EXPECT_THAT(
      announcement.symbols,
      ElementsAre(0xffffffff813d94f0, 0xffffffff815f2070, 0xffffffff82415740));
}

// What /proc/vmallocinfo says of a namespace in raw mode, between others.
TEST(DescribeMachine, FindsLargeMappingsOfMemory) {
  const Announcement announcement = DescribeMachine(
      AnnouncementKind::kBegin, kSymbols, kProcessor,
      "0xffffc90000000000-0xffffc90000005000   20480 irq_init_percpu_irqstack+"
      "0xcf/0x100 vmap\n"
      "0xffffc90000204000-0xffffc90000207000   12288 acpi_os_map_iomem+0x1f4/"
      "0x210 phys=0x000000005ffe1000 ioremap\n"
      "0xffffc90002000000-0xffffc90006001000 67112960 memremap+0x15e/0x1b0 "
      "phys=0x0000000040000000 ioremap\n");
  EXPECT_EQ(announcement.mappings[0].at, 0xffffc90002000000u);
  EXPECT_EQ(announcement.mappings[0].bytes, 0x4000000u);
  EXPECT_EQ(announcement.mappings[0].address, 0x40000000u);
  EXPECT_EQ(announcement.mappings[1].bytes, 0u);
}

TEST(DescribeMachine, DropsNoMappingSilently) {
  std::string mappings;
  for (int i = 0; i < 17; ++i)
    mappings += fmt::format(
        "0xffffc900{0:02x}000000-0xffffc900{0:02x}201000 2101248 "
        "memremap+0x15e/0x1b0 phys=0x0000000040000000 ioremap\n",
        i);
  const auto problem = [](const std::string& text) {
    return DescribeMachine(AnnouncementKind::kBegin, kSymbols, kProcessor, text)
        .problem;
  };
  EXPECT_EQ(problem(mappings), AnnouncedProblem::kMappings);
  mappings.erase(0, mappings.find('\n') + 1);
  EXPECT_EQ(problem(mappings), AnnouncedProblem::kNone);
}

TEST(DescribeMachine, SaysWhyThereAreNoMachineChecks) {
  const auto problem = [](const std::string& symbols,
                          const std::string& processor) {
    return DescribeMachine(AnnouncementKind::kBegin, symbols, processor, "")
        .problem;
  };
  EXPECT_EQ(problem(kSymbols, "vendor_id\t: AuthenticAMD\nflags\t: mce mca\n"),
            AnnouncedProblem::kNotIntel);
  EXPECT_EQ(problem(kSymbols, "vendor_id\t: GenuineIntel\nflags\t: mce\n"),
            AnnouncedProblem::kNoMachineChecks);
  EXPECT_EQ(problem(kSymbols, "vendor_id\t: GenuineIntel\nflags\t: mce mca\n"),
            AnnouncedProblem::kNoErms);
  EXPECT_EQ(problem("", kProcessor), AnnouncedProblem::kKernel);
  EXPECT_EQ(problem("", ""), AnnouncedProblem::kNoMachineChecks);
}

}  // namespace
}  // namespace daxmend
