// SPDX-License-Identifier: GPL-2.0-only
//
// What the engine refuses before any I/O, and how jobs that did not run fail.

#include <sys/mount.h>

#include <filesystem>

#include "tests/fio/fio_engine_fixture.h"

namespace daxmend {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(FioEngine, RefusesOptionsThatDoNotGoTogether) {
  for (const char* flags : {"0", "2"})
    ExpectRefusal(
        std::string("--allow_nodax=1 --access=mmap --rwf_flags=") + flags,
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

TEST_F(FioEngine, RefusesARecoveryFlagThatIsNone) {
  // RWF_SYNC is accepted by every kernel, and means something else.
  const std::string job = "--allow_nodax=1 --rw=read --recovery=flag ";
  ExpectRefusal(job + "--recovery_flag=4", "uses it for RWF_SYNC, not for");
  ExpectRefusal(job + "--recovery_flag=0x40000000", "does not have it");
  ExpectRefusal(job + "--recovery_flag=0x30", "is not one bit");
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
  std::ofstream(directory_ + "/plain") << "x";
  ExpectRefusal(
      "--allow_nodax=1 --path_log=" + directory_ + "/plain/new/run.json",
      "create the directory " + directory_ + "/plain/new");
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

TEST_F(FioEngine, RefusesSectionsOfOneNameThatDifferInTheLog) {
  std::ofstream(directory_ + "/job.fio")
      << "[global]\nioengine=external:" DAXMEND_ENGINE
         "\nallow_nodax=1\nsize=1m\nrw=read\nfilename="
      << file_ << "\npath_log=" << log_ << "\n[a]\nbs=4k\n[a]\nbs=8k\n";
  const Ran ran = Run("fio job.fio");
  EXPECT_NE(ran.status, 0);
  EXPECT_THAT(ran.err, HasSubstr("job a: another section of this name has "
                                 "other options"));
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
  for (const char* rw : {"trim", "randtrim", "trimwrite"})
    for (const char* access : {"syscall", "mmap"})
      ExpectRefusal(
          std::string("--allow_nodax=1 --access=") + access + " --rw=" + rw,
          std::string("trim (rw=") + rw + ") is not supported");
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

TEST_F(FioEngine, LaysNoFileOutInPlaceOfDeviceDax) {
  const std::string missing = "/dev/dax98.7";
  const Ran ran = Run("fio --ioengine=external:" DAXMEND_ENGINE
                      " --name=job --rw=read --access=mmap --size=64k "
                      "--filename=" +
                      missing);
  EXPECT_NE(ran.status, 0);
  EXPECT_THAT(ran.err + ran.out, HasSubstr(missing + " is not there"));
  EXPECT_FALSE(std::filesystem::exists(missing));
  std::filesystem::remove(missing);
}

TEST_F(FioEngine, RefusesAFioItWasNotBuiltFor) {
  const Ran ran = Fio("--allow_nodax=1", DAXMEND_OTHER_ENGINE);
  EXPECT_NE(ran.status, 0);
  EXPECT_THAT(ran.err,
              AllOf(HasSubstr("daxmend: this engine was built for fio-0.7"),
                    HasSubstr("FIO_SOURCE_DIR")));
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(FioEngine, RefusesMoreThreadsThanThereAreDescriptorsFor) {
  const Ran ran = Run("sh -c 'ulimit -n 100; exec fio --ioengine=external:" +
                      std::string(DAXMEND_ENGINE) +
                      " --name=job --thread --numjobs=200 --size=4k --bs=4k "
                      "--rw=write --directory=. --allow_nodax=1 "
                      "--recovery=write'");
  EXPECT_NE(ran.status, 0);
  EXPECT_THAT(ran.err,
              HasSubstr("daxmend: job job: 200 threads open 464 descriptors, "
                        "but this process may have 100: run ulimit -n 464 "
                        "first, or leave thread=1 out"));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/job.0.0"));
}

TEST_F(FioEngine, RaisesTheSoftLimitOfDescriptorsForItsThreads) {
  const Ran ran = Run("sh -c 'ulimit -Sn 80; exec fio --ioengine=external:" +
                      std::string(DAXMEND_ENGINE) +
                      " --name=job --thread --numjobs=60 --size=4k --bs=4k "
                      "--rw=write --directory=. --allow_nodax=1 "
                      "--recovery=write'");
  EXPECT_EQ(ran.status, 0) << ran.err;
}

TEST_F(FioEngine, DoesNotSuggestAllowNodaxForADeviceThatIsOnlyMapped) {
  const Ran ran = Run("fio --ioengine=external:" DAXMEND_ENGINE
                      " --name=job --rw=read --size=1m --filename=/dev/zero");
  EXPECT_NE(ran.status, 0);
  EXPECT_THAT(ran.err, HasSubstr("device-dax"));
  EXPECT_THAT(ran.err, testing::Not(HasSubstr("allow_nodax")));
}

}  // namespace
}  // namespace daxmend
