// SPDX-License-Identifier: GPL-2.0-only

#include "records/origin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.h"
#include "system/file_io.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using testing::HasSubstr;

const Origin kOrigin = {.date = "2026-11-29T05:47:12Z",
                        .host = "a \"host\"",
                        .daxmend = "0.1.0",
                        .commit = "0123456789ab+",
                        .command = "daxmend run 'a b.fio'",
                        .vm = "daxmend vm -- true"};

TEST(OriginJson, ComesBackAsItWas) {
  EXPECT_EQ(OriginFromJson(ToJson(kOrigin), "origin.json"), kOrigin);
  EXPECT_EQ(OriginFromJson(ToJson(Origin{}), "origin.json"), Origin{});
}

TEST(OriginJson, WhatIsNoOriginIsRefusedByName) {
  for (const char* text :
       {"", "{", "[]", "{\"schema\": 2}", "{\"schema\": \"\"}",
        "{\"schema\": 1, \"date\": 3}"})
    try {
      OriginFromJson(text, "x/origin.json");
      ADD_FAILURE() << text;
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), HasSubstr("x/origin.json")) << text;
    }
}

TEST(OriginOfThisProcess, LeavesToTheHostWhatAGuestDoesNotKnow) {
  const Origin here = OriginOfThis("1.2.3", "abc", false);
  EXPECT_THAT(here.date, testing::MatchesRegex("20..-..-..T..:..:..Z"));
  EXPECT_NE(here.command, "");
  // Where the program lies is left out.
  EXPECT_EQ(here.command.substr(0, here.command.find(' ')).find('/'),
            std::string::npos);
  EXPECT_EQ(here.daxmend, "1.2.3");
  EXPECT_EQ(here.commit, "abc");
  const Origin guest = OriginOfThis("1.2.3", "abc", true);
  EXPECT_EQ(guest.date, "");
  EXPECT_EQ(guest.host, "");
  EXPECT_EQ(guest.command, here.command);
}

TEST(ShellWordsTest, AShellReadsTheSameWords) {
  EXPECT_EQ(ShellWords({"daxmend", "run", "jobs/a.fio", "--x=1"}),
            "daxmend run jobs/a.fio --x=1");
  EXPECT_EQ(ShellWords({"sh", "-c", "echo $A 'b'", ""}),
            "sh -c 'echo $A '\\''b'\\''' ''");
}

class CompleteOriginsTest : public InScratchDirectory {
 protected:
  void Put(const std::string& path, const std::string& text) {
    const std::filesystem::path at = directory_ + "/" + path;
    std::filesystem::create_directories(at.parent_path());
    ReplaceFile(at, text);
  }
  Origin Get(const std::string& path) {
    return OriginFromJson(ReadFile(directory_ + "/" + path), path);
  }
};

TEST_F(CompleteOriginsTest, GivesDateHostAndVmToThoseOfAGuest) {
  Origin guest = kOrigin;
  guest.date = guest.host = guest.vm = "";
  Put("origin.json", ToJson(guest));
  Put("a/b/origin.json", ToJson(guest));
  Put("older/origin.json", ToJson(kOrigin));
  Put("broken/origin.json", "{");
  Put("other.json", ToJson(guest));
  std::filesystem::create_directory(directory_ + "/link");
  std::filesystem::create_symlink("../other.json",
                                  directory_ + "/link/origin.json");
  const Origin vm = {.date = "D",
                     .host = "H",
                     .daxmend = "9",
                     .commit = "9",
                     .command = "daxmend vm",
                     .vm = ""};
  CompleteOrigins(directory_, vm);
  Origin whole = guest;
  whole.date = "D";
  whole.host = "H";
  whole.vm = "daxmend vm";
  EXPECT_EQ(Get("origin.json"), whole);
  EXPECT_EQ(Get("a/b/origin.json"), whole);
  EXPECT_EQ(Get("older/origin.json"), kOrigin);
  EXPECT_EQ(ReadFile(directory_ + "/broken/origin.json"), "{");
  EXPECT_EQ(Get("other.json"), guest);
  EXPECT_NO_THROW(CompleteOrigins(directory_ + "/nowhere", vm));
}

}  // namespace
}  // namespace daxmend
