// SPDX-License-Identifier: GPL-2.0-only
//
// What was made for guests by the build (cmake/GuestImage.cmake) or by an
// installed daxmend (image_cache.h), in one directory:
//
//   nfit.aml ssdt.aml       the firmware, parameters not yet filled in
//   base.cpio.zst           the distribution's programs and libraries
//   overlay.cpio.zst        daxmend, its engine, the job files, the init script
//   images                  names of the stock kernels' directories below
//   NAME/version            a kernel's version (uname -r)
//   NAME/kernel             that kernel, uncompressed where that boots
//   NAME/modules.cpio.zst   the modules a guest needs
//
// Values; thread-safe.

#ifndef DAXMEND_MACHINE_IMAGE_GUEST_IMAGE_H_
#define DAXMEND_MACHINE_IMAGE_GUEST_IMAGE_H_

#include <string>
#include <vector>

namespace daxmend {

struct GuestImage {
  std::string version;   // uname -r; empty when the kernel does not say
  std::string kernel;    // file for QEMU to boot
  bool modules = false;  // whether any of the archives has modules for it
  // Archives of the initial file system, in order.
  std::vector<std::string> archives;
  std::string nfit;  // compiled tables, parameters not yet filled in
  std::string ssdt;
};

// The directory the build put images in, beside the running daxmend; an
// installed one has image_cache.h. Throws Error when there is none.
std::string GuestImageDirectory();

// The image `kernel` names: "stock" is the first; "none", "mainline" and "flag"
// are those of kernel/README.md, where they were built; a prefix of a version
// that a dot, dash, plus or its end follows ("6.12") is the first that has it;
// and anything with a slash is a kernel's file, which gets the modules of the
// image of its version, or none. Throws Error for what is not there.
GuestImage FindGuestImage(const std::string& directory,
                          const std::string& kernel);

// Whether `version` begins with `prefix` and goes on with another part: 6.12.3
// is a 6.12 and no 6.1.
bool IsVersion(const std::string& version, const std::string& prefix);

// The version a vmlinux or bzImage was built as; empty when it does not say.
std::string KernelVersion(const std::string& file);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_IMAGE_GUEST_IMAGE_H_
