// SPDX-License-Identifier: GPL-2.0-only

#include "inject/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/error.h"
#include "core/file_io.h"
#include "core/json_reader.h"

namespace daxmend {
namespace {

// An entry that overwrites has a schema of its own: a daxmend that does not
// know of it would rewrite what is listed as bad and then remove the only copy.
constexpr uint64_t kSchema = 1;
constexpr uint64_t kOverwritesSchema = 2;
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

void Sync(const std::string& directory) {
  if (int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      fd >= 0) {
    fsync(fd);
    close(fd);
  }
}

// With its parents, each of them synced into its own parent: an entry is worth
// nothing after a power cut if the directory it is in is not there.
void MakeDirectory(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error) || path.empty()) return;
  const std::filesystem::path parent = path.parent_path();
  if (parent != path) MakeDirectory(parent);
  std::filesystem::create_directory(path, error);
  if (error)
    throw Error("make the journal " + path.string() + ": " + error.message());
  Sync(parent.empty() ? "." : parent.string());
}

std::string MetaJson(const JournalEntry& entry) {
  nlohmann::ordered_json sectors = nlohmann::ordered_json::array();
  for (SectorRange r : entry.sectors)
    sectors.push_back(nlohmann::ordered_json::array({r.begin, r.end}));
  return nlohmann::ordered_json{
             {"schema", entry.overwrites ? kOverwritesSchema : kSchema},
             {"injector", entry.injector},
             {"disk", entry.disk},
             {"namespace_uuid", entry.namespace_uuid},
             {"file", entry.file},
             {"sectors", std::move(sectors)}}
             .dump(1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

JournalEntry ReadEntry(const std::filesystem::path& path) {
  const std::string source = path;
  const nlohmann::json document = ParseJson(ReadFile(source), source);
  const JsonReader root(document, source);
  const uint64_t schema = root.At("schema").Unsigned();
  if (schema != kSchema && schema != kOverwritesSchema)
    root.At("schema").Fail("is not " + std::to_string(kSchema) + " or " +
                           std::to_string(kOverwritesSchema) +
                           ": restore with the daxmend that wrote it");
  JournalEntry entry{
      .id = path.stem(),
      .injector = root.At("injector").String(),
      .disk = root.At("disk").String(),
      .namespace_uuid = root.At("namespace_uuid").String(),
      .file = root.At("file").String(),
      .sectors = {},
      .content =
          ReadFile(std::filesystem::path(path).replace_extension(".data")),
      .overwrites = schema == kOverwritesSchema};
  if (entry.file.starts_with(kOldValidate)) entry.overwrites = true;
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
  MakeDirectory(directory_);
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

std::vector<JournalEntry> Journal::Entries(
    std::vector<std::string>* damaged) const {
  std::vector<JournalEntry> entries;
  std::error_code error;
  std::filesystem::directory_iterator files(directory_, error);
  if (error == std::errc::no_such_file_or_directory) return entries;
  if (error)
    throw Error("read the journal " + directory_ + ": " + error.message());
  for (const auto& file : files)
    if (file.path().extension() == ".json") try {
        entries.push_back(ReadEntry(file.path()));
      } catch (const Error& e) {
        if (!damaged) throw;
        damaged->push_back(e.what());
      }
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
  Sync(directory_);
}

void Journal::Sweep() {
  namespace fs = std::filesystem;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(directory_, error)) {
    const fs::path& path = file.path();
    const bool orphan =
        path.extension() == ".data" &&
        !fs::exists(fs::path(path).replace_extension(".json"), error);
    // "ID.json.XXXXXX" (ReplaceFile)
    const std::string kind = path.stem().extension();
    const bool temporary = (kind == ".json" || kind == ".data") &&
                           path.extension().native().size() == 7;
    if (orphan || temporary) unlink(path.c_str());
  }
}

JournalLock::JournalLock(const Journal& journal)
    : path_(journal.directory()), directory_() {
  MakeDirectory(path_);
  directory_ = FileDescriptor::Open(path_, O_RDONLY | O_DIRECTORY);
}

bool JournalLock::TryAlone(std::chrono::milliseconds patience) {
  using std::chrono::steady_clock;
  const auto until = steady_clock::now() + patience;
  while (flock(directory_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      throw ErrnoError("lock the journal " + path_, errno);
    if (steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

void JournalLock::Share() {
  while (flock(directory_.get(), LOCK_SH) != 0)
    if (errno != EINTR) throw ErrnoError("lock the journal " + path_, errno);
}

}  // namespace daxmend
