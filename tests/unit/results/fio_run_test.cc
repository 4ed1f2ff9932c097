// SPDX-License-Identifier: GPL-2.0-only

#include "results/run/fio_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "results/run/fio_output.h"
#include "results/run/fio_results.h"
#include "system/file_io.h"
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

// As fio 3.33 writes a job of this name and description.
std::string FioJsonOf(const std::string& name) {
  return "{\n  \"fio version\" : \"fio-3.33\",\n  \"jobs\" : [\n    "
         "{\"jobname\" : \"" +
         name + "\", \"error\" : 0}\n  ]\n}";
}

std::string NameIn(const std::string& json) {
  return FioResultsFromJson(json, "fio.json").jobs.at(0).name;
}

TEST(SplitFioOutput, RepairsTextThatFioDoesNotEscape) {
  for (auto [name, read, flaw] :
       {std::tuple{"tab\there", "tab\there", "control characters (a tab?)"},
        {"caf\xe9", "caf\\xe9", "bytes that are not UTF-8"},
        {"\x01\xff\xe4\xb8", "\x01\\xff\\xe4\\xb8",
         "control characters and bytes that are not UTF-8"},
        {"q\\\"\t\\\\", "q\"\t\\", "control characters (a tab?)"}}) {
    const FioOutput output =
        SplitFioOutput("before\n" + FioJsonOf(name) + "\nafter\n");
    ASSERT_NE(output.json, "") << name;
    EXPECT_EQ(NameIn(output.json), read);
    EXPECT_EQ(output.flaw, flaw);
    EXPECT_EQ(output.normal, "before\nafter\n");
  }
}

TEST(SplitFioOutput, LeavesValidJsonAsItIs) {
  const std::string json = FioJsonOf("\u00e9\\\"{");
  EXPECT_EQ(SplitFioOutput(json).json, json + "\n");
  EXPECT_EQ(SplitFioOutput(json).flaw, "");
}

TEST(SplitFioOutput, TakesWhatFioWritesAsAClient) {
  const std::string json =
      "{\n  \"fio version\" : \"fio-3.33\",\n  \"client_stats\" : [\n    "
      "{\"jobname\" : \"a\", \"error\" : 0, \"hostname\" : \"h\"}\n  ]\n}";
  EXPECT_EQ(SplitFioOutput(json).json, json + "\n");
  EXPECT_EQ(NameIn(json), "a");
}

TEST(CheckFioArguments, SaysHowTheOneWhoAskedIsCalled) {
  try {
    CheckFioArguments({}, "bench");
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("daxmend bench -- JOBFILE"));
  }
}

TEST(RequireNoClient, KnowsItInEveryFormThatFioTakes) {
  for (const char* argument :
       {"--client", "--client=host", "-client=host", "--clien=host", "-cli"})
    EXPECT_THROW(RequireNoClient({"job.fio", argument}), Error) << argument;
  RequireNoClient({"client", "-", "--", "--clientname=a", "--client_x", "--c",
                   "--clat_percentiles=0", "--name=client"});
}

