// SPDX-License-Identifier: GPL-2.0-only
//
// 10,000 random plans in random files: what the list reports is exactly what
// was asked for, in file and in device terms, and the other way round: whatever
// is bad on the device, a file's list has what is the file's and nothing else.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "core/error.h"
#include "inject/owners/owner_search.h"
#include "inject/plan/plan.h"
#include "inject/poison_list.h"
#include "inject/poison_map.h"
#include "inject/poison_text.h"
#include "tests/unit/instrumented.h"

namespace daxmend {
namespace {

constexpr int kPlans = kInstrumented ? 1000 : 10000;
constexpr uint64_t kDiskPages = 512;
constexpr uint64_t kSectorsPerPage = kPageBytes / kSectorBytes;
constexpr SpaRange kLargeMedia{uint64_t{1} << 32,
                               (uint64_t{1} << 32) + kDiskPages* kPageBytes};

// A file in random places of a random partition, and where each of its sectors
// is, found the slow way.
struct RandomFile {
  BlockDevice device;
  uint64_t size = 0;
  ExtentMap extents;
  std::map<uint64_t, uint64_t> file_of;  // sector of the disk -> of the file
  std::map<uint64_t, uint64_t> disk_of;

  explicit RandomFile(std::mt19937_64& random) {
    auto below = [&](uint64_t bound) { return random() % bound; };
    const uint64_t first_page = below(32);
    device = {.name = "pmem0p1",
              .disk = "pmem0",
              .start_sector = first_page * kSectorsPerPage,
              .sectors = (kDiskPages - first_page) * kSectorsPerPage};
    const bool holes = below(3) == 0;
    std::vector<Extent> list;
    std::set<uint64_t> used;  // pages of the device
    uint64_t page = 0;
    for (uint64_t i = 1 + below(10); i > 0; --i) {
      if (holes && below(3) == 0) page += 1 + below(4);
      const uint64_t pages = 1 + below(8);
      const uint64_t at = below(kDiskPages - first_page - pages);
      bool free = true;
      for (uint64_t p = at; p < at + pages; ++p) free &= !used.contains(p);
      if (!free) continue;
      for (uint64_t p = at; p < at + pages; ++p) used.insert(p);
      list.push_back(
          {.file = FileRange::OfLength(page * kPageBytes, pages * kPageBytes),
           .device_begin = at * kPageBytes});
      for (uint64_t s = 0; s < pages * kSectorsPerPage; ++s) {
        const uint64_t file = page * kSectorsPerPage + s;
        const uint64_t disk = (first_page + at) * kSectorsPerPage + s;
        file_of[disk] = file;
        disk_of[file] = disk;
      }
      page += pages;
    }
    size = page * kPageBytes - below(kPageBytes);
    std::shuffle(list.begin(), list.end(), random);
    extents = ExtentMap(std::move(list));
  }
};

PlanRequest RandomRequest(std::mt19937_64& random, uint64_t size) {
  auto below = [&](uint64_t bound) { return random() % bound; };
  PlanRequest request{.offset = below(size)};
  if (below(2)) request.length = 1 + below(size - request.offset);
  request.span = kSectorBytes << below(5);
  request.seed = random();
  switch (below(4)) {
    case 0:
      request.count = 1 + below(8);
      break;
    case 1:
      request.every = request.span + kSectorBytes * below(64);
      break;
    case 2:
      for (uint64_t at = below(16); (at + 8) * kSectorBytes < size;
           at += 8 + below(64))
        request.ranges.push_back(FileRange::OfLength(
            at * kSectorBytes, (1 + below(8)) * kSectorBytes));
      break;
    default:
      break;
  }
  return request;
}

// Each sector of what was listed: of the file, and of the disk.
std::map<uint64_t, uint64_t> Sectors(const std::vector<ListedPoison>& list) {
  std::map<uint64_t, uint64_t> sectors;
  for (const ListedPoison& poison : list) {
    EXPECT_EQ(poison.file->length(), poison.sectors.length() * kSectorBytes);
    EXPECT_EQ(poison.spa, SpaOfSectors(kLargeMedia, poison.sectors));
    for (uint64_t i = 0; i < poison.sectors.length(); ++i)
      EXPECT_TRUE(sectors
                      .emplace(poison.file->begin / kSectorBytes + i,
                               poison.sectors.begin + i)
                      .second);
  }
  return sectors;
}

std::vector<SectorRange> Join(const std::set<uint64_t>& sectors) {
  std::vector<SectorRange> ranges;
  for (uint64_t s : sectors) ranges.push_back({s, s + 1});
  return Normalize(std::move(ranges));
}

TEST(RandomPlans, ListReportsExactlyWhatWasAskedForBothWays) {
  std::mt19937_64 random(20261122);
  const Owner owner{.kind = Owner::Kind::kFile, .path = "/f", .inode = 9};
  int injected = 0, into_holes = 0, no_room = 0;
  for (int i = 0; i < kPlans; ++i) {
    const RandomFile file(random);
    PlanRequest request = RandomRequest(random, file.size);
    std::vector<FileRange> plan;
    try {
      plan = PlanPoison(request, "/f", file.size);
    } catch (const Error&) {
      ++no_room;  // asked for more spans than fit
      continue;
    }
    std::map<uint64_t, uint64_t> wanted;
    bool hole = false;
    for (FileRange range : plan)
      for (uint64_t s = range.begin / kSectorBytes;
           s < range.end / kSectorBytes; ++s) {
        hole = hole || !file.disk_of.contains(s);
        if (!hole) wanted[s] = file.disk_of.at(s);
      }
    std::vector<PoisonedRange> located;
    try {
      located =
          LocatePoison(file.extents, file.device, kLargeMedia, "/f", plan);
      ASSERT_FALSE(hole) << "plan " << i;
    } catch (const Error& e) {
      ASSERT_TRUE(hole) << "plan " << i << ": " << e.what();
      ++into_holes;
      continue;
    }
    ++injected;

    std::set<uint64_t> bad;
    for (const PoisonedRange& range : located)
      for (uint64_t s = range.sectors.begin; s < range.sectors.end; ++s)
        bad.insert(s);
    auto listed =
        PoisonInFile(Join(bad), file.extents, file.device, kLargeMedia, owner);
    ASSERT_EQ(Sectors(listed), wanted) << "plan " << i;

    // What is printed is a plan for the same again.
    std::vector<FileRange> again = ReadPlan(
        ToJson(PoisonListing{.poison = listed, .cut = false}), "list", "/f");
    ASSERT_EQ(Normalize(again), Normalize(plan)) << "plan " << i;

    // And poison anywhere: of the file is what lies in it, to the sector.
    for (int more = 0; more < 20; ++more)
      bad.insert(random() % (kDiskPages * kSectorsPerPage));
    std::map<uint64_t, uint64_t> in_file;
    for (uint64_t s : bad)
      if (auto at = file.file_of.find(s); at != file.file_of.end())
        in_file[at->second] = s;
    listed =
        PoisonInFile(Join(bad), file.extents, file.device, kLargeMedia, owner);
    ASSERT_EQ(Sectors(listed), in_file) << "plan " << i;

    // The search over a whole file system finds the same.
    std::vector<DeviceRange> places;
    for (SectorRange range : OnDevice(file.device, Join(bad)))
      places.push_back(ToBytes(range));
    OwnerSearch search(places, {});
    search.Claim(owner, file.extents);
    std::map<uint64_t, uint64_t> found;
    uint64_t covered = 0;
    for (const OwnedRange& range : search.Result()) {
      covered += range.device.length();
      if (range.owner != owner) continue;
      for (uint64_t at = 0; at < range.device.length(); at += kSectorBytes)
        found[(range.file->begin + at) / kSectorBytes] =
            file.device.start_sector + (range.device.begin + at) / kSectorBytes;
    }
    ASSERT_EQ(found, in_file) << "plan " << i;
    ASSERT_EQ(covered, TotalLength(places)) << "plan " << i;
  }
  RecordProperty("injected", injected);
  RecordProperty("into_holes", into_holes);
  RecordProperty("no_room", no_room);
  EXPECT_GT(injected, kPlans / 2);
  EXPECT_GT(into_holes, 100);
}

}  // namespace
}  // namespace daxmend
