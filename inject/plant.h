// SPDX-License-Identifier: GPL-2.0-only
//
// Planting poison, whole or not at all: keep what is there, write the journal,
// plant, check what the firmware took, wait until the kernel lists it. When
// anything fails after the journal was written (the firmware's table is full,
// Ctrl-C, the file moved), what was planted is taken back first.

#ifndef DAXMEND_INJECT_PLANT_H_
#define DAXMEND_INJECT_PLANT_H_

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/injection_record.h"
#include "inject/disk_sectors.h"
#include "inject/injector.h"
#include "inject/journal.h"

namespace daxmend {

struct PlantOptions {
  // Find out where the poison would go, check everything, plant nothing.
  bool dry_run = false;
  // Wait until the kernel's list has every planted sector.
  bool wait = true;
  // For the kernel to list them. A short scrub takes about a second; the kernel
  // puts the next one off for longer when the one before was busy.
  std::chrono::seconds patience{60};
  // Asked between sectors: true stops and undoes (Ctrl-C).
  std::function<bool()> cancelled = [] { return false; };
  // Told what is going on, for people.
  std::function<void(const std::string&)> progress = [](const std::string&) {};
  // Asked before the first sector and after the last: throws Error when what is
  // to be poisoned lies elsewhere by now.
  std::function<void()> still_there = [] {};
  // Keeps what was planted; an Error from it undoes everything.
  std::function<void(const Injection&)> record = [](const Injection&) {};
};

struct PlantResult {
  Injection injection;        // as inject.json records it
  bool lists = true;          // whether the injector has the kernel list it
  uint64_t already_bad = 0;   // sectors asked for that were poisoned before
  uint64_t waited_ns = 0;     // from the last plant until all were listed
  std::string journal_entry;  // empty when nothing had to be planted
};

// Plants `located` (sectors of `disk`), for `entry` filled but for sectors and
// content. Sectors that are bad already
// are left alone and not journalled.
PlantResult PlantLocated(const std::vector<PoisonedRange>& located,
                         JournalEntry entry, Injector& injector,
                         DiskSectors& disk, Journal& journal,
                         const PlantOptions& options);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_PLANT_H_
