// SPDX-License-Identifier: GPL-2.0-only

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "core/error.h"
#include "core/file_io.h"
#include "results/fio_run.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

using testing::HasSubstr;

constexpr char kJson[] =
    "{\n  \"fio version\" : \"fio-3.33\",\n  \"jobs\" : [\n    {\"jobname\" : "
    "\"a } \\\" {\"}\n  ]\n}";

TEST(SplitFioOutput, TakesTheJsonOutOfWhatSurroundsIt) {
  FioOutput output =
      SplitFioOutput("warning: one\n" + std::string(kJson) + "\nnormal\n");
  EXPECT_EQ(output.json, std::string(kJson) + "\n");
  EXPECT_EQ(output.normal, "warning: one\nnormal\n");
}

TEST(SplitFioOutput, PassesOverBlocksThatAreNotFios) {
  const std::string noise = "{ half a brace\n{\"some\": \"json\"}\n{}\n";
  FioOutput output = SplitFioOutput(noise + kJson + "\n{ after\n");
  EXPECT_EQ(output.json, std::string(kJson) + "\n");
  EXPECT_EQ(output.normal, noise + "{ after\n");
}

TEST(SplitFioOutput, JsonAtTheVeryEndNeedsNoNewline) {
  EXPECT_EQ(SplitFioOutput(std::string("x\n") + kJson).json,
            std::string(kJson) + "\n");
}

TEST(SplitFioOutput, CutOffAnywhereThereIsNoJsonAndNothingIsDropped) {
  const std::string whole = kJson;
  for (size_t length = 0; length < whole.size(); ++length) {
    FioOutput output = SplitFioOutput(whole.substr(0, length));
    EXPECT_EQ(output.json, "");
    EXPECT_EQ(output.normal, whole.substr(0, length));
  }
}

TEST(SplitFioOutput, DiagnosticsInsideTheJsonMakeItUnusable) {
  std::string mixed = kJson;
  mixed.insert(mixed.find("\n  ]"), "\nfio: pid=7, err=5\n");
  EXPECT_EQ(SplitFioOutput(mixed).json, "");
}

TEST(CheckFioArguments, RefusesWhatWouldTakeTheOutputAway) {
  for (const char* argument :
       {"--output=x", "--output", "-output=x", "--output-format=json",
        "--outpu=x", "--minimal", "--append-terse"})
    EXPECT_THROW(CheckFioArguments({"job.fio", argument}), Error) << argument;
  EXPECT_THROW(CheckFioArguments({}), Error);
  EXPECT_NO_THROW(CheckFioArguments({"output.fio", "--eta=never", "--name=a"}));
}

// Puts a program called fio first in PATH.
class RunFioTest : public InScratchDirectory {
 protected:
  RunFioTest() {
    std::filesystem::create_directories(bin_);
    setenv("PATH", (bin_ + ":/usr/bin:/bin").c_str(), 1);
  }
  ~RunFioTest() override { setenv("PATH", path_.c_str(), 1); }

  // A fio that writes `output` to its --output file ($out) and then does `end`.
  void MakeFio(const std::string& output, const std::string& end) {
    ReplaceFile(bin_ + "/text", output);
    ReplaceFile(bin_ + "/fio", "#!/bin/sh\nout=${2#--output=}\ncat " + bin_ +
                                   "/text > \"$out\"\n" + end + "\n");
    chmod((bin_ + "/fio").c_str(), 0755);
  }
  bool Has(const char* file) const {
    return std::filesystem::exists(results_ + "/" + file);
  }

  const std::string path_ = std::getenv("PATH");
  const std::string bin_ = directory_ + "/bin";
  const std::string results_ = directory_ + "/results/new";
};

TEST_F(RunFioTest, KeepsTheJsonAndPrintsTheRest) {
  MakeFio(std::string(kJson) + "\nthe normal part\n", "exit 0");
  testing::internal::CaptureStdout();
  EXPECT_EQ(RunFio(results_, {"job.fio"}), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "the normal part\n");
  EXPECT_EQ(ReadFile(results_ + "/fio.json"), std::string(kJson) + "\n");
  EXPECT_FALSE(Has("fio.txt"));
}

TEST_F(RunFioTest, WhatFioSaysOnStandardOutputComesAfterItsNormalPart) {
  MakeFio(std::string(kJson) + "\nthe normal part\n", "echo summary");
  testing::internal::CaptureStdout();
  EXPECT_EQ(RunFio(results_, {"job.fio"}), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "the normal part\nsummary\n");
}

TEST_F(RunFioTest, ReturnsFiosStatus) {
  MakeFio(std::string(kJson) + "\n", "exit 7");
  EXPECT_EQ(RunFio(results_, {"job.fio"}), 7);
  MakeFio(std::string(kJson) + "\n", "kill -9 $$");
  EXPECT_EQ(RunFio(results_, {"job.fio"}), 128 + 9);
}

TEST_F(RunFioTest, TruncatedJsonIsKeptRawAndAnOldOneDoesNotStayBesideIt) {
  MakeFio(std::string(kJson) + "\n", "exit 0");
  RunFio(results_, {"job.fio"});
  ASSERT_TRUE(Has("fio.json"));
  MakeFio("{\n  \"fio version\" : \"fio-3", "exit 0");
  EXPECT_THROW(RunFio(results_, {"job.fio"}), Error);
  EXPECT_FALSE(Has("fio.json"));
  EXPECT_EQ(ReadFile(results_ + "/fio.txt"), "{\n  \"fio version\" : \"fio-3");
}

TEST_F(RunFioTest, AFailureWithoutJsonIsStillFiosFailure) {
  MakeFio("fio: job file not found\n", "exit 1");
  EXPECT_EQ(RunFio(results_, {"job.fio"}), 1);
  EXPECT_TRUE(Has("fio.txt"));
}

TEST_F(RunFioTest, ATerminateSignalReachesFioWhoseEndIsWaitedFor) {
  MakeFio(std::string(kJson) + "\n",
          "trap 'exit 128' TERM\nkill -TERM $PPID\n"
          "while :; do sleep 0.05; done");
  EXPECT_EQ(RunFio(results_, {"job.fio"}), 128);
  EXPECT_TRUE(Has("fio.json"));
}

TEST_F(RunFioTest, WithoutFioSaysSoAndLeavesNothing) {
  setenv("PATH", bin_.c_str(), 1);
  try {
    RunFio(results_, {"job.fio"});
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("fio is not in PATH"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(results_));
}

TEST_F(RunFioTest, ADirectoryThatCannotBeIsAnError) {
  ReplaceFile(directory_ + "/file", "");
  EXPECT_THROW(RunFio(directory_ + "/file/below", {"job.fio"}), Error);
  EXPECT_THROW(RunFio(directory_ + "/file", {"job.fio"}), Error);
}

}  // namespace
}  // namespace daxmend
