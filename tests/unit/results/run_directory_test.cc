// SPDX-License-Identifier: GPL-2.0-only

#include "results/run/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "core/error.h"
#include "tests/unit/results/sample_run.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class RunDirectory : public InScratchDirectory {
 protected:
  RunDirectory() { WriteSampleDirectory(directory_, Clock::kWall); }

  std::string Path(const char* file) const { return directory_ + "/" + file; }
  std::string ErrorOfLoading() const {
    try {
      LoadRun(directory_);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
};

TEST_F(RunDirectory, ReadsAllThreeFiles) {
  auto run = LoadRun(directory_);
  EXPECT_EQ(run.record, SampleRecord(Clock::kWall));
  ASSERT_TRUE(run.fio);
  EXPECT_EQ(run.fio->version, "fio-3.33");
  EXPECT_EQ(run.fio->jobs.at(1).options,
            (FioOptions{{"recovery", "write"}, {"rw", "randread"}}));
  EXPECT_EQ(run.injected.InjectedSectors(), 2u);
}

TEST_F(RunDirectory, NeedsOnlyRunJson) {
  std::filesystem::remove(Path("fio.json"));
  std::filesystem::remove(Path("inject.json"));
  auto run = LoadRun(directory_);
  EXPECT_FALSE(run.fio);
  EXPECT_TRUE(run.injected.injections.empty());
}

TEST_F(RunDirectory, WithoutRunJsonSaysHowToGetOne) {
  std::filesystem::remove(Path("run.json"));
  EXPECT_THAT(ErrorOfLoading(), HasSubstr("has no run.json: run a job with "
                                          "path_log="));
}

TEST_F(RunDirectory, ItsRunJsonStandsForIt) {
  const auto run = LoadRun(Path("run.json"));
  EXPECT_EQ(run.directory, directory_);
  EXPECT_EQ(run.record, LoadRun(directory_).record);
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory_);
  EXPECT_EQ(LoadRun("run.json").directory, ".");
  std::filesystem::current_path(before);
}

TEST_F(RunDirectory, AnotherFileIsRefusedAndTheMessageNamesTheDirectory) {
  try {
    LoadRun(Path("inject.json"));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.what(), Path("inject.json") +
                            " is a file: name its directory, " + directory_);
  }
}

TEST_F(RunDirectory, AfterAFailedRunTellsWhereTheRunBeforeIs) {
  std::filesystem::rename(Path("run.json"), Path("run.json.previous"));
  EXPECT_THAT(ErrorOfLoading(), HasSubstr("the run before it is in " +
                                          Path("run.json.previous")));
}

TEST_F(RunDirectory, WithoutFiosJsonSaysWhatCannotBeTold) {
  std::filesystem::rename(Path("fio.json"), Path("fio.txt"));
  const auto run = LoadRun(directory_);
  ASSERT_EQ(run.gaps.size(), 1u);
  EXPECT_THAT(run.gaps[0], HasSubstr(Path("fio.txt")));
}

TEST_F(RunDirectory, ThatIsNotThereIsNamed) {
  EXPECT_THROW(LoadRun("/nowhere/at/all"), Error);
}

TEST_F(RunDirectory, NamesTheFileThatCannotBeBelieved) {
  for (const char* file : {"run.json", "fio.json", "inject.json"}) {
    WriteSampleDirectory(directory_, Clock::kWall);
    const std::string whole = ReadFile(Path(file));
    ReplaceFile(Path(file), whole.substr(0, whole.size() / 2));
    EXPECT_THAT(ErrorOfLoading(),
                StartsWith(Path(file) + " is not valid JSON"));
    ReplaceFile(Path(file), "{}");
    EXPECT_THAT(ErrorOfLoading(), StartsWith(Path(file) + ": "));
    ReplaceFile(Path(file), "");
    EXPECT_THAT(ErrorOfLoading(), StartsWith(Path(file)));
  }
}

TEST_F(RunDirectory, FioFilesEditedAnywhereAreReadOrRefusedByName) {
  const std::string text = kSampleFio;
  for (size_t at = 0; at < text.size(); ++at)
    for (char byte : {'-', '9', '"', '{'}) {
      std::string edited = text;
      edited[at] = byte;
      try {
        FioResultsFromJson(edited, "fio.json");
      } catch (const Error& e) {
        EXPECT_THAT(e.what(), StartsWith("fio.json"));
      }
    }
}

}  // namespace
}  // namespace daxmend
