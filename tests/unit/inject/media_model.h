// SPDX-License-Identifier: GPL-2.0-only
//
// A disk as injecting, restoring and other programs see it together: the bytes
// of its media, what its firmware has as poisoned, what the kernel lists, the
// file on it, and what of it is mapped. It keeps for every sector the newest
// bytes that anybody wrote, so that a test can say whether one is older than
// that.
//
//   MediaModel media(random, /*keeps_bytes=*/true);
//   media.set_others(0.2);   // somebody else acts before one call in five
//   media.KillAfter(7);      // the eighth call throws Killed
//
// Sectors hold a number, a new one at each write. The last page is no file's.
// What nobody can know is not asked for: where the media cannot be read below
// the list (the last page; every page if the firmware does not keep bytes),
// others do not write between a look and the call that acts on it, nor between
// inject's look and the kernel's listing.
//
// Not thread-safe.

#ifndef DAXMEND_TESTS_UNIT_INJECT_MEDIA_MODEL_H_
#define DAXMEND_TESTS_UNIT_INJECT_MEDIA_MODEL_H_

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "device/device_media.h"
#include "device/injector.h"
#include "inject/undo/unlist.h"

namespace daxmend {

// No std::exception: nobody catches it, as nobody catches SIGKILL.
struct Killed {};

class MediaModel : public DeviceMedia, public Unlisting {
 public:
  static constexpr uint64_t kPages = 4;
  static constexpr uint64_t kInPage = kPageBytes / kSectorBytes;
  static constexpr uint64_t kSectors = kPages * kInPage;
  static constexpr uint64_t kNoFile = kPages - 1;

  MediaModel(std::mt19937_64& random, bool keeps_bytes)
      : random_(random), keeps_bytes_(keeps_bytes) {
    for (uint64_t s = 0; s < kSectors; ++s) Wrote(s);
    in_file_.fill(true);
    in_file_[kNoFile] = false;
  }

  void set_others(double chance) { others_ = chance; }
  void KillAfter(int calls) { calls_left_ = calls; }
  void LetLive() { calls_left_ = -1; }

  // What other programs do, and the kernel.

  void Other() {
    const uint64_t page = Below(kPages);
    switch (Below(9)) {
      case 0:
      case 1:
        return WritePage(page);
      case 2:
        return WriteSector(page * kInPage + Below(kInPage));
      case 3:
        return BlockWrite(page * kInPage + Below(kInPage));
      case 4:
        return Store(page * kInPage + Below(kInPage));
      case 5:
        return Map(page);
      case 6:
        return Scrub();
      case 7:
        return Clear(page);
      case 8:
        return Load(page * kInPage + Below(kInPage));
    }
  }
  // A page-aligned write(2) to the file: recovery=write, and punch's second
  // half.
  void WritePage(uint64_t page) {
    if (!in_file_[page] || !MayWrite(page) || Gone(page)) return;
    taken_[page] = false;
    for (uint64_t s = page * kInPage; s < (page + 1) * kInPage; ++s) {
      if (AnyListed(page) || !keeps_bytes_) firmware_.erase(s);
      Wrote(s);
    }
    for (uint64_t s = page * kInPage; s < (page + 1) * kInPage; ++s)
      listed_.erase(s);
  }
  // recovery=punch: the page becomes free space, nobody's bytes.
  void Punch(uint64_t page) {
    if (!in_file_[page]) return;
    in_file_[page] = mapped_[page] = false;
    for (uint64_t s = page * kInPage; s < (page + 1) * kInPage; ++s)
      newest_[s] = 0;
  }
  // The file gets a free page, which is written whole.
  void Allocate(uint64_t page) {
    if (page == kNoFile || in_file_[page]) return;
    in_file_[page] = true;
    WritePage(page);
    if (newest_[page * kInPage] == 0) in_file_[page] = false;
  }
  // The kernel's scrub lists what the firmware has.
  void Scrub() { listed_.insert(firmware_.begin(), firmware_.end()); }
  void Reboot() {
    listed_ = firmware_;
    mapped_.fill(false);
    taken_.fill(false);
  }
  // Met by a load, poison takes its page away, and is listed if there is room.
  void Load(uint64_t sector) {
    const uint64_t page = sector / kInPage;
    if (!in_file_[page] || !firmware_.contains(sector) || taken_[page]) return;
    if (AnyListed(page) && !mapped_[page]) return;
    taken_[page] = true;
    mapped_[page] = false;
    if (Below(2)) listed_.insert(sector);
  }

