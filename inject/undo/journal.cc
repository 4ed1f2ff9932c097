// SPDX-License-Identifier: GPL-2.0-only

#include "inject/undo/journal.h"

#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/error.h"
#include "records/json_reader.h"

namespace daxmend {
namespace {

// An entry that overwrites has a schema of its own: a daxmend that does not
// know of it would rewrite what is listed as bad and then remove the only copy.
constexpr uint64_t kSchema = 1;
constexpr uint64_t kOverwritesSchema = 2;
// And one whose units are no sectors: its content would be cut up wrongly.
constexpr uint64_t kUnitsSchema = 3;
// Before there was that schema, `validate` wrote this as the entry's file.
constexpr char kOldValidate[] = "daxmend validate";

// Sorts by time, and no two processes can make the same one.
std::string NewId() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  char id[64];
  std::snprintf(id, sizeof id, "%012lld.%09ld.%d",
                static_cast<long long>(now.tv_sec), now.tv_nsec, getpid());
  return id;
}

// What an entry's description can need: a range is some 40 bytes.
constexpr uint64_t kMostJson = uint64_t{64} << 20;

constexpr std::string_view kJson = ".json";
constexpr std::string_view kData = ".data";

bool IsKind(const std::string& name, std::string_view kind) {
  return name.size() > kind.size() && name.ends_with(kind);
}
std::string WithoutKind(const std::string& name) {
  return name.substr(0, name.size() - kJson.size());
}

std::string MetaJson(const JournalEntry& entry) {
  nlohmann::ordered_json sectors = nlohmann::ordered_json::array();
  for (UnitRange r : entry.sectors)
    sectors.push_back(nlohmann::ordered_json::array({r.begin, r.end}));
  nlohmann::ordered_json meta = {
      {"schema", entry.overwrites ? kOverwritesSchema : kSchema},
      {"injector", entry.injector},
      {"disk", entry.disk},
      {"namespace_uuid", entry.namespace_uuid},
      {"file", entry.file},
      {"sectors", std::move(sectors)}};
  if (entry.unit_bytes != kSectorBytes) {
    meta["schema"] = kUnitsSchema;
    meta["overwrites"] = entry.overwrites;
    meta["unit_bytes"] = entry.unit_bytes;
  }
  return meta.dump(1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

JournalEntry ReadEntry(const PrivateDirectory& files, const std::string& id) {
  const std::string source = files.path() + "/" + id + ".json";
  const nlohmann::json document =
      ParseJson(files.Read(id + ".json", kMostJson), source);
  const JsonReader root(document, source);
  const uint64_t schema = root.At("schema").Unsigned();
  if (schema < kSchema || schema > kUnitsSchema)
    root.At("schema").Fail(
        fmt::format("is not {} to {}", kSchema, kUnitsSchema),
        "restore with the daxmend that wrote it");
  JournalEntry entry{.id = id,
                     .injector = root.At("injector").String(),
                     .disk = root.At("disk").String(),
                     .namespace_uuid = root.At("namespace_uuid").String(),
                     .file = root.At("file").String(),
                     .sectors = {},
                     .content = "",
                     .overwrites = schema == kOverwritesSchema};
  if (entry.file.starts_with(kOldValidate)) entry.overwrites = true;
  if (schema == kUnitsSchema) {
    entry.overwrites = root.At("overwrites").Bool();
    entry.unit_bytes = root.At("unit_bytes").Unsigned();
    if (!std::has_single_bit(entry.unit_bytes) || entry.unit_bytes > kPageBytes)
      root.At("unit_bytes").Fail("is not a power of two up to a page");
  }
  uint64_t total = 0;
  for (const JsonReader& r : root.At("sectors").Elements()) {
    const std::vector<JsonReader> ends = r.Elements();
    if (ends.size() != 2) r.Fail("is not [first, end)");
    const UnitRange range{ends[0].Unsigned(), ends[1].Unsigned()};
    // Units past the last byte that an offset could name are none.
    const uint64_t most = UINT64_MAX / entry.unit_bytes;
    if (range.empty() || range.end > most || range.length() > most - total)
      r.Fail("is not a range of sectors");
    entry.sectors.push_back(range);
    total += range.length();
  }
  if (entry.sectors != Normalize(entry.sectors))
    root.At("sectors").Fail("are not in ascending order, or overlap");
  const uint64_t bytes = total * entry.unit_bytes;
  entry.content = files.Read(id + ".data", bytes);
  if (entry.content.size() != bytes)
    root.At("sectors").Fail(
        fmt::format("need {} bytes in the .data file, which has {}", bytes,
                    entry.content.size()));
  return entry;
}

}  // namespace

std::string_view JournalEntry::ContentOf(UnitRange part) const {
  uint64_t at = 0;
  for (UnitRange range : sectors) {
    if (range.Contains(part))
      return std::string_view(content).substr(
          (at + part.begin - range.begin) * unit_bytes,
          part.length() * unit_bytes);
    at += range.length();
  }
  throw Error({.thing = "journal entry " + id,
               .cause = fmt::format("has no sector {}", part.begin)});
}

std::string Journal::Add(const JournalEntry& entry) {
  PrivateDirectory files = PrivateDirectory::Make(directory_);
  const std::string id = NewId();
  files.Write(id + ".data", entry.content);
  try {
    files.Write(id + ".json", MetaJson(entry));
  } catch (...) {
    unlinkat(files.fd(), (id + ".data").c_str(), 0);
    throw;
  }
  return id;
}

void Journal::Update(const JournalEntry& entry) {
  PrivateDirectory::Make(directory_).Write(entry.id + ".data", entry.content);
}

std::vector<JournalEntry> Journal::Entries(
    std::vector<std::string>* damaged) const {
  std::vector<JournalEntry> entries;
  const auto files = PrivateDirectory::Open(directory_);
  if (!files) return entries;
  for (const std::string& name : files->Names())
    if (IsKind(name, kJson)) try {
        entries.push_back(ReadEntry(*files, WithoutKind(name)));
      } catch (const std::exception& e) {
        if (!damaged) throw;
        damaged->push_back(e.what());
      }
  std::sort(
      entries.begin(), entries.end(),
      [](const JournalEntry& a, const JournalEntry& b) { return a.id < b.id; });
  return entries;
}

void Journal::Remove(const std::string& id) {
  auto files = PrivateDirectory::Open(directory_);
  if (!files)
    throw ErrnoError("remove journal entry " + directory_ + "/" + id, ENOENT);
  // The JSON goes first: data without it is no entry.
  files->Remove(id + ".json");
  unlinkat(files->fd(), (id + ".data").c_str(), 0);
  files->Sync();
}

void Journal::Sweep() {
  auto files = PrivateDirectory::Open(directory_);
  if (!files) return;
  for (const std::string& name : files->Names()) {
    const bool orphan =
        IsKind(name, kData) && !files->Has(WithoutKind(name) + ".json");
    // "ID.json.XXXXXX" (PrivateDirectory::Write)
    const std::string before = name.size() > 7 && name[name.size() - 7] == '.'
                                   ? name.substr(0, name.size() - 7)
                                   : "";
    const bool temporary = IsKind(before, kJson) || IsKind(before, kData);
    if (orphan || temporary) unlinkat(files->fd(), name.c_str(), 0);
  }
}

JournalLock::JournalLock(const Journal& journal)
    : directory_(PrivateDirectory::Make(journal.directory())) {}

bool JournalLock::TryAlone(std::chrono::milliseconds patience) {
  using std::chrono::steady_clock;
  const auto until = steady_clock::now() + patience;
  while (flock(directory_.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      throw ErrnoError("lock the journal " + directory_.path(), errno);
    if (steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

void JournalLock::Share() {
  while (flock(directory_.fd(), LOCK_SH) != 0)
    if (errno != EINTR)
      throw ErrnoError("lock the journal " + directory_.path(), errno);
}

}  // namespace daxmend
