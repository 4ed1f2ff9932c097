// SPDX-License-Identifier: GPL-2.0-only

#include "device/dax/dax_node.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "core/error.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

// The number in a file of sysfs; 0 where there is none.
uint64_t NumberFrom(const fs::path& file) try {
  return std::strtoull(ReadFile(file.string()).c_str(), nullptr, 0);
} catch (const Error&) {
  return 0;
}

// What is in a directory of sysfs; devices may go while it is read.
std::vector<std::string> NamesIn(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error))
    names.push_back(at->path().filename());
  return names;
}

std::string NameOfLink(const fs::path& link) {
  std::error_code error;
  const fs::path to = fs::read_symlink(link, error);
  return error ? "" : to.filename().string();
}

}  // namespace

std::optional<DaxNode> FindDaxNode(const std::string& name,
                                   const std::string& devices) {
  if (name.empty() || name.find('/') != std::string::npos) return std::nullopt;
  std::error_code error;
  // .../ndbus0/region0/dax0.1/dax0.0
  const fs::path at = fs::canonical(fs::path(devices) / name, error);
  if (error) return std::nullopt;
  DaxNode node{.name = name,
               .size = NumberFrom(at / "size"),
               .align = NumberFrom(at / "align"),
               .driver = NameOfLink(at / "driver"),
               .parent = at.parent_path().filename(),
               .region = {}};
  const fs::path region = at.parent_path().parent_path();
  if (region.parent_path().filename().string().starts_with("ndbus"))
    node.region = region.filename();
  return node;
}

std::optional<DaxNode> DaxNodeOf(dev_t number, const std::string& devices) {
  const std::string wanted = fmt::format("{}:{}", major(number), minor(number));
  for (const std::string& name : NamesIn(devices)) try {
      const std::string dev = ReadFile(devices + "/" + name + "/dev");
      if (dev.substr(0, dev.find('\n')) == wanted)
        return FindDaxNode(name, devices);
    } catch (const Error&) {
      // Without its driver it has no number.
    }
  return std::nullopt;
}

std::optional<DaxNode> DaxNodeOfPath(const std::string& path,
                                     const std::string& devices) {
  struct stat st;
  if (stat(path.c_str(), &st) == 0)
    return S_ISCHR(st.st_mode) ? DaxNodeOf(st.st_rdev, devices) : std::nullopt;
  if (errno != ENOENT || !path.starts_with("/dev/dax")) return std::nullopt;
  return FindDaxNode(path.substr(5), devices);
}

std::optional<DaxNode> DaxNodeOn(const std::string& region,
                                 const std::string& parent,
                                 const std::string& devices) {
  for (const std::string& name : NamesIn(devices)) {
    const auto node = FindDaxNode(name, devices);
    if (node && node->region == region && node->parent == parent) return node;
  }
  return std::nullopt;
}

Error NodeGoneAway(const std::string& node) {
  return Error({.thing = "/dev/" + node,
                .cause = "has gone away",
                .way_out = "enable its namespace again"});
}

void RequireMappable(const DaxNode& node) {
  const std::string way_out =
      "run 'daxctl reconfigure-device --mode=devdax " + node.name + "' first";
  if (node.driver == "kmem")
    throw Error({.thing = node.node(),
                 .cause = "is system RAM now (driver kmem), and its bytes are "
                          "everybody's",
                 .way_out = way_out});
  if (node.driver != kDeviceDaxDriver)
    throw Error({.thing = node.node(),
                 .cause = node.driver.empty() ? "has no driver"
                                              : "has the driver " + node.driver,
                 .way_out = way_out});
  if (node.mappable() == 0)
    throw Error({.thing = node.node(),
                 .cause = fmt::format("has {} bytes, less than the {} to which "
                                      "mappings are aligned",
                                      node.size, node.align),
                 .way_out = "make its namespace larger, or its alignment "
                            "smaller ('ndctl create-namespace -a')"});
}

void RequirePersistent(const DaxNode& node) {
  RequireMappable(node);
  if (node.region.empty())
    throw Error({.thing = node.node(),
                 .cause = fmt::format("is volatile memory ({}), of which no "
                                      "list of poison is kept",
                                      node.parent),
                 .way_out = "of CXL memory, name its device (mem0)"});
}

}  // namespace daxmend
