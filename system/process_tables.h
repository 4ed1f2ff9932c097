// SPDX-License-Identifier: GPL-2.0-only
//
// The lock of the tables that all threads of a process share: descriptors,
// lists that are watched, devices that are known. One for all of them, and held
// over fork(2): a job that is a process is forked while others, threads, run,
// and its copy of a lock that one of them held would never be given back.
//
//   const ProcessTablesLock hold;
//
// Thread-safe; a thread may take it again.

#ifndef DAXMEND_SYSTEM_PROCESS_TABLES_H_
#define DAXMEND_SYSTEM_PROCESS_TABLES_H_

namespace daxmend {

class ProcessTablesLock {
 public:
  ProcessTablesLock();
  ~ProcessTablesLock();
  ProcessTablesLock(const ProcessTablesLock&) = delete;
  ProcessTablesLock& operator=(const ProcessTablesLock&) = delete;
};

}  // namespace daxmend

#endif  // DAXMEND_SYSTEM_PROCESS_TABLES_H_
