// SPDX-License-Identifier: GPL-2.0-only
//
// A file's media for who does I/O on it until poison comes: beside what a
// recovery does (media.h), where poison is listed, and what is held open for
// it.
//
// For one thread.

#ifndef DAXMEND_RECOVERY_WATCHED_MEDIA_H_
#define DAXMEND_RECOVERY_WATCHED_MEDIA_H_

#include <ctime>
#include <string>
#include <vector>

#include "recovery/media.h"
#include "system/dax_file.h"

namespace daxmend {

class WatchedMedia : public Media {
 public:
  virtual const DaxFile& file() const = 0;
  // Closes what only poison needs. It is opened again when there is some, or
  // now.
  virtual void Rest() = 0;
  virtual void Wake() = 0;
  // Is anything on the device's list, or cannot it be read?
  virtual bool AnyListed() = 0;
  // Locate() without reading the media: where only a part of the list is shown,
  // *hidden are the parts of `pages` that the rest may be about.
  virtual int LocateListed(FileRange pages, Layout* layout,
                           std::vector<FileRange>* hidden) = 0;
  // Poison is what the device lists: I/Os do not fail by it.
  virtual bool KnowsByDevice() const = 0;
  void Pause() override {
    const timespec millisecond = {0, 1'000'000};
    nanosleep(&millisecond, nullptr);
  }
  // Why the last ClearErrors() failed.
  virtual std::string clearing_reason() const = 0;
};

}  // namespace daxmend

#endif  // DAXMEND_RECOVERY_WATCHED_MEDIA_H_
