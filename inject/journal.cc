// SPDX-License-Identifier: GPL-2.0-only

#include "inject/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file_io.h"
#include "core/json_reader.h"

namespace daxmend {
namespace {

constexpr int kSchema = 1;

// Sorts by time, and no two processes can make the same one.
std::string NewId() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  char id[64];
  std::snprintf(id, sizeof id, "%012lld.%09ld.%d",
                static_cast<long long>(now.tv_sec), now.tv_nsec, getpid());
  return id;
}

std::string MetaJson(const JournalEntry& entry) {
  nlohmann::ordered_json sectors = nlohmann::ordered_json::array();
  for (SectorRange r : entry.sectors)
    sectors.push_back(nlohmann::ordered_json::array({r.begin, r.end}));
  return nlohmann::ordered_json{
             {"schema", kSchema},  {"injector", entry.injector},
             {"disk", entry.disk}, {"namespace_uuid", entry.namespace_uuid},
             {"file", entry.file}, {"sectors", std::move(sectors)}}
             .dump(1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

JournalEntry ReadEntry(const std::filesystem::path& path) {
  const std::string source = path;
  const nlohmann::json document = ParseJson(ReadFile(source), source);
  const JsonReader root(document, source);
  if (root.At("schema").Unsigned() != kSchema)
    root.At("schema").Fail("is not " + std::to_string(kSchema) +
                           ": restore with the daxmend that wrote it");
  JournalEntry entry{
      .id = path.stem(),
      .injector = root.At("injector").String(),
      .disk = root.At("disk").String(),
      .namespace_uuid = root.At("namespace_uuid").String(),
      .file = root.At("file").String(),
      .sectors = {},
      .content =
          ReadFile(std::filesystem::path(path).replace_extension(".data"))};
  uint64_t total = 0;
  for (const JsonReader& r : root.At("sectors").Elements()) {
    const std::vector<JsonReader> ends = r.Elements();
    if (ends.size() != 2) r.Fail("is not [first, end)");
    const SectorRange range{ends[0].Unsigned(), ends[1].Unsigned()};
    if (range.empty() || range.end > UINT64_MAX / kSectorBytes)
      r.Fail("is not a range of sectors");
    entry.sectors.push_back(range);
    total += range.length();
  }
  if (entry.sectors != Normalize(entry.sectors))
    root.At("sectors").Fail("are not ascending and apart");
  if (entry.content.size() != total * kSectorBytes)
    root.At("sectors").Fail("need " + std::to_string(total * kSectorBytes) +
                            " bytes beside them in the .data file, not " +
                            std::to_string(entry.content.size()));
  return entry;
}

}  // namespace

std::string_view JournalEntry::ContentOf(SectorRange part) const {
  uint64_t at = 0;
  for (SectorRange range : sectors) {
    if (range.Contains(part))
      return std::string_view(content).substr(
          (at + part.begin - range.begin) * kSectorBytes,
          part.length() * kSectorBytes);
    at += range.length();
  }
  throw Error("journal entry " + id + " has no sector " +
              std::to_string(part.begin));
}

std::string Journal::Add(const JournalEntry& entry) {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (error)
    throw Error("make the journal " + directory_ + ": " + error.message());
  const std::string id = NewId();
  const std::string base = directory_ + "/" + id;
  ReplaceFile(base + ".data", entry.content);
  try {
    ReplaceFile(base + ".json", MetaJson(entry));
  } catch (...) {
    unlink((base + ".data").c_str());
    throw;
  }
  return id;
}

std::vector<JournalEntry> Journal::Entries() const {
  std::vector<JournalEntry> entries;
  std::error_code error;
  std::filesystem::directory_iterator files(directory_, error);
  if (error == std::errc::no_such_file_or_directory) return entries;
  if (error)
    throw Error("read the journal " + directory_ + ": " + error.message());
  for (const auto& file : files)
    if (file.path().extension() == ".json")
      entries.push_back(ReadEntry(file.path()));
  std::sort(
      entries.begin(), entries.end(),
      [](const JournalEntry& a, const JournalEntry& b) { return a.id < b.id; });
  return entries;
}

void Journal::Remove(const std::string& id) {
  const std::string base = directory_ + "/" + id;
  // The JSON goes first: data without it is no entry.
  if (unlink((base + ".json").c_str()) != 0)
    throw ErrnoError("remove journal entry " + base + ".json", errno);
  unlink((base + ".data").c_str());
  if (int fd = open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      fd >= 0) {
    fsync(fd);
    close(fd);
  }
}

}  // namespace daxmend
