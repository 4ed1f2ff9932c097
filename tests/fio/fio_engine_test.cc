// SPDX-License-Identifier: GPL-2.0-only
//
// The engine in the fio that is installed, on a file without DAX: everything
// but poison, which needs the emulated NVDIMM (tests/guest).

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "core/file_io.h"
#include "core/run_record.h"
#include "tests/unit/recovery_poisoned_mapping.h"

namespace daxmend {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

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

  // Runs `command` in the test's directory.
  Ran Run(const std::string& command) {
    std::string preload;
    if (*DAXMEND_PRELOAD)
      preload = "LD_PRELOAD=" DAXMEND_PRELOAD " ASAN_OPTIONS=detect_leaks=0 ";
    const int status = std::system(("cd " + directory_ + " && " + preload +
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
    EXPECT_THAT(ran.out + ran.err, HasSubstr(why)) << arguments;
    EXPECT_FALSE(std::filesystem::exists(log_)) << arguments;
    EXPECT_THAT(ran.out, Not(HasSubstr("latency by path"))) << arguments;
  }

  std::string directory_, file_, log_;
};

TEST_F(FioEngine, WritesWhatItReadsBack) {
  const Ran ran = FioLogged("--rw=randwrite --verify=crc32c --recovery=write");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  ASSERT_EQ(Log().jobs.size(), 1u);
  EXPECT_EQ(Log().jobs[0].counters.ios, 512u);  // written, then verified
  EXPECT_EQ(Log().jobs[0].counters.bytes, 2u << 20);
}

TEST_F(FioEngine, CountsWhatFioCounts) {
  for (const char* rw :
       {"--rw=randread", "--rw=randwrite", "--rw=randrw --rwmixread=70",
        "--rw=randrw --bssplit=512/30:4k/40:64k/30 --io_size=4m",
        "--rw=randwrite --verify=crc32c --verify_backlog=16",
        "--rw=write --fsync=8 --end_fsync=1",
        "--rw=randread --time_based=1 --runtime=1 --rate=4m"}) {
    const Ran ran = FioLogged(rw);
    EXPECT_EQ(ran.status, 0) << rw << ran.out << ran.err;
    EXPECT_EQ(LoggedIos(), FioIos()) << rw;
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

TEST_F(FioEngine, PrintsItsSummaryOnceAfterFiosOutput) {
  const Ran ran = Fio("--allow_nodax=1 --rw=read --numjobs=3");
  const size_t summary = ran.out.find("daxmend: latency by path");
  ASSERT_NE(summary, std::string::npos) << ran.out;
  EXPECT_GT(summary, ran.out.find("Run status group"));
  EXPECT_EQ(ran.out.find("daxmend: latency by path", summary + 1),
            std::string::npos);
  EXPECT_THAT(Fio("--allow_nodax=1 --rw=read --numjobs=3 --thread=1").out,
              HasSubstr("daxmend: latency by path"));
}

TEST_F(FioEngine, LeavesOutputForMachinesAlone) {
  const Ran ran = Fio("--allow_nodax=1 --rw=read --output-format=json");
  EXPECT_TRUE(nlohmann::json::accept(ran.out)) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr("daxmend: latency by path"));
  const Ran to_file = FioLogged("--rw=read");
  EXPECT_THAT(to_file.out, HasSubstr("daxmend: latency by path"));
  EXPECT_EQ(FioJson()["jobs"].size(), 1u);
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

TEST_F(FioEngineOverPoison, RefusesMorePoisonThanThereArePages) {
  EXPECT_THAT(FioLogged("--access=mmap --rw=read --userfault_poison=257").err,
              HasSubstr("is more than the file's 256 pages"));
}

TEST_F(FioEngine, RefusesOptionsThatDoNotGoTogether) {
  ExpectRefusal("--allow_nodax=1 --access=mmap --rwf_flags=2",
                "rwf_flags= are for system calls");
  ExpectRefusal("--allow_nodax=1 --userfault_poison=2", "set access=mmap");
}

TEST_F(FioEngine, FailsForAJobThatFioLeavesOut) {
  for (const char* how : {"--thread=0", "--thread=1"}) {
    const Ran ran =
        Fio(std::string("--allow_nodax=1 --rw=read --path_log=" + log_ +
                        " --name=left-out --exec_prerun=false "
                        "--ioengine=external:" DAXMEND_ENGINE
                        " --size=1m --allow_nodax=1 --stonewall "
                        "--filename=") +
            file_ + " " + how);
    EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("daxmend: job left-out did not run, its "
                                   "exec_prerun failed: see "
                                   "left-out.prerun.txt"))
        << how;
    EXPECT_EQ(Log().jobs.size(), 1u) << how;
  }
}

TEST_F(FioEngine, DoesNotCallAnInterruptedJobAFailedOne) {
  const Ran ran = Run("timeout -s INT 1 fio --ioengine=external:" DAXMEND_ENGINE
                      " --filename=" +
                      file_ +
                      " --name=job --size=1m --rw=read --allow_nodax=1 "
                      "--exec_prerun='sleep 3'");
  EXPECT_THAT(ran.err, Not(HasSubstr("daxmend: job")));
}

TEST_F(FioEngine, ExplainsItsOptions) {
  const Ran all = Run("fio --enghelp=" DAXMEND_ENGINE);
  for (const char* option :
       {"access", "recovery", "rwf_flags", "backup", "path_log", "allow_nodax",
        "userfault_poison", "recovery_flag", "salvage"})
    EXPECT_THAT(all.out, HasSubstr(option));
  EXPECT_THAT(Run("fio --enghelp=" DAXMEND_ENGINE ",recovery").out,
              AllOf(HasSubstr("none"), HasSubstr("write"), HasSubstr("flag"),
                    HasSubstr("clear"), HasSubstr("punch")));
}

TEST_F(FioEngine, RefusesARecoveryFlagThatIsNone) {
  // RWF_SYNC is accepted by every kernel, and means something else.
  const std::string job = "--allow_nodax=1 --rw=read --recovery=flag ";
  ExpectRefusal(job + "--recovery_flag=4", "uses it for RWF_SYNC, not for");
  ExpectRefusal(job + "--recovery_flag=0x40000000", "does not have it");
  ExpectRefusal(job + "--recovery_flag=0x30", "is not one bit");
}

TEST_F(FioEngine, ParsesWithoutRunning) {
  EXPECT_EQ(Fio("--allow_nodax=1 --parse-only").status, 0);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(FioEngine, RefusesAFileWithoutDax) {
  { std::ofstream(file_) << std::string(1 << 20, 'x'); }
  ExpectRefusal("--rw=read --path_log=" + log_,
                "daxmend: " + file_ + " is not a DAX file");
  ExpectRefusal("--rw=read", "or set allow_nodax=1");
}

TEST_F(FioEngine, RefusesAFileWithoutDaxThatItLaysOutItself) {
  ExpectRefusal("--rw=read", "is not a DAX file");
}

TEST_F(FioEngine, RefusesWordsItDoesNotKnow) {
  ExpectRefusal("--allow_nodax=1 --recovery=wirte", "valid values: none");
  ExpectRefusal("--allow_nodax=1 --access=nmap", "valid values: syscall");
}

TEST_F(FioEngine, RefusesAnUnsetVariableOfTheJobFile) {
  for (const char* option : {"path_log", "backup"}) {
    std::ofstream(directory_ + "/job.fio")
        << "[job]\nioengine=external:" DAXMEND_ENGINE
           "\nallow_nodax=1\nsize=1m\nrecovery=write\nfilename="
        << file_ << "\n"
        << option << "=${DAXMEND_UNSET_VARIABLE}\n";
    const Ran ran = Run("fio job.fio");
    EXPECT_NE(ran.status, 0);
    EXPECT_THAT(ran.err, HasSubstr("daxmend: " + std::string(option) +
                                   "= has no value (an unset variable?)"));
  }
}

TEST_F(FioEngine, RefusesALogThatCannotBeWritten) {
  ExpectRefusal("--allow_nodax=1 --path_log=/nonexistent/run.json",
                "create the directory /nonexistent");
  ExpectRefusal("--allow_nodax=1 --path_log=/dev/full",
                "/dev/full is not a regular file");
  EXPECT_FALSE(std::filesystem::exists(file_)) << "I/O was done before";
}

TEST_F(FioEngine, RefusesALogOnAFullDisk) {
  const std::string full = directory_ + "/full";
  std::filesystem::create_directory(full);
  if (mount("none", full.c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "needs the privilege to mount";
  ExpectRefusal("--allow_nodax=1 --path_log=" + full + "/run.json",
                "No space left on device");
  EXPECT_TRUE(std::filesystem::is_empty(full));
  umount(full.c_str());
}

TEST_F(FioEngine, RefusesABackupThatIsMissingOrTheFileItself) {
  const std::string options = "--allow_nodax=1 --rw=read --recovery=write ";
  EXPECT_THAT(Fio(options + "--backup=/nonexistent").err,
              HasSubstr("daxmend: backup /nonexistent: No such file"));
  EXPECT_THAT(Fio(options + "--backup=" + file_).err,
              HasSubstr("is the file itself"));
  EXPECT_NE(Fio(options + "--backup=" + file_).status, 0);
}

TEST_F(FioEngine, RefusesWorkersThatSubmitForTheJob) {
  ExpectRefusal("--allow_nodax=1 --io_submit_mode=offload",
                "io_submit_mode=offload cannot load an external engine");
}

TEST_F(FioEngine, RefusesTrims) {
  ExpectRefusal("--allow_nodax=1 --rw=randtrim", "rw=randtrim trims");
}

TEST_F(FioEngine, RefusesToRecoverWhereNothingMayBeWritten) {
  { std::ofstream(file_) << std::string(1 << 20, 'x'); }
  ExpectRefusal("--allow_nodax=1 --rw=read --readonly --recovery=write",
                "--readonly forbids it");
}

TEST_F(FioEngine, FailsOnAFileThatIsNotThere) {
  const Ran ran = Run("fio --ioengine=external:" DAXMEND_ENGINE
                      " --name=job --rw=read --filename=" +
                      directory_ + "/missing");
  EXPECT_NE(ran.status, 0);
}

TEST_F(FioEngine, RefusesAFioItWasNotBuiltFor) {
  const Ran ran = Fio("--allow_nodax=1", DAXMEND_OTHER_ENGINE);
  EXPECT_NE(ran.status, 0);
  EXPECT_THAT(ran.err,
              AllOf(HasSubstr("daxmend: this engine was built for fio-0.7"),
                    HasSubstr("FIO_SOURCE_DIR")));
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(FioEngine, ServesJobsOverFiosOwnNetworkProtocol) {
  std::ofstream(directory_ + "/job.fio")
      << "[job]\nioengine=external:" DAXMEND_ENGINE
         "\nallow_nodax=1\nsize=1m\nrw=randwrite\nfilename="
      << file_ << "\npath_log=" << log_ << "\n";
  const std::string socket = directory_ + "/socket";
  const Ran ran = Run("sh -c 'fio --server=sock:" + socket +
                      " >server 2>&1 & server=$!; for i in 1 2 3 4 5 6 7 8 9; "
                      "do test -S " +
                      socket +
                      " && break; sleep 0.2; done; "
                      "fio --client=sock:" +
                      socket +
                      " job.fio; "
                      "status=$?; kill $server; exit $status'");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_EQ(LoggedIos(), 256u);
}

TEST_F(FioEngine, WorksFromWhereItIsInstalled) {
  const std::string prefix = directory_ + "/prefix";
  ASSERT_EQ(std::system(("DESTDIR= " DAXMEND_CMAKE " --install " DAXMEND_BUILD
                         "/ioengine --prefix " +
                         prefix + " >/dev/null")
                            .c_str()),
            0);
  std::string engine;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(prefix))
    if (entry.path().filename() == "fio-daxmend.so") engine = entry.path();
  EXPECT_THAT(engine, HasSubstr("/fio/fio-daxmend.so"));
  EXPECT_EQ(Fio("--allow_nodax=1 --rw=read", engine).status, 0);
}

}  // namespace
}  // namespace daxmend