  // What the test asks.

  bool keeps_bytes() const { return keeps_bytes_; }

  bool Clean() const {
    return listed_.empty() && firmware_.empty() &&
           std::count(taken_.begin(), taken_.end(), true) == 0;
  }
  // Sectors that do not hold the newest bytes, in words.
  std::string Older() const {
    std::string words;
    for (uint64_t s = 0; s < kSectors; ++s)
      if (newest_[s] && bytes_[s] != newest_[s])
        words += "sector " + std::to_string(s) + " has " +
                 std::to_string(bytes_[s]) + ", the newest is " +
                 std::to_string(newest_[s]) + "; ";
    return words;
  }
  const std::set<uint64_t>& firmware() const { return firmware_; }
  const std::set<uint64_t>& listed() const { return listed_; }
  std::vector<SectorRange> Listed() const { return Ranges(listed_); }

  // DeviceMedia.
  std::string Read(SectorRange sectors) override {
    Call();
    if (!Good(sectors)) throw ErrnoError("read", 5);
    std::string content;
    for (uint64_t s = sectors.begin; s < sectors.end; ++s)
      content += Content(bytes_[s]);
    return content;
  }
  void Write(SectorRange sectors, std::string_view content) override {
    calling_write_ = true;
    Call();
    calling_write_ = false;
    for (uint64_t s = sectors.begin; s < sectors.end; ++s) {
      taken_[s / kInPage] = false;  // what cannot be read is listed first
      std::memcpy(&bytes_[s],
                  content.data() + (s - sectors.begin) * kSectorBytes,
                  sizeof bytes_[s]);
      firmware_.erase(s);
      listed_.erase(s);
    }
  }
  bool Readable(SectorRange sectors) override {
    Call();
    return Good(sectors);
  }
  PoisonView Poison() override {
    Call();
    return {.units = Ranges(listed_), .cut = false};
  }

  void List(SectorRange sectors) override {
    calling_write_ = true;
    Call();
    calling_write_ = false;
    for (uint64_t s = sectors.begin; s < sectors.end; ++s) listed_.insert(s);
  }

  // Unlisting.
  std::vector<SectorRange> Unlist(
      const std::vector<SectorRange>& pages) override {
    std::vector<SectorRange> tried;
    for (SectorRange page : pages) {
      Call();
      const uint64_t number = page.begin / kInPage;
      if (!in_file_[number]) continue;
      tried.push_back(page);
      if (!AnyListed(number)) continue;
      taken_[number] = false;
      for (uint64_t s = page.begin; s < page.end; ++s) {
        listed_.erase(s);
        firmware_.erase(s);
      }
    }
    return tried;
  }

  // Injectors, ndctl and badblocks.
  class Firmware : public Injector {
   public:
    explicit Firmware(MediaModel& media) : media_(media) {}
    std::string_view name() const override { return "ndctl"; }
    void Inject(SectorRange sectors, bool notify) override {
      media_.calling_write_ = true;
      media_.Call();
      media_.calling_write_ = false;
      for (uint64_t s = sectors.begin; s < sectors.end; ++s) {
        media_.firmware_.insert(s);
        if (!media_.keeps_bytes_) media_.bytes_[s] = kGarbage;
      }
      if (notify) media_.scrub_asked_ = true;
    }
    void Uninject(SectorRange sectors) override {
      media_.Call();
      for (uint64_t s = sectors.begin; s < sectors.end; ++s)
        media_.firmware_.erase(s);
    }
    std::vector<SectorRange> Injected() override {
      media_.Call();
      return Ranges(media_.firmware_);
    }
    void StartScrub() override { media_.scrub_asked_ = true; }
    void WaitForScrub() override {
      media_.Call();
      if (media_.scrub_asked_) media_.Scrub();
      media_.scrub_asked_ = false;
    }

   private:
    MediaModel& media_;
  };
  class ByHand : public Injector {
   public:
    explicit ByHand(MediaModel& media) : media_(media) {}
    std::string_view name() const override { return "badblocks"; }
    void Inject(SectorRange sectors, bool) override {
      media_.calling_write_ = true;
      media_.Call();
      media_.calling_write_ = false;
      for (uint64_t s = sectors.begin; s < sectors.end; ++s)
        media_.listed_.insert(s);
    }
    void Uninject(SectorRange) override {}
    std::vector<SectorRange> Injected() override {
      return media_.Poison().units;
    }
    void StartScrub() override {}
    void WaitForScrub() override {}

