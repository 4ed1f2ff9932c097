// SPDX-License-Identifier: GPL-2.0-only

#include "machine/image/image_cache.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "machine/image/guest_image.h"
#include "machine/image/image_script.h"
#include "machine/image/install_layout.h"
#include "machine/image/installed_kernel.h"
#include "machine/program_search.h"
#include "system/file_io.h"
#include "tests/unit/scratch_directory.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::ThrowsMessage;

// An installation whose scripts only write down how they were called.
class ImageCacheTest : public InScratchDirectory {
 protected:
  void SetUp() override {
    for (const char* variable : {"PATH", "XDG_CACHE_HOME", "HOME"})
      if (const char* value = getenv(variable))
        before_.emplace_back(variable, value);
    Here().prefix = directory_ + "/here";
    Here().named_prefix = "/usr";
    Write("here/" + std::string(kInstalledData) + "/prefix", "/usr\n");
    Write("here/" + std::string(kInstalledProgram), "program");
    Write("here/" + std::string(kInstalledEngine), "engine");
    Data("jobs/a.fio", "a");
    Data("guest/nfit.aml", "nfit");
    Data("guest/ssdt.aml", "ssdt");
    Data("guest/init.sh", "");
    Data("guest/apt.sh", "");
    Script("base.sh", "touch $1.files; echo base >$1");
    Script("overlay.sh", "echo overlay >$1");
    Script("kernel.sh",
           "mkdir -p $1; echo 6.1.0-9-amd64 >$1/version; : >$1/kernel");
    for (const char* name : {"fio", "ndctl", "mkfs.ext4", "mkfs.xfs", "xfs_io",
                             "busybox", "cpio", "depmod", "ldd", "modprobe",
                             "xz", "zstd", "apt-get", "apt-cache", "dpkg-deb"})
      Executable(name);
    Write("library", "");
    Write("bin/ldd",
          "#!/bin/sh\necho ' l.so => " + directory_ + "/library (0x1)'\n");
    setenv("PATH", (directory_ + "/bin:/usr/bin:/bin").c_str(), 1);
    request_.directory = directory_ + "/cache/guest";
    request_.boot = directory_ + "/boot";
    request_.modules = directory_ + "/modules";
    request_.say = [this](const std::string& line) { said_.push_back(line); };
  }

  void TearDown() override {
    for (const char* variable : {"PATH", "XDG_CACHE_HOME", "HOME"})
      unsetenv(variable);
    for (const auto& [name, value] : before_)
      setenv(name.c_str(), value.c_str(), 1);
  }

  Installation& Here() { return request_.installation; }

  void Write(const std::string& name, const std::string& content) {
    const fs::path path = directory_ + "/" + name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }
  void Data(const std::string& name, const std::string& content) {
    Write("here/" + std::string(kInstalledData) + "/" + name, content);
  }
  void Script(const std::string& name, const std::string& body) {
    Data("guest/" + name,
         "echo \"" + name + " $*\" >>" + directory_ + "/calls\n" + body + "\n");
  }
  void Executable(const std::string& name) {
    Write("bin/" + name, "#!/bin/sh\n");
    fs::permissions(directory_ + "/bin/" + name, fs::perms::owner_all);
  }
  void HaveKernel(const std::string& version, const std::string& module) {
    Write("boot/vmlinuz-" + version, "");
    Write("modules/" + version + "/modules.dep",
          "kernel/drivers/acpi/" + module + ".ko: \n");
  }

  // How the scripts were called since the last time, a line each.
  std::vector<std::string> Calls() {
    std::vector<std::string> calls;
    std::ifstream in(directory_ + "/calls");
    for (std::string line; std::getline(in, line);) calls.push_back(line);
    fs::remove(directory_ + "/calls");
    return calls;
  }

  ImageCacheRequest request_;
  std::vector<std::string> said_;
  std::vector<std::pair<std::string, std::string>> before_;
};

TEST_F(ImageCacheTest, TheFirstGuestMakesTheImageAndSaysWhere) {
  UpdateImageCache(request_);
  EXPECT_THAT(Calls(),
              ElementsAre(HasSubstr("base.sh "), HasSubstr("overlay.sh "),
                          HasSubstr("kernel.sh ")));
  EXPECT_THAT(said_, Contains(HasSubstr(request_.directory)));
  const GuestImage image = FindGuestImage(request_.directory, "stock");
  EXPECT_EQ(image.version, "6.1.0-9-amd64");
  EXPECT_EQ(ReadFile(image.nfit), "nfit");
}

TEST_F(ImageCacheTest, TheSecondMakesNothingAndSaysNothing) {
  UpdateImageCache(request_);
  Calls();
  said_.clear();
  UpdateImageCache(request_);
  EXPECT_THAT(Calls(), IsEmpty());
  EXPECT_THAT(said_, IsEmpty());
}

TEST_F(ImageCacheTest, AnUpgradeMakesAnewWhatCameFromThePackage) {
  UpdateImageCache(request_);
  Calls();
  Write("here/" + std::string(kInstalledEngine), "another engine");
  UpdateImageCache(request_);
  EXPECT_THAT(Calls(), ElementsAre(HasSubstr("overlay.sh ")));
  Data("guest/ssdt.aml", "another");
  UpdateImageCache(request_);
  EXPECT_EQ(ReadFile(request_.directory + "/ssdt.aml"), "another");
  Write("library", "another library");
  UpdateImageCache(request_);
  EXPECT_THAT(Calls(),
              ElementsAre(HasSubstr("base.sh "), HasSubstr("overlay.sh ")));
  Write("bin/fio", "another fio");
  UpdateImageCache(request_);
  EXPECT_THAT(Calls(), Contains(HasSubstr("base.sh ")));
}

