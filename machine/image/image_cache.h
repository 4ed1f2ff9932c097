// SPDX-License-Identifier: GPL-2.0-only
//
// The guest image of an installed daxmend (guest_image.h has what is in one).
// A build makes it with the program; a package cannot, because most of it is
// this machine's own fio, ndctl and kernel. So it is made when a guest is first
// wanted, by the same scripts, in the user's cache directory; no root is
// needed.
//
// Each part has a file beside it that says what it was made of: names, sizes
// and times. A part is made anew when that has changed (a package was
// upgraded), and it replaces the old one only when it is whole. A kernel stays
// the one it was, until the directory is removed.
//
// Any number of processes may use one directory: a lock makes them wait.

#ifndef DAXMEND_MACHINE_IMAGE_IMAGE_CACHE_H_
#define DAXMEND_MACHINE_IMAGE_IMAGE_CACHE_H_

#include <functional>
#include <string>

#include "machine/image/installation.h"

namespace daxmend {

struct ImageCacheRequest {
  Installation installation;
  std::string directory;  // UserImageDirectory()
  // As FindGuestImage() takes it.
  std::string kernel = "stock";
  // Where distributions have kernels and their modules; others in tests.
  std::string boot = "/boot";
  std::string modules = "/lib/modules";
  // Is told what is being made, a line at a time.
  std::function<void(const std::string&)> say;
};

// Where the image for `kernel` is: beside a program in a build tree; of an
// installed one in the user's cache directory, after UpdateImageCache(). Throws
// Error.
std::string PreparedImageDirectory(
    const std::string& kernel,
    const std::function<void(const std::string&)>& say);

// $XDG_CACHE_HOME/daxmend/guest, or ~/.cache/daxmend/guest. Throws Error when
// neither XDG_CACHE_HOME nor HOME is set.
std::string UserImageDirectory();

// Makes what is missing or out of date, so that FindGuestImage(directory,
// kernel) has it. Throws Error when a program is missing (naming its package),
// when a script fails (with the last thing it said), or when the directory
// cannot be written.
void UpdateImageCache(const ImageCacheRequest& request);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_IMAGE_IMAGE_CACHE_H_
