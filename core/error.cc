// SPDX-License-Identifier: GPL-2.0-only

#include "core/error.h"

#include <system_error>
#include <utility>

namespace daxmend {
namespace {

std::string Behind(const std::string& way_out) {
  return way_out.empty() ? "" : ": " + way_out;
}

}  // namespace

Error::Error(const std::string& what, ErrorParts parts, int code)
    : std::runtime_error(what), parts_(std::move(parts)), code_(code) {}

Error::Error(ErrorParts parts, int code)
    : Error(parts.thing + (parts.thing.empty() ? "" : " ") + parts.cause +
                Behind(parts.way_out),
            parts, code) {}

Error ErrnoError(const std::string& what, int error,
                 const std::string& way_out) {
  const std::string cause = std::generic_category().message(error);
  return Error(what + ": " + cause + Behind(way_out),
               {.thing = what, .cause = cause, .way_out = way_out}, error);
}

}  // namespace daxmend
