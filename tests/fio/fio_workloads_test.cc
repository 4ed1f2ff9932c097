// SPDX-License-Identifier: GPL-2.0-only
//
// fio's workloads through the engine: what is written is read back, and what
// the engine counts is what fio counts.

#include "tests/fio/fio_engine_fixture.h"

namespace daxmend {
namespace {

using ::testing::HasSubstr;

TEST_F(FioEngine, WritesWhatItReadsBack) {
  const Ran ran = FioLogged("--rw=randwrite --verify=crc32c --recovery=write");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  ASSERT_EQ(Log().jobs.size(), 1u);
  EXPECT_EQ(Log().jobs[0].counters.ios, 512u);  // written, then verified
  EXPECT_EQ(Log().jobs[0].counters.bytes, 2u << 20);
}

TEST_F(FioEngine, CountsWhatFioCounts) {
  for (const char* access : {"--access=syscall ", "--access=mmap "})
    for (const char* rw :
         {"--rw=randread", "--rw=randwrite", "--rw=randrw --rwmixread=70",
          "--rw=randrw --bssplit=512/30:4k/40:64k/30 --io_size=4m",
          "--rw=randwrite --verify=crc32c --verify_backlog=16",
          "--rw=write --fsync=8 --end_fsync=1",
          "--rw=randread --time_based=1 --runtime=1 --rate=4m"}) {
      const std::string options = std::string(access) + rw;
      const Ran ran = FioLogged(options);
      EXPECT_EQ(ran.status, 0) << options << ran.out << ran.err;
      EXPECT_EQ(LoggedIos(), FioIos()) << options;
      EXPECT_EQ(Log().jobs[0].counters.failed_ios, 0u) << options;
    }
}

TEST_F(FioEngine, ClonesMergeAsProcessesAndAsThreads) {
  for (const char* how : {"--thread=0", "--thread=1"}) {
    const Ran ran = FioLogged(
        std::string("--rw=randread --numjobs=4 --recovery=write ") + how);
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    ASSERT_EQ(Log().jobs.size(), 1u) << how;
    EXPECT_EQ(Log().jobs[0].counters.ios, 4 * 256u) << how;
    EXPECT_EQ(Log().jobs[0].path(Path::kFast).count(), 4 * 256u) << how;
  }
}

TEST_F(FioEngine, JobsThatRunAtOnceAllGetIntoTheLog) {
  const std::string next = " --ioengine=external:" DAXMEND_ENGINE
                           " --allow_nodax=1 --size=1m --filename=" +
                           file_ + " --path_log=" + log_;
  const Ran ran = FioLogged("--rw=randread --name=b --rw=randwrite" + next +
                            " --name=c --rw=randread --stonewall" + next);
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_EQ(Log().jobs.size(), 3u);
  EXPECT_EQ(Log().jobs[0].rw, "randread");
  EXPECT_EQ(Log().jobs[1].rw, "randwrite");
}

TEST_F(FioEngine, VerifiesWhatManyJobsWriteByProcessAndByThread) {
  for (const char* access : {"--access=syscall ", "--access=mmap "})
    for (const char* how : {"--thread=0 ", "--thread=1 "}) {
      const std::string options =
          std::string(
              "--rw=randwrite --verify=crc32c --verify_interval=512 "
              "--bssplit=512/30:4k/40:64k/30 --numjobs=4 "
              "--offset_increment=1m --recovery=write ") +
          access + how;
      const Ran ran = FioLogged(options);
      EXPECT_EQ(ran.status, 0) << options << ran.out << ran.err;
      ASSERT_EQ(Log().jobs.size(), 1u) << options;
      EXPECT_EQ(Log().jobs[0].counters.bytes, 8u << 20) << options;
    }
}

TEST_F(FioEngine, LogsOfManyJobsMergeIntoOne) {
  for (const char* how : {"thread=0", "thread=1"}) {
    std::ofstream job(directory_ + "/many.fio");
    job << "[global]\nioengine=external:" DAXMEND_ENGINE
           "\nallow_nodax=1\nsize=1m\nbs=4k\nnumjobs=3\nfilename="
        << file_ << "\npath_log=" << log_ << "\n"
        << how << "\n";
    for (int i = 0; i < 12; ++i)
      job << "[job" << i << "]\nrw=" << (i % 2 ? "randread" : "randwrite")
          << "\naccess=" << (i % 3 ? "syscall" : "mmap") << "\n";
    job.close();
    const Ran ran = Run("fio --output-format=json --output=fio.json many.fio");
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    const RunRecord log = Log();
    ASSERT_EQ(log.jobs.size(), 12u) << how;
    for (int i = 0; i < 12; ++i) {
      EXPECT_EQ(log.jobs[i].name, "job" + std::to_string(i)) << how;
      EXPECT_EQ(log.jobs[i].counters.ios, 3 * 256u) << how;
    }
    EXPECT_EQ(LoggedIos(), FioIos()) << how;
  }
}

TEST_F(FioEngine, MakesTheDirectoryOfItsLog) {
  log_ = directory_ + "/results/latest/run.json";
  EXPECT_EQ(FioLogged("--rw=read").status, 0);
  EXPECT_EQ(Log().jobs.size(), 1u);
}

TEST_F(FioEngine, KeepsEveryValueOfAnOptionThatWasGivenSeveralTimes) {
  std::ofstream(directory_ + "/job.fio")
      << "[global]\nioengine=external:" DAXMEND_ENGINE
         "\nallow_nodax=1\nsize=1m\nbs=4k\nrw=write\nfilename="
      << file_ << ".g\npath_log=" << log_
      << "\n[two]\nbs=8k\nfilename=" << file_ << ".a\nfilename=" << file_
      << ".b\n[own]\nbs=4k\nbs=16k\n";
  const Ran ran = Run("fio job.fio");
  ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  const RunRecord log = Log();
  ASSERT_EQ(log.jobs.size(), 2u);
  // fio adds them up, those of [global] too: each of the three exists.
  EXPECT_EQ(log.jobs[0].options.at("filename"),
            file_ + ".g\n" + file_ + ".a\n" + file_ + ".b");
  for (const char* name : {".g", ".a", ".b"})
    EXPECT_TRUE(std::filesystem::exists(file_ + name)) << name;
  // A section's own values replace [global]'s of other options.
  EXPECT_EQ(log.jobs[0].options.at("bs"), "8k");
  EXPECT_EQ(log.jobs[1].options.at("bs"), "4k\n16k");
  EXPECT_EQ(log.jobs[1].options.at("filename"), file_ + ".g");
}

TEST_F(FioEngine, NamesAJobWhoseWorkerWasKilled) {
  // Its shell's parent is the worker, which has done its I/O by then.
  const std::string next = " --stonewall --ioengine=external:" DAXMEND_ENGINE
                           " --allow_nodax=1 --size=1m --filename=" +
                           file_ + " --path_log=" + log_ +
                           " --exec_postrun='kill -9 $PPID'";
  const Ran ran = FioLogged("--rw=write --name=gone --rw=read --bs=4k" + next);
  EXPECT_THAT(Log().unfinished, ::testing::ElementsAre("gone"));
  EXPECT_THAT(ran.out + ran.err,
              HasSubstr("INCOMPLETE: 1 of job gone's workers ended without a "
                        "record"));
  EXPECT_EQ(Log().jobs.size(), 1u);
}

TEST_F(FioEngine, AFailedRunLeavesNoOlderRecordToBeReported) {
  ASSERT_EQ(FioLogged("--rw=write").status, 0);
  ASSERT_EQ(FioLogged("--rw=read --allow_nodax=0").status, 1);
  EXPECT_FALSE(std::filesystem::exists(log_));
  EXPECT_TRUE(std::filesystem::exists(log_ + ".previous"));
}

TEST_F(FioEngine, SaysWhereItRan) {
  FioLogged("--rw=read");
  const Environment environment = Log().environment;
  EXPECT_THAT(environment.fio, HasSubstr("fio-"));
  EXPECT_FALSE(environment.filesystem.empty());
  EXPECT_FALSE(environment.kernel.empty());
}

TEST_F(FioEngine, LeavesRampTimeOutOfItsResults) {
  FioLogged("--rw=randread --ramp_time=1 --runtime=1 --time_based=1");
  EXPECT_NEAR(static_cast<double>(LoggedIos()), static_cast<double>(FioIos()),
              0.2 * static_cast<double>(FioIos()));
}

TEST_F(FioEngine, PassesRwfFlagsOn) {
  EXPECT_EQ(FioLogged("--rw=randwrite --rwf_flags=0x2").status, 0);
  EXPECT_EQ(LoggedIos(), 256u);
  // The same calls without any.
  EXPECT_EQ(FioLogged("--rw=randrw --rwf_flags=0").status, 0);
  EXPECT_EQ(LoggedIos(), 256u);
  // No kernel knows this one: the I/O fails, and fio with it.
  const Ran ran = FioLogged("--rw=randread --rwf_flags=0x40000000");
  EXPECT_NE(ran.status, 0);
  EXPECT_EQ(Log().jobs[0].counters.failed_ios, 1u);
}

TEST_F(FioEngine, GoesOnAfterErrorsWhenToldTo) {
  const Ran ran = FioLogged(
      "--rw=randread --rwf_flags=0x40000000 --continue_on_error=all "
      "--ignore_error=95");
  EXPECT_EQ(ran.status, 0) << ran.err;
  const std::string refusal =
      "daxmend: job job: the kernel refuses rwf_flags=0x40000000 on " + file_;
  const size_t told = ran.err.find(refusal);
  ASSERT_NE(told, std::string::npos) << ran.err;
  EXPECT_EQ(ran.err.find("the kernel refuses", told + refusal.size()),
            std::string::npos)
      << "once a job, not once an I/O";
  EXPECT_EQ(Log().jobs[0].counters.failed_ios, 256u);
  EXPECT_EQ(Log().jobs[0].counters.ios, 256u);
}

TEST_F(FioEngine, StopsAtTheEndOfAFileThatEndsInAPage) {
  { std::ofstream(file_) << std::string(10'000, 'x'); }
  const Ran ran =
      Run("fio --ioengine=external:" DAXMEND_ENGINE " --filename=" + file_ +
          " --name=job --rw=read --bs=4k --allow_nodax=1 --recovery=write "
          "--path_log=" +
          log_);
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_EQ(Log().jobs[0].counters.failed_ios, 0u);
}

TEST_F(FioEngine, WritesThroughAMappingWhatItReadsBack) {
  for (const char* rw :
       {"--rw=randwrite --verify=crc32c", "--rw=read",
        "--rw=randrw --bssplit=512/30:4k/40:64k/30 --io_size=4m --numjobs=2",
        "--rw=randwrite --sync=1", "--rw=write --fsync=8 --thread=1"}) {
    const Ran ran =
        FioLogged(std::string("--access=mmap --recovery=write ") + rw);
    EXPECT_EQ(ran.status, 0) << rw << ran.out << ran.err;
    EXPECT_EQ(LoggedIos(), FioIos()) << rw;
    EXPECT_EQ(Log().jobs[0].access, "mmap");
    EXPECT_EQ(Log().jobs[0].counters.failed_ios, 0u) << rw;
  }
}

}  // namespace
}  // namespace daxmend
