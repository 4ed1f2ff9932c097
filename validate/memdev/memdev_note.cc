// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/memdev_note.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/error.h"
#include "core/text.h"
#include "inject/undo/private_directory.h"

namespace daxmend {
namespace {

using nlohmann::ordered_json;

constexpr int kSchema = 1;
constexpr std::string_view kKind = ".memdev";
constexpr std::string_view kLockKind = ".memdev-lock";
constexpr uint64_t kMostBytes = 1 << 20;

std::string HexOf(std::string_view bytes) {
  std::string out;
  for (char c : bytes)
    out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::string BytesOf(const std::string& hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return out;
}

// The lock of a device's note; none while somebody has it.
std::optional<FileDescriptor> TryLock(const PrivateDirectory& directory,
                                      const std::string& name) {
  FileDescriptor fd(openat(directory.fd(), name.c_str(),
                           O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) throw ErrnoError("open " + directory.path() + "/" + name, errno);
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return std::nullopt;
  return fd;
}

// By its registers, which a driver may have taken since (after a reboot it
// has): the kernel keeps some of what is to be undone to itself.
std::string RestoreDirectly(const MemdevNote& note, const MemdevPlace& place,
                            MemdevHost& host) {
  if (note.undo.empty()) {
    if (place.driver.empty()) host.Bind(place.address, note.driver);
    return "";
  }
  host.RequireNoLockdown();
  if (!place.driver.empty()) {
    if (place.driver != note.driver || place.name.empty())
      throw Error({.thing = place.address,
                   .cause = "has the driver " + place.driver +
                            (place.name.empty() ? ", and is no memN" : ""),
                   .way_out = "unbind that, and run 'daxmend restore' again"});
    host.RequireUnused(place.name, true);
    host.Unbind(place.address, place.driver);
  }
  std::string left;
  try {
    left = PutBack(*host.Directly(note.facts, place.address), note.undo);
  } catch (...) {
    host.Bind(place.address, note.driver);
    throw;
  }
  host.Bind(place.address, note.driver);
  return left;
}

// Puts the device back as the note says. Returns what could not be.
std::string Restore(const MemdevNote& note, MemdevHost& host) {
  const MemdevPlace place = OnlyPlaceOf(host, note.facts.serial);
  if (note.direct()) return RestoreDirectly(note, place, host);
  if (note.undo.empty()) return "";
  if (place.name.empty())
    throw Error({.thing = place.address,
                 .cause = "has no driver cxl_pci to ask it by",
                 .way_out = "bind that, and run 'daxmend restore' again"});
  return PutBack(*host.ByKernel(host.Facts(place.name)), note.undo);
}

Error LeftChanged(const std::string& device) {
  return Error({.thing = device,
                .cause = "was left changed by a validation that was killed",
                .way_out = "run 'daxmend restore' first"});
}

MemdevRebootMarks DecodeMarks(const nlohmann::json& json) {
  MemdevRebootMarks marks;
  marks.no_poison = json.at("no_poison");
  marks.no_labels = json.at("no_labels");
  marks.no_count = json.at("no_count");
  marks.identity = BytesOf(json.at("identity"));
  marks.labels = BytesOf(json.at("labels"));
  marks.dirty_shutdowns = json.at("dirty_shutdowns");
  return marks;
}

}  // namespace

std::string Encode(const MemdevNote& note) {
  ordered_json commands = ordered_json::array();
  for (const MemdevUndo::Command& command : note.undo.commands)
    commands.push_back({{"opcode", static_cast<unsigned>(command.command)},
                        {"payload", HexOf(command.payload)}});
  ordered_json json{{"schema", kSchema},
                    {"memdev", note.facts.name},
                    {"serial", note.facts.serial},
                    {"firmware", note.facts.firmware},
                    {"volatile_bytes", note.facts.volatile_bytes},
                    {"persistent_bytes", note.facts.persistent_bytes},
                    {"payload_bytes", note.facts.payload_bytes},
                    {"label_bytes", note.facts.label_bytes},
                    {"address", note.address},
                    {"driver", note.driver},
                    {"begin", note.undo.range.begin},
                    {"end", note.undo.range.end},
                    {"read_at", note.undo.read_at},
                    {"commands", std::move(commands)}};
  if (note.marks)
    json["reboot"] = {{"identity", HexOf(note.marks->identity)},
                      {"labels", HexOf(note.marks->labels)},
                      {"dirty_shutdowns", note.marks->dirty_shutdowns},
                      {"no_poison", note.marks->no_poison},
                      {"no_labels", note.marks->no_labels},
                      {"no_count", note.marks->no_count}};
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) +
         "\n";
}

Decoded<MemdevNote> DecodeNote(std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.at("schema") != kSchema)
      return {.value = {}, .error = "it has an unknown schema"};
    MemdevNote note;
    note.facts = {.name = json.at("memdev"),
                  .firmware = json.at("firmware"),
                  .serial = json.at("serial"),
                  .volatile_bytes = json.at("volatile_bytes"),
                  .persistent_bytes = json.at("persistent_bytes"),
                  .payload_bytes = json.at("payload_bytes"),
                  .label_bytes = json.at("label_bytes")};
    note.address = json.at("address");
    note.driver = json.at("driver");
    note.undo.range = {json.at("begin"), json.at("end")};
    note.undo.read_at = json.at("read_at");
    for (const auto& command : json.at("commands"))
      note.undo.commands.push_back(
          {static_cast<MemdevCommand>(command.at("opcode").get<uint16_t>()),
           BytesOf(command.at("payload"))});
    if (json.contains("reboot")) note.marks = DecodeMarks(json.at("reboot"));
    // They become parts of paths.
    for (const std::string& part : {note.address, note.driver})
      if (part.find('/') != std::string::npos)
        return {.value = {}, .error = "it names no PCI device"};
    return {.value = std::move(note), .error = ""};
  } catch (const std::exception&) {
    return {.value = {}, .error = "it is damaged"};
  }
}

