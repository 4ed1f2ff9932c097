// SPDX-License-Identifier: GPL-2.0-only

#include "inject/owners/owner_search.h"

#include <gtest/gtest.h>

namespace daxmend {
namespace {

using Kind = Owner::Kind;
using Use = SpaceRecord::Use;

Owner File(const std::string& path, uint64_t inode) {
  return {.kind = Kind::kFile, .path = path, .inode = inode, .links = 1};
}
Owner Just(Kind kind) {
  return {.kind = kind, .path = "", .inode = 0, .links = 0};
}

TEST(OwnerSearch, NeedsNoFileWhereTheFileSystemTellsItAll) {
  OwnerSearch search({{0, 4096}, {8192, 16384}},
                     {{.device = {0, 8192}, .use = Use::kMetadata},
                      {.device = {8192, 65536}, .use = Use::kFree}});
  EXPECT_TRUE(search.done());
  EXPECT_EQ(search.Result(),
            (std::vector<OwnedRange>{{{0, 4096}, Just(Kind::kMetadata), {}},
                                     {{8192, 16384}, Just(Kind::kFree), {}}}));
}

TEST(OwnerSearch, WantsTheNameOfAnInodeThatTheFileSystemTells) {
  OwnerSearch search({{4608, 5120}, {8192, 8704}}, {{.device = {4096, 8192},
                                                     .use = Use::kInode,
                                                     .inode = 7,
                                                     .file_begin = 65536},
                                                    {.device = {8192, 12288},
                                                     .use = Use::kInode,
                                                     .inode = 8,
                                                     .file_begin = 0}});
  EXPECT_FALSE(search.wants_extents());
  EXPECT_TRUE(search.Names(7));
  EXPECT_FALSE(search.Names(9));
  search.Name(File("/a", 7));
  EXPECT_FALSE(search.done());
  Owner nameless = Just(Kind::kNameless);
  nameless.inode = 8;
  EXPECT_EQ(search.Result(),
            (std::vector<OwnedRange>{
                {{4608, 5120}, File("/a", 7), FileRange{66048, 66560}},
                {{8192, 8704}, nameless, FileRange{0, 512}}}));
}

TEST(OwnerSearch, CutsARangeWhereItsOwnersMeet) {
  OwnerSearch search({{0, 16384}}, {{.device = {0, 4096}, .use = Use::kFree}});
  const ExtentMap extents({{.file = {0, 4096}, .device_begin = 8192}});
  EXPECT_FALSE(
      search.Touches(ExtentMap({{.file = {0, 4096}, .device_begin = 0}})));
  ASSERT_TRUE(search.Touches(extents));
  search.Claim(File("/a", 7), extents);
  EXPECT_FALSE(search.Touches(extents));
  EXPECT_EQ(search.Result(),
            (std::vector<OwnedRange>{
                {{0, 4096}, Just(Kind::kFree), {}},
                {{4096, 8192}, Just(Kind::kAllocated), {}},
                {{8192, 12288}, File("/a", 7), FileRange{0, 4096}},
                {{12288, 16384}, Just(Kind::kAllocated), {}}}));
}

TEST(OwnerSearch, JoinsOnlyWhatIsNextToEachOtherInTheFileToo) {
  OwnerSearch search({{0, 16384}}, {});
  search.Claim(File("/a", 7),
               ExtentMap({{.file = {0, 4096}, .device_begin = 0},
                          {.file = {4096, 8192}, .device_begin = 4096},
                          {.file = {65536, 69632}, .device_begin = 8192}}));
  EXPECT_EQ(search.Result(),
            (std::vector<OwnedRange>{
                {{0, 8192}, File("/a", 7), FileRange{0, 8192}},
                {{8192, 12288}, File("/a", 7), FileRange{65536, 69632}},
                {{12288, 16384}, Just(Kind::kAllocated), {}}}));
}

TEST(OwnerSearch, BlocksThatAreSharedAreListedOnce) {
  OwnerSearch search({{0, 4096}}, {});
  search.Claim(
      File("/a", 7),
      ExtentMap({{.file = {0, 4096}, .device_begin = 0, .shared = true},
                 {.file = {8192, 12288}, .device_begin = 0, .shared = true}}));
  EXPECT_EQ(
      search.Result(),
      (std::vector<OwnedRange>{{{0, 4096},
                                File("/a", 7),
                                FileRange{0, 4096},
                                {{File("/a", 7), FileRange{8192, 12288}}}}}));
  OwnerSearch told(
      {{0, 4096}},
      {{.device = {0, 4096}, .use = Use::kInode, .inode = 7, .file_begin = 0},
       {.device = {0, 4096}, .use = Use::kInode, .inode = 8, .file_begin = 0}});
  told.Name(File("/b", 8));
  told.Name(File("/a", 7));
  EXPECT_EQ(told.Result(),
            (std::vector<OwnedRange>{{{0, 4096},
                                      File("/b", 8),
                                      FileRange{0, 4096},
                                      {{File("/a", 7), FileRange{0, 4096}}}}}));
}

TEST(OwnerSearch, EveryOwnerOfASharedBlockIsLookedFor) {
  OwnerSearch search({{0, 8192}}, {});
  search.Claim(
      File("/a", 7),
      ExtentMap({{.file = {0, 8192}, .device_begin = 0, .shared = true}}));
  EXPECT_FALSE(search.done());
  // Half of it, elsewhere in the file.
  const ExtentMap half(
      {{.file = {65536, 69632}, .device_begin = 4096, .shared = true}});
  ASSERT_TRUE(search.Touches(half));
  search.Claim(File("/b", 8), half);
  // Another name of a file that was found.
  search.Claim(File("/c", 8), half);
  EXPECT_EQ(
      search.Result(),
      (std::vector<OwnedRange>{{{0, 4096}, File("/a", 7), FileRange{0, 4096}},
                               {{4096, 8192},
                                File("/a", 7),
                                FileRange{4096, 8192},
                                {{File("/b", 8), FileRange{65536, 69632}}}}}));
}

TEST(OwnerSearch, ABlockThatOneFileHasIsNotLookedForAgain) {
  OwnerSearch search({{0, 4096}}, {});
  search.Claim(File("/a", 7),
               ExtentMap({{.file = {0, 4096}, .device_begin = 0}}));
  EXPECT_TRUE(search.done());
}

TEST(OwnerSearch, APartOfARangeIsAPartOfEachOwnersFile) {
  EXPECT_EQ(PartOf({{0, 8192},
                    File("/a", 7),
                    FileRange{4096, 12288},
                    {{File("/b", 8), FileRange{0, 8192}}}},
                   {512, 1024}),
            (OwnedRange{{512, 1024},
                        File("/a", 7),
                        FileRange{4608, 5120},
                        {{File("/b", 8), FileRange{512, 1024}}}}));
}

TEST(OwnerSearch, WhereOnlyAPartIsSeenTheRestIsSomebodysWhoIsNotSeen) {
  const Owner unseen{.kind = Kind::kUnseen, .path = "/bind"};
  OwnerSearch search({{0, 4096}, {8192, 12288}},
                     {{.device = {0, 512}, .use = Use::kFree},
                      {.device = {8192, 12288},
                       .use = Use::kInode,
                       .inode = 7,
                       .file_begin = 0}},
                     unseen);
  Owner inode = unseen;
  inode.inode = 7;
  EXPECT_EQ(search.Result(), (std::vector<OwnedRange>{
                                 {{0, 512}, Just(Kind::kFree), {}},
                                 {{512, 4096}, unseen, {}},
                                 {{8192, 12288}, inode, FileRange{0, 4096}}}));
}

TEST(OwnerSearch, ThatNotAllNamesCouldBeSeenMayTurnOutLate) {
  const Owner unseen{.kind = Kind::kUnseen, .path = "/proc/7/root/mnt"};
  OwnerSearch search({{0, 8192}}, {});
  search.Claim(File("/a", 7),
               ExtentMap({{.file = {0, 4096}, .device_begin = 0}}));
  search.MissNames(unseen);
  EXPECT_EQ(search.Result(), (std::vector<OwnedRange>{
                                 {{0, 4096}, File("/a", 7), FileRange{0, 4096}},
                                 {{4096, 8192}, unseen, {}}}));
}

TEST(OwnerSearch, ADirectorysBlocksAreMetadataWithItsName) {
  OwnerSearch search({{0, 4096}}, {});
  Owner directory{
      .kind = Kind::kMetadata, .path = "/d", .inode = 2, .links = 0};
  search.Claim(directory, ExtentMap({{.file = {0, 4096}, .device_begin = 0}}));
  EXPECT_EQ(search.Result(),
            (std::vector<OwnedRange>{{{0, 4096}, directory, {}}}));
}

}  // namespace
}  // namespace daxmend