   private:
    MediaModel& media_;
  };

 private:
  static constexpr uint64_t kGarbage = UINT64_MAX;

  static std::string Content(uint64_t number) {
    std::string content(kSectorBytes, '\0');
    std::memcpy(content.data(), &number, sizeof number);
    return content;
  }
  static std::vector<SectorRange> Ranges(const std::set<uint64_t>& sectors) {
    std::vector<SectorRange> ranges;
    for (uint64_t s : sectors) ranges.push_back({s, s + 1});
    return Normalize(std::move(ranges));
  }
  uint64_t Below(uint64_t n) { return random_() % n; }
  void Wrote(uint64_t sector) { bytes_[sector] = newest_[sector] = ++last_; }
  bool Good(SectorRange sectors) const {
    for (uint64_t s = sectors.begin; s < sectors.end; ++s)
      if (listed_.contains(s) || taken_[s / kInPage] ||
          (!keeps_bytes_ && firmware_.contains(s)))
        return false;
    return true;
  }
  // Taken away and not listed: nothing but an oops comes of a write.
  bool Gone(uint64_t page) const { return taken_[page] && !AnyListed(page); }
  bool AnyListed(uint64_t page) const {
    const auto at = listed_.lower_bound(page * kInPage);
    return at != listed_.end() && *at < (page + 1) * kInPage;
  }
  // Can nobody tell what was written where, see above?
  bool Blind(uint64_t page) const { return !keeps_bytes_ || !in_file_[page]; }
  bool MayWrite(uint64_t page) const {
    if (!Blind(page)) return true;
    if (calling_write_) return false;
    for (uint64_t s = page * kInPage; s < (page + 1) * kInPage; ++s)
      if ((firmware_.contains(s) || bytes_[s] == kGarbage) &&
          !listed_.contains(s))
        return false;
    return true;
  }
  // Less than a page, of the file: refused where the page is listed.
  void WriteSector(uint64_t sector) {
    const uint64_t page = sector / kInPage;
    if (in_file_[page] && MayWrite(page) && !AnyListed(page) && !taken_[page])
      Wrote(sector);
  }
  // By the block device; a repair of one sector.
  void BlockWrite(uint64_t sector) {
    const uint64_t page = sector / kInPage;
    if (!MayWrite(page) || (taken_[page] && !listed_.contains(sector))) return;
    taken_[page] = false;
    if (listed_.contains(sector)) firmware_.erase(sector);
    listed_.erase(sector);
    Wrote(sector);
  }
  void Map(uint64_t page) {
    if (in_file_[page] && !AnyListed(page) && !taken_[page])
      mapped_[page] = true;
  }
  // Through a mapping that was there before the poison.
  void Store(uint64_t sector) {
    const uint64_t page = sector / kInPage;
    if (mapped_[page] && !Blind(page)) Wrote(sector);
  }
  // recovery=clear, the first of its two steps: what the kernel lists is taken
  // off the firmware's list, and not off the kernel's. Where that destroys the
  // bytes, nobody can help who is cut between the two.
  void Clear(uint64_t page) {
    if (!in_file_[page] || !AnyListed(page) || !MayWrite(page)) return;
    for (uint64_t s = page * kInPage; s < (page + 1) * kInPage; ++s)
      if (listed_.contains(s)) firmware_.erase(s);
    if (!keeps_bytes_) WritePage(page);
  }
  void Call() {
    if (calls_left_ == 0) throw Killed();
    if (calls_left_ > 0) --calls_left_;
    if (others_ > 0 && std::uniform_real_distribution<>()(random_) < others_)
      Other();
  }

  std::mt19937_64& random_;
  const bool keeps_bytes_;
  double others_ = 0;
  int calls_left_ = -1;
  bool calling_write_ = false;
  bool scrub_asked_ = false;
  uint64_t last_ = 0;
  std::array<uint64_t, kSectors> bytes_{}, newest_{};  // 0: nobody's
  std::array<bool, kPages> in_file_{}, mapped_{}, taken_{};
  std::set<uint64_t> firmware_, listed_;
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_INJECT_MEDIA_MODEL_H_