TEST(CheckFioArguments, RefusesWhatWouldTakeTheOutputAway) {
  for (const char* argument :
       {"--output=x", "--output", "-output=x", "--output-format=json",
        "--outpu=x", "--minimal", "--append-terse"})
    EXPECT_THROW(CheckFioArguments({"job.fio", argument}, "run"), Error)
        << argument;
  EXPECT_THROW(CheckFioArguments({}, "run"), Error);
  EXPECT_NO_THROW(
      CheckFioArguments({"output.fio", "--eta=never", "--name=a"}, "run"));
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

TEST_F(RunFioTest, SaysBesideTheResultsWhereTheyComeFrom) {
  const Origin origin = {.date = "D",
                         .host = "H",
                         .daxmend = "1",
                         .commit = "C",
                         .command = "run",
                         .vm = ""};
  MakeFio(std::string(kJson) + "\n", "exit 0");
  RunFio(results_, {"job.fio"}, origin);
  const std::string path = results_ + "/origin.json";
  EXPECT_EQ(OriginFromJson(ReadFile(path), path), origin);
  // What ran nothing is not where the results come from.
  MakeFio("fio-3.33\n", "exit 0");
  RunFio(results_, {"--version"}, Origin{});
  EXPECT_EQ(OriginFromJson(ReadFile(path), path), origin);
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

// What RunFio() says on stderr besides, and its status.
std::pair<int, std::string> Noted(const std::string& directory) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  const int status = RunFio(directory, {"job.fio"});
  testing::internal::GetCapturedStdout();
  return {status, testing::internal::GetCapturedStderr()};
}

TEST_F(RunFioTest, KeepsARunWhoseNamesAreNotValidInJsonAndSaysSo) {
  MakeFio(FioJsonOf("tab\there") + "\n", "exit 0");
  const auto [status, note] = Noted(results_);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(note, HasSubstr("control characters (a tab?)"));
  EXPECT_THAT(note, HasSubstr(results_ + "/fio.txt"));
  EXPECT_EQ(NameIn(ReadFile(results_ + "/fio.json")), "tab\there");
  EXPECT_EQ(ReadFile(results_ + "/fio.txt"), FioJsonOf("tab\there") + "\n");
}

TEST_F(RunFioTest, AFioThatRunsNoJobIsNoFailureAndTouchesNothing) {
  std::filesystem::create_directories(results_);
  ReplaceFile(results_ + "/run.json", "old");
  ReplaceFile(results_ + "/fio.json", "old");
  MakeFio("", "echo fio-3.33");
  testing::internal::CaptureStdout();
  EXPECT_EQ(RunFio(results_, {"--version"}), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "fio-3.33\n");
  EXPECT_TRUE(Has("run.json"));
  EXPECT_TRUE(Has("fio.json"));
  EXPECT_FALSE(Has("fio.txt"));
}

TEST_F(RunFioTest, AFailedRunDoesNotBlameTheDiskNorTellFiosErrorTwice) {
  MakeFio("fio: unable to open 'nojob.fio' job file\n", "exit 1");
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  EXPECT_EQ(RunFio(results_, {"nojob.fio"}), 1);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  const std::string note = testing::internal::GetCapturedStderr();
  EXPECT_THAT(note, HasSubstr("ended without any results"));
  EXPECT_THAT(note, testing::Not(HasSubstr("disk")));
}

TEST_F(RunFioTest, WithoutADaxFileSystemPointsToTheEmulatedNvdimm) {
  MakeFio("fio: /mnt/pmem is not a directory\nfio: failed parsing\n", "exit 1");
  EXPECT_THAT(Noted(results_).second,
              HasSubstr("there is no directory /mnt/pmem; mount a DAX file "
                        "system there, or run this on an emulated NVDIMM: "
                        "daxmend vm -- daxmend run JOBFILE"));
  MakeFio("daxmend: /mnt/f is not a DAX file (ext4): mount it\n", "exit 1");
  EXPECT_THAT(Noted(results_).second, HasSubstr("daxmend vm"));
}

TEST_F(RunFioTest, ResultsOfAnEarlierRunDoNotStayBesideAFailedOne) {
  std::filesystem::create_directories(results_);
  for (const char* file : {"/run.json", "/fio.json", "/report.html"})
    ReplaceFile(results_ + file, "old");
  MakeFio("fio: bad\n", "exit 1");
  Noted(results_);
  for (const char* file : {"run.json", "fio.json", "report.html"}) {
    EXPECT_FALSE(Has(file)) << file;
    EXPECT_EQ(ReadFile(results_ + "/" + file + ".previous"), "old") << file;
  }
}

TEST_F(RunFioTest, ARecordThatTheRunWroteItselfStays) {
  std::filesystem::create_directories(results_);
  ReplaceFile(results_ + "/run.json", "old");
  MakeFio(std::string(kJson) + "\n", "echo new >" + results_ + "/new && mv " +
                                         results_ + "/new " + results_ +
                                         "/run.json");
  Noted(results_);
  EXPECT_EQ(ReadFile(results_ + "/run.json"), "new\n");
}

TEST_F(RunFioTest, ARecordOfAnotherRunDoesNotStayBesideThisOnesJson) {
  std::filesystem::create_directories(results_);
  ReplaceFile(results_ + "/run.json", "old");
  MakeFio(std::string(kJson) + "\n", "exit 0");
  Noted(results_);
  EXPECT_FALSE(Has("run.json"));
  EXPECT_TRUE(Has("fio.json"));
}

TEST_F(RunFioTest, AnInheritedIgnoredSigchldDoesNotHangIt) {
  signal(SIGCHLD, SIG_IGN);
  MakeFio(std::string(kJson) + "\n", "exit 7");
  EXPECT_EQ(Noted(results_).first, 7);
  signal(SIGCHLD, SIG_DFL);
}

TEST_F(RunFioTest, ItsScratchFileCannotBeGuessed) {
  MakeFio(std::string(kJson) + "\n", "echo $out");
  std::string names[2];
  for (std::string& name : names) {
    testing::internal::CaptureStdout();
    RunFio(results_, {"job.fio"});
    name = testing::internal::GetCapturedStdout();
  }
  EXPECT_NE(names[0], names[1]);
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
