// SPDX-License-Identifier: GPL-2.0-only
//
// fio's workloads over a mapping whose pages are poisoned (userfaultfd).

#include "tests/fio/fio_engine_fixture.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;

TEST_F(FioEngineOverPoison, FailsIosInsteadOfDying) {
  for (const char* how : {"--thread=0", "--thread=1"})
    for (const char* rw : {"--rw=randread ", "--rw=randwrite "}) {
      const std::string options =
          std::string("--access=mmap --userfault_poison=16 ") + rw + how;
      const Ran ran = FioLogged(options);
      EXPECT_EQ(ran.status, 1) << options << ran.out << ran.err;
      EXPECT_EQ(Log().jobs[0].counters.failed_ios, 1u) << options;
      EXPECT_EQ(FioLogged(options + " --continue_on_error=all").status, 0);
      EXPECT_EQ(Log().jobs[0].counters.failed_ios, 16u) << options;
      EXPECT_EQ(Log().jobs[0].path(Path::kDetect).count(), 16u) << options;
      EXPECT_EQ(Log().jobs[0].path(Path::kFast).count(), 240u) << options;
    }
}

TEST_F(FioEngineOverPoison, RecoversIosAndTheMapping) {
  for (const char* how : {"--thread=0", "--thread=1"})
    for (const char* rw :
         {"--rw=randread --verify=crc32c", "--rw=randwrite --verify=crc32c",
          "--rw=read --loops=2 --verify=crc32c"}) {
      const std::string options =
          std::string("--access=mmap --recovery=write --userfault_poison=16 ") +
          rw + " " + how;
      const Ran ran = FioLogged(options);
      EXPECT_EQ(ran.status, 0) << options << ran.out << ran.err;
      const JobRecord job = Log().jobs[0];
      // The second time a page is met it is good.
      EXPECT_EQ(job.counters.recovered_ios, 16u) << options;
      EXPECT_EQ(job.counters.failed_ios, 0u) << options;
      EXPECT_EQ(job.counters.lost_sectors, 0u) << options;
      EXPECT_EQ(job.path(Path::kRecovery).count(), 16u) << options;
      EXPECT_EQ(job.path(Path::kRepair).count(), 16u) << options;
    }
}

TEST_F(FioEngineOverPoison, VerifiesAcrossRecoveriesWhateverTheWorkload) {
  for (const char* how : {"--thread=0 ", "--thread=1 "})
    for (const char* rw :
         {"--rw=randread --numjobs=4", "--rw=randwrite",
          "--rw=randwrite --bs=512 --verify_interval=512",
          "--rw=randrw --rwmixread=70", "--rw=randread --bssplit=4k/50:64k/50",
          "--rw=randread --time_based=1 --runtime=1 --rate=4m",
          "--rw=randread --continue_on_error=all"}) {
      const std::string options =
          std::string(
              "--access=mmap --recovery=write --userfault_poison=16 "
              "--verify=crc32c --verify_fatal=1 ") +
          how + rw;
      const Ran ran = FioLogged(options);
      EXPECT_EQ(ran.status, 0) << options << ran.out << ran.err;
      EXPECT_EQ(LoggedIos(), FioIos()) << options;
      const JobRecord job = Log().jobs[0];
      EXPECT_GE(job.counters.recovered_ios, 1u) << options;
      EXPECT_EQ(job.counters.failed_ios, 0u) << options;
      EXPECT_EQ(job.counters.lost_sectors, 0u) << options;
      // For the next one, whose checksums are those of 4 KiB.
      ASSERT_EQ(FioLogged("--rw=write --verify=crc32c --do_verify=0").status,
                0);
    }
}

TEST_F(FioEngineOverPoison, RefusesMorePoisonThanThereArePages) {
  EXPECT_THAT(FioLogged("--access=mmap --rw=read --userfault_poison=257").err,
              HasSubstr("is more than the file's 256 pages"));
}

TEST_F(FioEngineOverPoison, TheFirstLookReplacesNoResultsOfAnotherRun) {
  const std::string results = directory_ + "/results";
  std::filesystem::create_directories(results + "/first");
  std::filesystem::create_symlink("first", results + "/latest");
  for (const char* file : {"run.json", "inject.json", "fio.json"})
    std::ofstream(results + "/first/" + file) << "precious";
  std::filesystem::create_symlink(DAXMEND_BUILD, directory_ + "/build");
  const Ran ran = Run("fio " DAXMEND_SOURCE "/jobs/anywhere.fio");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  for (const char* file : {"run.json", "inject.json", "fio.json"})
    EXPECT_EQ(ReadFile(results + "/first/" + file), "precious") << file;
  log_ = results + "/anywhere/run.json";
  EXPECT_EQ(Log().jobs.size(), 6u);
}

// SIGBUS that is not poison: nothing is recovered, nothing is written.
TEST_F(FioEngine, AFileCutShortUnderItsMappingIsNotRecoveredAndDoesNotGrow) {
  for (const std::string rw : {"randread", "randwrite"}) {
    ASSERT_EQ(FioLogged("--rw=write").status, 0);
    const Ran ran = Run(
        "sh -c 'fio --ioengine=external:" + std::string(DAXMEND_ENGINE) +
        " --filename=" + file_ +
        " --name=job --size=1m --bs=4k --thread --rw=" + rw +
        " --access=mmap --recovery=write --allow_nodax=1 --path_log=" + log_ +
        " --norandommap --time_based --runtime=600 & pid=$!; "
        "until grep -q " +
        file_ +
        " /proc/$pid/maps; do kill -0 $pid || break; "
        "sleep 0.05; done; truncate -s 512k " +
        file_ + "; wait $pid'");
    EXPECT_NE(ran.status, 0) << rw;
    EXPECT_THAT(ran.err, testing::HasSubstr("has become shorter")) << rw;
    EXPECT_EQ(std::filesystem::file_size(file_), 512u * 1024) << rw;
    const JobRecord job = Log().jobs.at(0);
    EXPECT_EQ(job.counters.recovered_ios, 0u) << rw;
    EXPECT_EQ(job.counters.failed_ios, 1u) << rw;
    for (Path path :
         {Path::kDetect, Path::kSalvage, Path::kRepair, Path::kRecovery})
      EXPECT_EQ(job.path(path).count(), 0u) << rw;
  }
}

}  // namespace
}  // namespace daxmend
