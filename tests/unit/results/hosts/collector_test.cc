// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using CollectorHere = InScratchDirectory;

// A remote shell that stays here: it runs what comes behind the host's name.
CollectOptions Here(const std::string& from) {
  return {.shell = {"sh", "-c", "shift; exec \"$@\"", "sh"}, .from = from};
}

std::string WhyNot(const CollectOptions& options) {
  try {
    CollectFrom("there", options);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST_F(CollectorHere, BringsWhatIsThereByteForByte) {
  const std::string directory = directory_ + "/it's a run";
  std::filesystem::create_directory(directory);
  std::string binary = "{}\n\n\xff";
  binary += std::string("\0end", 4);
  std::ofstream(directory + "/run.json") << "{\n}\n";
  std::ofstream(directory + "/inject.json") << binary;
  std::ofstream(directory + "/secret") << "not asked for";
  const auto files = CollectFrom("there", Here(directory)).files;
  EXPECT_EQ(files.size(), 2u);
  EXPECT_EQ(files.at("run.json"), "{\n}\n");
  EXPECT_EQ(files.at("inject.json"), binary);
}

TEST_F(CollectorHere, SaysWhatIsMissing) {
  EXPECT_THAT(WhyNot(Here(directory_)), HasSubstr("has no run.json in"));
  EXPECT_THAT(WhyNot(Here(directory_ + "/none")),
              HasSubstr("host there has no directory"));
  CollectOptions broken = Here(directory_);
  broken.shell = {"sh", "-c", "echo Banner; echo Permission denied >&2; exit 9",
                  "sh"};
  EXPECT_THAT(WhyNot(broken), AllOf(HasSubstr("cannot be reached"),
                                    HasSubstr("Permission denied")));
  broken.shell = {"sh", "-c", "sleep 100", "sh"};
  broken.timeout = std::chrono::seconds(1);
  EXPECT_THAT(WhyNot(broken), HasSubstr("no answer in 1 s"));
}

// Permissions say nothing to the superuser: cat fails as it would.
TEST_F(CollectorHere, SaysWhatCannotBeRead) {
  for (const char* name : {"run.json", "inject.json", "fio.json"})
    std::ofstream(directory_ + "/" + name) << "{\n}\nhalf";
  std::ofstream(directory_ + "/cat")
      << "#!/bin/sh\ncase $1 in $BAD) printf '{\\nhal'; exit 1;; esac\n"
         "exec /bin/cat \"$1\"\n";
  std::filesystem::permissions(directory_ + "/cat",
                               std::filesystem::perms::owner_all);
  const auto with_bad = [&](const std::string& name) {
    CollectOptions options = Here(directory_);
    options.shell = {"env",
                     "BAD=" + name,
                     "sh",
                     "-c",
                     "shift; PATH=" + directory_ + ":$PATH; exec \"$@\"",
                     "sh"};
    return options;
  };
  const Collected collected = CollectFrom("there", with_bad("inject.json"));
  EXPECT_THAT(collected.unreadable, testing::ElementsAre("inject.json"));
  EXPECT_EQ(collected.files.size(), 2u);
  EXPECT_EQ(collected.files.at("fio.json"), "{\n}\nhalf");
  EXPECT_THAT(
      WhyNot(with_bad("run.json")),
      HasSubstr("has a run.json in " + directory_ + " that cannot be read"));
  CollectOptions closed = Here(directory_);
  closed.shell[2] = "shift; { echo 'cd() { return 1; }'; cat; } | \"$@\"";
  EXPECT_THAT(WhyNot(closed), HasSubstr("lets nobody of this login into"));
}

TEST_F(CollectorHere, NothingOfAnotherRunStaysBesideIt) {
  const auto is_there = [&](const std::string& name) {
    return std::filesystem::exists(directory_ + "/to/" + name);
  };
  const std::string to = directory_ + "/to";
  StoreCollected({.files = {{"run.json", "1"}, {"inject.json", "1"}}}, to);
  // More of the same run: what it had stays.
  StoreCollected({.files = {{"run.json", "1"}, {"fio.json", "1"}}}, to);
  EXPECT_TRUE(is_there("inject.json"));
  StoreCollected({.files = {{"run.json", "2"}}}, to);
  EXPECT_TRUE(is_there("run.json"));
  for (const char* name : {"inject.json", "fio.json"}) {
    EXPECT_FALSE(is_there(name)) << name;
    EXPECT_TRUE(is_there(std::string(name) + ".previous")) << name;
  }
}

TEST(Collector, TakesNothingThatWasCutOff) {
  const std::string all =
      "banner\nM file run.json\n{\n}\n\nM ended\nM file "
      "fio.json\nabc\nM ended\nM file /etc/passwd\nx\nM ended\nM complete\n";
  const Collected whole = ParseCollected(all, "M");
  EXPECT_TRUE(whole.complete);
  EXPECT_EQ(whole.files.size(), 2u);
  EXPECT_EQ(whole.files.at("run.json"), "{\n}\n");
  EXPECT_EQ(whole.files.at("fio.json"), "abc");
  for (size_t length = 0; length < all.size(); ++length) {
    const Collected part = ParseCollected(all.substr(0, length), "M");
    EXPECT_FALSE(part.complete);
    for (const auto& [name, text] : part.files)
      EXPECT_EQ(text, whole.files.at(name));
  }
}

}  // namespace
}  // namespace daxmend