MemdevNotes::MemdevNotes(const std::string& journal, uint64_t serial)
    : journal_(journal), name_(Hexadecimal(serial) + std::string(kKind)) {
  Lock(serial);
  const PrivateDirectory directory = PrivateDirectory::Make(journal_);
  if (!directory.Has(name_)) return;
  const std::string device = "the CXL memory device " + Hexadecimal(serial);
  const Decoded<MemdevNote> note =
      DecodeNote(directory.Read(name_, kMostBytes));
  throw note.value && note.value->marks
      ? Error({.thing = device,
               .cause = "waits for a run with --after-reboot",
               .way_out = "do that, or run 'daxmend restore', first"})
      : LeftChanged(device);
}

MemdevNotes::MemdevNotes(const std::string& journal, uint64_t serial,
                         MemdevNote& waits)
    : journal_(journal), name_(Hexadecimal(serial) + std::string(kKind)) {
  Lock(serial);
  const PrivateDirectory directory = PrivateDirectory::Make(journal_);
  const std::string device = "the CXL memory device " + Hexadecimal(serial);
  if (!directory.Has(name_))
    throw Error(
        {.thing = "the journal " + journal,
         .cause = "has no note of a run with --before-reboot on " + device,
         .way_out = "run with --before-reboot first"});
  Decoded<MemdevNote> note = DecodeNote(directory.Read(name_, kMostBytes));
  if (!note.value)
    throw Error({.thing = device,
                 .cause = "has a note that cannot be used: " + note.error,
                 .way_out = "run 'daxmend restore' first"});
  if (!note.value->marks) throw LeftChanged(device);
  waits = std::move(*note.value);
}

void MemdevNotes::Lock(uint64_t serial) {
  const PrivateDirectory directory = PrivateDirectory::Make(journal_);
  std::optional<FileDescriptor> lock =
      TryLock(directory, Hexadecimal(serial) + std::string(kLockKind));
  if (!lock)
    throw Error({.thing = "the CXL memory device " + Hexadecimal(serial),
                 .cause = "is being validated by somebody else",
                 .way_out = "wait for that to end"});
  lock_ = std::move(*lock);
}

void MemdevNotes::Write(const MemdevNote& note) {
  PrivateDirectory::Make(journal_).Write(name_, Encode(note));
}

void MemdevNotes::Remove() {
  PrivateDirectory directory = PrivateDirectory::Make(journal_);
  if (directory.Has(name_)) directory.Remove(name_);
  directory.Sync();
}

std::vector<MemdevRestored> RestoreMemdevs(const std::string& journal,
                                           MemdevHost& host) {
  std::vector<MemdevRestored> all;
  std::optional<PrivateDirectory> directory = PrivateDirectory::Open(journal);
  if (!directory) return all;
  for (const std::string& name : directory->Names()) {
    if (!name.ends_with(kKind)) continue;
    const std::string device = name.substr(0, name.size() - kKind.size());
    const std::optional<FileDescriptor> lock =
        TryLock(*directory, device + std::string(kLockKind));
    if (!lock) continue;
    MemdevRestored restored{.device = device, .error = ""};
    try {
      const Decoded<MemdevNote> note =
          DecodeNote(directory->Read(name, kMostBytes));
      restored.error = note.value ? Restore(*note.value, host) : note.error;
    } catch (const Error& error) {
      restored.error = error.what();
    }
    if (restored.error.empty()) {
      directory->Remove(name);
      directory->Sync();
    }
    all.push_back(std::move(restored));
  }
  return all;
}

}  // namespace daxmend
