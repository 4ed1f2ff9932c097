// SPDX-License-Identifier: GPL-2.0-only

#include "machine/machine_check/load_watch.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "core/error.h"
#include "machine/machine_check/page_tables.h"

namespace daxmend {
namespace {

constexpr uint64_t kLine = 64;
constexpr uint64_t kHugePage = uint64_t{2} << 20;
// struct vm_fault: vma, gfp_mask, pgoff, address (Linux 6.1 to 7.3).
constexpr uint64_t kFaultAddressOffset = 24;
// IA32_MCi_STATUS of a data load that met an error: VAL, UC, EN, MISCV, ADDRV,
// S, AR; MCACOD 134h. IA32_MCG_STATUS: RIPV, EIPV, MCIP. IA32_MCi_MISC: a
// physical address, whose lowest valid bit is that of a line.
constexpr uint64_t kStatus = 0xbd80000000000134;
constexpr uint64_t kGlobalStatus = 7;
constexpr uint64_t kMisc = 0x86;

// With page-table isolation a program has tables of its own, in the page behind
// the kernel's, and both a process-context number in the low bits.
bool SameTables(uint64_t a, uint64_t b) {
  constexpr uint64_t kLow = 0x1fff;
  return (a & ~kLow) == (b & ~kLow);
}

constexpr size_t Number(AnnouncedSymbol symbol) {
  return static_cast<size_t>(symbol);
}

Error Impossible(AnnouncedProblem problem) {
  switch (problem) {
    case AnnouncedProblem::kNoMachineChecks:
      return Error({.thing = "this processor",
                    .cause = "has no machine checks (CPUID MCE, MCA)",
                    .way_out = "leave --cpu out, or name a model that has"});
    case AnnouncedProblem::kNotIntel:
      return Error({.thing = "this processor",
                    .cause = "is not Intel's, and --machine-checks are",
                    .way_out = "leave --cpu out, or add ,vendor=GenuineIntel"});
    case AnnouncedProblem::kNoErms:
      return Error({.thing = "this processor",
                    .cause = "has no ERMS, without which the kernel survives "
                             "no machine check in its own copies",
                    .way_out = "leave --cpu out, or add ,+erms"});
    case AnnouncedProblem::kMappings:
      return Error({.thing = "this guest",
                    .cause = "has mapped memory at more places than can be "
                             "watched (/proc/vmallocinfo)",
                    .way_out = "give it fewer devices"});
    default:
      return Error({.thing = "this kernel",
                    .cause = "handles no machine checks (CONFIG_X86_MCE)",
                    .way_out = "name another with --kernel"});
  }
}

}  // namespace

void LoadWatch::Run() {
  expected_.store = kAnnouncementAddress;
  stub_.Begin();
  stub_.WatchWrites(kAnnouncementAddress, sizeof(AnnouncementKind));
  for (;;) {
    stub_.Continue();
    GuestStop stop = stub_.WaitForStop();
    const bool expected = stop.paused;
    // Where it pauses is where it stops, or it goes on to that.
    if (stop.paused && place_.told != Told::kBreak) stop = stub_.WaitForStop();
    if (place_.tells && !expected) ++surprises_;
    raised_.clock_moved = surprises_ + place_.unsettled;
    if (!stop.watched)
      Reached();
    else if (*stop.watched == kAnnouncementAddress)
      Announced();
    else
      Met();
  }
}

void LoadWatch::Announced() {
  const std::optional<std::string> memory =
      stub_.Memory(kAnnouncementAddress, sizeof(Announcement));
  if (!memory) return;  // somebody else's
  Announcement announcement;
  std::memcpy(&announcement, memory->data(), sizeof announcement);
  if (announcement.what == AnnouncementKind::kEnd)
    End();
  else if (announcement.what == AnnouncementKind::kBegin)
    Begin(announcement);
}

void LoadWatch::Begin(const Announcement& announcement) {
  End();
  if (announcement.problem != AnnouncedProblem::kNone)
    throw Impossible(announcement.problem);
  for (size_t i = 0; i < kAnnouncedSymbols.size(); ++i)
    if (announcement.symbols[i] == 0)
      throw Error({.thing = "this kernel",
                   .cause = fmt::format("has no {} in /proc/kallsyms",
                                        kAnnouncedSymbols[i]),
                   .way_out = "name another with --kernel"});
  const auto symbol = [&](AnnouncedSymbol which) {
    return announcement.symbols[Number(which)];
  };
  const std::optional<uint64_t> direct =
      stub_.Word(symbol(AnnouncedSymbol::kPageOffsetBase));
  if (!direct)
    throw Error({.thing = "this kernel's page_offset_base",
                 .cause = "cannot be read",
                 .way_out = "name another with --kernel"});
  direct_ = *direct;
  announced_ = announcement;
  places_.emplace(direct_);
  for (const AnnouncedMapping& mapping : announcement.mappings) {
    const SpaRange memory = SpaRange::OfLength(mapping.address, mapping.bytes);
    for (SpaRange part : IntersectAll(memory, {units_.memory()}))
      places_->Mapped(mapping.at + (part.begin - memory.begin), part.begin,
                      part.length() / kPageBytes * kPageBytes);
  }
  for (AnnouncedSymbol which : {AnnouncedSymbol::kDaxIomapFault,
                                AnnouncedSymbol::kAcpiExExitInterpreter})
    beginnings_.push_back(BeginningOf(which));
  for (size_t i = 0; i < beginnings_.size(); ++i) {
    stub_.Break(beginnings_[i].address);
    expected_.before[i] = beginnings_[i].before;
  }
  Rewatch();
}

LoadWatch::Beginning LoadWatch::BeginningOf(AnnouncedSymbol function) {
  const uint64_t first = announced_->symbols[Number(function)];
  const std::optional<SimpleInstruction> here = SimpleAt(first);
  if (!here) return {function, first, 0, here};
  const uint64_t second = first + here->bytes;
  return {function, second, first, SimpleAt(second)};
}

std::optional<SimpleInstruction> LoadWatch::SimpleAt(uint64_t address) {
  const std::optional<std::string> code = stub_.Memory(address, kSimpleBytes);
  if (!code) return {};
  return ParseSimple(*code);
}

void LoadWatch::End() {
  announced_.reset();
  for (const VirtualRange& range : watched_)
    stub_.Unwatch(range.begin, range.length());
  watched_.clear();
  for (const Beginning& one : beginnings_) stub_.Unbreak(one.address);
  beginnings_.clear();
  std::ranges::fill(expected_.before, 0);
  expected_.reads = 0;
  faults_.clear();
  poisoned_.clear();
}

// A watched address was read.
void LoadWatch::Met() {
  const LoadPlace place = place_;
  const GuestRegisters behind = stub_.Registers();
  // What it copies to may not be there yet: it is executed again then.
  if (behind.instruction != place.instruction &&
      behind.instruction != place.instruction + place.size)
    return;
  // It may be the first of a page that has just become mapped.
  const uint64_t at = place.address;
  const auto fault = std::ranges::find_if(faults_, [&](const Fault& one) {
    return SameTables(one.page_tables, behind.page_tables) && one.at <= at &&
           at < one.at + one.bytes;
  });
  if (fault != faults_.end() && Resolve(*fault)) {
    faults_.erase(fault);
    Watch(places_->For(poisoned_));
  }
  const std::optional<uint64_t> line = PoisonedLine(place, behind);
  if (!line) return;
  const GuestRegisters before = InFrontOf(place, behind);
  for (Gpr which : {Gpr::kRsi, Gpr::kRdi, Gpr::kRcx})
    if (before[which] != behind[which]) stub_.SetGeneral(which, before[which]);
  stub_.SetInstruction(before.instruction);
  const std::string command = fmt::format("mce 0 1 {:#x} {:#x} {:#x} {:#x}",
                                          kStatus, kGlobalStatus, *line, kMisc);
  if (const std::string said = stub_.Monitor(command); !said.empty())
    throw Error({.thing = "QEMU's monitor",
                 .cause = fmt::format("says to '{}': {}", command, said)});
  raised_.checks.push_back({.address = *line,
                            .instruction = place.instruction,
                            .in_program = before.in_program()});
}

std::optional<uint64_t> LoadWatch::PoisonedLine(
    const LoadPlace& place, const GuestRegisters& registers) {
  if (place.bytes == 0) return {};
  for (uint64_t at = place.address / kLine * kLine;
       at < place.address + place.bytes; at += kLine) {
    const std::optional<uint64_t> address =
        PhysicalAddress(registers.page_tables, at);
    if (address && units_.IsPoisoned(*address)) return address;
  }
  return {};
}

std::optional<uint64_t> LoadWatch::PhysicalAddress(uint64_t page_tables,
                                                   uint64_t address) const {
  if (address >= direct_ && units_.memory().Contains(address - direct_))
    return address - direct_;
  return PhysicalAddressOf(units_.ram(), page_tables, address);
}

// One of the functions begins.
void LoadWatch::Reached() {
  const GuestRegisters registers = stub_.Registers();
  const uint64_t at = registers.instruction;
  const auto here = std::ranges::find(beginnings_, at, &Beginning::address);
  if (here == beginnings_.end()) return;
  if (here->function == AnnouncedSymbol::kDaxIomapFault)
    Faulted(registers);
  else
    Rewatch();
  GoOnBehind(*here, registers);
}

void LoadWatch::GoOnBehind(const Beginning& beginning,
                           const GuestRegisters& registers) {
  if (!beginning.here) {
    // QEMU forgets all translated code for that, which takes it a tenth of a
    // second.
    if (place_.tells) ++surprises_;
    stub_.Unbreak(beginning.address);
    stub_.Step();
    stub_.Break(beginning.address);
    return;
  }
  const SimpleInstruction& here = *beginning.here;
  if (here.to)
    stub_.SetGeneral(*here.to, here.from ? registers[*here.from] & UINT32_MAX
                                         : here.constant);
  stub_.SetInstruction(beginning.address + here.bytes);
}

// (struct vm_fault* vmf, unsigned int order, ...)
void LoadWatch::Faulted(const GuestRegisters& registers) {
  const std::optional<uint64_t> at =
      stub_.Word(registers[Gpr::kRdi] + kFaultAddressOffset);
  if (!at) return;
  // Earlier ones are over. (Pages that are only stored to would add up.)
  std::erase_if(faults_, [this](const Fault& one) { return Resolve(one); });
  const uint64_t bytes =
      (registers[Gpr::kRsi] & UINT32_MAX) != 0 ? kHugePage : kPageBytes;
  faults_.insert({registers.page_tables, *at / bytes * bytes, bytes});
  if (!poisoned_.empty()) Watch(places_->For(poisoned_));
}

bool LoadWatch::Resolve(const Fault& fault) {
  bool any = false;
  // Whoever wanted a huge page may have been told to take small ones.
  for (uint64_t at = fault.at; at < fault.at + fault.bytes; at += kPageBytes) {
    const std::optional<uint64_t> address =
        PhysicalAddressOf(units_.ram(), fault.page_tables, at);
    if (!address || !units_.memory().Contains(*address)) continue;
    places_->Mapped(at, *address, kPageBytes);
    any = true;
  }
  return any;
}

void LoadWatch::Rewatch() {
  std::vector<SpaRange> poisoned = units_.Ranges();
  if (poisoned == poisoned_) return;
  size_t pages = 0;
  for (const SpaRange& range : poisoned)
    pages += (range.end - 1) / kPageBytes - range.begin / kPageBytes + 1;
  if (pages > kMostWatchedPages)
    throw Error({.thing = fmt::format("{} poisoned pages", pages),
                 .cause = fmt::format("are more than --machine-checks can "
                                      "watch ({})",
                                      kMostWatchedPages),
                 .way_out = "poison fewer at once"});
  // What became mapped while nothing was poisoned.
  if (poisoned_.empty())
    std::erase_if(faults_,
                  [this](const Fault& fault) { return Resolve(fault); });
  poisoned_ = std::move(poisoned);
  Watch(places_->For(poisoned_));
}

void LoadWatch::Watch(std::set<VirtualRange> wanted) {
  if (!poisoned_.empty())
    for (const Fault& fault : faults_)
      wanted.insert(VirtualRange::OfLength(fault.at, fault.bytes));
  for (auto old = watched_.begin(); old != watched_.end();) {
    if (wanted.contains(*old)) {
      ++old;
      continue;
    }
    stub_.Unwatch(old->begin, old->length());
    old = watched_.erase(old);
  }
  if (wanted.size() > ExpectedStops::kMostReads)
    throw Error(
        {.thing = fmt::format("{} mappings of poisoned lines", wanted.size()),
         .cause = fmt::format("are more than --machine-checks can "
                              "watch ({})",
                              ExpectedStops::kMostReads),
         .way_out = "poison fewer at once, or map them at the same "
                    "addresses"});
  for (const VirtualRange& range : wanted)
    if (watched_.insert(range).second) stub_.Watch(range.begin, range.length());
  SetReads(expected_, watched_);
}

}  // namespace daxmend
