// SPDX-License-Identifier: GPL-2.0-only

#include "system/process_tables.h"

#include <pthread.h>

#include <mutex>
#include <new>

namespace daxmend {
namespace {

void Take();
void Give();
void Renew();

std::recursive_mutex& Lock() {
  // Never freed: threads may outlive main().
  static auto& lock = []() -> std::recursive_mutex& {
    pthread_atfork(Take, Give, Renew);
    return *new std::recursive_mutex;
  }();
  return lock;
}

void Take() { Lock().lock(); }
void Give() { Lock().unlock(); }
// In a child, whose only thread has another number than that which took it.
void Renew() { new (&Lock()) std::recursive_mutex; }

}  // namespace

ProcessTablesLock::ProcessTablesLock() { Take(); }
ProcessTablesLock::~ProcessTablesLock() { Give(); }

}  // namespace daxmend
