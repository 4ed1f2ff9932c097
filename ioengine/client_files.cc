// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/client_files.h"

#include <cerrno>
#include <filesystem>
#include <utility>

#include "core/error.h"
#include "ioengine/run_log.h"
#include "system/file_descriptor.h"
#include "system/file_io.h"

namespace daxmend {
namespace {

bool Exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

void Send(thread_data* td, const std::filesystem::path& path) {
  std::string text = ReadFile(path);
  iolog_compress chunk = {.buf = text.data(), .len = text.size()};
  io_log log = {};
  log.td = td;
  INIT_FLIST_HEAD(&log.io_logs);
  INIT_FLIST_HEAD(&log.chunk_list);
  pthread_mutex_init(&log.chunk_lock, nullptr);
  flist_add_tail(&chunk.list, &log.chunk_list);
  // Without it a client of fio 3.41 puts a file behind the one it has.
  const auto separate = std::exchange(td->o.per_job_logs, 1);
  const int failed = fio_send_iolog(td, &log, path.filename().c_str());
  td->o.per_job_logs = separate;
  pthread_mutex_destroy(&log.chunk_lock);
  if (failed)
    throw Error({.thing = path,
                 .cause = "cannot be sent to fio's client",
                 .way_out = "fetch it with daxmend collect"});
}

}  // namespace

void SendToClient(thread_data* td, const std::string& path) {
  if (!is_backend || !Exists(path)) return;
  // Until it is sent: of two that send at once the later one has the later log.
  const FileDescriptor lock = LockDirectoryOf(path);
  const std::filesystem::path injected =
      std::filesystem::path(path).replace_filename("inject.json");
  if (Exists(injected)) Send(td, injected);
  Send(td, path);
}

}  // namespace daxmend
