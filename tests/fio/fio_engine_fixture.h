// SPDX-License-Identifier: GPL-2.0-only
//
// The engine in the fio that is installed, on a file without DAX: everything
// but poisoned media, which needs the emulated NVDIMM (tests/guest).

#ifndef DAXMEND_TESTS_FIO_FIO_ENGINE_FIXTURE_H_
#define DAXMEND_TESTS_FIO_FIO_ENGINE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "records/run_record.h"
#include "system/file_io.h"
#include "tests/unit/recovery/poisoned_mapping.h"

namespace daxmend {

struct Ran {
  int status;
  std::string out;
  std::string err;
};

class FioEngine : public ::testing::Test {
 protected:
  FioEngine() {
    // /dev/shm where it can be written, since that is what DAX is closest to.
    directory_ = access("/dev/shm", W_OK) == 0 ? "/dev/shm/daxmend-XXXXXX"
                                               : "/tmp/daxmend-XXXXXX";
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
    file_ = directory_ + "/file";
    log_ = directory_ + "/run.json";
  }
  ~FioEngine() override { std::filesystem::remove_all(directory_); }

  // What fio needs before it to load an engine that is instrumented.
  static std::string Preload() {
    if (!*DAXMEND_PRELOAD) return "";
    return "LD_PRELOAD=" DAXMEND_PRELOAD " ASAN_OPTIONS=detect_leaks=0 ";
  }
  // Runs `command` in the test's directory.
  Ran Run(const std::string& command) {
    const int status = std::system(("cd " + directory_ + " && " + Preload() +
                                    command + " >out 2>err </dev/null")
                                       .c_str());
    return {WEXITSTATUS(status), ReadFile(directory_ + "/out"),
            ReadFile(directory_ + "/err")};
  }
  Ran Fio(const std::string& arguments,
          const std::string& engine = DAXMEND_ENGINE) {
    return Run("fio --ioengine=external:" + engine + " --filename=" + file_ +
               " --name=job --size=1m --bs=4k " + arguments);
  }
  // With the options that make a run succeed.
  Ran FioLogged(const std::string& arguments) {
    return Fio("--allow_nodax=1 --path_log=" + log_ +
               " --output-format=json --output=fio.json " + arguments);
  }
  RunRecord Log() { return RunRecordFromJson(ReadFile(log_), log_); }
  nlohmann::json FioJson() {
    return nlohmann::json::parse(ReadFile(directory_ + "/fio.json"));
  }
  // What fio counted, over all jobs and clones.
  uint64_t FioIos() {
    uint64_t ios = 0;
    const nlohmann::json fio = FioJson();
    for (const auto& job : fio["jobs"])
      for (const char* direction : {"read", "write"})
        ios += job[direction]["total_ios"].get<uint64_t>();
    return ios;
  }
  uint64_t LoggedIos() {
    uint64_t ios = 0;
    for (const JobRecord& job : Log().jobs) ios += job.counters.ios;
    return ios;
  }

  // `fio ARGUMENTS` fails and says so in a line of its own that holds `why`;
  // nothing was logged.
  void ExpectRefusal(const std::string& arguments, const std::string& why) {
    const Ran ran = Fio(arguments);
    EXPECT_NE(ran.status, 0) << arguments;
    EXPECT_THAT(ran.out + ran.err, testing::HasSubstr(why)) << arguments;
    EXPECT_FALSE(std::filesystem::exists(log_)) << arguments;
    EXPECT_THAT(ran.out, testing::Not(testing::HasSubstr("latency by path")))
        << arguments;
  }

  std::string directory_, file_, log_;
};

// Poison that needs no NVDIMM: in the job's own mapping.
class FioEngineOverPoison : public FioEngine {
 protected:
  void SetUp() override {
    if (!KernelPoisonsMappings())
      GTEST_SKIP() << "needs UFFDIO_POISON (Linux 6.6)";
    if (directory_.rfind("/dev/shm", 0) != 0) GTEST_SKIP() << "needs tmpfs";
    ASSERT_EQ(FioLogged("--rw=write --verify=crc32c --do_verify=0").status, 0);
  }
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_FIO_FIO_ENGINE_FIXTURE_H_
