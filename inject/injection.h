// SPDX-License-Identifier: GPL-2.0-only
//
// Injecting poison, whole or not at all: keep what is there, write the journal,
// inject, wait until the kernel lists it. When anything fails after the journal
// was written (the firmware's table is full, Ctrl-C, the file moved, memory is
// short), what was injected is uninjected first.
//
// Others go on writing meanwhile. Right before each sector is poisoned it is
// read again, and the journal updated where it has changed; what is written
// after that is for undo to find (give_back.h). A sector that is repaired
// before it was asked for is an injection like any other.

#ifndef DAXMEND_INJECT_INJECTION_H_
#define DAXMEND_INJECT_INJECTION_H_

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "device/device_media.h"
#include "device/injector.h"
#include "inject/undo/journal.h"
#include "inject/undo/unlist.h"
#include "records/injection_record.h"

namespace daxmend {

struct InjectOptions {
  // Find out where the poison would go, check everything, inject nothing.
  bool dry_run = false;
  // Wait until the kernel's list has, or had, every injected sector.
  bool wait = true;
  // When to ask for a scrub because the kernel does not list them. A short one
  // takes about a second; the kernel puts the next one off for longer when the
  // one before was busy. What two scrubs do not list is given up.
  std::chrono::seconds scrub_after{5};
  // How often to ask the injector what it has still, while the kernel does not
  // list it.
  std::chrono::milliseconds ask_every{1000};
  // How to wait between two looks at the list.
  std::function<void()> pause = [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  };
  // Asked between sectors: true stops and undoes (Ctrl-C).
  std::function<bool()> cancelled = [] { return false; };
  // Told what is going on, for people.
  std::function<void(const std::string&)> progress = [](const std::string&) {};
  // Asked before the first sector and after the last: throws Error when what is
  // to be poisoned lies elsewhere by now.
  std::function<void()> still_there = [] {};
  // How what fails is made good again, see give_back.h; may be null.
  Unlisting* unlisting = nullptr;
  // Asked when a sector is not bad that should be: has anybody written to the
  // target since before the call?
  std::function<bool()> written = [] { return false; };
  // Keeps what was injected; an Error from it undoes everything.
  std::function<void(const Injection&)> record = [](const Injection&) {};
};

struct InjectResult {
  Injection injection;        // as inject.json records it
  bool lists = true;          // whether the injector has the kernel list it
  uint64_t already_bad = 0;   // sectors asked for that were poisoned before
  uint64_t repaired = 0;      // sectors that were good again when asked for
  bool cut = false;           // the kernel's list is longer than it shows
  uint64_t waited_ns = 0;     // from the last inject until all were listed
  std::string journal_entry;  // empty when nothing had to be injected
};

// Injects into `located` (sectors of `disk`), for `entry` filled but for
// sectors and content. Sectors that are bad already, and those that the
// injector cannot poison beside them, are left alone and not journalled. Throws
// Error, or what it met, with nothing injected; where that failed, too, Error
// that says so.
InjectResult InjectLocated(const std::vector<PoisonedRange>& located,
                           JournalEntry entry, Injector& injector,
                           DeviceMedia& disk, Journal& journal,
                           const InjectOptions& options);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_INJECTION_H_
