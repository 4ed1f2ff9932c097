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
  const auto files = CollectFrom("there", Here(directory));
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

TEST(Collector, TakesNothingThatWasCutOff) {
  const std::string all =
      "banner\nM directory\nM file run.json\n{\n}\n\nM ended\nM file "
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
