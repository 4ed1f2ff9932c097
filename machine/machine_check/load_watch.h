// SPDX-License-Identifier: GPL-2.0-only
//
// Goes with a guest from one stop to the next and gives it its machine checks
// (machine_checks.h says how).
//
// Not thread-safe.

#ifndef DAXMEND_MACHINE_MACHINE_CHECK_LOAD_WATCH_H_
#define DAXMEND_MACHINE_MACHINE_CHECK_LOAD_WATCH_H_

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "machine/machine_check/announcement.h"
#include "machine/machine_check/gdb_stub.h"
#include "machine/machine_check/instructions.h"
#include "machine/machine_check/load_exchange.h"
#include "machine/machine_check/poisoned_units.h"
#include "machine/machine_check/raised_check.h"
#include "machine/machine_check/watched_places.h"

namespace daxmend {

// As many pages may be poisoned at once: QEMU goes through the list of what is
// watched whenever a page of the guest is met anew.
inline constexpr size_t kMostWatchedPages = 1024;

class LoadWatch {
 public:
  // All of them must outlive it; `raised` grows.
  LoadWatch(GdbStub& stub, const PoisonedUnits& units, LoadExchange& exchange,
            RaisedChecks& raised)
      : stub_(stub),
        units_(units),
        place_(exchange.place),
        expected_(exchange.expected),
        raised_(raised) {}

  // Starts a guest that has not begun, and goes with it to its end, which is
  // GuestGone. Throws Error for a guest that cannot have machine checks.
  [[noreturn]] void Run();

 private:
  // Pages that are about to become mapped, or were long ago: [at, at + bytes)
  // of an address space.
  struct Fault {
    uint64_t page_tables;
    uint64_t at;
    uint64_t bytes;
    auto operator<=>(const Fault&) const = default;
  };
  // Where a function stops the guest: at its second instruction, of which the
  // plugin can tell when it sees the first one. What is there is done for the
  // guest: QEMU needs a tenth of a second to step over a breakpoint.
  struct Beginning {
    AnnouncedSymbol function;
    uint64_t address;
    uint64_t before;  // 0: the first one is not known, and this is it
    std::optional<SimpleInstruction> here;
  };

  void Announced();
  void Begin(const Announcement& announcement);
  void End();
  void Met();
  void Reached();
  Beginning BeginningOf(AnnouncedSymbol function);
  void Faulted(const GuestRegisters& registers);
  // What was a fault is a mapping now; false when it is not.
  bool Resolve(const Fault& fault);
  std::optional<SimpleInstruction> SimpleAt(uint64_t address);
  void GoOnBehind(const Beginning& beginning, const GuestRegisters& registers);
  // The first poisoned line of a load, physical.
  std::optional<uint64_t> PoisonedLine(const LoadPlace& place,
                                       const GuestRegisters& registers);
  std::optional<uint64_t> PhysicalAddress(uint64_t page_tables,
                                          uint64_t address) const;
  // Looks at the firmware's table again.
  void Rewatch();
  // Has QEMU watch `wanted` and what is not mapped yet.
  void Watch(std::set<VirtualRange> wanted);

  GdbStub& stub_;
  const PoisonedUnits& units_;
  const LoadPlace& place_;
  ExpectedStops& expected_;
  RaisedChecks& raised_;

  std::optional<Announcement> announced_;  // while COMMAND runs
  uint64_t direct_ = 0;
  std::optional<WatchedPlaces> places_;
  std::set<VirtualRange> watched_;
  std::vector<SpaRange> poisoned_;
  std::vector<Beginning> beginnings_;
  std::set<Fault> faults_;  // not resolved
  uint64_t surprises_ = 0;  // stops that the plugin did not tell of
};

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_MACHINE_CHECK_LOAD_WATCH_H_
