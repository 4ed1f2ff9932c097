// SPDX-License-Identifier: GPL-2.0-only

#include "machine/image/image_cache.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <vector>

#include "core/error.h"
#include "machine/image/guest_image.h"
#include "machine/image/image_script.h"
#include "machine/image/install_layout.h"
#include "machine/image/installed_kernel.h"
#include "machine/program_search.h"
#include "system/file_descriptor.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

// What the scripts call.
constexpr const char* kTools[] = {"busybox",  "cpio", "depmod", "ldd",
                                  "modprobe", "xz",   "zstd"};
// Of uname -r; nothing that a path or a pattern could be made of.
constexpr char kVersionCharacters[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.+~-_";
constexpr char kStockPackage[] = "linux-image-amd64";

std::vector<std::string> Words(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream in(text);
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> GuestPrograms() {
  std::vector<std::string> files;
  for (const std::string& name : Words(kGuestPrograms))
    files.push_back(FindProgram(name));
  return files;
}

// Every file in `directory` that ends with `suffix`, sorted.
std::vector<std::string> FilesIn(const std::string& directory,
                                 const std::string& suffix) {
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory))
    if (entry.path().string().ends_with(suffix))
      files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

// One line a file: enough to see that another one has its name.
std::string MadeOf(const std::vector<std::string>& files) {
  std::string text;
  for (const std::string& file : files) {
    struct stat status;
    if (stat(file.c_str(), &status) != 0) throw ErrnoError(file, errno);
    text += fmt::format("{} {} {}.{}\n", file, status.st_size,
                        status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  }
  return text;
}

class DirectoryLock {
 public:
  DirectoryLock(const std::string& directory, const ImageCacheRequest& request)
      : file_(
            FileDescriptor::Open(directory + "/lock", O_RDWR | O_CREAT, 0644)) {
    if (flock(file_.get(), LOCK_EX | LOCK_NB) == 0) return;
    request.say("waiting for another daxmend to make the guest image in " +
                directory);
    while (flock(file_.get(), LOCK_EX) != 0)
      if (errno != EINTR) throw ErrnoError("lock " + directory, errno);
  }

 private:
  FileDescriptor file_;
};

class ImageCache {
 public:
  explicit ImageCache(const ImageCacheRequest& request)
      : request_(request),
        scripts_(request.installation.Data() + "/guest"),
        scratch_(request.directory + "/scratch") {}

  ~ImageCache() {
    std::error_code ignored;
    fs::remove_all(scratch_, ignored);
  }

  void Update() {
    fs::remove_all(scratch_);  // of one that was killed
    CopyTables();
    MakeBase();
    MakeOverlay();
    MakeKernel();
  }

 private:
  // Whether `part` is there and made of what there is now.
  bool IsCurrent(const std::string& part, const std::string& made_of) const {
    const std::string file = Path(part + ".made-of");
    return fs::exists(Path(part)) && fs::exists(file) &&
           ReadFile(file) == made_of;
  }

  std::string Path(const std::string& name) const {
    return request_.directory + "/" + name;
  }

  void Say(const std::string& what) {
    if (!said_) {
      RequirePrograms({std::begin(kTools), std::end(kTools)});
      request_.say("making the guest image in " + request_.directory +
                   " (as this user's first guest, or because packages have "
                   "changed; some 150 MB and a minute or two)");
    }
    said_ = true;
    request_.say(what);
  }

  void Run(const std::string& script, std::vector<std::string> arguments,
           const std::string& what) {
    fs::create_directories(scratch_);
    arguments.insert(arguments.begin(), scripts_ + "/" + script);
    RunImageScript(arguments, what, request_.say);
  }

  void CopyTables() {
    for (const char* table : {"nfit.aml", "ssdt.aml"}) {
      const std::string file = scripts_ + "/" + table;
      if (!fs::exists(file))
        throw Error(
            {.thing = file,
             .cause = "is missing (daxmend was built with -DDAXMEND_GUEST=OFF)",
             .way_out = "build it with ON and install it again"});
      const std::string content = ReadFile(file);
      if (!fs::exists(Path(table)) || ReadFile(Path(table)) != content)
        ReplaceFile(Path(table), content);
    }
  }

  void MakeBase() {
    const std::vector<std::string> programs = GuestPrograms();
    std::vector<std::string> made_of = programs;
    // They are in the image, too, and are upgraded apart from the programs.
    const std::vector<std::string> libraries = LibrariesOf(programs);
    made_of.insert(made_of.end(), libraries.begin(), libraries.end());
    made_of.push_back(FindProgram("busybox"));
    made_of.push_back(scripts_ + "/base.sh");
    const std::string text = MadeOf(made_of);
    const char* part = "base.cpio.zst";
    if (IsCurrent(part, text)) return;
    Say("the guest's file system: this machine's fio, ndctl and mkfs");
    std::vector<std::string> arguments = {scratch_ + "/" + part,
                                          scratch_ + "/base.tree"};
    arguments.insert(arguments.end(), programs.begin(), programs.end());
    Run("base.sh", arguments, "the guest's file system");
    Replace({part, std::string(part) + ".files"}, part, text);
  }

  void MakeOverlay() {
    const Installation& here = request_.installation;
    const std::string jobs = here.Data() + "/jobs";
    std::vector<std::string> made_of = FilesIn(jobs, ".fio");
    made_of.push_back(Path("base.cpio.zst.files"));
    made_of.push_back(scripts_ + "/overlay.sh");
    made_of.push_back(scripts_ + "/init.sh");
    std::vector<std::string> arguments = {
        scratch_ + "/overlay.cpio.zst", scratch_ + "/overlay.tree",
        Path("base.cpio.zst.files"), scripts_ + "/init.sh",
        jobs + "=" + here.Named(jobs)};
    for (const std::string& program : {here.Program(), here.Engine()}) {
      if (!fs::exists(program)) {
        request_.say("the guest will be without " + program +
                     ", which is not installed (package fio-daxmend)");
        continue;
      }
      made_of.push_back(program);
      arguments.push_back(program + "=" + here.Named(program));
    }
    const std::string text = MadeOf(made_of);
    if (IsCurrent("overlay.cpio.zst", text)) return;
    Say("daxmend in the guest's file system");
    Run("overlay.sh", arguments, "daxmend in the guest's file system");
    Replace({"overlay.cpio.zst"}, "overlay.cpio.zst", text);
  }

  void MakeKernel() {
    const Wanted wanted = WantedKernel();
    if (wanted.name.empty()) return;
    const std::vector<std::string> scripts = FilesIn(scripts_, "kernel.sh");
    const std::string text = MadeOf(scripts);
    if (!IsCurrent(wanted.name + "/version", text)) {
      std::vector<std::string> arguments = {Path(wanted.name)};
      const std::string installed =
          InstalledKernel(request_.boot, request_.modules, wanted.version);
      if (!installed.empty()) {
        Say("the guest's kernel: this machine's " + installed);
        arguments.push_back(request_.boot + "/vmlinuz-" + installed);
        arguments.push_back(request_.modules + "/" + installed);
      } else {
        Say("the guest's kernel: " + wanted.package + ", fetched by apt-get");
        RequirePrograms({"apt-get", "apt-cache", "dpkg-deb"});
        arguments.push_back(wanted.package);
        arguments.push_back(scripts_ + "/apt.sh");
        arguments.push_back(Path("apt"));
      }
      Run("kernel.sh", arguments, "the guest's kernel");
      ReplaceFile(Path(wanted.name + "/version.made-of"), text);
    }
    AddToImages(wanted.name);
  }

  struct Wanted {
    std::string name;     // its directory; empty: it is there
    std::string version;  // prefix of uname -r, for an installed one
    std::string package;  // what to fetch otherwise
  };

  Wanted WantedKernel() const {
    const std::string& kernel = request_.kernel;
    const bool version =
        !kernel.empty() && kernel[0] >= '0' && kernel[0] <= '9' &&
        kernel.find_first_not_of(kVersionCharacters) == std::string::npos;
    // Others are somebody's own; what they need beside it is the stock one's.
    if (!version) return {"stock", "", kStockPackage};
    if (fs::exists(Path("images"))) {
      try {
        FindGuestImage(request_.directory, kernel);
        return {};
      } catch (const Error&) {
        // It is made now.
      }
    }
    return {kernel, kernel, kernel};
  }

  // The stock kernel is the first in the list, whenever it was made.
  void AddToImages(const std::string& name) {
    std::vector<std::string> names;
    if (fs::exists(Path("images"))) names = Words(ReadFile(Path("images")));
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    names.insert(name == "stock" ? names.begin() : names.end(), name);
    std::string text;
    for (const std::string& one : names) text += one + "\n";
    ReplaceFile(Path("images"), text);
  }

  // Puts what a script made in `scratch_` in its place: the first of `files`
  // comes last, because it is what IsCurrent() looks at.
  void Replace(const std::vector<std::string>& files, const std::string& part,
               const std::string& made_of) {
    fs::remove(Path(part + ".made-of"));
    for (size_t i = files.size(); i-- > 0;)
      fs::rename(scratch_ + "/" + files[i], Path(files[i]));
    ReplaceFile(Path(part + ".made-of"), made_of);
  }

  const ImageCacheRequest& request_;
  const std::string scripts_;
  const std::string scratch_;
  bool said_ = false;
};

}  // namespace

std::string PreparedImageDirectory(
    const std::string& kernel,
    const std::function<void(const std::string&)>& say) {
  const std::optional<Installation> here = ThisInstallation();
  if (!here) return GuestImageDirectory();
  ImageCacheRequest request;
  request.installation = *here;
  request.directory = UserImageDirectory();
  request.kernel = kernel;
  request.say = say;
  UpdateImageCache(request);
  return request.directory;
}

std::string UserImageDirectory() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  // The specification has relative ones ignored.
  if (cache && cache[0] == '/') return std::string(cache) + "/daxmend/guest";
  const char* home = std::getenv("HOME");
  if (home && home[0] == '/')
    return std::string(home) + "/.cache/daxmend/guest";
  throw Error({.thing = "the guest image",
               .cause = "has no cache directory (neither XDG_CACHE_HOME nor "
                        "HOME is set)",
               .way_out = "set one"});
}

void UpdateImageCache(const ImageCacheRequest& request) {
  RequirePrograms(Words(kGuestPrograms));
  std::error_code error;
  fs::create_directories(request.directory, error);
  if (error)
    throw Error({.thing = "the guest image",
                 .cause = fmt::format("cannot be kept in {} ({})",
                                      request.directory, error.message()),
                 .way_out = "set XDG_CACHE_HOME to another place"});
  const DirectoryLock lock(request.directory, request);
  try {
    ImageCache(request).Update();
  } catch (const fs::filesystem_error& e) {
    throw Error({.thing = "the guest image in " + request.directory,
                 .cause = fmt::format("cannot be made ({})", e.what())});
  }
}

}  // namespace daxmend
