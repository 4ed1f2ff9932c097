// SPDX-License-Identifier: GPL-2.0-only

#include "device/dax/dax_media.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "core/error.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

// Loaded at once to see whether that can be done.
constexpr uint64_t kProbeBytes = uint64_t{64} * 1024;

std::string BytesText(DeviceRange range, const DaxNode& node) {
  return fmt::format("bytes {} to {} of {}", range.begin, range.end,
                     node.node());
}

std::string SectorsText(UnitRange sectors, const DaxNode& node) {
  return fmt::format("sectors {} to {} of {}", sectors.begin, sectors.end,
                     node.node());
}

DeviceRange BytesOf(UnitRange sectors) {
  return {sectors.begin * kSectorBytes, sectors.end * kSectorBytes};
}

}  // namespace

const MappedFile& DaxBytes::Mapped(DeviceRange range) {
  if (range.end > node_.mappable())
    throw Error({.thing = BytesText(range, node_),
                 .cause = fmt::format("cannot be reached, because its {} bytes "
                                      "are no multiple of {}, by which it is "
                                      "mapped",
                                      node_.size, node_.align)});
  if (!mapped_) {
    const FileDescriptor fd = FileDescriptor::Open(node_.node(), O_RDWR);
    mapped_ = std::make_unique<MappedFile>(
        MappedFile::Options{.fd = fd.get(),
                            .path = node_.node(),
                            .dax = true,
                            .writable = true,
                            .size = node_.mappable()});
  }
  return *mapped_;
}

std::string DaxBytes::Read(DeviceRange range) {
  std::string bytes(range.length(), '\0');
  if (Mapped(range).Read(range.begin, bytes.data(), bytes.size()) < 0)
    throw ErrnoError("read " + BytesText(range, node_), EIO);
  return bytes;
}

void DaxBytes::Write(DeviceRange range, std::string_view content) {
  if (content.size() != range.length())
    throw Error(
        {.thing = BytesText(range, node_),
         .cause = fmt::format("are not filled by {} bytes", content.size())});
  if (Mapped(range).Write(range.begin, content.data(), content.size()) < 0)
    throw ErrnoError("write " + BytesText(range, node_), EIO);
}

bool DaxBytes::Readable(DeviceRange range) {
  std::string scratch(std::min(range.length(), kProbeBytes), '\0');
  const MappedFile& mapped = Mapped(range);
  for (; !range.empty(); range.begin += std::min(range.length(), kProbeBytes))
    if (mapped.Read(range.begin, scratch.data(),
                    std::min(range.length(), kProbeBytes)) < 0)
      return false;
  return true;
}

PoisonView DaxMedia::Poison() {
  // Its region stays when its namespace goes.
  if (!FindDaxNode(bytes_.node().name)) throw NodeGoneAway(bytes_.node().name);
  const BadblocksView& view = list_.Now();
  return {.units = view.sectors, .cut = view.cut};
}

std::string DaxMedia::Read(UnitRange sectors) {
  // A load of what is listed is a machine check on hardware.
  if (!IntersectAll(sectors, Poison().units).empty())
    throw ErrnoError("read " + SectorsText(sectors, bytes_.node()), EIO);
  return bytes_.Read(BytesOf(sectors));
}

bool DaxMedia::Readable(UnitRange sectors) {
  return IntersectAll(sectors, Poison().units).empty() &&
         bytes_.Readable(BytesOf(sectors));
}

void DaxMedia::Clear(UnitRange bad) {
  const SpaRange spa =
      SpaRange::OfLength(device_->media().begin + bad.begin * kSectorBytes,
                         bad.length() * kSectorBytes);
  std::string why;
  const int64_t cleared = device_->ClearErrors(spa, &why);
  if (cleared == static_cast<int64_t>(spa.length())) return;
  throw ErrnoError("clear " + SectorsText(bad, bytes_.node()),
                   cleared < 0 ? static_cast<int>(-cleared) : EIO, why);
}

void DaxMedia::Write(UnitRange sectors, std::string_view content) {
  if (content.size() != sectors.length() * kSectorBytes)
    throw Error(
        {.thing = SectorsText(sectors, bytes_.node()),
         .cause = fmt::format("are not filled by {} bytes", content.size())});
  const std::vector<UnitRange> listed = Poison().units;
  const uint64_t at_once = std::max<uint64_t>(1, clear_unit_ / kSectorBytes);
  for (UnitRange bad : IntersectAll(sectors, listed)) {
    // Firmware that clears more at once may leave anything in the rest of it.
    const UnitRange all = Intersect(
        AlignOut(bad, at_once), {0, bytes_.node().mappable() / kSectorBytes});
    std::map<uint64_t, std::string> around;
    for (UnitRange good : Subtract(all, listed))
      around[good.begin] = bytes_.Read(BytesOf(good));
    // What is bad there, too, is good then, and nobody's bytes.
    if (!device_->ClearingKeepsBytes())
      for (UnitRange other : IntersectAll(all, listed))
        for (UnitRange rest : Subtract(other, {sectors}))
          around[rest.begin] = std::string(rest.length() * kSectorBytes, '\0');
    Clear(bad);
    for (const auto& [at, bytes] : around)
      bytes_.Write(DeviceRange::OfLength(at * kSectorBytes, bytes.size()),
                   bytes);
  }
  bytes_.Write(BytesOf(sectors), content);
}

const std::vector<DeviceRange>& DaxList::Now() {
  const BadblocksView& view = list_.Now();
  cut_ = view.cut;
  bad_.clear();
  for (UnitRange sectors : view.sectors) bad_.push_back(BytesOf(sectors));
  return bad_;
}

}  // namespace daxmend
