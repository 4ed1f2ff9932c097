// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/owner.h"

#include <fmt/core.h>

#include "core/printable.h"

namespace daxmend {

std::string_view NameOf(Owner::Kind kind) {
  switch (kind) {
    case Owner::Kind::kFile:
      return "file";
    case Owner::Kind::kNameless:
      return "nameless file";
    case Owner::Kind::kMetadata:
      return "metadata";
    case Owner::Kind::kFree:
      return "free";
    case Owner::Kind::kAllocated:
      return "allocated";
    case Owner::Kind::kUnseen:
      return "unseen";
    case Owner::Kind::kNamespace:
      return "namespace";
    case Owner::Kind::kUnknown:
      break;
  }
  return "unknown";
}

std::string Describe(const Owner& owner) {
  switch (owner.kind) {
    case Owner::Kind::kFile:
      if (owner.links <= 1) return Printable(owner.path);
      return fmt::format("{} (one of its {} names)", Printable(owner.path),
                         owner.links);
    case Owner::Kind::kNameless:
      return fmt::format("an unlinked file, inode {}", owner.inode);
    case Owner::Kind::kMetadata:
      if (owner.path.empty()) return "file-system metadata";
      return "file-system metadata: directory " + Printable(owner.path);
    case Owner::Kind::kFree:
      return "free space";
    case Owner::Kind::kAllocated:
      return "an unknown allocation: file-system metadata?";
    case Owner::Kind::kUnseen:
      return (owner.inode ? fmt::format("inode {}, unseen", owner.inode)
                          : std::string("unseen")) +
             ": a mounted file system is there (" + Printable(owner.path) +
             ") whose other directories cannot be seen from here";
    case Owner::Kind::kNamespace:
      return (owner.path.empty() ? "no namespace" : owner.path) +
             (owner.detail.empty() ? "" : " (" + owner.detail + ")");
    case Owner::Kind::kUnknown:
      break;
  }
  return owner.detail.empty()
             ? "unknown: no mounted file system is there"
             : "unknown: no mounted file system there can be asked (" +
                   owner.detail + " is above)";
}

}  // namespace daxmend