TEST_F(ImageCacheTest, TheGuestFindsFilesByTheNamesThatJobFilesHave) {
  UpdateImageCache(request_);
  EXPECT_THAT(Calls(),
              Contains(AllOf(HasSubstr("here/" + std::string(kInstalledEngine) +
                                       "=/usr/" + kInstalledEngine),
                             HasSubstr("/jobs=/usr/share/daxmend/jobs"))));
}

TEST_F(ImageCacheTest, WithoutTheEngineThereIsAGuestAllTheSame) {
  fs::remove(Here().Engine());
  UpdateImageCache(request_);
  EXPECT_THAT(said_, Contains(HasSubstr("package fio-daxmend")));
}

TEST_F(ImageCacheTest, AScriptThatFailsIsTheCauseAndIsRunAgain) {
  Script("overlay.sh",
         "echo one; echo 'overlay: the disk is full' >&2; exit 1");
  EXPECT_THAT([&] { UpdateImageCache(request_); },
              ThrowsMessage<Error>(
                  AllOf(HasSubstr("the disk is full"), Not(HasSubstr("\n")))));
  EXPECT_THAT(said_, Contains("one"));
  EXPECT_FALSE(fs::exists(request_.directory + "/scratch"));
  Calls();
  Script("overlay.sh", "echo overlay >$1");
  UpdateImageCache(request_);
  EXPECT_THAT(Calls(),
              ElementsAre(HasSubstr("overlay.sh "), HasSubstr("kernel.sh ")));
}

TEST_F(ImageCacheTest, WhatIsMissingIsNamedWithItsPackages) {
  fs::remove(directory_ + "/bin/fio");
  setenv("PATH", (directory_ + "/bin").c_str(), 1);
  EXPECT_THAT([&] { UpdateImageCache(request_); },
              ThrowsMessage<Error>(HasSubstr("apt install fio")));
}

TEST_F(ImageCacheTest, AnInstalledKernelComesBeforeADownload) {
  HaveKernel("6.1.0-9-amd64", "nfit/nfit");
  HaveKernel("6.1.0-10-amd64", "nfit/nfit");
  HaveKernel("6.1.0-11-cloud-amd64", "nfit/nfit");
  HaveKernel("6.12.1-amd64", "other");
  UpdateImageCache(request_);
  EXPECT_THAT(Calls(), Contains(AllOf(HasSubstr("boot/vmlinuz-6.1.0-10-amd64 "),
                                      HasSubstr("modules/6.1.0-10-amd64"))));
}

TEST_F(ImageCacheTest, WithoutOneThePackageIsAskedFor) {
  UpdateImageCache(request_);
  EXPECT_THAT(Calls(), Contains(HasSubstr("stock linux-image-amd64 ")));
}

TEST_F(ImageCacheTest, AnotherVersionIsMadeBesideTheStockOne) {
  UpdateImageCache(request_);
  Calls();
  Script("kernel.sh",
         "mkdir -p $1; echo 6.12.9-amd64 >$1/version; : >$1/kernel");
  request_.kernel = "6.12";
  UpdateImageCache(request_);
  EXPECT_THAT(Calls(), ElementsAre(HasSubstr("kernel.sh " + request_.directory +
                                             "/6.12 6.12 ")));
  EXPECT_EQ(FindGuestImage(request_.directory, "6.12").version, "6.12.9-amd64");
  EXPECT_EQ(FindGuestImage(request_.directory, "stock").version,
            "6.1.0-9-amd64");
  UpdateImageCache(request_);
  EXPECT_THAT(Calls(), IsEmpty());
}

TEST_F(ImageCacheTest, TheStockKernelIsTheFirstWheneverItWasMade) {
  Script("kernel.sh", "mkdir -p $1; basename $1 >$1/version; : >$1/kernel");
  request_.kernel = "6.12";
  UpdateImageCache(request_);
  request_.kernel = "stock";
  UpdateImageCache(request_);
  EXPECT_EQ(FindGuestImage(request_.directory, "stock").version, "stock");
}

TEST_F(ImageCacheTest, ItIsInTheUsersCacheDirectory) {
  setenv("HOME", "/home/somebody", 1);
  setenv("XDG_CACHE_HOME", "/elsewhere", 1);
  EXPECT_EQ(UserImageDirectory(), "/elsewhere/daxmend/guest");
  setenv("XDG_CACHE_HOME", "relative", 1);
  EXPECT_EQ(UserImageDirectory(), "/home/somebody/.cache/daxmend/guest");
  unsetenv("XDG_CACHE_HOME");
  unsetenv("HOME");
  EXPECT_THAT([] { UserImageDirectory(); },
              ThrowsMessage<Error>(HasSubstr("set one")));
}

TEST_F(ImageCacheTest, AProgramIsInstalledWhereItsPrefixSaysSo) {
  const auto found =
      FindInstallation(directory_ + "/here/" + kInstalledProgram);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->prefix, directory_ + "/here");
  EXPECT_EQ(found->named_prefix, "/usr");
  EXPECT_TRUE(found->Moved());
  EXPECT_EQ(found->Named(found->Program()),
            "/usr/" + std::string(kInstalledProgram));
  EXPECT_FALSE(FindInstallation(directory_ + "/build/daxmend"));
  fs::remove(directory_ + "/here/" + kInstalledData + "/prefix");
  EXPECT_FALSE(FindInstallation(directory_ + "/here/" + kInstalledProgram));
}

}  // namespace
}  // namespace daxmend
