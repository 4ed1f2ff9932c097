// SPDX-License-Identifier: GPL-2.0-only

#include "machine/image/guest_image.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "core/error.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

// Built on demand (kernel/README.md).
constexpr const char* kStudyKernels[] = {"none", "mainline", "flag",
                                         "flag-late"};

std::string FirstWord(const std::string& text) {
  std::string word;
  std::istringstream(text) >> word;
  return word;
}

struct Kernel {
  std::string name;
  std::string directory;
  std::string version;
};

std::vector<Kernel> Kernels(const std::string& directory) {
  std::vector<std::string> names;
  std::istringstream stock(ReadFile(directory + "/images"));
  for (std::string name; stock >> name;) names.push_back(name);
  for (const char* name : kStudyKernels)
    if (fs::exists(directory + "/" + name + "/version")) names.push_back(name);
  std::vector<Kernel> kernels;
  for (const std::string& name : names) {
    const std::string kernel = directory + "/" + name;
    kernels.push_back({name, kernel, FirstWord(ReadFile(kernel + "/version"))});
  }
  if (kernels.empty())
    throw Error({.thing = directory,
                 .cause = "has no guest kernel",
                 .way_out = "build daxmend again"});
  return kernels;
}

}  // namespace

std::string GuestImageDirectory() {
  const fs::path program = fs::read_symlink("/proc/self/exe");
  const fs::path beside = program.parent_path() / "guest";
  if (fs::exists(beside / "images")) return beside;
  throw Error({.thing = beside.string(),
               .cause = "has no guest image",
               .way_out = "configure with -DDAXMEND_GUEST=ON and build the "
                          "target guest"});
}

bool IsVersion(const std::string& version, const std::string& prefix) {
  if (!version.starts_with(prefix) || prefix.empty()) return false;
  return version.size() == prefix.size() ||
         std::string(".-+").find(version[prefix.size()]) != std::string::npos;
}

std::string KernelVersion(const std::string& file) {
  const std::string bytes = ReadFile(file);
  // Documentation/arch/x86/boot.rst: a bzImage points to its version.
  if (bytes.size() > 0x210 && bytes.compare(0x202, 4, "HdrS") == 0) {
    const size_t at = 0x200 + (static_cast<unsigned char>(bytes[0x20e]) |
                               static_cast<unsigned char>(bytes[0x20f]) << 8);
    return at < bytes.size() ? FirstWord(bytes.substr(at, 128)) : "";
  }
  const std::string banner = "Linux version ";
  for (size_t at = 0; (at = bytes.find(banner, at)) != std::string::npos;) {
    at += banner.size();
    // The banner's format string comes without a version.
    if (at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '9')
      return FirstWord(bytes.substr(at, 128));
  }
  return "";
}

GuestImage FindGuestImage(const std::string& directory,
                          const std::string& kernel) {
  const std::vector<Kernel> kernels = Kernels(directory);
  GuestImage image;
  image.nfit = directory + "/nfit.aml";
  image.ssdt = directory + "/ssdt.aml";
  image.archives = {directory + "/base.cpio.zst",
                    directory + "/overlay.cpio.zst"};
  auto modules_of = [](const Kernel& found) {
    return found.directory + "/modules.cpio.zst";
  };

  if (kernel.find('/') != std::string::npos) {
    image.kernel = kernel;
    image.version = KernelVersion(kernel);
    for (const Kernel& known : kernels) {
      if (known.version != image.version) continue;
      image.archives.push_back(modules_of(known));
      image.modules = true;
      break;
    }
    return image;
  }
  std::string versions;
  for (const Kernel& known : kernels) {
    if (kernel == "stock" || kernel == known.name ||
        IsVersion(known.version, kernel)) {
      image.kernel = known.directory + "/kernel";
      image.version = known.version;
      image.archives.push_back(modules_of(known));
      image.modules = true;
      return image;
    }
    versions += " " + known.version;
  }
  if (std::ranges::find(kStudyKernels, kernel) != std::end(kStudyKernels))
    throw Error({.thing = "the kernel " + kernel,
                 .cause = "is not built yet",
                 .way_out = "build it with ./quickstart kernels"});
  throw Error({.thing = "guest kernel " + kernel,
               .cause = "was not built (there is" + versions + ")",
               .way_out = "name one of these, a file, or add its package to "
                          "DAXMEND_GUEST_KERNEL_PACKAGES"});
}

}  // namespace daxmend
